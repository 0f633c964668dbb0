//! One published item, at its stages: as parsed, as taken in, as stored.

use super::{EntryId, FeedId, StoryId, Time};
use serde::{Deserialize, Serialize};

/// A person as a feed names one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Display name.
    pub name: Option<String>,
    /// E-mail address as given.
    pub email: Option<String>,
    /// Home page.
    pub uri: Option<String>,
}

/// A media file attached to an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// Absolute address.
    pub url: String,
    /// Media type as given.
    #[serde(rename = "type")]
    pub media_type: Option<String>,
    /// Size in bytes as given.
    pub length: Option<u64>,
}

/// The original publisher of a syndicated item (RSS `source`, Atom `source`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Name of the publisher or its feed.
    pub title: Option<String>,
    /// Address of its feed or page.
    pub link: Option<String>,
}

/// One item as `intake/parse` found it in a feed document: text without markup, absolute links.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedEntry {
    /// The publisher's id as given; `None` when the item has none.
    pub guid: Option<String>,
    /// RSS `isPermaLink` where stated.
    pub is_permalink: Option<bool>,
    /// Absolute address of the page; the original spelling, only resolved against the base.
    pub link: Option<String>,
    /// Title as plain text; empty when missing.
    pub title: String,
    /// Summary (RSS description, Atom summary) as plain text.
    pub summary: Option<String>,
    /// Full content (content:encoded, Atom content, JSON Feed content) as plain text.
    pub content: Option<String>,
    /// Publication time; `None` when missing or impossible.
    pub published: Option<Time>,
    /// Time of the last change as the publisher states it.
    pub updated: Option<Time>,
    /// Authors in document order.
    pub authors: Vec<Person>,
    /// Categories and keywords in document order, without repeats.
    pub categories: Vec<String>,
    /// Attached media.
    pub enclosures: Vec<Enclosure>,
    /// Language tag (BCP 47 as given) of this item where it states one.
    pub language: Option<String>,
    /// The original publisher.
    pub source: Option<Source>,
    /// Address of the comments page.
    pub comments: Option<String>,
    /// Rights statement.
    pub rights: Option<String>,
}

impl ParsedEntry {
    /// The text that is stored and judged beside the title: the content, led by the summary unless the
    /// content already holds it.
    pub fn body(&self) -> String {
        compose_body(self.summary.as_deref(), self.content.as_deref())
    }
}

/// Joins a summary and a full text into one body; a summary that the full text contains is not repeated.
pub fn compose_body(summary: Option<&str>, content: Option<&str>) -> String {
    let summary = summary.map(str::trim).unwrap_or_default();
    let content = content.map(str::trim).unwrap_or_default();
    if content.is_empty() || content == summary {
        return summary.to_owned();
    }
    if summary.is_empty() || content.contains(summary.trim_end_matches(['.', '…'])) {
        return content.to_owned();
    }
    format!("{summary}\n\n{content}")
}

/// One item ready to be stored: keyed, with the text that will be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// Our stable key inside its feed: from the guid, else the canonical link, else the content.
    pub key: String,
    /// The publisher's id as given.
    pub guid: Option<String>,
    /// Address for clicking, as published.
    pub url: Option<String>,
    /// Address for comparing: tracking parameters, fragment, `www.`, `m.` and AMP forms removed.
    pub canonical_url: Option<String>,
    /// Title, plain text.
    pub title: String,
    /// Body, plain text (see [`ParsedEntry::body`]).
    pub body: String,
    /// Author names joined by `, `.
    pub author: Option<String>,
    /// The outlet: the item's source element, else the feed's configured publisher, else the feed's title.
    pub publisher: Option<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Language: primary subtag in lower case (`de`, `zh`), from the item, the feed or its configuration.
    pub lang: Option<String>,
    /// Publication time as stated, if believable.
    pub published: Option<Time>,
    /// Hex hash of title and body; a change of it is a revision.
    pub content_hash: String,
}

/// How far the desk is with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryState {
    /// Taken in, not judged yet.
    Pending,
    /// Judged: story and hits are known.
    Judged,
}

/// One stored item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Row.
    pub id: EntryId,
    /// The feed that brought it first.
    pub feed: FeedId,
    /// Stable key inside the feed.
    pub key: String,
    /// The publisher's id.
    pub guid: Option<String>,
    /// Address for clicking.
    pub url: Option<String>,
    /// Address for comparing.
    pub canonical_url: Option<String>,
    /// Title.
    pub title: String,
    /// Body; empty once retention removed it.
    pub body: String,
    /// Author names.
    pub author: Option<String>,
    /// Outlet.
    pub publisher: Option<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Language, primary subtag.
    pub lang: Option<String>,
    /// Publication time as stated.
    pub published: Option<Time>,
    /// When we first saw it.
    pub seen: Time,
    /// Hash of title and body.
    pub content_hash: String,
    /// Part of the first fetch of its feed: judged and searchable, but it alerts nobody.
    pub backlog: bool,
    /// How often its text changed since it was first seen.
    pub revision: u32,
    /// Judged or not.
    pub state: EntryState,
    /// Its story, once judged.
    pub story: Option<StoryId>,
}

impl Entry {
    /// The time to order by: the stated publication, but never later than when we saw it.
    pub fn time(&self) -> Time {
        self.published.map_or(self.seen, |stated| stated.min(self.seen))
    }
}

/// A text an entry had before it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revision {
    /// Which: 0 is the text it was first seen with.
    pub revision: u32,
    /// Title.
    pub title: String,
    /// Body; empty once retention removed it.
    pub body: String,
    /// When it changed.
    pub replaced_at: Time,
}
