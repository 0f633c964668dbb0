//! Entries about one event, and the reason each of them was put there.

use super::{EntryId, StoryId, Time};
use serde::{Deserialize, Serialize};

/// The rule that placed an entry, in the order in which the rules are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The same guid in the same feed.
    Guid,
    /// The same canonical address.
    Url,
    /// The same text after normalising.
    Content,
    /// Nearly the same text.
    NearCopy,
    /// The same event told in other words.
    SameStory,
    /// The same event told in another language.
    CrossLingual,
    /// A user merged or split.
    Manual,
    /// Nothing fitted: the entry opens a story.
    Opened,
}

impl Stage {
    /// Whether it found the very entry or its text once more: a copy, not a report of its own.
    pub fn is_copy(self) -> bool {
        matches!(self, Self::Guid | Self::Url | Self::Content | Self::NearCopy)
    }
}

/// Why an entry is in its story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoryReason {
    /// The rule that decided.
    pub stage: Stage,
    /// The entry it was compared with, where there was one.
    pub partner: Option<EntryId>,
    /// Similarity, 0 to 1; 1 for exact stages.
    pub score: f64,
    /// The threshold it had to reach; 1 for exact stages.
    pub threshold: f64,
    /// Below the sure threshold: "probably the same".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probable: bool,
    /// Heaviest shared terms with their weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<(String, f64)>,
    /// Milliseconds between the two entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap_ms: Option<i64>,
    /// Cosine of the vectors of the two texts, where an embedding model is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f64>,
    /// One sentence for people, for example "same address after cleaning".
    pub text: String,
}

/// One stored story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Story {
    /// Row.
    pub id: StoryId,
    /// The entry that opened it.
    pub first_entry: EntryId,
    /// Title of that entry.
    pub title: String,
    /// When it was opened.
    pub opened: Time,
    /// When an entry last joined.
    pub last: Time,
    /// Entries in it.
    pub entries: u32,
    /// Different outlets in it, by publisher, spellings of one counted once.
    pub publishers: u32,
    /// Languages in it, sorted.
    pub langs: Vec<String>,
    /// Entries that repeat another one of it: wire copies, the same page in another feed. The others are reports.
    pub copies: u32,
}
