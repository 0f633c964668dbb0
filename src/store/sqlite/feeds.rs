//! What is remembered about each feed: claims, the memory of its address, pausing.
//!
//! A feed is due when it is configured, neither paused nor gone, its time has come and no claim on it runs. A
//! claim is a time: when it ends, the feed is due again, whoever held it.

use super::row::{count, maybe_named};
use crate::model::*;
use crate::store::{FeedSeed, Result, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use std::collections::HashSet;

const COLUMNS: &str = "name, url, etag, last_modified, final_url, body_hash, title, language, link, next_due, \
     due_reason, lease_until, paused, gone, last_poll, last_success, last_new, last_outcome, last_message, \
     last_status, failures, failing_since, polls, not_modified, bytes, entries, last_unconditional, rhythm, \
     requests, received";

/// The condition of the partial index `feeds_due`.
const POLLED: &str = "configured = 1 AND paused = 0 AND gone = 0";

fn state_of(row: &Row<'_>) -> rusqlite::Result<FeedState> {
    let time = |column: &str| row.get::<_, Option<i64>>(column).map(|at| at.map(Time));
    Ok(FeedState {
        feed: FeedId(row.get("name")?),
        url: row.get("url")?,
        validators: Validators { etag: row.get("etag")?, last_modified: row.get("last_modified")? },
        final_url: row.get("final_url")?,
        body_hash: row.get("body_hash")?,
        title: row.get("title")?,
        language: row.get("language")?,
        link: row.get("link")?,
        next_due: Time(row.get("next_due")?),
        due_reason: row.get("due_reason")?,
        lease_until: time("lease_until")?,
        paused: row.get("paused")?,
        gone: row.get("gone")?,
        last_poll: time("last_poll")?,
        last_success: time("last_success")?,
        last_new: time("last_new")?,
        last_outcome: maybe_named(row, "last_outcome")?,
        last_message: row.get("last_message")?,
        last_status: row.get("last_status")?,
        failures: row.get("failures")?,
        failing_since: time("failing_since")?,
        polls: count(row, "polls")?,
        not_modified: count(row, "not_modified")?,
        bytes: count(row, "bytes")?,
        requests: count(row, "requests")?,
        received: count(row, "received")?,
        entries: count(row, "entries")?,
        last_unconditional: time("last_unconditional")?,
        rhythm: row.get("rhythm")?,
    })
}

/// The row of a feed by name.
pub(super) fn row_id(conn: &Connection, feed: &FeedId) -> Result<i64> {
    let mut find = conn.prepare_cached("SELECT id FROM feeds WHERE name = ?1")?;
    let found = find.query_row([feed.as_str()], |row| row.get(0)).optional()?;
    found.ok_or_else(|| StoreError::NotFound(format!("feed {feed} is not known to the database yet")))
}

pub(super) fn state(conn: &Connection, feed: &FeedId) -> Result<Option<FeedState>> {
    let sql = format!("SELECT {COLUMNS} FROM feeds WHERE name = ?1");
    Ok(conn.prepare_cached(&sql)?.query_row([feed.as_str()], state_of).optional()?)
}

pub(super) fn states(conn: &Connection) -> Result<Vec<FeedState>> {
    let sql = format!("SELECT {COLUMNS} FROM feeds ORDER BY name");
    let mut all = conn.prepare_cached(&sql)?;
    let rows = all.query_map([], state_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A claimed feed counts from the end of its claim: if the claimer dies, it is due then.
pub(super) fn next_due(conn: &Connection) -> Result<Option<Time>> {
    let sql = format!("SELECT min(max(next_due, coalesce(lease_until, next_due))) FROM feeds WHERE {POLLED}");
    let next: Option<i64> = conn.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
    Ok(next.map(Time))
}

pub(super) fn sync(conn: &Connection, seeds: &[FeedSeed], now: Time) -> Result<()> {
    conn.prepare_cached("UPDATE feeds SET configured = 0 WHERE configured = 1")?.execute([])?;
    for seed in seeds {
        let known = known_url(conn, &seed.feed)?;
        match known {
            None => insert(conn, seed, now)?,
            Some(url) if url == seed.url => {
                conn.prepare_cached("UPDATE feeds SET configured = 1 WHERE name = ?1")?
                    .execute([seed.feed.as_str()])?;
            }
            Some(_) => move_to(conn, seed, now)?,
        }
    }
    Ok(())
}

fn known_url(conn: &Connection, feed: &FeedId) -> Result<Option<String>> {
    let mut find = conn.prepare_cached("SELECT url FROM feeds WHERE name = ?1")?;
    Ok(find.query_row([feed.as_str()], |row| row.get(0)).optional()?)
}

fn insert(conn: &Connection, seed: &FeedSeed, now: Time) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO feeds (name, url, url_since, next_due, due_reason) VALUES (?1, ?2, ?3, ?4, 'new feed')",
    )?
    .execute(params![seed.feed.as_str(), seed.url, now.0, seed.first_due.0])?;
    Ok(())
}

/// What was learned from the old address is dropped; counts and pausing belong to the feed and stay.
fn move_to(conn: &Connection, seed: &FeedSeed, now: Time) -> Result<()> {
    conn.prepare_cached(
        "UPDATE feeds SET configured = 1, url = ?2, url_since = ?3, next_due = ?4, due_reason = 'new address',
            etag = NULL, last_modified = NULL, final_url = NULL, body_hash = NULL, gone = 0, failures = 0,
            failing_since = NULL, last_unconditional = NULL, rhythm = NULL
         WHERE name = ?1",
    )?
    .execute(params![seed.feed.as_str(), seed.url, now.0, seed.first_due.0])?;
    conn.prepare_cached("DELETE FROM successors WHERE feed = (SELECT id FROM feeds WHERE name = ?1)")?
        .execute([seed.feed.as_str()])?;
    Ok(())
}

pub(super) fn claim(
    conn: &Connection,
    now: Time,
    all: bool,
    limit: usize,
    lease_until: Time,
    busy: &[FeedId],
) -> Result<Vec<FeedState>> {
    let due = if all { "" } else { "AND next_due <= :now" };
    let sql = format!(
        "SELECT {COLUMNS} FROM feeds INDEXED BY feeds_due WHERE {POLLED} {due}
            AND (lease_until IS NULL OR lease_until <= :now) ORDER BY next_due, id"
    );
    let busy: HashSet<&FeedId> = busy.iter().collect();
    let mut claimed = Vec::new();
    {
        let mut due = conn.prepare_cached(&sql)?;
        let mut rows = due.query(named_params! {":now": now.0})?;
        while claimed.len() < limit {
            let Some(row) = rows.next()? else { break };
            if busy.is_empty() || !busy.contains(&FeedId(row.get("name")?)) {
                claimed.push(state_of(row)?);
            }
        }
    }
    let mut lease = conn.prepare_cached("UPDATE feeds SET lease_until = ?2 WHERE name = ?1")?;
    for feed in &mut claimed {
        feed.lease_until = Some(lease_until);
        lease.execute(params![feed.feed.as_str(), lease_until.0])?;
    }
    Ok(claimed)
}

pub(super) fn release(conn: &Connection, feeds: &[(FeedId, Time)]) -> Result<()> {
    let mut give_back =
        conn.prepare_cached("UPDATE feeds SET lease_until = NULL, next_due = ?2 WHERE name = ?1")?;
    for (feed, due) in feeds {
        give_back.execute(params![feed.as_str(), due.0])?;
    }
    Ok(())
}

pub(super) fn bring_forward(conn: &Connection, feed: &FeedId, due: Time, reason: &str) -> Result<()> {
    let sql = format!(
        "UPDATE feeds SET next_due = ?2, due_reason = ?3 WHERE name = ?1 AND next_due > ?2 AND {POLLED}"
    );
    conn.prepare_cached(&sql)?.execute(params![feed.as_str(), due.0, reason])?;
    Ok(())
}

pub(super) fn set_paused(conn: &Connection, feed: &FeedId, paused: bool, now: Time) -> Result<()> {
    let id = row_id(conn, feed)?;
    if paused {
        conn.prepare_cached("UPDATE feeds SET paused = 1 WHERE id = ?1")?.execute([id])?;
    } else {
        conn.prepare_cached(
            "UPDATE feeds SET paused = 0, gone = 0, next_due = ?2, due_reason = 'resumed' WHERE id = ?1",
        )?
        .execute(params![id, now.0])?;
    }
    Ok(())
}
