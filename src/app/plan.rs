//! From configuration to the plan the desk works by: topics compiled, routes bound.

use crate::alert::route::route;
use crate::config::{Config, Location, TopicConfig};
use crate::desk::topic::{QueryError, TermSource, TopicError, TopicSource, Watchlist};
use crate::desk::{Plan, Router, TopicFacts};
use crate::model::TopicId;
use std::sync::Arc;

/// A topic whose query cannot be used.
#[derive(Clone, Debug)]
pub struct BrokenTopic {
    /// The topic.
    pub topic: TopicId,
    /// Where the trouble stands.
    pub at: Location,
    /// What is wrong with it.
    pub error: QueryError,
}

impl std::fmt::Display for BrokenTopic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Location { file, line, column } = &self.at;
        write!(f, "{file}:{line}:{column}: topic {}: {}", self.topic, self.error)
    }
}

/// Compiles the topics of a configuration. Topics with a broken query are left out of the watchlist and
/// reported; the others work.
pub fn compile(config: &Config) -> (Plan, Vec<BrokenTopic>) {
    let (watchlist, errors) = Watchlist::compile(&topic_sources(config), &term_sources(config));
    let broken = errors.iter().filter_map(|found| place(config, found)).collect();
    let plan = Plan {
        watchlist: Arc::new(watchlist),
        facts: config.topics.iter().map(facts).collect(),
        feed_tags: config.feeds.iter().map(|feed| (feed.id.clone(), feed.tags.clone())).collect(),
        router: router(config),
        window: config.desk.window,
        batch: config.desk.batch,
    };
    (plan, broken)
}

/// Where in the configuration a topic's error stands; `None` for a topic that is not configured there.
pub fn place(config: &Config, found: &TopicError) -> Option<BrokenTopic> {
    let topic = config.topics.iter().find(|topic| topic.id == found.topic)?;
    let at = topic.locate(found.error.span.start);
    Some(BrokenTopic { topic: found.topic.clone(), at, error: found.error.clone() })
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

fn facts(topic: &TopicConfig) -> TopicFacts {
    TopicFacts { title: topic.title.clone(), priority: topic.priority }
}

fn router(config: &Config) -> Router {
    let routes = config.routes.clone();
    Arc::new(move |candidate| {
        let routing = route(&routes, candidate);
        (routing.receivers, routing.reason)
    })
}

/// The configured topics as the compiler takes them, in file order.
pub fn topic_sources(config: &Config) -> Vec<TopicSource> {
    let source = |topic: &TopicConfig| TopicSource { id: topic.id.clone(), query: topic.query.clone() };
    config.topics.iter().map(source).collect()
}

/// The configured term lists as the compiler takes them.
pub fn term_sources(config: &Config) -> Vec<TermSource> {
    config
        .terms
        .iter()
        .map(|list| TermSource { name: list.name.clone(), terms: list.terms.clone() })
        .collect()
}
