//! Asking hubs: to push, to go on pushing, to stop.
//!
//! One request per subscription that is due, in the hub's turn and under the guard. What the hub answers is kept before
//! the next is asked; whether it pushes is settled when it calls back.

use super::{asked, callback, form};
use crate::intake::fetch::FetchLimits;
use crate::intake::schedule::host_of;
use crate::intake::{Intake, IntakeError, Room, turn};
use crate::store::{self, Subscription, SubscriptionState, Tx};
use url::Url;

/// Bytes of chance in a token and in a secret: nobody guesses 256 bits.
const CHANCE: usize = 32;

impl Intake {
    /// Asks the hubs whose time has come; returns how many. Does nothing without `http.public_url`.
    ///
    /// # Errors
    /// The store's, and a `[net]` no client can be made from.
    pub async fn ask_hubs(&self) -> Result<usize, IntakeError> {
        let room = self.room()?;
        let Some(public) = room.config.http.public_url.clone() else { return Ok(0) };
        let now = room.clock.now();
        let due = room.store.read(move |read| read.due_subscriptions(now)).await?;
        let mut count = 0;
        for subscription in due {
            let wanted = room.feeds.contains_key(&subscription.feed);
            // Feeds that were removed from the configuration are no longer wanted from the hub either.
            let state = if wanted { subscription.state } else { SubscriptionState::Leaving };
            ask(&room, &public, Subscription { state, ..subscription }).await?;
            count += 1;
        }
        Ok(count)
    }
}

async fn ask(room: &Room, public: &Url, mut subscription: Subscription) -> Result<(), IntakeError> {
    if subscription.state == SubscriptionState::Denied {
        subscription.state = SubscriptionState::Wanted;
    }
    let now = room.clock.now();
    if subscription.lease_until.is_some_and(|until| until <= now) {
        subscription.lease_until = None;
        if subscription.state == SubscriptionState::Active {
            subscription.state = SubscriptionState::Wanted;
        }
    }
    // Kept before the hub is asked: it may call back before it answers.
    let token = subscription.token.clone();
    match asked(&subscription, Ok(()), now) {
        Some(next) => room.store.write(move |tx| keep(tx, &next)).await?,
        None => return Ok(room.store.write(move |tx| tx.remove_subscription(&token)).await?),
    }
    if let Err(why) = post(room, public, &subscription).await {
        tracing::info!(feed.id = %subscription.feed, %why, "a hub cannot be used; the feed is polled as ever");
        let token = subscription.token.clone();
        let refused = asked(&subscription, Err(why), now);
        room.store
            .write(move |tx| match (tx.subscription_by_token(&token)?, &refused) {
                // Verified meanwhile, or replaced: what the hub said at last is of no interest.
                (Some(known), Some(refused)) if known.state == refused.state => keep(tx, refused),
                _ => Ok(()),
            })
            .await?;
    }
    Ok(())
}

/// Keeps what asking changes; what pushes and polls have noted meanwhile stays.
fn keep(tx: &mut dyn Tx, asked: &Subscription) -> store::Result<()> {
    let Some(known) = tx.subscription_by_token(&asked.token)? else { return Ok(()) };
    let Subscription { state, due, lease_until, failures, message, .. } = asked.clone();
    tx.put_subscription(&Subscription { state, due, lease_until, failures, message, ..known })
}

async fn post(room: &Room, public: &Url, subscription: &Subscription) -> Result<(), String> {
    let hub = Url::parse(&subscription.hub).map_err(|error| error.to_string())?;
    let callback = callback(public, &subscription.token).ok_or("http.public_url cannot be extended")?;
    let limits = FetchLimits::from(&room.config.intake);
    let host = host_of(&hub);
    if !turn::enter(room, &host).await {
        return Err("its host asks for quiet".to_owned());
    }
    let answer = room.fetcher.post_form(&hub, &form(subscription, &callback), &limits).await;
    room.leave(&host, room.clock.now());
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(format!("{} {}", answer.status, answer.words).trim_end().to_owned()),
        Err(error) => Err(error.message),
    }
}

/// A token and a secret from the system's source of chance; `None` when it has none to give.
pub(crate) fn secrets() -> Option<(String, String)> {
    let chance = || {
        let mut bytes = [0_u8; CHANCE];
        rustls::crypto::aws_lc_rs::default_provider().secure_random.fill(&mut bytes).ok()?;
        Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    };
    Some((chance()?, chance()?))
}
