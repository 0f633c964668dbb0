//! How far the stream has come: the time that decides what is still remembered.
//!
//! The newest believable entry sets it. One entry from far ahead moves nothing; two in a row do, if they are
//! within a year (a quiet week ends like that); dates further off need many in a row, since they are mistakes
//! more often than not. Many entries in a row from more than a year back mean that the clock itself was set by
//! a mistake, and it goes back. Never reads the machine's clock.

use crate::model::Time;

const YEAR: i64 = 366 * 24 * 3_600_000;
/// Entries in a row that must agree before a leap of more than a year is believed.
const LEAP_RUN: u32 = 64;

/// The stream's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    now: Option<i64>,
    ahead: u32,
    behind: u32,
}

impl Pace {
    /// Takes note of an entry's time and returns the clock after it; `window` in milliseconds is the leap that
    /// needs no second opinion.
    pub fn arrive(&mut self, time: Time, window: i64) -> Time {
        let now = *self.now.get_or_insert(time.0);
        let leap = time.0.saturating_sub(now);
        self.ahead = if leap > window { self.ahead.saturating_add(1) } else { 0 };
        self.behind = if leap < -YEAR { self.behind.saturating_add(1) } else { 0 };
        let wanted = if leap > YEAR { LEAP_RUN } else { 2 };
        if (leap > 0 && leap <= window) || self.ahead >= wanted || self.behind >= LEAP_RUN {
            self.now = Some(time.0);
            (self.ahead, self.behind) = (0, 0);
        }
        Time(self.now.unwrap_or(time.0))
    }

    /// Moves the clock forward to `now`, as told from outside.
    pub fn advance(&mut self, now: Time) -> Time {
        let at = self.now.map_or(now.0, |at| at.max(now.0));
        self.now = Some(at);
        Time(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3_600_000;

    fn run(times: &[i64]) -> i64 {
        let mut pace = Pace::default();
        times.iter().fold(0, |_, &day| pace.arrive(Time(day * DAY), 3 * DAY).0) / DAY
    }

    #[test]
    fn one_wrong_date_moves_nothing() {
        assert_eq!(run(&[100, 101, 40_000, 102]), 102, "a date in the far future");
        assert_eq!(run(&[20_000, 0, 20_001]), 20_001, "1970");
        assert_eq!(run(&[100, 110, 111]), 111, "two in a row end a quiet week");
        assert_eq!(run(&[100, 110]), 100, "one does not");
        let mut wrong_start = vec![47_000];
        wrong_start.extend(20_000..20_070);
        assert_eq!(run(&wrong_start), 20_069, "a stream that began with a mistake recovers");
    }
}
