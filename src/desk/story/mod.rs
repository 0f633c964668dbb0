//! Places each entry in a story and says why.
//!
//! The stages, in order; the first that answers decides:
//!
//! 1. the same guid in the same feed;
//! 2. the same canonical address;
//! 3. the same text after normalising ([`normal`]), if the text says anything ([`exact`]);
//! 4. nearly the same text: most pairs of neighbouring words shared ([`sketch`]);
//! 5. the same event in other words: weighted terms, names and numbers shared with the nearest member and with
//!    the centre of the story, close in time ([`candidates`], [`join`]);
//! 6. the same event in another language: names by their sound, numbers, the alias list ([`marks`], [`alias`]);
//! 7. otherwise the entry opens a story.
//!
//! In stages four to six two texts of one template that differ in what they are about never join ([`veto`]).
//!
//! The engine is pure: plain data in, a placement with its reason out; time comes with the entries. What it
//! remembers is a function of the entries in the window and their order, so that a run that was stopped
//! anywhere and rebuilt with [`Stories::restore`] decides exactly like one that ran through. It never reads a
//! clock, a file or the store, never reconsiders an entry that is placed (users do, with
//! [`Stories::reassign`]), and prefers two stories for one event over one story for two events.

mod alias;
pub mod attribution;
mod candidates;
mod common;
mod exact;
mod han;
mod hash;
mod join;
mod likeness;
mod marks;
mod measure;
mod memory;
mod normal;
mod pace;
mod reason;
mod scan;
mod sketch;
mod stop;
mod topics;
pub mod vector;
mod veto;
mod vocabulary;
mod words;

pub use alias::{AliasError, Aliases};

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod small_tests;
#[cfg(test)]
mod tests;

use crate::model::{EntryId, Stage, StoryId, StoryReason, Time};
use candidates::{COLUMN_HOURS, Candidate, Scratch, Search};
use exact::Keys;
use marks::Mark;
use memory::{Arrival, Memory, Remembered, Slot};
use normal::Normal;
use scan::Scan;
use sketch::Sketch;
use std::sync::Arc;
use std::time::Duration;
use vector::{Vector, Vectors};
use words::{Lexicon, Term};

/// What the engine needs to know of an entry.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its row.
    pub id: EntryId,
    /// The feed that brought it.
    pub feed: &'a str,
    /// Its stable key in that feed: guid, else link, else content.
    pub key: &'a str,
    /// Its address for comparing.
    pub canonical_url: Option<&'a str>,
    /// Title, plain text.
    pub title: &'a str,
    /// Body, plain text.
    pub body: &'a str,
    /// Language, primary subtag.
    pub lang: Option<&'a str>,
    /// The outlet.
    pub publisher: Option<&'a str>,
    /// The time it counts from: its publication, but not later than when it was first seen.
    pub time: Time,
}

/// How far and how boldly entries are joined.
#[derive(Clone, Debug)]
pub struct StorySettings {
    /// How long an entry is remembered, and the longest gap over which a later one can join it.
    pub window: Duration,
    /// Names that languages spell differently.
    pub aliases: Arc<Aliases>,
    /// Similarity, 0 to 1, from which vectors of texts count, where there are any.
    pub similar_from: f32,
}

impl Default for StorySettings {
    fn default() -> Self {
        Self { window: Duration::from_secs(72 * 3600), aliases: Aliases::shipped(), similar_from: 1.0 }
    }
}

/// Where an entry belongs, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Its story.
    pub story: StoryId,
    /// Whether the story is new.
    pub opened: bool,
    /// Why there.
    pub reason: StoryReason,
}

/// The engine with its memory of the window.
#[derive(Debug)]
pub struct Stories {
    settings: StorySettings,
    last_story: StoryId,
    memory: Memory,
    scratch: Scratch,
    reader: Reader,
    vectors: Vectors,
}

impl Stories {
    /// An engine that remembers nothing and gives out stories after `last_story`.
    pub fn new(settings: StorySettings, last_story: StoryId) -> Self {
        let vectors = Vectors::new(settings.similar_from);
        Self {
            settings,
            last_story,
            memory: Memory::default(),
            scratch: Scratch::default(),
            reader: Reader::default(),
            vectors,
        }
    }

    /// Takes note of the vector of an entry's text, or that there is none, before the entry is judged or restored.
    pub fn know_vector(&mut self, entry: EntryId, vector: Option<Vector>) {
        self.vectors.know(entry, vector, &self.memory);
    }

    /// Decides where an entry belongs and remembers it. An entry that is already known is judged afresh.
    pub fn judge(&mut self, item: &Item<'_>) -> Placement {
        self.memory.arrive(item.time, self.window());
        let kept = self.memory.vacate(item.id);
        let aliases = Arc::clone(&self.settings.aliases);
        let studied = self.reader.study(item, &aliases).known_to(&mut self.memory);
        let placement = self.decide(item, &studied);
        self.remember(item, &studied, placement.story, kept);
        placement
    }

    /// Remembers a stored decision, exactly as [`Stories::judge`] left it behind.
    pub fn restore(&mut self, item: &Item<'_>, story: StoryId) {
        self.last_story = self.last_story.max(story);
        self.memory.arrive(item.time, self.window());
        let kept = self.memory.vacate(item.id);
        let aliases = Arc::clone(&self.settings.aliases);
        let studied = self.reader.study(item, &aliases).known_to(&mut self.memory);
        self.remember(item, &studied, story, kept);
    }

    /// Takes over the changed text of an entry that was judged before; it stays in `story`.
    pub fn rejudge(&mut self, item: &Item<'_>, story: StoryId) {
        self.restore(item, story);
    }

    /// Follows a user's merge or split: the entry now belongs to `story`, and later entries follow it there.
    pub fn reassign(&mut self, entry: EntryId, story: StoryId) {
        self.last_story = self.last_story.max(story);
        self.memory.move_to(entry, story);
    }

    /// Forgets entries that left the window at `now`. To be called before a batch; judging alone also forgets,
    /// by the times of the entries.
    pub fn expire(&mut self, now: Time) {
        self.memory.advance(now, self.window());
    }

    /// Entries remembered.
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn window(&self) -> i64 {
        i64::try_from(self.settings.window.as_millis()).unwrap_or(i64::MAX)
    }

    fn decide(&mut self, item: &Item<'_>, studied: &Studied<'_>) -> Placement {
        if let Some((stage, known)) = self.same_entry(item, studied) {
            return Placement {
                story: known.story,
                opened: false,
                reason: reason::exact(stage, known, item.time),
            };
        }
        let mut found = if studied.telling() { self.search(item, studied) } else { Vec::new() };
        self.vectors.compare(item.id, &mut found, &self.memory);
        let (mut placement, similar) = match join::decide(found, &self.vectors) {
            Ok(join) => {
                let mut reason = reason::joined(&join, &self.memory, studied, item.time);
                reason.probable |= join.by_vector;
                (Placement { story: join.candidate.story, opened: false, reason }, join.candidate.similar)
            }
            Err(refusal) => {
                self.last_story = StoryId(self.last_story.0.saturating_add(1));
                let reason = reason::opened(refusal.as_ref(), &self.memory, studied, item.time);
                let similar = refusal.and_then(|refusal| refusal.similar);
                (Placement { story: self.last_story, opened: true, reason }, similar)
            }
        };
        placement.reason.similarity = similar.map(|similar| f64::from((similar * 1000.0).round()) / 1000.0);
        if let Some(words) = self.vectors.words(item.id, similar) {
            placement.reason.text += "; ";
            placement.reason.text += &words;
        }
        placement
    }

    fn search(&mut self, item: &Item<'_>, studied: &Studied<'_>) -> Vec<Candidate> {
        let window = self.window();
        Search::new(&mut self.memory, &mut self.scratch, studied, item.time, window).run()
    }

    /// Stages one to three.
    fn same_entry(&self, item: &Item<'_>, studied: &Studied<'_>) -> Option<(Stage, &Remembered)> {
        studied.keys.in_order().find_map(|(stage, key)| {
            let known = self.memory.by_key(key)?;
            (stage == Stage::Guid || self.near_enough(item, studied, stage, known)).then_some((stage, known))
        })
    }

    /// A repeated text or address counts within the window only, and a feed's own repeat of a text on another day
    /// is a standing column.
    fn near_enough(&self, item: &Item<'_>, studied: &Studied<'_>, stage: Stage, known: &Remembered) -> bool {
        let gap = item.time.0.abs_diff(known.time.0);
        let column =
            stage == Stage::Content && known.feed == studied.feed && gap as f32 >= COLUMN_HOURS * 3_600_000.0;
        gap <= self.window().unsigned_abs() && !column
    }

    fn remember(&mut self, item: &Item<'_>, studied: &Studied<'_>, story: StoryId, kept: Option<Slot>) {
        self.memory.remember(&Arrival { id: item.id, story, time: item.time, studied }, kept);
    }
}

/// What an entry's text comes to.
#[derive(Debug)]
pub struct Studied<'t> {
    text: Normal<'t>,
    keys: Keys,
    terms: Vec<Term>,
    marks: Vec<Mark<'t>>,
    /// The numbers of terms and marks in the window, with the flags of terms.
    features: Vec<u32>,
    sketch: Sketch,
    lang: u16,
    feed: u32,
    column: bool,
}

impl Studied<'_> {
    /// Gives the terms and marks their numbers. The entry must be remembered afterwards, or numbers are lost.
    fn known_to(mut self, memory: &mut Memory) -> Self {
        let vocabulary = &mut memory.vocabulary;
        self.features.extend(self.terms.iter().map(|term| vocabulary.acquire(term.hash) | term.flags));
        self.features.extend(self.marks.iter().map(|mark| vocabulary.acquire(mark.hash)));
        self
    }

    /// Terms as numbers with flags, in order of appearance.
    fn term_features(&self) -> &[u32] {
        &self.features[..self.terms.len()]
    }

    /// Marks as numbers.
    fn mark_features(&self) -> &[u32] {
        &self.features[self.terms.len()..]
    }

    /// Whether the text says enough to be compared with others: headline furniture does not.
    fn telling(&self) -> bool {
        self.keys.content.is_some()
    }
}

/// Reads texts; holds nothing of one that shows in the next.
#[derive(Debug, Default)]
struct Reader {
    lexicon: Lexicon,
    scan: Scan,
}

impl Reader {
    fn study<'t>(&mut self, item: &Item<'t>, aliases: &'t Aliases) -> Studied<'t> {
        let text = normal::normal(item.title, item.body, item.publisher);
        self.scan.read(&text, &mut self.lexicon);
        let (terms, marks) = (self.scan.terms(), marks::marks(&text, &self.scan, aliases));
        Studied {
            keys: Keys::of(item, &self.scan),
            features: Vec::with_capacity(terms.len() + marks.len()),
            terms,
            marks,
            sketch: self.scan.sketch(),
            lang: language(item.lang),
            column: exact::is_column(&self.scan),
            feed: hash::word(item.feed) as u32,
            text,
        }
    }
}

/// Two letters of a language tag as a number.
fn language(tag: Option<&str>) -> u16 {
    let mut letters = tag.unwrap_or_default().bytes().map(|b| b.to_ascii_lowercase());
    match (letters.next(), letters.next()) {
        (Some(one), Some(two)) => u16::from_be_bytes([one, two]),
        _ => 0,
    }
}
