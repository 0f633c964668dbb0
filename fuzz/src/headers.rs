//! What servers say beside their documents: one header a line, as on the wire.

use super::WINDOW;
use newswatch::intake::fetch::headers::{links, signals, validators};
use newswatch::intake::full_text::robots::{Robots, Verdict};
use newswatch::intake::parse::{Context, parse};
use newswatch::intake::websub::offer;
use newswatch::model::Time;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;
use url::Url;

/// 2026-01-01T00:00:00Z
const NOW: Time = Time(1_767_225_600_000);

/// The lines before the first empty one are headers, the rest is a robots.txt: no crash, validators byte for byte,
/// only hubs that can be asked.
pub fn headers(data: &[u8]) {
    let data = &data[..data.len().min(WINDOW)];
    let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let (head, rest) = data.split_at(end);
    let map: HeaderMap = head.split(|byte| *byte == b'\n').filter_map(line).collect();
    for (name, kept) in [("etag", validators(&map).etag), ("last-modified", validators(&map).last_modified)] {
        let sent = map.get(name).map(|value| value.as_bytes().to_vec()).filter(|value| !value.is_empty());
        assert_eq!(kept, sent);
    }
    let said = signals(&map, NOW);
    [said.fresh_for, said.retry_after].into_iter().flatten().for_each(|span| assert!(NOW.plus(span) >= NOW));
    hub(&map);
    charset(&map);
    robots(rest);
}

fn line(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(line[..colon].trim_ascii()).ok()?;
    Some((name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?))
}

fn hub(map: &HeaderMap) {
    let Ok(came_from) = Url::parse("https://news.example/feed") else { return };
    if let Some(offer) = offer(&links(map), &[], None, &came_from) {
        for url in [&offer.hub, &offer.topic] {
            assert!(matches!(url.scheme(), "http" | "https"), "{url}");
        }
    }
}

/// Whatever the header says of the charset and the date, the document is read.
fn charset(map: &HeaderMap) {
    let kind = map.get("content-type").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let context = Context { url: None, content_type: kind.as_deref(), max_entries: 10, now: NOW };
    let mut document = b"<rss><channel><item><title>gr\xfc\xdfe</title><pubDate><![CDATA[".to_vec();
    document.extend(map.get("date").map_or(&b""[..], HeaderValue::as_bytes));
    document.extend(b"]]></pubDate></item></channel></rss>");
    let feed = parse(&document, &context).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    let stated = feed.entries.iter().filter_map(|entry| entry.published);
    stated.for_each(|time| assert!(time <= NOW.plus(Duration::from_secs(86_400)), "{time:?}"));
}

fn robots(file: &[u8]) {
    let (mut robots, page) = (Robots::default(), Url::parse("https://news.example/a?b=c"));
    let Ok(page) = page else { return };
    robots.learn(&page, Some(200), Some(file), NOW);
    match robots.ask(&page, NOW) {
        Some(Verdict::Allowed(pause)) => assert!(pause <= Duration::from_secs(86_400), "{pause:?}"),
        Some(Verdict::Refused) => {}
        None => panic!("forgotten at once"),
    }
}
