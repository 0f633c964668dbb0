//! Alert: tells people.
//!
//! In the order in which an alert meets them: [`mod@route`] says who is told and [`update`] what of a story that was told
//! (the desk asks both before the alert is stored), [`compose`] turns an alert into text, HTML and JSON, [`receiver`] sends it, [`retry`] says what
//! follows from a failure, and the outbox loop behind [`Alerts`] drives the rest: it claims due deliveries by lease,
//! sends them outside any transaction, and records every attempt with what follows.
//!
//! A delivery is marked as sent only after a positive answer, so it is sent at least once; after a crash it is
//! sent again with the same idempotency key once its lease has run out. Deliveries to a receiver that is no
//! longer configured wait for it to come back, and are given up when they are too old. Never decides what is
//! worth telling, and never holds a transaction while it sends.

pub mod compose;
pub mod correction;
mod flight;
mod outbox;
pub mod receiver;
pub mod retry;
pub mod route;
mod trial;
pub mod update;

pub use compose::{Message, test_content};
pub use receiver::{BadReceiver, Receiver, Receivers, SendError, Surroundings};
pub use route::{Routing, route};
pub use trial::send_test;

use crate::clock::Clock;
use crate::config::AlertConfig;
use crate::model::Time;
use crate::store::{self, StoreHandle};
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Draws a number from 0 up to 1, for jitter.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// What the room works with.
#[derive(Clone)]
pub struct AlertsDeps {
    /// The store.
    pub store: StoreHandle,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for the pauses between attempts; `fastrand::f64` outside of tests.
    pub jitter: Jitter,
}

/// What the deliveries of one run or pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DeliverySummary {
    /// Accepted by their receiver.
    pub sent: usize,
    /// Failed, to be tried again.
    pub retried: usize,
    /// Given up.
    pub dead: usize,
    /// Tried, but what came of it could not be stored: tried again after the lease.
    pub unrecorded: usize,
}

/// The alert room. Share it in an `Arc`; every method takes `&self`.
pub struct Alerts {
    deps: AlertsDeps,
    setup: ArcSwap<Setup>,
    wake: Arc<Notify>,
    beat: AtomicI64,
}

/// What a configuration says to this room.
struct Setup {
    config: AlertConfig,
    receivers: Receivers,
}

impl Alerts {
    /// The room with its receivers (see [`receiver::build`]).
    pub fn new(deps: AlertsDeps, config: AlertConfig, receivers: Receivers) -> Self {
        let beat = AtomicI64::new(deps.clock.now().0);
        let setup = ArcSwap::from_pointee(Setup { config, receivers });
        Self { deps, setup, wake: Arc::new(Notify::new()), beat }
    }

    /// Works with another configuration from the next delivery on; running sends end under the old one.
    pub fn reconfigure(&self, config: AlertConfig, receivers: Receivers) {
        self.setup.store(Arc::new(Setup { config, receivers }));
        self.wake();
    }

    /// Looks at the outbox now, not at the next timer: the desk has stored alerts, or somebody asked for a retry.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The handle behind [`wake`](Self::wake), for rooms that do not know this one.
    pub fn waker(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// When the loop last went round: at most 30 s ago while it is well, whatever the receivers do.
    pub fn last_beat(&self) -> Time {
        Time(self.beat.load(Ordering::Relaxed))
    }

    /// Delivers what is due and what becomes due, until cancelled. Then claims nothing more, lets running sends end
    /// for `grace`, and stops the rest: those are recorded as tried with unknown outcome, due again at once.
    pub async fn run(&self, cancel: CancellationToken, grace: Duration) -> DeliverySummary {
        outbox::run(self, cancel, grace).await
    }

    /// Delivers everything that is due at this moment, once each, and returns when all have been tried.
    ///
    /// # Errors
    /// When the outbox cannot be read; sends that had begun were finished.
    pub async fn pass(&self) -> store::Result<DeliverySummary> {
        outbox::pass(self).await
    }

    fn now(&self) -> Time {
        let now = self.deps.clock.now();
        self.beat.store(now.0, Ordering::Relaxed);
        now
    }
}
