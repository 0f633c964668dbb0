//! `hits list|show|mark|search|export`.

use super::args::{ExportFormat, HitArgs, HitState, HitsCommand, ListArgs, MarkArg};
use super::output::{Printer, TITLE, cut, marked};
use super::{Fail, edits, when};
use crate::alert::compose::{highlight, marks};
use crate::app::App;
use crate::app::edits::Edit;
use crate::app::export::{self, FeedHead};
use crate::app::search::Found;
use crate::model::{Evidence, Field, HitId, HitView, Mark, StoryReason};
use crate::store::{EntryFilter, HitFilter, Narrow};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Answers a `hits` command.
///
/// # Errors
/// What went wrong, for the exit status.
pub async fn run(app: &App, command: HitsCommand, printer: &mut Printer) -> Result<(), Fail> {
    if let HitsCommand::List { which, .. }
    | HitsCommand::Search { which, .. }
    | HitsCommand::Export { which, .. } = &command
    {
        super::notice_unknown(&app.config, &which.topics.topics, &which.list.feeds);
    }
    match command {
        HitsCommand::List { which, json } => list(app, &which, json, printer).await,
        HitsCommand::Mark { id, mark, .. } => set_mark(app, id, mark, printer).await,
        HitsCommand::Show { id, json } => {
            let view = app.hit(id).await?;
            let edits = app.edits(view.hit.entry).await?;
            let why = app.placement(view.hit.entry).await?;
            show(&EditedHit { view: &view, why, edits }, json, printer)
        }
        HitsCommand::Search { query, which, all_entries: true, json } => {
            let filter = EntryFilter { narrow: narrow(&which.list, printer)?, state: None };
            let found = app
                .search_entries(&query, filter)
                .await
                .map_err(|error| super::query_fail(&query, &error))?;
            entries(&found, json, printer)
        }
        HitsCommand::Search { query, which, all_entries: false, json } => {
            let found = app
                .search_hits(&query, filter(&which, printer)?)
                .await
                .map_err(|error| super::query_fail(&query, &error))?;
            rows(&found, json, printer)
        }
        HitsCommand::Export { which, format, output } => {
            let hits = select(app, &which, printer).await?;
            write(&hits, format, output.as_deref(), printer)
        }
    }
}

async fn set_mark(app: &App, id: HitId, mark: Option<MarkArg>, printer: &mut Printer) -> Result<(), Fail> {
    let mark = match mark {
        Some(MarkArg::Useful) => Mark::Useful,
        Some(MarkArg::Noise) => Mark::Noise,
        None => {
            app.clear_mark(id).await?;
            return Ok(printer.line(format!("hit {id} has no mark"))?);
        }
    };
    app.mark(id, mark).await?;
    Ok(printer.line(format!("hit {id} is {}", mark.name()))?)
}

async fn list(app: &App, which: &HitArgs, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    rows(&select(app, which, printer).await?, json, printer)
}

async fn select(app: &App, which: &HitArgs, printer: &Printer) -> Result<Vec<HitView>, Fail> {
    let filter = filter(which, printer)?;
    match &which.list.text {
        None => Ok(app.hits(filter).await?),
        Some(query) => app.search_hits(query, filter).await.map_err(|error| super::query_fail(query, &error)),
    }
}

fn filter(which: &HitArgs, printer: &Printer) -> Result<HitFilter, Fail> {
    Ok(HitFilter {
        narrow: narrow(&which.list, printer)?,
        topics: which.topics.topics.clone(),
        story: which.story,
        told: which.state.map(|state| state == HitState::Told),
        first_only: which.first,
    })
}

/// The common conditions of a list.
///
/// # Errors
/// When a time is not understood.
pub fn narrow(list: &ListArgs, printer: &Printer) -> Result<Narrow, Fail> {
    let time = |text: &Option<String>| {
        text.as_deref()
            .map(|text| when::parse(text, printer.now, &printer.zone))
            .transpose()
            .map_err(Fail::usage)
    };
    Ok(Narrow {
        since: time(&list.since)?,
        until: time(&list.until)?,
        feeds: list.feeds.clone(),
        langs: list.langs.iter().map(|lang| lang.to_lowercase()).collect(),
        text: None,
        limit: list.limit,
        offset: list.offset,
    })
}

fn rows(hits: &[HitView], json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(&hits)?);
    }
    let row = |view: &HitView| {
        vec![
            view.hit.id.to_string(),
            printer.short_time(view.hit.at),
            view.hit.topic.to_string(),
            view.hit.story.to_string(),
            view.lang.clone().unwrap_or_default(),
            cut(view.publisher.as_deref().unwrap_or(view.feed.as_str()), 24),
            cut(&view.title, TITLE),
        ]
    };
    let rows = hits.iter().map(row).collect();
    printer.table(&["hit", "when", "topic", "story", "lang", "outlet", "title"], rows, "no hits")?;
    Ok(())
}

fn entries(found: &[Found], json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(&found)?);
    }
    let row = |found: &Found| {
        let entry = &found.entry;
        vec![
            entry.id.to_string(),
            printer.short_time(entry.seen),
            entry.story.map(|story| story.to_string()).unwrap_or_default(),
            entry.lang.clone().unwrap_or_default(),
            cut(entry.publisher.as_deref().unwrap_or(entry.feed.as_str()), 24),
            cut(&entry.title, TITLE),
        ]
    };
    let rows = found.iter().map(row).collect();
    printer.table(&["entry", "when", "story", "lang", "outlet", "title"], rows, "no entries")?;
    Ok(())
}

/// A hit and how its entry was edited.
#[derive(serde::Serialize)]
struct EditedHit<'a> {
    #[serde(flatten)]
    view: &'a HitView,
    /// Why its entry is in its story; `probable` where it is only probably the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<StoryReason>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edits: Vec<Edit>,
}

fn show(shown: &EditedHit<'_>, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(shown)?);
    }
    let view = shown.view;
    let hit = &view.hit;
    printer.paragraphs(&highlighted(&view.title, &hit.evidence, Field::Title))?;
    printer.line("")?;
    printer.pair("hit", hit.id.to_string())?;
    printer.pair("topic", format!("{} (version {}, score {})", hit.topic, hit.topic_version, hit.score))?;
    let doubt = shown.why.as_ref().filter(|why| why.probable);
    let doubt = doubt.map(|why| format!(" (probably the same story: {})", cut(&why.text, 200)));
    printer.pair("story", format!("{}{}", hit.story, doubt.unwrap_or_default()))?;
    printer.pair("outlet", cut(view.publisher.as_deref().unwrap_or_default(), 200))?;
    printer.pair("feed", view.feed.as_str())?;
    printer.pair("language", view.lang.as_deref().unwrap_or_default())?;
    printer.pair("link", cut(view.url.as_deref().unwrap_or_default(), 2_000))?;
    printer.pair("published", view.published.map(|time| printer.time(time)).unwrap_or_default())?;
    printer.pair("first seen", printer.time(view.seen))?;
    printer.pair("told", hit.silent.as_ref().map_or("yes".to_owned(), |why| format!("no: {why}")))?;
    printer.pair("marked", view.mark.map_or("", Mark::name))?;
    printer.heading("Text")?;
    printer.paragraphs(&highlighted(&view.body, &hit.evidence, Field::Body))?;
    printer.heading("Why it matched")?;
    for found in &hit.evidence {
        let field = format!("{:?}", found.field).to_lowercase();
        printer.line(format!(
            "{field:<8} {:>5}..{:<5} {}   by {}",
            found.start,
            found.end,
            cut(&found.text, 60),
            found.term
        ))?;
    }
    if !shown.edits.is_empty() {
        printer.heading("Edits")?;
        edits::show(&shown.edits, "", printer)?;
    }
    Ok(())
}

/// A text with the evidence of one field marked.
pub fn highlighted(text: &str, evidence: &[Evidence], field: Field) -> String {
    marked(&highlight(text, &marks(evidence, field)))
}

fn write(
    hits: &[HitView],
    format: ExportFormat,
    output: Option<&Path>,
    printer: &mut Printer,
) -> Result<(), Fail> {
    match output {
        None => write_to(hits, format, printer.raw()),
        Some(path) => {
            let named = |error: std::io::Error| Fail::failed(format!("{}: {error}", path.display()));
            let mut file = BufWriter::new(File::create(path).map_err(named)?);
            write_to(hits, format, &mut file)?;
            file.flush().map_err(named)
        }
    }
}

fn write_to(hits: &[HitView], format: ExportFormat, out: &mut dyn Write) -> Result<(), Fail> {
    let head = || FeedHead {
        title: "newswatch hits".to_owned(),
        id: "urn:newswatch:hits".to_owned(),
        self_url: None,
    };
    match format {
        ExportFormat::Jsonl => export::json_lines(out, hits)?,
        ExportFormat::Csv => export::csv(out, hits)?,
        ExportFormat::Atom => export::atom(out, &head(), hits)?,
        ExportFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, hits).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        ExportFormat::JsonFeed => {
            let feed = export::json_feed(&head(), hits);
            serde_json::to_writer_pretty(&mut *out, &feed).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(())
}
