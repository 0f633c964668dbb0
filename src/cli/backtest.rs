//! `topics backtest`: a draft against the stored history.

use super::args::{BacktestArgs, Global};
use super::output::{Printer, cut};
use super::{Fail, load, when};
use crate::app::App;
use crate::app::backtest::{Backtest, Named, NoisyFeed, TopicBacktest};
use crate::app::plan;
use crate::config::{self as configuration, Config};
use indicatif::{ProgressBar, ProgressStyle};

/// Judges the history with the topics of the files.
///
/// # Errors
/// Status 2 for a file or a query that is not understood, 1 when the store cannot be read.
pub fn run(global: &Global, args: &BacktestArgs, printer: &mut Printer) -> Result<(), Fail> {
    let since = when::parse(&args.since, printer.now, &printer.zone).map_err(Fail::usage)?;
    let draft = configuration::load_topics(&args.files)?;
    let config = load(global)?;
    usable(&config, &draft)?;
    let app = App::for_reading(config)?;
    let bar = progress();
    let report = app.backtest(&draft, since, &|done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let report = report?;
    if args.json {
        return Ok(printer.json(&report)?);
    }
    show(&report, printer)
}

/// Every mistake in a query of the draft; a draft that does not work is not measured.
fn usable(config: &Config, draft: &Config) -> Result<(), Fail> {
    if draft.topics.is_empty() {
        return Err(Fail::usage("the files have no [[topic]]"));
    }
    let whole = plan::with_draft(config, draft);
    let (_, broken) = plan::compile(&whole);
    let ours = broken.iter().filter(|found| draft.topics.iter().any(|topic| topic.id == found.topic));
    let said: Vec<String> = ours.map(|found| super::explained(&whole, found)).collect();
    if said.is_empty() { Ok(()) } else { Err(Fail::usage(said.join("\n"))) }
}

/// A bar on standard error, where that is a terminal.
pub fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} entries, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(report: &Backtest, printer: &mut Printer) -> Result<(), Fail> {
    let size = &report.size;
    printer.line(format!("{} entries of {:.0} days judged", size.entries, report.days.round()))?;
    if size.without_text > 0 {
        printer
            .remark(&format!("{} older ones have no text any more and were left out", size.without_text))?;
    }
    let row = |topic: &TopicBacktest| {
        vec![
            topic.topic.clone(),
            topic.hits.to_string(),
            if topic.in_force { topic.hits_in_force.to_string() } else { "–".to_owned() },
            format!("+{}", topic.gained),
            format!("-{}", topic.lost),
            format!("{:.2}", topic.stories_per_day),
            format!("{:.2}", topic.alerts_per_day),
        ]
    };
    let heads = ["topic", "hits", "in force", "gained", "lost", "stories/day", "alerts/day"];
    printer.table(&heads, report.topics.iter().map(row).collect(), "no topics")?;
    report.topics.iter().try_for_each(|topic| details(topic, printer))
}

fn details(topic: &TopicBacktest, printer: &mut Printer) -> Result<(), Fail> {
    named(&format!("{}: gained", topic.topic), &topic.gained_entries, topic.gained, printer)?;
    named(&format!("{}: lost", topic.topic), &topic.lost_entries, topic.lost, printer)?;
    if topic.noisiest.is_empty() {
        return Ok(());
    }
    printer.heading(&format!("{}: feeds with most hits", topic.topic))?;
    let row =
        |feed: &NoisyFeed| vec![feed.feed.to_string(), feed.hits.to_string(), format!("+{}", feed.gained)];
    Ok(printer.table(&["feed", "hits", "gained"], topic.noisiest.iter().map(row).collect(), "")?)
}

fn named(head: &str, entries: &[Named], all: u64, printer: &mut Printer) -> Result<(), Fail> {
    if entries.is_empty() {
        return Ok(());
    }
    let more = if all > entries.len() as u64 {
        format!(" (newest {} of {all})", entries.len())
    } else {
        String::new()
    };
    printer.heading(&format!("{head}{more}"))?;
    let row = |named: &Named| {
        let (entry, story) = (named.entry.to_string(), named.story.to_string());
        vec![entry, printer.short_time(named.seen), story, named.feed.to_string(), cut(&named.title, 120)]
    };
    let rows = entries.iter().map(row).collect();
    Ok(printer.table(&["entry", "when", "story", "feed", "title"], rows, "")?)
}
