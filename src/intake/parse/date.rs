//! Reads dates as publishers write them.
//!
//! A date is cut into numbers, words and signs, and each is given a meaning by its shape: `12:30` is a clock, a
//! word of the tables is a month, a zone or a half of the day, what is left over are year, month and day in the
//! order their sizes and signs allow. Weekdays only decide between two readings (they are often wrong), and unknown
//! words are ignored. A time without a zone is taken as UTC, a date without a time as midnight.
//!
//! Order for three bare numbers: a four-digit number is the year; `a.b.c` is day, month, year; `a/b/c` is month first;
//! `a-b-c` is year first where possible. A reading that is not in the calendar is passed over, one that is still to come
//! loses against one that is not, and a stated weekday decides between day and month. Never: a date that is not in
//! the calendar, or before 1900.

use super::date_words::{self, Word};
use crate::model::Time;
use jiff::{civil, tz::TimeZone};

/// Longest text that can be a date, in bytes.
const LONGEST: usize = 120;

/// Reads a date; `None` when it is none, or not in the calendar. `now` only decides between readings.
pub fn parse(text: &str, now: Time) -> Option<Time> {
    let text = text.trim();
    if text.len() > LONGEST || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    iso(text)
        .or_else(|| mail(text))
        .or_else(|| epoch(text))
        .or_else(|| compact(text))
        .or_else(|| Pieces::cut(text).assemble(now))
}

/// The common case, `2024-05-06T07:08:09[.123](Z|+01:00)`, without the general machinery.
fn iso(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || bytes[4] != b'-' || !matches!(bytes[10], b'T' | b't') {
        return None;
    }
    let stamp: jiff::Timestamp = text.parse().ok()?;
    believable(Time(stamp.as_millisecond()))
}

/// The other common case, `Mon, 06 May 2024 07:08:09 (GMT|+0200)`.
fn mail(text: &str) -> Option<Time> {
    let rest = text.get(3..)?.strip_prefix(", ")?;
    let (day, rest) = two_digits(rest)?;
    let name = rest.get(1..4)?;
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|month| *month == name)? + 1;
    let year = rest.get(4..)?.strip_prefix(' ')?;
    let (clock, zone) = read_clock(year.get(4..)?.strip_prefix(' ')?)?;
    let offset_minutes = match zone.strip_prefix(' ')? {
        "GMT" | "UTC" | "Z" | "+0000" | "-0000" => 0,
        zone if zone.len() == 5 && zone.is_ascii() => {
            let number: i32 =
                zone[1..].parse().ok().filter(|_| zone[1..].bytes().all(|b| b.is_ascii_digit()))?;
            let minutes = number / 100 * 60 + number % 100;
            match zone.as_bytes()[0] {
                b'+' => minutes,
                b'-' => -minutes,
                _ => return None,
            }
        }
        _ => return None,
    };
    let date = calendar(year[..4].parse().ok()?, i32::try_from(month).ok()?, day)?;
    Pieces { clock: Some(clock), offset_minutes: Some(offset_minutes), ..Pieces::default() }.on(date)
}

/// Seconds or milliseconds since 1970.
fn epoch(text: &str) -> Option<Time> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    match text.len() {
        9 | 10 => Some(Time(number * 1000)),
        13 => Some(Time(number)),
        _ => None,
    }
}

/// The unbroken and partial forms of ISO 8601: `2024`, `202405`, `20240506`, `2024-127`, `20240506T070809Z`.
fn compact(text: &str) -> Option<Time> {
    let (date, clock) = text.split_once(['T', 't']).unwrap_or((text, ""));
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    let signs = date.len() - digits.len();
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i32>().ok();
    let year = number(0, 4).filter(|year| (1900..2200).contains(year))?;
    let day = match (digits.len(), signs, date.find('-')) {
        (4, 0, _) => calendar(year, 1, 1)?,
        (6, 0, _) | (6, 1, Some(4)) => calendar(year, number(4, 6)?, 1)?,
        (7, 0, _) | (7, 1, Some(4)) => ordinal(year, number(4, 7)?)?,
        (8, 0, _) => calendar(year, number(4, 6)?, number(6, 8)?)?,
        _ => return None,
    };
    let clock = match clock {
        "" => String::new(),
        clock if clock.as_bytes().iter().take(4).all(u8::is_ascii_digit) && clock.len() >= 4 => {
            let rest = &clock[4..];
            let seconds = rest.get(..2).filter(|seconds| seconds.bytes().all(|byte| byte.is_ascii_digit()));
            let zone = &rest[seconds.map_or(0, str::len)..];
            format!("{}:{}:{} {zone}", &clock[..2], &clock[2..4], seconds.unwrap_or("00"))
        }
        clock => clock.to_owned(),
    };
    let pieces = Pieces::cut(&clock);
    pieces.on(day)
}

fn ordinal(year: i32, day: i32) -> Option<civil::Date> {
    let first = calendar(year, 1, 1)?;
    let date = first.checked_add(jiff::Span::new().try_days(day - 1).ok()?).ok()?;
    (day > 0 && i32::from(date.year()) == year).then_some(date)
}

fn calendar(year: i32, month: i32, day: i32) -> Option<civil::Date> {
    civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// Years from 1900: what lies before is a filled-in zero.
fn believable(time: Time) -> Option<Time> {
    const YEAR_1900: i64 = -2_208_988_800_000;
    (time.0 >= YEAR_1900).then_some(time)
}

/// A number with the sign before it and how it was written.
#[derive(Clone, Copy, Debug)]
struct Number {
    value: i32,
    digits: usize,
    /// The sign directly before it, if a sign parted it from another number.
    joined_by: Option<char>,
}

/// A date cut up.
#[derive(Debug, Default)]
struct Pieces {
    numbers: Vec<Number>,
    month: Option<i32>,
    clock: Option<[i32; 3]>,
    afternoon: Option<bool>,
    offset_minutes: Option<i32>,
    region: Option<String>,
    weekday: Option<i8>,
    perhaps_march: bool,
    korean: bool,
}

impl Pieces {
    fn cut(text: &str) -> Self {
        let mut pieces = Self::default();
        let mut rest = text;
        let mut joined_by = None;
        while let Some(c) = rest.chars().next() {
            if c.is_ascii_digit() {
                rest = pieces.number(rest, joined_by);
                joined_by = None;
            } else if matches!(c, '+' | '-' | '\u{2212}')
                && pieces.wants_offset(joined_by)
                && let Some(after) = pieces.offset(rest, c)
            {
                rest = after;
            } else if c.is_alphabetic() {
                rest = pieces.word(rest);
                joined_by = None;
            } else {
                if matches!(c, '-' | '/' | '.') && !pieces.numbers.is_empty() {
                    joined_by = Some(c);
                }
                rest = &rest[c.len_utf8()..];
            }
        }
        pieces
    }

    /// An offset can only follow a clock or a zone name such as GMT.
    fn wants_offset(&self, joined_by: Option<char>) -> bool {
        joined_by.is_none() && (self.clock.is_some() || self.offset_minutes == Some(0))
    }

    fn number<'a>(&mut self, text: &'a str, joined_by: Option<char>) -> &'a str {
        if self.clock.is_none()
            && let Some((clock, rest)) = read_clock(text)
        {
            self.clock = Some(clock);
            return rest;
        }
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        let value = text[..length].parse().unwrap_or(i32::MAX);
        // "18h" and "3pm": a lone hour.
        let hour = text[length..].trim_start().get(..2).unwrap_or("").to_ascii_lowercase();
        if self.clock.is_none()
            && length <= 2
            && value < 24
            && matches!(hour.as_str(), "am" | "pm" | "a." | "p.")
        {
            self.clock = Some([value, 0, 0]);
        } else {
            self.numbers.push(Number { value, digits: length, joined_by });
        }
        &text[length..]
    }

    /// `+0200`, `+02:00`, `-5`, `-800`; none if what follows is no offset.
    fn offset<'a>(&mut self, text: &'a str, sign: char) -> Option<&'a str> {
        let after = &text[sign.len_utf8()..];
        let length = after.bytes().take_while(u8::is_ascii_digit).count();
        let mut rest = &after[length..];
        let number: i32 = after[..length].parse().ok()?;
        let minutes = match (length, rest.strip_prefix(':')) {
            (1 | 2, Some(colon)) => {
                let digits = colon.bytes().take_while(u8::is_ascii_digit).count();
                rest = &colon[digits..];
                number * 60 + colon[..digits].parse::<i32>().unwrap_or(0)
            }
            (1 | 2, None) => number * 60,
            (3 | 4, _) => number / 100 * 60 + number % 100,
            _ => return None,
        };
        // A year behind the clock ("10:00 - 2016") is no offset.
        if minutes > 15 * 60 {
            return None;
        }
        self.offset_minutes = Some(if sign == '+' { minutes } else { -minutes });
        Some(rest)
    }

    fn word<'a>(&mut self, text: &'a str) -> &'a str {
        let length: usize =
            text.chars().take_while(|c| c.is_alphabetic() || *c == '_').map(char::len_utf8).sum();
        let (word, rest) = text.split_at(length);
        if let Some(zone) = rest.strip_prefix('/').filter(|_| self.clock.is_some()) {
            return self.region(text, word, zone);
        }
        // "a.m." and "p.m."
        if matches!(word, "a" | "p" | "A" | "P")
            && rest.get(..2).is_some_and(|dotted| dotted.eq_ignore_ascii_case(".m"))
        {
            self.afternoon = Some(word.eq_ignore_ascii_case("p"));
            return &rest[2..];
        }
        self.korean |= word.chars().all(|c| ('가'..='힣').contains(&c));
        match date_words::meaning(word) {
            Some(Word::Month(month)) => self.month = Some(month),
            // "mar., 01 déc." begins with a Tuesday: the month comes, in a word or in numbers.
            Some(Word::MarchOrTuesday) if self.month.is_none() => {
                self.perhaps_march = true;
                self.weekday = Some(2);
            }
            Some(Word::Weekday(day)) => self.weekday = self.weekday.or(Some(day)),
            Some(Word::Zone(minutes)) if self.offset_minutes.is_none() => {
                self.offset_minutes = Some(minutes);
            }
            Some(Word::Afternoon(afternoon)) => self.afternoon = Some(afternoon),
            _ => {}
        }
        rest
    }

    /// `Europe/Brussels`.
    fn region<'a>(&mut self, text: &'a str, word: &str, zone: &'a str) -> &'a str {
        let length: usize = zone
            .chars()
            .take_while(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '/'))
            .map(char::len_utf8)
            .sum();
        self.region = Some(text[..word.len() + 1 + length].to_owned());
        &zone[length..]
    }

    fn assemble(self, now: Time) -> Option<Time> {
        let date = match self.month {
            Some(month) => self.named(month),
            None if self.perhaps_march && self.numbers.len() < 3 => self.named(3),
            None => self.bare(now),
        };
        self.on(date?)
    }

    /// With a month's name: the other numbers are day and year.
    fn named(&self, month: i32) -> Option<civil::Date> {
        let numbers = &self.numbers;
        let (day, year) = match numbers[..] {
            [] => return None,
            [only] if only.digits == 4 => (1, only.value),
            [_] => return None,
            [first, second, ..] if first.digits == 4 || (first.value > 31 && second.value <= 31) => {
                (second.value, first.value)
            }
            [first, second, ..] => (first.value, second.value),
        };
        let digits = numbers.iter().map(|number| number.digits).max().unwrap_or(0);
        calendar(full_year(year, digits), month, day)
    }

    /// Numbers only.
    fn bare(&self, now: Time) -> Option<civil::Date> {
        let [a, b, ref rest @ ..] = self.numbers[..] else { return None };
        let Some(&c) = rest.first() else {
            return (a.digits == 4).then(|| calendar(a.value, b.value, 1)).flatten();
        };
        let sign = b.joined_by.unwrap_or(' ');
        let (a, b, c, year_first, year_last) = (a.value, b.value, c.value, a.digits == 4, c.digits == 4);
        let year = |value: i32, long: bool| full_year(value, if long { 4 } else { 2 });
        let orders = [
            (year_first || sign == '-' || a > 31).then_some((year(a, year_first), b, c)),
            (sign == '/').then_some((year(c, year_last), a, b)),
            Some((year(c, year_last), b, a)),
            (!year_last).then_some((year(a, year_first), b, c)),
            Some((year(c, year_last), a, b)),
            year_first.then_some((a, c, b)),
        ];
        let tomorrow = TimeZone::UTC.to_datetime(now.timestamp()).date().tomorrow().ok()?;
        let readings =
            || orders.into_iter().flatten().filter_map(|(year, month, day)| calendar(year, month, day));
        let past = || readings().filter(|date| *date <= tomorrow);
        let on_weekday = |date: &civil::Date| Some(date.weekday().to_monday_one_offset()) == self.weekday;
        // Only day and month can be taken for each other: the year stands.
        let first = past().next().or_else(|| readings().next())?;
        Some(past().find(|date| on_weekday(date) && date.year() == first.year()).unwrap_or(first))
    }

    /// Puts clock and zone to a date.
    fn on(&self, date: civil::Date) -> Option<Time> {
        let [mut hour, minute, second] = self.clock.unwrap_or([0; 3]);
        match self.afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        if hour > 24 || minute > 59 || second > 60 {
            return None;
        }
        let midnight = date.at(0, 0, 0, 0);
        if let Some(zone) = self.region.as_deref().and_then(|name| TimeZone::get(name).ok()) {
            let clock = date.at(hour.min(23) as i8, minute as i8, second.min(59) as i8, 0);
            return believable(Time(zone.to_timestamp(clock).ok()?.as_millisecond()));
        }
        let start = TimeZone::UTC.to_timestamp(midnight).ok()?.as_second();
        let clock = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        // A date in Korean words is Korean time.
        let usual = if self.korean { 9 * 60 } else { 0 };
        let offset = i64::from(self.offset_minutes.unwrap_or(usual)) * 60;
        believable(Time((start + clock - offset) * 1000))
    }
}

/// `1:55`, `01:55:03`, `01:55:03.25`, `9h15`, `24:00`.
fn read_clock(text: &str) -> Option<([i32; 3], &str)> {
    let (hour, rest) = two_digits(text)?;
    let rest = rest.strip_prefix([':', 'h', 'H'])?;
    let (minute, rest) = two_digits(rest)?;
    let Some((second, after)) = rest.strip_prefix(':').and_then(two_digits) else {
        return Some(([hour, minute, 0], rest));
    };
    let fraction =
        after.strip_prefix(['.', ',']).map(|digits| digits.trim_start_matches(|c: char| c.is_ascii_digit()));
    Some(([hour, minute, second], fraction.unwrap_or(after)))
}

fn two_digits(text: &str) -> Option<(i32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=2).contains(&length) {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// Two-digit years as e-mail has them (RFC 5322, 4.3): to 49 this century, from 50 the last.
fn full_year(year: i32, digits: usize) -> i32 {
    match year {
        _ if digits >= 4 => year,
        0..=49 => 2000 + year,
        50..=999 => 1900 + year,
        year => year,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-06-15T15:06:40Z.
    const NOW: Time = Time(1_750_000_000_000);

    #[test]
    fn dates_in_the_wild() {
        let rows = [
            ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09.250+02:00", "2024-05-06T05:08:09.25Z"),
            ("2024-05-06 07:08:09", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08", "2024-05-06T07:08:00Z"),
            ("2024-05-06T07:08:09-05:00Z", "2024-05-06T12:08:09Z"),
            ("2024-05-06", "2024-05-06T00:00:00Z"),
            ("2024-05", "2024-05-01T00:00:00Z"),
            ("2024", "2024-01-01T00:00:00Z"),
            ("20240506", "2024-05-06T00:00:00Z"),
            ("20240506T070809Z", "2024-05-06T07:08:09Z"),
            ("2024-127", "2024-05-06T00:00:00Z"),
            ("1714979289", "2024-05-06T07:08:09Z"),
            ("1714979289000", "2024-05-06T07:08:09Z"),
            ("Mon, 06 May 2024 07:08:09 GMT", "2024-05-06T07:08:09Z"),
            ("Fri, 06 May 2024 07:08:09 +0200", "2024-05-06T05:08:09Z"),
            ("Mon, 6 May 24 07:08 EST", "2024-05-06T12:08:00Z"),
            ("Mo, 06 Mai 2024 07:08:09 MESZ", "2024-05-06T05:08:09Z"),
            ("Mon, 06 May 2024 07:08:09 CET", "2024-05-06T06:08:09Z"),
            ("Di, 23 Jan 2024 00:00:00 +0100", "2024-01-22T23:00:00Z"),
            ("lun., 06 févr. 2024 07:08:09 +0000", "2024-02-06T07:08:09Z"),
            ("mié, 06 dic 2023 07:08:09 -0300", "2023-12-06T10:08:09Z"),
            ("Sex, 03 Jan 2025 10:00:00 -0300", "2025-01-03T13:00:00Z"),
            ("lun, 06 mag 2024 07:08:09 +0200", "2024-05-06T05:08:09Z"),
            ("Пн, 06 май 2024 07:08:09 MSK", "2024-05-06T04:08:09Z"),
            ("6 сентября 2024", "2024-09-06T00:00:00Z"),
            ("2024年5月6日 07:08", "2024-05-06T07:08:00Z"),
            ("2004-05-25 오후 11:23:17", "2004-05-25T14:23:17Z"),
            ("May 6, 2024 at 07:08 PM EDT", "2024-05-06T23:08:00Z"),
            ("Nov. 16, 2020, 10:57 a.m.", "2020-11-16T10:57:00Z"),
            ("Monday, May 6, 2024 - 3:09pm", "2024-05-06T15:09:00Z"),
            ("Mon May  6 07:08:09 2024", "2024-05-06T07:08:09Z"),
            ("Mon May 06 07:08:09 PDT 2024", "2024-05-06T14:08:09Z"),
            ("Mon May 06 2024 07:08:09 GMT+0200 (CEST)", "2024-05-06T05:08:09Z"),
            ("Mon, 06 May 2024 07:08:09 GMT-07:00", "2024-05-06T14:08:09Z"),
            ("Thu,28 Jul 2022 4:35:5 GMT+9", "2022-07-27T19:35:05Z"),
            ("Wed 24 May 2006 14:04:24 -800", "2006-05-24T22:04:24Z"),
            ("Thu, 04/11/2019 - 14:07", "2019-04-11T14:07:00Z"),
            ("Mon, 04/11/2019 - 14:07", "2019-11-04T14:07:00Z"),
            ("Fri, 05/06/2020", "2020-06-05T00:00:00Z"),
            ("mar., 05/03/2024", "2024-03-05T00:00:00Z"),
            ("mar., 01 déc. 2020 16:11:02 +0000", "2020-12-01T16:11:02Z"),
            ("Tue, 05 Mar 2024 07:08:09 GMT", "2024-03-05T07:08:09Z"),
            ("2004년 05월 28일 01:31:15", "2004-05-27T16:31:15Z"),
            ("2004-július-13T9:15-05:00", "2004-07-13T14:15:00Z"),
            ("Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00:00Z"),
            ("Fri, 26/06/2020", "2020-06-26T00:00:00Z"),
            ("2020/1/10 14:33:00", "2020-01-10T14:33:00Z"),
            ("18/01/30 00:00", "2018-01-30T00:00:00Z"),
            ("30.10.23", "2023-10-30T00:00:00Z"),
            ("6.5.2024 7:08", "2024-05-06T07:08:00Z"),
            ("Mon, 06th May 2024 07:08:09 Z", "2024-05-06T07:08:09Z"),
            ("06-May-2024 07:08:09", "2024-05-06T07:08:09Z"),
            ("Thu, 25 Feb 2016 00:00:00 Europe/Brussels", "2016-02-24T23:00:00Z"),
            ("Nov. 2020", "2020-11-01T00:00:00Z"),
            ("Mon, 06 May 2024 24:00:00 GMT", "2024-05-07T00:00:00Z"),
            ("Sat, 11 04 2020 08:51:49 +0100", "2020-04-11T07:51:49Z"),
        ];
        for (text, expected) in rows {
            let read = parse(text, NOW).map(|time| time.to_rfc3339());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_gives_none() {
        for text in [
            "",
            "yesterday",
            "Mon, 31 Feb 2024 00:00:00 GMT",
            "0001-01-01T00:00:00Z",
            "12:30",
            "25:61",
            "-",
            "2024-13-45",
            "99",
            "0000-00-00 00:00:00",
            "Mon, 06 May 2024 27:08:09 GMT",
        ] {
            assert_eq!(parse(text, NOW), None, "{text}");
        }
    }
}
