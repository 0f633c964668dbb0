//! Retry: what follows from a failed attempt.
//!
//! In this order: a permanent failure is given up at once; a delivery older than `give_up` is given up; a receiver
//! that asks (Retry-After) for a pause which ends after the give-up time is given up now, saying so, rather
//! than silently later; anything else is tried again. The pause doubles from `retry_first` to `retry_max`; jitter
//! takes up to a fifth off, so that deliveries that failed together do not come back together; Retry-After is a
//! lower bound. The last try falls on the give-up time itself. Given-up deliveries stay in the store and
//! `alerts retry` brings them back. Never sleeps and never draws a random number.

use crate::config::AlertConfig;
use crate::model::Time;
use crate::store::AttemptVerdict;
use std::time::Duration;

/// A failed attempt and what is known about its delivery.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// When the attempt ended.
    pub now: Time,
    /// When the delivery was made.
    pub created: Time,
    /// Which attempt failed, counted from 1.
    pub attempt: u32,
    /// Trying again would not help.
    pub permanent: bool,
    /// The pause the receiver asked for.
    pub retry_after: Option<Duration>,
    /// Random number from 0 (no jitter) up to 1.
    pub jitter: f64,
}

/// What follows, and why in words (to go behind the attempt's message).
pub fn after_failure(config: &AlertConfig, failure: &Failure) -> (AttemptVerdict, String) {
    if failure.permanent {
        return (AttemptVerdict::Dead, "given up: trying again would not help".to_owned());
    }
    let deadline = failure.created.plus(config.give_up);
    if failure.now >= deadline {
        let age = words(config.give_up);
        return (AttemptVerdict::Dead, format!("given up: not delivered within {age}"));
    }
    let asked = failure.retry_after.unwrap_or_default();
    if failure.now.plus(asked) > deadline {
        let reason =
            format!("given up: the receiver asks to wait {}, past the time to give up", words(asked));
        return (AttemptVerdict::Dead, reason);
    }
    let pause = backoff(config, failure.attempt, failure.jitter).max(asked);
    let at = failure.now.plus(pause).min(deadline);
    (AttemptVerdict::RetryAt(at), format!("again in {}", words(at.since(failure.now))))
}

/// The pause after the given attempt (counted from 1): doubling, capped, shortened by up to a fifth.
fn backoff(config: &AlertConfig, attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    let pause = config.retry_first.saturating_mul(1 << doublings).min(config.retry_max);
    pause.mul_f64(1.0 - 0.2 * jitter.clamp(0.0, 1.0))
}

/// A span for people: `45 s`, `12 min`, `3 h`, `5 days`; the coarsest unit of which there are at least two.
pub fn words(span: Duration) -> String {
    let seconds = span.as_millis().div_ceil(1000);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> AlertConfig {
        AlertConfig {
            concurrency: 4,
            timeout: Duration::from_secs(30),
            retry_first: Duration::from_secs(5),
            retry_max: Duration::from_secs(3_600),
            give_up: Duration::from_secs(5 * 86_400),
        }
    }

    fn failure() -> Failure {
        Failure {
            now: Time(0),
            created: Time(0),
            attempt: 1,
            permanent: false,
            retry_after: None,
            jitter: 0.0,
        }
    }

    fn check(sentence: &str, failure: Failure, verdict: AttemptVerdict, reason: &str) {
        assert_eq!(after_failure(&config(), &failure), (verdict, reason.to_owned()), "{sentence}");
    }

    #[test]
    fn the_pause_doubles_up_to_an_hour() {
        let pauses = [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600];
        for (attempt, seconds) in (1..).zip(pauses) {
            let (verdict, _) = after_failure(&config(), &Failure { attempt, ..failure() });
            assert_eq!(verdict, AttemptVerdict::RetryAt(Time(seconds * 1000)), "after attempt {attempt}");
        }
        // Attempt numbers beyond any shift are still an hour.
        let (verdict, _) = after_failure(&config(), &Failure { attempt: u32::MAX, ..failure() });
        assert_eq!(verdict, AttemptVerdict::RetryAt(Time(3_600_000)));
    }

    #[test]
    fn jitter_takes_off_a_fifth_at_most() {
        for (jitter, millis) in [(0.0, 5_000), (0.5, 4_500), (1.0, 4_000), (7.0, 4_000), (-1.0, 5_000)] {
            let (verdict, _) = after_failure(&config(), &Failure { jitter, ..failure() });
            assert_eq!(verdict, AttemptVerdict::RetryAt(Time(millis)), "jitter {jitter}");
        }
    }

    #[test]
    fn rules_in_order() {
        let (day, hour) = (86_400_000, 3_600_000);
        let secs = |s| Some(Duration::from_secs(s));
        check(
            "a permanent failure is dead at once, whatever the receiver asks",
            Failure { permanent: true, retry_after: secs(60), ..failure() },
            AttemptVerdict::Dead,
            "given up: trying again would not help",
        );
        check(
            "Retry-After above the pause is waited for",
            Failure { retry_after: secs(900), ..failure() },
            AttemptVerdict::RetryAt(Time(900_000)),
            "again in 15 min",
        );
        check(
            "Retry-After below the pause does not shorten it",
            Failure { retry_after: secs(1), attempt: 3, ..failure() },
            AttemptVerdict::RetryAt(Time(20_000)),
            "again in 20 s",
        );
        check(
            "Retry-After is not capped by the longest pause",
            Failure { retry_after: secs(86_400), ..failure() },
            AttemptVerdict::RetryAt(Time(day)),
            "again in 24 h",
        );
        check(
            "Retry-After past the time to give up is given up now",
            Failure { retry_after: secs(6 * 86_400), ..failure() },
            AttemptVerdict::Dead,
            "given up: the receiver asks to wait 6 days, past the time to give up",
        );
        check(
            "the last try falls on the time to give up",
            Failure { now: Time(5 * day - hour / 2), attempt: 40, ..failure() },
            AttemptVerdict::RetryAt(Time(5 * day)),
            "again in 30 min",
        );
        check(
            "after it the delivery is dead",
            Failure { now: Time(5 * day), attempt: 41, ..failure() },
            AttemptVerdict::Dead,
            "given up: not delivered within 5 days",
        );
        check(
            "a clock set back makes nothing older",
            Failure { now: Time(-day), ..failure() },
            AttemptVerdict::RetryAt(Time(5_000 - day)),
            "again in 5 s",
        );
    }
}
