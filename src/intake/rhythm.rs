//! Rhythm: how often a feed brings something new, learned from what its polls found.
//!
//! Pure. A feed's posting rate is entries over time, both fading with a half-life of two weeks, so that old habits are
//! forgotten; a weak prior speaks while little is known. A second pair that fades within minutes notices bursts:
//! it is believed only when the slow pair makes what was seen very unlikely. The first document's own dates
//! stand in for observation.
//!
//! Why it matters: for entries that arrive at random, the mean delay of all entries at a given number of requests is
//! least when each feed is polled in proportion to the square root of its rate (see [`super::budget`]).

use crate::model::Time;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Half-life of what was learned, in days: long enough to average over weeks, short enough to follow a change.
const SLOW_HALF_LIFE: f64 = 14.0;
/// Half-life of the burst watch, in days: twelve minutes. Two or three quick polls that find nothing end a burst; with two
/// hours they went on for half a day, at the cost of all other feeds (`benches/schedule.rs`, bursts of sixty).
const FAST_HALF_LIFE: f64 = 0.2 / 24.0;
/// The prior: half an entry in a quarter of a day.
const PRIOR_ENTRIES: f64 = 0.5;
const PRIOR_DAYS: f64 = 0.25;
/// Rates outside are not believed: one entry in fifty days, one in 17 seconds.
const RATE_MIN: f64 = 0.02;
const RATE_MAX: f64 = 5_000.0;
/// A burst must bring at least so many entries, and lie so many standard deviations above the usual.
const BURST_ENTRIES: f64 = 4.0;
const BURST_DEVIATIONS: f64 = 4.0;
/// No document's dates stand for more than this much observation, in days.
const BACKLOG_DAYS: f64 = 28.0;

/// What is known about a feed's posting rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rhythm {
    /// Entries that arrived, fading slowly.
    entries: f64,
    /// Days observed, fading alike.
    days: f64,
    /// Entries that arrived, fading within minutes.
    fast_entries: f64,
    /// Days observed, fading within minutes.
    fast_days: f64,
}

impl Rhythm {
    /// What the dates of a first document tell: so many entries since the oldest of them.
    pub fn from_backlog(published: impl Iterator<Item = Time>, now: Time) -> Self {
        let ages = published.filter(|at| *at <= now).map(|at| days(now.since(at)));
        let recent: Vec<f64> = ages.filter(|age| *age <= BACKLOG_DAYS).collect();
        let Some(oldest) = recent.iter().copied().reduce(f64::max) else { return Self::default() };
        // The oldest entry only opens the span.
        Self { entries: (recent.len() - 1) as f64, days: oldest, ..Self::default() }
    }

    /// Takes in that `new` entries arrived within `span`.
    pub fn observe(&mut self, new: usize, span: Duration) {
        let (span, new) = (days(span), new as f64);
        fade(&mut self.entries, &mut self.days, new, span, SLOW_HALF_LIFE);
        fade(&mut self.fast_entries, &mut self.fast_days, new, span, FAST_HALF_LIFE);
    }

    /// Entries a day: the long habit, or the burst while one runs. Between 0.02 and 5,000.
    pub fn per_day(&self) -> f64 {
        let rate = if self.bursting() { self.fast_entries / self.fast_days } else { self.habit() };
        rate.clamp(RATE_MIN, RATE_MAX)
    }

    /// Entries a day before a silence of this length began; `None` where too little was seen before it.
    pub fn per_day_before(&self, silence: Duration) -> Option<f64> {
        let (span, half_life) = (days(silence), SLOW_HALF_LIFE);
        let kept = (-span / half_life).exp2();
        // What observing nothing for so long has added, had it been observed without a break.
        let added = half_life / std::f64::consts::LN_2 * (1.0 - kept);
        let (entries, days) = (self.entries / kept, (self.days - added) / kept);
        (entries >= 1.0 && days >= 1.0).then(|| (entries / days).clamp(RATE_MIN, RATE_MAX))
    }

    /// Whether far more has come in the last hours than the habit explains.
    pub fn bursting(&self) -> bool {
        let usual = self.habit_before() * self.fast_days;
        self.fast_days > 0.0
            && self.fast_entries >= BURST_ENTRIES
            && self.fast_entries > usual + BURST_DEVIATIONS * usual.sqrt().max(1.0)
    }

    fn habit(&self) -> f64 {
        (self.entries + PRIOR_ENTRIES) / (self.days + PRIOR_DAYS)
    }

    /// The habit without the last hours, which would otherwise explain themselves.
    fn habit_before(&self) -> f64 {
        let (entries, days) = (self.entries - self.fast_entries, self.days - self.fast_days);
        (entries.max(0.0) + PRIOR_ENTRIES) / (days.max(0.0) + PRIOR_DAYS)
    }
}

fn fade(entries: &mut f64, total: &mut f64, new: f64, span: f64, half_life: f64) {
    let kept = (-span / half_life).exp2();
    *entries = *entries * kept + new;
    *total = *total * kept + span;
}

fn days(span: Duration) -> f64 {
    span.as_secs_f64() / 86_400.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn after(polls: usize, new_each: usize, every: Duration) -> Rhythm {
        let mut rhythm = Rhythm::default();
        (0..polls).for_each(|_| rhythm.observe(new_each, every));
        rhythm
    }

    #[test]
    fn rates_are_learned() {
        for (rhythm, low, high, why) in [
            (Rhythm::default(), 2.0, 2.0, "the prior: two a day"),
            (after(24 * 30, 0, HOUR), 0.02, 0.1, "silent for a month"),
            (after(24 * 30, 1, HOUR), 23.0, 24.5, "one an hour"),
            (after(10, 1, HOUR), 15.0, 30.0, "one an hour, ten polls in"),
            (after(24, 4, HOUR), 65.0, 97.0, "four an hour, one day in"),
        ] {
            let rate = rhythm.per_day();
            assert!((low..=high).contains(&rate), "{why}: {rate}");
        }
    }

    #[test]
    fn a_first_document_gives_a_rate() {
        let now = Time(1_800_000_000_000);
        let dates = (0..20).map(|index| now.minus(HOUR * 6 * index));
        let rate = Rhythm::from_backlog(dates, now).per_day();
        assert!((3.5..4.5).contains(&rate), "an entry every six hours: {rate}");
        assert_eq!(
            Rhythm::from_backlog(std::iter::empty(), now),
            Rhythm::default(),
            "no dates, no knowledge"
        );
        let stale = Rhythm::from_backlog([now.minus(HOUR * 24 * 400)].into_iter(), now);
        assert_eq!(stale, Rhythm::default(), "dates of last year say nothing about now");
        let future = Rhythm::from_backlog([now.plus(HOUR)].into_iter(), now);
        assert_eq!(future, Rhythm::default(), "dates to come say nothing");
    }

    #[test]
    fn bursts_are_noticed_at_once_and_forgotten_within_a_day() {
        let mut rhythm = after(24 * 14, 0, HOUR);
        rhythm.observe(60, HOUR);
        assert!(rhythm.bursting() && rhythm.per_day() > 400.0, "sixty in an hour: {}", rhythm.per_day());
        (0..24).for_each(|_| rhythm.observe(0, HOUR));
        assert!(!rhythm.bursting() && rhythm.per_day() < 10.0, "a quiet day later: {}", rhythm.per_day());
    }

    #[test]
    fn chance_is_no_burst() {
        let mut rhythm = after(24 * 14, 1, HOUR);
        rhythm.observe(4, HOUR);
        assert!(!rhythm.bursting(), "four instead of one happens");
        let mut quiet = after(24 * 14, 0, HOUR);
        quiet.observe(2, HOUR);
        assert!(!quiet.bursting(), "two entries are not many");
    }
}
