//! What is remembered of the window's entries, and how it is found again.
//!
//! Everything here is a function of the entries that are still in the window and of their order of arrival:
//! whatever an entry adds when it arrives is taken away exactly when it leaves. A memory rebuilt from the
//! window alone is therefore the same as one that ran through. Never decides anything.

use super::Studied;
use super::exact::Keys;
use super::hash::mix;
use super::pace::Pace;
use super::sketch::Sketch;
use super::vocabulary::{TERM_BITS, Vocabulary};
use crate::model::{EntryId, StoryId, Time};
use hashbrown::{HashMap, HashTable};
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
    pub feed: u32,
    /// Its exact keys.
    pub keys: Keys,
    /// Its language, as two letters; 0 if unknown.
    pub lang: u16,
    /// Whether its title names a format or a date only.
    pub column: bool,
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
    pub studied: &'a Studied<'a>,
}

/// The newest entry that holds a key, which of its keys it is, and how many hold it.
#[derive(Clone, Copy, Debug)]
struct Holder {
    slot: Slot,
    which: u8,
    count: u32,
}

type Slots = VecDeque<Option<Box<Remembered>>>;

/// The window.
#[derive(Debug, Default)]
pub struct Memory {
    slots: Slots,
    base: Slot,
    by_id: HashTable<Slot>,
    by_key: HashTable<Holder>,
    leaving: BinaryHeap<Reverse<(Time, Slot)>>,
    pace: Pace,
    /// No remembered entry is newer.
    latest: Option<Time>,
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
        at(&self.slots, self.base, slot)
    }

    /// Shows an entry beside the vocabulary, whose cells are working space.
    pub fn with_vocabulary(&mut self, slot: Slot, show: impl FnOnce(&Remembered, &mut Vocabulary)) {
        if let Some(entry) = at(&self.slots, self.base, slot) {
            show(entry, &mut self.vocabulary);
        }
    }

    /// The slot of an entry.
    pub fn slot_of(&self, id: EntryId) -> Option<Slot> {
        self.by_id.find(of_id(id), |&slot| self.get(slot).is_some_and(|entry| entry.id == id)).copied()
    }

    /// The newest entry with this key.
    pub fn by_key(&self, key: u64) -> Option<&Remembered> {
        let holder = self.by_key.find(key, |&holder| key_of(&self.slots, self.base, holder) == Some(key))?;
        self.get(holder.slot)
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

    /// Takes an entry out that is about to be remembered anew, and returns the slot that is kept for it.
    pub fn vacate(&mut self, id: EntryId) -> Option<Slot> {
        let slot = self.slot_of(id)?;
        self.take_out(slot);
        Some(slot)
    }

    /// Remembers an entry, in the slot that was kept for it or as the last one.
    pub fn remember(&mut self, arrival: &Arrival<'_>, kept: Option<Slot>) {
        let entry = Box::new(Self::entry(arrival));
        let slot = self.settle(entry, kept);
        self.leaving.push(Reverse((arrival.time, slot)));
        let (slots, base) = (&self.slots, self.base);
        self.by_id.insert_unique(of_id(arrival.id), slot, |&slot| {
            at(slots, base, slot).map_or(0, |entry| of_id(entry.id))
        });
        self.hold_keys(slot, arrival.time);
        self.join(arrival.story, slot);
        self.index(slot, arrival.time);
        self.vocabulary.set_all(self.by_id.len());
    }

    fn settle(&mut self, entry: Box<Remembered>, kept: Option<Slot>) -> Slot {
        let place =
            kept.and_then(|slot| Some((slot, self.slots.get_mut(slot.checked_sub(self.base)? as usize)?)));
        match place {
            Some((slot, place)) => {
                *place = Some(entry);
                slot
            }
            None => {
                self.slots.push_back(Some(entry));
                self.base + (self.slots.len() - 1) as Slot
            }
        }
    }

    fn hold_keys(&mut self, slot: Slot, time: Time) {
        let Some(keys) = self.get(slot).map(|entry| entry.keys) else { return };
        let (slots, base) = (&self.slots, self.base);
        for (which, key) in keys.numbered() {
            let known = self.by_key.find_mut(key, |&holder| key_of(slots, base, holder) == Some(key));
            match known {
                Some(holder) => {
                    holder.count = holder.count.saturating_add(1);
                    let newest = at(slots, base, holder.slot).map(|entry| (entry.time, holder.slot));
                    if newest.is_none_or(|newest| newest <= (time, slot)) {
                        (holder.slot, holder.which) = (slot, which);
                    }
                }
                None => {
                    let holder = Holder { slot, which, count: 1 };
                    self.by_key
                        .insert_unique(key, holder, |&holder| key_of(slots, base, holder).unwrap_or(0));
                }
            }
        }
    }

    /// Keys that others hold lead to the newest of those from now on.
    fn let_keys_go(&mut self, slot: Slot) {
        let Some(keys) = self.get(slot).map(|entry| entry.keys) else { return };
        for (_, key) in keys.numbered() {
            let (slots, base) = (&self.slots, self.base);
            let found = self.by_key.find_entry(key, |&holder| key_of(slots, base, holder) == Some(key));
            let Ok(mut known) = found else { continue };
            let holder = known.get_mut();
            holder.count -= 1;
            if holder.count == 0 {
                known.remove();
            } else if holder.slot == slot
                && let Some((heir, which)) = newest_holder(slots, base, key, slot)
            {
                (holder.slot, holder.which) = (heir, which);
            }
        }
    }

    fn take_out(&mut self, slot: Slot) {
        self.let_keys_go(slot);
        if let Some(id) = self.get(slot).map(|entry| entry.id)
            && let Ok(known) = self.by_id.find_entry(of_id(id), |&other| other == slot)
        {
            known.remove();
        }
        let place = slot.checked_sub(self.base).and_then(|at| self.slots.get_mut(at as usize));
        let Some(entry) = place.and_then(Option::take) else { return };
        for &feature in &entry.features {
            if self.vocabulary.take(feature & TERM_BITS, slot) {
                self.refill(feature & TERM_BITS);
            }
        }
        self.part(entry.story, slot);
        self.vocabulary.set_all(self.by_id.len());
    }

    /// A common term lost many of its newest entries by revisions: the older ones are looked for in the window.
    fn refill(&mut self, term: u32) {
        let holds = |entry: &Remembered| entry.features.iter().any(|&feature| feature & TERM_BITS == term);
        let mut holders: Vec<(Time, Slot)> = (self.base..)
            .zip(&self.slots)
            .filter_map(|(slot, entry)| {
                entry.as_ref().filter(|entry| holds(entry)).map(|entry| (entry.time, slot))
            })
            .collect();
        holders.sort_unstable();
        self.vocabulary.refill(term, holders.into_iter().map(|(_, slot)| slot).collect());
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

    fn entry(arrival: &Arrival<'_>) -> Remembered {
        let studied = arrival.studied;
        Remembered {
            id: arrival.id,
            story: arrival.story,
            time: arrival.time,
            feed: studied.feed,
            keys: studied.keys,
            lang: studied.lang,
            column: studied.column,
            features: studied.features.as_slice().into(),
            terms: studied.terms.len() as u8,
            sketch: studied.sketch,
        }
    }

    /// Enters a remembered entry under each of its terms and marks.
    fn index(&mut self, slot: Slot, arrived: Time) {
        let in_order = self.latest.is_none_or(|latest| latest <= arrived)
            && slot == self.base + (self.slots.len() - 1) as Slot;
        self.latest = self.latest.max(Some(arrived));
        let (slots, base) = (&self.slots, self.base);
        let time = |slot: Slot| at(slots, base, slot).map(|entry| entry.time);
        let features = at(slots, base, slot).map(|entry| &*entry.features).unwrap_or_default();
        for &feature in features {
            self.vocabulary
                .add(feature & TERM_BITS, slot, |one, two| !in_order && (time(one), one) < (time(two), two));
        }
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
            // An entry that was remembered anew with another time leaves by that.
            if self.get(slot).is_some_and(|entry| entry.time <= time) {
                self.take_out(slot);
            }
        }
        while matches!(self.slots.front(), Some(None)) {
            self.slots.pop_front();
            self.base += 1;
        }
    }
}

fn at(slots: &Slots, base: Slot, slot: Slot) -> Option<&Remembered> {
    slots.get(slot.checked_sub(base)? as usize)?.as_deref()
}

fn of_id(id: EntryId) -> u64 {
    mix(id.0 as u64)
}

fn key_of(slots: &Slots, base: Slot, holder: Holder) -> Option<u64> {
    at(slots, base, holder.slot)?.keys.get(holder.which)
}

/// The newest other entry with a key, and which of its keys it is.
fn newest_holder(slots: &Slots, base: Slot, key: u64, except: Slot) -> Option<(Slot, u8)> {
    let all = (base..).zip(slots).filter(|&(slot, _)| slot != except);
    let holders = all.filter_map(|(slot, entry)| {
        let entry = entry.as_ref()?;
        let which = entry.keys.numbered().find(|&(_, held)| held == key)?.0;
        Some((entry.time, slot, which))
    });
    holders.max().map(|(_, slot, which)| (slot, which))
}
