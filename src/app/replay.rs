//! `newswatch replay`: items from a file through the desk, without a database.
//!
//! Input is JSON Lines, one item each: `{id, title, summary?, body?, url?, source?, lang?, published?}`, and `feed`, `tags`,
//! `author` where they are known. Items are taken in file order; out comes one line for each in the same order, however
//! many threads judge: `{id, story, why, topics: [{id, score, evidence}]}`, or with `brief` only the ids. A
//! line that is no item is answered in its place with `{id, error}` and stops nothing. The half that was not asked
//! for is left out of the lines.
//!
//! Stories are told apart in file order by one thread, since each decision rests on the ones before; topics are judged
//! by as many threads as wanted. Figures ([`Stats`]) count all that is done for an item: reading its line, JSON both
//! ways, tokenising, judging, evidence where it is asked for, and writing.

use crate::desk::topic::{Document, Matcher, TopicMatch, TopicSource, Watchlist};
use crate::model::{Evidence, StoryId, Time, compose_body};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Instant;

/// One item as given.
#[derive(Debug, Deserialize)]
pub struct Item<'a> {
    /// Its id: any JSON value, given back as it is.
    #[serde(borrow)]
    pub id: &'a RawValue,
    /// Title.
    #[serde(borrow, default)]
    pub title: Option<Cow<'a, str>>,
    /// Summary.
    #[serde(borrow, default)]
    pub summary: Option<Cow<'a, str>>,
    /// Full text.
    #[serde(borrow, default)]
    pub body: Option<Cow<'a, str>>,
    /// Address.
    #[serde(borrow, default)]
    pub url: Option<Cow<'a, str>>,
    /// Outlet.
    #[serde(borrow, default)]
    pub source: Option<Cow<'a, str>>,
    /// Language tag.
    #[serde(borrow, default)]
    pub lang: Option<Cow<'a, str>>,
    /// RFC 3339 time, or a date (then midnight, UTC).
    #[serde(borrow, default)]
    pub published: Option<Cow<'a, str>>,
    /// Id of the feed.
    #[serde(borrow, default)]
    pub feed: Option<Cow<'a, str>>,
    /// Author names.
    #[serde(borrow, default)]
    pub author: Option<Cow<'a, str>>,
    /// Tags and categories.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl Item<'_> {
    /// The text judged beside the title: summary and full text as they would be stored.
    pub fn text(&self) -> Cow<'_, str> {
        match (&self.summary, &self.body) {
            (Some(text), None) | (None, Some(text)) if text.trim().len() == text.len() => Cow::Borrowed(text),
            (summary, body) => Cow::Owned(compose_body(summary.as_deref(), body.as_deref())),
        }
    }

    /// When it was published, if that can be read.
    pub fn time(&self) -> Option<Time> {
        let text = self.published.as_deref()?.trim();
        let stamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let date = text.get(..10)?.parse::<jiff::civil::Date>().ok()?;
            jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
        });
        stamp.map(|stamp| Time(stamp.as_millisecond()))
    }

    fn document<'a>(&'a self, body: &'a str) -> Document<'a> {
        Document {
            title: self.title.as_deref().unwrap_or_default(),
            body,
            url: self.url.as_deref().unwrap_or_default(),
            feed: self.feed.as_deref().unwrap_or_default(),
            tags: &self.tags,
            author: self.author.as_deref().unwrap_or_default(),
            publisher: self.source.as_deref().unwrap_or_default(),
            lang: self.lang.as_deref().unwrap_or_default(),
        }
    }
}

/// The story half of the desk: puts items into stories, one after another.
pub trait StoryHalf {
    /// The story of the next item and the reason in words.
    fn judge_story(&mut self, item: &Item<'_>) -> (StoryId, String);
}

impl<F: FnMut(&Item<'_>) -> (StoryId, String)> StoryHalf for F {
    fn judge_story(&mut self, item: &Item<'_>) -> (StoryId, String) {
        self(item)
    }
}

/// What to do with the items. A half that is `None` is not judged.
#[derive(Default)]
pub struct Replay<'a> {
    /// The topics.
    pub topics: Option<Arc<Watchlist>>,
    /// The stories.
    pub stories: Option<&'a mut dyn StoryHalf>,
    /// Threads that judge topics; 0 and 1 both mean the calling one.
    pub threads: usize,
    /// Topics by id only, without score and evidence.
    pub brief: bool,
}

/// Figures of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Reading and compiling topics, in milliseconds; the caller's to fill in.
    pub load_ms: f64,
    /// Topics asked.
    pub topics: usize,
    /// Items, bad lines included.
    pub items: u64,
    /// Lines that were no items.
    pub bad: u64,
    /// Hits in all.
    pub hits: u64,
    /// Items per second of wall time, from the first byte read to the last one written.
    pub items_per_s: f64,
    /// Half of the items took at most so long, in microseconds: from a line read to its answer ready.
    pub p50_us: f64,
    /// 99 of 100 items took at most so long.
    pub p99_us: f64,
    /// The slowest item.
    pub max_us: f64,
    /// Largest resident memory of the process so far, in bytes; 0 where the system does not tell.
    pub peak_rss_bytes: u64,
}

/// Reads topics in bulk: JSON Lines `{id, query}`. Lines that are none are told by number.
pub fn read_topics(input: impl BufRead) -> io::Result<(Vec<TopicSource>, Vec<String>)> {
    #[derive(Deserialize)]
    struct Line {
        id: String,
        query: String,
    }
    let (mut topics, mut faults) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(input.split(b'\n')) {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(&line) {
            Ok(Line { id, query }) => topics.push(TopicSource { id: crate::model::TopicId(id), query }),
            Err(error) => faults.push(format!("line {number}: {error}")),
        }
    }
    Ok((topics, faults))
}

/// Sends every line of `input` through the desk and writes the answers.
pub fn replay(input: impl BufRead, output: impl Write, mut replay: Replay<'_>) -> io::Result<Stats> {
    let start = Instant::now();
    let mut tally = Tally::default();
    if replay.threads > 1 && replay.topics.is_some() {
        in_parallel(input, output, &mut replay, &mut tally)?;
    } else {
        in_line(input, output, &mut replay, &mut tally)?;
    }
    let topics = replay.topics.as_ref().map_or(0, |watchlist| watchlist.len());
    Ok(tally.stats(start.elapsed().as_secs_f64(), topics))
}

fn in_line(
    mut input: impl BufRead,
    mut output: impl Write,
    replay: &mut Replay<'_>,
    tally: &mut Tally,
) -> io::Result<()> {
    let mut judge = Judge::new(replay);
    let (mut line, mut answer, mut number) = (Vec::new(), Vec::new(), 0);
    while input.read_until(b'\n', &mut line)? > 0 {
        number += 1;
        if !line.trim_ascii().is_empty() {
            let start = Instant::now();
            let story = replay.stories.as_deref_mut().and_then(|half| story(half, &line));
            judge.answer(&line, number, story, &mut answer, tally);
            tally.nanos.push(start.elapsed().as_nanos() as u64);
            output.write_all(&answer)?;
            answer.clear();
        }
        line.clear();
    }
    output.flush()
}

fn story(half: &mut dyn StoryHalf, line: &[u8]) -> Option<(StoryId, String)> {
    serde_json::from_slice::<Item<'_>>(line).ok().map(|item| half.judge_story(&item))
}

/// Lines that one thread takes at once: enough to make the hand-over cheap.
const BATCH: usize = 32;

struct Batch {
    nth: u64,
    lines: Lines,
}

struct Answered {
    nth: u64,
    text: Vec<u8>,
    tally: Tally,
}

/// One thread reads and tells stories, several judge topics, one writes in order.
fn in_parallel(
    input: impl BufRead,
    output: impl Write,
    replay: &mut Replay<'_>,
    tally: &mut Tally,
) -> io::Result<()> {
    let judges: Vec<Judge> = (0..replay.threads).map(|_| Judge::new(replay)).collect();
    let (send_batch, batches) = mpsc::sync_channel::<Batch>(2 * replay.threads);
    let (send_answer, answers) = mpsc::sync_channel::<Answered>(4 * replay.threads);
    let batches = Mutex::new(batches);
    std::thread::scope(|scope| {
        for judge in judges {
            let (batches, send_answer) = (&batches, send_answer.clone());
            scope.spawn(move || work(judge, batches, &send_answer));
        }
        drop(send_answer);
        let stories = replay.stories.as_deref_mut();
        // the reader stays on this thread (its input need not be movable), and so does the writer: they take turns
        read_and_write(input, output, stories, send_batch, &answers, tally)
    })
}

fn work(mut judge: Judge, batches: &Mutex<mpsc::Receiver<Batch>>, answers: &mpsc::SyncSender<Answered>) {
    loop {
        let batch = batches.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
        let Ok(Batch { nth, lines }) = batch else { return };
        let mut answered = Answered { nth, text: Vec::new(), tally: Tally::default() };
        for (number, line, story) in lines {
            let start = Instant::now();
            judge.answer(&line, number, story, &mut answered.text, &mut answered.tally);
            answered.tally.nanos.push(start.elapsed().as_nanos() as u64);
        }
        if answers.send(answered).is_err() {
            return;
        }
    }
}

fn read_and_write(
    mut input: impl BufRead,
    mut output: impl Write,
    mut stories: Option<&mut (dyn StoryHalf + '_)>,
    batches: mpsc::SyncSender<Batch>,
    answers: &mpsc::Receiver<Answered>,
    tally: &mut Tally,
) -> io::Result<()> {
    let mut waiting = BTreeMap::new();
    let (mut number, mut nth, mut next) = (0, 0, 0);
    loop {
        let lines = read_batch(&mut input, &mut stories, &mut number)?;
        if lines.is_empty() {
            break;
        }
        let mut batch = Batch { nth, lines };
        nth += 1;
        // never wait for room without making room: answers are taken while the queue of batches is full
        while let Err(mpsc::TrySendError::Full(back)) = batches.try_send(batch) {
            batch = back;
            let Ok(answered) = answers.recv() else { return Ok(()) };
            put(answered, &mut waiting, &mut next, &mut output, tally)?;
        }
        while let Ok(answered) = answers.try_recv() {
            put(answered, &mut waiting, &mut next, &mut output, tally)?;
        }
    }
    drop(batches);
    while let Ok(answered) = answers.recv() {
        put(answered, &mut waiting, &mut next, &mut output, tally)?;
    }
    output.flush()
}

/// Lines with their numbers and, where stories are asked for, the story of each.
type Lines = Vec<(u64, Vec<u8>, Option<(StoryId, String)>)>;

fn read_batch(
    input: &mut impl BufRead,
    stories: &mut Option<&mut (dyn StoryHalf + '_)>,
    number: &mut u64,
) -> io::Result<Lines> {
    let mut lines = Lines::new();
    while lines.len() < BATCH {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        *number += 1;
        if !line.trim_ascii().is_empty() {
            let story = stories.as_deref_mut().and_then(|half| story(half, &line));
            lines.push((*number, line, story));
        }
    }
    Ok(lines)
}

/// Writes every answer whose turn it is.
fn put(
    answered: Answered,
    waiting: &mut BTreeMap<u64, Answered>,
    next: &mut u64,
    output: &mut impl Write,
    tally: &mut Tally,
) -> io::Result<()> {
    waiting.insert(answered.nth, answered);
    while let Some(answered) = waiting.remove(next) {
        output.write_all(&answered.text)?;
        tally.add(answered.tally);
        *next += 1;
    }
    Ok(())
}

/// What one thread judges with.
struct Judge {
    matcher: Option<Matcher>,
    brief: bool,
    stories: bool,
    ids: Vec<u32>,
    hits: Vec<TopicMatch>,
}

/// The answer to one line.
#[derive(Serialize)]
struct Answer<'a> {
    id: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<StoryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topics: Option<Told<'a>>,
}

/// Topics, told briefly or in full.
#[derive(Serialize)]
#[serde(untagged)]
enum Told<'a> {
    Brief(Vec<&'a str>),
    Full(Vec<Hit<'a>>),
}

#[derive(Serialize)]
struct Hit<'a> {
    id: &'a str,
    score: f64,
    evidence: &'a [Evidence],
}

impl<'a> Hit<'a> {
    fn of(hit: &'a TopicMatch) -> Self {
        Self { id: hit.id.as_str(), score: hit.score, evidence: &hit.evidence }
    }
}

#[derive(Serialize)]
struct Fault<'a> {
    id: Option<&'a str>,
    error: String,
}

impl Judge {
    fn new(replay: &Replay<'_>) -> Self {
        Self {
            matcher: replay.topics.as_ref().map(|watchlist| watchlist.matcher()),
            brief: replay.brief,
            stories: replay.stories.is_some(),
            ids: Vec::new(),
            hits: Vec::new(),
        }
    }

    /// Appends the answer to one line.
    fn answer(
        &mut self,
        line: &[u8],
        number: u64,
        story: Option<(StoryId, String)>,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        tally.items += 1;
        let told = match std::str::from_utf8(line).map_err(|error| error.to_string()).and_then(read_item) {
            Ok(item) => self.tell(&item, story, out, tally),
            Err(error) => {
                tally.bad += 1;
                serde_json::to_writer(
                    &mut *out,
                    &Fault { id: None, error: format!("line {number}: {error}") },
                )
            }
        };
        // writing to memory fails only for values that JSON cannot hold, of which there are none here
        debug_assert!(told.is_ok());
        out.push(b'\n');
    }

    fn tell(
        &mut self,
        item: &Item<'_>,
        story: Option<(StoryId, String)>,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> serde_json::Result<()> {
        let text = item.text();
        let document = item.document(&text);
        let topics = self.matcher.as_mut().map(|matcher| {
            if self.brief {
                matcher.judge_ids(&document, &mut self.ids);
                tally.hits += self.ids.len() as u64;
                let watchlist = matcher.watchlist();
                return Told::Brief(self.ids.iter().map(|topic| watchlist.id(*topic as usize)).collect());
            }
            matcher.judge(&document, &mut self.hits);
            tally.hits += self.hits.len() as u64;
            Told::Full(self.hits.iter().map(Hit::of).collect())
        });
        let (story, why) = story.filter(|_| self.stories).unzip();
        let why = why.as_deref().filter(|_| !self.brief);
        serde_json::to_writer(out, &Answer { id: item.id, story, why, topics })
    }
}

fn read_item(line: &str) -> Result<Item<'_>, String> {
    serde_json::from_str(line).map_err(|error| error.to_string())
}

/// Figures while they are gathered.
#[derive(Default)]
struct Tally {
    items: u64,
    bad: u64,
    hits: u64,
    nanos: Vec<u64>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.items += other.items;
        self.bad += other.bad;
        self.hits += other.hits;
        self.nanos.extend(other.nanos);
    }

    fn stats(mut self, seconds: f64, topics: usize) -> Stats {
        self.nanos.sort_unstable();
        let at = |share: f64| {
            let last = self.nanos.len().saturating_sub(1);
            let nth = ((self.nanos.len() as f64 * share).ceil() as usize).saturating_sub(1).min(last);
            self.nanos.get(nth).map_or(0.0, |nanos| *nanos as f64 / 1_000.0)
        };
        Stats {
            load_ms: 0.0,
            topics,
            items: self.items,
            bad: self.bad,
            hits: self.hits,
            items_per_s: self.items as f64 / seconds.max(1e-9),
            p50_us: at(0.5),
            p99_us: at(0.99),
            max_us: at(1.0),
            peak_rss_bytes: peak_rss(),
        }
    }
}

/// Largest resident memory of this process, from the kernel's account of it.
pub fn peak_rss() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watchlist() -> Arc<Watchlist> {
        let bulk = "{\"id\":\"ban\",\"query\":\"ban*\"}\n\nnot json\n{\"id\":\"chips\",\"query\":\"chip OR chips\"}\n";
        let (topics, faults) = read_topics(bulk.as_bytes()).unwrap();
        assert!(faults.len() == 1 && faults[0].starts_with("line 3: "), "{faults:?}");
        Arc::new(Watchlist::compile(&topics, &[]).0)
    }

    fn run(input: &[u8], replay_with: Replay<'_>) -> (Vec<String>, Stats) {
        let mut out = Vec::new();
        let stats = replay(input, &mut out, replay_with).unwrap();
        (String::from_utf8(out).unwrap().lines().map(str::to_owned).collect(), stats)
    }

    #[test]
    fn full_answers_hold_evidence_in_the_stored_text() {
        let input =
            "{\"id\":7,\"title\":\"A ban\",\"summary\":\"No \\\"chips\\\".\",\"published\":\"2025-01-02\"}\n";
        let (lines, stats) = run(input.as_bytes(), Replay { topics: Some(watchlist()), ..Replay::default() });
        assert_eq!(
            lines,
            [concat!(
                "{\"id\":7,\"topics\":[{\"id\":\"ban\",\"score\":1.0,\"evidence\":[{\"field\":\"title\",\"start\":2,",
                "\"end\":5,\"text\":\"ban\",\"term\":\"ban*\"}]},{\"id\":\"chips\",\"score\":1.0,\"evidence\":[{\"field\":",
                "\"body\",\"start\":4,\"end\":9,\"text\":\"chips\",\"term\":\"chips\"}]}]}"
            )]
        );
        assert_eq!((stats.items, stats.bad, stats.hits, stats.topics), (1, 0, 2, 2));
    }

    #[test]
    fn bad_lines_are_answered_in_their_place() {
        let input = b"{\"id\":\"a\",\"title\":\"chip\"}\n{\"title\":1}\n\xFF\n\n{\"id\":\"b\"}";
        let (lines, stats) =
            run(input, Replay { topics: Some(watchlist()), brief: true, ..Replay::default() });
        assert_eq!(lines[0], "{\"id\":\"a\",\"topics\":[\"chips\"]}");
        assert!(lines[1].starts_with("{\"id\":null,\"error\":\"line 2: "), "{}", lines[1]);
        assert!(lines[2].starts_with("{\"id\":null,\"error\":\"line 3: "), "{}", lines[2]);
        assert_eq!(lines[3], "{\"id\":\"b\",\"topics\":[]}");
        assert_eq!((stats.items, stats.bad), (4, 2));
    }

    #[test]
    fn threads_keep_the_order_and_stories_are_told_one_by_one() {
        let input: String = (0..1_000).map(|n| format!("{{\"id\":{n},\"title\":\"chip {n}\"}}\n")).collect();
        let told = |threads| {
            let mut seen = 0;
            let mut half = |item: &Item<'_>| {
                assert_eq!(item.id.get(), seen.to_string());
                seen += 1;
                (StoryId(seen / 2), format!("opened {}", item.id))
            };
            let with = Replay { topics: Some(watchlist()), stories: Some(&mut half), threads, brief: true };
            run(input.as_bytes(), with).0
        };
        let single = told(1);
        assert_eq!(single[3], "{\"id\":3,\"story\":2,\"topics\":[\"chips\"]}");
        assert_eq!(single, told(4));
    }

    #[test]
    fn times_are_read_as_time_or_date() {
        let time = |published: &str| {
            let line = format!("{{\"id\":1,\"published\":\"{published}\"}}");
            serde_json::from_str::<Item<'_>>(&line).unwrap().time().map(|time| time.0)
        };
        assert_eq!(time("1970-01-02"), Some(86_400_000));
        assert_eq!(time("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(time("soon"), None);
    }
}
