//! Judging the stored history once more: how much there is, and what is found.

use crate::model::*;

/// A hit that a changed topic finds in an entry judged before.
#[derive(Clone, Debug)]
pub struct PastHit {
    /// The entry.
    pub entry: EntryId,
    /// Its revision when it was judged again.
    pub revision: u32,
    /// The topic.
    pub topic: TopicId,
    /// Hash of the topic's text.
    pub topic_version: String,
    /// Score.
    pub score: f64,
    /// What was found.
    pub evidence: Vec<Evidence>,
}

/// How much history there is to judge again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct HistorySize {
    /// Judged entries with their text.
    pub entries: u64,
    /// Judged entries whose text retention has removed: they cannot be judged again.
    pub without_text: u64,
}
