//! Times as people write them: `3d`, `today`, `2026-11-01`, `2026-11-01T08:00`, RFC 3339.

use crate::model::Time;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

/// The point in time that `text` means at `now` in `zone`. A day means its first moment there.
///
/// # Errors
/// A sentence naming the forms, when it is none of them.
pub fn parse(text: &str, now: Time, zone: &TimeZone) -> Result<Time, String> {
    let text = text.trim();
    let here = now.timestamp().to_zoned_datetime(zone.clone());
    let point = match text {
        "now" => Some(now),
        "today" => day_start(here.date(), zone),
        "yesterday" => here.date().yesterday().ok().and_then(|date| day_start(date, zone)),
        _ => span(text).map(|span| Time(now.0.saturating_sub(span))).or_else(|| calendar(text, zone)),
    };
    point.ok_or_else(|| {
        format!("{text:?} is no time: write 30m, 12h, 3d, 2w, today, yesterday, 2026-11-01, 2026-11-01T08:00 or RFC 3339")
    })
}

/// Milliseconds of `30s 5m 4h 7d 2w`.
fn span(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok().filter(|number| *number >= 0)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    number.checked_mul(seconds * 1_000)
}

fn calendar(text: &str, zone: &TimeZone) -> Option<Time> {
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(Time(stamp.as_millisecond()));
    }
    // A bare date would parse as midnight; a day that begins later (daylight saving) needs its own first moment.
    if let Ok(date) = text.parse::<Date>()
        && text.len() == 10
    {
        return day_start(date, zone);
    }
    let civil: DateTime = text.parse().ok()?;
    millis(&civil.to_zoned_datetime(zone.clone()).ok()?)
}

fn day_start(date: Date, zone: &TimeZone) -> Option<Time> {
    millis(&date.to_zoned_datetime(zone.clone()).ok()?.start_of_day().ok()?)
}

fn millis(zoned: &ZonedDateTime) -> Option<Time> {
    Some(Time(zoned.timestamp().as_millisecond()))
}

/// A time for people in their zone: `2026-11-23 15:04`.
pub fn local(time: Time, zone: &TimeZone) -> String {
    time.timestamp().to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// How long ago, or in how long: `5 min ago`, `in 2 h`, `just now`.
pub fn relative(time: Time, now: Time) -> String {
    let distance = SignedDuration::from_millis(time.0.saturating_sub(now.0));
    let seconds = distance.unsigned_abs().as_secs();
    let (number, unit) = match seconds {
        0..=4 => return "just now".to_owned(),
        5..=89 => (seconds, "s"),
        90..=5_399 => (seconds / 60, "min"),
        5_400..=172_799 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    if distance.is_negative() { format!("{number} {unit} ago") } else { format!("in {number} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
        let now: Timestamp = "2026-11-23T15:30:00Z".parse().unwrap();
        let now = Time(now.as_millisecond());
        for (text, expected) in [
            ("3d", "2026-11-20T15:30:00Z"),
            ("90m", "2026-11-23T14:00:00Z"),
            ("2w", "2026-11-09T15:30:00Z"),
            ("today", "2026-11-22T23:00:00Z"),
            ("yesterday", "2026-11-21T23:00:00Z"),
            ("2026-11-01", "2026-10-31T23:00:00Z"),
            ("2026-11-01T08:00", "2026-11-01T07:00:00Z"),
            ("2026-11-01 08:00", "2026-11-01T07:00:00Z"),
            ("2026-11-01T08:00:00+02:00", "2026-11-01T06:00:00Z"),
        ] {
            assert_eq!(
                parse(text, now, &zone).map(|time| time.to_rfc3339()).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
        for wrong in ["", "d", "3x", "-3d", "next year", "2026-13-01"] {
            assert!(parse(wrong, now, &zone).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn distances_read_well() {
        let now = Time(1_000_000_000);
        for (seconds, expected) in [
            (0, "just now"),
            (-30, "30 s ago"),
            (-600, "10 min ago"),
            (7_200, "in 2 h"),
            (-864_000, "10 d ago"),
        ] {
            assert_eq!(relative(Time(now.0 + seconds * 1_000), now), expected);
        }
    }
}
