//! What is remembered of the window's entries, and how it is found again.
//!
//! Everything here is a function of the entries that are still in the window and of their order of arrival:
//! whatever an entry adds when it arrives is taken away exactly when it leaves. A memory rebuilt from the
//! window alone is therefore the same as one that ran through. Never decides anything.

use super::Studied;
use super::exact::Keys;
use super::pace::Pace;
use super::vocabulary::{PRIOR, TERM_BITS, Vocabulary};
use super::words::Sketch;
use crate::model::{EntryId, StoryId, Time};
use hashbrown::HashMap;
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Where an entry is kept; numbers only grow, so that order is order of arrival.
pub type Slot = u32;

/// One remembered entry.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// Its row.
    pub id: EntryId,
    /// Its story.
    pub story: StoryId,
    /// Its time.
    pub time: Time,
    /// Hash of its feed's id.
    pub feed: u64,
    /// Its exact keys.
    pub keys: Keys,
    /// Its language, as two letters; 0 if unknown.
    pub lang: u16,
    /// Its terms in order of appearance, with their flags, then its marks.
    pub features: Box<[u32]>,
    /// How many of `features` are terms.
    pub terms: u8,
    /// Sketch of its word pairs.
    pub sketch: Sketch,
}

impl Remembered {
    /// Its terms with their flags, in order of appearance, title first.
    pub fn terms(&self) -> &[u32] {
        &self.features[..usize::from(self.terms).min(self.features.len())]
    }

    /// Its marks.
    pub fn marks(&self) -> &[u32] {
        &self.features[usize::from(self.terms).min(self.features.len())..]
    }
}

/// An entry on its way into memory.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// Its row.
    pub id: EntryId,
    /// Its story.
    pub story: StoryId,
    /// Its time.
    pub time: Time,
    /// What its text comes to.
    pub studied: &'a Studied,
}

/// The window.
#[derive(Debug, Default)]
pub struct Memory {
    slots: VecDeque<Option<Box<Remembered>>>,
    base: Slot,
    by_id: HashMap<EntryId, Slot>,
    by_key: HashMap<u64, Slot>,
    leaving: BinaryHeap<Reverse<(Time, Slot)>>,
    pace: Pace,
    /// Logarithm of the entries remembered, those imagined beforehand included.
    pub ln_all: f32,
    /// Terms and marks of the window.
    pub vocabulary: Vocabulary,
    stories: HashMap<StoryId, SmallVec<[Slot; 2]>>,
}

impl Memory {
    /// Entries remembered.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The oldest slot in use.
    pub fn base(&self) -> Slot {
        self.base
    }

    /// Slots from the oldest to the newest.
    pub fn span(&self) -> usize {
        self.slots.len()
    }

    /// The entry in a slot, if it is still remembered.
    pub fn get(&self, slot: Slot) -> Option<&Remembered> {
        self.slots.get(slot.checked_sub(self.base)? as usize)?.as_deref()
    }

    /// The slot of an entry.
    pub fn slot_of(&self, id: EntryId) -> Option<Slot> {
        self.by_id.get(&id).copied()
    }

    /// The newest entry with this key.
    pub fn by_key(&self, key: u64) -> Option<&Remembered> {
        self.by_key.get(&key).and_then(|&slot| self.get(slot))
    }

    /// The remembered entries of a story in order of arrival.
    pub fn members(&self, story: StoryId) -> &[Slot] {
        self.stories.get(&story).map_or(&[], |slots| slots)
    }

    /// The stream has come to `time`: moves the clock and forgets what fell out of the window.
    pub fn arrive(&mut self, time: Time, window: i64) {
        let now = self.pace.arrive(time, window);
        self.forget_before(Time(now.0.saturating_sub(window)));
    }

    /// The same on the word of an outside clock.
    pub fn advance(&mut self, now: Time, window: i64) {
        let now = self.pace.advance(now);
        self.forget_before(Time(now.0.saturating_sub(window)));
    }

    /// Remembers an entry; one with the same row is replaced.
    pub fn remember(&mut self, arrival: &Arrival<'_>) {
        self.forget(arrival.id);
        let slot = self.base + self.slots.len() as Slot;
        let entry = self.entry(arrival);
        self.by_id.insert(entry.id, slot);
        self.leaving.push(Reverse((entry.time, slot)));
        for (_, key) in entry.keys.in_order() {
            let newest = self.by_key(key).map(|known| known.time);
            if newest.is_none_or(|known| known <= entry.time) {
                self.by_key.insert(key, slot);
            }
        }
        self.join(entry.story, slot);
        self.slots.push_back(Some(Box::new(entry)));
        self.index(slot);
        self.count();
    }

    /// Forgets one entry; another that holds its keys is found by them from now on.
    pub fn forget(&mut self, id: EntryId) {
        self.remove(id, other_holder);
    }

    fn remove(&mut self, id: EntryId, heir: fn(&Self, &Remembered, u64, Slot) -> Option<Slot>) {
        let Some(slot) = self.by_id.remove(&id) else { return };
        let Some(entry) = self.slots.get_mut((slot - self.base) as usize).and_then(Option::take) else {
            return;
        };
        for (_, key) in entry.keys.in_order() {
            if self.by_key.get(&key) == Some(&slot) {
                match heir(self, &entry, key, slot) {
                    Some(other) => self.by_key.insert(key, other),
                    None => self.by_key.remove(&key),
                };
            }
        }
        for &feature in &entry.features {
            self.vocabulary.take(feature & TERM_BITS, slot);
        }
        self.part(entry.story, slot);
        while matches!(self.slots.front(), Some(None)) {
            self.slots.pop_front();
            self.base += 1;
        }
        self.count();
    }

    fn count(&mut self) {
        self.ln_all = (self.len() as f32 + PRIOR).ln();
    }

    /// Moves an entry to another story.
    pub fn move_to(&mut self, id: EntryId, story: StoryId) {
        let Some(slot) = self.slot_of(id) else { return };
        if let Some(Some(entry)) = self.slots.get_mut((slot - self.base) as usize) {
            let before = std::mem::replace(&mut entry.story, story);
            self.part(before, slot);
            self.join(story, slot);
        }
    }

    fn entry(&mut self, arrival: &Arrival<'_>) -> Remembered {
        let studied = arrival.studied;
        let terms = studied.terms.iter().map(|term| self.vocabulary.acquire(term.hash) | term.flags);
        let mut features: Vec<u32> = terms.collect();
        features.extend(studied.marks.iter().map(|mark| self.vocabulary.acquire(mark.hash)));
        Remembered {
            id: arrival.id,
            story: arrival.story,
            time: arrival.time,
            feed: studied.feed,
            keys: studied.keys,
            lang: studied.lang,
            features: features.into_boxed_slice(),
            terms: studied.terms.len() as u8,
            sketch: studied.sketch,
        }
    }

    /// Enters a remembered entry under each of its terms and marks.
    fn index(&mut self, slot: Slot) {
        let mut vocabulary = std::mem::take(&mut self.vocabulary);
        let time = |slot: Slot| self.get(slot).map(|entry| entry.time);
        let features = self.get(slot).map(|entry| &*entry.features).unwrap_or_default();
        for &feature in features {
            vocabulary.add(feature & TERM_BITS, slot, |one, two| (time(one), one) < (time(two), two));
        }
        self.vocabulary = vocabulary;
    }

    /// Members stay in order of arrival, also after a user moved one.
    fn join(&mut self, story: StoryId, slot: Slot) {
        let members = self.stories.entry(story).or_default();
        let at = members.iter().rposition(|&other| other < slot).map_or(0, |at| at + 1);
        members.insert(at, slot);
    }

    fn part(&mut self, story: StoryId, slot: Slot) {
        let Some(members) = self.stories.get_mut(&story) else { return };
        members.retain(|other| *other != slot);
        if members.is_empty() {
            self.stories.remove(&story);
        }
    }

    fn forget_before(&mut self, limit: Time) {
        while let Some(&Reverse((time, slot))) = self.leaving.peek() {
            if time >= limit {
                break;
            }
            self.leaving.pop();
            if let Some(id) = self.get(slot).map(|entry| entry.id) {
                // The newest holder of a key is the last to leave by age: nobody is left to inherit.
                self.remove(id, |_, _, _, _| None);
            }
        }
    }
}

/// The newest other entry of the same story with the same key.
fn other_holder(memory: &Memory, entry: &Remembered, key: u64, slot: Slot) -> Option<Slot> {
    let members = memory.members(entry.story).iter().copied().filter(|&other| other != slot);
    let holders = members.filter(|&other| {
        memory.get(other).is_some_and(|known| known.keys.in_order().any(|(_, held)| held == key))
    });
    holders.max_by_key(|&other| (memory.get(other).map(|known| known.time), other))
}
