//! Which patterns a word fits: one automaton over the literals of all patterns, walked once per distinct word.
//!
//! A word is walked between two marks that no text contains, so that `abc*` and `*abc` are literals with a mark. The
//! answers for the words of the dictionary are worked out when the watchlist is compiled; a matcher keeps those for
//! the other words it meets.

use super::super::query::{Glob, Shape};
use super::Sym;
use aho_corasick::AhoCorasick;

const START: u8 = 0xFE;
const END: u8 = 0xFF;

/// The patterns of a watchlist.
#[derive(Debug)]
pub(super) struct Patterns {
    automaton: AhoCorasick,
    globs: Vec<(Sym, Glob)>,
    /// For every symbol below the length minus one: where its patterns begin in `found`.
    starts: Vec<u32>,
    found: Vec<Sym>,
}

impl Patterns {
    /// Compiles the patterns; `None` when there are none or the automaton would be too large.
    pub(super) fn new(globs: Vec<(Sym, Glob)>) -> Option<Self> {
        if globs.is_empty() {
            return None;
        }
        let automaton = AhoCorasick::new(globs.iter().map(|(_, glob)| literal(glob))).ok()?;
        Some(Self { automaton, globs, starts: vec![0], found: Vec::new() })
    }

    /// Works out the answers for the words of the dictionary, given as (symbol, text).
    pub(super) fn learn(&mut self, syms: usize, words: impl Fn(&mut dyn FnMut(&[u8], Sym))) {
        let mut pairs: Vec<(Sym, Sym)> = Vec::new();
        let mut buffer = Buffer::default();
        words(&mut |word, sym| {
            buffer.patterns.clear();
            self.of_word(word, &mut buffer);
            pairs.extend(buffer.patterns.iter().map(|pattern| (sym, *pattern)));
        });
        pairs.sort_unstable();
        self.starts = super::starts_of(syms, pairs.iter().map(|pair| pair.0));
        self.found = pairs.into_iter().map(|pair| pair.1).collect();
    }

    /// The patterns that a word of the dictionary fits, in ascending order.
    #[inline]
    pub(super) fn of_symbol(&self, sym: Sym) -> &[Sym] {
        let sym = sym as usize;
        &self.found[self.starts[sym] as usize..self.starts[sym + 1] as usize]
    }

    /// Appends the patterns that any word fits, in ascending order.
    pub(super) fn of_word(&self, word: &[u8], buffer: &mut Buffer) {
        buffer.marked.clear();
        buffer.marked.push(START);
        buffer.marked.extend_from_slice(word);
        buffer.marked.push(END);
        let from = buffer.patterns.len();
        let text = std::str::from_utf8(word).unwrap_or_default();
        for found in self.automaton.find_overlapping_iter(&buffer.marked) {
            let (sym, glob) = &self.globs[found.pattern().as_usize()];
            if glob.shape() != Shape::Mixed || glob.matches(text) {
                buffer.patterns.push(*sym);
            }
        }
        buffer.patterns[from..].sort_unstable();
        dedup_from(&mut buffer.patterns, from);
    }
}

/// Reused memory for asking about a word.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    marked: Vec<u8>,
    pub(super) patterns: Vec<Sym>,
}

fn dedup_from(list: &mut Vec<Sym>, from: usize) {
    let mut kept = from;
    for at in from..list.len() {
        if at == from || list[at] != list[kept - 1] {
            list[kept] = list[at];
            kept += 1;
        }
    }
    list.truncate(kept);
}

/// The literal to look for: the longest of the pattern, with a mark where it touches an end of the word.
fn literal(glob: &Glob) -> Vec<u8> {
    let (text, at_start, at_end) = glob.anchor().unwrap_or_default();
    let start = at_start.then_some(START);
    let end = at_end.then_some(END);
    start.into_iter().chain(text.bytes()).chain(end).collect()
}
