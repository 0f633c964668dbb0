//! One mistake in the configuration, shown with its line and a caret; and all of them together.

use super::Location;
use std::fmt;
use unicode_width::UnicodeWidthChar;

/// Characters of a source line shown at most; longer lines are cut around the mistake.
const SHOWN: usize = 110;

/// A mistake, or a warning, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub at: Location,
    /// What is wrong and what was expected, in one line.
    pub message: String,
    /// The source line, secrets masked, where there is one.
    pub(super) excerpt: Option<Excerpt>,
}

/// A source line and the part of it that is meant, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub line: String,
    pub before: usize,
    pub width: usize,
}

/// Everything that is wrong with a configuration: at least one problem, in file order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors {
    pub(super) problems: Vec<Problem>,
}

impl Problem {
    /// A problem found by somebody else, for example in a query. The source line is read from the file that
    /// `at` names; where that fails the problem is shown without it.
    pub fn new(at: Location, message: impl Into<String>) -> Self {
        let excerpt = std::fs::read_to_string(&*at.file).ok().and_then(|text| {
            let line = text.trim_start_matches('\u{feff}').lines().nth(at.line.checked_sub(1)?)?.to_owned();
            let line = super::mask::line(&line, 0, &[]);
            let before = at.column.checked_sub(1)?;
            (before <= line.chars().count()).then_some(Excerpt { line, before, width: 1 })
        });
        Self { at, message: message.into(), excerpt }
    }
}

impl ConfigErrors {
    /// The same, from problems found by somebody else; `None` if there are none.
    pub fn from_problems(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self { problems })
    }

    /// The problems, in file order.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Location and message on the first line; then the source line with a caret under the mistake.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, shown(&self.message))?;
        match &self.excerpt {
            Some(excerpt) if !excerpt.line.is_empty() => excerpt.write(self.at.line, f),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        match self.problems.len() {
            1 => f.write_str("1 mistake in the configuration"),
            count => write!(f, "{count} mistakes in the configuration"),
        }
    }
}

impl Excerpt {
    fn write(&self, number: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, cut) = self.window();
        let (head, tail) = (if from > 0 { "…" } else { "" }, if cut { "…" } else { "" });
        let line: String = shown(&self.line).chars().skip(from).take(SHOWN).collect();
        let gutter = " ".repeat(number.to_string().len());
        let before = self.before - from;
        let pad: String =
            head.chars().map(|_| ' ').chain(line.chars().take(before).flat_map(blank)).collect();
        let meant: usize = line.chars().skip(before).take(self.width).map(|c| c.width().unwrap_or(1)).sum();
        write!(f, "\n{gutter} |\n{number} | {head}{line}{tail}\n{gutter} | {pad}{}", "^".repeat(meant.max(1)))
    }

    /// First character shown, and whether the end is cut.
    fn window(&self) -> (usize, bool) {
        let length = self.line.chars().count();
        if length <= SHOWN {
            return (0, false);
        }
        let from = if self.before + self.width.min(40) <= SHOWN { 0 } else { self.before.saturating_sub(40) };
        (from, length > from + SHOWN)
    }
}

/// As many blanks as the character is wide on a terminal; tabs stay tabs, so that the caret lines up.
fn blank(c: char) -> std::iter::RepeatN<char> {
    match c {
        '\t' => std::iter::repeat_n('\t', 1),
        c => std::iter::repeat_n(' ', c.width().unwrap_or(1)),
    }
}

/// Control characters (terminal escapes among them) replaced one for one.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(line: &str, before: usize, width: usize) -> String {
        let at = Location { file: "a.toml".into(), line: 12, column: before + 1 };
        let excerpt = Some(Excerpt { line: line.to_owned(), before, width });
        Problem { at, message: "odd".to_owned(), excerpt }.to_string()
    }

    #[test]
    fn the_caret_stands_under_the_mistake() {
        assert_eq!(problem("ab = x", 5, 1), "a.toml:12:6: odd\n   |\n12 | ab = x\n   |      ^");
        assert_eq!(problem("中 = xy", 4, 2), "a.toml:12:5: odd\n   |\n12 | 中 = xy\n   |      ^^");
        assert_eq!(problem("\ta", 1, 1), "a.toml:12:2: odd\n   |\n12 | \ta\n   | \t^");
    }

    #[test]
    fn escapes_are_not_sent_to_the_terminal() {
        assert!(!problem("a\u{1b}[31m", 0, 1).contains('\u{1b}'));
    }

    #[test]
    fn long_lines_are_cut_around_the_mistake() {
        let text = problem(&format!("{}X{}", "a".repeat(500), "b".repeat(500)), 500, 1);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].chars().count() < 130, "{}", lines[2]);
        let column = lines[3].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[2].chars().nth(column), Some('X'));
    }
}
