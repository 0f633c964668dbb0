//! What is told about a story after its first alert: news of the same story, threaded to that alert.

use super::{AlertContent, AlertId, EntryId, ReceiverName};
use serde::{Deserialize, Serialize};

/// The kind of news that an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpdateKind {
    /// Many more outlets carry the story.
    Outlets,
    /// The first report in a language.
    Language,
    /// Something that was told is taken back or put right.
    Correction,
}

impl UpdateKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outlets => "outlets",
            Self::Language => "language",
            Self::Correction => "correction",
        }
    }
}

/// What makes an alert an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertUpdate {
    /// Which kind of news.
    pub kind: UpdateKind,
    /// What it is told once for, per story and receiver: `outlets:5`, `language:de`, `correction:7>9`.
    pub cause: String,
    /// For people: "carried by 5 more outlets since the first alert: …".
    pub reason: String,
    /// The first alert, which this one follows.
    pub first: AlertId,
    /// What that one was titled.
    pub first_title: String,
}

/// A first alert that reached the outbox of a receiver, with what has been told to it about the story since.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The alert.
    pub alert: AlertId,
    /// What it said.
    pub content: AlertContent,
    /// To whom.
    pub receiver: ReceiverName,
    /// The last placement when it was made: reports placed later are new to whoever got it.
    pub placed: i64,
    /// Causes of the updates since.
    pub causes: Vec<String>,
}

/// One entry of a story, as updates look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The order of judgement.
    pub placement: i64,
    /// The entry.
    pub entry: EntryId,
    /// The outlet as it is compared.
    pub outlet: String,
    /// The outlet as it is written.
    pub name: String,
    /// Language, primary subtag.
    pub lang: Option<String>,
    /// Repeats another entry of the story: no report of its own.
    pub copy: bool,
    /// It is only probably of this story.
    pub probable: bool,
}

/// A correction found in an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// What is put right, the same for every copy of it: `7>9`, or the entry and its revision.
    pub key: String,
    /// For people: "`7` became `9`".
    pub what: String,
}

/// One update that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Which kind of news.
    pub kind: UpdateKind,
    /// See [`AlertUpdate::cause`].
    pub cause: String,
    /// See [`AlertUpdate::reason`].
    pub reason: String,
    /// The entry it is told by.
    pub entry: EntryId,
}
