//! `status`.

use super::Fail;
use super::output::Printer;
use crate::app::App;
use crate::app::status::Status;

/// Shows the state of the whole.
///
/// # Errors
/// What went wrong, for the exit status.
pub async fn run(app: &App, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    let status = app.status().await?;
    if json {
        return Ok(printer.json(&status)?);
    }
    printer.pair("newswatch", status.version)?;
    printer.pair(
        "daemon",
        status.daemon.map_or("not running".to_owned(), |pid| format!("running, process {pid}")),
    )?;
    printer.pair(
        "configuration",
        status.config.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
    )?;
    printer.pair("database", format!("{} ({})", status.database.display(), bytes(status.store.bytes)))?;
    printer.pair("feeds", feeds(&status))?;
    printer.pair("next poll", status.next_due.map(|time| printer.time(time)).unwrap_or_default())?;
    printer.pair(
        "entries",
        format!(
            "{} in {} stories, {} waiting for the desk",
            status.store.entries, status.store.stories, status.store.pending
        ),
    )?;
    printer.pair(
        "hits",
        format!("{}, {} in the last 24 h, on {} topics", status.store.hits, status.hits_day, status.topics),
    )?;
    printer.pair(
        "alerts",
        format!(
            "{}; {} deliveries waiting, {} dead",
            status.store.alerts, status.store.outbox, status.store.dead
        ),
    )?;
    if let Some(oldest) = status.store.oldest_pending_delivery {
        printer.pair("oldest waiting", printer.time(oldest))?;
    }
    Ok(())
}

fn feeds(status: &Status) -> String {
    let counts = &status.feeds;
    let mut parts = vec![format!("{} configured", counts.configured)];
    for (number, what) in [
        (counts.healthy, "healthy"),
        (counts.failing, "failing"),
        (counts.new, "not polled yet"),
        (counts.paused, "paused"),
        (counts.gone, "gone"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    parts.join(", ")
}

/// A size for people: `1.2 MB`, powers of ten.
pub fn bytes(size: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let unit = units.iter().find(|(factor, _)| size >= *factor);
    unit.map_or(format!("{size} B"), |(factor, name)| format!("{:.1} {name}", size as f64 / *factor as f64))
}
