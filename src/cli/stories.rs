//! `stories list|show|merge|split`.

use super::args::StoriesCommand;
use super::hits::narrow;
use super::output::{Printer, TITLE, cut};
use super::{Fail, edits};
use crate::app::App;
use crate::app::spread::{Origin, Step};
use crate::app::stories::{StoryEntry, StoryView};
use crate::model::{Stage, Story};
use crate::store::{Corrected, StoryFilter};

/// Answers a `stories` command.
///
/// # Errors
/// What went wrong, for the exit status.
pub async fn run(app: &App, command: StoriesCommand, printer: &mut Printer) -> Result<(), Fail> {
    match command {
        StoriesCommand::List { topics, list, min_entries, json } => {
            super::notice_unknown(&app.config, &topics.topics, &list.feeds);
            let mut narrow = narrow(&list, printer)?;
            if let Some(query) = &list.text {
                narrow.text = super::narrowing(query, &app.config)?;
            }
            let stories = app.stories(StoryFilter { narrow, topics: topics.topics, min_entries }).await?;
            rows(&stories, json, printer)
        }
        StoriesCommand::Show { id, json } => show(&app.story(id).await?, json, printer),
        StoriesCommand::Merge { into, from, json } => {
            let done = app.merge_stories(into, from).await?;
            let said = format!(
                "{} of story {} moved to story {}; later ones follow",
                entries(done.moved),
                done.other,
                done.story
            );
            corrected(&done, &said, json, printer)
        }
        StoriesCommand::Split { id, entries: leaving, json } => {
            let done = app.split_story(id, leaving).await?;
            let said = format!(
                "{} of story {} moved to the new story {}; later ones follow",
                entries(done.moved),
                done.other,
                done.story
            );
            corrected(&done, &said, json, printer)
        }
    }
}

fn entries(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

fn corrected(done: &Corrected, said: &str, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(done)?);
    }
    Ok(printer.line(said)?)
}

fn rows(stories: &[Story], json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(&stories)?);
    }
    let row = |story: &Story| {
        vec![
            story.id.to_string(),
            printer.short_time(story.opened),
            printer.short_time(story.last),
            story.entries.to_string(),
            story.copies.to_string(),
            story.publishers.to_string(),
            story.langs.join(","),
            cut(&story.title, TITLE),
        ]
    };
    let rows = stories.iter().map(row).collect();
    printer.table(
        &["story", "opened", "newest", "entries", "copies", "outlets", "lang", "title"],
        rows,
        "no stories",
    )?;
    Ok(())
}

fn show(view: &StoryView, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(view)?);
    }
    let story = &view.story;
    printer.line(cut(&story.title, usize::MAX))?;
    printer.line("")?;
    printer.pair("story", story.id.to_string())?;
    printer.pair("opened", printer.time(story.opened))?;
    printer.pair("newest", printer.time(story.last))?;
    let spread = &view.spread;
    printer
        .pair("origin", spread.origin.as_ref().map(|origin| first(origin, printer)).unwrap_or_default())?;
    let copies = if spread.copies == 1 { "copy" } else { "copies" };
    printer.pair(
        "entries",
        format!("{}: {} and {} {copies}", story.entries, counted(spread.reports, "report"), spread.copies),
    )?;
    if view.probable > 0 {
        printer
            .pair("in doubt", format!("{} only probably of this story", counted(view.probable, "entry")))?;
    }
    printer.pair("outlets", spread.outlets.len().to_string())?;
    printer.pair("languages", story.langs.join(", "))?;
    let topics: std::collections::BTreeSet<String> =
        view.hits.iter().map(|hit| hit.topic.to_string()).collect();
    printer.pair("topics", topics.into_iter().collect::<Vec<_>>().join(", "))?;
    printer.heading("Spread")?;
    for known in &spread.steps {
        step(known, printer)?;
    }
    printer.heading("Entries")?;
    for known in &view.timeline {
        entry(known, printer)?;
    }
    Ok(())
}

/// `The Harbour Tribune (cited by 4 outlets; first seen 2026-11-23 08:05)`
fn first(origin: &Origin, printer: &Printer) -> String {
    let seen = match origin.first_seen {
        Some(time) => format!("first seen {}", printer.short_time(time)),
        None => "not among the outlets seen".to_owned(),
    };
    let cited = match origin.cited_by {
        0 => "earliest report".to_owned(),
        count => format!("cited by {}", counted(count, "outlet")),
    };
    format!("{} ({cited}; {seen})", cut(&origin.outlet, 60))
}

fn counted(count: usize, noun: &str) -> String {
    match (count, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "entry") => format!("{count} entries"),
        _ => format!("{count} {noun}s"),
    }
}

/// One line of the spread: when, who, what was new about it.
fn step(step: &Step, printer: &mut Printer) -> Result<(), Fail> {
    let mut notes = Vec::new();
    if let Some(lang) = step.lang.as_deref().filter(|_| step.first_in_language) {
        notes.push(format!("first in {lang}"));
    }
    if step.probable {
        notes.push("probably the same story".to_owned());
    }
    if let Some(original) = step.copy_of {
        notes.push(format!("copy of entry {original}"));
    } else if !step.first_of_outlet {
        notes.push("again".to_owned());
    }
    if !step.cites.is_empty() {
        notes.push(format!("cites {}", cut(&step.cites.join(", "), 120)));
    }
    let notes = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
    let line = format!("{}  {}{notes}", printer.short_time(step.at), cut(&step.outlet, 60));
    Ok(printer.line(line)?)
}

fn entry(known: &StoryEntry, printer: &mut Printer) -> Result<(), Fail> {
    let entry = &known.entry;
    let outlet = entry.publisher.as_deref().unwrap_or(entry.feed.as_str());
    let revised = if entry.revision > 0 { format!(", revised {} ×", entry.revision) } else { String::new() };
    let lang = entry.lang.as_deref().map(|lang| format!(" [{lang}]")).unwrap_or_default();
    let doubt = if known.why.probable { ", probably the same story" } else { "" };
    printer.line(format!("{}  {}{lang}{revised}{doubt}", printer.short_time(entry.seen), cut(outlet, 60)))?;
    printer.line(format!("    {}", cut(&entry.title, printer.width().saturating_sub(4))))?;
    if let Some(url) = &entry.url {
        printer.remark(&format!("    {}", cut(url, 500)))?;
    }
    printer.remark(&format!("    entry {}: {}", entry.id, why(known)))?;
    edits::show(&known.edits, "    ", printer)
}

/// Why an entry is in its story: the partner, the shared terms with their weights where the sentence names them, and what
/// the score had to reach.
fn why(known: &StoryEntry) -> String {
    let reason = &known.why;
    let partner = reason.partner.map(|entry| format!(" (entry {entry})")).unwrap_or_default();
    let names: Vec<&str> = reason.terms.iter().map(|(term, _)| term.as_str()).collect();
    let terms: Vec<String> =
        reason.terms.iter().map(|(term, weight)| format!("{term} {weight:.2}")).collect();
    let (names, terms) = (names.join(", "), cut(&terms.join(", "), 200));
    let text = match (reason.terms.is_empty(), reason.text.contains(&names)) {
        (true, _) => reason.text.clone(),
        (_, true) => reason.text.replacen(&names, &terms, 1),
        (_, false) => format!("{}; shared: {terms}", reason.text),
    };
    let scored = matches!(reason.stage, Stage::SameStory | Stage::CrossLingual);
    let bar = if scored { format!("; {:.0} % needed", reason.threshold * 100.0) } else { String::new() };
    let doubt = if reason.probable && !text.starts_with("probably") { "probably the same: " } else { "" };
    format!("{doubt}{text}{partner}{bar}")
}
