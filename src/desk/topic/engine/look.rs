//! What words and phrases find in one document. It reads and remembers nothing; what is remembered is the business of
//! [`super::eval`].

use super::super::query::{ALL_FIELDS, Fields, REGEX_WINDOW};
use super::super::spans::sloppy;
use super::super::{Document, MAX_TAGS};
use super::layout::Any;
use super::nodes::{Atom, Node, Place, Ref, Tag};
use super::scan::Scan;
use super::{Engine, Sym};
use crate::model::Field;

/// One document against one engine, word by word.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) engine: &'a Engine,
    pub(super) scan: &'a Scan,
    pub(super) document: &'a Document<'a>,
}

/// First and last index of something found.
pub(super) type Found = (u32, u32);

/// Occurrences of a phrase with slack: (place − nth, nth).
pub(super) type Shifted = Vec<(i64, u32)>;

/// Symbols that are looked up together: whether one is there cannot be foreseen, so they are looked up without a
/// decision in between.
const TOGETHER: usize = 8;

impl<'a> Look<'a> {
    #[inline]
    fn has_some(&self, symbols: &[u32; TOGETHER]) -> bool {
        symbols.iter().fold(false, |found, part| found | self.scan.has(Ref(*part).symbol_bits()))
    }

    /// Whether any of the symbols is present.
    #[inline]
    pub(super) fn any_symbol(&self, symbols: &[u32]) -> bool {
        let (chunks, rest) = symbols.as_chunks::<TOGETHER>();
        chunks.iter().any(|some| self.has_some(some))
            || rest.iter().any(|part| self.scan.has(Ref(*part).symbol_bits()))
    }

    /// The operands of an OR that are more than symbols and could be true.
    #[inline]
    pub(super) fn awake<'o>(&self, any: Any<'o>) -> impl Iterator<Item = Ref> + use<'o, 'a> {
        let look = *self;
        let (chunks, rest) = any.guards.as_chunks::<TOGETHER>();
        let some = chunks.iter().enumerate().filter(move |(_, some)| look.has_some(some));
        let some = some.flat_map(|(nth, _)| nth * TOGETHER..(nth + 1) * TOGETHER);
        let each = some.chain(any.guards.len() - rest.len()..any.guards.len());
        let guarded = each.filter(move |at| look.scan.has(any.guards[*at])).map(move |at| any.guarded[at]);
        guarded.chain(any.others.iter().copied()).map(Ref)
    }

    /// The symbols of a list that are present in title or body.
    fn present<'o>(&self, symbols: &'o [u32]) -> impl Iterator<Item = Sym> + use<'o, 'a> {
        let look = *self;
        let (chunks, rest) = symbols.as_chunks::<TOGETHER>();
        let chunks = chunks.iter().filter(move |some| look.has_some(some)).flatten();
        chunks.chain(rest).map(|part| Ref(*part).symbol_bits()).filter(move |sym| look.scan.has(*sym))
    }

    /// Whether any of the words is in the fields.
    pub(super) fn any_word(&self, words: &[u32], fields: Fields) -> bool {
        if fields.is_text() {
            return self.present(words).any(|sym| self.scan.slot(sym).fields.0 & fields.0 != 0);
        }
        self.each_word(words, fields, &mut |_| true)
    }

    /// Calls `sink` with the index of every occurrence of the words until it says yes.
    pub(super) fn each_word(
        &self,
        words: &[u32],
        fields: Fields,
        sink: &mut impl FnMut(u32) -> bool,
    ) -> bool {
        if fields.is_text() {
            return self.present(words).any(|sym| self.each_symbol(sym, fields, sink));
        }
        words.iter().any(|word| self.somewhere(Place(Ref(*word).symbol_bits()), fields, sink))
    }

    /// Whether a word test holds anywhere in the fields.
    pub(super) fn word(&self, place: Place, fields: Fields) -> bool {
        match place.as_symbol() {
            Ok(sym) if fields.is_text() => self.scan.has(sym) && self.scan.slot(sym).fields.0 & fields.0 != 0,
            _ => self.somewhere(place, fields, &mut |_| true),
        }
    }

    /// Calls `sink` with first and last index of everything that a word, a list of words or a phrase finds until it says
    /// yes; the order is not that of the text, and some are told more than once. Other nodes find nothing.
    pub(super) fn each(
        &self,
        node: &Node<'_>,
        shifted: &mut Shifted,
        mut sink: impl FnMut(Found) -> bool,
    ) -> bool {
        let mut single = |index: u32| sink((index, index));
        match node.tag {
            Tag::Word => self.somewhere(Place(node.operands[0]), node.fields, &mut single),
            Tag::AnyWord => self.each_word(node.operands, node.fields, &mut single),
            Tag::Phrase | Tag::Pair => self.each_phrase(node.operands, node.fields, &mut sink),
            Tag::Sloppy => self.each_sloppy(node, shifted, &mut sink),
            _ => false,
        }
    }

    /// Calls `sink` with the index of every occurrence of a symbol in title and body until it says yes.
    #[inline]
    pub(super) fn each_symbol(&self, sym: Sym, fields: Fields, sink: &mut impl FnMut(u32) -> bool) -> bool {
        let scan = self.scan;
        if !scan.has(sym) {
            return false;
        }
        let both = fields == Fields::TEXT;
        let mut inside = |index: u32| {
            let index = scan.word_index(index);
            (both || fields.has(scan.segments[scan.segment(index)].field)) && sink(index)
        };
        let slot = scan.slot(sym);
        if self.engine.is_pattern(sym) {
            return scan.fitting(slot).any(|word| scan.chain(word).any(&mut inside));
        }
        scan.chain(slot).any(&mut inside)
    }

    /// Calls `sink` with the index of every occurrence of a word test until it says yes.
    fn somewhere(&self, place: Place, fields: Fields, sink: &mut impl FnMut(u32) -> bool) -> bool {
        let scan = self.scan;
        if !fields.is_text() {
            let segments = scan.segments.iter().filter(|segment| fields.has(segment.field));
            return segments
                .flat_map(|segment| segment.start..segment.end)
                .any(|index| self.fits(place, index) && sink(index));
        }
        match place.as_symbol() {
            Ok(sym) => self.each_symbol(sym, fields, sink),
            Err(at) => match &self.engine.code.atoms[at] {
                Atom::Any => false,
                Atom::OneOf(syms) => syms.iter().any(|sym| self.each_symbol(*sym, fields, sink)),
                Atom::Exactly(sym, written) => self.each_written(*sym, written, fields, sink),
            },
        }
    }

    /// The occurrences of a word that are spelled exactly so.
    fn each_written(
        &self,
        sym: Sym,
        written: &str,
        fields: Fields,
        sink: &mut impl FnMut(u32) -> bool,
    ) -> bool {
        let scan = self.scan;
        scan.has(sym)
            && scan.chain(scan.slot(sym)).filter(|at| self.is_written(*at, written)).any(|at| {
                let index = scan.word_index(at);
                fields.has(scan.segments[scan.segment(index)].field) && sink(index)
            })
    }

    /// Whether a word test holds at the index of a word.
    fn fits(&self, place: Place, index: u32) -> bool {
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
        let word = text.get(start as usize..end as usize).unwrap_or_default();
        super::super::exact::same_spelling(word, written)
    }

    /// Consecutive words, looked for from the rarest of them.
    pub(super) fn each_phrase(
        &self,
        places: &[u32],
        fields: Fields,
        sink: &mut impl FnMut(Found) -> bool,
    ) -> bool {
        let Some(rarest) = self.rarest(places, fields) else { return false };
        self.somewhere(Place(places[rarest]), fields, &mut |index| {
            let first = index.wrapping_sub(rarest as u32);
            self.phrase_at(places, rarest, index)
                && sink((first, first.wrapping_add(places.len() as u32 - 1)))
        })
    }

    /// The test of a row with the fewest occurrences; `None` when a word of it is missing.
    pub(super) fn rarest(&self, places: &[u32], fields: Fields) -> Option<usize> {
        let in_text = fields.is_text();
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
    fn phrase_at(&self, places: &[u32], nth: usize, index: u32) -> bool {
        let segment = self.scan.segments[self.scan.segment(index)];
        let Some(first) = index.checked_sub(nth as u32).filter(|first| *first >= segment.start) else {
            return false;
        };
        if first + places.len() as u32 > segment.end {
            return false;
        }
        places.iter().zip(first..).all(|(place, index)| self.fits(Place(*place), index))
    }

    fn each_sloppy(
        &self,
        node: &Node<'_>,
        shifted: &mut Shifted,
        sink: &mut impl FnMut(Found) -> bool,
    ) -> bool {
        let places = &node.operands[1..];
        if self.rarest(places, node.fields).is_none() {
            return false;
        }
        shifted.clear();
        for (nth, place) in places.iter().enumerate() {
            self.somewhere(Place(*place), node.fields, &mut |index| {
                shifted.push((i64::from(self.scan.place_of(index)) - nth as i64, nth as u32));
                false
            });
        }
        shifted.sort_unstable();
        sloppy(shifted, places.len(), node.operands[0], |span| {
            sink((self.scan.index_of(span.first), self.scan.index_of(span.last)))
        })
    }

    /// Whether a regular expression is found in the fields.
    pub(super) fn regex(&self, at: u32, fields: Fields) -> bool {
        let regex = &self.engine.code.regexes[at as usize];
        texts(self.document, fields).any(|text| regex.is_match(window(text)))
    }
}

/// The texts of the fields, one after another.
fn texts<'a>(document: &'a Document<'a>, fields: Fields) -> impl Iterator<Item = &'a str> {
    let single = ALL_FIELDS.into_iter().filter(move |field| fields.has(*field));
    let tags =
        document.tags.iter().take(MAX_TAGS).filter(move |_| fields.has(Field::Tag)).map(String::as_str);
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
