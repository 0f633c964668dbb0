//! Judging one batch: plain data in, judgements out; the store is only asked, never changed.

use super::embed::Embeddings;
use super::item_of;
use super::story::{Aliases, Placement, Stories};
use super::topic::{Document, Matcher, TopicMatch, Watchlist};
use super::updates::StoryNews;
use crate::model::*;
use crate::store::{self, Judgement, NewHit, Read};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Longest body an alert carries, in bytes; evidence beyond it is dropped from the alert (the hit keeps it).
const ALERT_BODY: usize = 4_000;

/// Decides who is told about a candidate: receivers, and the reason in words.
pub type Router = Arc<dyn Fn(&Candidate<'_>) -> (Vec<ReceiverName>, String) + Send + Sync>;

/// Decides what is told of a story to whom a first alert about it went; the tags are those of that alert's feed.
pub type Updater = Arc<dyn Fn(&Told, &[String], &StoryNews<'_>) -> Vec<Update> + Send + Sync>;

/// What the desk knows of a topic besides its query.
#[derive(Clone, Debug)]
pub struct TopicFacts {
    /// Title for people.
    pub title: String,
    /// How urgent.
    pub priority: Priority,
}

/// Topics and routes in force, with the settings of the desk.
pub struct Plan {
    /// All topics compiled.
    pub watchlist: Arc<Watchlist>,
    /// Facts per topic, by the watchlist's index.
    pub facts: Vec<TopicFacts>,
    /// Tags per feed.
    pub feed_tags: HashMap<FeedId, Vec<String>>,
    /// Who is told.
    pub router: Router,
    /// What is told of a story after its first alert; `None` where no route wants any of it.
    pub updates: Option<Updater>,
    /// Names that languages spell differently.
    pub aliases: Arc<Aliases>,
    /// Where vectors of texts come from; `None` where none are wanted.
    pub embeddings: Option<Embeddings>,
    /// How long a story can be joined.
    pub window: Duration,
    /// Entries per commit.
    pub batch: usize,
}

/// Judges entries in the order given.
///
/// # Errors
/// The store's, when a question to it fails.
pub fn judge_batch(
    stories: &mut Stories,
    plan: &Plan,
    entries: &[Entry],
    read: &dyn Read,
) -> store::Result<Vec<Judgement>> {
    let mut matcher = plan.watchlist.matcher();
    let mut matches = Vec::new();
    entries
        .iter()
        .map(|entry| {
            let placement = place(stories, entry, read)?;
            find_topics(&mut matcher, plan, entry, &mut matches);
            let hits = matches.drain(..).map(|found| hit(plan, entry, placement.story, found)).collect();
            Ok(Judgement {
                entry: entry.id,
                revision: entry.revision,
                story: placement.story,
                opened: placement.opened,
                reason: placement.reason,
                hits,
            })
        })
        .collect()
}

/// A revised entry keeps its story; a new one is placed by the window, and where the window would open a story, by an
/// older story that has the very page under the very title.
fn place(stories: &mut Stories, entry: &Entry, read: &dyn Read) -> store::Result<Placement> {
    if let Some(story) = entry.story {
        stories.rejudge(&item_of(entry), story);
        return Ok(Placement { story, opened: false, reason: revised(entry) });
    }
    let placement = stories.judge(&item_of(entry));
    if !placement.opened {
        return Ok(placement);
    }
    let Some(older) = same_page(entry, read)? else { return Ok(placement) };
    stories.reassign(entry.id, older.story);
    Ok(older)
}

fn same_page(entry: &Entry, read: &dyn Read) -> store::Result<Option<Placement>> {
    let Some(url) = entry.canonical_url.as_deref() else { return Ok(None) };
    let Some((story, partner)) = read.story_by_url(url)? else { return Ok(None) };
    let Some(known) = read.entry(partner)? else { return Ok(None) };
    // A page that is rewritten every day ("Morning briefing") is a new event; the same headline is the same text again.
    if partner == entry.id || known.title != entry.title {
        return Ok(None);
    }
    let gap = entry.seen.0 - known.seen.0;
    let text = "same address and title as an older entry".to_owned();
    let reason = exact(Stage::Url, Some(partner), Some(gap), text);
    Ok(Some(Placement { story, opened: false, reason }))
}

fn revised(entry: &Entry) -> StoryReason {
    let text = format!("revision {} of an entry already in this story", entry.revision);
    exact(Stage::Guid, Some(entry.id), None, text)
}

fn exact(stage: Stage, partner: Option<EntryId>, gap_ms: Option<i64>, text: String) -> StoryReason {
    StoryReason {
        stage,
        partner,
        score: 1.0,
        threshold: 1.0,
        probable: false,
        terms: Vec::new(),
        gap_ms,
        similarity: None,
        text,
    }
}

fn find_topics(matcher: &mut Matcher, plan: &Plan, entry: &Entry, matches: &mut Vec<TopicMatch>) {
    matcher.judge(&document_of(entry, &plan.tags_of(entry)), matches);
}

impl Plan {
    /// The tags of the entry's feed and the entry's categories.
    pub fn tags_of(&self, entry: &Entry) -> Vec<String> {
        let mut tags = self.feed_tags.get(&entry.feed).cloned().unwrap_or_default();
        tags.extend(entry.categories.iter().cloned());
        tags
    }
}

/// What the topic rules look at; `tags` are the feed's tags and the entry's categories.
pub fn document_of<'a>(entry: &'a Entry, tags: &'a [String]) -> Document<'a> {
    Document {
        title: &entry.title,
        body: &entry.body,
        url: entry.url.as_deref().unwrap_or_default(),
        feed: entry.feed.as_str(),
        tags,
        author: entry.author.as_deref().unwrap_or_default(),
        publisher: entry.publisher.as_deref().unwrap_or_default(),
        lang: entry.lang.as_deref().unwrap_or_default(),
    }
}

/// Routes one match and words the alert that may follow from it.
fn hit(plan: &Plan, entry: &Entry, story: StoryId, found: TopicMatch) -> NewHit {
    let facts = &plan.facts[found.topic];
    let topic_version = plan.watchlist.version_of(found.topic).to_owned();
    let silent_hit = |silent: String| NewHit {
        topic: found.id.clone(),
        topic_version: topic_version.clone(),
        score: found.score,
        evidence: found.evidence.clone(),
        receivers: Vec::new(),
        silent: Some(silent),
        alert: None,
    };
    if entry.backlog {
        return silent_hit("backlog".to_owned());
    }
    let (receivers, reason) = receivers_of(plan, entry, story, found.topic, found.score);
    if receivers.is_empty() {
        return silent_hit(reason);
    }
    let alert = content(entry, story, facts, &found);
    NewHit {
        topic: found.id,
        topic_version,
        score: found.score,
        evidence: found.evidence,
        receivers,
        silent: None,
        alert: Some(alert),
    }
}

/// Who would be told about a match of this entry, and the reason in words; what was told before is not looked at.
pub fn receivers_of(
    plan: &Plan,
    entry: &Entry,
    story: StoryId,
    topic: usize,
    score: f64,
) -> (Vec<ReceiverName>, String) {
    let view = HitView {
        hit: Hit {
            id: HitId(0),
            topic: TopicId::from(plan.watchlist.id(topic)),
            topic_version: String::new(),
            story,
            entry: entry.id,
            score,
            evidence: Vec::new(),
            at: entry.seen,
            silent: None,
        },
        feed: entry.feed.clone(),
        title: entry.title.clone(),
        body: String::new(),
        url: entry.url.clone(),
        publisher: entry.publisher.clone(),
        lang: entry.lang.clone(),
        published: entry.published,
        seen: entry.seen,
        mark: None,
    };
    let feed_tags = plan.feed_tags.get(&entry.feed).map(Vec::as_slice).unwrap_or_default();
    let priority = plan.facts[topic].priority;
    let source = AlertSource::Hits;
    (plan.router)(&Candidate { source, hit: &view, priority, feed_tags, entry: Some(entry) })
}

/// As much of a body as an alert carries.
pub(super) fn alert_body(body: &str) -> &str {
    &body[..body.floor_char_boundary(ALERT_BODY)]
}

fn content(entry: &Entry, story: StoryId, facts: &TopicFacts, found: &TopicMatch) -> AlertContent {
    let body = alert_body(&entry.body);
    let shown = |piece: &&Evidence| piece.field != Field::Body || piece.end <= body.len();
    AlertContent {
        topic: found.id.clone(),
        topic_title: facts.title.clone(),
        priority: facts.priority,
        story,
        entry: entry.id,
        feed: entry.feed.clone(),
        title: entry.title.clone(),
        body: body.to_owned(),
        url: entry.url.clone(),
        publisher: entry.publisher.clone(),
        lang: entry.lang.clone(),
        published: entry.published,
        seen: entry.seen,
        score: found.score,
        evidence: found.evidence.iter().filter(shown).cloned().collect(),
        update: None,
    }
}
