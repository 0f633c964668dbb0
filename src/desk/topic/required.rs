//! What every match of a regular expression must hold, so that most texts need not be searched: pieces of words that a
//! row of its characters must leave in the folded text.
//!
//! Only characters count that fold each for itself. A piece is always inside one word of the text, because everything
//! that parts words parts pieces as well. Where nothing can be told, the expression is run on every text.

use super::query::regex_parts;
use crate::text::{Folding, folding};
use regex_syntax::hir::{Class, Hir, HirKind};

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Inside a word.
    Inside(String),
    /// A word of its own: a character of a script without spaces.
    Word(String),
}

/// Characters that a piece inside a word has at least: shorter ones are in every text.
const SHORTEST: usize = 2;
/// Pieces for one expression at most.
const MOST: usize = 64;
/// Characters of a class that may mean one folded character.
const SPELLINGS: usize = 8;

/// Pieces of which every match has at least one; `None` where that cannot be told.
pub(super) fn required(pattern: &str, ignore_case: bool) -> Option<Vec<Piece>> {
    any_of(&regex_parts(pattern, ignore_case)?)
}

fn any_of(hir: &Hir) -> Option<Vec<Piece>> {
    match hir.kind() {
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(any_of(part)?);
            }
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Repetition(repeated) if repeated.min == 0 => None,
        HirKind::Repetition(repeated) => any_of(&repeated.sub),
        HirKind::Capture(group) => any_of(&group.sub),
        _ => {
            let mut row = Row::default();
            row.read(hir);
            row.part();
            row.best
        }
    }
}

/// Characters in a row, and the best pieces met so far.
#[derive(Default)]
struct Row {
    word: String,
    best: Option<Vec<Piece>>,
}

impl Row {
    fn read(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => text.chars().for_each(|c| self.push(folding(c))),
                Err(_) => self.part(),
            },
            HirKind::Class(class) => self.push(one_folding(class)),
            HirKind::Capture(group) => self.read(&group.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.read(part)),
            HirKind::Repetition(_) | HirKind::Alternation(_) => {
                self.part();
                self.offer(any_of(hir));
            }
        }
    }

    fn push(&mut self, folding: Folding) {
        match folding {
            Folding::Letters(folded) => self.word.push_str(&folded),
            Folding::Word(folded) => {
                self.part();
                self.offer(Some(vec![Piece::Word(folded)]));
            }
            Folding::Other => self.part(),
        }
    }

    /// The row ends here: what it came to is a piece.
    fn part(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.chars().count() >= SHORTEST {
            self.offer(Some(vec![Piece::Inside(word)]));
        }
    }

    fn offer(&mut self, pieces: Option<Vec<Piece>>) {
        let better =
            pieces.as_deref().is_some_and(|pieces| worth(pieces) > self.best.as_deref().map_or(0, worth));
        if better {
            self.best = pieces;
        }
    }
}

/// The longer its shortest piece, the rarer are the texts that have one.
fn worth(pieces: &[Piece]) -> usize {
    let length = |piece: &Piece| match piece {
        Piece::Inside(text) => text.chars().count(),
        Piece::Word(_) => SHORTEST,
    };
    pieces.iter().map(length).min().unwrap_or(0)
}

/// What all characters of a class fold to, if that is the same: `[Bb]`, as which case is ignored.
fn one_folding(class: &Class) -> Folding {
    let Class::Unicode(class) = class else { return Folding::Other };
    let chars = class.ranges().iter().flat_map(|range| range.start()..=range.end()).take(SPELLINGS + 1);
    let mut foldings: Vec<Folding> = chars.map(folding).collect();
    let same = foldings.len() <= SPELLINGS && foldings.windows(2).all(|pair| pair[0] == pair[1]);
    foldings.pop().filter(|_| same).unwrap_or(Folding::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pattern: &str, ignore_case: bool) -> String {
        let show = |piece: Piece| match piece {
            Piece::Inside(text) => format!("*{text}*"),
            Piece::Word(text) => text,
        };
        required(pattern, ignore_case)
            .map_or("all".to_owned(), |pieces| pieces.into_iter().map(show).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn pieces_of_expressions() {
        let rows = [
            ("a literal", "Export", false, "*export*"),
            ("the longest of a row", r"EU-?Verordnung \d+", false, "*verordnung*"),
            ("whatever its case", "bis", true, "*bis*"),
            ("one of several", "ban|curb|export", false, "*ban* *curb* *export*"),
            ("a group in a row", "(chip|wafer)s? export", false, "*export*"),
            ("something repeated", "(ban)+", false, "*ban*"),
            ("something left out", "(ban)*x", false, "all"),
            ("an alternative without any", r"ban|\d+", false, "all"),
            ("accents fold", "Überprüf", false, "*uberpruf*"),
            ("what stands at a boundary", r"\bH20\b", false, "*h20*"),
            ("a class in between parts", "a[bc]d", false, "all"),
            ("scripts without spaces", "出口管制", false, "出"),
            ("kana may be voiced by what follows", "カ", false, "all"),
            ("syllables that are composed", "\u{1109}\u{116E}", false, "all"),
            ("digits of any kind", r"\d{4}", false, "all"),
        ];
        for (why, pattern, ignore_case, expected) in rows {
            assert_eq!(told(pattern, ignore_case), expected, "{why}");
        }
    }
}
