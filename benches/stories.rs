//! Measures the story engine: quality on labelled streams, speed and memory on made-up ones.
//!
//! `NEWSWATCH_STORIES=dev.jsonl.gz cargo bench --bench stories` scores a file of labelled articles, one JSON object
//! a line in order of arrival with `id`, `set`, `story`, `title`, `summary`, `url`, `source`, `lang`, `published`; each
//! `set` is a stream of its own. `NEWSWATCH_STORIES_PREDICTIONS=out.tsv` also writes `id <TAB> story`. Without a
//! file only speed is measured. `NEWSWATCH_STORIES_WINDOWS=100000,1000000` chooses the sizes of the window.
//! `NEWSWATCH_STORIES_START=200000` fills a store with so many judged entries and measures how long a desk takes to
//! have them in memory again. `NEWSWATCH_STORIES_MIRANDA=dataset.test.json` scores the test set of Miranda, Znotiņš, Cohen and
//! Barzdins (EMNLP 2018) as its authors do: pairwise ("standard") and BCubed figures for each language, and for all
//! languages in one stream. The file is one JSON array of documents with `id`, `lang` (`eng`, `deu`, `spa`), `date`,
//! `cluster`, `title` and `text`; it is not ours to ship.

use newswatch::clock::{Clock, SystemClock};
use newswatch::desk::restore_window;
use newswatch::desk::story::{Item, Stories, StorySettings};
use newswatch::model::{EntryId, FeedId, NewEntry, StoryId, Time};
use newswatch::store::*;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

#[path = "stories/miranda.rs"]
mod miranda;
#[path = "../tests/store/rows.rs"]
#[expect(dead_code, reason = "every user of the rows takes its own part")]
mod rows;

#[derive(Deserialize)]
struct Article {
    id: String,
    set: String,
    story: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    lang: String,
    published: Time,
}

impl Article {
    fn item(&self, id: i64) -> Item<'_> {
        Item {
            id: EntryId(id),
            feed: &self.source,
            key: &self.id,
            canonical_url: None,
            title: &self.title,
            body: &self.summary,
            lang: (!self.lang.is_empty()).then_some(&*self.lang),
            publisher: (!self.source.is_empty()).then_some(&*self.source),
            time: self.published,
        }
    }
}

fn main() -> anyhow::Result<()> {
    if let Ok(path) = std::env::var("NEWSWATCH_STORIES") {
        quality(&path)?;
    }
    if let Ok(path) = std::env::var("NEWSWATCH_STORIES_MIRANDA") {
        return miranda::measure(&path);
    }
    let windows = std::env::var("NEWSWATCH_STORIES_WINDOWS").unwrap_or_else(|_| "100000,200000".to_owned());
    for window in windows.split(',').filter_map(|size| size.trim().parse().ok()) {
        speed(window)?;
    }
    if let Some(entries) = std::env::var("NEWSWATCH_STORIES_START").ok().and_then(|size| size.parse().ok()) {
        start(entries)?;
    }
    Ok(())
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn quality(path: &str) -> anyhow::Result<()> {
    let mut sets: BTreeMap<String, Vec<Article>> = BTreeMap::new();
    for line in lines(path)? {
        let article: Article = serde_json::from_str(&line?)?;
        sets.entry(article.set.clone()).or_default().push(article);
    }
    let mut out =
        std::env::var("NEWSWATCH_STORIES_PREDICTIONS").ok().map(std::fs::File::create).transpose()?;
    say("set        articles  B3     P      R      alerts  wrong  swallowed  xl     xl-latin")?;
    for (set, articles) in &sets {
        let mut stories = Stories::new(StorySettings::default(), StoryId(0));
        let placed: Vec<i64> =
            articles.iter().zip(1..).map(|(article, id)| stories.judge(&article.item(id)).story.0).collect();
        if let Some(out) = &mut out {
            for (article, story) in articles.iter().zip(&placed) {
                writeln!(out, "{}\t{set}-{story}", article.id)?;
            }
        }
        say(&score(set, articles, &placed))?;
    }
    Ok(())
}

fn lines(path: &str) -> anyhow::Result<Box<dyn Iterator<Item = std::io::Result<String>>>> {
    let file = std::fs::File::open(path)?;
    if path.ends_with(".gz") {
        return Ok(Box::new(BufReader::new(flate2::read::GzDecoder::new(file)).lines()));
    }
    Ok(Box::new(BufReader::new(file).lines()))
}

/// One line of figures: BCubed, clusters per story weighted by size, articles in a foreign cluster, stories
/// without a cluster opened by one of their own articles, pairs of two languages that are together.
fn score(set: &str, articles: &[Article], placed: &[i64]) -> String {
    let n = articles.len() as f64;
    let mut truth: HashMap<&str, f64> = HashMap::new();
    let mut clusters: HashMap<i64, f64> = HashMap::new();
    let mut both: HashMap<(&str, i64), f64> = HashMap::new();
    for (article, &cluster) in articles.iter().zip(placed) {
        *truth.entry(&article.story).or_default() += 1.0;
        *clusters.entry(cluster).or_default() += 1.0;
        *both.entry((&article.story, cluster)).or_default() += 1.0;
    }
    let precision = both.iter().map(|(key, count)| count * count / clusters[&key.1]).sum::<f64>() / n;
    let recall = both.iter().map(|(key, count)| count * count / truth[key.0]).sum::<f64>() / n;
    let mut majority: HashMap<i64, (f64, &str)> = HashMap::new();
    for ((story, cluster), count) in &both {
        let known = majority.entry(*cluster).or_insert((0.0, ""));
        if (*count, *story) > *known {
            *known = (*count, story);
        }
    }
    let wrong = articles
        .iter()
        .zip(placed)
        .filter(|(article, cluster)| majority[*cluster].1 != article.story)
        .count();
    let alerts = both.keys().map(|(story, _)| truth[story]).sum::<f64>() / n;
    let (mut seen, mut told) = (HashSet::new(), HashSet::new());
    for (article, &cluster) in articles.iter().zip(placed) {
        if seen.insert(cluster) {
            told.insert(&*article.story);
        }
    }
    let swallowed = (truth.len() - told.len()) as f64 / truth.len() as f64;
    let (all, latin) = (across(articles, placed, |_| true), across(articles, placed, in_latin));
    format!(
        "{set:<10} {:>8}  {:.4} {precision:.4} {recall:.4} {alerts:>6.3}  {:.4} {swallowed:.4}     {all:.3}  {latin:.3}",
        articles.len(),
        2.0 * precision * recall / (precision + recall),
        wrong as f64 / n,
    )
}

fn in_latin(lang: &str) -> bool {
    !matches!(lang, "ru" | "ja" | "zh" | "uk" | "el" | "ar" | "ko" | "bg")
}

fn across(articles: &[Article], placed: &[i64], counts: impl Fn(&str) -> bool) -> f64 {
    let mut stories: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, article) in articles.iter().enumerate().filter(|(_, article)| counts(&article.lang)) {
        stories.entry(&article.story).or_default().push(at);
    }
    let (mut pairs, mut found) = (0.0, 0.0);
    for members in stories.values() {
        for (i, &one) in members.iter().enumerate() {
            for &two in members[i + 1..].iter().filter(|&&two| articles[two].lang != articles[one].lang) {
                pairs += 1.0;
                found += f64::from(u8::from(placed[one] == placed[two]));
            }
        }
    }
    found / pairs
}

/// Fills a window, then measures judging at that size, and rebuilding it.
fn speed(window: usize) -> anyhow::Result<()> {
    let span = 72 * 3_600_000i64;
    let step = span / window as i64;
    let texts: Vec<(String, String)> = (0..window + 20_000).map(|at| made_up(at as u64)).collect();
    let texts_memory = resident();
    let mut stories = Stories::new(
        StorySettings { window: Duration::from_millis(span as u64), ..StorySettings::default() },
        StoryId(0),
    );
    let mut decided = Vec::with_capacity(window);
    let mut judge = |stories: &mut Stories, at: usize| {
        let (title, body) = &texts[at];
        let key = at.to_string();
        let feed = ["north", "south", "east", "west", "centre"][at % 5];
        let item = Item {
            id: EntryId(at as i64 + 1),
            feed,
            key: &key,
            canonical_url: None,
            title,
            body,
            lang: Some("en"),
            publisher: None,
            time: Time(1_700_000_000_000 + at as i64 * step),
        };
        decided.push(stories.judge(&item).story);
    };
    let start = processor_seconds();
    (0..window).for_each(|at| judge(&mut stories, at));
    let filling = window as f64 / (processor_seconds() - start);
    let start = processor_seconds();
    (window..window + 20_000).for_each(|at| judge(&mut stories, at));
    let full = 20_000.0 / (processor_seconds() - start);
    let memory = resident().saturating_sub(texts_memory);
    let held = stories.len();
    drop(stories);
    let start = processor_seconds();
    let mut rebuilt = Stories::new(StorySettings::default(), StoryId(0));
    for at in 20_000..window + 20_000 {
        let (title, body) = &texts[at];
        let key = at.to_string();
        let item = Item {
            id: EntryId(at as i64 + 1),
            feed: "north",
            key: &key,
            canonical_url: None,
            title,
            body,
            lang: Some("en"),
            publisher: None,
            time: Time(1_700_000_000_000 + at as i64 * step),
        };
        rebuilt.restore(&item, decided[at]);
    }
    let restore = processor_seconds() - start;
    say(&format!(
        "window {window}: {filling:.0}/s while filling, {full:.0}/s when full ({held} held), {memory} MB for the engine, {restore:.2} s to rebuild"
    ))
}

/// Entries stored at once while a store is filled.
const PER_COMMIT: usize = 1_000;

/// Fills a store, and measures what a start does before the first entry can be judged.
fn start(entries: usize) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let store = StoreHandle::open_daemon(&dir.path().join("start.db"))?;
    let (feed, now) = (FeedId::from("north"), SystemClock.now());
    let seed = FeedSeed { feed: feed.clone(), url: "https://news.example/feed".into(), first_due: now };
    store.write_blocking(move |tx| tx.sync_feeds(std::slice::from_ref(&seed), now))?;
    for first in (0..entries).step_by(PER_COMMIT) {
        let ids = first..first + PER_COMMIT;
        let new: Vec<NewEntry> = ids.clone().map(stored).collect();
        let judged: Vec<Judgement> =
            ids.map(|at| rows::judge(at as i64 + 1, at as i64 / 4 + 1, Vec::new())).collect();
        let feed = feed.clone();
        let work = move |tx: &mut dyn Tx| {
            tx.absorb_entries(&feed, &new, false, now)?;
            tx.record_judgements(&judged, now)
        };
        store.write_blocking(work)?;
    }
    let (wall, spent) = (std::time::Instant::now(), processor_seconds());
    let (stories, count) = store.read_blocking(|read| {
        restore_window(read, Time(0), Stories::new(StorySettings::default(), read.last_story()?))
    })?;
    say(&format!(
        "start: {count} entries read, {} in memory, {:.2} s, processor {:.2} s",
        stories.len(),
        wall.elapsed().as_secs_f64(),
        processor_seconds() - spent
    ))?;
    Ok(store.close_blocking()?)
}

fn stored(at: usize) -> NewEntry {
    let (title, body) = made_up(at as u64);
    rows::entry(&at.to_string(), &title, &body)
}

/// An article of about 60 words: two in three tell one of the recent events in words of their own, the rest are
/// alone. Words follow Zipf's law over a vocabulary that grows with the stream.
fn made_up(at: u64) -> (String, String) {
    let mut random = fastrand::Rng::with_seed(at);
    let event = if random.u8(..) < 170 { at / 40 * 40 + random.u64(..10) } else { 1_000_000_000 + at };
    let mut own = fastrand::Rng::with_seed(event ^ 0x5EED);
    let subject: Vec<String> = (0..14).map(|_| word(own.u64(..200_000))).collect();
    let mut line = |length: usize, share: u8| {
        let words: Vec<String> = (0..length)
            .map(|_| {
                if random.u8(..100) < share {
                    subject[random.usize(..subject.len())].clone()
                } else {
                    word(zipf(&mut random))
                }
            })
            .collect();
        words.join(" ")
    };
    (line(9, 50), line(52, 25))
}

fn zipf(random: &mut fastrand::Rng) -> u64 {
    (200_000f64.powf(random.f64())) as u64
}

fn word(number: u64) -> String {
    const PARTS: [&str; 16] = [
        "ba", "ke", "li", "mo", "nu", "ra", "sen", "tor", "vi", "dal", "fer", "gim", "hos", "jun", "pax",
        "zul",
    ];
    let mut rest = number + 17;
    let mut out = String::new();
    while rest > 0 {
        out.push_str(PARTS[(rest % 16) as usize]);
        rest /= 16;
    }
    out
}

/// Processor time this program has used, so that other work on the machine does not count; Linux counts in
/// hundredths of a second.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Resident memory in megabytes, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
}
