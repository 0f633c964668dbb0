//! One document as symbols: which are present, and where.
//!
//! All memory is kept from document to document; forgetting one touches only what it set. Every word of title and body
//! gets an index; an index gap parts nothing, a [`Segment`] does: no phrase or proximity reaches out of its segment.

use super::super::query::Fields;
use super::super::spans::STRIDE;
use super::super::{Document, MAX_TAGS};
use super::patterns::Buffer;
use super::words::{NONE, Words};
use super::{Engine, Sym};
use crate::model::Field;
use crate::text::{MAX_TOKEN, Token, Tokenizer};

/// Words kept whose patterns were asked for.
const KEPT_WORDS: usize = 32 * 1024;

/// One field's text, or one tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) field: Field,
    /// Which tag, for tags.
    pub(super) nth: u32,
    pub(super) start: u32,
    pub(super) end: u32,
    /// The place of its first index, see [`Scan::place_of`].
    place: u32,
}

/// A symbol that is present in title or body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    sym: Sym,
    /// Index of the latest occurrence; for a pattern, the latest link.
    pub(super) last: u32,
    pub(super) count: u32,
    pub(super) fields: Fields,
}

/// A word with an unseen character inside also stands for its pieces, at the same index.
#[derive(Clone, Copy, Debug)]
struct Piece {
    index: u32,
    sym: Sym,
    offsets: (u32, u32),
    field: Field,
}

/// Words outside the dictionary and their patterns.
#[derive(Debug, Default)]
struct Others {
    words: Words,
    starts: Vec<u32>,
    buffer: Buffer,
}

/// The document being judged.
#[derive(Debug, Default)]
pub(super) struct Scan {
    tokenizer: Tokenizer,
    /// Symbol at every index; pieces follow behind all segments.
    pub(super) tokens: Vec<Sym>,
    pub(super) offsets: Vec<(u32, u32)>,
    /// The occurrence before this one of the same symbol.
    before: Vec<u32>,
    pub(super) segments: Vec<Segment>,
    pieces: Vec<Piece>,
    bits: Vec<u64>,
    slot_of: Vec<u32>,
    slots: Vec<Slot>,
    links: Vec<(u32, u32)>,
    others: Others,
    /// A word was so long that it is not known to its end.
    pub(super) cut: bool,
}

impl Scan {
    /// Reads a document, forgetting the one before.
    pub(super) fn read(&mut self, engine: &Engine, document: &Document<'_>) {
        self.forget(engine);
        self.text(engine, Field::Title, document.title);
        self.text(engine, Field::Body, document.body);
        if engine.fields.0 & !Fields::TEXT.0 != 0 {
            self.other_fields(engine, document);
        }
        if !self.pieces.is_empty() {
            self.place_pieces(engine);
        }
    }

    fn forget(&mut self, engine: &Engine) {
        for slot in self.slots.drain(..) {
            self.bits[slot.sym as usize / 64] = 0;
        }
        self.tokens.clear();
        self.offsets.clear();
        self.before.clear();
        self.segments.clear();
        self.pieces.clear();
        self.links.clear();
        self.cut = false;
        if self.others.words.len() > KEPT_WORDS {
            self.others = Others::default();
        }
        if self.slot_of.is_empty() {
            self.room(engine.syms);
        }
    }

    /// Makes room for symbols below `syms`.
    fn room(&mut self, syms: usize) {
        self.slot_of.resize(syms, 0);
        self.bits.resize(syms / 64 + 1, 0);
    }

    /// Title or body: every word counts for presence.
    fn text(&mut self, engine: &Engine, field: Field, text: &str) {
        let start = self.tokens.len() as u32;
        let mut tokenizer = std::mem::take(&mut self.tokenizer);
        tokenizer.each(text, |token| {
            let sym = self.symbol(engine, token.text.as_bytes());
            self.cut |= token.text.len() >= MAX_TOKEN;
            if token.piece {
                self.piece(sym, token, field);
            } else {
                self.push(engine, sym, token, field);
            }
        });
        self.tokenizer = tokenizer;
        self.close(field, 0, start);
    }

    /// The other fields: few words, which are looked through when a topic asks.
    fn other_fields(&mut self, engine: &Engine, document: &Document<'_>) {
        let rest = [
            (Field::Url, document.url),
            (Field::Feed, document.feed),
            (Field::Author, document.author),
            (Field::Publisher, document.publisher),
            (Field::Lang, document.lang),
        ];
        for (field, text) in rest.into_iter().filter(|(field, _)| engine.fields.has(*field)) {
            self.other(engine, field, 0, text);
        }
        let tags = document.tags.iter().take(MAX_TAGS).filter(|_| engine.fields.has(Field::Tag));
        for (nth, tag) in tags.enumerate() {
            self.other(engine, Field::Tag, nth as u32, tag);
        }
    }

    fn other(&mut self, engine: &Engine, field: Field, nth: u32, text: &str) {
        let start = self.tokens.len() as u32;
        let mut tokenizer = std::mem::take(&mut self.tokenizer);
        tokenizer.each(text, |token| {
            if !token.piece {
                let sym = self.symbol(engine, token.text.as_bytes());
                self.cut |= token.text.len() >= MAX_TOKEN;
                self.tokens.push(sym);
                self.offsets.push((token.start as u32, token.end as u32));
                self.before.push(NONE);
            }
        });
        self.tokenizer = tokenizer;
        self.close(field, nth, start);
    }

    fn close(&mut self, field: Field, nth: u32, start: u32) {
        let place = start + self.segments.len() as u32 * STRIDE;
        self.segments.push(Segment { field, nth, start, end: self.tokens.len() as u32, place });
    }

    /// The symbol of a word: from the dictionary, or one of its own when it fits a pattern.
    #[inline]
    fn symbol(&mut self, engine: &Engine, word: &[u8]) -> Sym {
        let sym = engine.words.get(word);
        if sym == NONE && engine.patterns.is_some() { self.other_word(engine, word) } else { sym }
    }

    fn other_word(&mut self, engine: &Engine, word: &[u8]) -> Sym {
        let Some(patterns) = &engine.patterns else { return NONE };
        let others = &mut self.others;
        let fresh = (engine.syms + others.words.len()) as Sym;
        let sym = others.words.add(word, fresh);
        if sym == fresh {
            if others.starts.is_empty() {
                others.starts.push(0);
                others.buffer.patterns.clear();
            }
            patterns.of_word(word, &mut others.buffer);
            others.starts.push(others.buffer.patterns.len() as u32);
        }
        let at = sym as usize - engine.syms;
        if others.starts[at] == others.starts[at + 1] { NONE } else { sym }
    }

    /// The patterns that a word in the document fits.
    #[inline]
    pub(super) fn patterns<'a>(&'a self, engine: &'a Engine, sym: Sym) -> &'a [Sym] {
        match &engine.patterns {
            Some(_) if sym as usize >= engine.syms && sym != NONE => {
                let at = sym as usize - engine.syms;
                &self.others.buffer.patterns
                    [self.others.starts[at] as usize..self.others.starts[at + 1] as usize]
            }
            Some(patterns) if sym != NONE => patterns.of_symbol(sym),
            _ => &[],
        }
    }

    #[inline]
    fn push(&mut self, engine: &Engine, sym: Sym, token: Token<'_>, field: Field) {
        let index = self.tokens.len() as u32;
        self.tokens.push(sym);
        self.offsets.push((token.start as u32, token.end as u32));
        let before = if sym == NONE { NONE } else { self.meet(engine, sym, index, field) };
        self.before.push(before);
    }

    /// Notes an occurrence; returns the one before.
    #[inline]
    fn meet(&mut self, engine: &Engine, sym: Sym, index: u32, field: Field) -> u32 {
        if self.has(sym) {
            let slot = &mut self.slots[self.slot_of[sym as usize] as usize];
            slot.count += 1;
            let before = std::mem::replace(&mut slot.last, index);
            if !slot.fields.has(field) {
                slot.fields = slot.fields.and(Fields::of(field));
                self.widen_patterns(engine, sym, field);
            }
            return before;
        }
        self.open(sym, index, field);
        if engine.patterns.is_some() {
            self.link_patterns(engine, sym, field);
        }
        NONE
    }

    fn open(&mut self, sym: Sym, last: u32, field: Field) {
        if sym as usize >= self.slot_of.len() {
            self.room((sym as usize + 1).next_power_of_two());
        }
        self.bits[sym as usize / 64] |= 1 << (sym % 64);
        self.slot_of[sym as usize] = self.slots.len() as u32;
        self.slots.push(Slot { sym, last, count: 1, fields: Fields::of(field) });
    }

    /// A word that is met in another field brings its patterns there.
    #[cold]
    fn widen_patterns(&mut self, engine: &Engine, sym: Sym, field: Field) {
        for nth in 0..self.patterns(engine, sym).len() {
            let pattern = self.slot_of[self.patterns(engine, sym)[nth] as usize];
            let slot = &mut self.slots[pattern as usize];
            slot.fields = slot.fields.and(Fields::of(field));
        }
    }

    fn link_patterns(&mut self, engine: &Engine, sym: Sym, field: Field) {
        let word = self.slot_of[sym as usize];
        for nth in 0..self.patterns(engine, sym).len() {
            let pattern = self.patterns(engine, sym)[nth];
            let link = self.links.len() as u32;
            if self.has(pattern) {
                let slot = &mut self.slots[self.slot_of[pattern as usize] as usize];
                let next = std::mem::replace(&mut slot.last, link);
                slot.count += 1;
                slot.fields = slot.fields.and(Fields::of(field));
                self.links.push((word, next));
            } else {
                self.open(pattern, link, field);
                self.links.push((word, NONE));
            }
        }
    }

    fn piece(&mut self, sym: Sym, token: Token<'_>, field: Field) {
        let index = self.tokens.len() as u32 - 1;
        if sym != NONE {
            self.pieces.push(Piece { index, sym, offsets: (token.start as u32, token.end as u32), field });
        }
    }

    fn place_pieces(&mut self, engine: &Engine) {
        for nth in 0..self.pieces.len() {
            let Piece { sym, offsets, field, .. } = self.pieces[nth];
            let index = self.tokens.len() as u32;
            self.tokens.push(sym);
            self.offsets.push(offsets);
            let before = self.meet(engine, sym, index, field);
            self.before.push(before);
        }
    }

    /// Whether a symbol is in title or body.
    #[inline]
    pub(super) fn has(&self, sym: Sym) -> bool {
        self.bits.get(sym as usize / 64).is_some_and(|bits| bits >> (sym % 64) & 1 != 0)
    }

    /// The symbols in title and body.
    pub(super) fn present(&self) -> impl Iterator<Item = Sym> + '_ {
        self.slots.iter().map(|slot| slot.sym)
    }

    /// The slot of a present symbol.
    #[inline]
    pub(super) fn slot(&self, sym: Sym) -> Slot {
        self.slots[self.slot_of[sym as usize] as usize]
    }

    /// Where a present word stands, latest first. Not for patterns.
    #[inline]
    pub(super) fn chain(&self, slot: Slot) -> impl Iterator<Item = u32> + '_ {
        let mut at = slot.last;
        std::iter::from_fn(move || {
            let index = at;
            if index == NONE {
                return None;
            }
            at = self.before[index as usize];
            Some(index)
        })
    }

    /// The words of the document that fit a present pattern.
    pub(super) fn fitting(&self, slot: Slot) -> impl Iterator<Item = Slot> + '_ {
        let mut at = slot.last;
        std::iter::from_fn(move || {
            let (word, next) = *self.links.get(at as usize)?;
            at = next;
            Some(self.slots[word as usize])
        })
    }

    fn first_piece(&self) -> u32 {
        self.segments.last().map_or(0, |last| last.end)
    }

    /// The index of the word that an occurrence belongs to: itself, unless it is a piece.
    #[inline]
    pub(super) fn word_index(&self, index: u32) -> u32 {
        if self.pieces.is_empty() || index < self.first_piece() {
            return index;
        }
        self.pieces[(index - self.first_piece()) as usize].index
    }

    /// The occurrences at the index of a word: itself and its pieces.
    pub(super) fn at(&self, index: u32) -> impl Iterator<Item = u32> + '_ {
        let from = self.pieces.partition_point(|piece| piece.index < index);
        let pieces = self.pieces[from..].iter().take_while(move |piece| piece.index == index);
        let first = self.first_piece() + from as u32;
        std::iter::once(index).chain(pieces.zip(first..).map(|(_, at)| at))
    }

    /// Whether a word (not a pattern) stands at an index.
    #[inline]
    pub(super) fn is_at(&self, sym: Sym, index: u32) -> bool {
        self.tokens[index as usize] == sym
            || !self.pieces.is_empty() && self.at(index).any(|at| self.tokens[at as usize] == sym)
    }

    /// Whether two words that are present stand next to each other, in this order. Not for patterns.
    pub(super) fn has_pair(&self, first: Sym, second: Sym) -> bool {
        let (a, b) = (self.slot(first), self.slot(second));
        let together = |index: u32| self.segment(index) == self.segment(index + 1);
        if a.count <= b.count {
            let mut places = self.chain(a).map(|at| self.word_index(at));
            return places
                .any(|at| at + 1 < self.first_piece() && self.is_at(second, at + 1) && together(at));
        }
        let mut places = self.chain(b).map(|at| self.word_index(at));
        places.any(|at| at > 0 && self.is_at(first, at - 1) && together(at - 1))
    }

    /// The place of an index: words of neighbouring segments are out of each other's reach.
    #[inline]
    pub(super) fn place_of(&self, index: u32) -> u32 {
        index + self.segment(index) as u32 * STRIDE
    }

    /// The index of a place.
    pub(super) fn index_of(&self, place: u32) -> u32 {
        let before = self.segments[1..].partition_point(|segment| segment.place <= place);
        place - before as u32 * STRIDE
    }

    /// The segment that holds the index of a word.
    #[inline]
    pub(super) fn segment(&self, index: u32) -> usize {
        if let [_, body] = self.segments.as_slice() {
            return usize::from(index >= body.start);
        }
        self.segments
            .partition_point(|segment| segment.start <= index)
            .saturating_sub(1)
            .min(self.segments.len() - 1)
    }
}
