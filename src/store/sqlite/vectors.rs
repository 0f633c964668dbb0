//! Vectors of texts, by model and hash of the text; a row without one says that none came.

use crate::model::Time;
use crate::store::Result;
use rusqlite::{Connection, OptionalExtension, params};

pub(super) fn one(conn: &Connection, model: &str, text: &str) -> Result<Option<Option<Vec<u8>>>> {
    let mut find = conn.prepare_cached("SELECT vector FROM vectors WHERE model = ?1 AND text = ?2")?;
    Ok(find.query_row([model, text], |row| row.get(0)).optional()?)
}

pub(super) fn size(conn: &Connection, model: &str) -> Result<Option<usize>> {
    let mut find = conn.prepare_cached(
        "SELECT length(vector) FROM vectors WHERE model = ?1 AND vector IS NOT NULL LIMIT 1",
    )?;
    let size: Option<i64> = find.query_row([model], |row| row.get(0)).optional()?;
    Ok(size.and_then(|size| usize::try_from(size).ok()))
}

/// What is known stays: an entry that was judged by it must be judged by it again.
pub(super) fn put(
    conn: &Connection,
    model: &str,
    vectors: &[(String, Option<Vec<u8>>)],
    now: Time,
) -> Result<()> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO vectors (model, text, at, vector) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for (text, vector) in vectors {
        insert.execute(params![model, text, now.0, vector])?;
    }
    Ok(())
}
