//! A query as a condition for the store's full-text index: true of every text the query is true of, and of as few
//! others as the index can tell.

use super::{Expr, Fields, Kind, Nearness, Query, Shape, Term, WordTest, parse, tree};
use crate::model::Field;
use crate::store::TextFilter;
use crate::text::search_tokens;

/// Lists and topics that name each other in a row, at most as many as a query can use.
const MAX_LEVELS: usize = 16;
/// Phrases of a condition at most: a longer one costs the index more than it spares.
const MAX_PHRASES: usize = 1_000;

/// What a query may name.
pub trait Names {
    /// The terms of a list.
    fn terms(&self, list: &str) -> Option<&[String]>;
    /// The query of a topic.
    fn query(&self, topic: &str) -> Option<&str>;
}

/// Nothing is known by name.
impl Names for () {
    fn terms(&self, _: &str) -> Option<&[String]> {
        None
    }

    fn query(&self, _: &str) -> Option<&str> {
        None
    }
}

/// A superset condition; `None` when the index cannot narrow the query (a pattern with an open beginning, an unknown
/// name, a field outside title and body), or not cheaply. What the index finds is to be judged by the query itself.
pub fn text_filter(query: &Query, names: &dyn Names) -> Option<TextFilter> {
    let filter = Narrower { names, level: 0 }.narrow(&query.root, Fields::TEXT)?;
    (phrases(&filter) <= MAX_PHRASES).then_some(filter)
}

fn phrases(filter: &TextFilter) -> usize {
    match filter {
        TextFilter::Phrase { .. } => 1,
        TextFilter::And(parts) | TextFilter::Or(parts) => parts.iter().map(phrases).sum(),
        TextFilter::Not(wanted, unwanted) => phrases(wanted) + phrases(unwanted),
    }
}

#[derive(Clone, Copy)]
struct Narrower<'n> {
    names: &'n dyn Names,
    level: usize,
}

impl Narrower<'_> {
    fn narrow(self, expr: &Expr, fields: Fields) -> Option<TextFilter> {
        let narrow = |part: &Expr| self.narrow(part, fields);
        match &expr.kind {
            Kind::Term(term) => narrow_term(term, fields),
            Kind::And(parts) | Kind::Sentence(parts) => all(parts.iter().map(narrow)),
            Kind::Or(parts) => any(parts.iter().map(narrow)),
            Kind::Near(Nearness::NotNear(_), left, _) => narrow(left),
            Kind::Near(_, left, right) => all([left, right].into_iter().map(|side| narrow(side))),
            Kind::AtLeast(_, parts) if matches!(parts.as_slice(), [Expr { kind: Kind::List(_), .. }]) => {
                narrow(&parts[0])
            }
            Kind::AtLeast(count, parts) if *count as usize == parts.len() => all(parts.iter().map(narrow)),
            Kind::AtLeast(_, parts) => any(parts.iter().map(narrow)),
            Kind::Score(_, parts) => {
                any(parts.iter().filter(|(_, weight)| *weight > 0.0).map(|(part, _)| narrow(part)))
            }
            Kind::In(inner, part) => self.narrow(part, *inner),
            Kind::List(name) => self.list(name, fields),
            Kind::Topic(id) => {
                let query = parse(self.names.query(id)?).ok()?;
                self.deeper()?.narrow(&query.root, Fields::TEXT)
            }
            Kind::Not(_) | Kind::Regex { .. } => None,
        }
    }

    fn list(self, name: &str, fields: Fields) -> Option<TextFilter> {
        let (inner, terms) = (self.deeper()?, self.names.terms(name)?);
        any(terms.iter().map(|term| inner.narrow(&tree(term).ok()?, fields)))
    }

    fn deeper(self) -> Option<Self> {
        (self.level < MAX_LEVELS).then_some(Self { level: self.level + 1, ..self })
    }
}

/// Conjunction: operands that cannot be narrowed are left out.
fn all(parts: impl Iterator<Item = Option<TextFilter>>) -> Option<TextFilter> {
    let parts: Vec<TextFilter> = parts.flatten().collect();
    join(parts, TextFilter::And)
}

/// Disjunction: one operand that cannot be narrowed spoils it.
fn any(parts: impl Iterator<Item = Option<TextFilter>>) -> Option<TextFilter> {
    join(parts.collect::<Option<Vec<_>>>()?, TextFilter::Or)
}

fn join(mut parts: Vec<TextFilter>, kind: fn(Vec<TextFilter>) -> TextFilter) -> Option<TextFilter> {
    if parts.len() < 2 { parts.pop() } else { Some(kind(parts)) }
}

/// Runs of words that the index can look up in a row; with slack, every word on its own.
fn narrow_term(term: &Term, fields: Fields) -> Option<TextFilter> {
    if fields.0 & !Fields::TEXT.0 != 0 {
        return None;
    }
    let title_only = fields == Fields::of(Field::Title);
    let mut runs: Vec<TextFilter> = Vec::new();
    let mut run: Vec<String> = Vec::new();
    for test in &term.words {
        match test {
            WordTest::Is(word) | WordTest::Exactly { folded: word, .. } => run.extend(tokens(word)),
            _ => {
                let prefixed = prefixes(test, &run, title_only);
                if prefixed.is_none() {
                    runs.extend(phrase(&run, title_only));
                }
                runs.extend(prefixed);
                run.clear();
            }
        }
        if term.slop.is_some() {
            runs.extend(phrase(&run, title_only));
            run.clear();
        }
    }
    runs.extend(phrase(&run, title_only));
    join(runs, TextFilter::And)
}

fn tokens(word: &str) -> Vec<String> {
    search_tokens(word).split(' ').filter(|token| !token.is_empty()).map(str::to_owned).collect()
}

fn phrase(run: &[String], title_only: bool) -> Option<TextFilter> {
    (!run.is_empty()).then(|| TextFilter::Phrase { tokens: run.to_vec(), prefix: false, title_only })
}

/// A run that ends in one of several words or beginnings.
fn prefixes(test: &WordTest, run: &[String], title_only: bool) -> Option<TextFilter> {
    let ends: Vec<(&str, bool)> = match test {
        WordTest::OneOf(words) => words.iter().map(|word| (word.as_str(), false)).collect(),
        WordTest::Fits(globs) => {
            let beginning = |glob| {
                if let Shape::Prefix(text) = super::Glob::shape(glob) { Some((text, true)) } else { None }
            };
            globs.iter().map(beginning).collect::<Option<_>>()?
        }
        _ => return None,
    };
    any(ends.into_iter().map(|(word, prefix)| {
        let tokens: Vec<String> = run.iter().cloned().chain(tokens(word)).collect();
        (tokens.len() > run.len()).then_some(TextFilter::Phrase { tokens, prefix, title_only })
    }))
}
