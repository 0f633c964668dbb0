//! WebSub subscriptions as the store keeps them.

use crate::model::{FeedId, Time};
use serde::{Deserialize, Serialize};

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubscriptionState {
    /// The hub is to be asked, or was asked and has not verified yet.
    Wanted,
    /// Verified: the hub pushes until the lease ends.
    Active,
    /// The hub refused.
    Denied,
    /// To be ended at the hub.
    Leaving,
}

/// One feed's subscription. Its `Debug` shows neither token nor secret: who has them can push entries.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The feed.
    pub feed: FeedId,
    /// The hub's address.
    pub hub: String,
    /// What is subscribed to: the feed's own address as it states it.
    pub topic: String,
    /// The unguessable part of our callback address.
    pub token: String,
    /// What pushes are signed with.
    pub secret: String,
    /// State.
    pub state: SubscriptionState,
    /// When something is to be done next.
    pub due: Time,
    /// End of the lease.
    pub lease_until: Option<Time>,
    /// Requests to the hub that failed, in a row.
    pub failures: u32,
    /// When the last genuine push came.
    pub last_push: Option<Time>,
    /// What the hub said last, for people.
    pub message: Option<String>,
    /// Entries it has brought since the last poll.
    pub brought: u64,
    /// Whether it has announced news since the last poll without bringing them.
    pub pinged: bool,
    /// Polls in a row that found what the hub had said, and nothing beyond it.
    pub confirmed: u32,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { feed, hub, topic, state, due, lease_until, failures, last_push, message, .. } = self;
        let Self { brought, pinged, confirmed, .. } = self;
        f.debug_struct("Subscription")
            .field("feed", feed)
            .field("hub", hub)
            .field("topic", topic)
            .field("state", state)
            .field("due", due)
            .field("lease_until", lease_until)
            .field("failures", failures)
            .field("last_push", last_push)
            .field("message", message)
            .field("brought", brought)
            .field("pinged", pinged)
            .field("confirmed", confirmed)
            .finish_non_exhaustive()
    }
}
