//! Meter: no more requests a minute than the user allows, whatever they are for.
//!
//! Pure. A request may leave when fewer than the limit left within the minute before it; so no minute, wherever it
//! begins, holds more. Polls, redirects, older pages, articles, robots.txt and hubs all count. Without a limit everything
//! may leave. A clock set back frees nothing: what then lies in the future counts as just sent, and no wait outlasts a
//! minute.

use crate::model::Time;
use std::collections::VecDeque;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Counts requests against a limit.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    most: Option<u32>,
    /// When the newest requests left, oldest first; never more than the limit.
    sent: VecDeque<Time>,
}

impl Meter {
    /// A meter that has counted nothing. `None` is no limit; a limit of 0 counts as 1 a minute.
    pub fn new(per_minute: Option<u32>) -> Self {
        Self { most: per_minute.map(|most| most.max(1)), sent: VecDeque::new() }
    }

    /// Changes the limit; what has left still counts.
    pub fn set_limit(&mut self, per_minute: Option<u32>) {
        self.most = per_minute.map(|most| most.max(1));
        let surplus = self.sent.len().saturating_sub(self.most.unwrap_or_default() as usize);
        self.sent.drain(..surplus);
    }

    /// How long until a request may leave; zero is now.
    pub fn wait(&mut self, now: Time) -> Duration {
        let Some(most) = self.most else { return Duration::ZERO };
        self.sent.iter_mut().for_each(|at| *at = (*at).min(now));
        while self.sent.front().is_some_and(|at| now.since(*at) >= MINUTE) {
            self.sent.pop_front();
        }
        let full = self.sent.len() >= most as usize;
        self.sent.front().filter(|_| full).map_or(Duration::ZERO, |at| at.plus(MINUTE).since(now))
    }

    /// A request leaves at `now`.
    pub fn count(&mut self, now: Time) {
        let Some(most) = self.most else { return };
        if self.sent.len() >= most as usize {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn no_minute_holds_more_than_allowed() {
        for limit in [1, 5, 60] {
            let (mut meter, mut now, mut sent) = (Meter::new(Some(limit)), NOW, Vec::new());
            for step in 0..5_000_u32 {
                // Asked at uneven times, and always greedily.
                now = now.plus(SECOND * (step * 7919 % 5) / 2);
                while meter.wait(now).is_zero() {
                    meter.count(now);
                    sent.push(now);
                }
            }
            let most = sent.iter().map(|first| within(&sent, *first)).max().unwrap_or_default();
            assert_eq!(most, limit as usize, "{limit} a minute: used up, and never passed");
        }
    }

    fn within(sent: &[Time], first: Time) -> usize {
        sent.iter().filter(|at| **at >= first && at.since(first) < MINUTE).count()
    }

    #[test]
    fn waits_end_when_the_oldest_request_is_a_minute_old() {
        let mut meter = Meter::new(Some(2));
        meter.count(NOW);
        meter.count(NOW.plus(SECOND * 20));
        assert_eq!(meter.wait(NOW.plus(SECOND * 30)), SECOND * 30);
        assert_eq!(meter.wait(NOW.plus(SECOND * 60)), Duration::ZERO);
        let mut free = Meter::new(None);
        (0..1_000).for_each(|_| free.count(NOW));
        assert_eq!(free.wait(NOW), Duration::ZERO, "no limit");
    }

    #[test]
    fn a_clock_set_back_frees_nothing_and_stalls_nothing() {
        let mut meter = Meter::new(Some(1));
        meter.count(NOW);
        let before = NOW.minus(SECOND * 3600);
        assert_eq!(meter.wait(before), MINUTE, "just sent, as far as we can tell");
        assert_eq!(meter.wait(before.plus(MINUTE)), Duration::ZERO);
    }

    #[test]
    fn a_lower_limit_counts_what_has_left() {
        let mut meter = Meter::new(Some(10));
        (0..10).for_each(|second| meter.count(NOW.plus(SECOND * second)));
        meter.set_limit(Some(2));
        assert_eq!(meter.wait(NOW.plus(SECOND * 10)), SECOND * 58, "the older of the newest two is 2 s old");
        assert_eq!(meter.sent.len(), 2);
    }
}
