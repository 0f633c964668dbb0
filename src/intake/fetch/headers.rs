//! What the headers of an answer say: validators, how long it stays fresh, when to come again.
//!
//! Pure. Validators are opaque bytes, never parsed and never rebuilt. Lifetimes follow RFC 9111 for a private cache:
//! `no-store` and `no-cache` mean zero, `max-age` beats `Expires`, `Age` is subtracted. Nonsense is ignored.

use crate::model::{Time, Validators};
use reqwest::header::{self, HeaderMap, HeaderName};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the publisher's HTTP side says about coming back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HttpSignals {
    /// The answer stays fresh this long; `None` where nothing was said.
    pub fresh_for: Option<Duration>,
    /// `Retry-After`: do not come back sooner.
    pub retry_after: Option<Duration>,
}

/// The validators of an answer, as received. An empty header counts as none.
pub fn validators(headers: &HeaderMap) -> Validators {
    let bytes = |name: HeaderName| {
        headers.get(name).map(|value| value.as_bytes().to_vec()).filter(|value| !value.is_empty())
    };
    Validators { etag: bytes(header::ETAG), last_modified: bytes(header::LAST_MODIFIED) }
}

/// Freshness and `Retry-After`, both counted from `now`.
pub fn signals(headers: &HeaderMap, now: Time) -> HttpSignals {
    HttpSignals { fresh_for: fresh_for(headers, now), retry_after: retry_after(headers, now) }
}

/// The `Link` headers, as stated; hubs are named there. Nobody needs more than a few.
pub fn links(headers: &HeaderMap) -> Vec<String> {
    let stated = headers.get_all(header::LINK).iter().filter_map(|value| value.to_str().ok());
    stated.filter(|text| text.len() <= 4_000).take(10).map(str::to_owned).collect()
}

fn fresh_for(headers: &HeaderMap, now: Time) -> Option<Duration> {
    let lifetime = match cache_control(headers) {
        Some(lifetime) => lifetime,
        None => expires(headers, now)?,
    };
    let age = text(headers, header::AGE).and_then(|text| text.parse().ok()).unwrap_or_default();
    Some(lifetime.saturating_sub(Duration::from_secs(age)))
}

fn cache_control(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut lifetime = None;
    for directive in lines.flat_map(|line| line.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return Some(Duration::ZERO),
            "max-age" if lifetime.is_none() => lifetime = seconds(value.trim().trim_matches('"')),
            _ => {}
        }
    }
    lifetime
}

/// `Expires` counted from the server's own `Date`, so that its clock need not be right. An unreadable date
/// (`0`, `-1`) means "already" (RFC 9111, 5.3).
fn expires(headers: &HeaderMap, now: Time) -> Option<Duration> {
    let stated = text(headers, header::EXPIRES)?;
    let Some(expires) = http_date(stated) else { return Some(Duration::ZERO) };
    let sent = text(headers, header::DATE).and_then(http_date).unwrap_or(now);
    Some(expires.since(sent))
}

fn retry_after(headers: &HeaderMap, now: Time) -> Option<Duration> {
    let stated = text(headers, header::RETRY_AFTER)?;
    if let Some(span) = seconds(stated) {
        return Some(span);
    }
    let until = http_date(stated)?;
    let sent = text(headers, header::DATE).and_then(http_date).unwrap_or(now);
    // By its clock or ours, whichever waits longer.
    Some(until.since(sent).max(until.since(now)))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Whole seconds; a number too large for us means "very long" (RFC 9111, 1.2.2), a fraction is cut off.
fn seconds(text: &str) -> Option<Duration> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(whole.parse().unwrap_or(u64::from(u32::MAX))))
}

fn http_date(text: &str) -> Option<Time> {
    let at: SystemTime = httpdate::parse_http_date(text).ok()?;
    let millis = at.duration_since(UNIX_EPOCH).ok()?.as_millis();
    i64::try_from(millis).ok().map(Time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    /// 2026-11-02T12:00:00Z
    const NOW: Time = Time(1_793_620_800_000);

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(*name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
        }
        map
    }

    #[test]
    fn freshness() {
        for (lines, secs, why) in [
            (&[][..], None, "nothing said"),
            (&[("cache-control", "max-age=600")], Some(600), "plain"),
            (&[("cache-control", "public, Max-Age=\"600\"")], Some(600), "quoted, among others"),
            (&[("cache-control", "max-age=600"), ("age", "200")], Some(400), "age is subtracted"),
            (&[("cache-control", "max-age=600"), ("age", "900")], Some(0), "stale already"),
            (&[("cache-control", "no-cache, max-age=600")], Some(0), "no-cache beats max-age"),
            (&[("cache-control", "s-maxage=600")], None, "for shared caches only"),
            (&[("cache-control", "max-age=-1")], None, "nonsense is ignored"),
            (
                &[("cache-control", "max-age=99999999999999999999")],
                Some(u64::from(u32::MAX)),
                "absurd is long",
            ),
            (&[("cache-control", "private"), ("cache-control", "max-age=60")], Some(60), "on a second line"),
            (&[("expires", "Mon, 02 Nov 2026 12:30:00 GMT")], Some(1800), "expires from now"),
            (
                &[("expires", "Mon, 02 Nov 2026 12:30:00 GMT"), ("date", "Mon, 02 Nov 2026 12:20:00 GMT")],
                Some(600),
                "expires from the server's own clock",
            ),
            (&[("expires", "0")], Some(0), "expired already"),
            (&[("expires", "Mon, 02 Nov 2026 11:00:00 GMT")], Some(0), "in the past"),
            (
                &[("cache-control", "max-age=60"), ("expires", "Mon, 02 Nov 2026 13:00:00 GMT")],
                Some(60),
                "max-age beats expires",
            ),
        ] {
            assert_eq!(signals(&headers(lines), NOW).fresh_for, secs.map(Duration::from_secs), "{why}");
        }
    }

    #[test]
    fn retry_after_in_both_forms() {
        for (value, secs, why) in [
            ("120", Some(120), "seconds"),
            (" 86400 ", Some(86_400), "with spaces"),
            ("1.5", Some(1), "a fraction"),
            ("Mon, 02 Nov 2026 13:00:00 GMT", Some(3600), "a date"),
            ("Monday, 02-Nov-26 13:00:00 GMT", Some(3600), "an old date"),
            ("Mon, 02 Nov 2026 11:00:00 GMT", Some(0), "a date in the past"),
            ("-5", None, "nonsense"),
            ("soon", None, "nonsense"),
        ] {
            let found = signals(&headers(&[("retry-after", value)]), NOW).retry_after;
            assert_eq!(found, secs.map(Duration::from_secs), "{why}");
        }
    }

    #[test]
    fn validators_keep_their_bytes() {
        let mut map = headers(&[("etag", "W/\"a, b\""), ("last-modified", "yesterday, about noon")]);
        assert_eq!(validators(&map).etag.as_deref(), Some(&b"W/\"a, b\""[..]));
        assert_eq!(validators(&map).last_modified.as_deref(), Some(&b"yesterday, about noon"[..]));
        map.insert("etag", HeaderValue::from_bytes(b"\xfc\xff unquoted").expect("a header value"));
        assert_eq!(validators(&map).etag.as_deref(), Some(&b"\xfc\xff unquoted"[..]));
        map.insert("etag", HeaderValue::from_static(""));
        assert_eq!(validators(&map).etag, None);
    }
}
