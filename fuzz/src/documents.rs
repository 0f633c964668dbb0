//! Documents of strangers: feeds, web pages that came instead, lists of feeds.

use super::WINDOW;
use newswatch::config::{FeedConfig, Location, opml as list};
use newswatch::intake::key::{FeedFacts, new_entry};
use newswatch::intake::parse::{Context, ParseError, feed_links, page_text, parse, to_json};
use newswatch::model::{FeedId, ParsedEntry, ParsedFeed, Time};
use std::collections::HashSet;
use std::time::Duration;
use url::Url;

/// 2026-01-01T00:00:00Z
const NOW: Time = Time(1_767_225_600_000);
/// Entries read at most, to meet the cap now and then.
const MOST: usize = 50;

/// A feed, or whatever came instead: no crash, and every promise of the parser kept.
pub fn feed(data: &[u8]) {
    let data = &data[..data.len().min(WINDOW)];
    let url = Url::parse("https://news.example/a/feed.xml").ok();
    let known = Context { url: url.as_ref(), content_type: None, max_entries: MOST, now: NOW };
    // Half of the documents come with nothing said about them, half with a label that is often wrong.
    let context = match data.len() % 2 {
        0 => Context { url: None, ..known },
        _ => Context { content_type: Some("text/xml; charset=iso-8859-2"), ..known },
    };
    let result = parse(data, &context);
    assert!(to_json(&result, "input").is_object());
    match &result {
        Ok(feed) => keeps_its_promises(feed),
        Err(ParseError::Panic(message)) => panic!("the parser crashed: {message}"),
        Err(error) => {
            assert!(!error.to_string().contains(|c: char| c.is_control() && c != '\n'), "{error:?}")
        }
    }
    assert_eq!(result, parse(data, &context), "the same bytes, another reading");
    feed_links(data, url.as_ref()).iter().for_each(|found| assert!(!found.url.is_empty()));
    if let Ok((title, body)) = page_text(data, &context) {
        [title, body].iter().for_each(|text| is_plain(text));
    }
}

fn keeps_its_promises(feed: &ParsedFeed) {
    assert!(feed.entries.len() <= MOST);
    let times = |time: Option<Time>| time.is_none_or(|time| time <= NOW.plus(Duration::from_secs(86_400)));
    assert!(times(feed.published) && times(feed.updated));
    [&feed.title, &feed.subtitle, &feed.rights].into_iter().flatten().for_each(|text| is_plain(text));
    [&feed.link, &feed.image, &feed.self_link, &feed.next_page]
        .into_iter()
        .flatten()
        .for_each(|link| is_safe(link));
    feed.hubs.iter().for_each(|hub| is_safe(hub));
    for warning in &feed.warnings {
        assert!(warning.entry.is_none_or(|entry| entry <= feed.entries.len()), "{warning:?}");
    }
    let facts = FeedFacts { feed_publisher: None, document: feed, lang: None };
    for entry in &feed.entries {
        assert!(times(entry.published) && times(entry.updated), "{entry:?}");
        of_an_entry(entry);
        assert_eq!(new_entry(entry, &facts).key.len(), 32);
    }
}

fn of_an_entry(entry: &ParsedEntry) {
    assert!(!entry.title.contains('\n'), "{:?}", entry.title);
    is_plain(&entry.title);
    [&entry.summary, &entry.content, &entry.rights].into_iter().flatten().for_each(|text| is_plain(text));
    [&entry.link, &entry.comments].into_iter().flatten().for_each(|link| is_safe(link));
    entry.enclosures.iter().for_each(|file| is_safe(&file.url));
    let unique: HashSet<&String> = entry.categories.iter().collect();
    assert_eq!(unique.len(), entry.categories.len(), "{:?}", entry.categories);
    entry.categories.iter().for_each(|name| is_plain(name));
}

/// A text a person may be shown: no control characters but line breaks, no white space around it.
fn is_plain(text: &str) {
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    assert_eq!(text.trim(), text);
}

/// A link that may be followed.
fn is_safe(link: &str) {
    let scheme = Url::parse(link).unwrap_or_else(|error| panic!("{link:?}: {error}")).scheme().to_owned();
    assert!(matches!(scheme.as_str(), "http" | "https" | "mailto"), "{link:?}");
}

/// A list of feeds: no crash, its bounds kept, and what is written of it is read again the same.
pub fn opml(data: &[u8]) {
    let text = list::decode(&data[..data.len().min(WINDOW)]);
    let Ok(found) = list::read(&text) else { return };
    for refused in &found.refused {
        assert!(refused.offset <= text.len() && !refused.reason.contains('\n'), "{refused:?}");
    }
    let mut seen = HashSet::new();
    for outline in &found.outlines {
        assert!(matches!(outline.url.scheme(), "http" | "https"), "{}", outline.url);
        assert!(text.get(outline.offset..).is_some_and(|rest| rest.starts_with('<')), "{outline:?}");
        assert!(seen.insert(outline.url.as_str()), "twice: {}", outline.url);
    }
    let feeds: Vec<FeedConfig> = found.outlines.iter().enumerate().map(configured).collect();
    let again = list::read(&list::write("again", &feeds)).expect("our own list");
    assert_eq!(again.refused, []);
    let facts = |outline: &list::Outline| (outline.url.clone(), outline.lang.clone());
    let sorted = |outlines: &[list::Outline]| {
        let mut all: Vec<_> = outlines.iter().map(facts).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&again.outlines), sorted(&found.outlines));
}

fn configured((at, outline): (usize, &list::Outline)) -> FeedConfig {
    FeedConfig {
        id: FeedId::from(format!("feed-{at}").as_str()),
        url: outline.url.clone(),
        title: outline.title.clone(),
        tags: outline.tags.clone(),
        lang: outline.lang.clone(),
        publisher: None,
        interval: None,
        headers: Vec::new(),
        full_text: false,
        at: Location::default(),
    }
}
