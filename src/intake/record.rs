//! Record: what a feed's health is judged by, kept small: arrivals, runs of 304, how long answers took.
//!
//! Pure. The longest pause between two arrivals is kept week by week, for six weeks, so that a habit that changed is
//! forgotten and a weekend is not. Poll records tell the same, but reading weeks of them for every feed takes minutes where
//! feeds are thousands.

use crate::model::{PollOutcome, Time};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Weeks kept.
const WEEKS: usize = 6;
const WEEK_MS: i64 = 7 * 24 * 3_600_000;
/// Answers of which the time is kept.
const ANSWERS: usize = 10;

/// What is kept. Unreadable parts are no parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    weeks: Vec<Week>,
    /// The newest arrival.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Time>,
    /// Answers 304 in a row, and the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    same: Option<(u32, Time)>,
    /// When the newest good answers came and how long each took, in milliseconds; oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    took: Vec<(Time, u64)>,
}

/// The arrivals of one week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Week {
    /// Weeks since the epoch.
    number: i64,
    /// The first arrival in it.
    first: Time,
    /// Polls in it that brought something.
    arrivals: u32,
    /// The longest pause that ended in it, in milliseconds.
    pause: i64,
}

/// What is known of the pauses between arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// Polls on record that brought something.
    pub arrivals: u32,
    /// The longest pause between two of them.
    pub longest: Duration,
    /// From the first to the last of them.
    pub span: Duration,
}

impl Record {
    /// Takes in a good answer that took so many milliseconds.
    pub fn note(&mut self, outcome: PollOutcome, took_ms: u64, now: Time) {
        self.took.push((now, took_ms));
        let surplus = self.took.len().saturating_sub(ANSWERS);
        self.took.drain(..surplus);
        self.same = match (outcome, self.same) {
            (PollOutcome::NotModified, Some((run, since))) => Some((run.saturating_add(1), since)),
            (PollOutcome::NotModified, None) => Some((1, now)),
            _ => None,
        };
    }

    /// Takes in that something new came. The backlog of a first document is no arrival.
    pub fn arrived(&mut self, now: Time) {
        let pause = self.last.map_or(0, |last| now.0.saturating_sub(last.0).max(0));
        self.last = Some(now);
        let number = now.0.div_euclid(WEEK_MS);
        // Weeks to come were noted by a clock that has since been set back.
        self.weeks.retain(|week| week.number <= number && number - week.number < WEEKS as i64);
        match self.weeks.last_mut().filter(|week| week.number == number) {
            Some(week) => {
                week.arrivals = week.arrivals.saturating_add(1);
                week.pause = week.pause.max(pause);
            }
            None => self.weeks.push(Week { number, first: now, arrivals: 1, pause }),
        }
    }

    /// What is known of the pauses; `None` before the first arrival.
    pub fn pauses(&self) -> Option<Pauses> {
        let (first, last) = (self.weeks.first()?, self.last?);
        let longest = self.weeks.iter().map(|week| week.pause).max().unwrap_or_default();
        Some(Pauses {
            arrivals: self.weeks.iter().map(|week| week.arrivals).fold(0, u32::saturating_add),
            longest: Duration::from_millis(longest.unsigned_abs()),
            span: last.since(first.first),
        })
    }

    /// Answers 304 in a row, and the time of the first of them.
    pub fn same(&self) -> Option<(u32, Time)> {
        self.same
    }

    /// How long the newest good answers took, in milliseconds, in order of length, and when the oldest of them came.
    pub fn took(&self) -> Option<(Vec<u64>, Time)> {
        let oldest = self.took.first()?.0;
        let mut took: Vec<u64> = self.took.iter().map(|(_, ms)| *ms).collect();
        took.sort_unstable();
        Some((took, oldest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);
    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn the_longest_pause_of_six_weeks_counts() {
        let mut record = Record::default();
        assert_eq!(record.pauses(), None);
        record.arrived(NOW);
        record.arrived(NOW.plus(DAY * 5));
        (0..24).for_each(|hour| record.arrived(NOW.plus(DAY * 5 + HOUR * (hour + 1))));
        let pauses = record.pauses().expect("arrivals");
        assert_eq!((pauses.arrivals, pauses.longest, pauses.span), (26, DAY * 5, DAY * 6));
        (6..60).for_each(|day| record.arrived(NOW.plus(DAY * day)));
        let pauses = record.pauses().expect("arrivals");
        assert_eq!(pauses.longest, DAY, "the long pause is forgotten");
        assert!(pauses.span >= DAY * 35 && record.weeks.len() <= WEEKS);
    }

    #[test]
    fn runs_and_times_are_kept() {
        let mut record = Record::default();
        record.note(PollOutcome::Fetched, 900, NOW);
        (1..=20).for_each(|n: u32| record.note(PollOutcome::NotModified, u64::from(n), NOW.plus(HOUR * n)));
        assert_eq!(record.same(), Some((20, NOW.plus(HOUR))));
        assert_eq!(record.took(), Some(((11..=20).collect(), NOW.plus(HOUR * 11))));
        record.note(PollOutcome::Unchanged, 5, NOW.plus(DAY));
        assert_eq!(record.same(), None, "a whole document");
    }

    #[test]
    fn a_clock_set_back_leaves_no_week_to_come() {
        let mut record = Record::default();
        record.arrived(NOW.plus(DAY * 100));
        record.arrived(NOW);
        assert_eq!(
            (record.weeks.len(), record.pauses().map(|pauses| pauses.longest)),
            (1, Some(Duration::ZERO))
        );
    }
}
