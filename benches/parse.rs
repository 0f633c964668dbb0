//! How fast feeds are read: bytes per second on one core, beside bare feed-rs on the same clean documents.
//!
//! `cargo bench --bench parse`. The documents are made here, always the same: 2,000 items of some 60 words with
//! escaped HTML; once as RSS 2.0, once as Atom 1.0, once as RSS with the damage real feeds have.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newswatch::intake::parse::{Context, parse};
use newswatch::model::Time;
use std::fmt::Write as _;
use std::hint::black_box;

const ITEMS: usize = 2_000;
const WORDS: &[&str] = &[
    "export",
    "controls",
    "on",
    "chips",
    "and",
    "Größe",
    "ministry",
    "said",
    "the",
    "new",
    "rules",
    "出口管制",
    "apply",
    "from",
    "Monday",
    "to",
    "every",
    "firm",
    "in",
    "the",
    "région",
];

fn words(seed: usize, count: usize) -> String {
    let picked: Vec<&str> = (0..count).map(|at| WORDS[(seed * 7 + at * 13 + at / 5) % WORDS.len()]).collect();
    picked.join(" ")
}

fn rss(damaged: bool) -> String {
    let version = if damaged { "" } else { " version=\"2.0\"" };
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss{version}><channel><title>Bench</title>\
         <link>https://example.org/</link><description>x</description>"
    );
    for item in 0..ITEMS {
        let (sign, open) = if damaged { ("& &nbsp;", "<b>") } else { ("&amp;", "") };
        let _ = write!(
            text,
            "<item><title>{} {sign} {}{open}</title><link>https://example.org/{item}</link>\
             <guid isPermaLink=\"false\">id-{item}</guid><pubDate>Mon, 06 May 2024 07:08:09 GMT</pubDate>\
             <category>News</category><description>&lt;p&gt;{}&lt;/p&gt; &lt;a href=\"https://example.org/\"&gt;more\
             &lt;/a&gt;</description></item>",
            words(item, 6),
            words(item + 1, 3),
            words(item, 60)
        );
    }
    text + if damaged { "" } else { "</channel></rss>" }
}

fn atom() -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Bench</title>\
         <id>urn:bench</id><updated>2024-05-06T07:08:09Z</updated>",
    );
    for item in 0..ITEMS {
        let _ = write!(
            text,
            "<entry><title>{}</title><id>urn:bench:{item}</id><link href=\"https://example.org/{item}\"/>\
             <updated>2024-05-06T07:08:09Z</updated><author><name>Ann Lee</name></author>\
             <content type=\"html\"><![CDATA[<p>{}</p><p>{}</p>]]></content></entry>",
            words(item, 9),
            words(item, 40),
            words(item + 3, 30)
        );
    }
    text + "</feed>"
}

fn documents(criterion: &mut Criterion) {
    let context = Context { url: None, content_type: None, max_entries: ITEMS, now: Time(1_750_000_000_000) };
    for (name, text, clean) in
        [("rss", rss(false), true), ("atom", atom(), true), ("damaged rss", rss(true), false)]
    {
        let found = parse(text.as_bytes(), &context).map(|feed| feed.entries.len());
        assert_eq!(found, Ok(ITEMS), "{name}");
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20).throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("newswatch", |bench| bench.iter(|| parse(black_box(text.as_bytes()), &context)));
        if clean {
            group.bench_function("feed-rs", |bench| {
                bench.iter(|| {
                    feed_rs::parser::parse(black_box(text.as_bytes())).map(|feed| feed.entries.len())
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, documents);
criterion_main!(benches);
