//! Takes a text apart into what the later stages compare.
//!
//! Terms: words of title and body in order of first appearance, without stop words, lightly stemmed; scripts
//! without spaces give pairs of characters, katakana gives its runs. Each term carries where it stood (title,
//! body) and what it is (number, name). A sketch of the word pairs serves the near copies. Never depends on
//! what was seen before.

use super::exact::is_unspaced;
use super::han::simplified;
use super::hash::{mix, word};
use super::normal::Normal;
use super::stop::is_stop_word;

/// Terms kept of one entry; title first. Leads of news have about 35.
pub const TERMS: usize = 40;
/// Values in a sketch: the standard error of the estimated share is then at most 0.09.
pub const SKETCH: usize = 32;

/// Stood in the title.
pub const IN_TITLE: u32 = 1 << 28;
/// Stood in the body.
pub const IN_BODY: u32 = 1 << 29;
/// Holds a digit.
pub const NUMBER: u32 = 1 << 30;
/// Looks like a name: a capital where the language would not ask for one.
pub const NAME: u32 = 1 << 31;

/// One term of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Hash of its text.
    pub hash: u64,
    /// [`IN_TITLE`], [`IN_BODY`], [`NUMBER`], [`NAME`].
    pub flags: u32,
    /// As compared, for reasons.
    pub text: String,
}

/// Least hashes of the word pairs, 8 bits each.
pub type Sketch = [u8; SKETCH];

/// A word as it stands in the text.
#[derive(Clone, Copy, Debug)]
pub struct Token<'t> {
    /// The text.
    pub text: &'t str,
    /// Starts with a capital, and neither position nor the style of the line explains it.
    pub name: bool,
    /// Written without spaces around it.
    pub unspaced: bool,
}

/// A text taken apart once, for terms, marks and sketch.
#[derive(Debug)]
pub struct Tokens<'t> {
    /// Of the title.
    pub title: Vec<Token<'t>>,
    /// Of the body.
    pub body: Vec<Token<'t>>,
}

impl<'t> Tokens<'t> {
    /// Takes a text apart.
    pub fn of(text: &'t Normal) -> Self {
        Self { title: tokens(&text.title), body: tokens(&text.body) }
    }

    /// Title, then body.
    pub fn all(&self) -> impl Iterator<Item = &Token<'t>> {
        self.title.iter().chain(&self.body)
    }
}

/// The terms of a text.
pub fn terms(text: &Tokens<'_>) -> Vec<Term> {
    let mut found = Terms::default();
    for token in &text.title {
        found.add(token, IN_TITLE);
    }
    for token in &text.body {
        if found.list.len() >= 2 * TERMS {
            break;
        }
        found.add(token, IN_BODY);
    }
    found.list.truncate(TERMS);
    found.list
}

#[derive(Default)]
struct Terms {
    list: Vec<Term>,
    index: hashbrown::HashMap<u64, usize>,
}

impl Terms {
    fn add(&mut self, token: &Token<'_>, place: u32) {
        if token.unspaced {
            return self.add_unspaced(token.text, place);
        }
        let lower = token.text.to_lowercase();
        let number = lower.bytes().any(|b| b.is_ascii_digit());
        if !number && is_stop_word(&lower) {
            return;
        }
        let term = if number { plain_number(&lower) } else { stem(&lower) };
        let one_letter = term.chars().nth(1).is_none() && !number;
        if !term.is_empty() && !one_letter {
            let name = if token.name { NAME } else { 0 };
            self.push(term, place | name | if number { NUMBER } else { 0 });
        }
    }

    fn add_unspaced(&mut self, run: &str, place: u32) {
        let chars: Vec<char> = run.chars().map(simplified).collect();
        if chars.iter().all(|&c| is_katakana(c)) && chars.len() > 1 {
            return self.push(run.to_owned(), place | NAME);
        }
        for pair in chars.windows(2) {
            if !pair.iter().all(|&c| is_hiragana(c)) {
                self.push(pair.iter().collect(), place);
            }
        }
    }

    fn push(&mut self, text: String, flags: u32) {
        let hash = word(&text);
        match self.index.get(&hash) {
            Some(&at) => self.list[at].flags |= flags,
            None => {
                self.index.insert(hash, self.list.len());
                self.list.push(Term { hash, flags, text });
            }
        }
    }
}

fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A0}'..='\u{30FF}')
}

fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{309F}')
}

/// Splits a line into words, runs of unspaced scripts and numbers.
pub fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut out = Vec::with_capacity(line.len() / 6);
    let mut rest = line;
    let mut at_start = true;
    while let Some(first) = rest.chars().next() {
        if !first.is_alphanumeric() {
            at_start |= matches!(first, '.' | '!' | '?' | ':' | ';' | '"' | '“' | '„' | '«' | '。' | '…');
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = token_end(rest, first);
        let text = &rest[..end];
        let capital = first.is_uppercase();
        out.push(Token { text, name: capital && !at_start, unspaced: is_unspaced(first) });
        at_start = false;
        rest = &rest[end..];
    }
    forgive_title_case(line, &mut out);
    out
}

/// A line in which nearly every word has a capital says nothing about names, except by acronyms.
fn forgive_title_case(_line: &str, tokens: &mut [Token<'_>]) {
    let long = tokens.iter().filter(|t| !t.unspaced && t.text.len() > 3);
    let (capitals, all) = long.fold((0, 0), |(capitals, all), token| {
        let capital = token.text.chars().next().is_some_and(char::is_uppercase);
        (capitals + usize::from(capital), all + 1)
    });
    if all >= 4 && capitals * 10 >= all * 8 {
        for token in tokens {
            token.name = token.name
                && token.text.len() > 1
                && token.text.chars().all(char::is_uppercase)
                && capitals < all;
        }
    }
}

/// Where the token that starts `rest` ends. Digits hold together over `.` `,` `-` `:`; words over an apostrophe.
fn token_end(rest: &str, first: char) -> usize {
    let wide = is_unspaced(first);
    let katakana = is_katakana(first);
    let mut chars = rest.char_indices().peekable();
    let mut last = first;
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|&(_, c)| c);
        let inside = match c {
            c if c.is_alphanumeric() => is_unspaced(c) == wide && (!wide || is_katakana(c) == katakana),
            '\'' | '’' => !wide && next.is_some_and(char::is_alphabetic) && last.is_alphabetic(),
            '.' | ',' => last.is_ascii_digit() && next.is_some_and(|c| c.is_ascii_digit()),
            '-' => last.is_ascii_digit() && next.is_some_and(|c| c.is_ascii_digit()),
            '\u{300}'..='\u{36F}' => true,
            _ => false,
        };
        if !inside {
            return at;
        }
        last = c;
    }
    rest.len()
}

/// `1,000` and `1.000` are `1000`; `4.2` stays.
fn plain_number(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    for (at, c) in text.char_indices() {
        let thousands = matches!(c, ',' | '.')
            && bytes.len() >= at + 4
            && bytes[at + 1..at + 4].iter().all(u8::is_ascii_digit)
            && !bytes.get(at + 4).is_some_and(u8::is_ascii_digit);
        match c {
            _ if thousands => {}
            ',' => out.push('.'),
            c => out.push(c),
        }
    }
    out
}

/// Takes the endings of English plurals and genitives off, and little else: names must stay names.
pub fn stem(lower: &str) -> String {
    let base = lower.split(['\'', '’']).next().filter(|part| part.len() > 2).unwrap_or(lower);
    let cut = |end: &str, least: usize| base.strip_suffix(end).filter(|left| left.chars().count() >= least);
    if let Some(left) = cut("ies", 2) {
        return format!("{left}y");
    }
    let plural = cut("s", 3).filter(|left| !left.ends_with(['s', 'u', 'i']));
    let single = plural.unwrap_or(base);
    let past = single
        .strip_suffix("ing")
        .or_else(|| single.strip_suffix("ed"))
        .filter(|left| left.chars().count() >= 4);
    let root = past.unwrap_or(single);
    root.strip_suffix('e').filter(|left| left.chars().count() >= 4).unwrap_or(root).to_owned()
}

/// The sketch of a text: its pairs of neighbouring words, stop words included.
pub fn sketch(text: &Tokens<'_>) -> Sketch {
    let mut words: Vec<u64> = Vec::with_capacity(128);
    for token in text.all().take(SKETCH_WORDS) {
        if token.unspaced {
            words.extend(token.text.chars().map(|c| mix(u64::from(u32::from(c)))));
        } else {
            words.push(word(&token.text.to_lowercase()));
        }
    }
    sketch_of(&words)
}

/// Words of a text that enter its sketch.
const SKETCH_WORDS: usize = 400;

fn sketch_of(words: &[u64]) -> Sketch {
    let mut least = [u64::MAX; SKETCH];
    for pair in words.windows(2) {
        let hash = mix(pair[0].rotate_left(17) ^ pair[1]);
        for (i, slot) in least.iter_mut().enumerate() {
            let value = (hash ^ SEEDS[i]).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            *slot = (*slot).min(value ^ (value >> 32));
        }
    }
    least.map(|value| (mix(value) & 0xFF) as u8)
}

const SEEDS: [u64; SKETCH] = seeds();

const fn seeds() -> [u64; SKETCH] {
    let mut out = [0; SKETCH];
    let mut state = 0x1234_5678_9ABC_DEF1u64;
    let mut i = 0;
    while i < SKETCH {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out[i] = state;
        i += 1;
    }
    out
}

/// The share of word pairs two texts have in common, estimated from their sketches: 0 to 1.
pub fn shared_pairs(one: &Sketch, two: &Sketch) -> f32 {
    let equal = one.iter().zip(two).filter(|(a, b)| a == b).count() as f32 / SKETCH as f32;
    let chance = 1.0 / 256.0;
    ((equal - chance) / (1.0 - chance)).max(0.0)
}
