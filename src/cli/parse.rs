//! `feeds parse`: what newswatch makes of feed documents.

use super::Fail;
use super::args::{FeedParseArgs, Global};
use super::output::{Printer, cut};
use super::{block_on, config_or_defaults};
use crate::app::documents::{Document, fetch};
use crate::clock::{Clock, SystemClock};
use crate::intake::parse::{Context, ParseError, parse, to_json};
use crate::model::{ParsedEntry, ParsedFeed};
use serde_json::json;
use std::io::Read;

/// Entries that one document may give here: more than a poll takes, to show all of an odd feed.
const MOST_ENTRIES: usize = 100_000;
/// Largest document read from a file or standard input, in bytes.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Parses each source in turn; one that fails is reported and the rest go on.
///
/// # Errors
/// Status 1 when a source could not be read.
pub fn run(global: &Global, options: &FeedParseArgs, printer: &mut Printer) -> Result<(), Fail> {
    let mut failed = false;
    for source in &options.sources {
        match read(source, options, global) {
            Ok(document) => {
                let result = understand(&document);
                failed |= result.is_err();
                tell(source, &result, options.json, printer)?;
            }
            Err(error) => {
                failed = true;
                unreadable(source, &error, options.json, printer)?;
            }
        }
    }
    if failed { Err(Fail::silent(1)) } else { Ok(()) }
}

fn tell(
    source: &str,
    result: &Result<ParsedFeed, ParseError>,
    json: bool,
    printer: &mut Printer,
) -> Result<(), Fail> {
    if json { Ok(printer.json_line(&to_json(result, source))?) } else { show(source, result, printer) }
}

/// A source that gave no document at all, in the same forms.
fn unreadable(source: &str, error: &str, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        let line = json!({"name": source, "ok": false, "error": error, "kind": "unreadable", "feeds": []});
        return Ok(printer.json_line(&line)?);
    }
    printer.heading(source)?;
    Ok(printer.line(format!("not read: {}", cut(error, 2_000)))?)
}

/// The document, or why there is none.
fn read(source: &str, options: &FeedParseArgs, global: &Global) -> Result<Document, String> {
    let named = |error: std::io::Error| error.to_string();
    let local =
        |bytes| Document { bytes, url: options.url.clone(), content_type: options.content_type.clone() };
    if source == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(MOST_BYTES).read_to_end(&mut bytes).map_err(named)?;
        return Ok(local(bytes));
    }
    if source.starts_with("http://") || source.starts_with("https://") {
        let mut document = download(source, global)?;
        document.url = options.url.clone().or(document.url);
        document.content_type = options.content_type.clone().or(document.content_type);
        return Ok(document);
    }
    let file = std::fs::File::open(source).map_err(named)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(named)?;
    Ok(local(bytes))
}

/// Fetched as a poll would, under the configuration where there is one and the defaults where there is none.
fn download(source: &str, global: &Global) -> Result<Document, String> {
    let url = url::Url::parse(source).map_err(|error| error.to_string())?;
    let config = config_or_defaults(global).map_err(|fail| fail.message)?;
    let fetched = block_on(async { Ok(fetch(config, &url, SystemClock.now()).await) });
    fetched.unwrap_or_else(|_: Fail| Err("no runtime".to_owned()))
}

fn understand(document: &Document) -> Result<ParsedFeed, ParseError> {
    let context = Context {
        url: document.url.as_ref(),
        content_type: document.content_type.as_deref(),
        max_entries: MOST_ENTRIES,
        now: SystemClock.now(),
    };
    parse(&document.bytes, &context)
}

fn show(source: &str, result: &Result<ParsedFeed, ParseError>, printer: &mut Printer) -> Result<(), Fail> {
    printer.heading(source)?;
    let feed = match result {
        Ok(feed) => feed,
        Err(error) => return Ok(printer.line(format!("not read: {}", cut(&error.to_string(), 2_000)))?),
    };
    let version = feed.version.as_deref().unwrap_or_default();
    printer.pair("format", format!("{:?} {version}", feed.format))?;
    let plain = |text: &Option<String>| cut(text.as_deref().unwrap_or_default(), 300);
    printer.pair("title", plain(&feed.title))?;
    printer.pair("link", plain(&feed.link))?;
    printer.pair("description", plain(&feed.subtitle))?;
    printer.pair("language", plain(&feed.language))?;
    printer.pair("updated", feed.updated.map(|time| printer.time(time)).unwrap_or_default())?;
    printer.pair("hubs", feed.hubs.join(" "))?;
    printer.pair("ttl", feed.ttl_minutes.map(|minutes| format!("{minutes} min")).unwrap_or_default())?;
    printer.pair("entries", feed.entries.len().to_string())?;
    for (number, entry) in feed.entries.iter().enumerate() {
        show_entry(number, entry, printer)?;
    }
    for warning in &feed.warnings {
        let entry = warning.entry.map(|entry| format!(" in entry {}", entry + 1)).unwrap_or_default();
        printer.line(format!("warning{entry}: {} [{}]", cut(&warning.message, 500), warning.code))?;
    }
    Ok(())
}

fn show_entry(number: usize, entry: &ParsedEntry, printer: &mut Printer) -> Result<(), Fail> {
    let width = printer.width().saturating_sub(6);
    let when = entry.published.or(entry.updated).map(|time| printer.short_time(time));
    printer.line(format!("{:>4}. {}", number + 1, cut(&entry.title, width)))?;
    let authors: Vec<&str> = entry.authors.iter().filter_map(|person| person.name.as_deref()).collect();
    let facts = [
        when.unwrap_or("no date".to_owned()),
        cut(&authors.join(", "), 80),
        cut(&entry.categories.join(", "), 80),
    ];
    let facts: Vec<&str> = facts.iter().map(String::as_str).filter(|fact| !fact.is_empty()).collect();
    printer.remark(&format!("      {}", facts.join(" · ")))?;
    printer.remark(&format!("      {}", cut(entry.link.as_deref().unwrap_or("no link"), width)))?;
    let body = entry.body();
    if !body.is_empty() {
        printer.line(format!("      {}", cut(&body, width.min(300))))?;
    }
    Ok(())
}
