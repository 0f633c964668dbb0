//! Flight: one send on its way: sent, judged and recorded, whatever happens.
//!
//! The attempt is bounded in time and can be stopped; what follows from its end is said by [`super::retry`]; the
//! attempt is then recorded in one transaction, and told in one closing event. Failing to record a result
//! is tried again until the lease ends: after that the delivery is sent again with the same key.

use super::retry::{Failure, after_failure};
use super::{AlertsDeps, Message, Receiver, SendError};
use crate::config::AlertConfig;
use crate::model::Time;
use crate::store::{AttemptRecord, AttemptVerdict, ClaimedDelivery, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Pause after the store failed.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(2);
/// A receiver ends its attempts itself; one that does not is stopped this much later.
const OVERTIME: Duration = Duration::from_secs(5);
/// What the lease adds to the longest attempt, for recording it.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// How long a claim lasts: longer than any attempt.
pub(super) fn lease(config: &AlertConfig) -> Duration {
    config.timeout.saturating_add(OVERTIME).saturating_add(LEASE_MARGIN)
}

/// What a send came to.
pub(super) struct Landed {
    pub(super) outcome: Outcome,
    /// When its delivery is due again.
    pub(super) again: Option<Time>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent,
    Retried,
    Dead,
    Unrecorded,
}

impl Outcome {
    /// As in logs and metrics.
    fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Retried => "retry",
            Self::Dead => "dead",
            Self::Unrecorded => "unrecorded",
        }
    }
}

/// One send on its way, with all it needs to end by itself.
pub(super) struct Flight {
    pub(super) deps: AlertsDeps,
    pub(super) config: AlertConfig,
    pub(super) receiver: Arc<dyn Receiver>,
    pub(super) stop: CancellationToken,
}

impl Flight {
    /// Sends a claimed delivery and records what came of it.
    pub(super) async fn deliver(self, claimed: ClaimedDelivery) -> Landed {
        let (id, created) = (claimed.delivery.id, claimed.delivery.created);
        let message = Message::new(claimed, self.deps.clock.now());
        let begun = Instant::now();
        let result = self.attempt(&message).await;
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (verdict, text) = self.judge(&message, created, result);
        let again = match verdict {
            AttemptVerdict::RetryAt(at) => Some(at),
            AttemptVerdict::Sent | AttemptVerdict::Dead => None,
        };
        let record = AttemptRecord { delivery: id, at: message.at, duration_ms, message: text, verdict };
        let outcome = self.record(&record, begun + lease(&self.config)).await;
        report(outcome, &record, message.attempt);
        Landed { outcome, again }
    }

    /// Sends, but not for longer than allowed nor after being stopped.
    async fn attempt(&self, message: &Message) -> Attempted {
        let longest = self.config.timeout.saturating_add(OVERTIME);
        tokio::select! {
            sent = tokio::time::timeout(longest, self.receiver.send(message)) => match sent {
                Ok(result) => Attempted::Ended(result),
                Err(_) => {
                    let seconds = longest.as_secs();
                    Attempted::Ended(Err(SendError::passing(format!("no answer within {seconds} s"))))
                }
            },
            () = self.stop.cancelled() => Attempted::Stopped,
        }
    }

    /// What follows, and the attempt's message.
    fn judge(&self, message: &Message, created: Time, result: Attempted) -> (AttemptVerdict, String) {
        let now = self.deps.clock.now();
        let error = match result {
            Attempted::Ended(Ok(answer)) => return (AttemptVerdict::Sent, answer),
            Attempted::Ended(Err(error)) => error,
            Attempted::Stopped => {
                let text = "newswatch was stopped while sending; whether it arrived is unknown";
                return (AttemptVerdict::RetryAt(now), text.to_owned());
            }
        };
        let failure = Failure {
            now,
            created,
            attempt: message.attempt,
            permanent: error.permanent,
            retry_after: error.retry_after,
            jitter: (self.deps.jitter)(),
        };
        let (verdict, reason) = after_failure(&self.config, &failure);
        (verdict, format!("{}; {reason}", error.message))
    }

    /// Stores the attempt, trying again while the lease lasts: an unrecorded success would be sent twice.
    async fn record(&self, record: &AttemptRecord, until: Instant) -> Outcome {
        loop {
            let copy = record.clone();
            let stored = self.deps.store.write(move |tx| tx.record_attempt(&copy)).await;
            let error = match stored {
                Ok(()) => return outcome_of(&record.verdict),
                Err(error) => error,
            };
            let lost = matches!(error, StoreError::Closed | StoreError::NotFound(_));
            if lost || self.stop.is_cancelled() || Instant::now() + STORE_PAUSE >= until {
                tracing::error!(%error, "an attempt could not be recorded");
                return Outcome::Unrecorded;
            }
            tokio::select! {
                () = tokio::time::sleep(STORE_PAUSE) => {}
                () = self.stop.cancelled() => {}
            }
        }
    }
}

/// What came of trying.
enum Attempted {
    Ended(Result<String, SendError>),
    Stopped,
}

fn outcome_of(verdict: &AttemptVerdict) -> Outcome {
    match verdict {
        AttemptVerdict::Sent => Outcome::Sent,
        AttemptVerdict::RetryAt(_) => Outcome::Retried,
        AttemptVerdict::Dead => Outcome::Dead,
    }
}

/// The one closing event of a delivery's attempt; delivery and receiver stand in the span.
fn report(outcome: Outcome, record: &AttemptRecord, attempt: u32) {
    let (duration_ms, message, name) = (record.duration_ms, &record.message, outcome.name());
    metrics::counter!("newswatch_attempts_total", "outcome" => name).increment(1);
    match outcome {
        Outcome::Sent => tracing::info!(outcome = name, attempt, duration_ms, "{message}"),
        Outcome::Retried => tracing::warn!(outcome = name, attempt, duration_ms, "{message}"),
        Outcome::Dead | Outcome::Unrecorded => {
            tracing::error!(outcome = name, attempt, duration_ms, "{message}");
        }
    }
}
