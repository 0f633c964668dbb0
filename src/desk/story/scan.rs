//! Reads a text once, into the tokens that every later stage works with.
//!
//! Words are those of the text layer, folded; on top of them digits hold together over `.` `,` `-`, katakana runs
//! are words, and other characters of scripts without spaces are tokens one by one. A token knows whether its
//! capital is explained by its position or by the style of the line: what is left looks like a name. Never depends
//! on what was seen before.

use super::han::from_japanese;
use super::hash::mix;
use super::marks::{Label, Mark};
use super::normal::Normal;
use super::sketch::{Sketch, sketch};
use super::words::{self, IN_BODY, IN_TITLE, Lexicon, Meaning, NAME, NUMBER, TERMS, Term};
use crate::text::{Tokenizer, is_unspaced};

/// A word as it stands in the text.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What it comes to.
    pub meaning: Meaning,
    /// Bytes of the line.
    pub place: (u32, u32),
    /// [`CHARACTER`] and the others.
    kind: u8,
}

/// One character of a script without spaces.
const CHARACTER: u8 = 1;
/// A run of katakana.
const KATAKANA: u8 = 2;
/// Hiragana, which holds grammar.
const HIRAGANA: u8 = 4;
/// Starts with a capital.
const CAPITAL: u8 = 8;
/// Looks like a name.
const NAMED: u8 = 16;
/// Of a script without capitals.
const CASELESS: u8 = 32;
/// Longer than three bytes: counts for the style of the line.
const LONG: u8 = 64;

impl Token {
    fn is(&self, kind: u8) -> bool {
        self.kind & kind != 0
    }

    /// Whether it is a character of a script without spaces.
    pub fn is_character(&self) -> bool {
        self.is(CHARACTER)
    }

    /// Whether both are characters of one unbroken run.
    pub fn continues(&self, before: &Token) -> bool {
        self.is(CHARACTER) && before.is(CHARACTER) && self.follows(before)
    }

    fn follows(&self, before: &Token) -> bool {
        before.place.1 == self.place.0
    }
}

/// The tokens of an entry; kept and used again.
#[derive(Debug, Default)]
pub struct Scan {
    title: Vec<Token>,
    body: Vec<Token>,
    tokenizer: Tokenizer,
    words: Vec<u64>,
}

/// Tokens of a text that enter its sketch.
const SKETCH_WORDS: usize = 400;
/// Tokens of a text that are looked at for marks.
const MARK_TOKENS: usize = 160;

impl Scan {
    /// Reads a text in place of the one before.
    pub fn read(&mut self, text: &Normal<'_>, lexicon: &mut Lexicon) {
        line(&text.title, &mut self.tokenizer, lexicon, &mut self.title);
        line(&text.body, &mut self.tokenizer, lexicon, &mut self.body);
    }

    /// Reads one line as if it were a title.
    pub fn read_title(&mut self, text: &str, lexicon: &mut Lexicon) {
        line(text, &mut self.tokenizer, lexicon, &mut self.title);
        self.body.clear();
    }

    fn all(&self) -> impl Iterator<Item = (bool, &Token)> {
        self.title.iter().map(|token| (true, token)).chain(self.body.iter().map(|token| (false, token)))
    }

    /// Words of title and body, in order.
    pub fn title_and_body(&self) -> [&[Token]; 2] {
        [&self.title, &self.body]
    }

    /// The terms of the text: words without stop words, pairs of characters; title first, each once.
    pub fn terms(&self) -> Vec<Term> {
        let mut found = Terms::default();
        found.add_line(&self.title, IN_TITLE, usize::MAX);
        found.add_line(&self.body, IN_BODY, 2 * TERMS);
        found.list.truncate(TERMS);
        found.list
    }

    /// The sketch of its pairs of neighbouring words, stop words included.
    pub fn sketch(&mut self) -> Sketch {
        let mut words = std::mem::take(&mut self.words);
        words.clear();
        words.extend(self.all().take(SKETCH_WORDS).map(|(_, token)| token.meaning.word));
        let made = sketch(&words);
        self.words = words;
        made
    }

    /// Names by their sound and numbers, in order of appearance.
    pub fn marks<'t>(&self) -> impl Iterator<Item = Mark<'t>> {
        let marked = self.all().take(MARK_TOKENS).filter(|(_, token)| {
            token.meaning.sound != 0 && (token.meaning.number || token.is(NAMED | KATAKANA | CASELESS))
        });
        marked.map(|(in_title, token)| Mark {
            hash: token.meaning.sound,
            label: Label::Place { in_title, place: token.place },
        })
    }
}

#[derive(Default)]
struct Terms {
    list: Vec<Term>,
    hashes: Vec<u64>,
}

impl Terms {
    fn add_line(&mut self, tokens: &[Token], place: u32, limit: usize) {
        for (at, token) in tokens.iter().enumerate() {
            if self.list.len() >= limit {
                return;
            }
            if token.is(CHARACTER) {
                self.add_pair(token, tokens.get(at + 1), place);
            } else if token.meaning.term != 0 {
                let name = if token.is(NAMED | KATAKANA) { NAME } else { 0 };
                let number = if token.meaning.number { NUMBER } else { 0 };
                self.push(token.meaning.term, place | name | number, token.place);
            }
        }
    }

    fn add_pair(&mut self, one: &Token, next: Option<&Token>, place: u32) {
        let Some(two) = next.filter(|two| two.continues(one)) else { return };
        if !(one.is(HIRAGANA) && two.is(HIRAGANA)) {
            let hash = words::two_characters(one.meaning.word, two.meaning.word);
            self.push(hash, place, (one.place.0, two.place.1));
        }
    }

    fn push(&mut self, hash: u64, flags: u32, place: (u32, u32)) {
        match self.hashes.iter().position(|&known| known == hash) {
            Some(at) => self.list[at].flags |= flags,
            None => {
                self.hashes.push(hash);
                self.list.push(Term { hash, flags, place });
            }
        }
    }
}

/// Splits a line into tokens.
fn line(text: &str, tokenizer: &mut Tokenizer, lexicon: &mut Lexicon, out: &mut Vec<Token>) {
    out.clear();
    tokenizer.each(text, |token| {
        if token.piece {
            return;
        }
        let place = (token.start as u32, token.end as u32);
        let wide = token.text.as_bytes()[0] >= 0x80;
        match token.text.chars().next().filter(|&c| wide && is_unspaced(c)) {
            Some(c) => character(text, c, place, lexicon, out),
            None => spaced(text, token.text, place, lexicon, out),
        }
    });
    forgive_title_case(text, out);
}

fn character(text: &str, c: char, place: (u32, u32), lexicon: &mut Lexicon, out: &mut Vec<Token>) {
    if is_katakana(c) {
        let run = out.pop_if(|last| last.is(KATAKANA) && last.place.1 == place.0);
        let start = run.map_or(place.0, |run| run.place.0);
        let meaning = lexicon.look_up_name(&text[start as usize..place.1 as usize]);
        return out.push(Token { meaning, place: (start, place.1), kind: KATAKANA | CASELESS });
    }
    let meaning = Meaning { word: of_character(c), ..Meaning::default() };
    let hiragana = if matches!(c, '\u{3040}'..='\u{309F}') { HIRAGANA } else { 0 };
    out.push(Token { meaning, place, kind: CHARACTER | hiragana });
}

/// Hash of one character of a script without spaces.
pub fn of_character(c: char) -> u64 {
    mix(u64::from(u32::from(from_japanese(c))))
}

fn spaced(text: &str, folded: &str, place: (u32, u32), lexicon: &mut Lexicon, out: &mut Vec<Token>) {
    let digit = folded.as_bytes()[0].is_ascii_digit();
    if digit && let Some(start) = number_before(text, place.0, out) {
        out.pop();
        let whole = text[start as usize..place.1 as usize].to_ascii_lowercase();
        let kind = if place.1 - start > 3 { LONG } else { 0 };
        return out.push(Token { meaning: words::number(&whole), place: (start, place.1), kind });
    }
    let first = text[place.0 as usize..].chars().next().unwrap_or('a');
    let mut kind = if place.1 - place.0 > 3 { LONG } else { 0 };
    if first.is_uppercase() {
        let explained =
            out.last().is_none_or(|last| ends_clause(&text[last.place.1 as usize..place.0 as usize]));
        kind |= CAPITAL | if explained { 0 } else { NAMED };
    } else if !digit && !first.is_lowercase() {
        kind |= CASELESS;
    }
    let meaning = match kind & (NAMED | CASELESS) {
        0 => lexicon.look_up(folded),
        _ => lexicon.look_up_name(folded),
    };
    out.push(Token { meaning, place, kind });
}

/// The start of a number that goes on at `start`, if one mark alone stands between.
fn number_before(text: &str, start: u32, out: &[Token]) -> Option<u32> {
    let last = out.last().filter(|last| last.meaning.number && last.place.1 + 1 == start)?;
    let bytes = text.as_bytes();
    let joined = matches!(bytes[last.place.1 as usize], b'.' | b',' | b'-')
        && bytes[last.place.1 as usize - 1].is_ascii_digit();
    joined.then_some(last.place.0)
}

/// Whether what stands between two words asks for a capital after it.
fn ends_clause(between: &str) -> bool {
    between != " " && between.contains(['.', '!', '?', ':', ';', '"', '“', '„', '«', '。', '…'])
}

fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A0}'..='\u{30FF}')
}

/// A line in which nearly every word has a capital says nothing about names, except by acronyms.
fn forgive_title_case(text: &str, tokens: &mut [Token]) {
    let long = tokens.iter().filter(|token| token.is(LONG) && !token.is(CHARACTER | KATAKANA));
    let (capitals, all) =
        long.fold((0, 0), |(capitals, all), token| (capitals + usize::from(token.is(CAPITAL)), all + 1));
    if all < 4 || capitals * 10 < all * 8 {
        return;
    }
    for token in tokens.iter_mut().filter(|token| token.is(NAMED)) {
        let word = &text[token.place.0 as usize..token.place.1 as usize];
        if capitals == all || word.len() < 2 || !word.chars().all(char::is_uppercase) {
            token.kind &= !NAMED;
        }
    }
}

/// The terms of a list's line, for the lists of common words.
pub fn terms_of(text: &str, scan: &mut Scan, lexicon: &mut Lexicon) -> Vec<u64> {
    scan.read_title(text, lexicon);
    scan.terms().into_iter().map(|term| term.hash).collect()
}
