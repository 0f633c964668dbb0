//! Compose: an alert as plain text, HTML and JSON.
//!
//! The [`Message`] holds what is to be said; [`text`] lays it out in styled lines (mail, terminal), [`html`] for mail
//! programs, [`json`] for programs. Common rules: what came from outside passes [`visible()`] (lines) or the HTML
//! escape before anything else; only http and https links are shown; people see local time, programs UTC.
//! Never fetches, never looks at a clock: the time zone is passed in.

pub mod html;
pub mod json;
mod snippet;
pub mod text;
mod visible;

pub use snippet::{Span, highlight, marks, snippet};
pub use visible::{is_dangerous, visible};

use crate::model::*;
use crate::store::ClaimedDelivery;
use jiff::tz::TimeZone;

/// What alerts about the house as a whole give as their feed.
pub const HOUSE: &str = "newswatch";

/// The topic id of test alerts.
pub const TEST_TOPIC: &str = "newswatch-test";

/// One alert on its way to one receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Stable over every attempt.
    pub key: String,
    /// What to say.
    pub alert: Alert,
    /// Keys of earlier alerts of the same story to the same receiver, oldest first.
    pub earlier: Vec<String>,
    /// Key of the first alert to the same receiver, where this is an update that follows it.
    pub first: Option<String>,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    /// When this attempt began.
    pub at: Time,
}

impl Message {
    /// The message of a claimed delivery, for an attempt beginning at `now`.
    pub fn new(claimed: ClaimedDelivery, now: Time) -> Self {
        Self {
            key: claimed.delivery.idempotency_key,
            alert: claimed.alert,
            earlier: claimed.earlier,
            first: claimed.first,
            attempt: claimed.delivery.attempts.saturating_add(1),
            at: now,
        }
    }

    /// What the alert says.
    pub fn content(&self) -> &AlertContent {
        &self.alert.content
    }
}

/// The address as it may be shown and clicked; `None` unless it is http or https.
pub fn link(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

/// A time for people: `2026-11-23 16:05 CET`.
pub fn local_time(time: Time, zone: &TimeZone) -> String {
    time.timestamp().to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// One thing found, for people: the text, the term where it differs, and the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The text as it stands in the entry, on one line.
    pub text: String,
    /// The term of the query, where it is written differently.
    pub term: Option<String>,
    /// Where, each field once.
    pub fields: Vec<Field>,
}

/// The evidence without repeats (letter case aside) and without pieces of longer pieces, in order of the entry's text. Where
/// several terms found one text, the first one stands for them.
pub fn found(evidence: &[Evidence]) -> Vec<Found> {
    let mut list: Vec<Found> = Vec::new();
    for piece in evidence.iter().filter(|piece| !evidence.iter().any(|other| holds(other, piece))) {
        let text = visible(piece.text.trim()).into_owned();
        let differs = piece.term.trim_matches('"').to_lowercase() != piece.text.to_lowercase();
        let term = differs.then(|| visible(&piece.term).into_owned());
        match list.iter_mut().find(|known| known.text.to_lowercase() == text.to_lowercase()) {
            Some(known) if known.fields.contains(&piece.field) => {}
            Some(known) => known.fields.push(piece.field),
            None => list.push(Found { text, term, fields: vec![piece.field] }),
        }
    }
    list
}

/// Whether `longer` stands over `piece` and beyond it.
fn holds(longer: &Evidence, piece: &Evidence) -> bool {
    longer.field == piece.field
        && longer.start <= piece.start
        && piece.end <= longer.end
        && longer.end - longer.start > piece.end - piece.start
}

/// A field's name for people and programs.
pub fn field_name(field: Field) -> &'static str {
    match field {
        Field::Title => "title",
        Field::Body => "body",
        Field::Url => "url",
        Field::Feed => "feed",
        Field::Tag => "tag",
        Field::Author => "author",
        Field::Publisher => "publisher",
        Field::Lang => "lang",
    }
}

/// What `alerts test` sends: recognisable as a test by topic, title and text.
pub fn test_content(now: Time) -> AlertContent {
    let title = "Test alert from newswatch".to_owned();
    let body = "This is a test alert, sent by hand to check this receiver. No news is behind it; there is nothing to do.";
    let found = |field, text: &str, word: &str| {
        let start = text.find(word).unwrap_or_default();
        Evidence { field, start, end: start + word.len(), text: word.to_owned(), term: word.to_lowercase() }
    };
    AlertContent {
        topic: TEST_TOPIC.into(),
        topic_title: "Test".to_owned(),
        priority: Priority::Normal,
        story: StoryId(0),
        entry: EntryId(0),
        feed: TEST_TOPIC.into(),
        evidence: vec![found(Field::Title, &title, "Test"), found(Field::Body, body, "test")],
        title,
        body: body.to_owned(),
        url: None,
        publisher: Some("newswatch".to_owned()),
        lang: Some("en".to_owned()),
        published: Some(now),
        seen: now,
        score: 1.0,
        update: None,
    }
}

#[cfg(test)]
mod tests;
