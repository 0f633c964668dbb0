//! Edits as people read them: `[-gone-]{+new+}` with a few words around.

use super::Fail;
use super::output::{Printer, cut};
use crate::app::edits::Edit;
use crate::text::Change;

/// Characters of unchanged text shown on each side of a change.
const AROUND: usize = 60;
/// Columns of one changed piece, and of a whole text; `--json` has all of it.
const PIECE: usize = 400;
const WHOLE: usize = 4_000;

/// Prints edits, oldest first, each line after `indent`.
///
/// # Errors
/// The terminal's or pipe's.
pub fn show(edits: &[Edit], indent: &str, printer: &mut Printer) -> Result<(), Fail> {
    for edit in edits {
        printer.line(format!("{indent}revision {}, {}", edit.revision, printer.short_time(edit.at)))?;
        for (field, changes) in [("title", &edit.title), ("text", &edit.body)] {
            if changes.iter().any(|change| !matches!(change, Change::Same(_))) {
                printer.line(format!("{indent}  {field}: {}", cut(&line(changes), WHOLE)))?;
            }
        }
    }
    Ok(())
}

fn line(changes: &[Change]) -> String {
    let last = changes.len().saturating_sub(1);
    let piece = |(at, change): (usize, &Change)| match change {
        Change::Gone(text) => format!("[-{}-]", cut_piece(text)),
        Change::New(text) => format!("{{+{}+}}", cut_piece(text)),
        Change::Same(text) => around(text, at > 0, at < last),
    };
    changes.iter().enumerate().map(piece).collect()
}

/// Blanks at the ends of a piece are part of what changed.
fn cut_piece(text: &str) -> String {
    let blank = |found: bool| if found { " " } else { "" };
    let before = blank(text.starts_with(char::is_whitespace));
    let after = blank(text.ends_with(char::is_whitespace) && !text.trim().is_empty());
    format!("{before}{}{after}", cut(text, PIECE))
}

/// The ends of an unchanged text that stand beside a change.
fn around(text: &str, after_change: bool, before_change: bool) -> String {
    let count = text.chars().count();
    let room = AROUND * (usize::from(after_change) + usize::from(before_change));
    if count <= room {
        return text.to_owned();
    }
    let head: String = if after_change { text.chars().take(AROUND).collect() } else { String::new() };
    let tail: String =
        if before_change { text.chars().skip(count - AROUND).collect() } else { String::new() };
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word_diff;

    #[test]
    fn changes_stand_among_their_neighbours() {
        for (old, new, shown) in [
            ("seven dead", "nine dead", "[-seven-]{+nine+} dead"),
            ("in flood", "in the flood", "in {+the +}flood"),
            ("dead\n", "dead", "dead[- -]"),
        ] {
            assert_eq!(line(&word_diff(old, new)), shown);
        }
        let long = "word ".repeat(100);
        let shown = line(&word_diff(&format!("{long}old {long}"), &format!("{long}new {long}")));
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains("word [-old-]{+new+} word"));
        assert!(shown.chars().count() < 2 * AROUND + 40, "{shown}");
    }
}
