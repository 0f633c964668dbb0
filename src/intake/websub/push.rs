//! What hubs send: calls that verify, and pushes.
//!
//! A push is a feed document with what is new. It counts only with a good signature, only while the subscription
//! stands and the feed is configured, not paused, and was polled before (the first document of a feed alerts
//! nobody, and must be whole; of a web page that is no feed the first push stands for it). Its entries go the way of a
//! poll's; validators, health and schedule stay as they are. A push that was signed by a weak method, or that is no feed,
//! only says that there is news: the feed is polled as soon as it may be.

use super::signature::{self, Worth};
use super::{Verdict, Verification, verify};
use crate::intake::read::{Document, Reading, read};
use crate::intake::{Intake, IntakeError, Room};
use crate::model::*;
use crate::net::{Encoding, WireBody};
use crate::store::{self, Subscription, SubscriptionState, Tx};
use std::time::Duration;
use url::Url;

/// What a hub's call gets as its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// The challenge, word for word.
    Echo(String),
    /// Just yes.
    Noted,
    /// We did not ask for that.
    Unknown,
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Genuine.
    Taken {
        /// Entries that were not known.
        new: usize,
    },
    /// Genuine, but not to be read: the feed is due.
    Noted,
    /// Not genuine, or of no use.
    Ignored,
    /// Nobody gave this token out.
    Unknown,
}

impl Intake {
    /// A hub calls to verify, or to refuse.
    ///
    /// # Errors
    /// The store's.
    pub async fn hub_calls(&self, token: &str, call: &Verification) -> Result<Callback, IntakeError> {
        let room = self.room()?;
        if room.config.http.public_url.is_none() {
            return Ok(Callback::Unknown);
        }
        let (token, call, now) = (token.to_owned(), call.clone(), room.clock.now());
        let usual = room.config.intake.interval;
        let answer = room.store.write(move |tx| settle_call(tx, &token, &call, usual, now)).await?;
        self.wake();
        Ok(answer)
    }

    /// A hub pushes.
    ///
    /// # Errors
    /// The store's; the hub is to try again then.
    pub async fn pushed(
        &self,
        token: &str,
        signature: Option<&str>,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Pushed, IntakeError> {
        let room = self.room()?;
        if room.config.http.public_url.is_none() {
            return Ok(Pushed::Unknown);
        }
        let asked = token.to_owned();
        let known = room.store.read(move |read| read.subscription_by_token(&asked)).await?;
        let Some(subscription) = known else { return Ok(Pushed::Unknown) };
        let entries = match signature::worth(signature, &subscription.secret, &body) {
            Worth::Genuine => entries(&room, &subscription, content_type, body).await,
            Worth::Weak => None,
            Worth::None => {
                tracing::warn!(feed.id = %subscription.feed, "a push without a good signature was ignored");
                return Ok(Pushed::Ignored);
            }
        };
        let (now, token) = (room.clock.now(), token.to_owned());
        let pause = room.config.intake.min_interval;
        let pushed = match entries {
            Some(entries) => room.store.write(move |tx| take(tx, &token, &entries, now)).await?,
            None => room.store.write(move |tx| note(tx, &token, pause, now)).await?,
        };
        match pushed {
            Pushed::Taken { new } => {
                tracing::info!(feed.id = %subscription.feed, new, "a hub pushed");
                room.desk.notify_one();
            }
            Pushed::Noted => {
                tracing::info!(feed.id = %subscription.feed, "a hub says there is news; the feed is polled");
                self.wake();
            }
            Pushed::Ignored | Pushed::Unknown => {}
        }
        Ok(pushed)
    }
}

/// The one commit of a call. A feed that was polled seldom because its hub pushed is due again after the `usual` pause.
fn settle_call(
    tx: &mut dyn Tx,
    token: &str,
    call: &Verification,
    usual: Duration,
    now: Time,
) -> store::Result<Callback> {
    let Some(subscription) = tx.subscription_by_token(token)? else { return Ok(Callback::Unknown) };
    let echo = Callback::Echo(call.challenge.clone());
    match verify(&subscription, call, now) {
        Verdict::Refused => Ok(Callback::Unknown),
        Verdict::Over => tx.remove_subscription(token).map(|()| echo),
        Verdict::Kept(kept) => {
            tx.put_subscription(&kept)?;
            if kept.state == SubscriptionState::Denied && subscription.confirmed > 0 {
                let state = tx.feed_state(&kept.feed)?;
                let last = state.and_then(|state| state.last_poll).unwrap_or(now);
                tx.bring_forward(&kept.feed, last.plus(usual).max(now), "its hub pushes no longer")?;
            }
            Ok(if kept.state == SubscriptionState::Active { echo } else { Callback::Noted })
        }
    }
}

/// The entries of a pushed document; `None` when it is no feed, or a document about nothing of ours.
async fn entries(
    room: &Room,
    subscription: &Subscription,
    content_type: Option<&str>,
    body: Vec<u8>,
) -> Option<std::sync::Arc<[NewEntry]>> {
    let feed = room.feeds.get(&subscription.feed)?;
    let document = Document {
        url: Url::parse(&subscription.topic).ok()?,
        content_type: content_type.map(str::to_owned),
        max_body: room.config.intake.max_body,
        max_entries: room.config.intake.max_entries,
        publisher: feed.publisher.clone(),
        lang: feed.lang.clone(),
        last_hash: None,
        now: room.clock.now(),
    };
    let wire = WireBody { bytes: body, encoding: Encoding::Identity };
    match tokio::task::spawn_blocking(move || read(wire, &document)).await {
        Ok(Reading::Feed(document)) => Some(document.entries.clone()),
        _ => None,
    }
}

/// The one commit of a push.
fn take(tx: &mut dyn Tx, token: &str, entries: &[NewEntry], now: Time) -> store::Result<Pushed> {
    let Some(subscription) = tx.subscription_by_token(token)? else { return Ok(Pushed::Unknown) };
    let state = tx.feed_state(&subscription.feed)?;
    let Some(state) = state.filter(|state| is_heard(&subscription, state, now)) else {
        return Ok(Pushed::Ignored);
    };
    let page = state.last_outcome == Some(PollOutcome::Html);
    if state.last_success.is_none() && !page {
        return Ok(Pushed::Ignored);
    }
    let backlog = state.last_success.is_none() && subscription.last_push.is_none();
    let absorbed = tx.absorb_entries(&subscription.feed, entries, backlog, now)?;
    let brought = subscription.brought.saturating_add(absorbed.new as u64);
    tx.put_subscription(&Subscription { last_push: Some(now), brought, ..subscription })?;
    Ok(Pushed::Taken { new: absorbed.new })
}

/// The one commit of a push that is not read: the feed is due, no sooner than `pause` after its last poll, unless it
/// fails, is paused or gone.
fn note(tx: &mut dyn Tx, token: &str, pause: Duration, now: Time) -> store::Result<Pushed> {
    let Some(subscription) = tx.subscription_by_token(token)? else { return Ok(Pushed::Unknown) };
    let state = tx.feed_state(&subscription.feed)?;
    let Some(state) = state.filter(|state| is_heard(&subscription, state, now)) else {
        return Ok(Pushed::Ignored);
    };
    if state.failures == 0 {
        let due = state.last_poll.map_or(now, |last| last.plus(pause).max(now));
        tx.bring_forward(&subscription.feed, due, "its hub says there is news")?;
    }
    tx.put_subscription(&Subscription { last_push: Some(now), pinged: true, ..subscription })?;
    Ok(Pushed::Noted)
}

/// Whether the hub may push to this feed now.
fn is_heard(subscription: &Subscription, state: &FeedState, now: Time) -> bool {
    let alive = subscription.lease_until.is_some_and(|until| until > now);
    alive && subscription.state == SubscriptionState::Active && !state.paused && !state.gone
}
