//! `db backup|stats|prune`.

use super::args::{DbCommand, Global};
use super::output::Printer;
use super::status::bytes;
use super::{Fail, reading, writing};
use crate::store::StoreStats;

/// Runs a `db` command.
///
/// # Errors
/// What went wrong, for the exit status.
pub fn run(global: &Global, command: DbCommand, printer: &mut Printer) -> Result<(), Fail> {
    match command {
        DbCommand::Backup { file } => reading(global, async |app| {
            app.backup(&file).await?;
            Ok(printer.line(format!("backed up to {}", file.display()))?)
        }),
        DbCommand::Stats { json } => reading(global, async |app| {
            let stats = app.store.read(|read| read.stats()).await?;
            show(&stats, json, printer)
        }),
        DbCommand::Prune { json } => writing(global, async |app| {
            let pruned = app.prune().await?;
            if json {
                return Ok(printer.json(&pruned)?);
            }
            let line = format!(
                "removed {} bodies, {} poll records, {} delivery attempts; keys, titles and hits stay",
                pruned.bodies, pruned.polls, pruned.attempts
            );
            Ok(printer.line(line)?)
        }),
    }
}

fn show(stats: &StoreStats, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(stats)?);
    }
    printer.pair("schema", stats.schema.to_string())?;
    printer.pair("size", bytes(stats.bytes))?;
    for (label, count) in [
        ("feeds", stats.feeds),
        ("entries", stats.entries),
        ("pending", stats.pending),
        ("stories", stats.stories),
        ("hits", stats.hits),
        ("alerts", stats.alerts),
        ("outbox", stats.outbox),
        ("dead", stats.dead),
        ("polls", stats.polls),
    ] {
        printer.pair(label, count.to_string())?;
    }
    Ok(())
}
