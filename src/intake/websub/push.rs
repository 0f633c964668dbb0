//! What hubs send: calls that verify, and pushes.
//!
//! A push is a feed document with what is new. It counts only with a good signature, only while the subscription
//! stands and the feed is configured, not paused, and was polled before (the first document of a feed alerts
//! nobody, and must be whole). Its entries go the way of a poll's; validators, health and schedule stay as they are.

use super::{Verdict, Verification, signature, verify};
use crate::intake::read::{Document, Reading, read};
use crate::intake::{Intake, IntakeError, Room};
use crate::model::*;
use crate::net::{Encoding, WireBody};
use crate::store::{self, Subscription, SubscriptionState, Tx};
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
        Ok(room.store.write(move |tx| settle_call(tx, &token, &call, now)).await?)
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
        if !signature::is_genuine(signature, &subscription.secret, &body) {
            tracing::warn!(feed.id = %subscription.feed, "a push without a good signature was ignored");
            return Ok(Pushed::Ignored);
        }
        let Some(entries) = entries(&room, &subscription, content_type, body).await else {
            return Ok(Pushed::Ignored);
        };
        let (now, token) = (room.clock.now(), token.to_owned());
        let pushed = room.store.write(move |tx| take(tx, &token, &entries, now)).await?;
        if let Pushed::Taken { new } = pushed {
            tracing::info!(feed.id = %subscription.feed, new, "a hub pushed");
            room.desk.notify_one();
        }
        Ok(pushed)
    }
}

fn settle_call(tx: &mut dyn Tx, token: &str, call: &Verification, now: Time) -> store::Result<Callback> {
    let Some(subscription) = tx.subscription_by_token(token)? else { return Ok(Callback::Unknown) };
    let echo = Callback::Echo(call.challenge.clone());
    match verify(&subscription, call, now) {
        Verdict::Refused => Ok(Callback::Unknown),
        Verdict::Over => tx.remove_subscription(token).map(|()| echo),
        Verdict::Kept(kept) => {
            tx.put_subscription(&kept)?;
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
    let polled = state.is_some_and(|state| state.last_success.is_some() && !state.paused && !state.gone);
    let alive = subscription.lease_until.is_some_and(|until| until > now);
    if !polled || !alive || subscription.state != SubscriptionState::Active {
        return Ok(Pushed::Ignored);
    }
    let absorbed = tx.absorb_entries(&subscription.feed, entries, false, now)?;
    tx.put_subscription(&Subscription { last_push: Some(now), ..subscription })?;
    Ok(Pushed::Taken { new: absorbed.new })
}
