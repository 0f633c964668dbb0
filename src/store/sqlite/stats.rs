//! Sizes and counts, the database's own id, and which text a topic version had.

use super::open::log_path;
use super::row::count;
use super::{open, outbox};
use crate::model::*;
use crate::store::{Result, StoreStats};
use rusqlite::{Connection, params};
use std::path::Path;

pub(super) fn stats(conn: &Connection, path: &Path) -> Result<StoreStats> {
    let rows =
        |sql: &str| -> Result<u64> { Ok(conn.prepare_cached(sql)?.query_row([], |row| count(row, 0))?) };
    Ok(StoreStats {
        schema: open::schema(conn, path)?,
        bytes: size(path) + size(&log_path(path)),
        feeds: rows("SELECT count(*) FROM feeds")?,
        entries: rows("SELECT count(*) FROM entries")?,
        pending: rows("SELECT count(*) FROM pending")?,
        stories: rows("SELECT count(*) FROM stories WHERE merged_into IS NULL")?,
        hits: rows("SELECT count(*) FROM hits")?,
        alerts: rows("SELECT count(*) FROM alerts")?,
        outbox: rows("SELECT count(*) FROM deliveries WHERE state = 'pending'")?,
        dead: rows("SELECT count(*) FROM deliveries WHERE state = 'dead'")?,
        polls: rows("SELECT count(*) FROM polls")?,
        oldest_pending_delivery: outbox::oldest_pending(conn)?,
    })
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |facts| facts.len())
}

pub(super) fn instance(conn: &Connection) -> Result<String> {
    let mut find = conn.prepare_cached("SELECT value FROM meta WHERE name = 'instance'")?;
    Ok(find.query_row([], |row| row.get(0))?)
}

pub(super) fn record_topic_version(
    conn: &Connection,
    topic: &TopicId,
    version: &str,
    query: &str,
    now: Time,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO topic_versions (topic, version, query, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute(params![topic.as_str(), version, query, now.0])?;
    Ok(())
}
