//! `feeds discover` and `feeds add`: finding the feeds of a site, choosing one, writing it into the configuration.

use super::args::{FeedAddArgs, FeedDiscoverArgs, Global};
use super::feeds::edit_fail;
use super::output::{Printer, cut};
use super::{Fail, block_on, config_or_defaults, config_path, load, overrides};
use crate::app::discover::{Discovery, discover};
use crate::config::{Config, edit, mask_url};
use crate::intake::discover::{CheckedFeed, FoundBy, address};
use crate::model::Time;
use indicatif::ProgressBar;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;

/// Lists the feeds of a site; the configuration is read where there is one, and never changed.
///
/// # Errors
/// Status 1 when there is none.
pub fn show(global: &Global, options: &FeedDiscoverArgs, printer: &mut Printer) -> Result<(), Fail> {
    let config = config_or_defaults(global)?;
    let found = search(config, &options.url, printer.now)?;
    if options.json {
        printer.json(&found)?;
    } else {
        listed(&found, printer)?;
        for other in &found.others {
            let why = cut(&other.reason, 200);
            printer.remark(&format!(
                "no feed: {} ({}): {why}",
                mask_url(&other.url),
                other.found_by.words()
            ))?;
        }
    }
    if found.feeds.is_empty() { Err(Fail::silent(1)) } else { Ok(()) }
}

/// Adds a feed to the configuration: the address itself, or the one chosen among those its site has.
///
/// # Errors
/// Status 1 when there is no feed, or several and nobody to choose; 2 for a configuration that does not load.
pub fn add(global: &Global, options: &FeedAddArgs, printer: &mut Printer) -> Result<(), Fail> {
    let config = load(global)?;
    let (url, title) = if options.no_check {
        (address(&options.url).map_err(Fail::usage)?, None)
    } else {
        let found = search(config, &options.url, printer.now)?;
        let feed = choose(&found, options.yes, printer)?;
        let title = feed.title.as_deref().unwrap_or("(no title)");
        let how = if feed.found_by == FoundBy::Itself {
            String::new()
        } else {
            format!(" at {} ({})", mask_url(&feed.url), feed.found_by.words())
        };
        printer.line(format!("found {}{how}: {}", cut(title, 100), facts(feed, printer)))?;
        (feed.url.clone(), feed.title.clone())
    };
    let new = edit::NewFeed {
        id: options.id.clone(),
        url,
        title: options.title.clone().or(title),
        tags: options.tags.clone(),
        lang: options.lang.clone(),
        publisher: None,
    };
    let file = config_path(global)?;
    let id = edit::add_feed(&file, &new, &overrides(global)).map_err(edit_fail)?;
    Ok(printer
        .line(format!("added {id} to {}; a running daemon takes it up on reload (SIGHUP)", file.display()))?)
}

/// Searches, with a sign of life on a terminal: pauses between requests to one host take their time.
fn search(config: Arc<Config>, typed: &str, now: Time) -> Result<Discovery, Fail> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(120));
    let ask = |url: &url::Url| bar.set_message(format!("asking {}", mask_url(url)));
    let found = block_on(async { discover(config, typed, now, &ask).await.map_err(Fail::usage) });
    bar.finish_and_clear();
    found
}

/// The feed that is meant. Nobody is asked unless there are several and a person sits at the terminal.
fn choose<'a>(found: &'a Discovery, best: bool, printer: &mut Printer) -> Result<&'a CheckedFeed, Fail> {
    match found.feeds.as_slice() {
        [] => Err(nothing(found)),
        [only] => Ok(only),
        [first, ..] if best => Ok(first),
        several if io::stdin().is_terminal() && io::stdout().is_terminal() => {
            listed(found, printer)?;
            asked(several, printer)
        }
        several => {
            let list: Vec<String> = several
                .iter()
                .map(|feed| format!("  {}  {}", feed.url, cut(feed.title.as_deref().unwrap_or_default(), 80)))
                .collect();
            Err(Fail::failed(format!(
                "{} has several feeds; add one of them, or take the first with --yes:\n{}",
                mask_url(&found.asked),
                list.join("\n")
            )))
        }
    }
}

fn nothing(found: &Discovery) -> Fail {
    let own = found.others.iter().find(|other| other.found_by == FoundBy::Itself);
    let own = own.map_or("a web page that names no feed", |other| other.reason.as_str());
    let guesses = found.others.iter().filter(|other| other.found_by != FoundBy::Itself).count();
    let tried = if guesses > 0 {
        format!("; {guesses} more addresses of the site are no feeds either")
    } else {
        String::new()
    };
    Fail::failed(format!("{}: {own}{tried}", mask_url(&found.asked)))
}

fn asked<'a>(feeds: &'a [CheckedFeed], printer: &mut Printer) -> Result<&'a CheckedFeed, Fail> {
    loop {
        printer.line(format!("which one? 1 to {}, Enter for 1, q for none", feeds.len()))?;
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer)? == 0 {
            return Err(Fail::failed("nothing was added"));
        }
        match answer.trim() {
            "" => return Ok(&feeds[0]),
            "q" | "n" | "no" => return Err(Fail::failed("nothing was added")),
            number => {
                let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                if let Some(feed) = index.and_then(|index| feeds.get(index)) {
                    return Ok(feed);
                }
            }
        }
    }
}

fn listed(found: &Discovery, printer: &mut Printer) -> Result<(), Fail> {
    let row = |(index, feed): (usize, &CheckedFeed)| {
        vec![
            (index + 1).to_string(),
            mask_url(&feed.url),
            cut(feed.title.as_deref().unwrap_or_default(), 60),
            feed.entries.to_string(),
            feed.newest.map(|time| printer.short_time(time)).unwrap_or_default(),
            feed.found_by.words().to_owned(),
        ]
    };
    let rows = found.feeds.iter().enumerate().map(row).collect();
    Ok(printer.table(&["", "feed", "title", "entries", "newest", "found by"], rows, "no feed was found")?)
}

fn facts(feed: &CheckedFeed, printer: &Printer) -> String {
    let newest = feed.newest.map(|time| format!(", the newest of {}", printer.short_time(time)));
    format!("{} entries{}", feed.entries, newest.unwrap_or_default())
}
