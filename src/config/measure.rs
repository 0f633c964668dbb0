//! Spans of time and sizes as people write them: `90s`, `1h30m`, `10MB`, `512KiB`.

use std::time::Duration;

const SPANS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Decimal and binary units; `K` alone is not accepted, because nobody agrees on it.
const SIZES: [(&str, u64); 7] = [
    ("B", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Reads `500ms`, `30s`, `5m`, `4h`, `7d`, or several together from long to short (`1h30m`). `None` if it is
/// not a span or does not fit into 64 bits of milliseconds.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (mut rest, mut total, mut last) = (text.trim(), 0u64, u64::MAX);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (count, tail) = leading_number(rest)?;
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let scale = SPANS.iter().find(|(name, _)| *name == unit)?.1;
        if scale >= last {
            return None;
        }
        last = scale;
        total = total.checked_add(count.checked_mul(scale)?)?;
        rest = tail;
    }
    Some(Duration::from_millis(total))
}

/// Writes a span so that [`parse_duration`] reads it back: whole milliseconds, the longest unit that fits.
pub fn format_duration(span: Duration) -> String {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    SPANS
        .iter()
        .rev()
        .find(|(_, scale)| millis % scale == 0)
        .map_or_else(|| format!("{millis}ms"), |(unit, scale)| format!("{}{unit}", millis / scale))
}

/// Reads `10MB`, `512KiB`, `4096B`; letter case does not matter. `None` if it is not a size or does not fit.
pub fn parse_size(text: &str) -> Option<u64> {
    let (count, tail) = leading_number(text.trim())?;
    let unit = tail.trim_start();
    let scale = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1;
    count.checked_mul(scale)
}

/// Writes a size so that [`parse_size`] reads it back, in the unit that needs the fewest digits.
pub fn format_size(bytes: u64) -> String {
    SIZES
        .iter()
        .filter(|(_, scale)| bytes.is_multiple_of(*scale) && (bytes > 0 || *scale == 1))
        .min_by_key(|(_, scale)| bytes / scale)
        .map_or_else(|| format!("{bytes}B"), |(unit, scale)| format!("{}{unit}", bytes / scale))
}

fn leading_number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, tail) = text.split_at(end);
    Some((digits.parse().ok()?, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, millis) in [
            ("500ms", Some(500)),
            ("30s", Some(30_000)),
            ("5m", Some(300_000)),
            ("4h", Some(14_400_000)),
            ("7d", Some(604_800_000)),
            ("1h30m", Some(5_400_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("30", None),
            ("", None),
            ("s", None),
            ("-5m", None),
            ("1.5h", None),
            ("5 m", None),
            ("5x", None),
            ("30m1h", None),
            ("1h1h", None),
            ("٣s", None),
            ("99999999999999999999d", None),
            ("999999999999999999d", None),
        ] {
            assert_eq!(parse_duration(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("10MB", Some(10_000_000)),
            ("512KiB", Some(524_288)),
            ("1 GiB", Some(1 << 30)),
            ("10mb", Some(10_000_000)),
            ("0B", Some(0)),
            ("10", None),
            ("10K", None),
            ("1.5MB", None),
            ("99999999999GB", None),
        ] {
            assert_eq!(parse_size(text), bytes, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for millis in [0, 1, 500, 1000, 90_000, 3_600_000, 86_400_000, 604_800_000, 86_400_001] {
            let span = Duration::from_millis(millis);
            assert_eq!(parse_duration(&format_duration(span)), Some(span));
        }
        for bytes in [0, 1, 1000, 1024, 10_000_000, 15 << 20, 1 << 30, 1_000_000_000, 1_048_577] {
            assert_eq!(parse_size(&format_size(bytes)), Some(bytes), "{}", format_size(bytes));
        }
        assert_eq!(format_duration(Duration::from_secs(90)), "90s");
        assert_eq!(format_size(10_000_000), "10MB");
        assert_eq!(format_size(15 << 20), "15MiB");
    }
}
