//! `topics explain`: the query as a tree, each clause with its truth and what it found.

use super::args::{ExplainArgs, Global};
use super::output::{Printer, cut};
use super::{Fail, block_on, load};
use crate::app::App;
use crate::app::explain::{ExplainError, Explained, Subject, explain, subjects_of};
use crate::app::{documents, plan};
use crate::clock::{Clock, SystemClock};
use crate::config::{self as configuration, Config};
use crate::desk::topic::{Explanation, Finding};
use crate::intake::parse::Context;
use crate::model::EntryId;
use crate::store::StoreError;
use anstyle::{AnsiColor, Color, Style};
use std::io::Read;
use std::sync::Arc;
use url::Url;

/// Entries of one document that are explained at most.
const MOST_ENTRIES: usize = 2_000;
/// Largest file read, in bytes.
const MOST_BYTES: u64 = 64 << 20;
/// Alternatives that found nothing, shown before the rest is only counted.
const SHOWN: usize = 3;
/// Deciding clauses named for each of many entries.
const NAMED: usize = 5;
/// Columns of a clause.
const CLAUSE: usize = 100;
const TRUE: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Green)));
const FALSE: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red)));
const FOUND: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));

/// Explains; what matches and what does not are both good answers.
///
/// # Errors
/// Status 2 for a topic that is unknown or broken, 1 for a subject that cannot be read.
pub fn run(global: &Global, args: &ExplainArgs, printer: &mut Printer) -> Result<(), Fail> {
    let config = load(global)?;
    let subjects = subjects(&config, args)?;
    let config = match &args.draft {
        Some(file) => {
            Arc::new(plan::with_draft(&config, &configuration::load_topics(std::slice::from_ref(file))?))
        }
        None => config,
    };
    let told = explain(&config, &args.topic, &subjects).map_err(|error| match error {
        ExplainError::Broken(found) => Fail::usage(super::explained(&config, &found)),
        ExplainError::Unknown(_) => Fail::usage(error.to_string()),
    })?;
    if args.json {
        return Ok(printer.json(&told)?);
    }
    match told.as_slice() {
        [] => Ok(printer.line("the document has no entries")?),
        [one] => show(one, args.all, printer),
        many => many.iter().try_for_each(|one| brief(one, args.all, printer)),
    }
}

/// What is asked about, from wherever it comes.
fn subjects(config: &Arc<Config>, args: &ExplainArgs) -> Result<Vec<Subject>, Fail> {
    let Some(subject) = args.subject.as_deref() else {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let lang = text(&args.lang).to_lowercase();
        return Ok(vec![Subject {
            title: text(&args.title),
            body: text(&args.text),
            lang,
            ..Subject::default()
        }]);
    };
    if let Ok(number) = subject.trim_start_matches('#').parse() {
        let app = App::for_reading(config.clone())?;
        return Ok(vec![block_on(async { Ok(app.subject(EntryId(number)).await?) })?]);
    }
    if subject.starts_with("http://") || subject.starts_with("https://") {
        return at_address(config, subject);
    }
    from_bytes(&read(subject).map_err(|error| Fail::failed(format!("{subject}: {error}")))?, None, None)
        .map_err(|error| Fail::failed(format!("{subject}: {error}")))
}

/// The stored entry of that address, else what is there now, fetched as a poll would.
fn at_address(config: &Arc<Config>, address: &str) -> Result<Vec<Subject>, Fail> {
    let stored = match App::for_reading(config.clone()) {
        Ok(app) => block_on(async { Ok(app.subject_at(address).await?) })?,
        Err(StoreError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(subject) = stored {
        return Ok(vec![subject]);
    }
    let url = Url::parse(address).map_err(|error| Fail::usage(format!("{address}: {error}")))?;
    let fetched = block_on(async { Ok(documents::fetch(config.clone(), &url, SystemClock.now()).await) })?;
    let read = fetched.and_then(|document| {
        from_bytes(&document.bytes, document.url.as_ref().or(Some(&url)), document.content_type.as_deref())
    });
    read.map_err(|error| Fail::failed(format!("{address} is not stored, and {error}")))
}

fn from_bytes(bytes: &[u8], url: Option<&Url>, content_type: Option<&str>) -> Result<Vec<Subject>, String> {
    let context = Context { url, content_type, max_entries: MOST_ENTRIES, now: SystemClock.now() };
    subjects_of(bytes, &context)
}

fn read(path: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match path {
        "-" => std::io::stdin().lock().take(MOST_BYTES).read_to_end(&mut bytes)?,
        path => std::fs::File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// One answer in full.
fn show(told: &Explained, all: bool, printer: &mut Printer) -> Result<(), Fail> {
    verdict(told, printer)?;
    printer.line("")?;
    tree(&told.tree, 0, all, printer)?;
    if !told.matches {
        printer.heading("What failed")?;
        deciding(told, all, printer)?;
    }
    Ok(())
}

/// One of many answers: the verdict, and what decided it.
fn brief(told: &Explained, all: bool, printer: &mut Printer) -> Result<(), Fail> {
    verdict(told, printer)?;
    deciding(told, all, printer)
}

fn verdict(told: &Explained, printer: &mut Printer) -> Result<(), Fail> {
    let says =
        if told.matches { format!("{TRUE}matches{TRUE:#}") } else { format!("{FALSE}no match{FALSE:#}") };
    let entry = told.entry.map(|id| format!(" entry {id}")).unwrap_or_default();
    let title = cut(&told.title, printer.width().saturating_sub(40).max(20));
    let title = if title.is_empty() { title } else { format!(": {title}") };
    Ok(printer.line(format!("{says}: {} (version {}){entry}{title}", told.topic, told.version))?)
}

fn deciding(told: &Explained, all: bool, printer: &mut Printer) -> Result<(), Fail> {
    let most = if all { usize::MAX } else { NAMED };
    for part in told.deciding.iter().take(most) {
        printer.line(format!("  {}", line(part)))?;
    }
    let rest = told.deciding.len().saturating_sub(most);
    if rest > 0 {
        printer.remark(&format!("  … and {rest} more; --all names them"))?;
    }
    Ok(())
}

/// A clause and all below it, indented.
fn tree(node: &Explanation, depth: usize, all: bool, printer: &mut Printer) -> Result<(), Fail> {
    let indent = "  ".repeat(depth);
    printer.line(format!("{indent}{}", line(node)))?;
    let mut hidden = 0;
    let idle = node.parts.iter().filter(|part| is_idle(part)).count();
    let mut left = if all || idle <= SHOWN + 1 { usize::MAX } else { SHOWN };
    for part in &node.parts {
        match is_idle(part) {
            true if left == 0 => hidden += 1,
            true => {
                left -= 1;
                tree(part, depth + 1, all, printer)?;
            }
            false => tree(part, depth + 1, all, printer)?,
        }
    }
    if hidden > 0 {
        printer.remark(&format!("{indent}  … and {hidden} more that found nothing; --all shows them"))?;
    }
    Ok(())
}

/// A clause that found nothing and came nowhere near, and so all below it.
fn is_idle(node: &Explanation) -> bool {
    let nowhere = |note: &String| note.starts_with("0 of ") || note.starts_with("weight ");
    let silent = node.found.is_empty() && node.note.as_ref().is_none_or(nowhere);
    !node.truth && silent && node.parts.iter().all(is_idle)
}

fn line(node: &Explanation) -> String {
    let mark = if node.truth { format!("{TRUE}✓{TRUE:#}") } else { format!("{FALSE}✗{FALSE:#}") };
    let note = node.note.as_ref().map(|note| format!("  ({})", cut(note, CLAUSE))).unwrap_or_default();
    let found: Vec<String> = node.found.iter().map(place).collect();
    let found = if found.is_empty() { String::new() } else { format!("  → {}", found.join(", ")) };
    format!("{mark} {}{note}{found}", cut(&node.clause, CLAUSE))
}

fn place(found: &Finding) -> String {
    let field = format!("{:?}", found.field).to_lowercase();
    format!("{FOUND}{}{FOUND:#} {field} {}..{}", cut(&found.text, 40), found.start, found.end)
}
