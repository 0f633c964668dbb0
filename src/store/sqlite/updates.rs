//! Updates: what is told of a story after its first alert.
//!
//! Each cause is told once per story (those merged into it included) and receiver, whatever the topic: looked up first,
//! with a unique index behind it.

use super::alerts;
use super::corrections::FAMILY;
use super::row::json;
use crate::model::*;
use crate::store::{Result, StoreError};
use rusqlite::{Connection, params};

/// The first alerts about a story, or one merged into it, each with its receiver and what that was told since.
pub(super) fn told(conn: &Connection, story: StoryId) -> Result<Vec<Told>> {
    let sql = format!(
        "SELECT a.id, a.content, d.receiver, a.placed FROM deliveries d JOIN alerts a ON a.id = d.alert
         WHERE d.story IN ({FAMILY}) AND d.test = 0 AND d.cause IS NULL ORDER BY d.id"
    );
    let mut firsts = conn.prepare_cached(&sql)?;
    let rows = firsts.query_map([story.0], |row| {
        Ok(Told {
            alert: AlertId(row.get(0)?),
            content: json(row, 1)?,
            receiver: ReceiverName(row.get(2)?),
            placed: row.get(3)?,
            causes: Vec::new(),
        })
    })?;
    let mut told: Vec<Told> = rows.collect::<rusqlite::Result<_>>()?;
    for told in &mut told {
        told.causes = causes(conn, story, &told.receiver)?;
    }
    Ok(told)
}

fn causes(conn: &Connection, story: StoryId, receiver: &ReceiverName) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT cause FROM deliveries
         WHERE story IN ({FAMILY}) AND receiver = ?2 AND test = 0 AND cause IS NOT NULL ORDER BY id"
    );
    let mut all = conn.prepare_cached(&sql)?;
    let rows = all.query_map(params![story.0, receiver.as_str()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores an update for those of `receivers` who were not told of its cause; `None` if all were.
pub(super) fn add(
    conn: &Connection,
    content: &AlertContent,
    receivers: &[ReceiverName],
    now: Time,
) -> Result<Option<(AlertId, usize)>> {
    let Some(update) = &content.update else {
        return Err(StoreError::Database("an update without a cause".to_owned()));
    };
    let mut fresh: Vec<&ReceiverName> = Vec::new();
    for receiver in receivers {
        let known = causes(conn, content.story, receiver)?.contains(&update.cause);
        if !known && !fresh.contains(&receiver) {
            fresh.push(receiver);
        }
    }
    if fresh.is_empty() {
        return Ok(None);
    }
    let alert = alerts::insert(conn, content, &content.topic, content.story, now)?;
    let posted = alerts::post_update(conn, alert, content, &update.cause, &fresh, now)?;
    Ok(Some((alert, posted)))
}

/// The updates that follow a first alert, oldest first.
pub(super) fn following(conn: &Connection, first: AlertId) -> Result<Vec<AlertId>> {
    let mut all = conn.prepare_cached("SELECT id FROM alerts WHERE follows = ?1 ORDER BY id")?;
    let rows = all.query_map([first.0], |row| Ok(AlertId(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
