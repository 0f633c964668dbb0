//! Rows of little meaning, for the tests and the benchmark.

use newswatch::model::*;
use newswatch::store::*;
use newswatch::text::search_tokens;

/// An ordinary successful poll that brought nothing.
pub fn poll(feed: &str, at: i64) -> PollRecord {
    PollRecord {
        feed: feed.into(),
        at: Time(at),
        duration_ms: 12,
        outcome: PollOutcome::Fetched,
        status: Some(200),
        message: None,
        conditional: false,
        requested: true,
        requests: 1,
        received: 0,
        bytes: 0,
        validators: None,
        final_url: None,
        body_hash: None,
        document: None,
        new_entries: 0,
        revised_entries: 0,
        next_due: Time(at + 1_000),
        due_reason: "normal".to_owned(),
        gone: false,
        failures: 0,
        failing_since: None,
        rhythm: None,
    }
}

/// An entry whose hash follows from its text.
pub fn entry(key: &str, title: &str, body: &str) -> NewEntry {
    NewEntry {
        key: key.to_owned(),
        guid: None,
        url: None,
        canonical_url: None,
        title: title.to_owned(),
        body: body.to_owned(),
        author: None,
        publisher: None,
        categories: Vec::new(),
        lang: None,
        published: None,
        content_hash: format!("{title}|{body}"),
    }
}

/// Entry `entry` belongs to story `story`.
pub fn judge(entry: i64, story: i64, hits: Vec<NewHit>) -> Judgement {
    let reason = StoryReason {
        stage: Stage::Opened,
        partner: None,
        score: 1.0,
        threshold: 1.0,
        probable: false,
        terms: Vec::new(),
        gap_ms: None,
        similarity: None,
        text: format!("why {entry}"),
    };
    let hits = hits.into_iter().map(|hit| NewHit {
        alert: hit.alert.map(|alert| AlertContent { entry: EntryId(entry), story: StoryId(story), ..alert }),
        ..hit
    });
    Judgement {
        entry: EntryId(entry),
        revision: 0,
        story: StoryId(story),
        opened: false,
        reason,
        hits: hits.collect(),
    }
}

/// A hit that these receivers are to hear of.
pub fn hit(topic: &str, receivers: &[&str]) -> NewHit {
    let found =
        Evidence { field: Field::Title, start: 0, end: 8, text: "Headline".into(), term: "headline".into() };
    NewHit {
        topic: topic.into(),
        topic_version: "v1".to_owned(),
        score: 1.0,
        evidence: vec![found],
        receivers: receivers.iter().map(|name| (*name).into()).collect(),
        silent: None,
        alert: Some(content(topic, 0, 0)),
    }
}

/// What an alert says.
pub fn content(topic: &str, story: i64, entry: i64) -> AlertContent {
    AlertContent {
        topic: topic.into(),
        topic_title: topic.to_uppercase(),
        priority: Priority::Normal,
        story: StoryId(story),
        entry: EntryId(entry),
        feed: "a".into(),
        title: "Headline".to_owned(),
        body: "Some words".to_owned(),
        url: None,
        publisher: None,
        lang: None,
        published: None,
        seen: Time(1),
        score: 1.0,
        evidence: Vec::new(),
        update: None,
    }
}

/// The words of a text, in a row.
pub fn phrase(text: &str) -> TextFilter {
    let tokens = search_tokens(text).split(' ').map(str::to_owned).collect();
    TextFilter::Phrase { tokens, prefix: false, title_only: false }
}
