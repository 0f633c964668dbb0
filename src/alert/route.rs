//! Route: which receivers are told about a hit, and why those.
//!
//! Routes are tried in the order of the configuration. A route for hits knows nothing of changes of health, and the other
//! way round. A route matches when every condition it states holds: any
//! of its topics, at least its priority, any of its feeds, any of its tags, any of its languages, and its query; a
//! condition it does not state holds always. Queries are not known here: whoever asks says which of them match. The first matching route decides; with `continue` the next ones are tried too. A
//! receiver named by several routes is told once. A route without receivers is a decision as well: it
//! tells nobody and ends the search. A hit that is silent already (the backlog of a new feed) tells nobody.
//! Never looks at a clock, at silences or at what was told before.

use crate::config::RouteConfig;
use crate::model::*;

/// Who is to be told about a hit, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// Receivers in route order, each once; empty when nobody is told.
    pub receivers: Vec<ReceiverName>,
    /// Which routes decided and by which conditions, or why nobody is told.
    pub reason: String,
}

/// Decides who is told about a `candidate` that has no text for a query to match.
pub fn route(routes: &[RouteConfig], candidate: &Candidate<'_>) -> Routing {
    route_where(routes, candidate, &|_| false)
}

/// Decides who is told about `candidate`; `matches` says whether it matches the query of the route at an index, and is asked
/// only where everything else holds.
pub fn route_where(
    routes: &[RouteConfig],
    candidate: &Candidate<'_>,
    matches: &dyn Fn(usize) -> bool,
) -> Routing {
    if let Some(silent) = &candidate.hit.hit.silent {
        return Routing { receivers: Vec::new(), reason: silent.clone() };
    }
    let mut receivers: Vec<ReceiverName> = Vec::new();
    let mut because = Vec::new();
    for (index, route) in routes.iter().enumerate() {
        if route.source != candidate.source {
            continue;
        }
        let Some(mut conditions) = held_conditions(route, candidate) else { continue };
        if route.when.is_some() {
            if !matches(index) {
                continue;
            }
            conditions.push_str(", its query");
        }
        because.push(format!("route {} ({conditions})", index + 1));
        for receiver in &route.to {
            if !receivers.contains(receiver) {
                receivers.push(receiver.clone());
            }
        }
        if !route.continues {
            break;
        }
    }
    let own = routes.iter().filter(|route| route.source == candidate.source).count();
    let reason = reason(own, &because, &receivers);
    Routing { receivers, reason }
}

/// The route by which a receiver hears of what an alert says: the first matching one that names it; `matches` says whether
/// a candidate matches the query of the route at an index.
pub fn routed_by<'r>(
    routes: &'r [RouteConfig],
    told: &Told,
    feed_tags: &[String],
    entry: Option<&Entry>,
    matches: &dyn Fn(&Candidate<'_>, usize) -> bool,
) -> Option<&'r RouteConfig> {
    let (content, receiver) = (&told.content, &told.receiver);
    let hit = hit_of(content);
    let priority = content.priority;
    let candidate = Candidate { source: AlertSource::Hits, hit: &hit, priority, feed_tags, entry };
    for (index, route) in routes.iter().enumerate().filter(|(_, route)| route.source == candidate.source) {
        if held_conditions(route, &candidate).is_none()
            || (route.when.is_some() && !matches(&candidate, index))
        {
            continue;
        }
        if route.to.contains(receiver) {
            return Some(route);
        }
        if !route.continues {
            break;
        }
    }
    None
}

/// The hit an alert was made of, as far as routes look at it.
fn hit_of(content: &AlertContent) -> HitView {
    HitView {
        hit: Hit {
            id: HitId(0),
            topic: content.topic.clone(),
            topic_version: String::new(),
            story: content.story,
            entry: content.entry,
            score: content.score,
            evidence: Vec::new(),
            at: content.seen,
            silent: None,
        },
        feed: content.feed.clone(),
        title: content.title.clone(),
        body: String::new(),
        url: content.url.clone(),
        publisher: content.publisher.clone(),
        lang: content.lang.clone(),
        published: content.published,
        seen: content.seen,
        mark: None,
    }
}

fn reason(routes: usize, because: &[String], receivers: &[ReceiverName]) -> String {
    match (routes, because.is_empty(), receivers.is_empty()) {
        (0, ..) => "no-route: no routes are configured".to_owned(),
        (_, true, _) => format!("no-route: none of the {routes} routes matches"),
        (_, _, true) => format!("{} tells nobody", because.join(", ")),
        _ => because.join(", "),
    }
}

/// The conditions of a matching route in words; `None` when one of them does not hold.
fn held_conditions(route: &RouteConfig, candidate: &Candidate<'_>) -> Option<String> {
    let hit = candidate.hit;
    let mut held = Vec::new();
    if !route.topics.is_empty() {
        let topic = route.topics.iter().find(|topic| **topic == hit.hit.topic)?;
        held.push(format!("topic {topic}"));
    }
    if let Some(least) = route.min_priority {
        if candidate.priority < least {
            return None;
        }
        held.push(format!("priority {} or above", priority_name(least)));
    }
    if !route.feeds.is_empty() {
        let feed = route.feeds.iter().find(|feed| **feed == hit.feed)?;
        held.push(format!("feed {feed}"));
    }
    if !route.tags.is_empty() {
        let tag = route.tags.iter().find(|tag| candidate.feed_tags.contains(tag))?;
        held.push(format!("tag {tag}"));
    }
    if !route.langs.is_empty() {
        let spoken = primary(hit.lang.as_deref()?);
        let lang = route.langs.iter().find(|lang| primary(lang).eq_ignore_ascii_case(spoken))?;
        held.push(format!("language {lang}"));
    }
    Some(if held.is_empty() { "any hit".to_owned() } else { held.join(", ") })
}

/// The primary subtag of a language tag: `zh` of `zh-Hant`.
fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

/// A priority as the configuration spells it.
pub fn priority_name(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
        Priority::Urgent => "urgent",
    }
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
