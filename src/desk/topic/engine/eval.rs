//! The truth of nodes for one document.

use super::super::Document;
use super::super::query::{Fields, REGEX_WINDOW};
use super::nodes::{Atom, Node, Place, Ref, Tag};
use super::scan::Scan;
use super::{Engine, Sym};
use crate::model::Field;

/// Values of shared nodes for the present document, and what is worked out at most once for it.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Epoch and value of every shared node: `2 * epoch + value`.
    values: Vec<u32>,
    epoch: u32,
    /// Sentence of every index; worked out when first asked for.
    pub(super) sentences: Vec<u32>,
    /// Reused by phrases with slack.
    pub(super) shifted: Vec<(i64, u32)>,
}

impl Memo {
    pub(super) fn begin(&mut self, slots: usize) {
        if self.epoch >= u32::MAX / 2 || self.values.len() != slots {
            self.values.clear();
            self.values.resize(slots, 0);
            self.epoch = 0;
        }
        self.epoch += 1;
        self.sentences.clear();
    }
}

/// One document against one engine.
pub(super) struct Eval<'a> {
    pub(super) engine: &'a Engine,
    pub(super) scan: &'a Scan,
    pub(super) memo: &'a mut Memo,
    pub(super) document: &'a Document<'a>,
}

impl Eval<'_> {
    /// Whether a node is true of the document.
    #[inline]
    pub(super) fn is_true(&mut self, at: Ref) -> bool {
        match at.as_symbol() {
            Some(sym) => self.scan.has(sym),
            None => self.node(at),
        }
    }

    fn node(&mut self, at: Ref) -> bool {
        let engine = self.engine;
        let node = engine.code.get(at);
        if !node.shared {
            return self.value(at, node);
        }
        let known = self.memo.values[node.slot as usize];
        if known >> 1 == self.memo.epoch {
            return known & 1 != 0;
        }
        let value = self.value(at, node);
        self.memo.values[node.slot as usize] = self.memo.epoch << 1 | u32::from(value);
        value
    }

    /// The frequent kinds first and apart from the others, which need room on the stack.
    #[inline]
    fn value(&mut self, at: Ref, node: Node<'_>) -> bool {
        if node.tag == Tag::Or {
            return self.any(node.operands);
        }
        if node.tag == Tag::Pair {
            let (first, second) = (node.operands[0], node.operands[1]);
            return self.scan.has(first) && self.scan.has(second) && self.scan.has_pair(first, second);
        }
        if node.tag == Tag::And {
            return node.operands.iter().all(|part| self.is_true(Ref(*part)));
        }
        self.other_value(at, &node)
    }

    #[inline(never)]
    fn other_value(&mut self, at: Ref, node: &Node<'_>) -> bool {
        match node.tag {
            Tag::Or | Tag::Pair | Tag::And => self.value(at, *node),
            Tag::Not => !self.is_true(Ref(node.operands[0])),
            Tag::Word => self.word(Place(node.operands[0]), node.fields),
            Tag::Phrase => self.phrase(node.operands, node.fields),
            Tag::Sloppy => self.sloppy(node),
            Tag::Regex => self.regex(node.operands[0], node.fields),
            Tag::AtLeast => self.at_least(node.operands),
            Tag::Score => self.score(node.operands),
            Tag::Near | Tag::Before | Tag::NotNear => self.both_possible(node) && !self.spans(at).is_empty(),
            Tag::Sentence => !self.sentences(Ref(node.operands[0])).is_empty(),
        }
    }

    /// Whether any operand is true. Symbols come first; eight are looked up without a decision in between, since whether
    /// one is there cannot be foreseen.
    fn any(&mut self, operands: &[u32]) -> bool {
        let mut rest = operands;
        while let Some((eight, more)) = rest.split_first_chunk::<8>() {
            if Ref(eight[7]).as_symbol().is_none() {
                break;
            }
            let found =
                eight.iter().fold(false, |found, part| found | self.scan.has(Ref(*part).symbol_bits()));
            if found {
                return true;
            }
            rest = more;
        }
        rest.iter().any(|part| self.is_true(Ref(*part)))
    }

    /// A cheap no for proximity: some side has no word at all.
    fn both_possible(&mut self, node: &Node<'_>) -> bool {
        let possible = |eval: &mut Self, part: u32| {
            let part = Ref(part);
            part.as_symbol().is_some() || eval.engine.code.get(part).tag == Tag::Or
        };
        let (left, right) = (node.operands[1], node.operands[2]);
        let left_fine = !possible(self, left) || self.is_true(Ref(left));
        left_fine && (node.tag == Tag::NotNear || !possible(self, right) || self.is_true(Ref(right)))
    }

    fn at_least(&mut self, operands: &[u32]) -> bool {
        let mut missing = operands[0];
        let mut left = operands.len() as u32 - 1;
        for part in &operands[1..] {
            if missing == 0 || left < missing {
                break;
            }
            missing -= u32::from(self.is_true(Ref(*part)));
            left -= 1;
        }
        missing == 0
    }

    fn score(&mut self, operands: &[u32]) -> bool {
        let threshold = number(&operands[..2]);
        let parts = operands[2..].chunks_exact(3);
        // summed in the order of the operands: sums of decimal fractions depend on it
        let sum: f64 =
            parts.map(|part| if self.is_true(Ref(part[0])) { number(&part[1..]) } else { 0.0 }).sum();
        sum >= threshold
    }

    fn regex(&mut self, at: u32, fields: Fields) -> bool {
        let regex = &self.engine.code.regexes[at as usize];
        texts(self.document, fields).any(|text| regex.is_match(window(text)))
    }

    /// Whether a word test holds anywhere in the fields.
    fn word(&self, place: Place, fields: Fields) -> bool {
        match place.as_symbol() {
            Ok(sym) if fields.0 & !Fields::TEXT.0 == 0 => self.in_text(sym, fields),
            _ => self.somewhere(place, fields, &mut |_| true),
        }
    }

    /// Whether a symbol is in title or body as asked.
    fn in_text(&self, sym: Sym, fields: Fields) -> bool {
        if !self.scan.has(sym) {
            return false;
        }
        let slot = self.scan.slot(sym);
        if fields == Fields::TEXT {
            return true;
        }
        match self.engine.is_pattern(sym) {
            true => self.scan.fitting(slot).any(|word| word.fields.0 & fields.0 != 0),
            false => slot.fields.0 & fields.0 != 0,
        }
    }

    /// Calls `sink` with the index of every occurrence of a word test until it says yes.
    pub(super) fn somewhere(&self, place: Place, fields: Fields, sink: &mut dyn FnMut(u32) -> bool) -> bool {
        let scan = self.scan;
        if fields.0 & !Fields::TEXT.0 != 0 {
            let segments = scan.segments.iter().filter(|segment| fields.has(segment.field));
            return segments
                .flat_map(|segment| segment.start..segment.end)
                .any(|index| self.fits(place, index) && sink(index));
        }
        let both = fields == Fields::TEXT;
        let mut inside = |index: u32| {
            let index = scan.word_index(index);
            (both || fields.has(scan.segments[scan.segment(index)].field)) && sink(index)
        };
        let mut of_symbol = |sym: Sym| {
            if !scan.has(sym) {
                return false;
            }
            let slot = scan.slot(sym);
            if self.engine.is_pattern(sym) {
                return scan.fitting(slot).any(|word| scan.chain(word).any(&mut inside));
            }
            scan.chain(slot).any(&mut inside)
        };
        match place.as_symbol() {
            Ok(sym) => of_symbol(sym),
            Err(at) => match &self.engine.code.atoms[at] {
                Atom::Any => false,
                Atom::OneOf(syms) => syms.iter().any(|sym| of_symbol(*sym)),
                Atom::Exactly(sym, written) => {
                    let slot = scan.has(*sym).then(|| scan.slot(*sym));
                    slot.is_some_and(|slot| {
                        scan.chain(slot).any(|at| self.is_written(at, written) && inside(at))
                    })
                }
            },
        }
    }

    /// Whether a word test holds at the index of a word.
    pub(super) fn fits(&self, place: Place, index: u32) -> bool {
        match place.as_symbol() {
            Ok(sym) => self.symbol_fits(sym, index),
            Err(at) => match &self.engine.code.atoms[at] {
                Atom::Any => true,
                Atom::OneOf(syms) => syms.iter().any(|sym| self.symbol_fits(*sym, index)),
                Atom::Exactly(sym, written) => {
                    let mut here = self.scan.at(index);
                    here.any(|at| self.scan.tokens[at as usize] == *sym && self.is_written(at, written))
                }
            },
        }
    }

    #[inline]
    fn symbol_fits(&self, sym: Sym, index: u32) -> bool {
        if !self.engine.is_pattern(sym) {
            return self.scan.is_at(sym, index);
        }
        let word = |at: u32| self.scan.patterns(self.engine, self.scan.tokens[at as usize]);
        self.scan.at(index).any(|at| word(at).binary_search(&sym).is_ok())
    }

    /// Whether an occurrence is spelled exactly so.
    fn is_written(&self, at: u32, written: &str) -> bool {
        let segment = self.scan.segments[self.scan.segment(self.scan.word_index(at))];
        let (start, end) = self.scan.offsets[at as usize];
        let text = text_of(self.document, segment.field, segment.nth);
        super::super::exact::same_spelling(
            text.get(start as usize..end as usize).unwrap_or_default(),
            written,
        )
    }

    /// Consecutive words, looked for from the rarest of them.
    fn phrase(&self, places: &[u32], fields: Fields) -> bool {
        let Some(rarest) = self.rarest(places, fields) else { return false };
        self.somewhere(Place(places[rarest]), fields, &mut |index| self.phrase_at(places, rarest, index))
    }

    /// The test of a phrase with the fewest occurrences; `None` when a word of it is missing.
    pub(super) fn rarest(&self, places: &[u32], fields: Fields) -> Option<usize> {
        let in_text = fields.0 & !Fields::TEXT.0 == 0;
        let mut best = (u32::MAX, 0);
        for (at, place) in places.iter().enumerate() {
            let count = match Place(*place).as_symbol() {
                Ok(sym) if in_text => {
                    if !self.scan.has(sym) {
                        return None;
                    }
                    self.scan.slot(sym).count
                }
                Err(atom) if matches!(self.engine.code.atoms[atom], Atom::Any) => continue,
                _ => u32::MAX - 1,
            };
            best = best.min((count, at));
        }
        Some(best.1)
    }

    /// Whether a phrase stands where its test number `nth` is at `index`.
    pub(super) fn phrase_at(&self, places: &[u32], nth: usize, index: u32) -> bool {
        let segment = self.scan.segments[self.scan.segment(index)];
        let Some(first) = index.checked_sub(nth as u32).filter(|first| *first >= segment.start) else {
            return false;
        };
        if first + places.len() as u32 > segment.end {
            return false;
        }
        places.iter().zip(first..).all(|(place, index)| self.fits(Place(*place), index))
    }
}

/// The texts of the fields, one after another.
fn texts<'a>(document: &'a Document<'a>, fields: Fields) -> impl Iterator<Item = &'a str> {
    let single = super::super::query::ALL_FIELDS.into_iter().filter(move |field| fields.has(*field));
    let tags = document.tags.iter().filter(move |_| fields.has(Field::Tag)).map(String::as_str);
    single.filter(|field| *field != Field::Tag).map(|field| text_of(document, field, 0)).chain(tags)
}

/// One field's text; for tags, the nth.
pub(in super::super) fn text_of<'a>(document: &Document<'a>, field: Field, nth: u32) -> &'a str {
    match field {
        Field::Title => document.title,
        Field::Body => document.body,
        Field::Url => document.url,
        Field::Feed => document.feed,
        Field::Tag => document.tags.get(nth as usize).map_or("", String::as_str),
        Field::Author => document.author,
        Field::Publisher => document.publisher,
        Field::Lang => document.lang,
    }
}

/// The part of a text that regular expressions look at.
pub(in super::super) fn window(text: &str) -> &str {
    if text.len() <= REGEX_WINDOW {
        return text;
    }
    let end = (0..=REGEX_WINDOW).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// A number kept in two halves.
pub(super) fn number(halves: &[u32]) -> f64 {
    f64::from_bits(u64::from(halves[0]) | u64::from(halves[1]) << 32)
}

/// The halves of a number.
pub(super) fn halves(number: f64) -> [u32; 2] {
    let bits = number.to_bits();
    [bits as u32, (bits >> 32) as u32]
}
