//! Queries that work but are probably not meant: terms that another term makes pointless, two-letter words.

use super::check::children;
use super::error::QueryWarning;
use super::{Expr, Glob, Kind, Query, Shape, Term, WordTest};
use std::collections::HashMap;

/// Warnings of one query at most; a list of thousands would help nobody.
const MOST: usize = 50;

pub(super) fn warnings(query: &Query) -> Vec<QueryWarning> {
    let mut found = Vec::new();
    walk(query, &query.root, &mut found);
    found.sort_by_key(|warning| warning.span.start);
    found.truncate(MOST);
    found
}

fn walk(query: &Query, expr: &Expr, found: &mut Vec<QueryWarning>) {
    if let Kind::Term(term) = &expr.kind {
        found.extend(two_letters(query, expr, term));
    }
    if let Kind::Or(parts) = &expr.kind {
        contained(query, parts, found);
    }
    children(expr).filter(|_| !matches!(expr.kind, Kind::In(fields, _) if fields.0 & 3 == 0)).for_each(
        |part| {
            walk(query, part, found);
        },
    );
}

/// Short words mean many things: BIS is a bureau and a German function word.
fn two_letters(query: &Query, expr: &Expr, term: &Term) -> Option<QueryWarning> {
    let [WordTest::Is(word)] = term.words.as_slice() else { return None };
    let written = &query.text[expr.span.clone()];
    (word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic())).then(|| QueryWarning {
        span: expr.span.clone(),
        message: format!("the two-letter word {written} means many things"),
        help: Some(format!("write ={} to ask for this spelling only", word.to_uppercase())),
    })
}

/// What the terms of one OR group cover.
#[derive(Default)]
struct Cover<'a> {
    words: HashMap<&'a str, usize>,
    prefixes: HashMap<&'a str, usize>,
    others: Vec<(&'a Glob, usize)>,
}

fn contained(query: &Query, parts: &[Expr], found: &mut Vec<QueryWarning>) {
    let mut cover = Cover::default();
    for (at, part) in parts.iter().enumerate() {
        match single(part) {
            Some(WordTest::Is(word)) => drop(cover.words.entry(word).or_insert(at)),
            Some(WordTest::Fits(globs)) => globs.iter().for_each(|glob| match glob.shape() {
                Shape::Prefix(text) => drop(cover.prefixes.entry(text).or_insert(at)),
                _ => cover.others.push((glob, at)),
            }),
            _ => {}
        }
    }
    let pairs = parts.iter().enumerate().filter_map(|(at, part)| Some((part, covered(part, at, &cover)?)));
    found.extend(pairs.take(MOST).map(|(part, by)| {
        let [written, by] = [part, &parts[by]].map(|part| &query.text[part.span.clone()]);
        QueryWarning {
            span: part.span.clone(),
            message: format!("{written} finds nothing that {by} beside it does not find"),
            help: Some("remove one of them".to_owned()),
        }
    }));
}

fn single(expr: &Expr) -> Option<&WordTest> {
    match &expr.kind {
        Kind::Term(Term { words, .. }) if words.len() == 1 => words.first(),
        _ => None,
    }
}

/// The other operand that finds whatever this one finds.
fn covered(part: &Expr, at: usize, cover: &Cover<'_>) -> Option<usize> {
    let Kind::Term(term) = &part.kind else { return None };
    term.words.iter().find_map(|test| match test {
        WordTest::Is(word) => word_cover(word, at, term.words.len() == 1, cover),
        WordTest::Exactly { folded, .. } => word_cover(folded, at, false, cover),
        WordTest::Fits(globs) => match globs.first()?.shape() {
            Shape::Prefix(text) => prefix_cover(text, at, cover),
            _ => None,
        },
        _ => None,
    })
}

fn word_cover(word: &str, at: usize, alone: bool, cover: &Cover<'_>) -> Option<usize> {
    let same = cover.words.get(word).copied().filter(|by| *by != at && (!alone || *by < at));
    let other = || cover.others.iter().find(|(glob, by)| *by != at && glob.matches(word)).map(|(_, by)| *by);
    same.or_else(|| prefix_cover(word, at, cover)).or_else(other)
}

fn prefix_cover(word: &str, at: usize, cover: &Cover<'_>) -> Option<usize> {
    if cover.prefixes.is_empty() {
        return None;
    }
    let ends = word.char_indices().map(|(start, c)| start + c.len_utf8());
    ends.filter_map(|end| cover.prefixes.get(&word[..end]).copied()).find(|by| *by != at)
}
