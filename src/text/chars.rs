//! What a character is to the tokenizer: its class and what it folds to, in one table lookup.
//!
//! A page of 256 characters is worked out when one of them is first met, and kept.

use super::fold::fold_char;
use std::sync::OnceLock;
use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// One character, worked out.
#[derive(Clone, Copy)]
pub(super) struct Class(u32);

const WORD: u32 = 1 << 24;
const IGNORED: u32 = 1 << 25;
const UNSPACED: u32 = 1 << 26;
const JAMO: u32 = 1 << 27;
const VOICING: u32 = 1 << 28;
/// The lower bits say how many characters it folds to: none, one (given), or several (asked for when needed).
const SEVERAL: u32 = 1 << 29;
const NOTHING: u32 = 1 << 30;
const CODE: u32 = 0x1F_FFFF;

/// What to write for a folded character.
pub(super) enum Folded {
    Nothing,
    One(char),
    Several,
}

impl Class {
    /// The class of any character.
    pub(super) fn of(c: char) -> Class {
        let code = c as usize;
        let page = PAGES[code >> 8].get_or_init(|| page(code as u32 & !0xFF));
        Class(page[code & 0xFF])
    }

    /// A letter, mark or decimal digit.
    pub(super) fn is_word(self) -> bool {
        self.0 & WORD != 0
    }

    /// Unseen: neither part of a word nor the end of one.
    pub(super) fn is_ignored(self) -> bool {
        self.0 & IGNORED != 0
    }

    /// Of a script written without spaces: a token of its own.
    pub(super) fn is_unspaced(self) -> bool {
        self.0 & UNSPACED != 0
    }

    /// A piece of a Hangul syllable that has to be composed with its neighbours.
    pub(super) fn is_jamo(self) -> bool {
        self.0 & JAMO != 0
    }

    /// A kana voicing mark: it changes the kana before it.
    pub(super) fn is_voicing(self) -> bool {
        self.0 & VOICING != 0
    }

    pub(super) fn folded(self) -> Folded {
        if self.0 & NOTHING != 0 {
            Folded::Nothing
        } else if self.0 & SEVERAL != 0 {
            Folded::Several
        } else {
            char::from_u32(self.0 & CODE).map_or(Folded::Nothing, Folded::One)
        }
    }
}

/// What a character becomes in the folded text, whatever stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folding {
    /// These letters of a word; none for a mark.
    Letters(String),
    /// A word of its own.
    Word(String),
    /// It parts words, or what it becomes depends on its neighbours.
    Other,
}

/// What a character becomes in the folded text. Kana and Hangul depend on marks and letters that may follow.
pub fn folding(c: char) -> Folding {
    let class = Class::of(c);
    let dependent =
        is_kana(c) || class.is_jamo() || class.is_voicing() || matches!(c, '\u{AC00}'..='\u{D7A3}');
    if !class.is_word() || dependent || !is_letter_or_digit(c) && !is_nonspacing(c) {
        return Folding::Other;
    }
    let mut folded = String::new();
    fold_char(c, &mut folded);
    if class.is_unspaced() { Folding::Word(folded) } else { Folding::Letters(folded) }
}

type Page = Box<[u32; 256]>;

static PAGES: [OnceLock<Page>; 0x1100] = [const { OnceLock::new() }; 0x1100];

fn page(first: u32) -> Page {
    let mut page = Box::new([0; 256]);
    for (slot, code) in page.iter_mut().zip(first..) {
        *slot = char::from_u32(code).map_or(0, classify);
    }
    page
}

fn classify(c: char) -> u32 {
    if is_ignored(c) {
        return IGNORED | NOTHING;
    }
    if !is_word(c) {
        return 0;
    }
    let mut class = WORD | packed(c);
    if is_unspaced(c) && class & NOTHING == 0 {
        class |= UNSPACED;
    }
    if matches!(c, '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97C}' | '\u{D7B0}'..='\u{D7FB}') {
        class |= JAMO;
    }
    if is_voicing(c) {
        class |= VOICING | NOTHING;
    }
    class
}

fn packed(c: char) -> u32 {
    let mut folded = String::new();
    fold_char(c, &mut folded);
    let mut chars = folded.chars();
    match (chars.next(), chars.next()) {
        (None, _) => NOTHING,
        (Some(one), None) => one as u32,
        _ => SEVERAL,
    }
}

pub(super) fn is_word(c: char) -> bool {
    use Category::*;
    matches!(
        get_general_category(c),
        UppercaseLetter
            | LowercaseLetter
            | TitlecaseLetter
            | ModifierLetter
            | OtherLetter
            | NonspacingMark
            | SpacingMark
            | EnclosingMark
            | DecimalNumber
    )
}

/// Whether a character is a nonspacing mark, which folding drops.
pub(super) fn is_nonspacing(c: char) -> bool {
    get_general_category(c) == Category::NonspacingMark
}

/// Whether a character survives in the search index: SQLite's `unicode61` breaks words at spacing and enclosing
/// marks.
pub(super) fn is_letter_or_digit(c: char) -> bool {
    use Category::*;
    is_word(c) && !matches!(get_general_category(c), NonspacingMark | SpacingMark | EnclosingMark)
}

/// Soft hyphen, zero-width and bidi controls, the byte order mark, and the Arabic stretching stroke.
pub(super) fn is_ignored(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{61C}' | '\u{640}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
    )
}

pub(super) fn is_voicing(c: char) -> bool {
    matches!(c, '\u{3099}' | '\u{309A}' | '\u{FF9E}' | '\u{FF9F}')
}

/// Kana, full width and half width.
pub(super) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309F}' | '\u{30A0}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}')
}

/// Whether a character belongs to a script that is written without spaces between words.
pub fn is_unspaced(c: char) -> bool {
    is_kana(c)
        || matches!(
            c,
            '\u{3005}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFD}'
            // Thai, Lao, Myanmar, Khmer, and the extensions of Myanmar
            | '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
            | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}'
        )
}
