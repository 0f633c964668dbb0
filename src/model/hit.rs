//! A topic matched a story through an entry, and the evidence for it.

use super::{EntryId, FeedId, HitId, StoryId, Time, TopicId};
use serde::{Deserialize, Serialize};

/// The part of an entry a term was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The title.
    Title,
    /// The body.
    Body,
    /// The address.
    Url,
    /// The feed's id.
    Feed,
    /// A category of the entry or a tag of its feed.
    Tag,
    /// The author names.
    Author,
    /// The outlet.
    Publisher,
    /// The language.
    Lang,
}

/// One found term: where it stands in the stored text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// Where.
    pub field: Field,
    /// First byte in the stored text of that field (UTF-8, on a character boundary).
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The text found, as stored.
    pub text: String,
    /// The term of the query that found it, as written.
    pub term: String,
}

/// What people say of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Worth having been told.
    Useful,
    /// Should not have matched.
    Noise,
}

impl Mark {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Useful => "useful",
            Self::Noise => "noise",
        }
    }
}

/// One marked hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Marked {
    /// The hit.
    pub hit: HitId,
    /// Its topic.
    pub topic: TopicId,
    /// When the desk decided.
    pub at: Time,
    /// What was said of it.
    pub mark: Mark,
}

/// One stored hit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// Row.
    pub id: HitId,
    /// The topic that matched.
    pub topic: TopicId,
    /// Hash of the topic's text at that time.
    pub topic_version: String,
    /// The story it belongs to.
    pub story: StoryId,
    /// The entry that matched.
    pub entry: EntryId,
    /// Score; 1 for a plain Boolean query.
    pub score: f64,
    /// What was found.
    pub evidence: Vec<Evidence>,
    /// When the desk decided.
    pub at: Time,
    /// Why nobody was alerted, where nobody was: `backlog`, `already-told`, `no-route`, …
    pub silent: Option<String>,
}

/// A hit with what a reader wants to see beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HitView {
    /// The hit.
    #[serde(flatten)]
    pub hit: Hit,
    /// The feed.
    pub feed: FeedId,
    /// The entry's title.
    pub title: String,
    /// The entry's body.
    pub body: String,
    /// The entry's address.
    pub url: Option<String>,
    /// The outlet.
    pub publisher: Option<String>,
    /// Language.
    pub lang: Option<String>,
    /// When published, as stated.
    pub published: Option<Time>,
    /// When we first saw the entry.
    pub seen: Time,
    /// What was said of it.
    pub mark: Option<Mark>,
}
