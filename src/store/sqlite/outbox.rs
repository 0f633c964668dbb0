//! The outbox: deliveries claimed by lease, the verdict of each attempt, dead letters brought back.
//!
//! A delivery is due when it is pending, its time has come and no claim on it runs. `sent` is final: a late
//! verdict of a second sender (whose lease ran out) is kept as an attempt but changes nothing any more.

use super::alerts::alert_of;
use super::corrections::FAMILY;
use super::row::{count, named, signed, to_json};
use crate::model::*;
use crate::store::{AttemptRecord, AttemptVerdict, ClaimedDelivery, Result, RetryWhich, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str = "d.id, d.alert, d.receiver, d.idempotency_key, d.state, d.attempts, d.next_attempt, \
     d.created, d.finished, d.last_message";

fn delivery_of(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: DeliveryId(row.get(0)?),
        alert: AlertId(row.get(1)?),
        receiver: ReceiverName(row.get(2)?),
        idempotency_key: row.get(3)?,
        state: named(row, 4)?,
        attempts: row.get(5)?,
        next_attempt: Time(row.get(6)?),
        created: Time(row.get(7)?),
        finished: row.get::<_, Option<i64>>(8)?.map(Time),
        last_message: row.get(9)?,
    })
}

/// The name of a state as stored.
pub(super) fn state_name(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "pending",
        DeliveryState::Sent => "sent",
        DeliveryState::Dead => "dead",
    }
}

/// What a delivery came from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why<'a> {
    /// A story hit a topic.
    Hit,
    /// Somebody asked for it, or it tells of the house itself.
    Test,
    /// A story that was told went on, by this cause.
    Update(&'a str),
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
pub(super) fn insert(
    conn: &Connection,
    alert: AlertId,
    topic: &TopicId,
    story: StoryId,
    receiver: &ReceiverName,
    why: Why<'_>,
    key: &str,
    now: Time,
) -> Result<()> {
    let (test, cause) = match why {
        Why::Hit => (false, None),
        Why::Test => (true, None),
        Why::Update(cause) => (false, Some(cause)),
    };
    conn.prepare_cached(
        "INSERT INTO deliveries (alert, topic, story, receiver, test, idempotency_key, state, next_attempt, created,
            cause)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pending', ?7, ?7, ?8)",
    )?
    .execute(params![alert.0, topic.as_str(), story.0, receiver.as_str(), test, key, now.0, cause])?;
    Ok(())
}

pub(super) fn of_alert(conn: &Connection, alert: AlertId) -> Result<Vec<Delivery>> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries d WHERE d.alert = ?1 ORDER BY d.id");
    let mut all = conn.prepare_cached(&sql)?;
    let rows = all.query_map([alert.0], delivery_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn claim(
    conn: &Connection,
    now: Time,
    receivers: &[ReceiverName],
    limit: usize,
    lease_until: Time,
) -> Result<Vec<ClaimedDelivery>> {
    let due = due(conn, now, receivers, limit)?;
    let mut lease = conn.prepare_cached("UPDATE deliveries SET lease_until = ?2 WHERE id = ?1")?;
    let mut claimed = Vec::with_capacity(due.len());
    for delivery in due {
        lease.execute(params![delivery.id.0, lease_until.0])?;
        let alert = conn
            .prepare_cached("SELECT id, at, content FROM alerts WHERE id = ?1")?
            .query_row([delivery.alert.0], alert_of)?;
        let earlier = earlier(conn, &delivery)?;
        let first = first_key(conn, &alert, &delivery)?;
        claimed.push(ClaimedDelivery { delivery, alert, earlier, first });
    }
    Ok(claimed)
}

fn due(conn: &Connection, now: Time, receivers: &[ReceiverName], limit: usize) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deliveries d INDEXED BY deliveries_pending
         WHERE d.state = 'pending' AND d.receiver IN (SELECT value FROM json_each(?1)) AND d.next_attempt <= ?2
            AND (d.lease_until IS NULL OR d.lease_until <= ?2) ORDER BY d.id LIMIT ?3"
    );
    let mut oldest = conn.prepare_cached(&sql)?;
    let rows = oldest.query_map(params![to_json(receivers)?, now.0, signed(limit)], delivery_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Under which key the same receiver got the first alert that an update follows.
fn first_key(conn: &Connection, alert: &Alert, delivery: &Delivery) -> Result<Option<String>> {
    let Some(update) = &alert.content.update else { return Ok(None) };
    let mut find =
        conn.prepare_cached("SELECT idempotency_key FROM deliveries WHERE alert = ?1 AND receiver = ?2")?;
    Ok(find.query_row(params![update.first.0, delivery.receiver.as_str()], |row| row.get(0)).optional()?)
}

/// Keys of what the same receiver was told about the same story, or one merged into it, before, whether it arrived or not: every
/// attempt of a delivery must say the same.
fn earlier(conn: &Connection, delivery: &Delivery) -> Result<Vec<String>> {
    let mut story = conn.prepare_cached("SELECT story FROM deliveries WHERE id = ?1 AND test = 0")?;
    let Some(story) = story.query_row([delivery.id.0], |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT idempotency_key FROM deliveries
         WHERE story IN ({FAMILY}) AND receiver = ?2 AND id < ?3 AND test = 0 ORDER BY id"
    );
    let mut before = conn.prepare_cached(&sql)?;
    let rows =
        before.query_map(params![story, delivery.receiver.as_str(), delivery.id.0], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn next(conn: &Connection) -> Result<Option<Time>> {
    let mut next = conn.prepare_cached(
        "SELECT min(max(next_attempt, coalesce(lease_until, next_attempt))) FROM deliveries
         WHERE state = 'pending'",
    )?;
    let next: Option<i64> = next.query_row([], |row| row.get(0))?;
    Ok(next.map(Time))
}

pub(super) fn record_attempt(conn: &Connection, record: &AttemptRecord) -> Result<()> {
    let ok = record.verdict == AttemptVerdict::Sent;
    let (state, next, finished) = match record.verdict {
        AttemptVerdict::Sent => (DeliveryState::Sent, None, Some(record.at)),
        AttemptVerdict::RetryAt(at) => (DeliveryState::Pending, Some(at), None),
        AttemptVerdict::Dead => (DeliveryState::Dead, None, Some(record.at)),
    };
    let changed = conn
        .prepare_cached(
            "UPDATE deliveries SET attempts = attempts + 1,
                state = CASE WHEN state = 'sent' THEN state ELSE ?2 END,
                next_attempt = CASE WHEN state = 'sent' THEN next_attempt ELSE coalesce(?3, next_attempt) END,
                finished = CASE WHEN state = 'sent' THEN finished ELSE ?4 END,
                last_message = CASE WHEN state = 'sent' THEN last_message ELSE ?5 END, lease_until = NULL
             WHERE id = ?1",
        )?
        .execute(params![
            record.delivery.0,
            state_name(state),
            next.map(|at| at.0),
            finished.map(|at| at.0),
            record.message,
        ])?;
    if changed == 0 {
        return Err(StoreError::NotFound(format!("delivery {} is not there", record.delivery)));
    }
    conn.prepare_cached(
        "INSERT INTO attempts (delivery, at, ok, message, duration_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![record.delivery.0, record.at.0, ok, record.message, signed(record.duration_ms)])?;
    Ok(())
}

pub(super) fn free(conn: &Connection, latest: Time) -> Result<()> {
    conn.prepare_cached(
        "UPDATE deliveries SET lease_until = NULL, next_attempt = CASE WHEN next_attempt > ?1 THEN created ELSE next_attempt END
         WHERE state = 'pending' AND (lease_until IS NOT NULL OR next_attempt > ?1)",
    )?
    .execute(params![latest.0])?;
    Ok(())
}

pub(super) fn retry(conn: &Connection, which: RetryWhich, now: Time) -> Result<usize> {
    let (which, id) = match which {
        RetryWhich::Delivery(id) => ("id = ?2", id.0),
        RetryWhich::Alert(id) => ("alert = ?2", id.0),
        RetryWhich::All => ("?2 = 0", 0),
    };
    let sql = format!(
        "UPDATE deliveries SET state = 'pending', next_attempt = ?1, finished = NULL, lease_until = NULL
         WHERE state = 'dead' AND {which}"
    );
    Ok(conn.prepare_cached(&sql)?.execute(params![now.0, id])?)
}

pub(super) fn attempts(conn: &Connection, delivery: DeliveryId) -> Result<Vec<Attempt>> {
    let mut oldest = conn.prepare_cached(
        "SELECT delivery, at, ok, message, duration_ms FROM attempts WHERE delivery = ?1 ORDER BY id",
    )?;
    let rows = oldest.query_map([delivery.0], |row| {
        Ok(Attempt {
            delivery: DeliveryId(row.get(0)?),
            at: Time(row.get(1)?),
            ok: row.get(2)?,
            message: row.get(3)?,
            duration_ms: count(row, 4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn oldest_pending(conn: &Connection) -> Result<Option<Time>> {
    let mut oldest =
        conn.prepare_cached("SELECT created FROM deliveries WHERE state = 'pending' ORDER BY id LIMIT 1")?;
    Ok(oldest.query_row([], |row| row.get(0).map(Time)).optional()?)
}
