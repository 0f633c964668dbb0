//! Measures how alike an entry is to a remembered one, and to a story as a whole.
//!
//! Weights fall with the entries that hold a term (inverse document frequency over the window, with a floor of
//! [`super::vocabulary::PRIOR`] imagined entries so that a young window does not jump). Measures only, decides
//! nothing.

use super::Studied;
use super::likeness::Likeness;
use super::memory::{Memory, Remembered};
use super::sketch::shared_pairs;
use super::vocabulary::{TERM_BITS, Vocabulary};
use super::words::{IN_BODY, IN_TITLE, NAME, NUMBER};
use crate::model::{StoryId, Time};
use smallvec::SmallVec;

/// Oldest and newest members, each, that make the centre of a story: the oldest keep it from drifting.
const CENTRE: usize = 8;

/// Entries at which a window is half warm.
const COLD: f32 = 400.0;

/// An entry's text in the window's terms. While it is in use the vocabulary's cells hold its weights.
#[derive(Debug)]
pub struct Query {
    /// Term with its flags, and weight, in order of appearance.
    pub terms: Vec<(u32, f32)>,
    /// Mark and its weight.
    pub marks: Vec<(u32, f32)>,
    norm: f32,
    title_norm: f32,
    marks_norm: f32,
    /// Weight of a term that one entry holds.
    rare: f32,
    cold: f32,
    title_numbers: bool,
}

/// What one walk over the terms of a remembered entry adds up.
#[derive(Default)]
struct Sums {
    dot: f32,
    norm: f32,
    title_dot: f32,
    title_norm: f32,
    title_in: f32,
    title_back: f32,
    mass: f32,
    names: f32,
    own_names: f32,
    numbers: f32,
    title_number: bool,
    title_number_shared: bool,
    top: [f32; 3],
    evidence: f32,
    name_evidence: f32,
    title_evidence: f32,
    unlisted: f32,
}

impl Sums {
    fn add(&mut self, term: u32, idf: f32) {
        let weight = idf * emphasis(term);
        self.norm += weight * weight;
        if term & IN_TITLE != 0 {
            self.title_norm += idf * idf;
            self.title_number |= term & NUMBER != 0;
        }
        self.own_names += one_if(term & NAME != 0);
    }

    fn add_shared(&mut self, term: u32, idf: f32, mine: f32, flags: u32, (surprise, unlisted): (f32, f32)) {
        self.dot += mine * idf * emphasis(term);
        self.mass += idf;
        self.evidence += surprise;
        self.unlisted += unlisted;
        self.title_back += if term & IN_TITLE != 0 { idf * idf } else { 0.0 };
        self.title_in += if flags & IN_TITLE != 0 { idf * idf } else { 0.0 };
        if flags & term & IN_TITLE != 0 {
            self.title_dot += idf * idf;
            self.title_number_shared |= flags & NUMBER != 0;
        }
        if idf > self.top[2] {
            self.top[2] = idf;
            self.top.sort_unstable_by(|a, b| b.total_cmp(a));
        }
        self.name_evidence += if (term | flags) & NAME != 0 { surprise } else { 0.0 };
        self.title_evidence += if term & flags & IN_TITLE != 0 { surprise } else { 0.0 };
        self.names += one_if(term & NAME != 0);
        self.numbers += one_if(term & NUMBER != 0);
    }
}

impl Query {
    /// An entry's text, with its weights entered in the cells until [`Query::clear`].
    pub fn of(vocabulary: &mut Vocabulary, item: &Studied<'_>) -> Self {
        let all = vocabulary.entries_remembered();
        let mut query = Self {
            terms: Vec::with_capacity(item.terms.len()),
            marks: Vec::with_capacity(item.marks.len()),
            norm: 0.0,
            title_norm: 0.0,
            marks_norm: 0.0,
            rare: vocabulary.rare(),
            cold: COLD / (COLD + all as f32),
            title_numbers: item
                .terms
                .iter()
                .any(|term| term.flags & NUMBER != 0 && term.flags & IN_TITLE != 0),
        };
        for &term in item.term_features() {
            let id = term & TERM_BITS;
            let idf = vocabulary.idf(id);
            let weight = idf * emphasis(term);
            query.norm += weight * weight;
            query.title_norm += if term & IN_TITLE != 0 { idf * idf } else { 0.0 };
            let cell = vocabulary.cell_mut(id);
            (cell.mine, cell.flags) = (weight, (term >> 28) as u8);
            query.terms.push((term, weight));
        }
        for &mark in item.mark_features() {
            let idf = vocabulary.idf(mark);
            query.marks_norm += idf * idf;
            vocabulary.cell_mut(mark).mine = idf;
            query.marks.push((mark, idf));
        }
        query
    }

    /// Takes the weights out of the cells.
    pub fn clear(&self, vocabulary: &mut Vocabulary) {
        for &(feature, _) in self.terms.iter().chain(&self.marks) {
            let cell = vocabulary.cell_mut(feature & TERM_BITS);
            (cell.mine, cell.flags) = (0.0, 0);
        }
    }

    /// Measures against one remembered entry.
    pub fn measure_pair(
        &self,
        vocabulary: &Vocabulary,
        item: &Studied<'_>,
        entry: &Remembered,
        time: Time,
    ) -> Likeness {
        let mut sums = Sums::default();
        for &term in entry.terms() {
            let cell = vocabulary.cell(term & TERM_BITS);
            let idf = vocabulary.weight(cell);
            sums.add(term, idf);
            if cell.mine > 0.0 {
                sums.add_shared(
                    term,
                    idf,
                    cell.mine,
                    u32::from(cell.flags) << 28,
                    (cell.surprise(), cell.unlisted()),
                );
            }
        }
        let (mut mark_dot, mut mark_norm, mut mark_evidence) = (0.0f32, 0.0f32, 0.0f32);
        for &mark in entry.marks() {
            let cell = vocabulary.cell(mark & TERM_BITS);
            let idf = vocabulary.weight(cell);
            mark_norm += idf * idf;
            if cell.mine > 0.0 {
                mark_dot += idf * idf;
                mark_evidence += cell.surprise();
            }
        }
        Likeness {
            evidence: sums.evidence,
            name_evidence: sums.name_evidence,
            title_evidence: sums.title_evidence,
            mark_evidence,
            unlisted: sums.unlisted,
            cold: self.cold,
            near: cosine(sums.dot, sums.norm, self.norm),
            title: cosine(sums.title_dot, sums.title_norm, self.title_norm),
            marks: cosine(mark_dot, mark_norm, self.marks_norm),
            mark_mass: mark_dot / (self.rare * self.rare),
            pairs: shared_pairs(&item.sketch, &entry.sketch),
            mass: sums.mass / self.rare,
            gap_hours: hours_between(time, entry.time),
            shorter: entry.terms().len().min(item.terms.len()) as f32,
            numbers_differ: self.title_numbers && sums.title_number && !sums.title_number_shared,
            numbers_shared: sums.numbers,
            title_in: share(sums.title_in, self.title_norm),
            title_back: share(sums.title_back, sums.title_norm),
            rarest: sums.top.iter().sum::<f32>() / (3.0 * self.rare),
            names: if sums.own_names > 0.0 { sums.names / sums.own_names } else { 0.0 },
            columns: u8::from(item.column) + u8::from(entry.column),
            foreign: foreign(item.lang, entry.lang),
            ..Likeness::default()
        }
    }

    /// Measures against the centre of a story: its oldest and newest members.
    pub fn measure_story(&self, memory: &mut Memory, story: StoryId, time: Time, likeness: &mut Likeness) {
        let members = memory.members(story);
        let size = members.len();
        let (head, tail) = (size.min(CENTRE), size.saturating_sub(CENTRE).max(CENTRE).min(size));
        let sample: SmallVec<[u32; 2 * CENTRE]> =
            members[..head].iter().chain(&members[tail..]).copied().collect();
        let mut held: Vec<u32> = Vec::with_capacity(256);
        for (nth, slot) in sample.into_iter().enumerate() {
            if nth == head {
                likeness.origin = self.held_share(&memory.vocabulary, &held);
            }
            memory.with_vocabulary(slot, |entry, vocabulary| {
                likeness.gap_hours = likeness.gap_hours.min(hours_between(time, entry.time));
                for &term in entry.terms() {
                    let cell = vocabulary.cell_mut(term & TERM_BITS);
                    if cell.sum == 0.0 {
                        held.push(term & TERM_BITS);
                    }
                    cell.sum += emphasis(term);
                }
            });
        }
        likeness.known = self.held_share(&memory.vocabulary, &held);
        if size <= CENTRE {
            likeness.origin = likeness.known;
        }
        let vocabulary = &mut memory.vocabulary;
        self.measure_known(vocabulary, likeness);
        let (mut dot, mut norm) = (0.0f32, 0.0f32);
        for &id in &held {
            let idf = vocabulary.idf(id);
            let cell = vocabulary.cell_mut(id);
            let weight = std::mem::take(&mut cell.sum) * idf;
            dot += cell.mine * weight;
            norm += weight * weight;
        }
        likeness.centre = cosine(dot, norm, self.norm);
        likeness.size = size as f32;
    }

    /// Share of the entry's weight that is in these terms.
    fn held_share(&self, vocabulary: &Vocabulary, held: &[u32]) -> f32 {
        share(held.iter().map(|&id| vocabulary.cell(id).mine.powi(2)).sum(), self.norm)
    }

    /// How much of the entry's names and title the story knows; the cells hold the story's sums.
    fn measure_known(&self, vocabulary: &Vocabulary, likeness: &mut Likeness) {
        let (mut names, mut names_known, mut title_known) = (0.0f32, 0.0f32, 0.0f32);
        for &(term, _) in &self.terms {
            let cell = vocabulary.cell(term & TERM_BITS);
            let (idf, held) = (vocabulary.weight(cell), cell.sum > 0.0);
            if term & NAME != 0 {
                names += idf;
                names_known += if held { idf } else { 0.0 };
            }
            if term & IN_TITLE != 0 && held {
                title_known += idf * idf;
            }
        }
        likeness.names_known = if names > 0.0 { names_known / names } else { 0.5 };
        likeness.title_known = share(title_known, self.title_norm);
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

fn hours_between(one: Time, two: Time) -> f32 {
    one.0.abs_diff(two.0) as f32 / 3_600_000.0
}

fn one_if(condition: bool) -> f32 {
    f32::from(u8::from(condition))
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
