//! `feeds list|show|remove|pause|resume`, and the way to the other `feeds` commands.

use super::args::{FeedsCommand, Global};
use super::output::{Printer, cut};
use super::status::bytes;
use super::{Fail, config_path, overrides, reading, writing};
use crate::app::App;
use crate::app::feeds::{FeedDetail, FeedView, MovedView, PushView};
use crate::config::edit;
use crate::model::{FeedId, FeedState, Time};
use crate::store::SubscriptionState;

/// Runs a `feeds` command.
///
/// # Errors
/// What went wrong, for the exit status.
pub fn run(global: &Global, command: FeedsCommand, printer: &mut Printer) -> Result<(), Fail> {
    match command {
        FeedsCommand::List { state, tag, lang, json } => reading(global, async |app| {
            let mut feeds = app.feeds().await?;
            feeds.retain(|feed| {
                state.as_deref().is_none_or(|state| feed.health == state)
                    && tag.as_ref().is_none_or(|tag| feed.tags.contains(tag))
                    && lang.as_ref().is_none_or(|lang| {
                        feed.lang.as_ref().is_some_and(|own| own.starts_with(lang.as_str()))
                    })
            });
            rows(&feeds, json, printer)
        }),
        FeedsCommand::Show { id, polls, json } => {
            reading(global, async |app| show(&app.feed(&id, polls).await?, json, printer))
        }
        FeedsCommand::Health { json } => {
            reading(global, async |app| super::health::run(&app, json, printer).await)
        }
        FeedsCommand::Pause { id } => pause(global, &id, true, printer),
        FeedsCommand::Resume { id } => pause(global, &id, false, printer),
        FeedsCommand::Discover(options) => super::discover::show(global, &options, printer),
        FeedsCommand::Add(options) => super::discover::add(global, &options, printer),
        FeedsCommand::Import(options) => super::opml::import(global, &options, printer),
        FeedsCommand::Export(options) => super::opml::export(global, &options, printer),
        FeedsCommand::Remove { id } => remove(global, &id, printer),
        FeedsCommand::Parse(options) => super::parse::run(global, &options, printer),
    }
}

fn rows(feeds: &[FeedView], json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(&feeds)?);
    }
    let row = |feed: &FeedView| {
        let state = feed.state.as_ref();
        vec![
            feed.id.to_string(),
            feed.health.to_owned(),
            feed.lang.clone().unwrap_or_default(),
            state.and_then(|state| state.last_poll).map(|time| printer.short_time(time)).unwrap_or_default(),
            state.map(|state| state.entries.to_string()).unwrap_or_default(),
            polled_again(state).map(|due| printer.short_time(due)).unwrap_or_default(),
            cut(&problem(feed), 90),
        ]
    };
    let rows = feeds.iter().map(row).collect();
    printer.table(
        &["feed", "state", "lang", "last poll", "entries", "next", "title or trouble"],
        rows,
        "no feeds",
    )?;
    Ok(())
}

/// When a feed is polled again, if it is.
fn polled_again(state: Option<&FeedState>) -> Option<Time> {
    state.filter(|state| !state.gone && !state.paused).map(|state| state.next_due)
}

/// What is wrong with a feed, else its title.
fn problem(feed: &FeedView) -> String {
    let trouble =
        feed.state.as_ref().filter(|state| state.is_failing()).and_then(|state| state.last_message.clone());
    trouble.or_else(|| feed.title.clone()).unwrap_or_else(|| feed.url.clone())
}

fn show(detail: &FeedDetail, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(detail)?);
    }
    let view = &detail.view;
    printer.pair("feed", view.id.as_str())?;
    printer.pair("title", cut(view.title.as_deref().unwrap_or_default(), 200))?;
    printer.pair("address", &view.url)?;
    printer.pair("tags", view.tags.join(", "))?;
    printer.pair("language", view.lang.as_deref().unwrap_or_default())?;
    printer.pair("state", view.health)?;
    let Some(state) = &view.state else {
        return Ok(printer.remark("not polled yet: the daemon has not met this feed")?);
    };
    printer.pair("last poll", state.last_poll.map(|time| printer.time(time)).unwrap_or_default())?;
    printer.pair("outcome", state.last_outcome.map(|outcome| outcome.name()).unwrap_or_default())?;
    printer.pair("message", cut(state.last_message.as_deref().unwrap_or_default(), 500))?;
    printer.pair("last success", state.last_success.map(|time| printer.time(time)).unwrap_or_default())?;
    printer.pair("last new entry", state.last_new.map(|time| printer.time(time)).unwrap_or_default())?;
    printer.pair("failing since", state.failing_since.map(|time| printer.time(time)).unwrap_or_default())?;
    printer.pair("next poll", next_poll(state, printer))?;
    printer.pair("why then", &state.due_reason)?;
    printer.pair("requests", requests(view, state))?;
    printer.pair(
        "received",
        format!("{} over the wire; documents of {}", bytes(state.received), bytes(state.bytes)),
    )?;
    printer.pair("entries", state.entries.to_string())?;
    if let Some(moved) = &detail.moved {
        printer.pair("redirects to", redirects(moved, printer))?;
    }
    if let Some(successor) = &detail.successor {
        let found = successor.url.as_deref().unwrap_or("none found");
        let (how, looked) = (&successor.how, printer.short_time(successor.looked));
        printer.pair("successor", format!("{} ({how}, looked for {looked})", cut(found, 300)))?;
    }
    if let Some(push) = &detail.push {
        printer.pair("pushed by", pushed(push, printer))?;
    }
    printer.heading("Newest polls")?;
    let row = |poll: &crate::store::PollRow| {
        vec![
            printer.short_time(poll.at),
            poll.outcome.name().to_owned(),
            poll.status.map(|status| status.to_string()).unwrap_or_default(),
            format!("{} ms", poll.duration_ms),
            poll.requests.to_string(),
            bytes(poll.received),
            poll.new_entries.to_string(),
            cut(poll.message.as_deref().unwrap_or_default(), 100),
        ]
    };
    let rows = detail.polls.iter().map(row).collect();
    printer.table(
        &["when", "outcome", "status", "took", "asked", "received", "new", "message"],
        rows,
        "none on record",
    )?;
    Ok(())
}

/// When it is polled next; what is due already waits for its host, or for the budget.
fn next_poll(state: &FeedState, printer: &Printer) -> String {
    let due = printer.time(state.next_due);
    match () {
        () if state.paused => "not before it is resumed".to_owned(),
        () if state.gone => "never, unless it is resumed".to_owned(),
        () if state.lease_until.is_some_and(|until| until > printer.now) => {
            format!("{due} (its turn is near)")
        }
        () if state.next_due < printer.now => {
            format!("{due} (due; it waits for its turn, or for the daemon)")
        }
        () => due,
    }
}

/// Everything that was asked on behalf of a feed.
fn requests(view: &FeedView, state: &FeedState) -> String {
    let share = view
        .not_modified_share
        .map_or(String::new(), |share| format!(", {:.0} % of them answered 304", share * 100.0));
    let besides = match state.requests.saturating_sub(state.polls) {
        0 => String::new(),
        more => format!("; {more} more for redirects, older pages, articles, robots.txt"),
    };
    let polls = if state.polls == 1 { "poll" } else { "polls" };
    format!("{}: {} {polls}{share}{besides}", state.requests, state.polls)
}

/// A permanent redirect, in one line.
fn redirects(moved: &MovedView, printer: &Printer) -> String {
    let MovedView { to, since, seen, believed } = moved;
    let times = if *seen == 1 { "once" } else { &format!("{seen} times") };
    let what = match believed {
        true => "; polled there: put it into the configuration",
        false => "; believed after five times over three days",
    };
    format!("{} (for good, seen {times} since {}{what})", cut(to, 300), printer.short_time(*since))
}

/// The hub behind a feed, in one line.
fn pushed(push: &PushView, printer: &Printer) -> String {
    let state = match push.state {
        SubscriptionState::Wanted => "asked, not yet verified",
        SubscriptionState::Active => "active",
        SubscriptionState::Denied => "refused",
        SubscriptionState::Leaving => "being left",
    };
    let lease = push.lease_until.map(|until| format!(" until {}", printer.short_time(until)));
    let last = push.last_push.map(|at| format!(", last push {}", printer.short_time(at)));
    let proof = (push.confirmed > 0).then(|| match push.confirmed {
        1 => ", confirmed by a poll".to_owned(),
        polls => format!(", confirmed by {polls} polls in a row"),
    });
    let said = push.message.as_deref().map(|message| format!("; {}", cut(message, 200)));
    let parts: String = [lease, last, proof, said].into_iter().flatten().collect();
    format!("{} ({state}{parts})", cut(&push.hub, 200))
}

fn pause(global: &Global, id: &FeedId, paused: bool, printer: &mut Printer) -> Result<(), Fail> {
    writing(global, async |app: App| {
        app.set_paused(id, paused).await?;
        let what = match paused {
            true => "paused: not polled until it is resumed",
            false => "resumed: due now; a running daemon polls it within half a minute",
        };
        Ok(printer.line(format!("{id} {what}"))?)
    })
}

/// An edit that was not made.
pub(super) fn edit_fail(error: edit::EditError) -> Fail {
    match error {
        edit::EditError::Config(errors) => errors.into(),
        error => Fail::failed(error.to_string()),
    }
}

fn remove(global: &Global, id: &FeedId, printer: &mut Printer) -> Result<(), Fail> {
    let file = edit::remove_feed(&config_path(global)?, id, &overrides(global)).map_err(edit_fail)?;
    Ok(printer.line(format!("removed {id} from {}; what it brought stays stored", file.display()))?)
}
