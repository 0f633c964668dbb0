//! Full text over title and body: what goes into the index, and how a condition becomes an FTS5 expression.
//!
//! Text is folded and split by `text::search_tokens` on the way in, and filters come in the same tokens, so the
//! index knows nothing of languages. Every token is quoted: nothing a user types is ever FTS5 syntax. Results
//! are ordered by row, never by rank (rank reads every match).

use crate::store::{Result, TextFilter};
use rusqlite::Connection;

pub(super) fn add(conn: &Connection, entry: i64, title: &str, body: &str) -> Result<()> {
    conn.prepare_cached("INSERT INTO search (rowid, title, body) VALUES (?1, ?2, ?3)")?.execute((
        entry,
        tokens(title),
        tokens(body),
    ))?;
    Ok(())
}

pub(super) fn remove(conn: &Connection, entry: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([entry])?;
    Ok(())
}

fn tokens(text: &str) -> String {
    crate::text::search_tokens(text)
}

/// Which entries a text condition selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matching {
    /// All of them.
    All,
    /// None.
    Nothing,
    /// Those the FTS5 expression finds.
    Found(String),
    /// Those it does not find: FTS5 itself cannot say that.
    NotFound(String),
}

use Matching::{All, Found, NotFound, Nothing};

impl Matching {
    /// The condition as a set of entries. A phrase without tokens (punctuation only) finds nothing.
    pub(super) fn of(filter: &TextFilter) -> Self {
        match filter {
            TextFilter::Phrase { tokens, prefix, title_only } => phrase(tokens, *prefix, *title_only),
            TextFilter::And(parts) => joined(parts, "AND").fold(All, Self::and),
            TextFilter::Or(parts) => joined(parts, "OR").fold(Nothing, Self::or),
            TextFilter::Not(wanted, unwanted) => Self::of(wanted).and(Self::of(unwanted).complement()),
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Nothing, _) | (_, Nothing) => Nothing,
            (All, set) | (set, All) => set,
            (Found(a), Found(b)) => Found(format!("({a} AND {b})")),
            (Found(a), NotFound(b)) | (NotFound(b), Found(a)) => Found(format!("({a} NOT {b})")),
            (NotFound(a), NotFound(b)) => NotFound(format!("({a} OR {b})")),
        }
    }

    /// By De Morgan, so that there is one table of cases.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Found(a), Found(b)) => Found(format!("({a} OR {b})")),
            (a, b) => a.complement().and(b.complement()).complement(),
        }
    }

    fn complement(self) -> Self {
        match self {
            All => Nothing,
            Nothing => All,
            Found(set) => NotFound(set),
            NotFound(set) => Found(set),
        }
    }
}

/// The sets of several conditions, those that FTS5 can find in one expression without further nesting: its parser
/// gives up on a hundred levels.
fn joined(parts: &[TextFilter], operator: &str) -> impl Iterator<Item = Matching> {
    let (found, mut sets): (Vec<Matching>, Vec<Matching>) =
        parts.iter().map(Matching::of).partition(|set| matches!(set, Found(_)));
    let found: Vec<String> =
        found.into_iter().filter_map(|set| if let Found(set) = set { Some(set) } else { None }).collect();
    match found.as_slice() {
        [] => {}
        [single] => sets.push(Found(single.clone())),
        several => sets.push(Found(format!("({})", several.join(&format!(" {operator} "))))),
    }
    sets.into_iter()
}

fn phrase(tokens: &[String], prefix: bool, title_only: bool) -> Matching {
    let words: Vec<String> = tokens
        .iter()
        .filter(|token| !token.trim().is_empty())
        .map(|token| token.replace('"', "\"\""))
        .collect();
    if words.is_empty() {
        return Nothing;
    }
    let column = if title_only { "title : " } else { "" };
    let star = if prefix { " *" } else { "" };
    Found(format!("{column}\"{}\"{star}", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(token: &str) -> TextFilter {
        TextFilter::Phrase { tokens: vec![token.to_owned()], prefix: false, title_only: false }
    }

    fn not(unwanted: TextFilter) -> TextFilter {
        TextFilter::Not(Box::new(TextFilter::And(Vec::new())), Box::new(unwanted))
    }

    fn check(filter: TextFilter, expected: Matching) {
        assert_eq!(Matching::of(&filter), expected, "{filter:?}");
    }

    #[test]
    fn phrases_are_quoted() {
        check(word("chip"), Found("\"chip\"".into()));
        check(word("a\"b"), Found("\"a\"\"b\"".into()));
        check(word("AND"), Found("\"AND\"".into()));
        check(word(" "), Nothing);
        let tokens = vec!["出".to_owned(), "口".to_owned()];
        let phrase = TextFilter::Phrase { tokens, prefix: true, title_only: true };
        check(phrase, Found("title : \"出 口\" *".into()));
    }

    #[test]
    fn sets_combine_to_one_expression() {
        let both = TextFilter::And(vec![word("a"), word("b"), not(word("c"))]);
        check(both, Found("((\"a\" AND \"b\") NOT \"c\")".into()));
        let either = TextFilter::Or(vec![word("a"), not(word("b"))]);
        check(either, NotFound("(\"b\" NOT \"a\")".into()));
        check(TextFilter::Or(vec![not(word("a")), not(word("b"))]), NotFound("(\"a\" AND \"b\")".into()));
        check(not(not(word("a"))), Found("\"a\"".into()));
    }

    #[test]
    fn empty_lists_are_all_and_nothing() {
        check(TextFilter::And(Vec::new()), All);
        check(TextFilter::Or(Vec::new()), Nothing);
        check(not(TextFilter::Or(Vec::new())), All);
        check(TextFilter::Or(vec![word("a"), TextFilter::And(Vec::new())]), All);
    }
}
