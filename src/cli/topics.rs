//! `topics list|check|test`; the other commands about topics have files of their own.

use super::args::{Global, TopicsCommand};
use super::output::{Printer, cut};
use super::{Fail, load, reading};
use crate::app::marks::Precision;
use crate::app::plan::{self, BrokenTopic};
use crate::app::topics::{self as operations, TestReport, TopicView};
use crate::config::{self as configuration, Config};
use crate::desk::topic::TopicWarning;
use crate::model::TopicId;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs a `topics` command.
///
/// # Errors
/// What went wrong, for the exit status.
pub fn run(global: &Global, command: TopicsCommand, printer: &mut Printer) -> Result<(), Fail> {
    match command {
        TopicsCommand::List { json } => {
            reading(global, async |app| rows(&app.topics().await?, json, printer))
        }
        TopicsCommand::Check { files } => {
            let config = config_of(global, &files)?;
            check(&config, printer)
        }
        TopicsCommand::Apply(args) => super::rejudge::run(global, &args, printer),
        TopicsCommand::Backtest(args) => super::backtest::run(global, &args, printer),
        TopicsCommand::Explain(args) => super::explain::run(global, &args, printer),
        TopicsCommand::Suggest { topic, limit, json } => {
            reading(global, async |app| super::suggest::run(&app, &topic, limit, json, printer).await)
        }
        TopicsCommand::Test { files, topics, json } => {
            let (labelled, files): (Vec<PathBuf>, Vec<PathBuf>) =
                files.into_iter().partition(|file| file.extension().is_some_and(|kind| kind == "jsonl"));
            let config = config_of(global, &files)?;
            known(&config, &topics)?;
            usable(&config, &topics, printer)?;
            let report = if labelled.is_empty() {
                operations::test(&config, &topics)
            } else {
                operations::test_labelled(&config, &topics, &labelled).map_err(Fail::failed)?
            };
            report_of(&config, &topics, &report, json, printer)
        }
    }
}

/// The configuration, or one made of topic files alone.
fn config_of(global: &Global, files: &[PathBuf]) -> Result<Arc<Config>, Fail> {
    if files.is_empty() {
        return load(global);
    }
    Ok(Arc::new(configuration::load_topics(files)?))
}

fn rows(topics: &[TopicView], json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(&topics)?);
    }
    let row = |topic: &TopicView| {
        vec![
            topic.id.to_string(),
            format!("{:?}", topic.priority).to_lowercase(),
            topic.hits_week.to_string(),
            topic.hits.to_string(),
            topic.last_hit.map(|time| printer.short_time(time)).unwrap_or_default(),
            precision(&topic.precision),
            topic
                .error
                .as_ref()
                .map_or(cut(&topic.title, 60), |error| format!("BROKEN: {}", cut(error, 200))),
        ]
    };
    let rows = topics.iter().map(row).collect();
    printer.table(
        &["topic", "priority", "hits 7d", "hits", "newest", "precision", "title"],
        rows,
        "no topics are configured",
    )?;
    Ok(())
}

/// `75 % of 8`, and how it went over the last periods that have marks: `75 % of 8 (50 → 100)`.
fn precision(told: &Precision) -> String {
    let Some(ever) = told.ever.precision else { return String::new() };
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    let course: Vec<String> = told.periods.iter().filter_map(|rate| rate.precision.map(percent)).collect();
    let course = if course.len() < 2 { String::new() } else { format!(" ({})", course.join(" → ")) };
    format!("{} % of {}{course}", percent(ever), told.ever.useful + told.ever.noise)
}

/// Every query error and warning with its place.
fn check(config: &Config, printer: &mut Printer) -> Result<(), Fail> {
    let (plan, broken) = plan::compile(config);
    for found in &broken {
        printer.line(super::explained(config, found))?;
    }
    let routes = config.routes.iter().filter_map(|route| Some(route.when.as_ref()?.query.as_str()));
    for warning in plan.watchlist.warnings(&routes.collect::<Vec<_>>()) {
        printer.line(warned(config, &warning))?;
    }
    match verdict(config.topics.len(), &broken) {
        Ok(good) => Ok(printer.line(good)?),
        Err(bad) => Err(Fail::usage(bad)),
    }
}

/// How many topics are good, or how many topics and routes are not.
fn verdict(topics: usize, broken: &[BrokenTopic]) -> Result<String, String> {
    let bad: HashSet<_> = broken.iter().filter(|found| found.route.is_none()).map(|it| &it.topic).collect();
    let routes: Vec<String> =
        broken.iter().filter_map(|found| Some(format!("route {}", found.route? + 1))).collect();
    match (bad.len(), routes.is_empty()) {
        (0, true) if topics == 1 => Ok("1 topic is good".to_owned()),
        (0, true) => Ok(format!("{topics} topics are good")),
        (0, false) => Err(format!("the query of {} cannot be used", routes.join(", "))),
        (bad, true) => Err(format!("{bad} of {topics} topics cannot be used")),
        (bad, false) => {
            Err(format!("{bad} of {topics} topics cannot be used, nor the query of {}", routes.join(", ")))
        }
    }
}

/// A warning as people read it: place, line, caret, proposal.
fn warned(config: &Config, found: &TopicWarning) -> String {
    let warning = &found.warning;
    let topic = found.topic.as_ref().and_then(|id| config.topics.iter().find(|topic| topic.id == *id));
    let about = match (topic, &found.list) {
        (Some(topic), _) => {
            let at = topic.locate(warning.span.start);
            format!("{}:{}:{}: topic {}: ", at.file, at.line, at.column, topic.id)
        }
        (None, Some(list)) => format!("term list @{list}: "),
        (None, None) => String::new(),
    };
    let help = warning.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    format!("{about}warning: {}{help}", warning.message)
}

fn known(config: &Config, topics: &[TopicId]) -> Result<(), Fail> {
    let unknown = topics.iter().find(|id| config.topics.iter().all(|topic| topic.id != **id));
    unknown.map_or(Ok(()), |id| Err(Fail::usage(format!("there is no topic {id}; `topics list` names them"))))
}

/// A query that cannot be used has no samples that fail: it is refused, as `check` does.
fn usable(config: &Config, only: &[TopicId], printer: &mut Printer) -> Result<(), Fail> {
    let (_, mut broken) = plan::compile(config);
    broken.retain(|found| found.route.is_none() && (only.is_empty() || only.contains(&found.topic)));
    for found in &broken {
        printer.line(super::explained(config, found))?;
    }
    verdict(config.topics.len(), &broken).map(drop).map_err(Fail::usage)
}

fn report_of(
    config: &Config,
    only: &[TopicId],
    report: &TestReport,
    json: bool,
    printer: &mut Printer,
) -> Result<(), Fail> {
    if json {
        printer.json(report)?;
    } else {
        text(config, only, report, printer)?;
    }
    if report.passed() { Ok(()) } else { Err(Fail::silent(1)) }
}

fn text(config: &Config, only: &[TopicId], report: &TestReport, printer: &mut Printer) -> Result<(), Fail> {
    for failure in &report.failures {
        printer.line(format!(
            "{}: {} {}: {}",
            failure.at,
            failure.kind,
            failure.topic,
            cut(&failure.title, 100)
        ))?;
        for found in &failure.evidence {
            printer.remark(&format!("    found {} by {}", cut(&found.text, 60), found.term))?;
        }
    }
    let percent =
        |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let rows = report
        .topics
        .iter()
        .map(|result| {
            vec![
                result.topic.clone(),
                result.samples.to_string(),
                result.missed.to_string(),
                result.false_alarms.to_string(),
                percent(result.precision),
                percent(result.recall),
            ]
        })
        .collect();
    printer.table(
        &["topic", "samples", "missed", "false alarms", "precision", "recall"],
        rows,
        "no samples",
    )?;
    let tested: Vec<&str> = report.topics.iter().map(|result| result.topic.as_str()).collect();
    let untested = |id: &TopicId| !tested.contains(&id.as_str()) && (only.is_empty() || only.contains(id));
    let missing: Vec<String> = config
        .topics
        .iter()
        .map(|topic| &topic.id)
        .filter(|id| untested(id))
        .map(ToString::to_string)
        .collect();
    if !missing.is_empty() {
        printer.remark(&format!("without samples: {}", missing.join(", ")))?;
    }
    Ok(())
}
