//! `replay`: items through the desk, without a database.

use super::args::{Global, Half, ReplayArgs};
use super::{Fail, explained, load};
use crate::app::plan;
use crate::app::replay::{Replay, read_topics, replay};
use crate::app::replay_stories::ReplayStories;
use crate::config as configuration;
use crate::desk::topic::{TermSource, TopicSource, Watchlist};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Replays a file of items, or standard input.
///
/// # Errors
/// What went wrong, for the exit status.
pub fn run(global: &Global, args: &ReplayArgs) -> Result<(), Fail> {
    let started = Instant::now();
    let mut loaded = Loaded::default();
    if args.only != Some(Half::Stories) {
        loaded.read(global, &args.topics)?;
    }
    let topics = (args.only != Some(Half::Stories)).then(|| loaded.compile());
    let load_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let mut stories = ReplayStories::new();
    let mut work = Replay { topics, stories: None, threads: usize::from(args.threads), brief: args.brief };
    if args.only != Some(Half::Topics) {
        work.stories = Some(&mut stories);
    }
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut stats = replay(open(&args.items)?, out, work)?;
    stats.load_ms = load_ms;
    loaded.faults.iter().for_each(|fault| super::complain(fault));
    if args.stats {
        let mut line = serde_json::to_vec(&stats).map_err(io::Error::from)?;
        line.push(b'\n');
        io::stderr().lock().write_all(&line)?;
    }
    if loaded.faults.is_empty() && stats.bad == 0 { Ok(()) } else { Err(Fail::silent(1)) }
}

fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, Fail> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::with_capacity(1 << 20, io::stdin())));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 20, file(path)?)))
}

fn file(path: &Path) -> Result<File, Fail> {
    File::open(path).map_err(|error| Fail::failed(format!("{}: {error}", path.display())))
}

/// Topics from wherever they came, and what was wrong with them.
#[derive(Default)]
struct Loaded {
    topics: Vec<TopicSource>,
    terms: Vec<TermSource>,
    config: Option<Arc<configuration::Config>>,
    faults: Vec<String>,
}

impl Loaded {
    /// Topics of the files given, else of the configuration.
    fn read(&mut self, global: &Global, files: &[PathBuf]) -> Result<(), Fail> {
        let bulk = |file: &PathBuf| file.extension().is_some_and(|kind| kind == "jsonl" || kind == "ndjson");
        let (bulk, toml): (Vec<PathBuf>, Vec<PathBuf>) = files.iter().cloned().partition(bulk);
        if files.is_empty() || !toml.is_empty() {
            let config =
                if files.is_empty() { load(global)? } else { Arc::new(configuration::load_topics(&toml)?) };
            self.topics = plan::topic_sources(&config);
            self.terms = plan::term_sources(&config);
            self.config = Some(config);
        }
        for path in &bulk {
            let (topics, faults) = read_topics(BufReader::with_capacity(1 << 20, file(path)?))?;
            self.topics.extend(topics);
            self.faults.extend(faults.into_iter().map(|fault| format!("{}: {fault}", path.display())));
        }
        Ok(())
    }

    /// A topic that cannot be used is said so; the others work.
    fn compile(&mut self) -> Arc<Watchlist> {
        let (watchlist, errors) = Watchlist::compile(&self.topics, &self.terms);
        for found in errors {
            let placed = self.config.as_ref().and_then(|config| Some((config, plan::place(config, &found)?)));
            let fault = match placed {
                Some((config, broken)) => explained(config, &broken),
                None => format!("topic {}: {}", found.topic, found.error),
            };
            self.faults.push(fault);
        }
        Arc::new(watchlist)
    }
}
