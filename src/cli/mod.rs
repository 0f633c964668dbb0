//! The command line: reads arguments, asks [`crate::app`], shows the answer. Owns no rule.
//!
//! Exit status: 0 good, 1 failed, 2 bad usage or bad configuration.

mod alerts;
mod args;
mod backtest;
mod config;
mod db;
mod demo;
mod discover;
mod edits;
mod explain;
mod feeds;
mod health;
mod hits;
mod log;
mod opml;
mod output;
mod parse;
mod rejudge;
mod replay;
mod run;
mod status;
mod stories;
mod suggest;
mod table;
mod topics;
mod when;

pub use args::Cli;
pub use output::{cut, marked};

use crate::app::App;
use crate::app::plan::BrokenTopic;
use crate::app::search::{Search, SearchError};
use crate::clock::{Clock, SystemClock};
use crate::config::{self as configuration, Condition, Config, ConfigErrors, Overrides, TopicConfig};
use crate::desk::topic::render_error;
use crate::model::{FeedId, TopicId};
use crate::store::{StoreError, TextFilter};
use args::{Command, Global, HitsCommand, StoriesCommand};
use clap::{CommandFactory, Parser};
use output::Printer;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Why a command did not succeed, and with which exit status.
#[derive(Debug)]
pub struct Fail {
    message: String,
    status: u8,
}

impl Fail {
    /// Bad usage or configuration: status 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: 2 }
    }

    /// It was tried and failed: status 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: 1 }
    }

    /// Already said; only the status remains.
    fn silent(status: u8) -> Self {
        Self { message: String::new(), status }
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<io::Error> for Fail {
    fn from(error: io::Error) -> Self {
        // The reader of a pipe went away (`| head`): nothing is wrong.
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::silent(0)
        } else {
            Self::failed(error.to_string())
        }
    }
}

impl From<ConfigErrors> for Fail {
    fn from(errors: ConfigErrors) -> Self {
        Self::usage(errors.to_string())
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fail) => {
            if !fail.message.is_empty() {
                complain(&fail.message);
            }
            ExitCode::from(fail.status)
        }
    }
}

/// The one place where a command says what is wrong.
fn complain(message: &str) {
    anstream::eprintln!("newswatch: {}", message.trim_end());
}

fn dispatch(cli: Cli) -> Result<(), Fail> {
    let mut printer = Printer::new(SystemClock.now());
    match cli.command {
        Command::Completions { shell } => completions(shell, &mut printer),
        Command::Man { directory } => manual(directory.as_deref(), &mut printer),
        Command::Demo(options) => demo::run(&options, &mut printer),
        Command::Replay(options) => replay::run(&cli.global, &options),
        Command::Config(command) => config::run(&cli.global, &command, &mut printer),
        Command::Topics(command) => topics::run(&cli.global, command, &mut printer),
        Command::Run => run::daemon(&cli.global),
        Command::Poll { all, json } => run::poll(&cli.global, all, json, &mut printer),
        Command::Feeds(command) => feeds::run(&cli.global, command, &mut printer),
        Command::Alerts(command) => alerts::run(&cli.global, command, &mut printer),
        Command::Db(command) => db::run(&cli.global, command, &mut printer),
        Command::Hits(command @ HitsCommand::Mark { .. }) => {
            writing(&cli.global, async |app| hits::run(&app, command, &mut printer).await)
        }
        Command::Hits(command) => {
            reading(&cli.global, async |app| hits::run(&app, command, &mut printer).await)
        }
        Command::Stories(command @ (StoriesCommand::Merge { .. } | StoriesCommand::Split { .. })) => {
            writing(&cli.global, async |app| stories::run(&app, command, &mut printer).await)
        }
        Command::Stories(command) => {
            reading(&cli.global, async |app| stories::run(&app, command, &mut printer).await)
        }
        Command::Status { json } => {
            reading(&cli.global, async |app| status::run(&app, json, &mut printer).await)
        }
    }
}

/// The configuration these options name; its warnings go to standard error.
fn load(global: &Global) -> Result<Arc<Config>, Fail> {
    let config = configuration::load(&config_path(global)?, &overrides(global))?;
    config.warnings.iter().for_each(|warning| complain(&format!("warning: {warning}")));
    Ok(Arc::new(config))
}

/// The configuration where there is one, the defaults where there is none: for commands that only look.
fn config_or_defaults(global: &Global) -> Result<Arc<Config>, Fail> {
    let config = match config_path(global) {
        Ok(path) => configuration::load(&path, &overrides(global)),
        Err(_) => configuration::defaults(&overrides(global)),
    };
    Ok(Arc::new(config?))
}

fn config_path(global: &Global) -> Result<PathBuf, Fail> {
    if let Some(path) = &global.config {
        return Ok(path.clone());
    }
    configuration::find(&overrides(global)).map_err(|places| {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        Fail::usage(format!(
            "there is no configuration; name one with -c FILE (looked for {})",
            places.join(", ")
        ))
    })
}

fn overrides(global: &Global) -> Overrides {
    let mut overrides = Overrides::from_process();
    if let Some(path) = &global.database {
        overrides = overrides.with_flag("store.path", path.display().to_string());
    }
    if let Some(level) = &global.log_level {
        overrides = overrides.with_flag("log.level", level);
    }
    overrides
}

/// Opens the store for questions and asks.
fn reading(global: &Global, ask: impl AsyncFnOnce(App) -> Result<(), Fail>) -> Result<(), Fail> {
    let app = App::for_reading(load(global)?)?;
    block_on(ask(app))
}

/// Opens the store for one change and makes it.
fn writing(global: &Global, change: impl AsyncFnOnce(App) -> Result<(), Fail>) -> Result<(), Fail> {
    let app = App::for_writing(load(global)?)?;
    block_on(async {
        let store = app.store.clone();
        let changed = change(app).await;
        store.close().await?;
        changed
    })
}

/// Questions need one thread, not a pool.
fn block_on<T>(work: impl Future<Output = Result<T, Fail>>) -> Result<T, Fail> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fail::failed(error.to_string()))?
        .block_on(work)
}

/// Says which of the names a list is narrowed to are not configured: what they brought is still answered, but a slip of
/// the pen looks like an empty list.
fn notice_unknown(config: &Config, topics: &[TopicId], feeds: &[FeedId]) {
    for id in topics.iter().filter(|id| config.topics.iter().all(|topic| topic.id != **id)) {
        complain(&format!("warning: there is no topic {id} in the configuration"));
    }
    for id in feeds.iter().filter(|id| config.feeds.iter().all(|feed| feed.id != **id)) {
        complain(&format!("warning: there is no feed {id} in the configuration"));
    }
}

/// A free-text condition as the store takes it, for lists whose rows are not texts themselves.
fn narrowing(query: &str, config: &Config) -> Result<Option<TextFilter>, Fail> {
    let search = Search::new(query, config).map_err(|error| query_fail(query, &error))?;
    match search.narrowing() {
        Some(filter) => Ok(Some(filter.clone())),
        None => Err(Fail::usage(format!(
            "{query:?} cannot be looked up in the index: use words, phrases or prefix*, or `hits search`"
        ))),
    }
}

fn query_fail(query: &str, error: &SearchError) -> Fail {
    match error {
        SearchError::Store(error) => Fail::failed(error.to_string()),
        SearchError::Query { errors } => {
            let shown: Vec<String> =
                errors.iter().map(|error| render_error(query, error, "query", 1, 1)).collect();
            Fail::usage(shown.join("\n"))
        }
    }
}

/// A broken topic as people read it: place, line, caret, proposal.
fn explained(config: &Config, found: &BrokenTopic) -> String {
    let of_topic = |topic: &TopicConfig| (topic.query.clone(), topic.query_at.clone(), topic.query_verbatim);
    let of_route = |it: &Condition| (it.query.clone(), it.query_at.clone(), it.query_verbatim);
    let written = match found.route {
        Some(route) => config.routes.get(route).and_then(|route| route.when.as_ref()).map(of_route),
        None => config.topics.iter().find(|topic| topic.id == found.topic).map(of_topic),
    };
    let Some((query, at, verbatim)) = written else { return found.to_string() };
    if verbatim {
        return render_error(&query, &found.error, &at.file, at.line, at.column);
    }
    // Escapes make the file differ from the query: the place in the file is right, the line shown is the query's own.
    let name = found.route.map_or(found.topic.to_string(), |route| format!("route {}", route + 1));
    format!("{found}\n{}", render_error(&query, &found.error, &name, 1, 1))
}

fn completions(shell: clap_complete::Shell, printer: &mut Printer) -> Result<(), Fail> {
    // Into a buffer first: the generator panics when its reader goes away.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "newswatch", &mut script);
    Ok(printer.raw().write_all(&script)?)
}

fn manual(directory: Option<&std::path::Path>, printer: &mut Printer) -> Result<(), Fail> {
    match directory {
        None => Ok(clap_mangen::Man::new(Cli::command()).render(printer.raw())?),
        Some(directory) => {
            std::fs::create_dir_all(directory)?;
            clap_mangen::generate_to(Cli::command(), directory)?;
            Ok(printer.line(format!("manual pages written to {}", directory.display()))?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
