//! `demo`: shows the day as it passes, and each alert as it fires.

use super::Fail;
use super::args::DemoArgs;
use super::output::Printer;
use super::when;
use crate::alert::compose::text::{Piece, Style, lines};
use crate::daemon::PassReport;
use crate::demo::{self, Audience, DemoError, Outcome};
use crate::model::{AlertView, Time};
use anstyle::{AnsiColor, Color};
use indicatif::{ProgressBar, ProgressStyle};
use std::io;
use std::path::PathBuf;

/// Columns of an alert's text.
const WIDTH: usize = 96;

/// Plays the day.
///
/// # Errors
/// What stopped it.
pub fn run(options: &DemoArgs, printer: &mut Printer) -> Result<(), Fail> {
    let dir = directory(options)?;
    super::log::start_quiet()?;
    if !options.json {
        printer
            .line("A scripted day of news from eight outlets, played to the real daemon on this machine.")?;
        printer.line(format!("Its database and configuration are in {}\n", dir.display()))?;
    }
    let bar = if options.json { ProgressBar::hidden() } else { progress() };
    let mut stage = Stage { printer, bar, json: options.json, total: PassReport::default() };
    let runtime = super::run::threads()?;
    let outcome = runtime.block_on(demo::play(&dir, !options.once, &mut stage)).map_err(fail)?;
    stage.bar.finish_and_clear();
    if options.json { Ok(()) } else { summary(&outcome, stage.printer) }
}

/// The directory asked for, or a new one; an earlier demo is never written over.
fn directory(options: &DemoArgs) -> Result<PathBuf, Fail> {
    let dir = match &options.dir {
        Some(dir) => dir.clone(),
        None => std::env::temp_dir().join(format!("newswatch-demo-{}", std::process::id())),
    };
    if dir.join("newswatch.toml").exists() || dir.join("newswatch.db").exists() {
        return Err(Fail::usage(format!(
            "{} holds a newswatch already; name another directory with --dir",
            dir.display()
        )));
    }
    std::fs::create_dir_all(&dir).map_err(|error| Fail::failed(format!("{}: {error}", dir.display())))?;
    Ok(dir)
}

fn fail(error: DemoError) -> Fail {
    match error {
        DemoError::Io { error, .. } if error.kind() == io::ErrorKind::BrokenPipe => error.into(),
        error => Fail::failed(error.to_string()),
    }
}

fn progress() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}

struct Stage<'a> {
    printer: &'a mut Printer,
    bar: ProgressBar,
    json: bool,
    total: PassReport,
}

impl Audience for Stage<'_> {
    fn moved(&mut self, at: Time, pass: &PassReport) -> io::Result<()> {
        self.total.add(pass);
        let total = &self.total;
        self.bar.set_message(format!(
            "{}  {} polls, {} entries, {} hits, {} alerts",
            when::local(at, &self.printer.zone),
            total.polled,
            total.new,
            total.hits,
            total.alerts
        ));
        self.bar.tick();
        Ok(())
    }

    fn alert(&mut self, alert: &AlertView) -> io::Result<()> {
        if self.json {
            return self.printer.json_line(alert);
        }
        let bar = self.bar.clone();
        bar.suspend(|| show(alert, self.printer))
    }
}

/// An alert in a frame of its own, evidence highlighted.
fn show(view: &AlertView, printer: &mut Printer) -> io::Result<()> {
    let when = printer.short_time(view.alert.at);
    printer.line(format!("── alert {} ── {when} {}", view.alert.id, "─".repeat(50)))?;
    for line in lines(&view.alert.content, &printer.zone, WIDTH * 3) {
        let shown: String = line.iter().map(styled).collect();
        // A broken address cannot be clicked.
        let whole = line.is_empty() || line.iter().any(|piece| piece.style == Style::Link);
        if whole { printer.line(shown)? } else { printer.paragraphs(&shown)? }
    }
    printer.line("")
}

fn styled(piece: &Piece) -> String {
    let colour = |colour| anstyle::Style::new().fg_color(Some(Color::Ansi(colour)));
    let style = match piece.style {
        Style::Plain => return piece.text.clone(),
        Style::Topic => colour(AnsiColor::Red).bold(),
        Style::Title => anstyle::Style::new().bold(),
        Style::Mark => colour(AnsiColor::Yellow).bold(),
        Style::Link => colour(AnsiColor::Blue).underline(),
        Style::Faint => anstyle::Style::new().dimmed(),
    };
    format!("{style}{}{style:#}", piece.text)
}

fn summary(outcome: &Outcome, printer: &mut Printer) -> Result<(), Fail> {
    let total = &outcome.total;
    printer.heading("The day is over")?;
    printer.line(format!(
        "{} polls of {} feeds ({} failed: one outlet was down for a while), {} entries, {} of them edited later",
        total.polled, outcome.feeds, total.failed, total.new, total.revised
    ))?;
    printer.line(format!("{} hits on four topics made {} alerts", total.hits, total.alerts))?;
    printer.heading("Try next")?;
    let config = outcome.config.display();
    // As it was called, so that the lines can be pasted: it need not be on the path.
    let program = std::env::args().next().unwrap_or_else(|| "newswatch".to_owned());
    for (command, what) in [
        ("hits list", "every hit, newest first"),
        ("hits show 1", "one hit with its evidence"),
        ("hits search '出口管制 OR \"export controls\"'", "full-text search, in the language of topics"),
        ("stories list --min-entries 2", "stories told more than once"),
        ("alerts list", "what was sent to whom"),
        ("feeds list", "how each feed is doing"),
        ("feeds show foundry-notes", "when it was polled, when next, and why then"),
        ("topics test", "the samples of the ready-made topics"),
        ("hits export --format csv", "for a spreadsheet"),
    ] {
        printer.line(format!("  {program} -c {config} {command}"))?;
        printer.remark(&format!("      {what}"))?;
    }
    Ok(())
}
