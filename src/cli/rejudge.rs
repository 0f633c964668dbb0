//! `topics apply --rejudge`: changed topics over the stored history.

use super::args::{ApplyArgs, Global};
use super::backtest::progress;
use super::output::Printer;
use super::{Fail, load, when};
use crate::app::App;
use crate::app::rejudge::TopicRejudged;

/// Judges the history with the topics named, or those that changed.
///
/// # Errors
/// Status 2 for a time that is not understood, 1 for a topic that cannot be used or when the store fails.
pub fn run(global: &Global, args: &ApplyArgs, printer: &mut Printer) -> Result<(), Fail> {
    let since = when::parse(&args.rejudge, printer.now, &printer.zone).map_err(Fail::usage)?;
    let app = App::for_writing(load(global)?)?;
    let bar = progress();
    let report = app.rejudge(&args.topics, since, &|done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    app.store.close_blocking()?;
    let report = report?;
    if args.json {
        return Ok(printer.json(&report)?);
    }
    if report.topics.is_empty() {
        return Ok(printer.line("no topic changed since then")?);
    }
    printer.line(format!("{} entries judged; nobody is alerted", report.size.entries))?;
    if report.size.without_text > 0 {
        printer.remark(&format!("{} have no text any more and were left out", report.size.without_text))?;
    }
    let row = |topic: &TopicRejudged| {
        let [added, known, kept] = [topic.added, topic.known, topic.kept].map(|count| count.to_string());
        vec![topic.topic.clone(), topic.version.clone(), added, known, kept]
    };
    let heads = ["topic", "version", "added", "known", "kept though lost"];
    Ok(printer.table(&heads, report.topics.iter().map(row).collect(), "")?)
}
