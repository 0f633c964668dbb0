//! Tells look-alikes apart: two texts of one template that differ in what they are about.
//!
//! Titles are laid beside each other. Where one word stands in place of another, the two are the fillers of a
//! slot. The texts are look-alikes if a slot holds two different numbers, or two different words of which each
//! is confirmed by its own body and unknown to the other's text. A word that was only added, dropped or
//! reworded is no slot: an edited headline over the same body is still a copy.

use super::vocabulary::TERM_BITS;
use super::words::{IN_BODY, IN_TITLE, NUMBER};

/// Share of word pairs from which two texts can be of one template: what is written anew about one event shares
/// names and words, but few phrases.
pub const TEMPLATE_PAIRS: f32 = 0.2;

/// What the comparison of two titles shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lookalike {
    /// Titles share most of their words: one template, or one title.
    pub template: bool,
    /// Slots with two different numbers.
    pub numbers: u8,
    /// Slots with two different words that the bodies confirm.
    pub fillers: u8,
}

impl Lookalike {
    /// Whether the two, with this share of word pairs in common, must not be joined for their likeness.
    pub fn forbids(&self, pairs: f32) -> bool {
        self.template && pairs >= TEMPLATE_PAIRS && (self.numbers > 0 || self.fillers > 0)
    }
}

/// Compares the titles of two entries, given as their terms with flags.
pub fn lookalike(mine: &[u32], theirs: &[u32]) -> Lookalike {
    let (one, two) = (title(mine), title(theirs));
    let slots = slots(&one, &two);
    let mut found = Lookalike {
        template: slots.shared * 5 >= one.len().max(two.len()) * 2 && slots.shared > 0,
        numbers: 0,
        fillers: 0,
    };
    for (a, b) in slots.pairs {
        let (number_a, number_b) = (a.iter().any(is_number), b.iter().any(is_number));
        if number_a && number_b {
            found.numbers = found.numbers.saturating_add(1);
        } else if confirmed(&a, mine, theirs) && confirmed(&b, theirs, mine) {
            found.fillers = found.fillers.saturating_add(1);
        }
    }
    found
}

fn title(terms: &[u32]) -> Vec<u32> {
    terms.iter().copied().filter(|term| term & IN_TITLE != 0).collect()
}

fn is_number(term: &u32) -> bool {
    term & NUMBER != 0
}

fn same(a: u32, b: u32) -> bool {
    a & TERM_BITS == b & TERM_BITS
}

/// A filler that its own body repeats, and that the other text does not hold; texts without a body confirm
/// numbers only.
fn confirmed(filler: &[u32], own: &[u32], other: &[u32]) -> bool {
    let unknown = |&term: &u32| !other.iter().any(|&theirs| same(term, theirs));
    let own_body = own.iter().any(|term| term & IN_BODY != 0);
    own_body && filler.iter().all(unknown) && filler.iter().any(|term| term & IN_BODY != 0)
}

struct Slots {
    shared: usize,
    pairs: Vec<(Vec<u32>, Vec<u32>)>,
}

/// Aligns two titles by their longest common subsequence; gaps on both sides at one place are a slot.
fn slots(one: &[u32], two: &[u32]) -> Slots {
    let width = two.len() + 1;
    let mut table = vec![0u8; (one.len() + 1) * width];
    for i in (0..one.len()).rev() {
        for j in (0..two.len()).rev() {
            table[i * width + j] = if same(one[i], two[j]) {
                table[(i + 1) * width + j + 1].saturating_add(1)
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let mut out = Slots { shared: usize::from(table[0]), pairs: Vec::new() };
    let (mut i, mut j) = (0, 0);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        let ended = i == one.len() && j == two.len();
        if ended || (i < one.len() && j < two.len() && same(one[i], two[j])) {
            if !left.is_empty() && !right.is_empty() {
                out.pairs.push((std::mem::take(&mut left), std::mem::take(&mut right)));
            }
            left.clear();
            right.clear();
            if ended {
                return out;
            }
            (i, j) = (i + 1, j + 1);
        } else if j == two.len() || (i < one.len() && table[(i + 1) * width + j] >= table[i * width + j + 1])
        {
            left.push(one[i]);
            i += 1;
        } else {
            right.push(two[j]);
            j += 1;
        }
    }
}
