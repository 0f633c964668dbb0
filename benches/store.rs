//! What the store costs: `cargo bench --bench store`. Prints wall time and processor time of each step.
//!
//! A cold pass (1,000 feeds of 20 entries of 60 words), judging it, a pass of 1,000 answers "304"; then lists over
//! 100,000 entries that are all hits, each on a freshly opened file as the command line does it, and the window.

use newswatch::model::*;
use newswatch::store::*;
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../tests/store/rows.rs"]
mod rows;

use rows::{content, entry, hit, judge, phrase, poll};

const FEEDS: usize = 1_000;
const PER_FEED: usize = 20;
const WORDS: [&str; 24] = [
    "export",
    "chips",
    "ministry",
    "trade",
    "talks",
    "Behörde",
    "Ausfuhr",
    "Maßnahmen",
    "licence",
    "market",
    "company",
    "said",
    "the",
    "new",
    "rule",
    "shares",
    "量子",
    "稀土",
    "出口管制",
    "week",
    "report",
    "court",
    "plan",
    "budget",
];

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn say(text: &str) {
    println!("{text}");
}

fn main() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(passes(&dir.path().join("pass.db")));
    lists(&dir.path().join("lists.db"));
}

async fn passes(path: &Path) {
    let store = StoreHandle::open_daemon(path).expect("opened");
    let seeds: Vec<FeedSeed> = (0..FEEDS).map(seed).collect();
    store.write(move |tx| tx.sync_feeds(&seeds, Time(0))).await.expect("synced");
    let documents: Vec<Vec<NewEntry>> = (0..FEEDS).map(document).collect();
    let watch = Watch::start();
    for (chunk_at, chunk) in documents.chunks(8).enumerate() {
        let polls =
            chunk.iter().enumerate().map(|(at, entries)| cold(&store, chunk_at * 8 + at, entries.clone()));
        join_all(polls.collect()).await;
    }
    watch.stop("cold pass: 1,000 polls, 20,000 entries, 8 at once");
    let watch = Watch::start();
    while judge_batch(&store).await > 0 {}
    watch.stop("judging: 20,000 entries, one hit in ten, batches of 500");
    let watch = Watch::start();
    for chunk in 0..FEEDS / 8 {
        let polls = (0..8).map(|at| not_modified(&store, chunk * 8 + at));
        join_all(polls.collect()).await;
    }
    watch.stop("304 pass: 1,000 polls, 8 at once");
    let stats = store.read(|read| read.stats()).await.expect("stats");
    say(&format!("file: {:.1} MB", stats.bytes as f64 / 1e6));
    store.close().await.expect("closed");
}

async fn join_all<F: Future<Output = ()> + Send + 'static>(futures: Vec<F>) {
    let tasks: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
    for task in tasks {
        task.await.expect("no panic");
    }
}

fn cold(
    store: &StoreHandle,
    feed: usize,
    entries: Vec<NewEntry>,
) -> impl Future<Output = ()> + Send + 'static {
    let store = store.clone();
    async move {
        let done = store.write(move |tx| {
            let name = FeedId(format!("feed-{feed:04}"));
            tx.absorb_entries(&name, &entries, true, Time(1_000))?;
            let validators = Validators { etag: Some(b"\"abc\"".to_vec()), last_modified: None };
            let record = PollRecord {
                validators: Some(validators),
                body_hash: Some("h".into()),
                ..poll(name.as_str(), 1_000)
            };
            tx.finish_poll(&record)
        });
        done.await.expect("stored");
    }
}

fn not_modified(store: &StoreHandle, feed: usize) -> impl Future<Output = ()> + Send + 'static {
    let store = store.clone();
    async move {
        let name = format!("feed-{feed:04}");
        let record =
            PollRecord { outcome: PollOutcome::NotModified, conditional: true, ..poll(&name, 2_000) };
        store.write(move |tx| tx.finish_poll(&record)).await.expect("stored");
    }
}

async fn judge_batch(store: &StoreHandle) -> usize {
    let pending = store.read(|read| read.pending_entries(500)).await.expect("pending");
    let judgements: Vec<Judgement> =
        pending.iter().map(|entry| judged(entry.id.0, entry.id.0 % 10 == 0)).collect();
    store.write(move |tx| tx.record_judgements(&judgements, Time(1_500))).await.expect("recorded");
    pending.len()
}

fn judged(id: i64, hits: bool) -> Judgement {
    let hits = if hits {
        vec![NewHit { alert: None, silent: Some("backlog".into()), ..hit(&format!("topic-{}", id % 7), &[]) }]
    } else {
        vec![]
    };
    judge(id, 1 + id * 4 / 5, hits)
}

fn lists(path: &Path) {
    let count = 100_000;
    let store = StoreHandle::open_daemon(path).expect("opened");
    let seeds: Vec<FeedSeed> = (0..FEEDS).map(seed).collect();
    store.write_blocking(move |tx| tx.sync_feeds(&seeds, Time(0))).expect("synced");
    for round in 0..count / PER_FEED / FEEDS {
        store
            .write_blocking(move |tx| {
                for feed in 0..FEEDS {
                    let entries: Vec<_> = document(feed + round * FEEDS).into_iter().collect();
                    let now = Time(i64::try_from(round * FEEDS + feed).unwrap_or(0) * 1_000);
                    tx.absorb_entries(&FeedId(format!("feed-{feed:04}")), &entries, false, now)?;
                }
                Ok(())
            })
            .expect("absorbed");
    }
    for start in (1..=i64::try_from(count).unwrap_or(0)).step_by(1_000) {
        let judgements: Vec<_> = (start..start + 1_000).map(|id| judged(id, true)).collect();
        store
            .write_blocking(move |tx| tx.record_judgements(&judgements, Time(start * 50)))
            .expect("recorded");
    }
    store.write_blocking(|tx| tx.add_alert(&content("t", 0, 0), &["log".into()], Time(1))).expect("added");
    store.close_blocking().expect("closed");
    let narrow =
        |narrow: Narrow| HitFilter { narrow: Narrow { limit: 50, ..narrow }, ..HitFilter::default() };
    let all = narrow(Narrow::default());
    let feed = |at: usize| FeedId(format!("feed-{at:04}"));
    let hits = [
        ("all", all.clone()),
        ("one topic", HitFilter { topics: vec!["topic-3".into()], ..all.clone() }),
        (
            "three topics",
            HitFilter { topics: vec!["topic-3".into(), "topic-4".into(), "none".into()], ..all.clone() },
        ),
        ("an unknown topic", HitFilter { topics: vec!["none".into()], ..all.clone() }),
        ("two unknown topics", HitFilter { topics: vec!["none".into(), "nil".into()], ..all.clone() }),
        ("until long ago", narrow(Narrow { until: Some(Time(100_000)), ..Narrow::default() })),
        ("since now", narrow(Narrow { since: Some(Time(9_999_999)), ..Narrow::default() })),
        ("one feed", narrow(Narrow { feeds: vec![feed(7)], ..Narrow::default() })),
        ("two feeds", narrow(Narrow { feeds: vec![feed(7), feed(8)], ..Narrow::default() })),
        (
            "a topic in a feed",
            HitFilter {
                topics: vec!["topic-3".into()],
                ..narrow(Narrow { feeds: vec![feed(7)], ..Narrow::default() })
            },
        ),
        ("a language", narrow(Narrow { langs: vec!["de".into()], ..Narrow::default() })),
        ("an unused language", narrow(Narrow { langs: vec!["xx".into(), "yy".into()], ..Narrow::default() })),
        ("a story", HitFilter { story: Some(StoryId(500)), ..all.clone() }),
        ("told (none)", HitFilter { told: Some(true), ..all.clone() }),
        (
            "told (none), a topic",
            HitFilter { told: Some(true), topics: vec!["topic-3".into()], ..all.clone() },
        ),
        ("first only", HitFilter { first_only: true, ..all.clone() }),
        ("a common word", narrow(Narrow { text: Some(phrase("chips")), ..Narrow::default() })),
        ("a rare word", narrow(Narrow { text: Some(phrase("headline77")), ..Narrow::default() })),
        ("a Chinese phrase", narrow(Narrow { text: Some(phrase("出口管制")), ..Narrow::default() })),
        (
            "a common word, a topic, a language",
            HitFilter {
                topics: vec!["topic-3".into()],
                ..narrow(Narrow {
                    langs: vec!["de".into()],
                    text: Some(phrase("chips")),
                    ..Narrow::default()
                })
            },
        ),
        ("the last page of 50", narrow(Narrow { offset: 99_950, ..Narrow::default() })),
    ];
    for (name, filter) in hits {
        let (time, rows) = opened(path, |read| Ok(read.hits(&filter)?.len()));
        say(&format!("hits list, {name}: {:.1} ms, {rows} rows", millis(time)));
    }
    let text = |text: &str| Narrow { limit: 50, text: Some(phrase(text)), ..Narrow::default() };
    for (name, narrow) in [
        ("all", Narrow { limit: 50, ..Narrow::default() }),
        ("a common word", text("chips")),
        ("one feed", Narrow { limit: 50, feeds: vec![feed(7)], ..Narrow::default() }),
        ("an unused language", Narrow { limit: 50, langs: vec!["xx".into()], ..Narrow::default() }),
    ] {
        let filter = StoryFilter { narrow: narrow.clone(), ..StoryFilter::default() };
        let (time, rows) = opened(path, |read| Ok(read.stories(&filter)?.len()));
        say(&format!("stories list, {name}: {:.1} ms, {rows} rows", millis(time)));
        let filter = EntryFilter { narrow, state: None };
        let (time, rows) = opened(path, |read| Ok(read.entries(&filter)?.len()));
        say(&format!("entries, {name}: {:.1} ms, {rows} rows", millis(time)));
    }
    for (name, question) in [
        ("stats", (|read| Ok(read.stats()?.entries as usize)) as fn(&dyn Read) -> Result<usize>),
        ("topic counts", |read| Ok(read.topic_counts(Time(0))?.len())),
    ] {
        say(&format!("{name}: {:.1} ms", millis(opened(path, question).0)));
    }
    let (time, rows) = opened(path, |read| {
        let mut rows = 0;
        read.window(Time(0), &mut |_| rows += 1)?;
        Ok(rows)
    });
    say(&format!("window: {:.0} ms, {rows} entries", millis(time)));
    let store = StoreHandle::open_daemon(path).expect("opened");
    let begun = Instant::now();
    store.backup_blocking(&path.with_extension("copy")).expect("copied");
    let stats = store.read_blocking(|read| read.stats()).expect("stats");
    say(&format!(
        "backup with check: {:.0} ms of {:.0} MB",
        millis(begun.elapsed()),
        stats.bytes as f64 / 1e6
    ));
    let begun = Instant::now();
    let pruned = store.prune_blocking(Time(2_000_000), Time(0)).expect("pruned");
    say(&format!("prune: {:.0} ms, {} bodies", millis(begun.elapsed()), pruned.bodies));
}

fn opened(path: &Path, question: impl Fn(&dyn Read) -> Result<usize>) -> (Duration, usize) {
    let begun = Instant::now();
    let store = StoreHandle::open_reader(path).expect("opened");
    let rows = store.read_blocking(question).expect("answered");
    drop(store);
    (begun.elapsed(), rows)
}

fn seed(feed: usize) -> FeedSeed {
    let feed = format!("feed-{feed:04}");
    FeedSeed { url: format!("https://{feed}.example/rss"), feed: FeedId(feed), first_due: Time(0) }
}

/// Twenty entries of 60 words, in three languages.
fn document(number: usize) -> Vec<NewEntry> {
    let mut state = number as u64 + 1;
    let mut word = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (state >> 33) as usize;
        if at.is_multiple_of(3) {
            format!("{}{}", WORDS[at % 24], at % 5_000)
        } else {
            WORDS[at % 24].to_owned()
        }
    };
    (0..PER_FEED)
        .map(|at| {
            let id = number * PER_FEED + at;
            let body: Vec<String> = (0..60).map(|_| word()).collect();
            let title: Vec<String> = (0..8).map(|_| word()).collect();
            NewEntry {
                guid: Some(format!("https://feed.example/{id}")),
                url: Some(format!("https://feed.example/news/article-{id}.html?utm_source=rss")),
                canonical_url: Some(format!("https://feed.example/news/article-{id}.html")),
                publisher: Some(format!("Outlet {}", number % 300)),
                lang: Some(["en", "de", "zh"][id % 3].to_owned()),
                published: Some(Time(900)),
                ..entry(&format!("guid:{id}"), &format!("headline{id} {}", title.join(" ")), &body.join(" "))
            }
        })
        .collect()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Wall time and the processor time of the whole process.
struct Watch(Instant, Duration);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), processor_time())
    }

    fn stop(self, what: &str) {
        let spent = processor_time().saturating_sub(self.1);
        say(&format!("{what}: {:.0} ms, processor {:.0} ms", millis(self.0.elapsed()), millis(spent)));
    }
}

/// User and system time from `/proc/self/stat` (ticks of 10 ms); zero where there is none.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
