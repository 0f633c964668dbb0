//! Retention: bodies and search text by age, then old records of polls and attempts.
//!
//! Keys, titles, hashes, stories, hits and alerts stay, so that an old entry that comes back is still known.
//! An entry that waits for the desk keeps its body however old it is, and so does an undelivered alert its
//! attempts.

use super::row::signed;
use super::search;
use crate::model::*;
use crate::store::{Pruned, Result};
use rusqlite::Connection;

pub(super) fn prune(
    conn: &Connection,
    bodies_before: Time,
    records_before: Time,
    limit: usize,
) -> Result<Pruned> {
    let limit = signed(limit);
    let bodies = bodies(conn, bodies_before, limit)?;
    let polls = conn
        .prepare_cached("DELETE FROM polls WHERE id IN (SELECT id FROM polls WHERE at < ?1 LIMIT ?2)")?
        .execute([records_before.0, limit])?;
    let attempts = conn
        .prepare_cached(
            "DELETE FROM attempts WHERE id IN (SELECT a.id FROM attempts a WHERE a.at < ?1
                AND a.delivery NOT IN (SELECT id FROM deliveries WHERE state = 'pending') LIMIT ?2)",
        )?
        .execute([records_before.0, limit])?;
    conn.prepare_cached(
        "DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors WHERE at < ?1 LIMIT ?2)",
    )?
    .execute([bodies_before.0, limit])?;
    Ok(Pruned { bodies, polls, attempts })
}

fn bodies(conn: &Connection, before: Time, limit: i64) -> Result<usize> {
    let old: Vec<i64> = {
        let mut old = conn.prepare_cached(
            "SELECT id FROM entries WHERE seen < ?1 AND searchable = 1
                AND id NOT IN (SELECT entry FROM pending) LIMIT ?2",
        )?;
        let rows = old.query_map([before.0, limit], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut empty = conn.prepare_cached("UPDATE entries SET body = '', searchable = 0 WHERE id = ?1")?;
    let mut empty_revisions = conn.prepare_cached("UPDATE revisions SET body = '' WHERE entry = ?1")?;
    for entry in &old {
        empty.execute([entry])?;
        empty_revisions.execute([entry])?;
        search::remove(conn, *entry)?;
    }
    Ok(old.len())
}
