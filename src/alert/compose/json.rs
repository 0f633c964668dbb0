//! JSON: an alert as one document for programs; described for its readers in `docs/webhooks.md`.
//!
//! The envelope (`type`, `timestamp`, `data`) is the one of the Standard Webhooks specification. Times are UTC;
//! strings are the entry's own, unescaped; offsets count bytes of UTF-8. Fields are only ever added.

use super::*;
use serde::Serialize;

/// The `type` of a first alert's document.
pub const TYPE: &str = "alert.created";
/// The `type` of an update's document.
pub const UPDATE: &str = "alert.updated";

/// Columns of text around the evidence.
const WIDTH: usize = 320;

/// The document for webhooks, commands and `--json`.
#[derive(Serialize)]
pub struct Document<'a> {
    /// [`TYPE`] or [`UPDATE`].
    #[serde(rename = "type")]
    kind: &'static str,
    /// When the desk made the alert.
    timestamp: Time,
    /// The alert.
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    key: &'a str,
    alert: AlertId,
    test: bool,
    source: AlertOrigin,
    topic: Topic<'a>,
    story: Option<StoryId>,
    entry: Option<EntryId>,
    feed: &'a FeedId,
    title: &'a str,
    body: &'a str,
    url: Option<String>,
    publisher: Option<&'a str>,
    lang: Option<&'a str>,
    published: Option<Time>,
    seen: Time,
    score: f64,
    evidence: &'a [Evidence],
    snippet: Vec<Span>,
    text: String,
    earlier: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    update: Option<News<'a>>,
}

/// What is new since the first alert.
#[derive(Serialize)]
struct News<'a> {
    kind: UpdateKind,
    reason: &'a str,
    first: First<'a>,
}

/// The alert that an update follows.
#[derive(Serialize)]
struct First<'a> {
    alert: AlertId,
    key: Option<&'a str>,
    title: &'a str,
}

#[derive(Serialize)]
struct Topic<'a> {
    id: &'a TopicId,
    title: &'a str,
    priority: Priority,
}

/// The document of a message.
pub fn document(message: &Message) -> Document<'_> {
    let content = message.content();
    let news = content.origin() == AlertOrigin::Hits;
    let data = Data {
        key: &message.key,
        alert: message.alert.id,
        test: content.origin() == AlertOrigin::Test,
        source: content.origin(),
        topic: Topic { id: &content.topic, title: &content.topic_title, priority: content.priority },
        story: news.then_some(content.story),
        entry: news.then_some(content.entry),
        feed: &content.feed,
        title: &content.title,
        body: &content.body,
        url: content.url.as_deref().and_then(link),
        publisher: content.publisher.as_deref(),
        lang: content.lang.as_deref(),
        published: content.published,
        seen: content.seen,
        score: content.score,
        evidence: &content.evidence,
        snippet: snippet(&content.body, &marks(&content.evidence, Field::Body), WIDTH),
        text: text::plain(content, &TimeZone::UTC, WIDTH),
        earlier: &message.earlier,
        update: content.update.as_ref().map(|update| News {
            kind: update.kind,
            reason: &update.reason,
            first: First { alert: update.first, key: message.first.as_deref(), title: &update.first_title },
        }),
    };
    let kind = if content.update.is_some() { UPDATE } else { TYPE };
    Document { kind, timestamp: message.alert.at, data }
}

/// The document in bytes, without a line break at its end.
pub fn bytes(message: &Message) -> Vec<u8> {
    // Only a map with non-text keys or a failing writer could fail here, and there is neither.
    serde_json::to_vec(&document(message)).unwrap_or_default()
}
