//! `feeds import` and `feeds export`: feed lists as other programs read and write them.

use super::args::{FeedExportArgs, FeedImportArgs, Global};
use super::feeds::edit_fail;
use super::output::{Printer, cut};
use super::{Fail, block_on, config_path, load, overrides};
use crate::app::import::{FeedList, ListedFeed, Refusal, check, read_list};
use crate::config::edit::Additions;
use crate::config::{FeedConfig, edit, mask_url, opml};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::{self, Read};

/// What an import came to.
#[derive(Debug, Serialize)]
struct Report {
    /// Ids of the feeds added.
    added: Vec<String>,
    /// Feeds that are configured already, by address and id.
    known: Vec<Known>,
    /// What was refused.
    refused: Vec<Refusal>,
}

#[derive(Debug, Serialize)]
struct Known {
    id: String,
    url: String,
}

/// Adds the feeds of a list to the configuration, in one edit.
///
/// # Errors
/// Status 1 when the file is no list, or gives not one usable feed; 2 for a configuration that does not load.
pub fn import(global: &Global, options: &FeedImportArgs, printer: &mut Printer) -> Result<(), Fail> {
    let config = load(global)?;
    let name = if options.file == "-" { "standard input" } else { &options.file };
    let bytes = read(&options.file).map_err(|error| Fail::failed(format!("{name}: {error}")))?;
    let mut list =
        read_list(&bytes, &options.tags).map_err(|error| Fail::failed(format!("{name} {error}")))?;
    if options.check {
        let bar = bar(list.feeds.len());
        let counted = bar.clone();
        let done = move |listed: &ListedFeed| {
            counted.set_message(mask_url(&listed.feed.url));
            counted.inc(1);
        };
        let now = printer.now;
        list = block_on(async { check(config, list, now, done).await.map_err(Fail::failed) })?;
        bar.finish_and_clear();
    }
    let FeedList { feeds, refused } = list;
    let nothing = feeds.is_empty();
    let feeds: Vec<edit::NewFeed> = feeds.into_iter().map(|listed| listed.feed).collect();
    let file = config_path(global)?;
    let done = edit::add_feeds(&file, &feeds, &overrides(global)).map_err(edit_fail)?;
    if options.json {
        printer.json(&report(done, refused))?;
    } else {
        told(&done, &refused, &file.display().to_string(), printer)?;
    }
    if nothing { Err(Fail::failed(format!("{name} has no usable feed"))) } else { Ok(()) }
}

/// The whole file, up to the largest list that is read, and a byte more so that a larger one is noticed.
fn read(file: &str) -> io::Result<Vec<u8>> {
    let most = opml::MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if file == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Seen on terminals only.
fn bar(feeds: usize) -> ProgressBar {
    let bar = ProgressBar::new(feeds as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} feeds, {eta} left  {wide_msg:.dim}")
    {
        bar.set_style(style);
    }
    bar
}

fn told(done: &Additions, refused: &[Refusal], file: &str, printer: &mut Printer) -> Result<(), Fail> {
    for refusal in refused {
        printer.line(format!("refused, line {}: {}", refusal.line, cut(&refusal.reason, 300)))?;
    }
    for (id, url) in &done.known {
        printer.line(format!("already there as {id}: {}", mask_url(url)))?;
    }
    for (id, url) in &done.added {
        printer.line(format!("added {id}: {}", mask_url(url)))?;
    }
    let (added, known) = (done.added.len(), done.known.len());
    let reload = if added > 0 { "; a running daemon takes them up on reload (SIGHUP)" } else { "" };
    let refused = refused.len();
    Ok(printer.line(format!("{added} added to {file}, {known} already there, {refused} refused{reload}"))?)
}

fn report(done: Additions, refused: Vec<Refusal>) -> Report {
    let known = done.known.into_iter().map(|(id, url)| Known { id: id.to_string(), url: mask_url(&url) });
    Report {
        added: done.added.into_iter().map(|(id, _)| id.to_string()).collect(),
        known: known.collect(),
        refused,
    }
}

/// Writes the configured feeds as OPML 2.0.
///
/// # Errors
/// When the configuration does not load, or the file cannot be written.
pub fn export(global: &Global, options: &FeedExportArgs, printer: &mut Printer) -> Result<(), Fail> {
    let config = load(global)?;
    let wanted = |feed: &&FeedConfig| {
        options.tags.is_empty() || feed.tags.iter().any(|tag| options.tags.contains(tag))
    };
    let feeds: Vec<FeedConfig> = config.feeds.iter().filter(wanted).cloned().collect();
    let text = opml::write("newswatch", &feeds);
    match &options.output {
        None => Ok(printer.raw().write_all(text.as_bytes())?),
        Some(path) => {
            std::fs::write(path, text)
                .map_err(|error| Fail::failed(format!("{}: {error}", path.display())))?;
            Ok(printer.line(format!("{} feeds written to {}", feeds.len(), path.display()))?)
        }
    }
}
