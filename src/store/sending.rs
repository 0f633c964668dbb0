//! What passes between the store and the room that sends: deliveries claimed, attempts made.

use super::Recorded;
use crate::model::*;

/// A delivery claimed for sending.
#[derive(Clone, Debug)]
pub struct ClaimedDelivery {
    /// The outbox row.
    pub delivery: Delivery,
    /// What to say.
    pub alert: Alert,
    /// Earlier alerts of the same story to the same receiver, oldest first: for threading.
    pub earlier: Vec<String>,
    /// Key of the first alert to this receiver that an update follows; `None` for a first alert.
    pub first: Option<String>,
}

/// What an attempt decided about its delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum AttemptVerdict {
    /// Positive answer.
    Sent,
    /// Try again at this time.
    RetryAt(Time),
    /// Give up.
    Dead,
}

/// One attempt to be recorded.
#[derive(Clone, Debug)]
pub struct AttemptRecord {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// When it began.
    pub at: Time,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What came back, in words.
    pub message: String,
    /// What follows.
    pub verdict: AttemptVerdict,
}

/// Which dead deliveries to bring back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryWhich {
    /// One.
    Delivery(DeliveryId),
    /// All of an alert.
    Alert(AlertId),
    /// All.
    All,
}

impl Recorded {
    /// Adds what a further recording made.
    pub fn add(&mut self, more: Recorded) {
        self.hits += more.hits;
        self.alerts.extend(more.alerts);
        self.deliveries += more.deliveries;
        self.stale += more.stale;
    }
}
