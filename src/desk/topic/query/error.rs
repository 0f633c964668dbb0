//! What is wrong with a query, where, and what to write instead.

use std::fmt;
use std::ops::Range;

/// One mistake in a query. The query is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Bytes of the query it is about; on character boundaries, possibly empty at the end of the query.
    pub span: Range<usize>,
    /// What is wrong, one line.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// Something in a query that works but is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryWarning {
    /// Bytes of the query it is about.
    pub span: Range<usize>,
    /// What is odd, one line.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl QueryError {
    /// A mistake without a proposal.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    /// The same with a proposal.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, " ({help})"))
    }
}

impl std::error::Error for QueryError {}

impl fmt::Display for QueryWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, " ({help})"))
    }
}

impl From<QueryWarning> for QueryError {
    fn from(warning: QueryWarning) -> Self {
        Self { span: warning.span, message: warning.message, help: warning.help }
    }
}

/// Line and column, both from 1, of a byte of the query; columns count characters.
pub fn line_and_column(query: &str, byte: usize) -> (usize, usize) {
    let before = &query[..floor_boundary(query, byte)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A mistake as people read it: `file:line:column: error: …`, the line of the query, a caret under the place, and the
/// proposal.
///
/// `line` and `column` say where the query's first character stands in the file, both from 1.
pub fn render_error(query: &str, error: &QueryError, file: &str, line: usize, column: usize) -> String {
    render(query, error, "error", file, line, column)
}

/// A warning in the form of [`render_error`].
pub fn render_warning(query: &str, warning: &QueryWarning, file: &str, line: usize, column: usize) -> String {
    render(query, &warning.clone().into(), "warning", file, line, column)
}

fn render(query: &str, error: &QueryError, kind: &str, file: &str, line: usize, column: usize) -> String {
    let (row, col) = line_and_column(query, error.span.start);
    let shift = if row == 1 { column.saturating_sub(1) } else { 0 };
    let (excerpt, caret) = excerpt(query, &error.span);
    let mut text = format!("{file}:{}:{}: {kind}: {}", line + row - 1, col + shift, error.message);
    text.push_str(&format!("\n  | {excerpt}\n  | {caret}"));
    if let Some(help) = &error.help {
        text.push_str(&format!("\n  = help: {help}"));
    }
    text
}

/// Characters of a long line that are shown on either side of the place.
const CONTEXT: usize = 40;

/// The line around a span, cut to a readable length, and the carets under it.
fn excerpt(query: &str, span: &Range<usize>) -> (String, String) {
    let start = floor_boundary(query, span.start);
    let end = floor_boundary(query, span.end).max(start);
    let line_start = query[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = query[start..].find('\n').map_or(query.len(), |at| start + at);
    let before: Vec<char> = query[line_start..start].chars().collect();
    let skipped = before.len().saturating_sub(CONTEXT);
    let mut shown: String = if skipped > 0 { "…".into() } else { String::new() };
    shown.extend(before[skipped..].iter().map(|c| printable(*c)));
    let indent: usize = shown.chars().map(width).sum();
    let marked = query[start..end.min(line_end)].chars().take(2 * CONTEXT);
    let carets: usize = marked.map(width).sum::<usize>().max(1);
    let mut rest = query[start..line_end].chars();
    shown.extend(rest.by_ref().take(2 * CONTEXT).map(printable));
    shown.extend(rest.next().map(|_| '…'));
    (shown, format!("{}{}", " ".repeat(indent), "^".repeat(carets)))
}

fn printable(c: char) -> char {
    if c.is_control() || unicode_width::UnicodeWidthChar::width(c).unwrap_or(0) == 0 { ' ' } else { c }
}

fn width(c: char) -> usize {
    unicode_width::UnicodeWidthChar::width(printable(c)).unwrap_or(1)
}

fn floor_boundary(text: &str, byte: usize) -> usize {
    let byte = byte.min(text.len());
    (0..=byte).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The known name nearest to a mistyped one, if it is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let distances = known.into_iter().map(|other| (edits(&name, &other.to_lowercase()), other));
    let (distance, other) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= name.chars().count().div_ceil(3)).then_some(other)
}

/// Levenshtein distance in characters.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        let error = QueryError::new(14..16, "unknown operator `XR`").help("write OR");
        let text = render_error("chips AND\n  a XR b", &error, "topics.toml", 7, 11);
        assert_eq!(
            text,
            "topics.toml:8:5: error: unknown operator `XR`\n  |   a XR b\n  |     ^^\n  = help: write OR"
        );
    }

    #[test]
    fn columns_count_from_where_the_query_stands_and_wide_characters_take_two() {
        let error = QueryError::new(7..8, "odd");
        assert_eq!(render_error("出口 x", &error, "f", 3, 10), "f:3:13: error: odd\n  | 出口 x\n  |      ^");
    }

    #[test]
    fn nearest_names() {
        for (name, expected) in [("titel", Some("title")), ("bdy", Some("body")), ("https", None), ("", None)]
        {
            assert_eq!(nearest(name, ["title", "body"]), expected, "{name}");
        }
    }
}
