//! Hits that a changed topic finds in history: added silently beside what is there.
//!
//! A hit that is stored already stays as it was made, with its version and its evidence. Nothing is added to an entry
//! that was revised since it was read, or that waits for the desk: the desk will judge it.

use super::row::to_json;
use crate::model::*;
use crate::store::{PastHit, Result};
use rusqlite::{Connection, params};

/// Said of such hits.
const REJUDGED: &str = "rejudged";

pub(super) fn add(conn: &Connection, hits: &[PastHit], now: Time) -> Result<usize> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO hits (topic, topic_version, story, entry, revision, feed, lang, score, at, silent, evidence)
         SELECT ?1, ?2, p.story, e.id, e.revision, e.feed, e.lang, ?3, ?4, ?5, ?6
         FROM entries e JOIN placements p ON p.entry = e.id
         WHERE e.id = ?7 AND e.revision = ?8 AND e.id NOT IN (SELECT entry FROM pending)
         ON CONFLICT (entry, topic) DO NOTHING",
    )?;
    let mut added = 0;
    for hit in hits {
        added += insert.execute(params![
            hit.topic.as_str(),
            hit.topic_version,
            hit.score,
            now.0,
            REJUDGED,
            to_json(&hit.evidence)?,
            hit.entry.0,
            hit.revision,
        ])?;
    }
    Ok(added)
}

pub(super) fn entries_hit(conn: &Connection, topic: &TopicId, since: Time) -> Result<Vec<EntryId>> {
    let mut hit = conn.prepare_cached(
        "SELECT h.entry FROM hits h JOIN entries e ON e.id = h.entry
         WHERE h.topic = ?1 AND e.seen >= ?2 AND e.searchable = 1
            AND e.id NOT IN (SELECT entry FROM pending)",
    )?;
    let rows = hit.query_map(params![topic.as_str(), since.0], |row| Ok(EntryId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn versions(conn: &Connection, topic: &TopicId) -> Result<Vec<(String, Time)>> {
    let mut oldest =
        conn.prepare_cached("SELECT version, at FROM topic_versions WHERE topic = ?1 ORDER BY at, rowid")?;
    let rows = oldest.query_map([topic.as_str()], |row| Ok((row.get(0)?, Time(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
