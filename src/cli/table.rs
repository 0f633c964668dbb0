//! Tables that fit: columns are as wide as they need while there is room; where there is not, the widest of them give way
//! first, but the last column, which says what a row is about, keeps a share. Cells are folded into two lines at most,
//! between words, after hyphens and between Han characters. Never breaks a short word, a number or a time.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Narrower than this no column becomes that needs more.
const FLOOR: usize = 12;
/// What the last column keeps, if it needs so much.
const LAST: usize = 30;
/// Lines of one row at most.
const MOST_LINES: usize = 2;

/// The lines of a table, the first of them the heads. Between columns are two blanks, one where room is scarce.
pub fn lines(heads: &[&str], rows: &[Vec<String>], width: usize) -> Vec<String> {
    let heads: Vec<String> = heads.iter().map(|head| head.to_uppercase()).collect();
    let needs: Vec<usize> = (0..heads.len())
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .chain([&heads[column]])
                .map(|cell| cell.width())
                .max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    let roomy = needs.iter().sum::<usize>() + 2 * (heads.len().saturating_sub(1)) <= width;
    let gap = if roomy { 2 } else { 1 };
    let widths = widths(&needs, width.saturating_sub(gap * heads.len().saturating_sub(1)));
    std::iter::once(&heads).chain(rows).flat_map(|row| row_lines(row, &widths, gap)).collect()
}

/// Widths that together do not exceed `room`, if the floors allow.
fn widths(needs: &[usize], room: usize) -> Vec<usize> {
    let mut widths = needs.to_vec();
    let Some(last) = widths.pop() else { return widths };
    let kept = last.min(LAST);
    while widths.iter().sum::<usize>() + kept > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > FLOOR => *widest -= 1,
            _ => break,
        }
    }
    let left = room.saturating_sub(widths.iter().sum());
    widths.push(last.min(left.max(FLOOR)));
    widths
}

fn row_lines(row: &[String], widths: &[usize], gap: usize) -> Vec<String> {
    let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(text, width)| folded(text, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let line = |number: usize| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let text = cell.get(number).map_or("", String::as_str);
            line.push_str(text);
            line.push_str(&" ".repeat(width.saturating_sub(text.width()) + gap));
        }
        line.trim_end().to_owned()
    };
    (0..height).map(line).collect()
}

/// A cell in lines of `width` columns; what does not fit ends in an ellipsis.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while rest.width() > width && lines.len() + 1 < MOST_LINES {
        let (line, after) = rest.split_at(fold_at(rest, width));
        lines.push(line.trim_end().to_owned());
        rest = after.trim_start();
    }
    lines.push(super::cut(rest, width));
    lines
}

/// Where the first line ends, in bytes: at the last good place that fits, else wherever it is full.
fn fold_at(text: &str, width: usize) -> usize {
    let (mut used, mut good, mut full) = (0, 0, 0);
    for (at, c) in text.char_indices() {
        let columns = c.width().unwrap_or(0);
        // A blank may stand beyond the edge; it is not shown there.
        if c == ' ' && used <= width {
            good = at;
        }
        if columns == 2 && used <= width && at > 0 {
            good = at;
        }
        used += columns;
        if used > width {
            break;
        }
        full = at + c.len_utf8();
        if c == '-' {
            good = full;
        }
    }
    if good > 0 { good } else { full.max(text.chars().next().map_or(0, char::len_utf8)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn with_room_every_column_is_as_wide_as_it_needs() {
        let rows = [row(&["1", "ai-travel", "A title"]), row(&["27", "chips", "出口管制"])];
        let shown = lines(&["hit", "topic", "title"], &rows, 80);
        assert_eq!(shown, ["HIT  TOPIC      TITLE", "1    ai-travel  A title", "27   chips      出口管制"]);
    }

    #[test]
    fn without_room_the_widest_gives_way_and_folds_where_it_may() {
        let rows = [row(&[
            "27",
            "rare-earth-export-controls",
            "Seltene Erden: China verlangt Lizenzen für zwei weitere Metalle",
        ])];
        let shown = lines(&["hit", "topic", "title"], &rows, 48);
        assert_eq!(
            shown,
            [
                "HIT TOPIC         TITLE",
                "27  rare-earth-   Seltene Erden: China verlangt",
                "    export-contr… Lizenzen für zwei weitere Met…",
            ]
        );
        assert!(shown.iter().all(|line| line.width() <= 48), "{shown:?}");
    }

    #[test]
    fn cells_fold_between_words_after_hyphens_and_between_han_characters() {
        for (text, width, expected) in [
            ("short", 10, vec!["short"]),
            ("two words", 5, vec!["two", "words"]),
            ("two words", 3, vec!["two", "wo…"]),
            ("ai-travel-restrictions", 12, vec!["ai-travel-", "restrictions"]),
            ("unbreakable", 6, vec!["unbrea", "kable"]),
            ("出口管制升级", 8, vec!["出口管制", "升级"]),
            ("出口管制升级", 7, vec!["出口管", "制升级"]),
            ("", 5, vec![""]),
        ] {
            assert_eq!(folded(text, width), expected, "{text:?} in {width}");
        }
    }
}
