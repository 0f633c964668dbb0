//! Judged entries once more, for topics that changed: one cursor over the order of judgement.
//!
//! An entry that waits for the desk again (it was revised) is left out: the desk will judge its new text. So is
//! one whose text retention has removed.

use super::entries::{COLUMNS, entry_of};
use super::row::count;
use crate::model::*;
use crate::store::{HistorySize, Result};
use rusqlite::Connection;

/// Placements are read from the first that can belong, as for the window of stories.
const JUDGED: &str = "e.seen >= ?1 AND e.id NOT IN (SELECT entry FROM pending)
    AND p.id >= (SELECT min(first.id) FROM placements first
        WHERE first.entry >= (SELECT min(id) FROM entries WHERE seen >= ?1))";

pub(super) fn stream(conn: &Connection, since: Time, each: &mut dyn FnMut(Entry) -> bool) -> Result<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM placements p CROSS JOIN entries e ON e.id = p.entry JOIN feeds f ON f.id = e.feed
         WHERE {JUDGED} AND e.searchable = 1 ORDER BY p.id"
    );
    let mut judged = conn.prepare_cached(&sql)?;
    let mut rows = judged.query([since.0])?;
    while let Some(row) = rows.next()? {
        if !each(entry_of(row)?) {
            break;
        }
    }
    Ok(())
}

pub(super) fn size(conn: &Connection, since: Time) -> Result<HistorySize> {
    let sql = format!(
        "SELECT coalesce(sum(e.searchable = 1), 0), coalesce(sum(e.searchable = 0), 0)
         FROM placements p CROSS JOIN entries e ON e.id = p.entry WHERE {JUDGED}"
    );
    let both = conn.prepare_cached(&sql)?.query_row([since.0], |row| {
        Ok(HistorySize { entries: count(row, 0)?, without_text: count(row, 1)? })
    });
    Ok(both?)
}
