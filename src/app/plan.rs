//! From configuration to the plan the desk works by: topics compiled, routes bound.

use crate::alert::correction::{Text, correction};
use crate::alert::route::route_where;
use crate::alert::update::{Happened, updates};
use crate::config::{Config, Location, TopicConfig};
use crate::desk::story::Aliases;
use crate::desk::topic::{QueryError, TermSource, TopicError, TopicSource, Watchlist};
use crate::desk::{Plan, Router, StoryNews, TopicFacts, Updater, document_of};
use crate::model::{Candidate, Priority, TopicId};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

/// A topic whose query cannot be used, or the query of a route that cannot.
#[derive(Clone, Debug)]
pub struct BrokenTopic {
    /// The topic; empty for a route.
    pub topic: TopicId,
    /// The index of the route.
    pub route: Option<usize>,
    /// Where the trouble stands.
    pub at: Location,
    /// What is wrong with it.
    pub error: QueryError,
}

impl std::fmt::Display for BrokenTopic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Location { file, line, column } = &self.at;
        match self.route {
            Some(route) => write!(f, "{file}:{line}:{column}: route {}: {}", route + 1, self.error),
            None => write!(f, "{file}:{line}:{column}: topic {}: {}", self.topic, self.error),
        }
    }
}

/// Compiles the topics and the routes of a configuration. Topics with a broken query are left out of the watchlist and
/// reported; the others work. A route with a broken query is reported and taken as if it had none: rather one
/// alert too many than one lost.
pub fn compile(config: &Config) -> (Plan, Vec<BrokenTopic>) {
    let (watchlist, errors) = Watchlist::compile(&topic_sources(config), &term_sources(config));
    plan(config, watchlist, &errors)
}

/// The same where another configuration is in force already: where few topics differ and the term lists are the same, only
/// those topics are compiled.
pub fn compile_after(in_force: &Watchlist, old: &Config, config: &Config) -> (Plan, Vec<BrokenTopic>) {
    match changed(in_force, old, config) {
        Some((changes, removed)) => {
            let (watchlist, errors) = in_force.with_changed(&changes, &removed);
            plan(config, watchlist, &errors)
        }
        None => compile(config),
    }
}

/// Topics that a watchlist holds apart from the others at most: each text is asked of both parts.
const APART: usize = 500;

/// The topics that are new or have another query, and those that are gone; `None` when all are to be compiled anew.
fn changed(in_force: &Watchlist, old: &Config, config: &Config) -> Option<(Vec<TopicSource>, Vec<TopicId>)> {
    if term_sources(old) != term_sources(config) {
        return None;
    }
    let (before, now) = (queries(old), queries(config));
    let differs = |topic: &&TopicConfig| before.get(&topic.id) != Some(&topic.query.as_str());
    let changes: Vec<TopicSource> = config.topics.iter().filter(differs).map(topic_source).collect();
    let removed: Vec<TopicId> =
        before.into_keys().filter(|id| !now.contains_key(*id)).map(TopicId::clone).collect();
    let apart = in_force.changes() + changes.len() + removed.len();
    // a topic that is out of service might be mended by another one
    let broken = old
        .topics
        .iter()
        .any(|topic| in_force.find(topic.id.as_str()).is_none_or(|topic| !in_force.is_usable(topic)));
    (apart <= APART && !broken).then_some((changes, removed))
}

fn queries(config: &Config) -> HashMap<&TopicId, &str> {
    config.topics.iter().map(|topic| (&topic.id, topic.query.as_str())).collect()
}

fn plan(config: &Config, watchlist: Watchlist, errors: &[TopicError]) -> (Plan, Vec<BrokenTopic>) {
    let mut broken: Vec<BrokenTopic> = errors.iter().filter_map(|found| place(config, found)).collect();
    let (conditions, broken_routes) = Conditions::compile(config);
    broken.extend(broken_routes);
    let plan = Plan {
        facts: facts(config, &watchlist),
        watchlist: Arc::new(watchlist),
        feed_tags: config.feeds.iter().map(|feed| (feed.id.clone(), feed.tags.clone())).collect(),
        updates: updater(config, &conditions),
        router: router(config, conditions),
        aliases: aliases(config),
        embeddings: None,
        window: config.desk.window,
        batch: config.desk.batch,
    };
    (plan, broken)
}

/// Where in the configuration a topic's error stands; `None` for a topic that is not configured there.
pub fn place(config: &Config, found: &TopicError) -> Option<BrokenTopic> {
    let topic = config.topics.iter().find(|topic| topic.id == found.topic)?;
    let at = topic.locate(found.error.span.start);
    Some(BrokenTopic { topic: found.topic.clone(), route: None, at, error: found.error.clone() })
}

/// The configuration as it would be with the topics and term lists of a draft: those of the same name are replaced,
/// others added. Samples stay out of it.
pub fn with_draft(config: &Config, draft: &Config) -> Config {
    let mut whole = config.clone();
    whole.topics.retain(|topic| draft.topics.iter().all(|other| other.id != topic.id));
    whole.terms.retain(|list| draft.terms.iter().all(|other| other.name != list.name));
    whole.topics.extend(draft.topics.iter().cloned());
    whole.terms.extend(draft.terms.iter().cloned());
    whole
}

/// What is known of each topic of the watchlist, by its index there; a removed topic never hits.
fn facts(config: &Config, watchlist: &Watchlist) -> Vec<TopicFacts> {
    let by_id: HashMap<&str, &TopicConfig> =
        config.topics.iter().map(|topic| (topic.id.as_str(), topic)).collect();
    let known = |index: usize| match by_id.get(watchlist.id(index)) {
        Some(topic) => TopicFacts { title: topic.title.clone(), priority: topic.priority },
        None => TopicFacts { title: String::new(), priority: Priority::default() },
    };
    (0..watchlist.len()).map(known).collect()
}

fn router(config: &Config, conditions: Conditions) -> Router {
    let routes = config.routes.clone();
    Arc::new(move |candidate| {
        let matching = OnceCell::new();
        let matches = |route: usize| matching.get_or_init(|| conditions.matching(candidate)).contains(&route);
        let routing = route_where(&routes, candidate, &matches);
        (routing.receivers, routing.reason)
    })
}

/// The queries of routes.
#[derive(Clone)]
struct Conditions {
    watchlist: Arc<Watchlist>,
    /// Topic of the watchlist and the route whose query it is.
    routes: Vec<(usize, usize)>,
}

impl Conditions {
    fn compile(config: &Config) -> (Self, Vec<BrokenTopic>) {
        let conditions =
            || config.routes.iter().enumerate().filter_map(|(at, it)| Some((at, it.when.as_ref()?)));
        // compiling all topics is for those who name one
        let names_topic = conditions().any(|(_, condition)| condition.query.contains("topic:"));
        let mut sources = if names_topic { topic_sources(config) } else { Vec::new() };
        let routes = conditions().zip(sources.len()..).map(|((route, _), topic)| (topic, route)).collect();
        sources.extend(conditions().map(|(route, condition)| TopicSource {
            // no topic can be called so
            id: TopicId(format!("route {route}")),
            query: condition.query.clone(),
        }));
        let terms = if sources.is_empty() { Vec::new() } else { term_sources(config) };
        let (watchlist, errors) = Watchlist::compile(&sources, &terms);
        let broken = conditions().flat_map(|(route, condition)| {
            let of_route =
                errors.iter().filter(move |found| found.topic.as_str() == format!("route {route}"));
            of_route.map(move |found| BrokenTopic {
                topic: TopicId::from(""),
                route: Some(route),
                at: condition.locate(found.error.span.start),
                error: found.error.clone(),
            })
        });
        let broken = broken.collect();
        (Self { watchlist: Arc::new(watchlist), routes }, broken)
    }

    /// The routes whose query matches, or cannot be understood.
    fn matching(&self, candidate: &Candidate<'_>) -> Vec<usize> {
        let Some(entry) = candidate.entry else { return Vec::new() };
        let tags: Vec<String> = candidate.feed_tags.iter().chain(&entry.categories).cloned().collect();
        let mut hits = Vec::new();
        self.watchlist.matcher().judge_ids(&document_of(entry, &tags), &mut hits);
        let matches = |topic: usize| !self.watchlist.is_usable(topic) || hits.contains(&(topic as u32));
        self.routes.iter().filter(|(topic, _)| matches(*topic)).map(|(_, route)| *route).collect()
    }
}

/// The built-in names and those of the configuration.
pub fn aliases(config: &Config) -> Arc<Aliases> {
    let shipped = Aliases::shipped();
    if config.names.is_empty() {
        return shipped;
    }
    let own = config.names.iter().map(|list| (list.name.clone(), list.spellings.clone()));
    match Aliases::of(own).and_then(|own| (*shipped).clone().extend(own)) {
        Ok(all) => Arc::new(all),
        // The configuration was checked: only more spellings than any machine holds can fail here.
        Err(error) => {
            tracing::error!(%error, "the configured names cannot be used");
            shipped
        }
    }
}

/// The rule for updates, where a route wants any.
fn updater(config: &Config, conditions: &Conditions) -> Option<Updater> {
    let (routes, conditions) = (config.routes.clone(), conditions.clone());
    routes.iter().any(|route| route.updates.any()).then(|| -> Updater {
        Arc::new(move |told, feed_tags, news: &StoryNews<'_>| {
            let (entry, before) = (news.entry, news.before);
            let before = before.map(|text| Text { title: &text.title, body: &text.body });
            let now = Text { title: &entry.title, body: &entry.body };
            let name = format!("entry {}.{}", entry.id, entry.revision);
            let correction = correction(before, now, &name);
            let (carried, first) = (news.carried, news.first);
            let happened = Happened { entry: entry.id, carried, correction: correction.as_ref(), first };
            let matches =
                |candidate: &Candidate<'_>, route: usize| conditions.matching(candidate).contains(&route);
            updates(&routes, told, feed_tags, &happened, &matches)
        })
    })
}

/// The configured topics as the compiler takes them, in file order.
pub fn topic_sources(config: &Config) -> Vec<TopicSource> {
    config.topics.iter().map(topic_source).collect()
}

fn topic_source(topic: &TopicConfig) -> TopicSource {
    TopicSource { id: topic.id.clone(), query: topic.query.clone() }
}

/// The configured term lists as the compiler takes them.
pub fn term_sources(config: &Config) -> Vec<TermSource> {
    config
        .terms
        .iter()
        .map(|list| TermSource { name: list.name.clone(), terms: list.terms.clone() })
        .collect()
}
