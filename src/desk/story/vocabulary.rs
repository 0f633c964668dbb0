//! The terms of the window: how many entries hold each, and the newest entries that do.
//!
//! A term is known by a small number while any remembered entry holds it; the number is handed on afterwards and
//! means nothing. Counts are whole numbers, added and taken away exactly, so that the weight of a term depends
//! on the window alone. What comparing reads of a term lies together, since it is read all the time.

use super::common;
use super::words::is_two_characters;
use hashbrown::HashTable;
use smallvec::SmallVec;
use std::sync::LazyLock;

/// A term's number; only the low 28 bits are used, so that flags fit above.
pub type TermId = u32;

/// Bits of a stored term that hold its number.
pub const TERM_BITS: u32 = (1 << 28) - 1;

/// Newest entries per term by which others are found. A term of more entries says too little to find by.
pub const POSTINGS: usize = 128;
/// Entries kept beyond those at least, so that one that goes seldom leaves a gap; at twice as many these are dropped.
const SPARE: usize = 32;

/// Imagined entries that hold the common words in their usual share: what terms weigh while the window is young.
pub const PRIOR: f32 = 400.0;

/// One known term.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cell {
    hash: u64,
    entries: u32,
    /// Share of news entries that hold it, as known beforehand.
    share: f32,
    /// Logarithm of the entries that hold it, those imagined beforehand included.
    ln_entries: f32,
    /// Weight in the entry that is being placed; 0 if it does not hold the term.
    pub mine: f32,
    /// Working space for the centre of a story; 0 between uses.
    pub sum: f32,
    /// The upper four bits of the term's flags in the entry that is being placed.
    pub flags: u8,
    surprise: u8,
}

/// Characters of scripts without spaces overlap by twos, and every second pair lies across two words: what one of them
/// tells, against a word.
const PAIR: f32 = 0.6;

fn surprise(hash: u64, share: f32) -> f32 {
    let told = common::surprise(share);
    if is_two_characters(hash) { PAIR * told } else { told }
}

impl Cell {
    /// Words that are in no list: 1 for such a word, half for two characters that are in none.
    pub fn unlisted(&self) -> f32 {
        match self.surprise() {
            told if told >= 1.0 => 1.0,
            told if is_two_characters(self.hash) && told > PAIR * 0.9 => 0.5,
            _ => 0.0,
        }
    }

    /// How much a shared term tells by what is known of words beforehand, 0 to 1.
    pub fn surprise(&self) -> f32 {
        f32::from(self.surprise) / 255.0
    }
}

/// All terms of the window.
#[derive(Debug, Default)]
pub struct Vocabulary {
    ids: HashTable<TermId>,
    cells: Vec<Cell>,
    /// Slots of each term by time, oldest first; complete unless [`POSTINGS`] or longer.
    newest: Vec<SmallVec<[u32; 2]>>,
    free: Vec<TermId>,
    all: usize,
    /// Logarithm of all entries, those imagined beforehand included.
    ln_all: f32,
}

impl Vocabulary {
    /// The number of a term, if any entry holds it or is about to.
    pub fn id(&self, hash: u64) -> Option<TermId> {
        self.ids.find(hash, |&id| self.cells[id as usize].hash == hash).copied()
    }

    /// What is known of a term.
    pub fn cell(&self, id: TermId) -> &Cell {
        &self.cells[id as usize]
    }

    /// The same, for the working space in it.
    pub fn cell_mut(&mut self, id: TermId) -> &mut Cell {
        &mut self.cells[id as usize]
    }

    /// Entries that hold the term.
    pub fn entries(&self, id: TermId) -> u32 {
        self.cells[id as usize].entries
    }

    /// Weight of a term: a power of the logarithm of how rare it is.
    pub fn idf(&self, id: TermId) -> f32 {
        self.weight(&self.cells[id as usize])
    }

    /// The same for what is known of it. A term that no entry holds yet weighs as if one did.
    pub fn weight(&self, cell: &Cell) -> f32 {
        tamed(self.ln_all - cell.ln_entries)
    }

    /// Weight of a term that one entry holds.
    pub fn rare(&self) -> f32 {
        tamed(self.ln_all - ln_entries(1, 0.0))
    }

    /// Takes note of how many entries are remembered.
    pub fn set_all(&mut self, entries: usize) {
        self.all = entries;
        self.ln_all = (entries as f32 + PRIOR).ln();
    }

    /// Entries remembered, as told last.
    pub fn entries_remembered(&self) -> usize {
        self.all
    }

    /// The newest entries that hold it, newest first.
    pub fn newest(&self, id: TermId) -> impl Iterator<Item = u32> + '_ {
        self.newest[id as usize].iter().rev().take(POSTINGS).copied()
    }

    /// The number of a term that an entry is about to hold.
    pub fn acquire(&mut self, hash: u64) -> TermId {
        if let Some(id) = self.id(hash) {
            return id;
        }
        let share = common::share(hash);
        let fresh = Cell {
            hash,
            share,
            ln_entries: ln_entries(1, share),
            surprise: (surprise(hash, share) * 255.0).round() as u8,
            ..Cell::default()
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.cells[id as usize] = fresh;
                id
            }
            None => {
                self.cells.push(fresh);
                self.newest.push(SmallVec::new());
                (self.cells.len() - 1) as TermId
            }
        };
        let cells = &self.cells;
        self.ids.insert_unique(hash, id, |&id| cells[id as usize].hash);
        id
    }

    /// Notes that an entry holds the term. `older` compares two slots by time.
    pub fn add(&mut self, id: TermId, slot: u32, older: impl Fn(u32, u32) -> bool) {
        self.count(id, 1);
        let newest = &mut self.newest[id as usize];
        let at = newest.iter().rposition(|&other| !older(slot, other)).map_or(0, |at| at + 1);
        // Below the oldest of a list that is cut already there may be others.
        if at > 0 || newest.len() + 1 >= self.cells[id as usize].entries as usize {
            newest.insert(at, slot);
        }
        if newest.len() > POSTINGS + 2 * SPARE {
            newest.drain(..SPARE);
        }
    }

    /// Notes that an entry left. `true` if the list of the newest lost so many that older ones must be looked for.
    #[must_use]
    pub fn take(&mut self, id: TermId, slot: u32) -> bool {
        self.count(id, -1);
        let newest = &mut self.newest[id as usize];
        if let Some(at) = newest.iter().position(|&other| other == slot) {
            newest.remove(at);
        }
        let Cell { entries, hash, .. } = self.cells[id as usize];
        if entries == 0 {
            *newest = SmallVec::new();
            if let Ok(known) = self.ids.find_entry(hash, |&other| other == id) {
                known.remove();
            }
            self.free.push(id);
        }
        newest_missing(self.newest[id as usize].len(), entries as usize)
    }

    /// All entries that hold the term, oldest first, in place of a list that ran short.
    pub fn refill(&mut self, id: TermId, mut holders: Vec<u32>) {
        let cut = holders.len().saturating_sub(POSTINGS + SPARE);
        self.newest[id as usize] = holders.drain(cut..).collect();
    }

    fn count(&mut self, id: TermId, by: i32) {
        let cell = &mut self.cells[id as usize];
        cell.entries = cell.entries.saturating_add_signed(by);
        cell.ln_entries = ln_entries(cell.entries.max(1), cell.share);
    }
}

fn newest_missing(listed: usize, entries: usize) -> bool {
    listed < POSTINGS && listed < entries
}

/// Logarithm of entries that hold a term, the imagined ones included.
fn ln_entries(entries: u32, share: f32) -> f32 {
    static PLAIN: LazyLock<Vec<f32>> = LazyLock::new(|| (0..256).map(|n| (n as f32 + 0.5).ln()).collect());
    match PLAIN.get(entries as usize) {
        Some(&known) if share == 0.0 => known,
        _ => (entries as f32 + PRIOR * share + 0.5).ln(),
    }
}

/// The power 3/4: a story that many tell makes its own words common, and must not lose them by that.
fn tamed(idf: f32) -> f32 {
    let root = idf.max(0.05).sqrt();
    root * root.sqrt()
}
