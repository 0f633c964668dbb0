//! What the desk rebuilds its memory from: judged entries in the order of judgement, and look-ups by address.

use super::entries::{COLUMNS, JOINS, entry_of};
use super::row::json;
use crate::model::*;
use crate::store::{JudgedEntry, Result};
use rusqlite::{Connection, OptionalExtension, Row};

fn judged_of(row: &Row<'_>) -> rusqlite::Result<JudgedEntry> {
    Ok(JudgedEntry { entry: entry_of(row)?, reason: json(row, "reason")? })
}

/// Placements are read from the first that can belong to the window; an entry's row comes before any later
/// entry's, also when the clock was set back, so nothing seen in time lies before that.
pub(super) fn stream(conn: &Connection, since: Time, each: &mut dyn FnMut(Entry)) -> Result<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM placements p CROSS JOIN entries e ON e.id = p.entry
            JOIN feeds f ON f.id = e.feed
         WHERE e.seen >= ?1 AND p.id >= (SELECT min(first.id) FROM placements first
            WHERE first.entry >= (SELECT min(id) FROM entries WHERE seen >= ?1))
         ORDER BY p.id"
    );
    let mut window = conn.prepare_cached(&sql)?;
    let mut rows = window.query([since.0])?;
    while let Some(row) = rows.next()? {
        each(entry_of(row)?);
    }
    Ok(())
}

pub(super) fn story_by_url(conn: &Connection, canonical_url: &str) -> Result<Option<(StoryId, EntryId)>> {
    let mut newest = conn.prepare_cached(
        "SELECT p.story, e.id FROM entries e JOIN placements p ON p.entry = e.id
         WHERE e.canonical_url = ?1 ORDER BY p.id DESC LIMIT 1",
    )?;
    let pair = |row: &Row<'_>| Ok((StoryId(row.get(0)?), EntryId(row.get(1)?)));
    Ok(newest.query_row([canonical_url], pair).optional()?)
}

pub(super) fn story_entries(conn: &Connection, story: StoryId) -> Result<Vec<JudgedEntry>> {
    let sql = format!("SELECT {COLUMNS}, p.reason FROM entries e {JOINS} WHERE p.story = ?1 ORDER BY p.id");
    let mut all = conn.prepare_cached(&sql)?;
    let rows = all.query_map([story.0], judged_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn placement(conn: &Connection, entry: EntryId) -> Result<Option<StoryReason>> {
    let mut find = conn.prepare_cached("SELECT reason FROM placements WHERE entry = ?1")?;
    Ok(find.query_row([entry.0], |row| json(row, 0)).optional()?)
}
