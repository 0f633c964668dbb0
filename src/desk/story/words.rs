//! What one word comes to: the term it is compared as, its sound, and whether it says anything at all.
//!
//! Words come folded (case, accents, forms of letters). Stop words are no terms; the endings of English plurals
//! and genitives come off; numbers lose their thousands marks. What a word comes to depends on the word alone, so a
//! [`Lexicon`] remembers the words it met and works out a repeated one once.

use super::exact::is_furniture;
use super::hash::{pair, word};
use super::marks;
use super::stop::is_stop_word;

/// Terms kept of one entry; title first. Leads of news have about 35.
pub const TERMS: usize = 40;

/// Stood in the title.
pub const IN_TITLE: u32 = 1 << 28;
/// Stood in the body.
pub const IN_BODY: u32 = 1 << 29;
/// Holds a digit.
pub const NUMBER: u32 = 1 << 30;
/// Looks like a name: a capital where the language would not ask for one.
pub const NAME: u32 = 1 << 31;

/// One term of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Hash of its text.
    pub hash: u64,
    /// [`IN_TITLE`], [`IN_BODY`], [`NUMBER`], [`NAME`].
    pub flags: u32,
    /// Where it stood first: bytes of the title if it has [`IN_TITLE`], else of the body.
    pub place: (u32, u32),
}

/// What a word comes to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meaning {
    /// Hash of the folded word.
    pub word: u64,
    /// Hash of the term; 0 if the word is none.
    pub term: u64,
    /// Mark of its sound, or of the number; 0 if it has none, 1 if nobody asked yet.
    pub sound: u64,
    /// Whether it holds a digit.
    pub number: bool,
    /// Whether it names a format or a date.
    pub furniture: bool,
}

impl Meaning {
    /// Nobody asked for the sound of the word yet.
    const UNHEARD: u64 = 1;
}

/// Words met before, at places that their hashes choose; a newer word takes an older one's place.
#[derive(Debug)]
pub struct Lexicon {
    places: Vec<Meaning>,
}

/// Bits of a hash that choose a place: 16,384 words, half a megabyte.
const PLACE_BITS: u32 = 14;

impl Default for Lexicon {
    fn default() -> Self {
        Self { places: vec![Meaning::default(); 1 << PLACE_BITS] }
    }
}

impl Lexicon {
    /// What a folded word comes to.
    pub fn look_up(&mut self, folded: &str) -> Meaning {
        let hash = word(folded);
        let place = &mut self.places[(hash >> (64 - PLACE_BITS)) as usize];
        if place.word != hash {
            *place = meaning(folded, hash);
        }
        *place
    }

    /// The same, with its sound, for words that may be names.
    pub fn look_up_name(&mut self, folded: &str) -> Meaning {
        let meaning = self.look_up(folded);
        if meaning.sound != Meaning::UNHEARD {
            return meaning;
        }
        let place = &mut self.places[(meaning.word >> (64 - PLACE_BITS)) as usize];
        place.sound = marks::of_sound(folded).unwrap_or(0);
        *place
    }
}

/// What a folded word comes to.
fn meaning(folded: &str, hash: u64) -> Meaning {
    let furniture = is_furniture(folded);
    if folded.bytes().any(|b| b.is_ascii_digit()) {
        return Meaning { furniture, ..number(folded) };
    }
    let letters = folded.chars().nth(1).is_some();
    let term = if letters && !is_stop_word(folded) { of_word(stem(folded).as_ref()) } else { 0 };
    Meaning { word: hash, term, sound: Meaning::UNHEARD, number: false, furniture }
}

/// What a number comes to: `1,000` and `1.000` are `1000`; `4.2` stays.
pub fn number(text: &str) -> Meaning {
    Meaning {
        word: word(text),
        term: of_word(&plain_number(text)),
        sound: marks::of_number(text).unwrap_or(0),
        number: true,
        furniture: text.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Two neighbouring characters of a script without spaces, as a term; the lowest bit tells them from words.
pub fn two_characters(first: u64, second: u64) -> u64 {
    pair(first, second) | 1
}

/// Whether a term is two characters and not a word.
pub fn is_two_characters(term: u64) -> bool {
    term & 1 != 0
}

/// A word as a term.
fn of_word(text: &str) -> u64 {
    word(text) & !1
}

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

/// Takes the endings of English plurals and participles off, and little else: names must stay names.
pub fn stem(folded: &str) -> std::borrow::Cow<'_, str> {
    let cut = |end: &str, least: usize| folded.strip_suffix(end).filter(|left| left.chars().count() >= least);
    if let Some(left) = cut("ies", 2) {
        return format!("{left}y").into();
    }
    let plural = cut("s", 3).filter(|left| !left.ends_with(['s', 'u', 'i']));
    let single = plural.unwrap_or(folded);
    let past = single
        .strip_suffix("ing")
        .or_else(|| single.strip_suffix("ed"))
        .filter(|left| left.chars().count() >= 4);
    let root = past.unwrap_or(single);
    root.strip_suffix('e').filter(|left| left.chars().count() >= 4).unwrap_or(root).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_meet_their_plain_forms() {
        for (one, two, why) in [
            ("ministers", "minister", "plural"),
            ("companies", "company", "plural in -ies"),
            ("resigning", "resigned", "participles"),
            ("closes", "close", "third person"),
        ] {
            assert_eq!(stem(one), stem(two), "{why}");
        }
        assert_eq!(stem("paris"), "paris", "a name");
    }

    #[test]
    fn numbers_lose_thousands_marks_only() {
        for (text, plain) in [
            ("1,000", "1000"),
            ("1.000.000", "1000000"),
            ("4.2", "4.2"),
            ("4,2", "4.2"),
            ("3.14159", "3.14159"),
        ] {
            assert_eq!(plain_number(text), plain);
        }
    }

    #[test]
    fn a_repeated_word_comes_to_the_same() {
        let mut lexicon = Lexicon::default();
        for text in ["harbour", "the", "harbour", "a", "40000"] {
            let (known, fresh) = (lexicon.look_up(text), meaning(text, word(text)));
            assert_eq!((known.term, known.sound), (fresh.term, fresh.sound), "{text}");
        }
        assert_eq!(lexicon.look_up("the").term, 0, "stop words are no terms");
    }
}
