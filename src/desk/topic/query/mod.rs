//! The query language: one meaning for topics, `hits search`, routes and the API. All of them can name the lists and topics of
//! the configuration (`hits search '@chips AND NOT topic:sanctions'`); a route takes a query as `when`.
//!
//! # Words
//!
//! | write | finds |
//! |---|---|
//! | `chip` | the word, whatever its case and accents: Chip, CHIP, chïp |
//! | `"export control"` | the words in this order, next to each other |
//! | `"rät * ab"` | the same with one word, whichever, in between |
//! | `chip*` `*kontrolle` `*beschränkung*` `w?rld` | words that begin with, end with, contain, look like it (`*` any letters or none, `?` one letter) |
//! | `=BIS` `="Entity List"` | the word in exactly this spelling, case and accents included |
//! | `出口管制` | the characters in this order: scripts written without spaces are searched as substrings |
//! | `/H[0-9]{2,3}/` `/h20/i` | a regular expression over the stored text; `i` ignores case. Linear time; only the first 256 KiB of a text are looked at |
//! | `@chips` | any term of the list `chips` |
//! | `topic:other` | whatever the topic `other` matches |
//!
//! A word is a run of letters and digits; anything else separates words, so `U.S.` is the phrase `u s` and `chip-export`
//! the phrase `chip export`. Words are folded on both sides (`ß` is `ss`, `é` is `e`, full width is half width, Arabic
//! letter forms and traditional and simplified Chinese are one; soft hyphens and other unseen characters do not
//! count); a word written with `ä ö ü ø å` also finds its spelling `ae oe ue oe aa`. There is no stemming and there
//! are no stop words. A plain word looks into title and body.
//!
//! # Operators
//!
//! From the tightest to the loosest; parentheses group.
//!
//! | write | true when |
//! |---|---|
//! | `title:a` `title:(a OR b)` | found in that field: `title body url feed tag author publisher lang` (`category` is `tag`) |
//! | `a NEAR/12 b` | at most 12 words apart, in any order; one word may be both (1 is "next to each other") |
//! | `a BEFORE/5 b` | b comes after a, at most 5 words later |
//! | `a NOT NEAR/5 b` | some a has no b within 5 words: a veto only near its trigger |
//! | `"a b"~3` | a phrase with slack 3: every word may stand off its place, the largest minus the smallest shift being at most 3 |
//! | `NOT a` | not a |
//! | `a AND b` | both |
//! | `a OR b` | at least one |
//! | `SENTENCE(a b)` | one sentence has all of them; `AND OR NOT` and proximity work inside |
//! | `ATLEAST/2(a b c)` | at least two of them; of a single list, two of its terms |
//! | `SCORE(a^3 b c^-2) >= 3` | the weights of those that are found add up to 3 or more; without `^` a weight is 1; the sum is the hit's score |
//!
//! Operators are written in capitals. Two operands side by side are an error (write AND or OR), except inside
//! `SENTENCE(…)`, `ATLEAST/n(…)` and `SCORE(…)`, where operands stand side by side; in the latter two, `AND`, `OR`
//! and `NOT` need parentheses. Either side of a proximity operator may be a word, a phrase, a list, an OR of them in
//! parentheses, or another proximity: the words of `(a NEAR/5 b) NEAR/9 c` are those of a and of b that have each
//! other; `a BEFORE/5 b BEFORE/5 c` is a chain. No phrase, proximity or sentence reaches from one field into
//! another. A sentence ends at a full stop, question or exclamation mark before a capital or a script without
//! capitals, and at a line end.
//!
//! # Limits
//!
//! A query has at most 512 KiB, 50,000 terms and 64 levels of parentheses; a phrase 64 words; NEAR, BEFORE and `~` reach
//! at most 1,000 words; a regular expression compiles to at most 256 KiB. A query that is true of an empty text
//! (`NOT a`) or can never be true is refused.

mod check;
mod error;
mod filter;
mod glob;
mod lex;
mod parse;
mod term;
mod warn;

pub use error::{QueryError, QueryWarning, line_and_column, render_error, render_warning};
pub use filter::{Names, text_filter};
pub use glob::{Glob, GlobPart, Shape};
pub use parse::parse;
pub use term::MAX_WORDS;

pub(crate) use check::{children, mistakes as mistakes_of};
pub(crate) use error::nearest;
pub(crate) use parse::{compile_regex, regex_parts, tree};

use crate::model::Field;
use std::ops::Range;

/// Words that NEAR, BEFORE and `~` can reach at most.
pub const MAX_REACH: u32 = 1_000;

/// Bytes of a text that a regular expression looks at.
pub const REGEX_WINDOW: usize = 256 * 1024;

/// A parsed query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// As written.
    pub text: String,
    /// The tree.
    pub root: Expr,
}

impl Query {
    /// What works but is probably not meant.
    pub fn warnings(&self) -> Vec<QueryWarning> {
        warn::warnings(self)
    }
}

/// One node of a query and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Bytes of the query.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of node.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A word, phrase or pattern.
    Term(Term),
    /// A regular expression.
    Regex {
        /// Without the slashes.
        pattern: String,
        /// Case does not count.
        ignore_case: bool,
    },
    /// Any term of a named list.
    List(String),
    /// Another topic.
    Topic(String),
    /// All of them.
    And(Vec<Expr>),
    /// Any of them.
    Or(Vec<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// Two operands near each other.
    Near(Nearness, Box<Expr>, Box<Expr>),
    /// All in one sentence.
    Sentence(Vec<Expr>),
    /// At least so many of them.
    AtLeast(u32, Vec<Expr>),
    /// Weights of those that are true add up to at least the threshold.
    Score(f64, Vec<(Expr, f64)>),
    /// Looked for in these fields only.
    In(Fields, Box<Expr>),
}

/// The proximity operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nearness {
    /// Any order.
    Near(u32),
    /// In order.
    Before(u32),
    /// Left without right nearby.
    NotNear(u32),
}

/// Words in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Tests of consecutive words; never empty, first and last are never [`WordTest::Any`].
    pub words: Vec<WordTest>,
    /// Slack, for `"…"~n`.
    pub slop: Option<u32>,
}

/// A test of one word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WordTest {
    /// This folded word.
    Is(String),
    /// One of these folded words (spellings of one).
    OneOf(Vec<String>),
    /// One of these patterns (spellings of one) fits.
    Fits(Vec<Glob>),
    /// This word in this very spelling.
    Exactly {
        /// Folded, to find it.
        folded: String,
        /// As it must stand in the text (NFC, unseen characters left out).
        written: String,
    },
    /// Any word: a gap in a phrase.
    Any,
}

impl WordTest {
    fn globs(&self) -> &[Glob] {
        if let Self::Fits(globs) = self { globs } else { &[] }
    }
}

/// A set of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fields(pub u8);

impl Fields {
    /// Where a plain word looks.
    pub const TEXT: Fields = Fields::of(Field::Title).and(Fields::of(Field::Body));

    /// One field.
    pub const fn of(field: Field) -> Fields {
        Fields(1 << field as u8)
    }

    /// Both sets.
    pub const fn and(self, other: Fields) -> Fields {
        Fields(self.0 | other.0)
    }

    /// Whether nothing but title and body is in the set.
    pub const fn is_text(self) -> bool {
        self.0 & !Fields::TEXT.0 == 0
    }

    /// Whether a field is in the set.
    pub const fn has(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }
}

/// All fields in the order of [`Fields`].
pub(crate) const ALL_FIELDS: [Field; 8] = [
    Field::Title,
    Field::Body,
    Field::Url,
    Field::Feed,
    Field::Tag,
    Field::Author,
    Field::Publisher,
    Field::Lang,
];

/// The names that can stand before a colon.
pub(crate) const FIELD_NAMES: [(&str, Field); 9] = [
    ("title", Field::Title),
    ("body", Field::Body),
    ("url", Field::Url),
    ("feed", Field::Feed),
    ("tag", Field::Tag),
    ("category", Field::Tag),
    ("author", Field::Author),
    ("publisher", Field::Publisher),
    ("lang", Field::Lang),
];

#[cfg(test)]
mod tests;
