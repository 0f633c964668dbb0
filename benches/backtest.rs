//! What a backtest costs: `cargo bench --bench backtest`. 100,000 stored entries of 235 words, a sixth of them with words of the
//! topics, judged by the four ready-made topics as a draft and as the version in force. Prints wall and processor time.

use newswatch::app::App;
use newswatch::clock::{Clock, SystemClock};
use newswatch::config::{self, Overrides};
use newswatch::model::*;
use newswatch::store::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "../tests/store/rows.rs"]
#[expect(dead_code, reason = "every user of the rows takes its own part")]
mod rows;

const ENTRIES: usize = 100_000;
const WORDS: usize = 235;
const PER_COMMIT: usize = 1_000;
/// Different words of the texts.
const VOCABULARY: usize = 20_000;
const SUBJECTS: [&str; 8] =
    ["chips", "export", "controls", "artificial", "intelligence", "travel", "regulation", "rare earths"];

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn say(text: &str) {
    println!("{text}");
}

fn main() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("history.db");
    let overrides = Overrides::default().with_flag("store.path", path.display().to_string());
    let config = config::load(Path::new("config/newswatch.toml"), &overrides).expect("a configuration");
    fill(&config.store.path, config.feeds[0].id.clone());
    let files: Vec<PathBuf> =
        config.topics.iter().map(|topic| PathBuf::from(format!("config/topics/{}.toml", topic.id))).collect();
    let draft = config::load_topics(&files).expect("topics");
    let app = App::for_reading(Arc::new(config)).expect("a store");
    for _ in 0..3 {
        let (wall, spent) = (Instant::now(), processor_time());
        let report = app.backtest(&draft, Time(0), &|_, _| {}).expect("judged");
        let hits: u64 = report.topics.iter().map(|topic| topic.hits).sum();
        assert_eq!(report.size.entries, ENTRIES as u64);
        say(&format!(
            "backtest: {} entries, {} topics, {hits} hits: {:.2} s, processor {:.2} s",
            report.size.entries,
            report.topics.len(),
            wall.elapsed().as_secs_f64(),
            processor_time().saturating_sub(spent).as_secs_f64()
        ));
    }
}

fn fill(path: &Path, feed: FeedId) {
    let store = StoreHandle::open_daemon(path).expect("opened");
    let now = SystemClock.now();
    let seed = FeedSeed { feed: feed.clone(), url: "https://news.example/feed".into(), first_due: now };
    store.write_blocking(move |tx| tx.sync_feeds(std::slice::from_ref(&seed), now)).expect("synced");
    let mut random = fastrand::Rng::with_seed(1);
    for first in (0..ENTRIES).step_by(PER_COMMIT) {
        let ids = first..first + PER_COMMIT;
        let entries: Vec<NewEntry> = ids.clone().map(|at| entry(at, &mut random)).collect();
        let judgements: Vec<Judgement> = ids
            .map(|at| Judgement { opened: true, ..rows::judge(at as i64 + 1, at as i64 + 1, Vec::new()) })
            .collect();
        let feed = feed.clone();
        let work = move |tx: &mut dyn Tx| {
            tx.absorb_entries(&feed, &entries, false, now)?;
            tx.record_judgements(&judgements, now)
        };
        store.write_blocking(work).expect("stored");
    }
    store.close_blocking().expect("closed");
}

fn entry(at: usize, random: &mut fastrand::Rng) -> NewEntry {
    let mut text = |words: usize| -> String { (0..words).map(|_| word(at, random) + " ").collect() };
    let (title, body) = (text(10), text(WORDS - 10));
    rows::entry(&at.to_string(), &title, &body)
}

/// Frequent words more often than rare ones; in every sixth text some of the topics' own.
fn word(at: usize, random: &mut fastrand::Rng) -> String {
    if at.is_multiple_of(6) && random.usize(..20) == 0 {
        return SUBJECTS[random.usize(..SUBJECTS.len())].to_owned();
    }
    let rank = (VOCABULARY as f64).powf(random.f64()) as usize;
    let letters = ["ka", "to", "ri", "mes", "lo", "ban", "de", "wi", "sur", "na"];
    let digits = rank.to_string();
    digits.bytes().map(|digit| letters[usize::from(digit - b'0')]).collect()
}

/// User and system time from `/proc/self/stat` (ticks of 10 ms); zero where there is none.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
