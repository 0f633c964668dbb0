//! Read: from a fetched body to entries ready to be stored. Blocking; runs off the async threads.
//!
//! Order of rules: decode with a cap; the same bytes as last time need no parsing; parse; key the entries. A body
//! that broke off is read as far as it goes, but not remembered as the state of the feed, so that the rest is
//! fetched again.

use super::fetch::outcome_of;
use super::key::{FeedFacts, new_entry};
use super::memory::Hints;
use super::parse::{Context, ParseError, parse};
use crate::model::*;
use crate::net::{Body, WireBody};
use crate::store::DocumentFacts;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use url::Url;

/// What reading needs to know besides the bytes.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it came from.
    pub url: Url,
    /// Media type as stated.
    pub content_type: Option<String>,
    /// Cap on the decoded body.
    pub max_body: u64,
    /// Entries taken at most.
    pub max_entries: usize,
    /// The outlet, as configured.
    pub publisher: Option<String>,
    /// The language, as configured.
    pub lang: Option<String>,
    /// Hash of the last document.
    pub last_hash: Option<String>,
    /// The present time.
    pub now: Time,
}

/// What a document came to.
#[derive(Clone, Debug)]
pub enum Reading {
    /// The same bytes as last time.
    Unchanged {
        /// Decoded bytes.
        bytes: u64,
    },
    /// A feed.
    Feed(Box<FeedReading>),
    /// Nothing we can use.
    Bad(Unreadable),
}

/// A feed that was read.
#[derive(Clone, Debug)]
pub struct FeedReading {
    /// Entries, in document order.
    pub entries: Arc<[NewEntry]>,
    /// Title, language, page.
    pub facts: DocumentFacts,
    /// What it says about coming back.
    pub hints: Hints,
    /// WebSub hubs it names.
    pub hubs: Vec<String>,
    /// Its own address, as it states it.
    pub self_link: Option<String>,
    /// An older page, if it names one.
    pub next_page: Option<Url>,
    /// What was odd, for people.
    pub message: Option<String>,
    /// Hex hash of the decoded bytes.
    pub hash: String,
    /// Decoded bytes.
    pub bytes: u64,
    /// Whether the whole document came.
    pub intact: bool,
}

/// Why a document is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The class.
    pub outcome: PollOutcome,
    /// For people.
    pub message: String,
    /// Decoded bytes.
    pub bytes: u64,
    /// WebSub hubs a web page names that came instead.
    pub hubs: Vec<String>,
    /// That page's own address, as it states it.
    pub self_link: Option<String>,
}

/// Reads one body.
pub fn read(wire: WireBody, document: &Document) -> Reading {
    let body = match wire.decode(document.max_body) {
        Ok(body) => body,
        Err(error) => return bad(outcome_of(error.kind), error.message, 0),
    };
    let (bytes, hash) = (body.bytes.len() as u64, hash(&body.bytes));
    if body.intact && document.last_hash.as_deref() == Some(hash.as_str()) {
        return Reading::Unchanged { bytes };
    }
    let context = Context {
        url: Some(&document.url),
        content_type: document.content_type.as_deref(),
        max_entries: document.max_entries,
        now: document.now,
    };
    match parse(&body.bytes, &context) {
        Err(error) => unreadable(error, bytes),
        Ok(feed) => Reading::Feed(Box::new(reading(feed, &body, hash, document))),
    }
}

fn reading(mut feed: ParsedFeed, body: &Body, hash: String, document: &Document) -> FeedReading {
    if !body.intact {
        // It may have been cut anywhere, in the middle of its id for one.
        feed.entries.pop();
    }
    FeedReading {
        entries: entries(&feed, document),
        facts: facts(&feed),
        hints: Hints::from(&feed),
        hubs: feed.hubs.clone(),
        self_link: feed.self_link.clone(),
        next_page: feed.next_page.as_deref().and_then(|page| page.parse().ok()),
        message: oddities(&feed, body.intact),
        hash,
        bytes: body.bytes.len() as u64,
        intact: body.intact,
    }
}

fn entries(feed: &ParsedFeed, document: &Document) -> Arc<[NewEntry]> {
    let (feed_publisher, lang) = (document.publisher.as_deref(), document.lang.as_deref());
    let facts = FeedFacts { feed_publisher, document: feed, lang };
    feed.entries.iter().map(|entry| new_entry(entry, &facts)).collect()
}

fn facts(feed: &ParsedFeed) -> DocumentFacts {
    DocumentFacts { title: feed.title.clone(), language: feed.language.clone(), link: feed.link.clone() }
}

fn unreadable(error: ParseError, bytes: u64) -> Reading {
    let (outcome, message) = (outcome(&error), error.to_string());
    let (hubs, self_link) = match error {
        ParseError::Html { hubs, self_link, .. } => (hubs, self_link),
        _ => (Vec::new(), None),
    };
    Reading::Bad(Unreadable { outcome, message, bytes, hubs, self_link })
}

/// The outcome an unreadable document is recorded as.
fn outcome(error: &ParseError) -> PollOutcome {
    match error {
        ParseError::Empty => PollOutcome::Empty,
        ParseError::Html { .. } => PollOutcome::Html,
        ParseError::NotAFeed(_) | ParseError::Malformed(_) => PollOutcome::ParseError,
        ParseError::TooLarge(_) => PollOutcome::TooLarge,
        ParseError::Panic(_) => PollOutcome::ParserPanic,
    }
}

fn bad(outcome: PollOutcome, message: String, bytes: u64) -> Reading {
    Reading::Bad(Unreadable { outcome, message, bytes, hubs: Vec::new(), self_link: None })
}

/// 128 bits: enough to tell two documents of one feed apart.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// One sentence about what was odd: the first oddity, and how many more.
fn oddities(feed: &ParsedFeed, intact: bool) -> Option<String> {
    if !intact {
        return Some("the compressed body broke off; the rest is fetched again".to_owned());
    }
    let first = feed.warnings.first()?;
    match feed.warnings.len() {
        1 => Some(first.message.clone()),
        more => Some(format!("{} (and {} more)", first.message, more - 1)),
    }
}
