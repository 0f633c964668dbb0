//! A draft of topics against the stored history: what it would have found and told, beside the version in force.
//!
//! Both versions judge the same stored texts, so that what differs is the topic alone; hits stored long ago by yet
//! another version do not count. Alerts are counted as the desk makes them: at most one for each story, topic and
//! receiver, by the configured routes, none for the backlog of a new feed. Nothing is stored and nobody is told.

use super::history::{THREADS, walk};
use super::{App, plan};
use crate::config::Config;
use crate::desk::topic::Watchlist;
use crate::desk::{Plan, document_of, receivers_of};
use crate::model::*;
use crate::store;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

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
struct Versions {
    draft: Arc<Plan>,
    in_force: Arc<Watchlist>,
    /// Index in the draft's watchlist and, where it is configured, in that in force; in the order of the draft.
    pairs: Vec<(usize, Option<usize>)>,
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
        self.store.read_blocking(|read| {
            let size = read.history_size(since)?;
            let judges = (0..THREADS).map(|_| versions.judge()).collect();
            let judged = walk(read, since, judges, &|done| progress(done, size.entries))?;
            let mut oldest = self.clock.now();
            read.history(since, &mut |entry| {
                oldest = oldest.min(entry.seen);
                false
            })?;
            let days = (self.clock.now().since(oldest).as_millis() as f64 / DAY).max(1.0);
            Ok(Backtest { since, days, size, topics: count(&versions, &judged, days) })
        })
    }
}

impl Versions {
    fn new(config: &Config, draft: &Config) -> Self {
        let whole = plan::with_draft(config, draft);
        let wanted: Vec<&TopicId> = draft.topics.iter().map(|topic| &topic.id).collect();
        let (plan, _) = plan::compile(&needed(&whole, &wanted));
        let known = needed(config, &wanted);
        let (in_force, _) = Watchlist::compile(&plan::topic_sources(&known), &plan::term_sources(&known));
        let pair = |id: &&TopicId| Some((plan.watchlist.find(id.as_str())?, in_force.find(id.as_str())));
        let pairs = wanted.iter().filter_map(pair).collect();
        Self { pairs, draft: Arc::new(plan), in_force: Arc::new(in_force) }
    }

    fn judge(&self) -> impl FnMut(Entry) -> Option<Judged> + Send + '_ {
        let mut matchers = (self.draft.watchlist.matcher(), self.in_force.matcher());
        let (mut new, mut old) = (Vec::new(), Vec::new());
        move |entry| {
            let tags = self.draft.tags_of(&entry);
            let document = document_of(&entry, &tags);
            matchers.0.judge_ids(&document, &mut new);
            matchers.1.judge_ids(&document, &mut old);
            let verdicts = self.verdicts(&entry, &new, &old);
            let story = entry.story.unwrap_or(StoryId(0));
            (!verdicts.is_empty()).then_some(Judged {
                entry: Named {
                    entry: entry.id,
                    story,
                    feed: entry.feed,
                    seen: entry.seen,
                    title: entry.title,
                },
                verdicts,
            })
        }
    }

    fn verdicts(&self, entry: &Entry, new: &[u32], old: &[u32]) -> Vec<Verdict> {
        let hits = |hits: &[u32], topic: usize| hits.iter().any(|hit| *hit as usize == topic);
        let verdict = |(at, (topic, known)): (usize, &(usize, Option<usize>))| {
            let draft = hits(new, *topic);
            let in_force = known.is_some_and(|known| hits(old, known));
            let told = draft && !entry.backlog;
            let story = entry.story.unwrap_or(StoryId(0));
            let receivers =
                if told { receivers_of(&self.draft, entry, story, *topic, 1.0).0 } else { Vec::new() };
            (draft || in_force).then_some(Verdict { topic: at, draft, in_force, receivers })
        };
        self.pairs.iter().enumerate().filter_map(verdict).collect()
    }
}

/// The configuration with the wanted topics alone, or with all where a query may build on another.
fn needed(config: &Config, wanted: &[&TopicId]) -> Config {
    let mut few = config.clone();
    few.topics.retain(|topic| wanted.contains(&&topic.id));
    let builds = few.topics.iter().any(|topic| topic.query.contains("topic:"));
    if builds { config.clone() } else { few }
}

/// Counts per topic; what was judged comes in the order of judgement, so the first of a story alerts.
fn count(versions: &Versions, judged: &[Judged], days: f64) -> Vec<TopicBacktest> {
    let counted = versions.pairs.iter().enumerate().map(|(at, (topic, known))| {
        let mut tally = Tally::default();
        for one in judged {
            let verdicts = one.verdicts.iter().filter(|verdict| verdict.topic == at);
            verdicts.for_each(|verdict| tally.add(&one.entry, verdict));
        }
        tally.told(versions.draft.watchlist.id(*topic), known.is_some(), days)
    });
    counted.collect()
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
