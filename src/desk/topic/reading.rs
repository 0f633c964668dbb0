//! One document read for explaining: every word by its text, with its place and its bytes.
//!
//! Made only for documents that hit or are asked about. It knows nothing of the engine, so that explanation and
//! engine check each other in the tests.

use super::engine::text_of;
use super::exact::same_spelling;
use super::query::{ALL_FIELDS, Fields, Glob, Term, WordTest};
use super::spans::{STRIDE, Span, sloppy, tidied};
use super::{Document, MAX_TAGS};
use crate::model::Field;
use crate::text::{Tokenizer, ends_sentence};
use hashbrown::HashMap;
use std::cell::OnceCell;
use std::ops::Range;

/// A document taken apart.
#[derive(Debug)]
pub(super) struct Reading<'d> {
    document: &'d Document<'d>,
    segments: Vec<Segment>,
    /// Bytes of every word, pieces left out, in the order of segments.
    words: Vec<(u32, u32)>,
    /// Occurrences by folded text: index of the word and the bytes of the occurrence (those of a piece differ).
    found: HashMap<String, Vec<(u32, Range<usize>)>>,
    /// The folded words as one text, once somebody asks for a pattern.
    roll: OnceCell<Roll>,
}

/// Different words end to end, each between two line ends, which no word has.
#[derive(Debug)]
struct Roll {
    text: String,
    /// Where each word begins.
    starts: Vec<usize>,
}

impl Roll {
    fn new<'w>(words: impl Iterator<Item = &'w String>) -> Self {
        let mut roll = Self { text: "\n".to_owned(), starts: Vec::new() };
        for word in words {
            roll.starts.push(roll.text.len());
            roll.text.push_str(word);
            roll.text.push('\n');
        }
        roll
    }

    fn word(&self, nth: usize) -> &str {
        let end = self.starts.get(nth + 1).map_or(self.text.len(), |next| *next) - 1;
        &self.text[self.starts[nth]..end]
    }

    /// The words that fit: looked for by the longest literal of the pattern.
    fn fitting(&self, glob: &Glob) -> impl Iterator<Item = &str> {
        let (literal, at_start, at_end) = glob.anchor().unwrap_or_default();
        let needle = [if at_start { "\n" } else { "" }, literal, if at_end { "\n" } else { "" }].concat();
        let shift = usize::from(at_start);
        let places: Vec<usize> = memchr::memmem::find_iter(self.text.as_bytes(), needle.as_bytes()).collect();
        let mut words: Vec<usize> = places
            .into_iter()
            .filter_map(|at| self.starts.partition_point(|start| *start <= at + shift).checked_sub(1))
            .collect();
        words.dedup();
        let fits = move |word: &&str| glob.matches(word);
        words.into_iter().map(|nth| self.word(nth)).filter(fits).collect::<Vec<_>>().into_iter()
    }
}

#[derive(Debug)]
struct Segment {
    field: Field,
    nth: u32,
    words: Range<u32>,
}

impl<'d> Reading<'d> {
    pub(super) fn new(document: &'d Document<'d>) -> Self {
        let mut reading = Self {
            document,
            segments: Vec::new(),
            words: Vec::new(),
            found: HashMap::new(),
            roll: OnceCell::new(),
        };
        for field in ALL_FIELDS {
            let texts = if field == Field::Tag { document.tags.len().min(MAX_TAGS) } else { 1 };
            (0..texts as u32).for_each(|nth| reading.read(field, nth));
        }
        reading
    }

    fn read(&mut self, field: Field, nth: u32) {
        let start = self.words.len() as u32;
        Tokenizer::default().each(text_of(self.document, field, nth), |token| {
            if !token.piece {
                self.words.push((token.start as u32, token.end as u32));
            }
            if token.piece && !Fields::TEXT.has(field) {
                return;
            }
            let occurrence = (self.words.len() as u32 - 1, token.start..token.end);
            self.found.entry_ref(token.text).or_default().push(occurrence);
        });
        self.segments.push(Segment { field, nth, words: start..self.words.len() as u32 });
    }

    fn segment(&self, word: u32) -> usize {
        self.segments.partition_point(|segment| segment.words.end <= word)
    }

    fn span(&self, first: u32, last: u32) -> Span {
        let shift = self.segment(first) as u32 * STRIDE;
        Span { first: first + shift, last: last + shift }
    }

    fn word(&self, place: u32) -> u32 {
        let mut shift = 0;
        for (nth, segment) in self.segments.iter().enumerate() {
            let shifted = nth as u32 * STRIDE;
            if place >= segment.words.start + shifted {
                shift = shifted;
            }
        }
        place - shift
    }

    /// Field and bytes of a span; the number tells tags apart.
    pub(super) fn bytes(&self, span: Span) -> (Field, u32, Range<usize>) {
        let (first, last) = (self.word(span.first), self.word(span.last));
        let segment = &self.segments[self.segment(first).min(self.segments.len() - 1)];
        let bytes = self.words[first as usize].0 as usize..self.words[last as usize].1 as usize;
        (segment.field, segment.nth, bytes)
    }

    /// The text of a span as stored.
    pub(super) fn text(&self, field: Field, nth: u32, bytes: Range<usize>) -> &'d str {
        text_of(self.document, field, nth).get(bytes).unwrap_or_default()
    }

    /// All texts of the fields: what regular expressions look at.
    pub(super) fn texts(&self, fields: Fields) -> impl Iterator<Item = (Field, &'d str)> {
        let segments = self.segments.iter().filter(move |segment| fields.has(segment.field));
        segments.map(|segment| (segment.field, text_of(self.document, segment.field, segment.nth)))
    }

    /// Where a term is found in the fields, tidy.
    pub(super) fn term(&self, term: &Term, fields: Fields) -> Vec<Span> {
        match (term.words.as_slice(), term.slop) {
            ([single], _) => {
                let words = self.test(single, fields);
                words.into_iter().map(|word| self.span(word, word)).collect()
            }
            (tests, None) => self.phrase(tests, fields),
            (tests, Some(slop)) => self.slack(tests, slop, fields),
        }
    }

    /// Whether every plain word of a row is there at all.
    fn has_words(&self, tests: &[WordTest]) -> bool {
        tests.iter().all(|test| match test {
            WordTest::Is(word) | WordTest::Exactly { folded: word, .. } => self.found.contains_key(word),
            WordTest::OneOf(words) => words.iter().any(|word| self.found.contains_key(word)),
            WordTest::Fits(_) | WordTest::Any => true,
        })
    }

    fn phrase(&self, tests: &[WordTest], fields: Fields) -> Vec<Span> {
        if !self.has_words(tests) {
            return Vec::new();
        }
        let mut starts = self.test(&tests[0], fields);
        for (nth, test) in (1u32..).zip(&tests[1..]) {
            if *test != WordTest::Any {
                let words = self.test(test, fields);
                starts.retain(|start| words.binary_search(&(start + nth)).is_ok());
            }
        }
        let length = tests.len() as u32;
        let inside =
            starts.into_iter().filter(|start| self.segment(*start) == self.segment(start + length - 1));
        inside.map(|start| self.span(start, start + length - 1)).collect()
    }

    fn slack(&self, tests: &[WordTest], slop: u32, fields: Fields) -> Vec<Span> {
        if !self.has_words(tests) {
            return Vec::new();
        }
        let mut shifted = Vec::new();
        for (test, nth) in tests.iter().zip(0u32..) {
            let words = self.test(test, fields);
            shifted.extend(
                words.iter().map(|word| (i64::from(self.span(*word, *word).first) - i64::from(nth), nth)),
            );
        }
        shifted.sort_unstable();
        let mut found = Vec::new();
        sloppy(&shifted, tests.len(), slop, |span| {
            found.push(span);
            false
        });
        tidied(found)
    }

    /// The words for which a test holds, ascending.
    fn test(&self, test: &WordTest, fields: Fields) -> Vec<u32> {
        let mut words = Vec::new();
        match test {
            WordTest::Is(word) => self.words_of(word, fields, |_| true, &mut words),
            WordTest::OneOf(all) => {
                all.iter().for_each(|word| self.words_of(word, fields, |_| true, &mut words))
            }
            WordTest::Fits(globs) => self.fitting(globs, fields, &mut words),
            WordTest::Exactly { folded, written } => {
                self.words_of(folded, fields, |text| same_spelling(text, written), &mut words);
            }
            WordTest::Any => words.extend(0..self.words.len() as u32),
        }
        words.sort_unstable();
        words.dedup();
        words
    }

    fn fitting(&self, globs: &[Glob], fields: Fields, words: &mut Vec<u32>) {
        let roll = self.roll.get_or_init(|| Roll::new(self.found.keys()));
        for word in globs.iter().flat_map(|glob| roll.fitting(glob)) {
            self.words_of(word, fields, |_| true, words);
        }
    }

    fn words_of(&self, word: &str, fields: Fields, wanted: impl Fn(&str) -> bool, words: &mut Vec<u32>) {
        let Some(found) = self.found.get(word) else { return };
        for (index, bytes) in found {
            let segment = &self.segments[self.segment(*index)];
            if fields.has(segment.field) && wanted(self.text(segment.field, segment.nth, bytes.clone())) {
                words.push(*index);
            }
        }
    }

    /// The number of the sentence of every word.
    pub(super) fn sentences(&self) -> Vec<u32> {
        let (mut sentence, mut sentences) = (0, Vec::with_capacity(self.words.len()));
        for segment in &self.segments {
            let text = text_of(self.document, segment.field, segment.nth);
            let word = |at: u32| self.words[at as usize].0 as usize..self.words[at as usize].1 as usize;
            for at in segment.words.clone() {
                if at > segment.words.start {
                    let (before, now) = (word(at - 1), word(at));
                    let between = &text[before.end..now.start];
                    sentence += u32::from(ends_sentence(&text[before], between, &text[now]));
                }
                sentences.push(sentence);
            }
            sentence += u32::from(!segment.words.is_empty());
        }
        sentences
    }

    /// The sentence of a span that lies in a single one.
    pub(super) fn sentence(&self, sentences: &[u32], span: Span) -> Option<u32> {
        let [first, last] = [span.first, span.last].map(|place| sentences[self.word(place) as usize]);
        (first == last).then_some(first)
    }

    /// A place of the sentence, so that all spans in it can be told.
    pub(super) fn span_of_sentence(&self, sentences: &[u32], sentence: u32) -> Option<Span> {
        let first = sentences.partition_point(|other| *other < sentence);
        let end = sentences.partition_point(|other| *other <= sentence);
        (first < end).then(|| self.span(first as u32, end as u32 - 1))
    }
}
