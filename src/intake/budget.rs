//! Budget: how a given number of requests a day is shared out among the feeds.
//!
//! Pure. Mean delay is least when polls are proportional to the square root of the posting rate (for Poisson arrivals
//! and m polls a day the mean delay of a feed's entries is 12 h / m; minimise the sum over all feeds, weighted by rate,
//! with the total fixed). Each feed is bounded by what may be asked of it; what the bounds leave over is shared
//! by the rest. The common factor is found by bisection, again whenever enough has changed.
//!
//! How many requests there are to share out follows from the number of feeds and the normal interval, or from the user's
//! limit (`intake.requests_per_minute`) if that is less. Then the bounds give way: nothing is polled more often than
//! allowed, but where even the longest intervals come to more than the limit, all grow by the same share.

use crate::model::FeedId;
use std::collections::HashMap;
use std::time::Duration;

/// One feed's claim on the budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Entries a day.
    pub rate: f64,
    /// Shortest interval allowed.
    pub least: Duration,
    /// Longest interval allowed.
    pub most: Duration,
}

impl Share {
    /// Polls a day at a common factor.
    fn polls(&self, factor: f64) -> f64 {
        let (few, many) = (per_day(self.most), per_day(self.least));
        (factor * self.rate.sqrt()).clamp(few.min(many), many)
    }

    /// The interval at a common factor, within the bounds.
    pub fn interval(&self, factor: f64) -> Duration {
        Duration::from_secs_f64(86_400.0 / self.polls(factor))
    }
}

/// What the budget means for every feed at present.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// The common factor of the intervals.
    pub factor: f64,
    /// Where even the longest intervals allowed come to more than the limit: how much longer than that all are. Else 1.
    pub stretch: f64,
    /// The user's limit in requests a minute, where it makes intervals longer than they would be without it.
    pub limit: Option<u32>,
    /// Feeds that share it.
    pub feeds: usize,
}

impl Terms {
    /// The interval of a feed.
    pub fn interval(&self, share: &Share) -> Duration {
        share.interval(self.factor).mul_f64(self.stretch)
    }
}

/// The shares of all feeds and the factor that makes them fit the budget.
#[derive(Clone, Debug)]
pub struct Budget {
    shares: HashMap<FeedId, Share>,
    polls_a_day: f64,
    /// The user's limit, where it is what the budget follows from.
    limit: Option<u32>,
    factor: f64,
    /// Polls a day that the shares come to at the factor.
    total: f64,
    changes: usize,
}

/// So much of a user's limit is planned with. The rest is for what polls bring along: redirects, older pages, articles,
/// robots.txt, feeds that are tried again after a failure.
const PLANNED: f64 = 0.9;

impl Budget {
    /// A budget of so many polls a day over all feeds.
    pub fn new(polls_a_day: f64) -> Self {
        let polls_a_day = polls_a_day.max(1.0);
        Self { shares: HashMap::new(), polls_a_day, limit: None, factor: 0.0, total: 0.0, changes: 0 }
    }

    /// The budget that lets `feeds` feeds be polled every `interval` on average.
    pub fn uniform(feeds: usize, interval: Duration) -> Self {
        Self::new(feeds as f64 * per_day(interval))
    }

    /// The same, or what a limit of so many requests a minute allows if that is less.
    pub fn limited(feeds: usize, interval: Duration, per_minute: Option<u32>) -> Self {
        let plain = Self::uniform(feeds, interval);
        let allowed = per_minute.map(|limit| (limit, f64::from(limit) * 1440.0 * PLANNED));
        match allowed {
            Some((limit, polls)) if polls < plain.polls_a_day => {
                Self { limit: Some(limit), ..Self::new(polls) }
            }
            _ => plain,
        }
    }

    /// Sets one feed's share.
    pub fn set(&mut self, feed: &FeedId, share: Share) {
        match self.shares.get_mut(feed) {
            Some(known) if *known == share => return,
            Some(known) => *known = share,
            None => drop(self.shares.insert(feed.clone(), share)),
        }
        self.changes += 1;
    }

    /// The common factor, computed anew once a tenth of the feeds have changed.
    pub fn factor(&mut self) -> f64 {
        if self.factor == 0.0 || self.changes * 10 >= self.shares.len().max(1) {
            self.factor = self.solve();
            self.total = self.total(self.factor);
            self.changes = 0;
        }
        self.factor
    }

    /// What it means for every feed at present.
    pub fn terms(&mut self) -> Terms {
        let factor = self.factor();
        let over = self.total / self.polls_a_day;
        let stretch = if self.limit.is_some() { over.max(1.0) } else { 1.0 };
        Terms { factor, stretch, limit: self.limit, feeds: self.shares.len() }
    }

    /// Polls a day that the shares come to at present: the steady rate.
    pub fn steady(&mut self) -> f64 {
        let stretch = self.terms().stretch;
        self.total / stretch
    }

    fn total(&self, factor: f64) -> f64 {
        self.shares.values().map(|share| share.polls(factor)).sum()
    }

    fn solve(&self) -> f64 {
        let (mut low, mut high) = (1e-6, 1e6);
        for _ in 0..60 {
            let middle = f64::sqrt(low * high);
            if self.total(middle) > self.polls_a_day { high = middle } else { low = middle }
        }
        low
    }
}

fn per_day(interval: Duration) -> f64 {
    86_400.0 / interval.as_secs_f64().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn share(rate: f64) -> Share {
        Share { rate, least: 5 * MINUTE, most: 24 * 60 * MINUTE }
    }

    fn budget(rates: &[f64], polls: f64) -> Budget {
        let mut budget = Budget::new(polls);
        for (index, rate) in rates.iter().enumerate() {
            budget.set(&FeedId(format!("feed-{index}")), share(*rate));
        }
        budget
    }

    #[test]
    fn polls_go_by_the_square_root() {
        let mut budget = budget(&[1.0, 4.0, 16.0], 70.0);
        let factor = budget.factor();
        let hours: Vec<f64> =
            [1.0, 4.0, 16.0].map(|rate| share(rate).interval(factor).as_secs_f64() / 3600.0).to_vec();
        assert!(
            (hours[0] / hours[1] - 2.0).abs() < 0.01,
            "four times the rate, half the interval: {hours:?}"
        );
        assert!((hours[1] / hours[2] - 2.0).abs() < 0.01, "and again: {hours:?}");
        assert!((budget.steady() - 70.0).abs() < 0.1, "the budget is used up: {}", budget.steady());
    }

    #[test]
    fn bounds_hold_and_the_rest_is_shared() {
        let mut budget = budget(&[5_000.0, 0.02, 1.0], 400.0);
        let factor = budget.factor();
        assert_eq!(share(5_000.0).interval(factor), 5 * MINUTE, "never more often than allowed");
        let middle = share(1.0).interval(factor);
        assert!(middle < 60 * MINUTE && middle >= 5 * MINUTE, "the middle one gets what is left: {middle:?}");
        assert!(share(0.02).interval(factor) <= 24 * 60 * MINUTE);
    }

    /// F19: a source that goes from nothing to sixty an hour is polled every five minutes within three polls.
    #[test]
    fn bursts_are_caught_up_with() {
        use crate::intake::rhythm::Rhythm;
        let hour = 60 * MINUTE;
        let mut budget = budget(&[2.0; 100], 100.0 * 24.0);
        let mut rhythm = Rhythm::default();
        (0..24 * 14).for_each(|_| rhythm.observe(0, hour));
        let factor = budget.factor();
        let mut interval = hour;
        for _ in 0..3 {
            rhythm.observe((interval.as_secs() / 60) as usize, interval);
            interval = share(rhythm.per_day()).interval(factor);
        }
        assert_eq!(interval, 5 * MINUTE);
    }

    /// F19: a new feed is within twice the best interval once ten entries have been seen.
    #[test]
    fn new_feeds_are_learned_quickly() {
        use crate::intake::rhythm::Rhythm;
        for rate in [1.0, 6.0, 24.0, 96.0] {
            let factor = budget(&[2.0; 100], 100.0 * 24.0).factor();
            let mut rhythm = Rhythm::default();
            (0..10).for_each(|_| rhythm.observe(1, Duration::from_secs_f64(86_400.0 / rate)));
            let (found, best) = (share(rhythm.per_day()).interval(factor), share(rate).interval(factor));
            let ratio = found.as_secs_f64() / best.as_secs_f64();
            assert!((0.5..=2.0).contains(&ratio), "{rate} a day: {found:?} instead of {best:?}");
        }
    }

    #[test]
    fn a_limit_makes_intervals_longer_and_says_so() {
        let hour = 60 * MINUTE;
        let feeds = |limit, count: usize| {
            let mut budget = Budget::limited(count, hour, limit);
            (0..count).for_each(|index| budget.set(&FeedId(format!("{index}")), share(4.0)));
            budget
        };
        let free = feeds(None, 600).terms();
        assert_eq!((free.limit, free.stretch), (None, 1.0));
        assert_eq!(free.interval(&share(4.0)).as_secs() / 60, 60, "each once an hour");
        let wide = feeds(Some(20), 600).terms();
        assert_eq!(wide.limit, None, "600 an hour are fewer than 20 a minute");
        let mut five = feeds(Some(5), 600);
        assert!((five.steady() - 5.0 * 1440.0 * 0.9).abs() < 10.0, "{}", five.steady());
        let terms = five.terms();
        assert_eq!((terms.limit, terms.feeds, terms.stretch), (Some(5), 600, 1.0));
        assert_eq!(terms.interval(&share(4.0)).as_secs() / 60, 133, "600 feeds in 4.5 a minute");
        let mut tight = feeds(Some(1), 6_000);
        let span = tight.terms().interval(&share(4.0)).as_secs_f64() / 86_400.0;
        assert!((span - 6_000.0 / 1296.0).abs() < 0.01, "the longest interval gives way: {span} days");
        assert!((tight.steady() - 1296.0).abs() < 1.0, "{}", tight.steady());
    }

    #[test]
    fn odd_budgets_do_no_harm() {
        for polls in [0.0, -1.0, f64::MIN_POSITIVE, 1e12] {
            let interval = share(1.0).interval(budget(&[1.0], polls).factor());
            assert!((5 * MINUTE..=24 * 60 * MINUTE).contains(&interval), "{polls}: {interval:?}");
        }
        assert!(Budget::uniform(0, MINUTE).factor() > 0.0, "no feeds at all");
    }
}
