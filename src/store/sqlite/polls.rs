//! The end of a poll: one row of history, and what the feed remembers of it.
//!
//! A poll that began before the feed's address changed still counts, but nothing it learned about the old
//! address (validators, hash, redirect, document) is kept.

use super::feeds;
use super::row::{count, named, signed};
use crate::model::*;
use crate::store::{DocumentFacts, PollRecord, PollRow, Result};
use rusqlite::{Connection, Row, named_params, params};

pub(super) fn finish(conn: &Connection, record: &PollRecord) -> Result<()> {
    let feed = feeds::row_id(conn, &record.feed)?;
    insert(conn, feed, record)?;
    count_in(conn, feed, record)?;
    if let Some(Validators { etag, last_modified }) = &record.validators {
        conn.prepare_cached(
            "UPDATE feeds SET etag = ?2, last_modified = ?3 WHERE id = ?1 AND url_since <= ?4
                AND (etag IS NOT ?2 OR last_modified IS NOT ?3)",
        )?
        .execute(params![feed, etag, last_modified, record.at.0])?;
    }
    if let Some(final_url) = &record.final_url {
        conn.prepare_cached("UPDATE feeds SET final_url = ?2 WHERE id = ?1 AND url_since <= ?3")?
            .execute(params![feed, final_url, record.at.0])?;
    }
    if let Some(hash) = &record.body_hash {
        conn.prepare_cached("UPDATE feeds SET body_hash = ?2 WHERE id = ?1 AND url_since <= ?3")?
            .execute(params![feed, hash, record.at.0])?;
    }
    if let Some(DocumentFacts { title, language, link }) = &record.document {
        conn.prepare_cached(
            "UPDATE feeds SET title = ?2, language = ?3, link = ?4 WHERE id = ?1 AND url_since <= ?5",
        )?
        .execute(params![feed, title, language, link, record.at.0])?;
    }
    Ok(())
}

fn insert(conn: &Connection, feed: i64, record: &PollRecord) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO polls (feed, at, duration_ms, outcome, status, message, bytes, new_entries, revised_entries,
            requests, received)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        feed,
        record.at.0,
        signed(record.duration_ms),
        record.outcome.name(),
        record.status,
        record.message,
        signed(record.bytes),
        signed(record.new_entries),
        signed(record.revised_entries),
        record.requests,
        signed(record.received),
    ])?;
    Ok(())
}

/// What every poll changes. Times and counts that do not apply to this one keep their value.
fn count_in(conn: &Connection, feed: i64, record: &PollRecord) -> Result<()> {
    let when = |applies: bool| applies.then_some(record.at.0);
    conn.prepare_cached(
        "UPDATE feeds SET lease_until = NULL, next_due = :next_due, due_reason = :due_reason, gone = :gone,
            last_poll = :at, last_outcome = :outcome, last_message = :message, last_status = :status,
            failures = :failures, failing_since = :failing_since,
            last_success = coalesce(:success, last_success), last_new = coalesce(:fresh, last_new),
            last_unconditional = coalesce(:unconditional, last_unconditional),
            rhythm = coalesce(:rhythm, rhythm), polls = polls + :requested,
            not_modified = not_modified + :not_modified, bytes = bytes + :bytes, entries = entries + :entries,
            requests = requests + :requests, received = received + :received
         WHERE id = :feed",
    )?
    .execute(named_params! {
        ":feed": feed,
        ":next_due": record.next_due.0,
        ":due_reason": record.due_reason,
        ":gone": record.gone,
        ":at": record.at.0,
        ":outcome": record.outcome.name(),
        ":message": record.message,
        ":status": record.status,
        ":failures": record.failures,
        ":failing_since": record.failing_since.map(|at| at.0),
        ":success": when(record.outcome.is_success()),
        ":fresh": when(record.new_entries > 0),
        ":unconditional": when(record.requested && !record.conditional),
        ":rhythm": record.rhythm,
        ":requested": record.requested,
        ":not_modified": record.outcome == PollOutcome::NotModified,
        ":bytes": signed(record.bytes),
        ":entries": signed(record.new_entries),
        ":requests": record.requests,
        ":received": signed(record.received),
    })?;
    Ok(())
}

pub(super) fn newest(conn: &Connection, feed: &FeedId, limit: usize) -> Result<Vec<PollRow>> {
    let mut newest = conn.prepare_cached(
        "SELECT p.at, p.duration_ms, p.outcome, p.status, p.message, p.bytes, p.new_entries, p.requests, p.received
         FROM polls p WHERE p.feed = (SELECT id FROM feeds WHERE name = ?1) ORDER BY p.id DESC LIMIT ?2",
    )?;
    let rows = newest.query_map(params![feed.as_str(), signed(limit)], poll_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn poll_of(row: &Row<'_>) -> rusqlite::Result<PollRow> {
    Ok(PollRow {
        at: Time(row.get(0)?),
        duration_ms: count(row, 1)?,
        outcome: named(row, 2)?,
        status: row.get(3)?,
        message: row.get(4)?,
        bytes: count(row, 5)?,
        new_entries: count(row, 6)?,
        requests: row.get(7)?,
        received: count(row, 8)?,
    })
}
