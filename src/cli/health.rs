//! `feeds health`: what is wrong, since when, and what to do about it.

use super::Fail;
use super::output::{Printer, cut};
use crate::app::App;

/// Lists every feed with trouble.
///
/// # Errors
/// The store's, and the pipe's.
pub async fn run(app: &App, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    let found = app.health().await?;
    if json {
        return Ok(printer.json(&found)?);
    }
    if found.is_empty() {
        let well = match app.config.feeds.len() {
            0 => "no feeds".to_owned(),
            1 => "the feed is well".to_owned(),
            feeds => format!("all {feeds} feeds are well"),
        };
        return Ok(printer.line(well)?);
    }
    for one in &found {
        let name = one.feed.as_ref().map_or("newswatch", |feed| feed.as_str());
        printer.line(format!(
            "{name}: {}, since {}",
            one.finding.trouble.name(),
            printer.time(one.finding.since)
        ))?;
        printer.line(format!("    {}", cut(&one.finding.text, 400)))?;
        printer.remark(&format!("    {}", cut(&one.finding.proposal, 400)))?;
    }
    Ok(())
}
