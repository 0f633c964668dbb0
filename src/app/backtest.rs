//! A draft of topics against the stored history: what it would have found and told, beside the version in force.
//!
//! Both versions judge the same stored texts, so that what differs is the topic alone; hits stored long ago by yet
//! another version do not count. A text is read once for both, a topic that did not change is asked once, and where the
//! full-text index can tell that neither version can match, the text is not read at all. Alerts are counted as the desk makes them: at most one for each story, topic and
//! receiver, by the configured routes, none for the backlog of a new feed. Nothing is stored and nobody is told.

use super::history::{THREADS, narrowed, walk};
use super::{App, plan};
use crate::config::Config;
use crate::desk::topic::{Compared, Comparison, Edition, Watchlist};
use crate::desk::{Plan, document_of, receivers_of};
use crate::model::*;
use crate::store::{self, TextFilter};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// Gained and lost hits that are named, the newest first.
const NAMED: usize = 20;
/// Feeds that are named.
const FEEDS: usize = 10;
/// Milliseconds of a day.
const DAY: f64 = 86_400_000.0;

/// What a draft would have done.
#[derive(Clone, Debug, Serialize)]
pub struct Backtest {
    /// From when on.
    pub since: Time,
    /// Days from the oldest entry judged until now; at least one.
    pub days: f64,
    /// Entries judged, and those that cannot be.
    #[serde(flatten)]
    pub size: store::HistorySize,
    /// One for each topic of the draft, in its order.
    pub topics: Vec<TopicBacktest>,
}

/// What one topic would have done.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TopicBacktest {
    /// The topic.
    pub topic: String,
    /// Whether a version of it is in force.
    pub in_force: bool,
    /// Hits of the draft.
    pub hits: u64,
    /// Hits of the version in force.
    pub hits_in_force: u64,
    /// Hits of the draft alone.
    pub gained: u64,
    /// Hits of the version in force alone.
    pub lost: u64,
    /// Stories the draft would have flagged.
    pub stories: u64,
    /// The same for each day.
    pub stories_per_day: f64,
    /// Alerts it would have made.
    pub alerts: u64,
    /// The same for each day.
    pub alerts_per_day: f64,
    /// The feeds with most hits of the draft, most first.
    pub noisiest: Vec<NoisyFeed>,
    /// The newest gained hits.
    pub gained_entries: Vec<Named>,
    /// The newest lost hits.
    pub lost_entries: Vec<Named>,
}

/// A feed and its hits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoisyFeed {
    /// The feed.
    pub feed: FeedId,
    /// Hits of the draft.
    pub hits: u64,
    /// Those the version in force does not make.
    pub gained: u64,
}

/// An entry that one version hits and the other does not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    /// The entry: `topics explain` takes its number.
    pub entry: EntryId,
    /// Its story.
    pub story: StoryId,
    /// Its feed.
    pub feed: FeedId,
    /// When it was first seen.
    pub seen: Time,
    /// Its title.
    pub title: String,
}

/// What both versions make of one entry, for one topic of the draft.
struct Verdict {
    topic: usize,
    draft: bool,
    in_force: bool,
    /// Who would be told by the draft.
    receivers: Vec<ReceiverName>,
}

/// An entry that at least one of them hits.
struct Judged {
    entry: Named,
    verdicts: Vec<Verdict>,
}

/// Both versions compiled, and how their topics correspond.
struct Versions<'d> {
    draft: Plan,
    comparison: Comparison,
    /// The topics of the draft.
    wanted: Vec<&'d TopicId>,
    /// For each: its index in the draft's watchlist, and whether a version of it is in force.
    known: Vec<(usize, bool)>,
    /// What an entry must have for any of them to match, as far as the index can tell.
    narrow: Option<TextFilter>,
}

impl App {
    /// Judges the stored history since a time with the topics of `draft`. `progress` hears how many of how many entries
    /// were read.
    ///
    /// # Errors
    /// The store's. A broken topic of the draft never hits; check it first ([`plan::compile`]).
    pub fn backtest(
        &self,
        draft: &Config,
        since: Time,
        progress: &dyn Fn(u64, u64),
    ) -> store::Result<Backtest> {
        let versions = Versions::new(&self.config, draft);
        let now = self.clock.now();
        self.store.read_blocking(|read| {
            let size = read.history_size(since)?;
            let judges = (0..THREADS).map(|_| versions.judge()).collect();
            let narrow = versions.narrow.as_ref();
            let judged = walk(read, since, narrow, judges, &|done| progress(done, size.entries))?;
            progress(size.entries, size.entries);
            let oldest = read.history_start(since)?.unwrap_or(now);
            let days = (now.since(oldest).as_millis() as f64 / DAY).max(1.0);
            Ok(Backtest { since, days, size, topics: count(&versions, &judged, days) })
        })
    }
}

impl<'d> Versions<'d> {
    fn new(config: &Config, draft: &'d Config) -> Self {
        let whole = plan::with_draft(config, draft);
        let wanted: Vec<&TopicId> = draft.topics.iter().map(|topic| &topic.id).collect();
        let (ours, theirs) = (needed(&whole, &wanted), needed(config, &wanted));
        let (plan, _) = plan::compile(&ours);
        let wanted: Vec<&TopicId> =
            wanted.into_iter().filter(|id| plan.watchlist.find(id.as_str()).is_some()).collect();
        let sources =
            [&ours, &theirs].map(|config| (plan::topic_sources(config), plan::term_sources(config)));
        let [new, old] = sources.each_ref().map(|(topics, terms)| Edition { topics, terms });
        let in_force = |id: &TopicId| theirs.topics.iter().any(|topic| topic.id == *id);
        let index = |id: &TopicId| plan.watchlist.find(id.as_str()).unwrap_or_default();
        Self {
            comparison: Comparison::compile(new, old, &wanted),
            narrow: narrow(&plan.watchlist, old, &wanted),
            known: wanted.iter().map(|id| (index(id), in_force(id))).collect(),
            draft: plan,
            wanted,
        }
    }

    fn judge(&self) -> impl FnMut(Entry) -> Option<Judged> + Send + '_ {
        let mut matcher = self.comparison.matcher();
        let mut found = Vec::new();
        move |entry| {
            let tags = self.draft.tags_of(&entry);
            matcher.judge(&document_of(&entry, &tags), &mut found);
            if found.is_empty() {
                return None;
            }
            let verdicts = found.iter().map(|compared| self.verdict(&entry, *compared)).collect();
            let story = entry.story.unwrap_or(StoryId(0));
            let Entry { id, feed, seen, title, .. } = entry;
            Some(Judged { entry: Named { entry: id, story, feed, seen, title }, verdicts })
        }
    }

    fn verdict(&self, entry: &Entry, Compared { topic, new, old }: Compared) -> Verdict {
        let story = entry.story.unwrap_or(StoryId(0));
        let told = new && !entry.backlog;
        let index = self.known[topic].0;
        let receivers = if told { receivers_of(&self.draft, entry, story, index, 1.0).0 } else { Vec::new() };
        Verdict { topic, draft: new, in_force: old, receivers }
    }
}

/// What a text must have for a topic of either version to match, as far as the index can tell.
fn narrow(draft: &Watchlist, in_force: Edition<'_>, wanted: &[&TopicId]) -> Option<TextFilter> {
    let (in_force, _) = Watchlist::compile(in_force.topics, in_force.terms);
    let known = |watchlist: &'_ Watchlist, id: &TopicId| {
        watchlist.find(id.as_str()).filter(|topic| watchlist.is_usable(*topic))
    };
    let both = [draft, &in_force].into_iter();
    narrowed(
        both.flat_map(|watchlist| {
            wanted.iter().filter_map(move |id| Some((watchlist, known(watchlist, id)?)))
        }),
    )
}

/// The configuration with the wanted topics alone, or with all where a query may build on another.
fn needed(config: &Config, wanted: &[&TopicId]) -> Config {
    let mut few = config.clone();
    few.topics.retain(|topic| wanted.contains(&&topic.id));
    let builds = few.topics.iter().any(|topic| topic.query.contains("topic:"));
    if builds { config.clone() } else { few }
}

/// Counts per topic; what was judged comes in the order of judgement, so the first of a story alerts.
fn count(versions: &Versions<'_>, judged: &[Judged], days: f64) -> Vec<TopicBacktest> {
    let mut tallies: Vec<Tally<'_>> = versions.wanted.iter().map(|_| Tally::default()).collect();
    for one in judged {
        one.verdicts.iter().for_each(|verdict| tallies[verdict.topic].add(&one.entry, verdict));
    }
    let topics = versions.wanted.iter().zip(&versions.known).zip(tallies);
    topics.map(|((id, (_, in_force)), tally)| tally.told(id.as_str(), *in_force, days)).collect()
}

#[derive(Default)]
struct Tally<'a> {
    result: TopicBacktest,
    stories: HashSet<StoryId>,
    told: HashSet<(StoryId, &'a ReceiverName)>,
    feeds: BTreeMap<&'a FeedId, (u64, u64)>,
    gained: Vec<&'a Named>,
    lost: Vec<&'a Named>,
}

impl<'a> Tally<'a> {
    fn add(&mut self, entry: &'a Named, verdict: &'a Verdict) {
        let result = &mut self.result;
        result.hits_in_force += u64::from(verdict.in_force);
        if !verdict.draft {
            result.lost += 1;
            self.lost.push(entry);
            return;
        }
        result.hits += 1;
        self.stories.insert(entry.story);
        let feed = self.feeds.entry(&entry.feed).or_default();
        feed.0 += 1;
        if !verdict.in_force {
            result.gained += 1;
            feed.1 += 1;
            self.gained.push(entry);
        }
        let fresh = verdict.receivers.iter().filter(|name| self.told.insert((entry.story, name))).count();
        result.alerts += u64::from(fresh > 0);
    }

    fn told(self, topic: &str, in_force: bool, days: f64) -> TopicBacktest {
        let stories = self.stories.len() as u64;
        let noisy =
            |(feed, (hits, gained)): (&FeedId, (u64, u64))| NoisyFeed { feed: feed.clone(), hits, gained };
        let mut noisiest: Vec<NoisyFeed> = self.feeds.into_iter().map(noisy).collect();
        noisiest.sort_by_key(|feed| std::cmp::Reverse(feed.hits));
        noisiest.truncate(FEEDS);
        TopicBacktest {
            topic: topic.to_owned(),
            in_force,
            stories,
            stories_per_day: stories as f64 / days,
            alerts_per_day: self.result.alerts as f64 / days,
            noisiest,
            gained_entries: newest(self.gained),
            lost_entries: newest(self.lost),
            ..self.result
        }
    }
}

fn newest(mut entries: Vec<&Named>) -> Vec<Named> {
    entries.sort_by_key(|named| std::cmp::Reverse((named.seen, named.entry.0)));
    entries.into_iter().take(NAMED).cloned().collect()
}
