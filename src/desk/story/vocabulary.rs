//! The terms of the window: how many entries hold each, and the newest entries that do.
//!
//! A term is known by a small number while any remembered entry holds it; the number is handed on afterwards and
//! means nothing. Counts are whole numbers, added and taken away exactly, so that the weight of a term depends
//! on the window alone.

use super::common;
use hashbrown::HashMap;
use smallvec::SmallVec;

/// A term's number; only the low 28 bits are used, so that flags fit above.
pub type TermId = u32;

/// Bits of a stored term that hold its number.
pub const TERM_BITS: u32 = (1 << 28) - 1;

/// Newest entries kept per term. A term of more entries says too little to find candidates by.
pub const POSTINGS: usize = 128;

/// One known term.
#[derive(Debug, Default)]
struct Known {
    hash: u64,
    entries: u32,
    /// Share of news entries that hold it, as known beforehand.
    share: f32,
    /// Slots by time, oldest first; complete unless full.
    newest: SmallVec<[u32; 4]>,
}

/// What comparing reads of a term, kept apart from the rest because it is read all the time.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    /// Logarithm of the entries that hold it, those imagined beforehand included.
    ln_entries: f32,
    /// How much it tells, by what is known beforehand.
    surprise: f32,
}

/// Imagined entries that hold the common words in their usual share: what terms weigh while the window is young.
pub const PRIOR: f32 = 400.0;

/// Logarithm of entries that hold a term, the imagined ones included.
pub fn ln_entries(entries: f32, share: f32) -> f32 {
    (entries + PRIOR * share + 0.5).ln()
}

/// All terms of the window.
#[derive(Debug, Default)]
pub struct Vocabulary {
    ids: HashMap<u64, TermId>,
    terms: Vec<Known>,
    weights: Vec<Weight>,
    free: Vec<TermId>,
}

impl Vocabulary {
    /// The number of a term, if any entry holds it.
    pub fn id(&self, hash: u64) -> Option<TermId> {
        self.ids.get(&hash).copied()
    }

    /// Entries that hold the term.
    pub fn entries(&self, id: TermId) -> u32 {
        self.terms.get(id as usize).map_or(0, |known| known.entries)
    }

    /// Logarithm of the entries that hold the term, those imagined beforehand included.
    pub fn ln_entries(&self, id: TermId) -> f32 {
        self.weights.get(id as usize).map_or(0.0, |weight| weight.ln_entries)
    }

    /// How much a shared term tells by what is known of words beforehand, 0 to 1.
    pub fn surprise(&self, id: TermId) -> f32 {
        self.weights.get(id as usize).map_or(0.0, |weight| weight.surprise)
    }

    /// The newest entries that hold it, newest first.
    pub fn newest(&self, id: TermId) -> impl Iterator<Item = u32> + '_ {
        self.terms.get(id as usize).into_iter().flat_map(|known| known.newest.iter().rev().copied())
    }

    /// One past the highest number in use.
    pub fn size(&self) -> usize {
        self.terms.len()
    }

    /// The number of a term that an entry is about to hold.
    pub fn acquire(&mut self, hash: u64) -> TermId {
        if let Some(&id) = self.ids.get(&hash) {
            return id;
        }
        let id = self.free.pop().unwrap_or(self.terms.len() as TermId);
        let share = common::share(hash);
        let fresh = Known { hash, share, ..Known::default() };
        let weight = Weight { ln_entries: ln_entries(0.0, share), surprise: common::surprise(share) };
        if (id as usize) < self.terms.len() {
            self.terms[id as usize] = fresh;
            self.weights[id as usize] = weight;
        } else {
            self.terms.push(fresh);
            self.weights.push(weight);
        }
        self.ids.insert(hash, id);
        id
    }

    /// Notes that an entry holds the term. `older` compares two slots by time.
    pub fn add(&mut self, id: TermId, slot: u32, older: impl Fn(u32, u32) -> bool) {
        let Some(known) = self.terms.get_mut(id as usize) else { return };
        known.entries = known.entries.saturating_add(1);
        self.weights[id as usize].ln_entries = ln_entries(known.entries as f32, known.share);
        let at = known.newest.iter().rposition(|&other| !older(slot, other)).map_or(0, |at| at + 1);
        if known.newest.len() < POSTINGS {
            known.newest.insert(at, slot);
        } else if at > 0 {
            known.newest.remove(0);
            known.newest.insert(at - 1, slot);
        }
    }

    /// Notes that an entry left.
    pub fn take(&mut self, id: TermId, slot: u32) {
        let Some(known) = self.terms.get_mut(id as usize) else { return };
        known.entries = known.entries.saturating_sub(1);
        self.weights[id as usize].ln_entries = ln_entries(known.entries as f32, known.share);
        if let Some(at) = known.newest.iter().position(|&other| other == slot) {
            known.newest.remove(at);
        }
        if known.entries == 0 {
            self.ids.remove(&known.hash);
            *known = Known::default();
            self.free.push(id);
        }
    }
}
