//! Topics: listed with their hits, checked, tested against their samples.

use super::marks::{Precision, precision};
use super::{App, plan};
use crate::config::{Config, Location, Sample};
use crate::desk::topic::{Document, TopicMatch};
use crate::model::*;
use crate::store;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// A topic with what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct TopicView {
    /// Id.
    pub id: TopicId,
    /// Title for people.
    pub title: String,
    /// What it is for.
    pub description: Option<String>,
    /// How urgent.
    pub priority: Priority,
    /// Hits in the last seven days.
    pub hits_week: u64,
    /// Hits ever.
    pub hits: u64,
    /// Newest hit.
    pub last_hit: Option<Time>,
    /// How many of its marked hits were useful, over time.
    pub precision: Precision,
    /// Why it is out of service, if it is.
    pub error: Option<String>,
    /// The query.
    pub query: String,
}

/// One sample that went wrong.
#[derive(Clone, Debug, Serialize)]
pub struct SampleFailure {
    /// The topic.
    pub topic: TopicId,
    /// `file:line`.
    pub at: String,
    /// `miss` (should match, does not) or `false-alarm`.
    pub kind: &'static str,
    /// Title of the sample, or the beginning of its text.
    pub title: String,
    /// What a false alarm found.
    pub evidence: Vec<Evidence>,
}

/// How a topic did on its samples.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TestResult {
    /// The topic.
    pub topic: String,
    /// Samples tried.
    pub samples: usize,
    /// Rightly matched.
    pub found: usize,
    /// Should match and did not.
    pub missed: usize,
    /// Should not match and did.
    pub false_alarms: usize,
    /// `found / (found + false_alarms)`; absent when nothing matched.
    pub precision: Option<f64>,
    /// `found / (found + missed)`; absent when nothing should match.
    pub recall: Option<f64>,
}

/// Results per topic, and every failure.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TestReport {
    /// One per topic that has samples.
    pub topics: Vec<TestResult>,
    /// Each sample that went wrong.
    pub failures: Vec<SampleFailure>,
}

impl App {
    /// Every configured topic with its hits.
    ///
    /// # Errors
    /// The store's.
    pub async fn topics(&self) -> store::Result<Vec<TopicView>> {
        let week = self.clock.now().minus(Duration::from_secs(7 * 86_400));
        let counts = self.store.read(move |read| read.topic_counts(week)).await?;
        let marks = self.store.read(|read| read.marks()).await?;
        let now = self.clock.now();
        let (_, broken) = plan::compile(&self.config);
        let view = |topic: &crate::config::TopicConfig| {
            let count = counts.iter().find(|(id, ..)| *id == topic.id);
            let error = broken.iter().find(|found| found.topic == topic.id);
            TopicView {
                id: topic.id.clone(),
                title: topic.title.clone(),
                description: topic.description.clone(),
                priority: topic.priority,
                hits_week: count.map_or(0, |(_, recent, ..)| *recent),
                hits: count.map_or(0, |(_, _, all, _)| *all),
                last_hit: count.and_then(|(.., last)| *last),
                precision: precision(&marks, &topic.id, now),
                error: error.map(ToString::to_string),
                query: topic.query.clone(),
            }
        };
        Ok(self.config.topics.iter().map(view).collect())
    }
}

/// Runs samples (those of `only`, or of every topic) against the configured topics.
pub fn test(config: &Config, only: &[TopicId]) -> TestReport {
    let wanted = |sample: &&Sample| only.is_empty() || only.contains(&sample.topic);
    run(config, config.samples.iter().filter(wanted))
}

/// The same with labelled items: JSON Lines of `{title, summary?, body?, lang?, topics: [ids]}`. An item must match the
/// topics it names and no other.
///
/// # Errors
/// A sentence with file and line, when a file cannot be read or understood.
pub fn test_labelled(config: &Config, only: &[TopicId], files: &[PathBuf]) -> Result<TestReport, String> {
    let topics: Vec<&TopicId> = config
        .topics
        .iter()
        .map(|topic| &topic.id)
        .filter(|id| only.is_empty() || only.contains(id))
        .collect();
    let mut samples = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let item: Labelled = serde_json::from_str(line)
                .map_err(|error| format!("{}:{}: {error}", file.display(), number + 1))?;
            let at = Location { file: file.display().to_string().into(), line: number + 1, column: 1 };
            samples.extend(topics.iter().map(|topic| item.sample(topic, &at)));
        }
    }
    Ok(run(config, samples.iter()))
}

/// One labelled item.
#[derive(Deserialize)]
struct Labelled {
    #[serde(default)]
    title: String,
    summary: Option<String>,
    body: Option<String>,
    lang: Option<String>,
    topics: Vec<String>,
}

impl Labelled {
    fn sample(&self, topic: &TopicId, at: &Location) -> Sample {
        Sample {
            topic: topic.clone(),
            title: self.title.clone(),
            text: compose_body(self.summary.as_deref(), self.body.as_deref()),
            lang: self.lang.clone(),
            matches: self.topics.iter().any(|id| id == topic.as_str()),
            at: at.clone(),
        }
    }
}

fn run<'a>(config: &Config, samples: impl Iterator<Item = &'a Sample>) -> TestReport {
    let (plan, _) = plan::compile(config);
    let mut matcher = plan.watchlist.matcher();
    let mut report = TestReport::default();
    let mut matches = Vec::new();
    for sample in samples {
        matches.clear();
        matcher.judge(&document(sample), &mut matches);
        report.count(sample, matches.iter().find(|found| found.id == sample.topic));
    }
    report.topics.iter_mut().for_each(TestResult::rate);
    report
}

fn document(sample: &Sample) -> Document<'_> {
    Document {
        title: &sample.title,
        body: &sample.text,
        lang: sample.lang.as_deref().unwrap_or_default(),
        ..Document::default()
    }
}

impl TestReport {
    fn count(&mut self, sample: &Sample, found: Option<&TopicMatch>) {
        let result = self.result(&sample.topic);
        result.samples += 1;
        let kind = match (sample.matches, found) {
            (true, Some(_)) => return result.found += 1,
            (false, None) => return,
            (true, None) => {
                result.missed += 1;
                "miss"
            }
            (false, Some(_)) => {
                result.false_alarms += 1;
                "false-alarm"
            }
        };
        let evidence = found.map(|found| found.evidence.clone()).unwrap_or_default();
        let Location { file, line, .. } = &sample.at;
        let title = if sample.title.is_empty() { &sample.text } else { &sample.title };
        self.failures.push(SampleFailure {
            topic: sample.topic.clone(),
            at: format!("{file}:{line}"),
            kind,
            title: title.chars().take(120).collect(),
            evidence,
        });
    }

    fn result(&mut self, topic: &TopicId) -> &mut TestResult {
        let at = self.topics.iter().position(|result| result.topic == topic.as_str()).unwrap_or_else(|| {
            self.topics.push(TestResult { topic: topic.to_string(), ..TestResult::default() });
            self.topics.len() - 1
        });
        &mut self.topics[at]
    }

    /// Whether every sample went right.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

impl TestResult {
    fn rate(&mut self) {
        let share = |of: usize, all: usize| (all > 0).then(|| of as f64 / all as f64);
        self.precision = share(self.found, self.found + self.false_alarms);
        self.recall = share(self.found, self.found + self.missed);
    }
}
