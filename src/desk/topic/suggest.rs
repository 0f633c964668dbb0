//! Which terms separate useful hits of a topic from noise.
//!
//! In this order: every marked hit is a set of terms (words, and two words side by side; where words are not separated, two
//! and three characters in a row), those of one story and mark counting once; every term is counted among the useful
//! and among the noise; its log-odds ratio tells the side it speaks for and how strongly; terms whose ratio could
//! well be chance, and terms that stand in exactly the texts of a stronger one, are left out.
//!
//! The ratio is that of a two-by-two table with one half added to each cell (Haldane and Anscombe), its standard error
//! the root of the sum of the reciprocals (Woolf).

use crate::model::{Mark, StoryId};
use crate::text::{Tokenizer, is_unspaced};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Standard errors from zero below which a ratio is taken for chance: one-sided 95 %.
pub const LEAST_Z: f64 = 1.645;
/// Bytes of a text that are looked at.
const WINDOW: usize = 64 * 1024;
/// Longest term in bytes.
const LONGEST: usize = 64;

/// A marked hit.
#[derive(Clone, Debug)]
pub struct MarkedText {
    /// Its story.
    pub story: StoryId,
    /// What was said of it.
    pub mark: Mark,
    /// Title.
    pub title: String,
    /// Body.
    pub body: String,
}

/// A term that separates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Separator {
    /// The term as a query writes it.
    pub term: String,
    /// What it speaks for.
    pub speaks_for: Mark,
    /// Useful stories that have it.
    pub useful: usize,
    /// Noise stories that have it.
    pub noise: usize,
    /// Natural logarithm of the odds ratio; above zero it speaks for useful.
    pub log_odds: f64,
    /// The same in standard errors.
    pub z: f64,
}

/// What marked hits tell about a topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Suggestions {
    /// Stories marked useful.
    pub useful: usize,
    /// Stories marked noise.
    pub noise: usize,
    /// Terms that separate, the clearest first.
    pub terms: Vec<Separator>,
}

/// The terms that separate best, at most `limit`.
pub fn suggest(texts: &[MarkedText], limit: usize) -> Suggestions {
    let stories: BTreeSet<(StoryId, Mark)> = texts.iter().map(|text| (text.story, text.mark)).collect();
    let stories: Vec<(StoryId, Mark)> = stories.into_iter().collect();
    let count = |mark: Mark| stories.iter().filter(|(_, of)| *of == mark).count();
    let (useful, noise) = (count(Mark::Useful), count(Mark::Noise));
    let mut found: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for text in texts {
        let Ok(story) = stories.binary_search(&(text.story, text.mark)) else { continue };
        for field in [&text.title, &text.body] {
            terms(field, &mut |term| {
                found.entry(term).or_default().insert(story);
            });
        }
    }
    let side = |story: &usize| stories[*story].1 == Mark::Useful;
    let mut all: Vec<(Separator, BTreeSet<usize>)> = found
        .into_iter()
        .map(|(term, within)| {
            let mine = within.iter().filter(|story| side(story)).count();
            (separator(term, (mine, useful), (within.len() - mine, noise)), within)
        })
        .filter(|(term, _)| term.z.abs() >= LEAST_Z)
        .collect();
    all.sort_by(|(a, _), (b, _)| clearer(a, b));
    let mut seen = BTreeSet::new();
    all.retain(|(_, within)| seen.insert(within.clone()));
    let terms = all.into_iter().map(|(term, _)| term).take(limit).collect();
    Suggestions { useful, noise, terms }
}

/// The clearest first; of equals a word before two, then the longer.
fn clearer(a: &Separator, b: &Separator) -> std::cmp::Ordering {
    b.z.abs()
        .total_cmp(&a.z.abs())
        .then_with(|| a.term.contains(' ').cmp(&b.term.contains(' ')))
        .then_with(|| b.term.chars().count().cmp(&a.term.chars().count()))
        .then_with(|| a.term.cmp(&b.term))
}

/// A term in `useful.0` of `useful.1` stories and `noise.0` of `noise.1`.
fn separator(term: String, useful: (usize, usize), noise: (usize, usize)) -> Separator {
    let half = |count: usize| count as f64 + 0.5;
    let cells = [useful.0, useful.1 - useful.0, noise.0, noise.1 - noise.0].map(half);
    let log_odds = (cells[0] / cells[1]).ln() - (cells[2] / cells[3]).ln();
    let error = cells.iter().map(|cell| 1.0 / cell).sum::<f64>().sqrt();
    let speaks_for = if log_odds > 0.0 { Mark::Useful } else { Mark::Noise };
    Separator { term, speaks_for, useful: useful.0, noise: noise.0, log_odds, z: log_odds / error }
}

/// One word of a text.
struct Word {
    text: String,
    end: usize,
    /// In a script that is written without spaces: the tokenizer gives single characters.
    packed: bool,
}

/// Calls `each` with the terms of a text, as a query writes them; some more than once.
fn terms(text: &str, each: &mut dyn FnMut(String)) {
    let text = &text[..text.floor_char_boundary(WINDOW)];
    // The last words in a row, with nothing but a blank or a hyphen between them.
    let mut row: Vec<Word> = Vec::new();
    Tokenizer::default().each(text, |token| {
        if token.piece {
            return;
        }
        let packed = is_packed(token.text);
        let joined = row.last().is_some_and(|last| {
            let between = &text[last.end..token.start];
            last.packed == packed
                && if packed { between.is_empty() } else { matches!(between, " " | "-" | "\n") }
        });
        if !joined {
            row.clear();
        }
        row.push(Word { text: token.text.to_owned(), end: token.end, packed });
        if row.len() > 3 {
            row.remove(0);
        }
        if packed { packed_terms(&row, each) } else { word_terms(&row, each) }
    });
}

fn word_terms(row: &[Word], each: &mut dyn FnMut(String)) {
    let [.., last] = row else { return };
    if speaks(&last.text) {
        each(last.text.clone());
    }
    if let [.., before, last] = row
        && (speaks(&before.text) || speaks(&last.text))
        && before.text.len() + last.text.len() < LONGEST
    {
        each(format!("\"{} {}\"", before.text, last.text));
    }
}

fn packed_terms(row: &[Word], each: &mut dyn FnMut(String)) {
    for length in 2..=row.len() {
        each(row[row.len() - length..].iter().map(|word| word.text.as_str()).collect());
    }
}

/// Whether a word alone can be a term: it has three characters, not all of them digits.
fn speaks(word: &str) -> bool {
    word.len() <= LONGEST && word.chars().nth(2).is_some() && !word.chars().all(char::is_numeric)
}

/// Whether a token is one character of a script written without spaces.
fn is_packed(word: &str) -> bool {
    word.chars().next().is_some_and(is_unspaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(useful: &[&str], noise: &[&str]) -> Vec<MarkedText> {
        let sides = [(Mark::Useful, useful), (Mark::Noise, noise)];
        let all = sides.iter().flat_map(|(mark, texts)| texts.iter().map(move |text| (*mark, *text)));
        all.enumerate()
            .map(|(at, (mark, text))| MarkedText {
                story: StoryId(at as i64),
                mark,
                title: text.to_owned(),
                body: String::new(),
            })
            .collect()
    }

    fn named(useful: &[&str], noise: &[&str]) -> Vec<(String, Mark)> {
        let found = suggest(&texts(useful, noise), 10);
        found.terms.into_iter().map(|term| (term.term, term.speaks_for)).collect()
    }

    #[test]
    fn terms_that_separate_are_found_and_nothing_else() {
        let both = |noise: &str, useful: &str| {
            vec![(noise.to_owned(), Mark::Noise), (useful.to_owned(), Mark::Useful)]
        };
        for (useful, noise, expected, why) in [
            (
                &["tanker seized by court", "barge seized by court", "ferry seized by court"][..],
                &["tanker seized in drill", "barge seized in drill", "ferry seized in drill"][..],
                both("drill", "court"),
                "the word stands for the phrases it is in, the common word for nothing",
            ),
            (&["one ship", "two ship"], &["ship drill", "ship drill"], vec![], "two of each can be chance"),
            (&["a drill"; 3], &["a drill"; 3], vec![], "what is everywhere separates nothing"),
            (
                &["芯片出口", "芯片管制", "芯片限制"],
                &["薯片比赛", "薯片价格", "薯片工厂"],
                both("薯片", "芯片"),
                "characters in a row",
            ),
            (&[], &["drill"; 9], vec![], "one side alone says nothing"),
        ] {
            let (mut found, mut expected) = (named(useful, noise), expected);
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{why}");
        }
    }

    #[test]
    fn one_story_told_often_counts_once() {
        let mut many = texts(&["calm"; 3], &["drill"; 6]);
        many.iter_mut().filter(|text| text.mark == Mark::Noise).for_each(|text| text.story = StoryId(77));
        let found = suggest(&many, 10);
        assert_eq!((found.useful, found.noise, found.terms.len()), (3, 1, 0));
    }

    #[test]
    fn the_ratio_and_its_error_are_those_of_the_table() {
        let term = separator("x".to_owned(), (1, 10), (8, 10));
        // ln((1.5/9.5)/(8.5/2.5)) and sqrt(1/1.5 + 1/9.5 + 1/8.5 + 1/2.5)
        assert!((term.log_odds + 3.0696).abs() < 0.001, "{term:?}");
        assert!((term.z + 2.7031).abs() < 0.001, "{term:?}");
        assert_eq!((term.speaks_for, term.useful, term.noise), (Mark::Noise, 1, 8));
    }

    #[test]
    fn a_term_is_never_joined_across_a_stop() {
        let mut found = Vec::new();
        terms("Ship sunk. Court closed; 2026 budget", &mut |term| found.push(term));
        assert_eq!(
            found,
            [
                "ship",
                "sunk",
                "\"ship sunk\"",
                "court",
                "closed",
                "\"court closed\"",
                "budget",
                "\"2026 budget\""
            ]
        );
    }
}
