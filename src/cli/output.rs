//! How answers look: tables that fit the terminal, plain when piped, JSON when asked.
//!
//! Text from feeds is shown with control and direction characters escaped, so that a title cannot drive a terminal.

use super::{table, when};
use crate::alert::compose::{Span, visible};
use crate::model::Time;
use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Width of tables where no terminal tells: wide enough not to wrap what a pipe will cut anyway.
const PIPE_WIDTH: u16 = 400;
/// Columns of a title in a table, where there is room.
pub const TITLE: usize = 120;
/// Terminals narrower than this show times without the year.
const NARROW: u16 = 110;
/// Headings of tables and labels.
const BOLD: Style = Style::new().bold();
/// Found terms.
const MARK: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
/// What is good to know but not the point.
const DIM: Style = Style::new().dimmed();

/// Writes answers to standard output.
pub struct Printer {
    out: anstream::AutoStream<io::Stdout>,
    /// The time the answer is given at.
    pub now: Time,
    /// The reader's zone.
    pub zone: TimeZone,
    terminal: bool,
    width: u16,
}

impl Printer {
    /// A printer for this process's standard output.
    pub fn new(now: Time) -> Self {
        let terminal = io::stdout().is_terminal();
        let width = terminal_width().filter(|_| terminal).unwrap_or(PIPE_WIDTH);
        Self { out: anstream::stdout(), now, zone: TimeZone::system(), terminal, width }
    }

    /// Columns a line may have.
    pub fn width(&self) -> usize {
        usize::from(self.width)
    }

    /// One line as it is.
    ///
    /// # Errors
    /// The terminal's or pipe's.
    pub fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        writeln!(self.out, "{}", text.as_ref())
    }

    /// Pretty JSON.
    ///
    /// # Errors
    /// The terminal's or pipe's.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.out, value)?;
        writeln!(self.out)
    }

    /// JSON on one line.
    ///
    /// # Errors
    /// The terminal's or pipe's.
    pub fn json_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        writeln!(self.out)
    }

    /// A table, or `nothing` when it has no rows.
    ///
    /// # Errors
    /// The terminal's or pipe's.
    pub fn table(&mut self, heads: &[&str], rows: Vec<Vec<String>>, nothing: &str) -> io::Result<()> {
        if rows.is_empty() {
            return self.line(nothing);
        }
        let mut lines = table::lines(heads, &rows, self.width()).into_iter();
        if let Some(heads) = lines.next() {
            writeln!(self.out, "{BOLD}{heads}{BOLD:#}")?;
        }
        lines.try_for_each(|line| writeln!(self.out, "{line}"))
    }

    /// A label and its value; nothing for an empty value.
    ///
    /// # Errors
    /// The terminal's or pipe's.
    pub fn pair(&mut self, label: &str, value: impl AsRef<str>) -> io::Result<()> {
        let value = value.as_ref();
        if value.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "{BOLD}{label:<14}{BOLD:#} {value}")
    }

    /// A heading.
    ///
    /// # Errors
    /// The terminal's or pipe's.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{BOLD}{text}{BOLD:#}")
    }

    /// A remark.
    ///
    /// # Errors
    /// The terminal's or pipe's.
    pub fn remark(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{DIM}{text}{DIM:#}")
    }

    /// A local time with its distance: `2026-11-23 15:04 (5 min ago)`.
    pub fn time(&self, time: Time) -> String {
        format!("{} ({})", when::local(time, &self.zone), when::relative(time, self.now))
    }

    /// A local time alone; without the year where there is little room.
    pub fn short_time(&self, time: Time) -> String {
        let text = when::local(time, &self.zone);
        let year = text.find('-').map_or(0, |dash| dash + 1);
        if self.width < NARROW { text[year..].to_owned() } else { text }
    }

    /// A text broken between words where the terminal ends; as it is when piped.
    ///
    /// # Errors
    /// The terminal's or pipe's.
    pub fn paragraphs(&mut self, text: &str) -> io::Result<()> {
        if !self.terminal {
            return self.line(text);
        }
        text.lines().try_for_each(|line| self.line(broken(line, self.width())))
    }

    /// The stream itself, for exports.
    pub fn raw(&mut self) -> &mut dyn Write {
        &mut self.out
    }
}

/// Spans with what was found marked.
pub fn marked(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| if span.marked { format!("{MARK}{}{MARK:#}", span.text) } else { span.text.clone() })
        .collect()
}

/// Text from outside on one line, escaped, cut to `columns` terminal columns with an ellipsis.
pub fn cut(text: &str, columns: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = visible(&text);
    if text.width() <= columns {
        return text.into_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= columns
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    kept
}

/// Breaks one line between words; colours take no room.
fn broken(line: &str, width: usize) -> String {
    let (mut text, mut used) = (String::new(), 0);
    for word in line.split(' ') {
        let columns = anstream::adapter::strip_str(word).to_string().width();
        if used > 0 && used + 1 + columns > width {
            text.push('\n');
            used = 0;
        } else if used > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += columns;
    }
    text
}

fn terminal_width() -> Option<u16> {
    rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_colours_take_no_room() {
        assert_eq!(broken("one two three", 7), "one two\nthree");
        assert_eq!(broken("one \u{1b}[1mtwo\u{1b}[0m three", 7), "one \u{1b}[1mtwo\u{1b}[0m\nthree");
        assert_eq!(broken("unbreakable", 4), "unbreakable");
        assert_eq!(broken("", 4), "");
    }

    #[test]
    fn cutting_counts_columns_not_characters() {
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("a  longer\ntitle here", 10), "a longer …");
        assert_eq!(cut("出口管制升级", 7), "出口管…");
        assert_eq!(cut("bell\u{7}", 20), visible("bell\u{7}"));
    }
}
