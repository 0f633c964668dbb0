//! Finds the stories an entry may belong to, and measures how alike they are.
//!
//! In order: entries that share the rarest terms and marks, the newest of each; the stories of the best of them;
//! for each story the nearest member, the centre of its oldest and newest members, titles, marks, numbers, gap.
//! The weight of a term falls with the entries that hold it (inverse document frequency over the window, with
//! a floor of [`PRIOR`] imagined entries so that a young window does not jump). Measures only, decides nothing.

use super::Studied;
use super::likeness::Likeness;
use super::measure::Query;
use super::memory::{Memory, Slot};
use super::veto::{self, Lookalike};
use super::vocabulary::TERM_BITS;
use crate::model::{StoryId, Time};
use smallvec::SmallVec;

/// Rarest terms, and rarest marks, by which entries are looked up.
const LOOKUPS: usize = 10;
/// The same for marks.
const MARK_LOOKUPS: usize = 6;
/// Entries compared in full.
const COMPARED: usize = 16;
/// Of these, from one story at most.
const COMPARED_PER_STORY: usize = 4;
/// Share of the best entry's shared weight below which others are not compared.
const WORTH_COMPARING: f32 = 0.2;
/// Stories measured at most.
const STORIES: usize = 4;
/// Share of the nearest story's rank below which others are not measured.
const WORTH_MEASURING: f32 = 0.4;
/// Hours after which one feed's repetition of one text is a column that returns daily.
pub const COLUMN_HOURS: f32 = 18.0;
/// Share of word pairs that makes a repetition.
const COLUMN_PAIRS: f32 = 0.8;

/// A story that may fit.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The story.
    pub story: StoryId,
    /// Its member nearest in text.
    pub nearest: Slot,
    /// How alike.
    pub likeness: Likeness,
    /// Whether texts of one template differ in what they are about.
    pub lookalike: Lookalike,
    /// How alike the vectors are, where both have one.
    pub similar: Option<f32>,
}

/// Working space, kept between entries; holds nothing from one to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    partial: Vec<f32>,
    touched: Vec<Slot>,
}

/// What candidates are looked for and measured with.
pub struct Search<'a> {
    memory: &'a mut Memory,
    scratch: &'a mut Scratch,
    item: &'a Studied<'a>,
    time: Time,
    window: i64,
    query: Query,
}

impl<'a> Search<'a> {
    /// A search for one entry.
    pub fn new(
        memory: &'a mut Memory,
        scratch: &'a mut Scratch,
        item: &'a Studied<'a>,
        time: Time,
        window: i64,
    ) -> Self {
        let query = Query::of(&mut memory.vocabulary, item);
        Self { memory, scratch, item, time, window, query }
    }

    /// The stories that may fit.
    pub fn run(mut self) -> Vec<Candidate> {
        let entries = self.entries();
        let mut found: Vec<Candidate> = Vec::new();
        for slot in entries {
            self.compare(slot, &mut found);
        }
        found.sort_by(|a, b| b.likeness.rank().total_cmp(&a.likeness.rank()).then(b.nearest.cmp(&a.nearest)));
        found.truncate(STORIES);
        let least = found.first().map_or(0.0, |best| best.likeness.rank() * WORTH_MEASURING);
        found.retain(|candidate| candidate.likeness.rank() >= least);
        for at in 0..found.len() {
            let next = found
                .iter()
                .enumerate()
                .filter(|&(other, _)| other != at)
                .map(|(_, c)| c.likeness.near)
                .fold(0.0, f32::max);
            found[at].likeness.lead = found[at].likeness.near - next;
        }
        for candidate in &mut found {
            if let Some(entry) = self.memory.get(candidate.nearest) {
                candidate.lookalike = veto::lookalike(self.item.term_features(), entry.terms());
            }
            self.query.measure_story(self.memory, candidate.story, self.time, &mut candidate.likeness);
        }
        self.query.clear(&mut self.memory.vocabulary);
        found
    }

    /// Entries that share rare terms or marks, the likeliest first.
    fn entries(&mut self) -> Vec<Slot> {
        self.look_up(&self.query.terms.clone(), LOOKUPS);
        self.look_up(&self.query.marks.clone(), MARK_LOOKUPS);
        let base = self.memory.base();
        let partial = &self.scratch.partial;
        let score = |slot: Slot| partial[(slot - base) as usize];
        let order = |a: &Slot, b: &Slot| score(*b).total_cmp(&score(*a)).then(b.cmp(a));
        let touched = &mut self.scratch.touched;
        let keep = (4 * COMPARED).min(touched.len());
        if keep < touched.len() {
            touched.select_nth_unstable_by(keep, order);
        }
        let mut best = touched[..keep].to_vec();
        best.sort_unstable_by(order);
        let least = best.first().map_or(0.0, |&slot| score(slot) * WORTH_COMPARING);
        best.retain(|&slot| score(slot) >= least);
        for &slot in touched.iter() {
            self.scratch.partial[(slot - base) as usize] = 0.0;
        }
        touched.clear();
        self.spread(best)
    }

    /// At most a few entries of each story, so that a large story does not hide the others.
    fn spread(&self, best: Vec<Slot>) -> Vec<Slot> {
        let mut taken: Vec<(StoryId, usize)> = Vec::new();
        let mut out = Vec::with_capacity(COMPARED);
        for slot in best {
            let Some(entry) = self.memory.get(slot) else { continue };
            let at = taken.iter().position(|(story, _)| *story == entry.story).unwrap_or_else(|| {
                taken.push((entry.story, 0));
                taken.len() - 1
            });
            taken[at].1 += 1;
            if taken[at].1 <= COMPARED_PER_STORY {
                out.push(slot);
            }
            if out.len() == COMPARED {
                break;
            }
        }
        out
    }

    fn look_up(&mut self, features: &[(u32, f32)], limit: usize) {
        let vocabulary = &self.memory.vocabulary;
        let mut rarest: SmallVec<[(u32, u32, f32); 64]> = features
            .iter()
            .map(|&(feature, weight)| (vocabulary.entries(feature & TERM_BITS), feature & TERM_BITS, weight))
            .filter(|&(entries, ..)| entries > 0)
            .collect();
        // A stable sort: equal counts stay in order of appearance, whatever their numbers are.
        rarest.sort_by_key(|&(entries, ..)| entries);
        rarest.truncate(limit);
        let base = self.memory.base();
        self.scratch.partial.resize(self.memory.span().max(self.scratch.partial.len()), 0.0);
        for (_, id, weight) in rarest {
            for slot in vocabulary.newest(id) {
                let sum = &mut self.scratch.partial[(slot - base) as usize];
                if *sum == 0.0 {
                    self.scratch.touched.push(slot);
                }
                *sum += weight * weight;
            }
        }
    }

    /// Compares with one entry; keeps the nearest of each story.
    fn compare(&mut self, slot: Slot, found: &mut Vec<Candidate>) {
        let Some(entry) = self.memory.get(slot) else { return };
        if self.time.0.abs_diff(entry.time.0) > self.window.unsigned_abs() {
            return;
        }
        let likeness = self.query.measure_pair(&self.memory.vocabulary, self.item, entry, self.time);
        if entry.feed == self.item.feed
            && likeness.gap_hours >= COLUMN_HOURS
            && likeness.pairs >= COLUMN_PAIRS
        {
            return;
        }
        let candidate = || Candidate {
            story: entry.story,
            nearest: slot,
            likeness,
            lookalike: Lookalike::default(),
            similar: None,
        };
        match found.iter_mut().find(|candidate| candidate.story == entry.story) {
            None => found.push(candidate()),
            Some(known) if likeness.rank() > known.likeness.rank() => {
                let gap = known.likeness.gap_hours.min(likeness.gap_hours);
                *known = candidate();
                known.likeness.gap_hours = gap;
            }
            Some(known) => known.likeness.gap_hours = known.likeness.gap_hours.min(likeness.gap_hours),
        }
    }
}
