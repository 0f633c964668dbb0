//! The tools around topics, through the program: on a history that the real desk judged, with the clock in the test's hand.

#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

use arc_swap::ArcSwap;
use newswatch::app::plan;
use newswatch::clock::{Clock, ManualClock, SystemClock};
use newswatch::config;
use newswatch::desk::{Desk, DeskParts, Plan};
use newswatch::intake::seeds;
use newswatch::model::*;
use newswatch::store::StoreHandle;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use support::program::*;
use tokio::sync::Notify;

/// An entry of a test: how many days ago it came, its feed, title and body.
type Told<'a> = (u64, &'a str, &'a str, &'a str);

fn entry(title: &str, body: &str) -> NewEntry {
    let url = format!("https://news.example/{}", title.to_lowercase().replace(' ', "-"));
    NewEntry {
        key: title.to_owned(),
        guid: None,
        canonical_url: newswatch::text::link::canonical_url(&url),
        url: Some(url),
        title: title.to_owned(),
        body: body.to_owned(),
        author: None,
        publisher: None,
        categories: Vec::new(),
        lang: Some("en".to_owned()),
        published: None,
        content_hash: format!("{title}{body}"),
    }
}

/// Judges entries under the configuration in `place`, oldest first, each at its own time.
fn history(place: &Place, entries: &[Told<'_>]) {
    let path = place.path("newswatch.toml");
    let config = Arc::new(config::load(&path, &Default::default()).expect("a configuration"));
    let store = StoreHandle::open_daemon(&place.path("newswatch.db")).expect("a store");
    let now = SystemClock.now();
    let clock = Arc::new(ManualClock::new(now));
    let mut desk = desk(&store, &config, clock.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let first = now.minus(Duration::from_secs(400 * 86_400));
    store.write_blocking(move |tx| tx.sync_feeds(&seeds(&config, first), first)).expect("feeds");
    for (days, feed, title, body) in entries {
        let at = now.minus(Duration::from_secs(days * 86_400));
        clock.set(at);
        let (feed, new) = (FeedId::from(*feed), entry(title, body));
        store
            .write_blocking(move |tx| tx.absorb_entries(&feed, std::slice::from_ref(&new), false, at))
            .expect("stored");
        runtime.block_on(desk.pass()).expect("judged");
    }
    drop(desk);
    store.close_blocking().expect("closed");
}

fn desk(store: &StoreHandle, config: &config::Config, clock: Arc<ManualClock>) -> Desk {
    let (plan, broken) = plan::compile(config);
    assert!(broken.is_empty(), "{broken:?}");
    Desk::new(DeskParts {
        store: store.clone(),
        clock,
        plan: Arc::new(ArcSwap::from_pointee(plan)),
        wake: Arc::new(Notify::new()),
        wake_alert: Arc::new(Notify::new()),
        progress: Arc::new(|| {}),
    })
}

fn log_receiver() -> String {
    "[[receiver]]\nname = \"log\"\nkind = \"log\"\n\n[[route]]\nto = [\"log\"]\n\n".to_owned()
}

const QUERY: &str = "(tanker OR barge) NEAR/3 seiz* AND NOT (drill OR exercise)";

fn ships() -> Place {
    let feeds = feed_table("cape", "http://127.0.0.1/cape") + &feed_table("gulf", "http://127.0.0.1/gulf");
    Place::with(&configuration(&(feeds + &topic_table("ships", QUERY) + &log_receiver())))
}

#[test]
fn a_topic_is_explained_for_hits_and_for_misses() {
    let place = ships();
    let text = |text: &str| place.ok(&["topics", "explain", "ships", "--text", text]);
    for (body, said) in [
        ("The tanker was seized.", &["matches: ships (version ", "→ tanker body 4..10", "✓ seiz*"][..]),
        ("The tanker that was seen off the cape is seized.", &["no match", "nearest: 8 words apart"]),
        ("Tanker seized in a drill", &["no match", "What failed\n  ✗ NOT (drill OR exercise)"]),
        ("A calm day", &["✗ tanker", "✗ barge", "✗ seiz*"]),
    ] {
        let told = text(body);
        assert!(said.iter().all(|part| told.contains(part)), "{body}: {told}");
    }
    let json = place.json(&["topics", "explain", "ships", "--title", "Barge seized", "--json"]);
    assert_eq!((&json[0]["matches"], &json[0]["tree"]["truth"]), (&true.into(), &true.into()));
    assert_eq!(json[0]["tree"]["parts"][0]["parts"][1]["found"][0]["field"], "title", "{json}");

    place.write("one.txt", "Tanker seized\nOff the cape.");
    assert!(place.ok(&["topics", "explain", "ships", "one.txt"]).contains("→ Tanker title 0..6"));
    place.write(
        "page.html",
        "<!doctype html><html><head><title>Port</title></head><body><p>Barge <b>seized</b></p></body></html>",
    );
    let page = place.ok(&["topics", "explain", "ships", "page.html"]);
    assert!(page.contains("matches") && page.contains(": Port"), "{page}");
    place.write("feed.xml", support::room::rss(&[("1", "Barge seized"), ("2", "Barge sold")]));
    let feed = place.ok(&["topics", "explain", "ships", "feed.xml"]);
    assert!(
        feed.contains("Barge seized\n") && feed.contains("no match: ships") && feed.contains("✗ seiz*"),
        "{feed}"
    );
}

#[test]
fn stored_entries_are_explained_by_number_and_by_address() {
    let place = ships();
    history(&place, &[(1, "cape", "Tanker seized", ""), (0, "gulf", "Barge sold", "at auction")]);
    let entries = place.json(&["hits", "search", "barge", "--all-entries", "--json"]);
    let id = entries[0]["id"].to_string();
    assert!(place.ok(&["topics", "explain", "ships", &id]).contains(&format!("entry {id}: Barge sold")));
    let address =
        ["topics", "explain", "ships", "https://www.news.example/tanker-seized?utm_source=x", "--json"];
    assert_eq!(place.json(&address)[0]["title"], "Tanker seized");
    for (status, args, said) in [
        (2, &["topics", "explain", "planes", &id][..], "there is no topic planes"),
        (2, &["topics", "explain", "ships"], "ENTRY|URL|FILE|-"),
        (2, &["topics", "explain", "ships", &id, "--text", "x"], "cannot be used with"),
        (1, &["topics", "explain", "ships", "99999"], "there is no entry 99999"),
        (1, &["topics", "explain", "ships", "none.xml"], "none.xml: "),
        (1, &["topics", "explain", "ships", "http://127.0.0.1:1/none"], "is not stored, and "),
    ] {
        let err = place.fails(status, args);
        assert!(err.contains(said), "{args:?}: {err}");
    }
}

/// Three days of ships: two stories of seizures, a drill, a sale.
const DAYS: [Told<'_>; 5] = [
    (
        4,
        "cape",
        "Tanker seized off the cape",
        "The crew is safe and well, says the harbour master of the port.",
    ),
    (
        3,
        "gulf",
        "Tanker seized off the cape",
        "The crew is safe and well, says the harbour master of the port.",
    ),
    (2, "gulf", "Barge seized in a drill", "Only an exercise for the coast guard this week, it was said."),
    (
        1,
        "gulf",
        "Ferry seized by creditors",
        "The owner of the ship owes wages to forty people since summer.",
    ),
    (0, "cape", "Barge sold at auction", "An unknown bidder took the vessel home for next to nothing."),
];

const DRAFT: &str = "[[topic]]\nid = \"ships\"\nquery = '''ferry NEAR/3 seiz* OR barge'''\n\n\
    [[topic]]\nid = \"sales\"\nquery = '''@sold'''\n\n[terms]\nsold = [\"sold\", \"auction\"]\n";

#[test]
fn a_draft_is_measured_against_the_version_in_force() {
    let place = ships();
    history(&place, &DAYS);
    place.write("draft.toml", DRAFT);
    let report = place.json(&["topics", "backtest", "draft.toml", "--json"]);
    assert_eq!((&report["entries"], &report["without_text"]), (&5.into(), &0.into()));
    let ships = &report["topics"][0];
    let counts =
        ["hits", "hits_in_force", "gained", "lost", "stories", "alerts"].map(|key| ships[key].as_u64());
    assert_eq!(counts, [3, 2, 3, 2, 3, 3].map(Some), "{ships}");
    let rate = ships["stories_per_day"].as_f64().unwrap_or_default();
    assert!((rate - 0.75).abs() < 0.001, "three in four days: {rate}");
    assert_eq!(ships["noisiest"][0]["feed"], "gulf");
    let titles = |key: &str| -> Vec<String> {
        let named = ships[key].as_array().into_iter().flatten();
        named.filter_map(|entry| entry["title"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(titles("gained_entries")[..2], ["Barge sold at auction", "Ferry seized by creditors"]);
    assert_eq!(titles("lost_entries"), ["Tanker seized off the cape", "Tanker seized off the cape"]);
    let sales = &report["topics"][1];
    assert_eq!((&sales["in_force"], &sales["hits"], &sales["lost"]), (&false.into(), &1.into(), &0.into()));

    let text = place.ok(&["topics", "backtest", "draft.toml"]);
    for part in
        ["5 entries of 4 days judged", "ships: gained", "ships: lost", "feeds with most hits", "+3", "-2"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let lately = place.json(&["topics", "backtest", "draft.toml", "--since", "36h", "--json"]);
    assert_eq!((&lately["entries"], &lately["topics"][0]["lost"]), (&2.into(), &0.into()));
    let entry = ships["gained_entries"][0]["entry"].to_string();
    assert!(place.ok(&["topics", "explain", "ships", &entry]).contains("no match"));
    assert!(place.ok(&["topics", "explain", "ships", &entry, "--draft", "draft.toml"]).contains("matches"));
}

#[test]
fn two_entries_of_one_story_alert_once() {
    let place = ships();
    history(&place, &DAYS);
    place.write("same.toml", format!("[[topic]]\nid = \"ships\"\nquery = '''{QUERY}'''\n"));
    let report = place.json(&["topics", "backtest", "same.toml", "--json"]);
    let ships = &report["topics"][0];
    let counts = ["hits", "gained", "lost", "stories", "alerts"].map(|key| ships[key].as_u64());
    assert_eq!(counts, [2, 0, 0, 1, 1].map(Some), "{ships}");
    assert_eq!(place.json(&["alerts", "list", "--json"]).as_array().map(Vec::len), Some(1), "as it was");
}

#[test]
fn a_draft_that_does_not_work_is_refused_with_its_place() {
    let place = ships();
    history(&place, &DAYS[..1]);
    place.write("bad.toml", "[[topic]]\nid = \"ships\"\nquery = '''tanker OR'''\n");
    place.write("none.toml", "[terms]\na = [\"b\"]\n");
    for (args, said) in [
        (&["topics", "backtest", "bad.toml"][..], "bad.toml:3:"),
        (&["topics", "backtest", "none.toml"], "no [[topic]]"),
        (&["topics", "backtest", "missing.toml"], "missing.toml"),
        (&["topics", "backtest", "bad.toml", "--since", "soon"], "2026-11-01"),
        (&["topics", "backtest"], "FILE"),
    ] {
        let err = place.fails(2, args);
        assert!(err.contains(said), "{args:?}: {err}");
    }
}

#[test]
fn a_changed_topic_is_applied_to_history_and_nobody_hears_of_it() {
    let place = ships();
    history(&place, &DAYS);
    let changed = std::fs::read_to_string(place.path("newswatch.toml")).expect("a file");
    place.write("newswatch.toml", changed.replace(QUERY, "barge OR (ferry NEAR/3 seiz*)"));
    let applied = place.json(&["topics", "apply", "--rejudge", "30d", "--json"]);
    let topic = &applied["topics"][0];
    let counts = |topic: &Value| ["added", "known", "kept"].map(|key| topic[key].as_u64());
    assert_eq!(counts(topic), [3, 0, 2].map(Some), "{applied}");
    let hits = place.json(&["hits", "list", "--json", "--state", "silent"]);
    let fresh: Vec<_> =
        hits.as_array().into_iter().flatten().filter(|hit| hit["silent"] == "rejudged").collect();
    assert_eq!(fresh.len(), 3, "{hits}");
    assert!(
        fresh
            .iter()
            .all(|hit| hit["topic_version"] == topic["version"] && hit["evidence"][0]["text"].is_string())
    );
    assert_eq!(
        place.json(&["hits", "list", "--json"]).as_array().map(Vec::len),
        Some(5),
        "older hits are kept"
    );
    assert_eq!(place.json(&["alerts", "list", "--json"]).as_array().map(Vec::len), Some(1), "as before");

    let again = place.json(&["topics", "apply", "--rejudge", "30d", "ships", "--json"]);
    assert_eq!(counts(&again["topics"][0]), [0, 3, 2].map(Some), "{again}");
    assert!(place.ok(&["topics", "apply", "--rejudge", "0d"]).contains("no topic changed"));
    let lately = place.ok(&["topics", "apply", "--rejudge", "36h", "ships"]);
    assert!(lately.starts_with("2 entries judged; nobody is alerted"), "{lately}");
    assert!(place.fails(2, &["topics", "apply"]).contains("--rejudge"));
    assert!(place.fails(2, &["topics", "apply", "--rejudge", "soon"]).contains("2026-11-01"));
    assert!(place.fails(1, &["topics", "apply", "--rejudge", "3d", "planes"]).contains("planes"));
}

#[test]
fn a_later_entry_of_a_rejudged_story_still_alerts() {
    let place = ships();
    history(&place, &DAYS[..1]);
    let changed = std::fs::read_to_string(place.path("newswatch.toml")).expect("a file");
    place.write(
        "newswatch.toml",
        changed.replace("\"ships\"", "\"harbours\"").replace(QUERY, "\"harbour master\""),
    );
    place.ok(&["topics", "apply", "--rejudge", "30d"]);
    history(&place, &DAYS[1..2]);
    let alerts = place.json(&["alerts", "list", "--topic", "harbours", "--json"]);
    assert_eq!(alerts.as_array().map(Vec::len), Some(1), "{alerts}");
}

#[test]
fn marks_give_precision_and_the_terms_that_separate() {
    let place = ships();
    let days: Vec<(u64, &str, String, String)> = (0..8)
        .map(|nth| {
            let name = ["Alba", "Brava", "Corvo", "Delos", "Elba", "Faial", "Gozo", "Hiiu"][nth as usize];
            let what = if nth < 4 { "chess club" } else { "customs court" };
            let title = format!("{name} tanker seized, {what} says");
            (100 - nth * 12, "cape", title, format!("The {what} of {name} met in room {nth}{nth}."))
        })
        .collect();
    let told: Vec<Told<'_>> =
        days.iter().map(|(days, feed, title, body)| (*days, *feed, title.as_str(), body.as_str())).collect();
    history(&place, &told);
    let hits = place.json(&["hits", "list", "--json"]);
    let hits = hits.as_array().expect("hits");
    assert_eq!(hits.len(), 8);
    let few = place.ok(&["topics", "suggest", "ships"]);
    assert!(few.contains("mark hits of both kinds first"), "{few}");
    for hit in hits {
        let mark = if hit["title"].to_string().contains("chess") { "noise" } else { "useful" };
        assert_eq!(
            place.ok(&["hits", "mark", &hit["id"].to_string(), mark]),
            format!("hit {} is {mark}\n", hit["id"])
        );
    }
    let topic = place.json(&["topics", "list", "--json"])[0].clone();
    assert_eq!(topic["precision"]["ever"]["precision"], 0.5);
    let course: Vec<_> = topic["precision"]["periods"].as_array().expect("periods").iter().collect();
    assert_eq!(
        (course.len(), &course[5]["precision"], &course[2]["precision"]),
        (6, &1.0.into(), &0.0.into())
    );
    assert!(
        place.ok(&["topics", "list"]).contains("50 % of 8 (0 → 0 → 100 → 100)"),
        "{}",
        place.ok(&["topics", "list"])
    );

    let found = place.json(&["topics", "suggest", "ships", "--json"]);
    assert_eq!((&found["useful"], &found["noise"]), (&4.into(), &4.into()));
    let terms: Vec<&str> =
        found["terms"].as_array().expect("terms").iter().filter_map(|term| term["term"].as_str()).collect();
    assert_eq!(terms, ["customs", "chess"], "{found}");
    let text = place.ok(&["topics", "suggest", "ships"]);
    assert!(text.contains("AND NOT chess spares 4 of 4, costs 0 of 4"), "{text}");

    let first = hits[0]["id"].to_string();
    place.ok(&["hits", "mark", &first, "noise"]);
    assert_eq!(
        place.json(&["hits", "show", &first, "--json"])["mark"],
        "noise",
        "a mark replaces the one before"
    );
    assert!(place.ok(&["hits", "show", &first]).contains("marked         noise"));
    assert!(place.ok(&["hits", "mark", &first, "--clear"]).contains("no mark"));
    assert!(place.json(&["hits", "show", &first, "--json"])["mark"].is_null());
    for (status, args, said) in [
        (1, &["hits", "mark", "99999", "noise"][..], "there is no hit 99999"),
        (1, &["hits", "mark", "99999", "--clear"], "there is no hit 99999"),
        (2, &["hits", "mark", &first], "<MARK>"),
        (2, &["hits", "mark", &first, "dull"], "useful, noise"),
        (2, &["hits", "mark", &first, "noise", "--clear"], "cannot be used with"),
        (2, &["topics", "suggest", "planes"], "there is no topic planes"),
    ] {
        let err = place.fails(status, args);
        assert!(err.contains(said), "{args:?}: {err}");
    }
}

/// Topics are swapped while a batch is judged: the batch keeps the version it began with, the next one has the new one, and
/// every entry is judged once.
#[test]
fn a_topic_that_changes_between_two_batches_judges_each_entry_once_by_one_version() {
    let place = ships();
    let config = config::load(&place.path("newswatch.toml"), &Default::default()).expect("a configuration");
    let plan_for = |query: &str| {
        let mut config = config.clone();
        config.topics[0].query = query.to_owned();
        config.desk.batch = 3;
        plan::compile(&config).0
    };
    let (mut old, new) = (plan_for("tanker OR barge"), plan_for("tanker OR ferry"));
    let versions = [&old, &new].map(|plan| plan.watchlist.version_of(0).to_owned());
    assert_ne!(versions[0], versions[1]);
    let in_force: Arc<ArcSwap<Plan>> = Arc::new(ArcSwap::from_pointee(plan_for("calm")));
    let (swap, new, route) = (in_force.clone(), Arc::new(new), old.router.clone());
    // The first hit of the first batch: in the middle of judging it, the reload comes.
    old.router = Arc::new(move |candidate| {
        swap.store(new.clone());
        route(candidate)
    });
    in_force.store(Arc::new(old));

    let store = StoreHandle::open_daemon(&place.path("newswatch.db")).expect("a store");
    let now = SystemClock.now();
    store.write_blocking(move |tx| tx.sync_feeds(&seeds(&config, now), now)).expect("feeds");
    let titles =
        ["Tanker one", "Ferry two", "Barge three", "Tanker four", "Ferry five", "Barge six", "Tanker seven"];
    let entries = titles.map(|title| entry(title, title));
    store
        .write_blocking(move |tx| tx.absorb_entries(&FeedId::from("cape"), &entries, false, now))
        .expect("stored");
    let mut desk = Desk::new(DeskParts {
        store: store.clone(),
        clock: Arc::new(ManualClock::new(now)),
        plan: in_force,
        wake: Arc::new(Notify::new()),
        wake_alert: Arc::new(Notify::new()),
        progress: Arc::new(|| {}),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let summary = runtime.block_on(desk.pass()).expect("judged");
    assert_eq!((summary.judged, summary.hits), (7, 5), "each entry once");
    let mut hits = store.read_blocking(|read| read.hits(&Default::default())).expect("hits");
    hits.sort_by_key(|view| view.hit.entry.0);
    let told: Vec<(&str, usize)> = hits
        .iter()
        .map(|view| (view.title.as_str(), usize::from(view.hit.topic_version == versions[1])))
        .collect();
    let expected =
        [("Tanker one", 0), ("Barge three", 0), ("Tanker four", 1), ("Ferry five", 1), ("Tanker seven", 1)];
    assert_eq!(told, expected, "the first three by the old version, the rest by the new");
    assert!(hits.iter().all(|view| versions.contains(&view.hit.topic_version)), "by no third version");
}

#[test]
fn a_route_with_a_query_tells_of_what_matches_it() {
    let receivers =
        "[[receiver]]\nname = \"first\"\nkind = \"log\"\n\n[[receiver]]\nname = \"rest\"\nkind = \"log\"\n\n";
    let routes = "[[route]]\nwhen = '''@places AND NOT topic:drills'''\nto = [\"first\"]\n\n[[route]]\nto = [\"rest\"]\n\n";
    let terms = "[terms]\nplaces = ['cape', '\"gulf of\"']\n\n";
    let topics = topic_table("ships", "tanker OR barge") + &topic_table("drills", "drill");
    let feeds = feed_table("cape", "http://127.0.0.1/cape");
    let place = Place::with(&configuration(&(feeds + &topics + receivers + routes + terms)));
    let entries = [
        (4, "cape", "Tanker off the cape", "Seized at night by the coast guard."),
        (3, "cape", "Barge sold at auction", "An unknown bidder took the vessel home."),
        (2, "cape", "Tanker in the Gulf of Plenty", "A drill of forty boats with flags and horns."),
    ];
    history(&place, &entries);
    let told = |receiver: &str| -> Vec<String> {
        let alerts = place.json(&["alerts", "list", "--receiver", receiver, "--json"]);
        let alerts = alerts.as_array().cloned().unwrap_or_default();
        let mut told: Vec<String> =
            alerts.iter().map(|alert| format!("{} {}", alert["topic"], alert["title"])).collect();
        told.sort();
        told
    };
    assert_eq!(told("first"), ["\"ships\" \"Tanker off the cape\""]);
    assert_eq!(told("rest").len(), 3, "{:?}", told("rest"));

    let listed = place.json(&["hits", "search", "@places AND topic:ships", "--json"]);
    let titles: Vec<&str> =
        listed.as_array().into_iter().flatten().filter_map(|hit| hit["title"].as_str()).collect();
    assert!(
        titles.contains(&"Tanker off the cape") && !titles.contains(&"Barge sold at auction"),
        "{listed}"
    );

    let written = std::fs::read_to_string(place.path("newswatch.toml")).expect("written");
    let broken = written.replace("@places AND", "@place AND");
    place.write("newswatch.toml", broken);
    let err = place.fails(2, &["config", "check"]);
    assert!(err.contains("there is no term list @place") && err.contains("did you mean @places?"), "{err}");
    assert!(err.contains("^^^^^^"), "{err}");
}

#[test]
fn a_reload_compiles_only_the_topics_that_changed() {
    let place = ships();
    let config = config::load(&place.path("newswatch.toml"), &Default::default()).expect("a configuration");
    let with = |topics: &[(&str, &str)]| {
        let mut next = config.clone();
        let topic = |(id, query): &(&str, &str)| config::TopicConfig {
            id: TopicId::from(*id),
            title: format!("About {id}"),
            query: (*query).to_owned(),
            ..config.topics[0].clone()
        };
        next.topics = topics.iter().map(topic).collect();
        next
    };
    let first =
        with(&[("ships", "tanker"), ("both", "topic:ships AND cape"), ("gone", "drill"), ("same", "sale")]);
    let second =
        with(&[("new", "horn"), ("same", "sale"), ("ships", "barge"), ("both", "topic:ships AND cape")]);
    let (old, _) = plan::compile(&first);
    let (after, broken) = plan::compile_after(&old.watchlist, &first, &second);
    assert!(broken.is_empty());
    assert_eq!(after.watchlist.changes(), 3, "ships, what builds on it, and the new one");
    let (anew, _) = plan::compile(&second);
    let told = |plan: &Plan, text: &str| {
        let document = newswatch::desk::topic::Document { body: text, ..Default::default() };
        let mut hits = Vec::new();
        plan.watchlist.matcher().judge(&document, &mut hits);
        let mut told: Vec<_> = hits
            .iter()
            .map(|hit| {
                let version = plan.watchlist.version_of(hit.topic).to_owned();
                (hit.id.clone(), plan.facts[hit.topic].title.clone(), version)
            })
            .collect();
        told.sort();
        told
    };
    for text in ["tanker cape drill", "barge off the cape", "a horn for sale"] {
        assert_eq!(told(&after, text), told(&anew, text), "{text}");
    }
    let (_, broken) = plan::compile_after(&after.watchlist, &second, &with(&[("both", "topic:ships")]));
    assert_eq!(broken[0].topic.as_str(), "both", "it builds on one that is gone");
    let mut listed = second.clone();
    listed.terms.push(config::TermList { name: "x".into(), terms: vec!["y".into()], at: Default::default() });
    assert_eq!(plan::compile_after(&after.watchlist, &second, &listed).0.watchlist.changes(), 0);
}
