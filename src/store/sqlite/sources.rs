//! Troubles, gaps and successors.

use super::feeds;
use super::row::{count, signed};
use crate::model::*;
use crate::store::{GapRow, KnownTrouble, Result, Successor};
use rusqlite::{Connection, Row, params};
use std::time::Duration;

/// Gaps of a feed older than this go when a new one comes.
const KEPT: Duration = Duration::from_secs(90 * 86_400);

pub(super) fn troubles(conn: &Connection) -> Result<Vec<KnownTrouble>> {
    let mut all = conn.prepare_cached("SELECT feed, trouble, since FROM troubles ORDER BY feed, trouble")?;
    let rows = all.query_map([], |row| {
        let feed: String = row.get(0)?;
        let feed = (!feed.is_empty()).then_some(FeedId(feed));
        Ok(KnownTrouble { feed, trouble: row.get(1)?, since: Time(row.get(2)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn begin(conn: &Connection, known: &KnownTrouble, now: Time) -> Result<()> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO troubles (feed, trouble, since, at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![name(known), known.trouble, known.since.0, now.0])?;
    Ok(())
}

pub(super) fn end(conn: &Connection, known: &KnownTrouble) -> Result<()> {
    conn.prepare_cached("DELETE FROM troubles WHERE feed = ?1 AND trouble = ?2")?
        .execute(params![name(known), known.trouble])?;
    Ok(())
}

fn name(known: &KnownTrouble) -> &str {
    known.feed.as_ref().map_or("", |feed| feed.as_str())
}

pub(super) fn known_entries(conn: &Connection, feed: &FeedId, entries: &[NewEntry]) -> Result<Vec<bool>> {
    let feed = feeds::row_id(conn, feed)?;
    let mut by_key =
        conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM entries WHERE feed = ?1 AND key = ?2)")?;
    let mut by_page =
        conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM entries WHERE canonical_url = ?2 AND feed = ?1)")?;
    let mut known = Vec::with_capacity(entries.len());
    for entry in entries {
        let has_key: bool = by_key.query_row(params![feed, entry.key], |row| row.get(0))?;
        known.push(
            has_key
                || match &entry.canonical_url {
                    Some(page) => by_page.query_row(params![feed, page], |row| row.get(0))?,
                    None => false,
                },
        );
    }
    Ok(known)
}

pub(super) fn fresh_entries(conn: &Connection, feed: &FeedId, entries: &[NewEntry]) -> Result<Vec<bool>> {
    let feed = feeds::row_id(conn, feed)?;
    let mut same = conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM entries WHERE feed = ?1 AND key = ?2 AND content_hash = ?3)",
    )?;
    entries
        .iter()
        .map(|entry| {
            let same: bool =
                same.query_row(params![feed, entry.key, entry.content_hash], |row| row.get(0))?;
            Ok(!same)
        })
        .collect()
}

pub(super) fn gaps(conn: &Connection, feed: &FeedId, since: Time) -> Result<Vec<GapRow>> {
    let mut newest = conn.prepare_cached(
        "SELECT since, at, pages, recovered, closed FROM gaps
         WHERE feed = (SELECT id FROM feeds WHERE name = ?1) AND at >= ?2 ORDER BY at DESC, id DESC",
    )?;
    let rows = newest.query_map(params![feed.as_str(), since.0], gap_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn recent_gaps(conn: &Connection, since: Time) -> Result<Vec<(FeedId, GapRow)>> {
    let mut newest = conn.prepare_cached(
        "SELECT g.since, g.at, g.pages, g.recovered, g.closed, f.name FROM gaps g JOIN feeds f ON f.id = g.feed
         WHERE g.at >= ?1 ORDER BY g.at DESC, g.id DESC",
    )?;
    let rows = newest.query_map([since.0], |row| Ok((FeedId(row.get(5)?), gap_of(row)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn successors(conn: &Connection) -> Result<Vec<Successor>> {
    let mut all = conn.prepare_cached(
        "SELECT f.name, s.looked, s.url, s.title, s.how, s.known FROM successors s JOIN feeds f ON f.id = s.feed
         ORDER BY f.name",
    )?;
    let rows = all.query_map([], |row| {
        Ok(Successor {
            feed: FeedId(row.get(0)?),
            looked: Time(row.get(1)?),
            url: row.get(2)?,
            title: row.get(3)?,
            how: row.get(4)?,
            known: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put_successor(
    conn: &Connection,
    successor: &Successor,
    requests: u32,
    received: u64,
) -> Result<()> {
    let feed = feeds::row_id(conn, &successor.feed)?;
    let Successor { looked, url, title, how, known, .. } = successor;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO successors (feed, looked, url, title, how, known) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![feed, looked.0, url, title, how, known])?;
    conn.prepare_cached("UPDATE feeds SET requests = requests + ?2, received = received + ?3 WHERE id = ?1")?
        .execute(params![feed, requests, signed(received)])?;
    Ok(())
}

pub(super) fn in_common(
    conn: &Connection,
    feed: &FeedId,
    other: &FeedId,
    newest: usize,
) -> Result<(u64, u64)> {
    let (feed, other) = (feeds::row_id(conn, feed)?, feeds::row_id(conn, other)?);
    let mut both = conn.prepare_cached(
        "SELECT count(*), sum(EXISTS (SELECT 1 FROM entries o WHERE o.feed = ?2 AND o.key = e.key)
             OR EXISTS (SELECT 1 FROM entries o WHERE o.canonical_url = e.canonical_url AND o.feed = ?2))
         FROM (SELECT key, canonical_url FROM entries WHERE feed = ?1 ORDER BY +id DESC LIMIT ?3) e",
    )?;
    let common = both.query_row(params![feed, other, signed(newest)], |row| {
        Ok((row.get::<_, Option<i64>>(1)?.unwrap_or_default().unsigned_abs(), count(row, 0)?))
    })?;
    Ok(common)
}

fn gap_of(row: &Row<'_>) -> rusqlite::Result<GapRow> {
    let small = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    Ok(GapRow {
        since: Time(row.get(0)?),
        at: Time(row.get(1)?),
        pages: small(count(row, 2)?),
        recovered: small(count(row, 3)?),
        closed: row.get(4)?,
    })
}

pub(super) fn record_gap(conn: &Connection, feed: &FeedId, gap: &GapRow) -> Result<()> {
    let feed = feeds::row_id(conn, feed)?;
    conn.prepare_cached(
        "INSERT INTO gaps (feed, since, at, pages, recovered, closed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![feed, gap.since.0, gap.at.0, gap.pages, gap.recovered, gap.closed])?;
    conn.prepare_cached("DELETE FROM gaps WHERE feed = ?1 AND at < ?2")?
        .execute(params![feed, gap.at.minus(KEPT).0])?;
    Ok(())
}
