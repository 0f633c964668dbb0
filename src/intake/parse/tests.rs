//! Whole documents through the public door.
//!
//! The fixtures under `tests/data/feeds` each say what they show and what is expected; the expectation beside them
//! names only what matters: every key in it must be in the document's JSON form with the same value, and lists must
//! be as long.

use super::*;
use proptest::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// 2026-01-01T00:00:00Z.
const NOW: Time = Time(1_767_225_600_000);

fn read(bytes: &[u8], url: Option<&Url>) -> Result<ParsedFeed, ParseError> {
    parse(bytes, &Context { url, content_type: None, max_entries: 2000, now: NOW })
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| !file.to_string_lossy().ends_with(".expected.json"));
    files.sort();
    files
}

/// Where `found` lacks something that is expected, in words.
fn lacks(found: &Value, expected: &Value, place: &str) -> Option<String> {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected.iter().find_map(|(key, value)| {
            lacks(found.get(key).unwrap_or(&Value::Null), value, &format!("{place}.{key}"))
        }),
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => found
            .iter()
            .zip(expected)
            .enumerate()
            .find_map(|(at, (found, expected))| lacks(found, expected, &format!("{place}[{at}]"))),
        (found, expected) => (found != expected).then(|| format!("{place}: {found}, expected {expected}")),
    }
}

#[test]
fn fixtures_are_read_as_they_say() {
    let url = Url::parse("https://fixture.example/").ok();
    let files = fixtures();
    assert!(files.len() > 15, "the fixtures are there");
    let mut wrong = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let expected = std::fs::read_to_string(file.with_extension("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        // A page and a JSON Feed are read with their address, the others without: both are ways in.
        let with_url = file.extension().is_some_and(|kind| kind == "html" || kind == "json");
        let found = to_json(&read(&bytes, url.as_ref().filter(|_| with_url)), "x");
        if let Some(lack) = lacks(&found, &expected, "") {
            wrong.push(format!("{}{lack}\n{found}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_no_feed_is_named() {
    let rows = [
        ("", "the document is empty"),
        (" \n\u{feff}", "the document is empty"),
        ("Not found", "not a feed but plain text beginning \"Not found\""),
        ("<urlset></urlset>", "not a feed but a sitemap"),
        ("<thing/>", "not a feed but an XML document with the root <thing>"),
        ("[1, 2]", "not a feed but a JSON list, not a JSON Feed"),
        ("<html><title>Hi</title>", "a web page came instead of a feed (\"Hi\")"),
        ("<!DOCTYPE html><p>x", "a web page came instead of a feed"),
        ("%PDF-1.7", "not a feed but a PDF document"),
        ("<tv><channel><title>x</title></channel></tv>", "not a feed but an XML document with the root <tv>"),
    ];
    for (text, expected) in rows {
        let error = read(text.as_bytes(), None).map_err(|error| error.to_string());
        assert_eq!(error.err().as_deref(), Some(expected), "{text}");
    }
    let broken = read(b"{\"version\": ", None);
    assert!(matches!(broken, Err(ParseError::Malformed(_))), "{broken:?}");
}

#[test]
fn every_spelling_of_a_version_gives_its_entries() {
    let item = "<item><title>x</title></item>";
    let rss = [
        "",
        "version=''",
        "version='0.90'",
        "version='0.93'",
        "version='2'",
        "version='2.0 '",
        "VERSION=\"2.01\"",
    ];
    for version in rss {
        let text = format!("<rss {version}><channel>{item}</channel></rss>");
        assert_eq!(read(text.as_bytes(), None).map(|feed| feed.entries.len()), Ok(1), "{version}");
    }
    let namespaces = [
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "urn:other",
    ];
    for namespace in namespaces {
        let text = format!(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='{namespace}'><channel/>{item}</rdf:RDF>"
        );
        assert_eq!(read(text.as_bytes(), None).map(|feed| feed.entries.len()), Ok(1), "{namespace}");
    }
    for root in ["a:feed xmlns:a='http://www.w3.org/2005/Atom'", "a:feed xmlns:a='http://purl.org/atom/ns#'"]
    {
        let text = format!("<{root}><a:entry><a:title>x</a:title></a:entry></a:feed>");
        let feed = read(text.as_bytes(), None).unwrap();
        assert_eq!(feed.entries[0].title, "x", "{root}");
    }
}

#[test]
fn missing_end_tags_of_entries_and_parts_cost_nothing() {
    let text = format!(
        "<rss><channel><link>https://h.example/</link><image><url>https://h.example/i.png</url>{}",
        "<item><title>x</title><author>a".repeat(400)
    );
    let feed = read(text.as_bytes(), None).unwrap();
    assert_eq!(feed.entries.len(), 400);
    assert_eq!(feed.entries[7].authors[0].name.as_deref(), Some("a"));
    let nested = "<rss><channel><link>https://h.example/</link><item><title>o</title><item><title>i</title></item>\
        <link>https://h.example/o</link></item></channel></rss>";
    let feed = read(nested.as_bytes(), None).unwrap();
    assert_eq!((feed.entries.len(), feed.link.as_deref()), (2, Some("https://h.example/")));
}

#[test]
fn the_cap_on_entries_stops_the_walk() {
    let text = format!("<rss><channel>{}", "<item><title>x</title></item>".repeat(50));
    let context = Context { url: None, content_type: None, max_entries: 7, now: NOW };
    let feed = parse(text.as_bytes(), &context).unwrap();
    assert_eq!(feed.entries.len(), 7);
    assert_eq!(feed.warnings[0].code, "too-many-entries");
}

#[test]
fn entries_that_share_an_id_or_a_link_get_keys_of_their_own() {
    use crate::intake::key::{FeedFacts, new_entry};
    let text = "<rss><channel><item><title>A</title><link>https://h.example/</link><guid>x</guid></item>\
        <item><title>B</title><link>https://h.example</link><guid>x</guid><description>b</description></item>\
        <item><title>C</title><link>http://www.h.example/</link><description>c</description></item>\
        <item><title>D</title><link>https://h.example/d</link></item></channel></rss>";
    let feed = read(text.as_bytes(), None).unwrap();
    let facts = FeedFacts { feed_publisher: None, document: &feed, lang: None };
    let mut keys: Vec<String> = feed.entries.iter().map(|entry| new_entry(entry, &facts).key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4, "{:?}", feed.warnings);
}

#[test]
fn json_with_raw_line_breaks_and_broken_surrogates_is_read() {
    let text = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"a\tb\nc\",\"items\":[\
        {\"id\":\"1\",\"content_text\":\"x \\ud83d y \\ud83d\\ude00 \\\\ud83d\"}]}";
    let feed = read(text.as_bytes(), None).unwrap();
    assert_eq!(feed.title.as_deref(), Some("a b c"));
    assert_eq!(feed.entries[0].content.as_deref(), Some("x \u{fffd} y \u{1f600} \\ud83d"));
}

#[test]
fn a_crash_inside_is_an_error_outside() {
    let caught = guarded(|| panic!("boom at {}", 7));
    assert_eq!(caught, Err(ParseError::Panic("boom at 7".to_owned())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Nothing crashes the reader, and nothing that may not leave it does.
    #[test]
    fn any_mixture_of_pieces_is_survived(pieces in prop::collection::vec(piece(), 0..60), cut in 0_usize..2000) {
        let mut bytes: Vec<u8> = pieces.concat();
        bytes.truncate(bytes.len().saturating_sub(cut % 40));
        match read(&bytes, None) {
            Err(ParseError::Panic(message)) => prop_assert!(false, "{message}"),
            Ok(feed) => for entry in &feed.entries {
                let body = entry.body();
                prop_assert!(!entry.title.contains(char::is_control), "{:?}", entry.title);
                prop_assert!(!body.contains(|c: char| c.is_control() && c != '\n'), "{body:?}");
                let safe = |url: &str| ["http:", "https:", "mailto:"].iter().any(|scheme| url.to_lowercase().starts_with(scheme));
                prop_assert!(entry.link.as_deref().is_none_or(safe), "{:?}", entry.link);
            },
            Err(_) => {}
        }
    }
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        "<rss version='2.0'>",
        "<channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<link>",
        "</link>",
        "<entry>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<content type='xhtml'>",
        "<author>",
        "<source>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "&",
        "&amp;",
        "&#0;",
        "&#x85;",
        "<",
        ">",
        "\"",
        "<a href=\"",
        "java\nscript:alert(1)",
        "https://a.example/",
        "（a@b.cn）",
        "Ã¼",
        "\u{7}",
        "\u{85}",
        "<pubDate>",
        "99999999999999999999",
        "Mon, 06 May 2024",
        "</",
        "<?xml ?>",
        "<guid isPermaLink='true'>",
        "<p>",
        "<script>",
        "<itunes:duration>",
        "{\"version\":",
        "[",
        "<rdf:RDF>",
    ];
    prop_oneof![
        9 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}
