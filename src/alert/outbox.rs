//! Outbox: the loop that claims deliveries, has them sent, and records what came of it.
//!
//! Each receiver has `concurrency` slots of its own, so a receiver that hangs holds up nobody else; receivers that keep
//! order have one. One slot is also the default: what a crash can repeat is what was under way. A claim is a short transaction; the send runs in its own task
//! outside of any; the attempt and what follows are recorded in one more. A receiver whose claim came back short is
//! asked again when somebody wakes the loop, when the next delivery is due, or after [`LOOK`]. The lease outlives
//! the longest attempt, so nobody else sends meanwhile. Never sends by itself: see [`super::flight`].

use super::flight::{Flight, Landed, Outcome, STORE_PAUSE, lease};
use super::{Alerts, DeliverySummary, Setup};
use crate::model::*;
use crate::store::{self, AlertFilter, AttemptRecord, AttemptVerdict, ClaimedDelivery, Narrow};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// The outbox is looked at this often even if nobody wakes the loop and nothing is due: another process may have
/// brought dead deliveries back.
pub const LOOK: Duration = Duration::from_secs(5);
/// Shortest pause between two looks that nobody asked for.
const SHORTEST_LOOK: Duration = Duration::from_secs(1);
/// How long stopped sends may take to be recorded at shutdown.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How often deliveries to receivers that are no longer configured are looked through.
const ORPHANS: Duration = Duration::from_secs(3_600);

/// See [`Alerts::run`].
pub(super) async fn run(alerts: &Alerts, cancel: CancellationToken, grace: Duration) -> DeliverySummary {
    let mut round = Round::new(alerts);
    let mut next_look = Instant::now();
    let mut next_orphans = Instant::now();
    while !cancel.is_cancelled() {
        if Instant::now() >= next_look {
            next_look = Instant::now() + round.look(&mut next_orphans).await;
        }
        tokio::select! {
            () = cancel.cancelled() => break,
            () = alerts.wake.notified() => next_look = Instant::now(),
            () = tokio::time::sleep_until(next_look) => {}
            Some(landed) = round.flights.join_next_with_id() => {
                let again = round.landed(landed);
                next_look = next_look.min(Instant::now() + again.max(SHORTEST_LOOK));
                if round.launch(alerts.now()).await.is_err() {
                    next_look = Instant::now() + STORE_PAUSE;
                }
            }
        }
    }
    round.finish(grace).await
}

/// See [`Alerts::pass`].
pub(super) async fn pass(alerts: &Alerts) -> store::Result<DeliverySummary> {
    let due = alerts.now();
    let mut round = Round::new(alerts);
    round.bury_orphans(due).await?;
    let mut result = round.launch(due).await;
    while let Some(landed) = round.flights.join_next_with_id().await {
        round.landed(landed);
        if result.is_ok() {
            result = round.launch(due).await;
        }
    }
    result.map(|()| round.summary)
}

/// Sends under way and what is known about the rest.
struct Round<'a> {
    alerts: &'a Alerts,
    flights: JoinSet<Landed>,
    /// Whose send each task is.
    senders: HashMap<Id, ReceiverName>,
    /// Receivers with nothing more due, as far as known.
    dry: BTreeSet<ReceiverName>,
    /// Stops running sends.
    stop: CancellationToken,
    /// The store failed last time: said once.
    store_failed: bool,
    summary: DeliverySummary,
}

impl<'a> Round<'a> {
    fn new(alerts: &'a Alerts) -> Self {
        Self {
            alerts,
            flights: JoinSet::new(),
            senders: HashMap::new(),
            dry: BTreeSet::new(),
            stop: CancellationToken::new(),
            store_failed: false,
            summary: DeliverySummary::default(),
        }
    }

    /// Looks at the whole outbox, launches what is due, and returns how long the next look can wait.
    async fn look(&mut self, next_orphans: &mut Instant) -> Duration {
        let now = self.alerts.now();
        self.dry.clear();
        let looked = async {
            if Instant::now() >= *next_orphans {
                self.bury_orphans(now).await?;
                *next_orphans = Instant::now() + ORPHANS;
            }
            self.launch(now).await?;
            self.alerts.deps.store.read(|read| read.next_delivery()).await
        }
        .await;
        self.note_store(&looked);
        match looked {
            Ok(next) => next.map_or(LOOK, |next| next.since(now)).clamp(SHORTEST_LOOK, LOOK),
            Err(_) => STORE_PAUSE,
        }
    }

    /// Says once that the store fails, and once that it works again.
    fn note_store<T>(&mut self, result: &store::Result<T>) {
        match result {
            Err(error) if !self.store_failed => {
                tracing::error!(%error, "the outbox cannot be used; alerts wait");
                self.store_failed = true;
            }
            Ok(_) if self.store_failed => {
                tracing::info!("the outbox works again");
                self.store_failed = false;
            }
            _ => {}
        }
    }

    /// Claims deliveries due at `due` for every free slot and starts sending them.
    async fn launch(&mut self, due: Time) -> store::Result<()> {
        let setup = self.alerts.setup.load_full();
        let free = self.free_slots(&setup);
        if free.is_empty() {
            return Ok(());
        }
        let lease_until = self.alerts.now().plus(lease(&setup.config));
        let claims = self.alerts.deps.store.write(move |tx| {
            let claim = |(name, slots): &(ReceiverName, usize)| {
                let claimed = tx.claim_deliveries(due, std::slice::from_ref(name), *slots, lease_until)?;
                Ok((name.clone(), *slots, claimed))
            };
            free.iter().map(claim).collect::<store::Result<Vec<_>>>()
        });
        for (name, slots, claimed) in claims.await? {
            if claimed.len() < slots {
                self.dry.insert(name.clone());
            }
            claimed.into_iter().for_each(|claimed| self.take_off(&setup, &name, claimed));
        }
        Ok(())
    }

    /// The slots of each receiver that are free and worth asking for.
    fn free_slots(&self, setup: &Setup) -> Vec<(ReceiverName, usize)> {
        let mut free = Vec::new();
        for (name, receiver) in &setup.receivers {
            let slots = if receiver.in_order() { 1 } else { setup.config.concurrency };
            let busy = self.senders.values().filter(|sender| *sender == name).count();
            if busy < slots && !self.dry.contains(name) {
                free.push((name.clone(), slots - busy));
            }
        }
        free
    }

    fn take_off(&mut self, setup: &Setup, name: &ReceiverName, claimed: ClaimedDelivery) {
        let Some(receiver) = setup.receivers.get(name) else { return };
        let span = tracing::info_span!(
            "deliver",
            delivery.id = claimed.delivery.id.0,
            receiver.name = %name,
            attempt = claimed.delivery.attempts.saturating_add(1)
        );
        let flight = Flight {
            deps: self.alerts.deps.clone(),
            config: setup.config.clone(),
            receiver: Arc::clone(receiver),
            stop: self.stop.clone(),
        };
        let task = self.flights.spawn(flight.deliver(claimed).instrument(span));
        self.senders.insert(task.id(), name.clone());
    }

    /// Counts an ended send; returns how long until its delivery is due again, where it is.
    fn landed(&mut self, landed: Result<(Id, Landed), JoinError>) -> Duration {
        let (id, landed) = match landed {
            Ok(landed) => landed,
            Err(error) => {
                let receiver = self.senders.remove(&error.id());
                let name = receiver.as_ref().map(ReceiverName::as_str);
                tracing::error!(receiver.name = name, "a receiver crashed; its alert is sent again later");
                self.summary.unrecorded += 1;
                return LOOK;
            }
        };
        self.senders.remove(&id);
        match landed.outcome {
            Outcome::Sent => self.summary.sent += 1,
            Outcome::Retried => self.summary.retried += 1,
            Outcome::Dead => self.summary.dead += 1,
            Outcome::Unrecorded => self.summary.unrecorded += 1,
        }
        landed.again.map_or(LOOK, |again| again.since(self.alerts.now()))
    }

    /// Lets running sends end for `grace`, then stops them and lets that be recorded.
    async fn finish(mut self, grace: Duration) -> DeliverySummary {
        drop(tokio::time::timeout(grace, self.drain()).await);
        self.stop.cancel();
        drop(tokio::time::timeout(LAST_WORDS, self.drain()).await);
        self.summary
    }

    async fn drain(&mut self) {
        while let Some(landed) = self.flights.join_next_with_id().await {
            self.landed(landed);
        }
    }

    /// Gives up deliveries that are too old and whose receiver is no longer configured.
    async fn bury_orphans(&mut self, now: Time) -> store::Result<()> {
        let setup = self.alerts.setup.load_full();
        let narrow = Narrow { until: Some(now.minus(setup.config.give_up)), ..Narrow::default() };
        let filter = AlertFilter { narrow, state: Some(DeliveryState::Pending), ..AlertFilter::default() };
        let old = self.alerts.deps.store.read(move |read| read.alerts(&filter)).await?;
        let deliveries = old.into_iter().flat_map(|view| view.deliveries);
        for delivery in deliveries {
            let waits = delivery.state == DeliveryState::Pending;
            if waits && !setup.receivers.contains_key(&delivery.receiver) {
                self.bury(delivery, now).await?;
            }
        }
        Ok(())
    }

    async fn bury(&mut self, delivery: Delivery, now: Time) -> store::Result<()> {
        let message = format!("given up: receiver `{}` is no longer configured", delivery.receiver);
        tracing::warn!(
            delivery.id = delivery.id.0,
            receiver.name = %delivery.receiver,
            outcome = "dead",
            "{message}"
        );
        let verdict = AttemptVerdict::Dead;
        let record = AttemptRecord { delivery: delivery.id, at: now, duration_ms: 0, message, verdict };
        self.alerts.deps.store.write(move |tx| tx.record_attempt(&record)).await?;
        self.summary.dead += 1;
        Ok(())
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
