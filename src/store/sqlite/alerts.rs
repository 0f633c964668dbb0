//! Alerts: making one, posting its deliveries, asking for them.
//!
//! One alert per story, topic and receiver: who was told before is looked up first, and a unique index stands
//! behind that. The idempotency key is derived from the same three and the database's own id, so a receiver can
//! drop repeats even across a restore from backup. Alerts of `alerts test` are exempt and keyed by their row.

use super::corrections::FAMILY;
use super::narrow::{Conditions, feed_names, lang_names, topic_names};
use super::outbox::{self, Why};
use super::row::{json, to_json};
use super::stats;
use crate::model::*;
use crate::store::{AlertFilter, Result};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use sha2::{Digest, Sha256};
use std::fmt::Write;

pub(super) fn alert_of(row: &Row<'_>) -> rusqlite::Result<Alert> {
    Ok(Alert { id: AlertId(row.get(0)?), at: Time(row.get(1)?), content: json(row, 2)? })
}

/// Those of `receivers` who were not told about this story, or one merged into it, and topic, each once.
pub(super) fn untold<'r>(
    conn: &Connection,
    topic: &TopicId,
    story: StoryId,
    receivers: &'r [ReceiverName],
) -> Result<Vec<&'r ReceiverName>> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM deliveries
            WHERE story IN ({FAMILY}) AND topic = ?2 AND receiver = ?3 AND test = 0 AND cause IS NULL)"
    );
    let mut told = conn.prepare_cached(&sql)?;
    let mut untold: Vec<&ReceiverName> = Vec::new();
    for receiver in receivers {
        let known: bool =
            told.query_row(params![story.0, topic.as_str(), receiver.as_str()], |row| row.get(0))?;
        if !known && !untold.contains(&receiver) {
            untold.push(receiver);
        }
    }
    Ok(untold)
}

/// Stores what is to be said. Topic and story are the hit's, whatever the content calls them.
pub(super) fn insert(
    conn: &Connection,
    content: &AlertContent,
    topic: &TopicId,
    story: StoryId,
    now: Time,
) -> Result<AlertId> {
    conn.prepare_cached(
        "INSERT INTO alerts (at, topic, story, entry, feed, lang, content, follows, placed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce((SELECT max(id) FROM placements), 0))",
    )?
    .execute(params![
        now.0,
        topic.as_str(),
        story.0,
        content.entry.0,
        content.feed.as_str(),
        content.lang,
        to_json(content)?,
        content.update.as_ref().map(|update| update.first.0),
    ])?;
    Ok(AlertId(conn.last_insert_rowid()))
}

/// One delivery for each receiver; returns how many.
pub(super) fn post(
    conn: &Connection,
    alert: AlertId,
    topic: &TopicId,
    story: StoryId,
    receivers: &[&ReceiverName],
    now: Time,
) -> Result<usize> {
    let instance = stats::instance(conn)?;
    let story_text = story.0.to_string();
    for receiver in receivers {
        let key = idempotency_key(&[&instance, &story_text, topic.as_str(), receiver.as_str()]);
        outbox::insert(conn, alert, topic, story, receiver, Why::Hit, &key, now)?;
    }
    Ok(receivers.len())
}

pub(super) fn add_test(
    conn: &Connection,
    content: &AlertContent,
    receivers: &[ReceiverName],
    now: Time,
) -> Result<AlertId> {
    let alert = insert(conn, content, &content.topic, content.story, now)?;
    let instance = stats::instance(conn)?;
    let mut posted: Vec<&ReceiverName> = Vec::new();
    for receiver in receivers {
        if !posted.contains(&receiver) {
            let key = idempotency_key(&[&instance, "test", &alert.to_string(), receiver.as_str()]);
            outbox::insert(conn, alert, &content.topic, content.story, receiver, Why::Test, &key, now)?;
            posted.push(receiver);
        }
    }
    Ok(alert)
}

/// One delivery of an update for each receiver; returns how many.
pub(super) fn post_update(
    conn: &Connection,
    alert: AlertId,
    content: &AlertContent,
    cause: &str,
    receivers: &[&ReceiverName],
    now: Time,
) -> Result<usize> {
    let (topic, story) = (&content.topic, content.story);
    let (instance, story_text) = (stats::instance(conn)?, story.to_string());
    for receiver in receivers {
        let key = idempotency_key(&[&instance, &story_text, receiver.as_str(), "update", cause]);
        outbox::insert(conn, alert, topic, story, receiver, Why::Update(cause), &key, now)?;
    }
    Ok(receivers.len())
}

/// Hex SHA-256 over the parts, each ended by a NUL so that no two lists of parts read the same.
fn idempotency_key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn list(conn: &Connection, filter: &AlertFilter) -> Result<Vec<AlertView>> {
    let mut conditions = Conditions::default();
    conditions.between("a.at", &filter.narrow);
    conditions.any_of("a.topic", &topic_names(&filter.topics), str::to_owned)?;
    conditions.any_of("a.feed", &feed_names(&filter.narrow.feeds), str::to_owned)?;
    conditions.any_of("a.lang", &lang_names(&filter.narrow.langs), str::to_owned)?;
    conditions.text_in("(", "a.entry", &filter.narrow);
    let delivered = "SELECT 1 FROM deliveries d WHERE d.alert = a.id AND d.receiver = coalesce(?, d.receiver) \
         AND d.state = coalesce(?, d.state)";
    if filter.receiver.is_some() || filter.state.is_some() {
        let receiver = filter.receiver.as_ref().map(|receiver| receiver.0.clone());
        let state = filter.state.map(outbox::state_name).map(str::to_owned);
        conditions.add_two(format!("EXISTS ({delivered})"), receiver, state);
    }
    let (tail, values) = conditions.finish("a.at DESC, a.id DESC", &filter.narrow);
    let sql = format!("SELECT a.id, a.at, a.content FROM alerts a {tail}");
    let mut newest = conn.prepare_cached(&sql)?;
    let rows = newest.query_map(params_from_iter(values), alert_of)?;
    rows.map(|alert| with_deliveries(conn, alert?)).collect()
}

pub(super) fn one(conn: &Connection, id: AlertId) -> Result<Option<AlertView>> {
    let mut find = conn.prepare_cached("SELECT id, at, content FROM alerts WHERE id = ?1")?;
    let alert = find.query_row([id.0], alert_of).optional()?;
    alert.map(|alert| with_deliveries(conn, alert)).transpose()
}

fn with_deliveries(conn: &Connection, alert: Alert) -> Result<AlertView> {
    let deliveries = outbox::of_alert(conn, alert.id)?;
    Ok(AlertView { alert, deliveries })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_every_part_and_its_borders() {
        let key = idempotency_key(&["i", "1", "topic", "mail"]);
        assert_eq!(key.len(), 64);
        assert_eq!(key, idempotency_key(&["i", "1", "topic", "mail"]));
        assert_ne!(key, idempotency_key(&["i", "1", "topicmail", ""]));
        assert_ne!(key, idempotency_key(&["j", "1", "topic", "mail"]));
    }
}
