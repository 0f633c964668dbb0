//! What an entry said before it changed.

use crate::model::*;
use crate::store::Result;
use rusqlite::Connection;

pub(super) fn of_entry(conn: &Connection, entry: EntryId) -> Result<Vec<Revision>> {
    let mut oldest = conn.prepare_cached(
        "SELECT revision, title, body, replaced_at FROM revisions WHERE entry = ?1 ORDER BY revision",
    )?;
    let rows = oldest.query_map([entry.0], |row| {
        Ok(Revision {
            revision: row.get(0)?,
            title: row.get(1)?,
            body: row.get(2)?,
            replaced_at: Time(row.get(3)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
