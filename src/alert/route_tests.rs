use super::*;
use crate::config::Location;

fn to(names: &[&str]) -> RouteConfig {
    RouteConfig {
        source: AlertSource::Hits,
        topics: Vec::new(),
        min_priority: None,
        feeds: Vec::new(),
        tags: Vec::new(),
        langs: Vec::new(),
        when: None,
        to: names.iter().map(|name| ReceiverName::from(*name)).collect(),
        continues: false,
        updates: Default::default(),
        at: Location::default(),
    }
}

fn hit() -> HitView {
    HitView {
        hit: Hit {
            id: HitId(1),
            topic: "chips".into(),
            topic_version: String::new(),
            story: StoryId(1),
            entry: EntryId(1),
            score: 1.0,
            evidence: Vec::new(),
            at: Time(0),
            silent: None,
        },
        feed: "wire".into(),
        title: "A title".into(),
        body: String::new(),
        url: None,
        publisher: None,
        lang: Some("zh-Hant".into()),
        published: None,
        seen: Time(0),
        mark: None,
    }
}

fn check(routes: &[RouteConfig], hit: &HitView, receivers: &[&str], reason: &str) {
    let tags = ["asia".to_owned(), "trade".to_owned()];
    let candidate =
        Candidate { source: AlertSource::Hits, hit, priority: Priority::High, feed_tags: &tags, entry: None };
    let routing = route(routes, &candidate);
    let names: Vec<&str> = routing.receivers.iter().map(ReceiverName::as_str).collect();
    assert_eq!((names.as_slice(), routing.reason.as_str()), (receivers, reason));
}

#[test]
fn each_condition_alone() {
    let with = |change: &dyn Fn(&mut RouteConfig)| {
        let mut route = to(&["mail"]);
        change(&mut route);
        [route]
    };
    let none = "no-route: none of the 1 routes matches";
    // A route without conditions takes every hit.
    check(&with(&|_| ()), &hit(), &["mail"], "route 1 (any hit)");
    // Any of the topics is enough.
    check(
        &with(&|r| r.topics = vec!["ai".into(), "chips".into()]),
        &hit(),
        &["mail"],
        "route 1 (topic chips)",
    );
    // A topic is compared whole, not by its beginning.
    check(&with(&|r| r.topics = vec!["chip".into()]), &hit(), &[], none);
    // The priority is a lower bound that may be met exactly,
    check(
        &with(&|r| r.min_priority = Some(Priority::High)),
        &hit(),
        &["mail"],
        "route 1 (priority high or above)",
    );
    // and a hit below it does not match.
    check(&with(&|r| r.min_priority = Some(Priority::Urgent)), &hit(), &[], none);
    // Feeds are compared by id.
    check(&with(&|r| r.feeds = vec!["wire".into()]), &hit(), &["mail"], "route 1 (feed wire)");
    check(&with(&|r| r.feeds = vec!["other".into()]), &hit(), &[], none);
    // Any tag of the feed is enough.
    check(&with(&|r| r.tags = vec!["eu".into(), "trade".into()]), &hit(), &["mail"], "route 1 (tag trade)");
    check(&with(&|r| r.tags = vec!["eu".into()]), &hit(), &[], none);
    // Languages are compared by their primary subtag, in any case.
    check(&with(&|r| r.langs = vec!["ZH".into()]), &hit(), &["mail"], "route 1 (language ZH)");
    check(&with(&|r| r.langs = vec!["de".into()]), &hit(), &[], none);
}

#[test]
fn an_entry_without_language_meets_no_language_condition() {
    let mut silent_on_language = hit();
    silent_on_language.lang = None;
    let mut german = to(&["mail"]);
    german.langs = vec!["de".into()];
    check(&[german], &silent_on_language, &[], "no-route: none of the 1 routes matches");
}

#[test]
fn all_conditions_of_a_route_must_hold() {
    let mut both = to(&["mail"]);
    both.topics = vec!["chips".into()];
    both.langs = vec!["zh".into()];
    check(&[both.clone()], &hit(), &["mail"], "route 1 (topic chips, language zh)");
    both.langs = vec!["de".into()];
    check(&[both], &hit(), &[], "no-route: none of the 1 routes matches");
}

#[test]
fn the_first_match_wins_unless_it_continues() {
    let mut first = to(&["mail", "log"]);
    first.topics = vec!["ai".into()];
    let mut second = to(&["log", "hook"]);
    // A route that does not match is passed over; the next one decides, and the third is never asked.
    check(&[first.clone(), second.clone(), to(&["mail"])], &hit(), &["log", "hook"], "route 2 (any hit)");
    // With `continue` the third is asked too, and a receiver named twice is told once.
    second.continues = true;
    check(
        &[first.clone(), second.clone(), to(&["mail", "log"])],
        &hit(),
        &["log", "hook", "mail"],
        "route 2 (any hit), route 3 (any hit)",
    );
    // `continue` on the last route changes nothing.
    check(&[second], &hit(), &["log", "hook"], "route 1 (any hit)");
}

#[test]
fn nobody_is_told() {
    // Without routes,
    check(&[], &hit(), &[], "no-route: no routes are configured");
    // by a route without receivers, which ends the search,
    check(&[to(&[]), to(&["mail"])], &hit(), &[], "route 1 (any hit) tells nobody");
    // and of the backlog of a new feed, whatever the routes say.
    let mut backlog = hit();
    backlog.hit.silent = Some("backlog".into());
    check(&[to(&["mail"])], &backlog, &[], "backlog");
}

#[test]
fn hits_and_changes_of_health_have_routes_of_their_own() {
    let health = RouteConfig { source: AlertSource::Health, ..to(&["ops"]) };
    let tags: [String; 0] = [];
    let hit = hit();
    let told = |source| {
        let candidate =
            Candidate { source, hit: &hit, priority: Priority::Normal, feed_tags: &tags, entry: None };
        route(&[health.clone(), to(&["mail"])], &candidate).receivers
    };
    // A route without conditions takes every hit, and no change of health.
    assert_eq!(told(AlertSource::Hits), ["mail".into()]);
    assert_eq!(told(AlertSource::Health), ["ops".into()]);
}

#[test]
fn a_query_is_asked_only_where_everything_else_holds() {
    let condition = || {
        Some(crate::config::Condition {
            query: "chip".into(),
            query_at: Location::default(),
            query_verbatim: true,
        })
    };
    let routes = [
        RouteConfig { when: condition(), feeds: vec!["other".into()], ..to(&["desk"]) },
        RouteConfig { when: condition(), ..to(&["mail"]) },
        to(&["rest"]),
    ];
    let (hit, tags) = (hit(), []);
    let candidate = Candidate {
        source: AlertSource::Hits,
        hit: &hit,
        priority: Priority::Normal,
        feed_tags: &tags,
        entry: None,
    };
    let told = |matches: &dyn Fn(usize) -> bool| {
        let routing = route_where(&routes, &candidate, matches);
        (routing.receivers[0].to_string(), routing.reason)
    };
    let matching = |index: usize| {
        assert_eq!(index, 1, "the first route is for another feed");
        true
    };
    assert_eq!(told(&matching), ("mail".into(), "route 2 (any hit, its query)".into()));
    assert_eq!(told(&|_| false), ("rest".into(), "route 3 (any hit)".into()));
}
