//! Finds the stories an entry may belong to, and measures how alike they are.
//!
//! In order: entries that share the rarest terms and marks, the newest of each; the stories of the best of them;
//! for each story the nearest member, the centre of its oldest and newest members, titles, marks, numbers, gap.
//! The weight of a term falls with the entries that hold it (inverse document frequency over the window, with
//! a floor of [`PRIOR`] imagined entries so that a young window does not jump). Measures only, decides nothing.

use super::Studied;
use super::common;
use super::likeness::Likeness;
use super::memory::{Memory, Remembered, Slot};
use super::veto::{self, Lookalike};
use super::vocabulary::{TERM_BITS, ln_entries};
use super::words::{IN_BODY, IN_TITLE, NAME, NUMBER, shared_pairs};
use crate::model::{StoryId, Time};

/// Rarest terms, and rarest marks, by which entries are looked up.
const LOOKUPS: usize = 10;
/// The same for marks.
const MARK_LOOKUPS: usize = 6;
/// Entries compared in full.
const COMPARED: usize = 16;
/// Of these, from one story at most.
const COMPARED_PER_STORY: usize = 4;
/// Stories measured at most.
const STORIES: usize = 4;
/// Oldest and newest members, each, that make the centre of a story: the oldest keep it from drifting.
const CENTRE: usize = 8;

/// Entries at which a window is half warm.
const COLD: f32 = 400.0;

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
}

/// Working space, kept between entries; holds nothing from one to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    weight: Vec<f32>,
    flags: Vec<u32>,
    sum: Vec<f32>,
    partial: Vec<f32>,
    touched: Vec<Slot>,
}

/// An entry's text in the window's terms.
struct Query {
    /// Term and its weight, in order of appearance; terms the window does not know have no number.
    terms: Vec<(Option<u32>, u32, f32)>,
    marks: Vec<(Option<u32>, f32)>,
    norm: f32,
    title_norm: f32,
    marks_norm: f32,
}

/// What candidates are looked for and measured with.
pub struct Search<'a> {
    memory: &'a Memory,
    scratch: &'a mut Scratch,
    item: &'a Studied,
    time: Time,
    window: i64,
    query: Query,
}

impl<'a> Search<'a> {
    /// A search for one entry.
    pub fn new(
        memory: &'a Memory,
        scratch: &'a mut Scratch,
        item: &'a Studied,
        time: Time,
        window: i64,
    ) -> Self {
        let query = Query::of(memory, item);
        let size = memory.vocabulary.size();
        scratch.weight.resize(size.max(scratch.weight.len()), 0.0);
        scratch.flags.resize(size.max(scratch.flags.len()), 0);
        scratch.sum.resize(size.max(scratch.sum.len()), 0.0);
        for &(id, flags, weight) in &query.terms {
            if let Some(id) = id {
                scratch.weight[id as usize] = weight;
                scratch.flags[id as usize] = flags;
            }
        }
        for &(id, weight) in &query.marks {
            if let Some(id) = id {
                scratch.weight[id as usize] = weight;
            }
        }
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
        for at in 0..found.len() {
            let next = found
                .iter()
                .enumerate()
                .filter(|&(other, _)| other != at)
                .map(|(_, c)| c.likeness.near)
                .fold(0.0, f32::max);
            found[at].likeness.lead = found[at].likeness.near - next;
        }
        let words = veto::words(self.item, &self.memory.vocabulary);
        for candidate in &mut found {
            if let Some(entry) = self.memory.get(candidate.nearest) {
                candidate.lookalike = veto::lookalike(&words, entry);
            }
            self.measure_story(candidate);
        }
        self.clear();
        found
    }

    /// Entries that share rare terms or marks, the likeliest first.
    fn entries(&mut self) -> Vec<Slot> {
        let terms: Vec<(u32, f32)> =
            self.query.terms.iter().filter_map(|&(id, _, weight)| Some((id?, weight))).collect();
        let marks: Vec<(u32, f32)> =
            self.query.marks.iter().filter_map(|&(id, weight)| Some((id?, weight))).collect();
        self.look_up(terms, LOOKUPS);
        self.look_up(marks, MARK_LOOKUPS);
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

    fn look_up(&mut self, mut terms: Vec<(u32, f32)>, limit: usize) {
        let rarity = |a: &(u32, f32), b: &(u32, f32)| {
            let entries = |id| self.memory.vocabulary.entries(id);
            entries(a.0).cmp(&entries(b.0))
        };
        // A stable sort: equal counts stay in order of appearance, whatever their numbers are.
        terms.sort_by(rarity);
        terms.truncate(limit);
        let base = self.memory.base();
        self.scratch.partial.resize(self.memory.span().max(self.scratch.partial.len()), 0.0);
        for (id, weight) in terms {
            for slot in self.memory.vocabulary.newest(id) {
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
        let likeness = self.pair(entry);
        if entry.feed == self.item.feed
            && likeness.gap_hours >= COLUMN_HOURS
            && likeness.pairs >= COLUMN_PAIRS
        {
            return;
        }
        let candidate =
            || Candidate { story: entry.story, nearest: slot, likeness, lookalike: Lookalike::default() };
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

    fn pair(&self, entry: &Remembered) -> Likeness {
        let (mut dot, mut norm, mut title_dot, mut title_norm) = (0.0f32, 0.0f32, 0.0f32, 0.0f32);
        let (mut mass, mut names, mut own_names, mut numbers_shared) = (0.0, 0.0f32, 0.0f32, 0.0);
        let mut title_numbers = (false, false);
        let (mut title_back, mut title_in) = (0.0f32, 0.0f32);
        let mut top = [0.0f32; 3];
        let (mut evidence, mut unlisted) = (0.0f32, 0.0f32);
        let rare = self.memory.rare();
        for &term in entry.terms() {
            let idf = self.memory.idf(term & TERM_BITS);
            let weight = idf * emphasis(term);
            let mine = self.scratch.weight[(term & TERM_BITS) as usize];
            dot += mine * weight;
            norm += weight * weight;
            if term & IN_TITLE != 0 {
                title_norm += idf * idf;
                title_numbers.0 |= term & NUMBER != 0;
            }
            if mine > 0.0 {
                mass += idf;
                let surprise = self.memory.vocabulary.surprise(term & TERM_BITS);
                evidence += surprise;
                unlisted += f32::from(u8::from(surprise >= 1.0));
                let flags = self.scratch.flags[(term & TERM_BITS) as usize];
                if term & IN_TITLE != 0 {
                    title_back += idf * idf;
                }
                if flags & IN_TITLE != 0 {
                    title_in += idf * idf;
                }
                if flags & term & IN_TITLE != 0 {
                    title_dot += idf * idf;
                    title_numbers.1 |= flags & NUMBER != 0;
                }
                if idf > top[2] {
                    top[2] = idf;
                    top.sort_by(|a, b| b.total_cmp(a));
                }
                names += f32::from(u8::from(term & NAME != 0));
                numbers_shared += f32::from(u8::from(term & NUMBER != 0));
            }
            own_names += f32::from(u8::from(term & NAME != 0));
        }
        let my_numbers =
            self.item.terms.iter().any(|term| term.flags & NUMBER != 0 && term.flags & IN_TITLE != 0);
        let (mut mark_dot, mut mark_norm, mut mark_evidence) = (0.0f32, 0.0f32, 0.0f32);
        for &mark in entry.marks() {
            let idf = self.memory.idf(mark & TERM_BITS);
            if self.scratch.weight[(mark & TERM_BITS) as usize] > 0.0 {
                mark_dot += idf * idf;
                mark_evidence += self.memory.vocabulary.surprise(mark & TERM_BITS);
            }
            mark_norm += idf * idf;
        }
        Likeness {
            evidence,
            mark_evidence,
            unlisted,
            cold: self.memory.cold(),
            near: cosine(dot, norm, self.query.norm),
            title: cosine(title_dot, title_norm, self.query.title_norm),
            marks: cosine(mark_dot, mark_norm, self.query.marks_norm),
            mark_mass: mark_dot / (rare * rare),
            pairs: shared_pairs(&self.item.sketch, &entry.sketch),
            mass: mass / rare,
            gap_hours: self.time.0.abs_diff(entry.time.0) as f32 / 3_600_000.0,
            shorter: entry.terms().len().min(self.item.terms.len()) as f32,
            numbers_differ: my_numbers && title_numbers.0 && !title_numbers.1,
            numbers_shared,
            title_in: share(title_in, self.query.title_norm),
            title_back: share(title_back, title_norm),
            rarest: top.iter().sum::<f32>() / (3.0 * rare),
            names: if own_names > 0.0 { names / own_names } else { 0.0 },
            foreign: foreign(self.item.lang, entry.lang),
            ..Likeness::default()
        }
    }

    fn measure_story(&mut self, candidate: &mut Candidate) {
        let members = self.memory.members(candidate.story);
        let (head, tail) =
            (members.len().min(CENTRE), members.len().saturating_sub(CENTRE).max(CENTRE).min(members.len()));
        let sample = members[..head].iter().chain(&members[tail..]);
        let mut held: Vec<u32> = Vec::with_capacity(256);
        let mut gap = candidate.likeness.gap_hours;
        for entry in sample.filter_map(|&slot| self.memory.get(slot)) {
            gap = gap.min(self.time.0.abs_diff(entry.time.0) as f32 / 3_600_000.0);
            for &term in entry.terms() {
                let sum = &mut self.scratch.sum[(term & TERM_BITS) as usize];
                if *sum == 0.0 {
                    held.push(term & TERM_BITS);
                }
                *sum += emphasis(term);
            }
        }
        let rare = self.memory.rare();
        let (mut names, mut names_known, mut title_known) = (0.0f32, 0.0f32, 0.0f32);
        for &(id, flags, _) in &self.query.terms {
            let idf = id.map_or(rare, |id| self.memory.idf(id));
            let held = id.is_some_and(|id| self.scratch.sum[id as usize] > 0.0);
            if flags & NAME != 0 {
                names += idf;
                names_known += if held { idf } else { 0.0 };
            }
            if flags & IN_TITLE != 0 && held {
                title_known += idf * idf;
            }
        }
        let (mut dot, mut norm, mut known) = (0.0f32, 0.0f32, 0.0f32);
        for &id in &held {
            let weight = std::mem::take(&mut self.scratch.sum[id as usize]) * self.memory.idf(id);
            let mine = self.scratch.weight[id as usize];
            dot += mine * weight;
            norm += weight * weight;
            known += mine * mine;
        }
        let likeness = &mut candidate.likeness;
        likeness.names_known = if names > 0.0 { names_known / names } else { 0.5 };
        likeness.title_known = share(title_known, self.query.title_norm);
        likeness.centre = cosine(dot, norm, self.query.norm);
        likeness.known = if self.query.norm > 0.0 { known / self.query.norm } else { 0.0 };
        likeness.size = members.len() as f32;
        likeness.gap_hours = gap;
    }

    fn clear(&mut self) {
        let terms = self.query.terms.iter().filter_map(|&(id, _, _)| id);
        for id in terms.chain(self.query.marks.iter().filter_map(|&(id, _)| id)) {
            self.scratch.weight[id as usize] = 0.0;
            self.scratch.flags[id as usize] = 0;
        }
    }
}

impl Query {
    fn of(memory: &Memory, item: &Studied) -> Self {
        let mut query =
            Self { terms: Vec::new(), marks: Vec::new(), norm: 0.0, title_norm: 0.0, marks_norm: 0.0 };
        for term in &item.terms {
            let id = memory.vocabulary.id(term.hash);
            let idf = id.map_or_else(|| memory.idf_new(term.hash), |id| memory.idf(id));
            let weight = idf * emphasis(term.flags);
            query.norm += weight * weight;
            if term.flags & IN_TITLE != 0 {
                query.title_norm += idf * idf;
            }
            query.terms.push((id, term.flags, weight));
        }
        for mark in &item.marks {
            let id = memory.vocabulary.id(mark.hash);
            let idf = id.map_or_else(|| memory.rare(), |id| memory.idf(id));
            query.marks_norm += idf * idf;
            query.marks.push((id, idf));
        }
        query
    }
}

/// How much more a term counts by where it stands.
fn emphasis(term: u32) -> f32 {
    let place = match (term & IN_TITLE != 0, term & IN_BODY != 0) {
        (true, true) => 1.6,
        (true, false) => 1.3,
        _ => 1.0,
    };
    let kind = if term & (NUMBER | NAME) != 0 { 1.15 } else { 1.0 };
    place * kind
}

fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 }
}

fn cosine(dot: f32, one: f32, two: f32) -> f32 {
    if one > 0.0 && two > 0.0 { (dot / (one * two).sqrt()).min(1.0) } else { 0.0 }
}

fn foreign(one: u16, two: u16) -> bool {
    one != two && one != 0 && two != 0
}

impl Memory {
    /// Weight of a term: a power of the logarithm of how rare it is.
    pub fn idf(&self, id: u32) -> f32 {
        tamed(self.ln_all - self.vocabulary.ln_entries(id))
    }

    /// Weight of a term that no remembered entry holds.
    pub fn idf_new(&self, hash: u64) -> f32 {
        tamed(self.ln_all - ln_entries(1.0, common::share(hash)))
    }

    /// The share of imagined entries among those the weights rest on.
    pub fn cold(&self) -> f32 {
        COLD / (COLD + self.len() as f32)
    }

    /// Weight of a term that one entry holds.
    pub fn rare(&self) -> f32 {
        tamed(self.ln_all - ln_entries(1.0, 0.0))
    }
}

/// The power 3/4: a story that many tell makes its own words common, and must not lose them by that.
fn tamed(idf: f32) -> f32 {
    let root = idf.max(0.05).sqrt();
    root * root.sqrt()
}
