//! Documents made to harm: each ends in one answer, soon, in bounded memory.
//!
//! One test in its own process, because it measures the process's peak of resident memory (`VmHWM`, set back before each
//! step): bombs of every compression, entities, depth, attributes, names, items and unclosed markup (S5 to S9 of the
//! security tests).

#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

use flate2::{Compression, write::GzEncoder};
use newswatch::intake::key::{FeedFacts, new_entry};
use newswatch::intake::parse::{Context, ParseError, parse};
use newswatch::model::{ParsedFeed, Time};
use std::io::Write as _;
use std::time::{Duration, Instant};

const MIB: usize = 1024 * 1024;
/// Generous for a debug build on a busy machine; a step that is not linear takes hours on these inputs.
const PATIENCE: Duration = Duration::from_secs(10);

fn read(bytes: &[u8]) -> Result<ParsedFeed, ParseError> {
    let context = Context { url: None, content_type: None, max_entries: 2000, now: Time(1_767_225_600_000) };
    let start = Instant::now();
    let result = parse(bytes, &context);
    assert!(start.elapsed() < PATIENCE, "took {:?}: {:?}", start.elapsed(), result.as_ref().err());
    assert!(!matches!(result, Err(ParseError::Panic(_))), "{result:?}");
    if let Ok(feed) = &result {
        let facts = FeedFacts { feed_publisher: None, document: feed, lang: None };
        let entries: Vec<_> = feed.entries.iter().map(|entry| new_entry(entry, &facts)).collect();
        assert!(start.elapsed() < 2 * PATIENCE, "{} entries took {:?}", entries.len(), start.elapsed());
    }
    result
}

/// Peak memory of this process in bytes; `None` where the system does not say.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_ascii_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib * 1024)
}

/// Memory in use now, in bytes.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_ascii_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib * 1024)
}

/// Runs `work` and asserts that memory grew by no more than `most` bytes at any moment of it.
fn within(most: usize, says: &str, work: impl FnOnce()) {
    // Linux: sets the peak back to what is in use now. Without it an earlier peak would hide a later one.
    let set_back = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = if set_back { resident() } else { peak() };
    work();
    if let (Some(before), Some(after)) = (before, peak()) {
        let grown = after.saturating_sub(before);
        assert!(grown <= most, "{says}: grew by {} MiB", grown / MIB);
    }
}

fn gzip(head: &str, zeros: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(head.as_bytes()).unwrap();
    let block = vec![b' '; MIB];
    for _ in 0..zeros {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

fn feed(inside: &str) -> String {
    format!("<rss version='2.0'><channel><title>t</title>{inside}</channel></rss>")
}

#[test]
fn hostile_documents_end_soon_and_small() {
    bombs_over_http();
    compression_bombs();
    item_bombs();
    depth_attributes_and_names();
    facts_that_are_copied();
    slow_looks();
    entities_and_references();
    unclosed_markup();
}

fn compression_bombs() {
    let bomb = gzip("<rss>", 200);
    within(20 * MIB, "a gzip bomb stays within twice the cap", || {
        assert!(matches!(read(&bomb), Err(ParseError::TooLarge(_))));
    });
    let twice = {
        let mut outer = GzEncoder::new(Vec::new(), Compression::fast());
        outer.write_all(&gzip("<rss>", 8)).unwrap();
        outer.finish().unwrap()
    };
    assert!(read(&twice).is_err(), "growth counts over all layers");
    let sound = gzip(&feed("<item><title>x</title></item>"), 0);
    assert_eq!(read(&sound).map(|feed| feed.entries.len()), Ok(1), "an undeclared gzip body is read");
    let cut = &sound[..sound.len() - 6];
    assert_eq!(read(cut).map(|feed| feed.entries.len()), Ok(1), "also without its end");
}

/// S5: sixty megabytes of blanks in every encoding, over loopback as a feed would come, cap 10 MB: twice the cap at most.
fn bombs_over_http() {
    const CAP: u64 = 10_000_000;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        let packed = support::server::compress(encoding, &vec![b' '; 60 * MIB]);
        let server = runtime.block_on(support::server::FeedServer::start());
        let reply = support::server::Reply::ok(packed).header("Content-Encoding", encoding);
        server.on("/feed", [reply]);
        let url = server.url("/feed");
        let net = newswatch::config::NetConfig {
            allow_addresses: vec!["127.0.0.0/8".parse().unwrap()],
            allow_ports: Vec::new(),
            contact: String::new(),
            proxy: None,
        };
        let guard = newswatch::net::Guard::new(&net);
        let client = newswatch::net::client(&net, &guard, &newswatch::net::ClientOptions::default()).unwrap();
        within(2 * CAP as usize, encoding, || {
            let read = async {
                let header = newswatch::net::ACCEPT_ENCODING;
                let answer = client.get(url).header("Accept-Encoding", header).send().await.unwrap();
                newswatch::net::read_body(answer, CAP).await
            };
            let error = runtime.block_on(read).expect_err("too large");
            assert_eq!(error.kind, newswatch::net::NetErrorKind::TooLarge, "{encoding}: {error}");
        });
    }
}

fn item_bombs() {
    let empty = format!("<rss version='2.0'><channel>{}", "<item></item>".repeat(700_000));
    within(32 * MIB, "700,000 empty items", || {
        assert_eq!(read(empty.as_bytes()).map(|feed| feed.entries.len()), Ok(2000));
    });
    within(160 * MIB, "the same in 16 threads", || {
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| assert_eq!(read(empty.as_bytes()).map(|feed| feed.entries.len()), Ok(2000)));
            }
        });
    });
    let json = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{}{{}}]}}",
        "{},".repeat(2_000_000)
    );
    within(100 * MIB, "2,000,000 empty items of JSON", || {
        assert_eq!(read(json.as_bytes()).map(|feed| feed.entries.len()), Ok(2000));
    });
    let tags = feed(&format!("<item>{}</item>", "<category>x</category>".repeat(200_000)));
    assert_eq!(read(tags.as_bytes()).map(|feed| feed.entries[0].categories.len()), Ok(1));
    let many: String = (0..200_000).map(|at| format!("<category>{at}</category>")).collect();
    assert!(read(feed(&format!("<item>{many}</item>")).as_bytes()).is_ok(), "200,000 categories");
    let people: String = (0..100_000).map(|at| format!("<author>a{at}@b.org</author>")).collect();
    assert!(read(feed(&format!("<item>{people}</item>")).as_bytes()).is_ok(), "100,000 authors");
    let files: String = (0..50_000)
        .map(|at| format!("<m:content xmlns:m='http://search.yahoo.com/mrss/' url='http://a.b/{at}'/>"))
        .collect();
    assert!(read(feed(&format!("<item>{files}</item>")).as_bytes()).is_ok(), "50,000 media files");
    let hubs: String = (0..50_000).map(|at| format!("<link rel='hub' href='http://a.b/{at}'/>")).collect();
    assert!(read(feed(&hubs).as_bytes()).is_ok(), "50,000 hubs");
}

fn depth_attributes_and_names() {
    let refused = |text: String, says: &str| {
        assert!(matches!(read(text.as_bytes()), Err(ParseError::Malformed(_))), "{says}");
    };
    refused(feed(&"<a>".repeat(200_000)), "depth in the channel");
    refused(feed(&format!("<item><description>{}", "<a>".repeat(200_000))), "depth in a text");
    refused(
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'>{}",
            "<div>".repeat(200_000)
        ),
        "depth in XHTML",
    );
    refused(feed(&format!("<x {}/>", "a='b' ".repeat(400_000))), "attributes");
    refused(feed(&format!("<{}/>", "n".repeat(MIB))), "a name");
    let deep = feed(&format!("<item><description>{}x</description></item>", "&lt;div>".repeat(200_000)));
    assert_eq!(
        read(deep.as_bytes()).unwrap().entries[0].summary.as_deref(),
        Some("x"),
        "depth in escaped HTML is harmless"
    );
    let json = format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":{}", "[".repeat(500_000));
    assert!(matches!(read(json.as_bytes()), Err(ParseError::Malformed(_))), "depth in JSON");
    let namespaces: String = (0..1000).map(|at| format!("xmlns:n{at}='u' ")).collect();
    assert!(read(feed(&format!("<x {namespaces}/>").repeat(200)).as_bytes()).is_ok(), "namespaces");
}

/// What stands once in a document and is carried by each of its entries.
fn facts_that_are_copied() {
    let items = "<item><title>x</title><link>?y</link><comments>?z</comments></item>".repeat(2000);
    let long = "x".repeat(3 * MIB);
    for (document, says) in [
        (format!("<rss xml:base='http://a.b/{long}/'><channel>{items}"), "a base of 3 MiB"),
        (feed(&format!("<link>http://a.b/{long}</link>{items}")), "a site of 3 MiB"),
        (feed(&format!("<author>{long}</author>{items}")), "an author of 3 MiB"),
        (feed(&format!("<title>{long}</title>{items}")), "a publisher of 3 MiB"),
        (feed(&format!("<language>{long}</language>{items}")), "a language of 3 MiB"),
        (
            feed(&format!("{}{items}", format!("<author>{}</author>", "y".repeat(9000)).repeat(250))),
            "250 authors",
        ),
        (
            format!(
                "<rss xml:base='http://a.b/{}/'><channel>{}",
                "x".repeat(8000),
                format!("<item>{}</item>", "<enclosure url='?a'/>".repeat(100)).repeat(2000)
            ),
            "200,000 files relative to 8 KB",
        ),
    ] {
        within(120 * MIB, says, || {
            assert_eq!(read(document.as_bytes()).map(|feed| feed.entries.len()), Ok(2000))
        });
    }
}

/// Documents on which looking at each piece costs a look at many others.
fn slow_looks() {
    let declarations =
        |level: usize| (0..900).map(|at| format!("xmlns:n{level}x{at}='u' ")).collect::<String>();
    let nested: String = (0..200).map(|level| format!("<a {}>", declarations(level))).collect();
    let stated: String =
        (0..40_000).map(|at| format!("<link rel=alternate type=text/xml href=x{at}>")).collect();
    for (document, says) in [
        (feed(&format!("{nested}{}", "<b/>".repeat(100_000))), "180,000 namespaces in force"),
        (
            feed(&format!("<item><title>{}</title></item>", "&lt;/b".repeat(150_000))),
            "end tags without an end",
        ),
        (
            feed(&format!("<item>{}</item>", "<pubDate>1 a b c d e f g h i j k l</pubDate>".repeat(30_000))),
            "dates",
        ),
        (feed(&format!("{}{}", "<a>".repeat(250), "<b></b>".repeat(100_000))), "elements deep down"),
        (format!("<!doctype html><html>{stated}"), "a page that names 40,000 feeds"),
    ] {
        within(64 * MIB, says, || drop(read(document.as_bytes())));
    }
}

fn entities_and_references() {
    let laughs = "<!DOCTYPE rss [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c SYSTEM \"http://127.0.0.1:1/x\">]>";
    let text = format!("{laughs}{}", feed("<item><title>&b; &c; &eacute;</title></item>"));
    assert_eq!(
        read(text.as_bytes()).unwrap().entries[0].title,
        "&b; &c; é",
        "declared entities stay as they stand"
    );
    let numbers = feed("<item><title>a&#0;b&#xD800;c&#x110000;d&#999999999999;e</title></item>");
    assert_eq!(read(numbers.as_bytes()).unwrap().entries[0].title, "abcde");
}

fn unclosed_markup() {
    let pieces = [
        "<!-- >",
        "<![CDATA[",
        "<![CDATA[</x",
        "<x><![CDATA[</x>",
        "<![",
        "<? >",
        "<a b=\"",
        "<a b='>",
        "</",
        "<",
        "&",
        "<item>",
        "<title>",
        "<author>",
        "<script>",
        "&lt;script>",
        "&lt;a b=\"",
        "&lt;!--",
        "<description>",
        "<link>",
        "]]>",
        "<!DOCTYPE [",
    ];
    for piece in pieces {
        let text = format!("<rss><channel><item><description>{}", piece.repeat(MIB / 4 / piece.len()));
        drop(read(text.as_bytes()));
        let text = format!("{}]]> ?> -->", text.replace("<description>", ""));
        drop(read(text.as_bytes()));
    }
}
