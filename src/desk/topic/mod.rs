//! Topics: stored queries, all of them asked about every entry at once.
//!
//! [`query`] is the language and its manual. [`Watchlist::compile`] makes one read-only machine of all topics; a broken
//! topic is reported and the others go on. Each thread judges documents with a [`Matcher`] of its own: first which topics
//! match, then, for those only, the evidence: which terms, where, as byte offsets into the text given. [`explain`]
//! answers "why" and "why not" for one topic. Nothing here reads a store, a clock or a network.

pub mod explain;
pub mod query;
pub mod suggest;

mod comparison;
mod compile;
mod engine;
mod exact;
mod reading;
mod required;
mod spans;
mod watchlist;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;

pub use comparison::{Compared, Comparison, ComparisonMatcher, Edition};
pub use explain::{Explanation, Finding, explain};
pub use query::{Names, Query, QueryError, QueryWarning, parse, render_error, render_warning, text_filter};
pub use watchlist::{Matcher, TopicWarning, Watchlist};

use crate::model::{Evidence, TopicId};
use std::fmt;

/// A topic to be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSource {
    /// Its id, by which other topics refer to it.
    pub id: TopicId,
    /// Its query.
    pub query: String,
}

/// A named list of terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermSource {
    /// Name, used as `@name`.
    pub name: String,
    /// Terms, each a query of its own: a word, a phrase, a pattern, or a small expression.
    pub terms: Vec<String>,
}

/// What is judged: the texts of one entry. Missing ones are empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Document<'a> {
    /// Title.
    pub title: &'a str,
    /// Body.
    pub body: &'a str,
    /// Address.
    pub url: &'a str,
    /// Id of the feed.
    pub feed: &'a str,
    /// Tags of the feed and categories of the entry.
    pub tags: &'a [String],
    /// Author names.
    pub author: &'a str,
    /// Outlet.
    pub publisher: &'a str,
    /// Language.
    pub lang: &'a str,
}

/// A topic that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicError {
    /// Which.
    pub topic: TopicId,
    /// Why; the span is in the topic's query.
    pub error: QueryError,
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "topic {}: {}", self.topic, self.error)
    }
}

impl std::error::Error for TopicError {}

/// A topic that matches a document.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicMatch {
    /// Index of the topic in the sources given.
    pub topic: usize,
    /// Its id.
    pub id: TopicId,
    /// The sum reached by the topic's SCORE (the highest, where there are several); 1 for other queries.
    pub score: f64,
    /// What was found where, in the order of field and place; at most [`MAX_EVIDENCE`] pieces.
    pub evidence: Vec<Evidence>,
}

/// Tags of one document that are looked at.
pub const MAX_TAGS: usize = 1_000;

/// Pieces of evidence given for one topic and one document at most.
pub const MAX_EVIDENCE: usize = 100;
