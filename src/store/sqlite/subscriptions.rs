//! WebSub subscriptions.

use super::feeds;
use super::row::{count, named};
use crate::model::*;
use crate::store::{Result, Subscription, SubscriptionState};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

const SELECT: &str = "SELECT f.name, s.hub, s.topic, s.token, s.secret, s.state, s.due, s.lease_until, s.failures, \
     s.last_push, s.message, s.brought, s.pinged, s.confirmed FROM subscriptions s JOIN feeds f ON f.id = s.feed";

fn subscription_of(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    Ok(Subscription {
        feed: FeedId(row.get(0)?),
        hub: row.get(1)?,
        topic: row.get(2)?,
        token: row.get(3)?,
        secret: row.get(4)?,
        state: named(row, 5)?,
        due: Time(row.get(6)?),
        lease_until: row.get::<_, Option<i64>>(7)?.map(Time),
        failures: u32::try_from(count(row, 8)?).unwrap_or(u32::MAX),
        last_push: row.get::<_, Option<i64>>(9)?.map(Time),
        message: row.get(10)?,
        brought: count(row, 11)?,
        pinged: row.get(12)?,
        confirmed: u32::try_from(count(row, 13)?).unwrap_or(u32::MAX),
    })
}

pub(super) fn due(conn: &Connection, now: Time) -> Result<Vec<Subscription>> {
    let mut due = conn.prepare_cached(&format!("{SELECT} WHERE s.due <= ?1 ORDER BY s.due LIMIT 100"))?;
    let rows = due.query_map([now.0], subscription_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn by_token(conn: &Connection, token: &str) -> Result<Option<Subscription>> {
    let mut find = conn.prepare_cached(&format!("{SELECT} WHERE s.token = ?1"))?;
    Ok(find.query_row([token], subscription_of).optional()?)
}

pub(super) fn of_feed(conn: &Connection, feed: &FeedId) -> Result<Option<Subscription>> {
    let mut find = conn.prepare_cached(&format!("{SELECT} WHERE f.name = ?1"))?;
    Ok(find.query_row([feed.as_str()], subscription_of).optional()?)
}

pub(super) fn put(conn: &Connection, subscription: &Subscription) -> Result<()> {
    let state = match subscription.state {
        SubscriptionState::Wanted => "wanted",
        SubscriptionState::Active => "active",
        SubscriptionState::Denied => "denied",
        SubscriptionState::Leaving => "leaving",
    };
    conn.prepare_cached(
        "INSERT OR REPLACE INTO subscriptions
            (feed, hub, topic, token, secret, state, due, lease_until, failures, last_push, message,
             brought, pinged, confirmed)
         VALUES (:feed, :hub, :topic, :token, :secret, :state, :due, :lease, :failures, :push, :message,
             :brought, :pinged, :confirmed)",
    )?
    .execute(named_params! {
        ":feed": feeds::row_id(conn, &subscription.feed)?,
        ":hub": subscription.hub,
        ":topic": subscription.topic,
        ":token": subscription.token,
        ":secret": subscription.secret,
        ":state": state,
        ":due": subscription.due.0,
        ":lease": subscription.lease_until.map(|at| at.0),
        ":failures": subscription.failures,
        ":push": subscription.last_push.map(|at| at.0),
        ":message": subscription.message,
        ":brought": i64::try_from(subscription.brought).unwrap_or(i64::MAX),
        ":pinged": subscription.pinged,
        ":confirmed": subscription.confirmed,
    })?;
    Ok(())
}

pub(super) fn remove(conn: &Connection, token: &str) -> Result<()> {
    conn.prepare_cached("DELETE FROM subscriptions WHERE token = ?1")?.execute(params![token])?;
    Ok(())
}
