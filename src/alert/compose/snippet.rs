//! Snippet: the part of a text around what was found, as spans that are marked or not.
//!
//! In this order: marks are tidied (put on character boundaries, sorted, overlaps merged, impossible ones dropped); up
//! to three windows are laid around the first of them, sharing the width; room left over widens the windows; a
//! window that begins or ends inside a word gives up the torn word; left-out text becomes an ellipsis. White
//! space becomes single spaces and dangerous characters are escaped, so a snippet is always one line.
//! Widths are terminal columns (a Chinese character takes two). Never escapes for a medium: a terminal, HTML or
//! a page puts its own marking around the spans.

use super::visible;
use crate::model::{Evidence, Field};
use std::ops::Range;
use unicode_width::UnicodeWidthChar;

/// Windows shown at most.
const WINDOWS: usize = 3;
/// A torn word longer than this many columns is cut inside; scripts without spaces come to this as well.
const WORD: usize = 16;

/// A stretch of text, found or not.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Span {
    /// The text, safe to show on one line.
    pub text: String,
    /// Whether it is evidence.
    pub marked: bool,
}

/// The byte ranges of the evidence found in one field.
pub fn marks(evidence: &[Evidence], field: Field) -> Vec<Range<usize>> {
    evidence.iter().filter(|found| found.field == field).map(|found| found.start..found.end).collect()
}

/// The whole of `text` with `marks` (byte ranges) marked.
pub fn highlight(text: &str, marks: &[Range<usize>]) -> Vec<Span> {
    let marks = tidy(text, marks);
    let mut line = Line::default();
    line.window(text, 0..text.len(), &marks);
    line.finish()
}

/// About `width` columns of `text` around `marks` (byte ranges); its beginning when there are none.
pub fn snippet(text: &str, marks: &[Range<usize>], width: usize) -> Vec<Span> {
    let marks = tidy(text, marks);
    let windows = widen(text, windows(text, &marks, width), width);
    let mut line = Line::default();
    let mut end = 0;
    for window in windows {
        let window = whole_words(text, window, &marks);
        line.gap(!text[end..window.start].trim().is_empty());
        line.window(text, window.clone(), &marks);
        end = window.end;
    }
    line.gap(!text[end..].trim().is_empty());
    line.finish()
}

/// Marks on character boundaries, in order, without overlaps.
fn tidy(text: &str, marks: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut marks: Vec<Range<usize>> = marks
        .iter()
        .filter(|mark| mark.start < mark.end && mark.start < text.len())
        .map(|mark| text.floor_char_boundary(mark.start)..text.ceil_char_boundary(mark.end))
        .collect();
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(marks.len());
    for mark in marks {
        match merged.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => merged.push(mark),
        }
    }
    merged
}

/// Up to [`WINDOWS`] windows around the first marks, each of its share of the width, touching ones joined.
fn windows(text: &str, marks: &[Range<usize>], width: usize) -> Vec<Range<usize>> {
    if marks.is_empty() {
        return std::iter::once(0..forward(text, 0, width)).collect();
    }
    let share = width / marks.len().min(WINDOWS);
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut used = 0;
    for mark in marks {
        let covered = windows.last().is_some_and(|last| mark.end <= last.end);
        if covered {
            continue;
        }
        if used == WINDOWS {
            break;
        }
        used += 1;
        let lead = share.saturating_sub(columns(&text[mark.clone()])) / 2;
        let start = back(text, mark.start, lead);
        let end = forward(text, start, share.max(1));
        join(&mut windows, start..end);
    }
    windows
}

/// Adds a window behind the others, joined with the last one where they touch.
fn join(windows: &mut Vec<Range<usize>>, window: Range<usize>) {
    match windows.last_mut() {
        Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
        _ => windows.push(window),
    }
}

/// Gives the columns not used yet to the windows: first behind each, then in front of the first.
fn widen(text: &str, windows: Vec<Range<usize>>, width: usize) -> Vec<Range<usize>> {
    let mut left = width.saturating_sub(windows.iter().map(|window| columns(&text[window.clone()])).sum());
    let mut wide: Vec<Range<usize>> = Vec::new();
    for window in windows.into_iter().rev() {
        let limit = wide.last().map_or(text.len(), |next: &Range<usize>| next.start);
        let end = forward(text, window.end, left).min(limit);
        left -= columns(&text[window.end..end]).min(left);
        wide.push(window.start..end);
    }
    if let Some(first) = wide.last_mut() {
        first.start = back(text, first.start, left);
    }
    let mut joined = Vec::new();
    wide.into_iter().rev().for_each(|window| join(&mut joined, window));
    joined
}

/// Moves the ends of a window off words and character clusters they would tear, but never into a mark.
fn whole_words(text: &str, window: Range<usize>, marks: &[Range<usize>]) -> Range<usize> {
    let inside = |mark: &&Range<usize>| mark.start < window.end && window.start < mark.end;
    let first = marks.iter().find(inside).map_or(window.end, |mark| mark.start.max(window.start));
    let last = marks.iter().rev().find(inside).map_or(window.start, |mark| mark.end.min(window.end));
    let start = if window.start == 0 { 0 } else { word_start(text, window.start, first) };
    let end = if window.end == text.len() { text.len() } else { word_end(text, window.end, last.max(start)) };
    start..end
}

/// The first word beginning at or after `from`, not past `limit`; `from` itself where words are too long.
fn word_start(text: &str, from: usize, limit: usize) -> usize {
    if text[..from].ends_with(char::is_whitespace) {
        return from;
    }
    let torn = &text[from..limit.max(from)];
    match torn.find(char::is_whitespace) {
        Some(space) if columns(&torn[..space]) <= WORD => from + space,
        _ => from + torn.len() - torn.trim_start_matches(is_combining).len(),
    }
}

/// The last word ending at or before `to`, not before `limit`; `to` itself where words are too long.
fn word_end(text: &str, to: usize, limit: usize) -> usize {
    if text[to..].starts_with(char::is_whitespace) {
        return to;
    }
    let torn = &text[limit.min(to)..to];
    match torn.char_indices().rev().find(|(_, c)| c.is_whitespace()) {
        Some((space, _)) if columns(&torn[space..]) <= WORD => to - (torn.len() - space),
        _ => to + text[to..].len() - text[to..].trim_start_matches(is_combining).len(),
    }
}

/// A character that belongs to the one before it.
fn is_combining(c: char) -> bool {
    !c.is_control() && c.width() == Some(0)
}

/// Terminal columns of a text; control characters count one.
fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(1)).sum()
}

/// The end of the longest stretch from `from` on that takes at most `width` columns.
fn forward(text: &str, from: usize, width: usize) -> usize {
    let mut used = 0;
    for (at, c) in text[from..].char_indices() {
        used += c.width().unwrap_or(1);
        if used > width {
            return from + at;
        }
    }
    text.len()
}

/// The start of the longest stretch before `to` that takes at most `width` columns.
fn back(text: &str, to: usize, width: usize) -> usize {
    let mut used = 0;
    for (at, c) in text[..to].char_indices().rev() {
        used += c.width().unwrap_or(1);
        if used > width {
            return at + c.len_utf8();
        }
    }
    0
}

/// One line being written: spans with white space collapsed.
#[derive(Default)]
struct Line {
    spans: Vec<Span>,
    /// White space was met and not written yet.
    space: bool,
}

impl Line {
    /// The text of `window`, cut into marked and unmarked spans.
    fn window(&mut self, text: &str, window: Range<usize>, marks: &[Range<usize>]) {
        let mut at = window.start;
        for mark in marks.iter().filter(|mark| mark.start < window.end && window.start < mark.end) {
            let mark = mark.start.max(window.start)..mark.end.min(window.end);
            self.push(&text[at..mark.start], false);
            self.push(&text[mark.clone()], true);
            at = mark.end;
        }
        self.push(&text[at..window.end], false);
    }

    /// An ellipsis where text was left out.
    fn gap(&mut self, left_out: bool) {
        if !left_out {
            self.space |= !self.spans.is_empty();
        } else if self.spans.is_empty() {
            self.raw("… ", false);
        } else {
            self.space = false;
            self.raw(" … ", false);
        }
    }

    fn push(&mut self, text: &str, marked: bool) {
        for (index, word) in text.split(char::is_whitespace).enumerate() {
            self.space |= index > 0;
            if word.is_empty() {
                continue;
            }
            let fresh = self.spans.last().is_none_or(|span| span.text.ends_with(' '));
            if std::mem::take(&mut self.space) && !fresh {
                // A space between two marked words is marked with them, one before a mark is not.
                self.raw(" ", marked && index > 0 && self.spans.last().is_some_and(|span| span.marked));
            }
            self.raw(&visible(word), marked);
        }
    }

    fn raw(&mut self, text: &str, marked: bool) {
        match self.spans.last_mut() {
            Some(last) if last.marked == marked => last.text.push_str(text),
            _ => self.spans.push(Span { text: text.to_owned(), marked }),
        }
    }

    fn finish(mut self) -> Vec<Span> {
        if let Some(last) = self.spans.last_mut() {
            last.text.truncate(last.text.trim_end().len());
        }
        self.spans.retain(|span| !span.text.is_empty());
        self.spans
    }
}

#[cfg(test)]
#[path = "snippet_tests.rs"]
mod tests;
