//! The health of feeds: what is wrong now, and the alerts about what began and ended.
//!
//! The rules are `intake::health` and the routes; here they meet the store. A change is remembered in the same commit
//! that makes its alerts, so that a restart tells nothing twice. Many changes to the same receivers at once are one
//! alert that lists them.

use super::App;
use crate::alert::compose::HOUSE;
use crate::alert::route::route;
use crate::config::{Config, FeedConfig, mask_url};
use crate::intake::health::{Change, Finding, Observed, Trouble, changes, examine, outage};
use crate::intake::memory::Memory;
use crate::intake::twin::{COMPARED, alike, same_entries};
use crate::model::*;
use crate::store::{self, GapRow, KnownTrouble, Read, Tx};
use crate::text::link::canonical_url;
use serde::Serialize;
use std::collections::HashMap;
use std::time::Duration;

/// More changes than this to the same receivers at once are told as one.
const TOGETHER: usize = 10;
/// Longest body of an alert, in bytes.
const BODY: usize = 4_000;
/// How far back gaps are looked for.
const GAPS: Duration = Duration::from_secs(7 * 24 * 3600);

/// A feed with trouble, or the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeedHealth {
    /// The feed; absent for a trouble of the whole house.
    pub feed: Option<FeedId>,
    /// Its address.
    pub url: Option<String>,
    /// What is wrong.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What a look at the health of all feeds made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Troubles that began or ended.
    pub changes: usize,
    /// Alerts made.
    pub alerts: usize,
}

impl App {
    /// Everything that is wrong with the configured feeds, in file order, the house first.
    ///
    /// # Errors
    /// The store's.
    pub async fn health(&self) -> store::Result<Vec<FeedHealth>> {
        let (config, now) = (self.config.clone(), self.clock.now());
        let found = self.store.read(move |read| look(&config, read, now)).await?;
        let url = |id: &FeedId| {
            self.config.feeds.iter().find(|feed| feed.id == *id).map(|feed| mask_url(&feed.url))
        };
        let row = |(feed, finding): (Option<FeedId>, Finding)| FeedHealth {
            url: feed.as_ref().and_then(url),
            feed,
            finding,
        };
        Ok(found.into_iter().map(row).collect())
    }

    /// Looks at all feeds and makes alerts of what changed since the last look, for routes with `source = "health"`.
    ///
    /// # Errors
    /// The store's; nothing is forgotten then.
    pub async fn tell_health(&self) -> store::Result<Told> {
        let (config, now) = (self.config.clone(), self.clock.now());
        let found = self.store.read(move |read| look(&config, read, now)).await?;
        let config = self.config.clone();
        self.store.write(move |tx| tell(&config, &found, tx, now)).await
    }
}

type Found = Vec<(Option<FeedId>, Finding)>;

fn look(config: &Config, read: &dyn Read, now: Time) -> store::Result<Found> {
    let mut states: HashMap<FeedId, FeedState> =
        read.feed_states()?.into_iter().map(|state| (state.feed.clone(), state)).collect();
    let states: Vec<FeedState> = config.feeds.iter().filter_map(|feed| states.remove(&feed.id)).collect();
    let memories: Vec<Memory> = states.iter().map(|state| Memory::read(state.rhythm.as_deref())).collect();
    let (gaps, successors) = (gaps(read, now)?, read.successors()?);
    let successors: HashMap<&FeedId, _> = successors.iter().map(|known| (&known.feed, known)).collect();
    let twins = twins(read, &states, &memories)?;
    let mut found: Found = outage(&states, now).map(|finding| (None, finding)).into_iter().collect();
    let outage = found.first().map(|(_, outage)| outage.since);
    let at = |url: &str| canonical_url(url).unwrap_or_else(|| url.to_owned());
    let configured: HashMap<String, &FeedId> =
        config.feeds.iter().rev().map(|feed| (at(feed.url.as_str()), &feed.id)).collect();
    for (state, memory) in states.iter().zip(&memories) {
        let successor = successors.get(&state.feed).copied();
        let moved = memory.moved.as_ref().filter(|moved| moved.proven(now)).map(|moved| moved.to.as_str());
        let elsewhere = moved.or_else(|| successor?.url.as_deref());
        let heir = elsewhere.and_then(|url| configured.get(&at(url))).copied();
        let feed = Observed {
            heir: heir.filter(|heir| **heir != state.feed),
            state,
            memory,
            gaps: gaps.get(&state.feed).map_or(&[], Vec::as_slice),
            successor,
            twin: twins.get(&state.feed),
            timeout: config.intake.timeout,
        };
        // Who fails since an outage began fails because of it.
        let own = |finding: &Finding| {
            finding.trouble != Trouble::Failing || outage.is_none_or(|since| finding.since < since)
        };
        let findings = examine(&feed, now).into_iter().filter(own);
        found.extend(findings.map(|finding| (Some(state.feed.clone()), finding)));
    }
    Ok(found)
}

fn gaps(read: &dyn Read, now: Time) -> store::Result<HashMap<FeedId, Vec<GapRow>>> {
    let mut gaps: HashMap<FeedId, Vec<GapRow>> = HashMap::new();
    for (feed, gap) in read.recent_gaps(now.minus(GAPS))? {
        gaps.entry(feed).or_default().push(gap);
    }
    Ok(gaps)
}

/// Feeds that are another name of an earlier one.
fn twins(
    read: &dyn Read,
    states: &[FeedState],
    memories: &[Memory],
) -> store::Result<HashMap<FeedId, FeedId>> {
    let feeds: Vec<(&FeedState, &Memory)> = states.iter().zip(memories).collect();
    let mut twins = HashMap::new();
    for (feed, other) in alike(&feeds) {
        let (common, compared) = read.entries_in_common(&feed, &other, COMPARED)?;
        if same_entries(common, compared) {
            twins.insert(feed, other);
        }
    }
    Ok(twins)
}

/// Runs inside one transaction, perhaps more than once.
fn tell(config: &Config, found: &Found, tx: &mut dyn Tx, now: Time) -> store::Result<Told> {
    let changes = changes(found, &tx.troubles()?);
    for change in &changes {
        match change {
            Change::Began(feed, finding) => tx.begin_trouble(&known(feed.as_ref(), finding), now)?,
            Change::Ended(known) => tx.end_trouble(known)?,
        }
    }
    let notes: Vec<Note<'_>> = changes.iter().filter_map(|change| Note::of(change, config)).collect();
    let mut alerts = 0;
    for (receivers, notes) in by_receivers(notes, config, now) {
        for content in contents(&notes, now) {
            tx.add_alert(&content, &receivers, now)?;
            alerts += 1;
        }
    }
    Ok(Told { changes: changes.len(), alerts })
}

fn known(feed: Option<&FeedId>, finding: &Finding) -> KnownTrouble {
    KnownTrouble { feed: feed.cloned(), trouble: finding.trouble.name().to_owned(), since: finding.since }
}

/// One change in words.
struct Note<'a> {
    feed: FeedId,
    config: Option<&'a FeedConfig>,
    priority: Priority,
    since: Time,
    title: String,
    body: String,
}

impl<'a> Note<'a> {
    /// `None` for what there is nobody to tell about: a feed that was removed, a class of an older version.
    fn of(change: &Change, config: &'a Config) -> Option<Self> {
        let (feed, trouble, since) = match change {
            Change::Began(feed, finding) => (feed, finding.trouble, finding.since),
            Change::Ended(known) => (
                &known.feed,
                Trouble::ALL.into_iter().find(|class| class.name() == known.trouble)?,
                known.since,
            ),
        };
        let configured = match feed {
            Some(id) => Some(config.feeds.iter().find(|feed| feed.id == *id)?),
            None => None,
        };
        let name = feed.as_ref().map_or("newswatch", |feed| feed.as_str());
        let (title, body) = match change {
            Change::Began(_, finding) => (
                format!("{name}: {}", trouble.name()),
                format!("{}. Since {}. Proposal: {}", finding.text, finding.since, finding.proposal),
            ),
            Change::Ended(_) => {
                (format!("{name}: {}", trouble.ended()), format!("It was {} since {since}.", trouble.name()))
            }
        };
        let feed = feed.clone().unwrap_or_else(|| HOUSE.into());
        Some(Self { feed, config: configured, priority: trouble.priority(), since, title, body })
    }

    fn content(&self, now: Time) -> AlertContent {
        content(self.feed.clone(), self.priority, self.since, self.title.clone(), self.body.clone(), now)
    }
}

fn content(
    feed: FeedId,
    priority: Priority,
    since: Time,
    title: String,
    body: String,
    now: Time,
) -> AlertContent {
    AlertContent {
        topic: HEALTH_TOPIC.into(),
        topic_title: "Health of feeds".to_owned(),
        priority,
        story: StoryId(0),
        entry: EntryId(0),
        feed,
        title,
        body: body[..body.floor_char_boundary(BODY)].to_owned(),
        url: None,
        publisher: Some("newswatch".to_owned()),
        lang: Some("en".to_owned()),
        published: Some(since),
        seen: now,
        score: 1.0,
        evidence: Vec::new(),
        update: None,
    }
}

/// Notes by who is to be told, in order of appearance; those that nobody wants are left out.
fn by_receivers<'a>(
    notes: Vec<Note<'a>>,
    config: &Config,
    now: Time,
) -> Vec<(Vec<ReceiverName>, Vec<Note<'a>>)> {
    let mut groups: Vec<(Vec<ReceiverName>, Vec<Note<'a>>)> = Vec::new();
    for note in notes {
        let receivers = receivers(&note, config, now);
        if receivers.is_empty() {
            continue;
        }
        match groups.iter_mut().find(|(known, _)| *known == receivers) {
            Some((_, group)) => group.push(note),
            None => groups.push((receivers, vec![note])),
        }
    }
    groups
}

fn receivers(note: &Note<'_>, config: &Config, now: Time) -> Vec<ReceiverName> {
    let view = HitView {
        hit: Hit {
            id: HitId(0),
            topic: HEALTH_TOPIC.into(),
            topic_version: String::new(),
            story: StoryId(0),
            entry: EntryId(0),
            score: 1.0,
            evidence: Vec::new(),
            at: now,
            silent: None,
        },
        feed: note.feed.clone(),
        title: note.title.clone(),
        body: String::new(),
        url: None,
        publisher: None,
        lang: note.config.and_then(|feed| feed.lang.clone()),
        published: None,
        seen: now,
        mark: None,
    };
    let tags = note.config.map(|feed| feed.tags.as_slice()).unwrap_or_default();
    let candidate = Candidate {
        source: AlertSource::Health,
        hit: &view,
        priority: note.priority,
        feed_tags: tags,
        entry: None,
    };
    route(&config.routes, &candidate).receivers
}

/// One alert per note, or one for all where they are many.
fn contents(notes: &[Note<'_>], now: Time) -> Vec<AlertContent> {
    if notes.len() <= TOGETHER {
        return notes.iter().map(|note| note.content(now)).collect();
    }
    let lines: Vec<String> = notes.iter().map(|note| note.title.clone()).collect();
    let priority = notes.iter().map(|note| note.priority).max().unwrap_or_default();
    let since = notes.iter().map(|note| note.since).min().unwrap_or(now);
    let title = format!("{} changes in the health of feeds", notes.len());
    let body = format!("{}\n\nnewswatch feeds health says more.", lines.join("\n"));
    vec![content(HOUSE.into(), priority, since, title, body, now)]
}
