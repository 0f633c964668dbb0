//! The desk: judges entries.
//!
//! One batch: take the pending entries (oldest first), place each in a story, match it against every topic,
//! route what hit, and commit story, hits and outbox rows together with the clearing of `pending`. The order matters:
//! the story comes first, because "one alert per story" needs to know which story a hit belongs to.
//!
//! The desk keeps the recent window of stories in memory and can rebuild it from the store at any time; it does so
//! at start, whenever a commit failed, since memory would then know more than the store, and when a user merged or
//! split stories, since it would then know less: the commit of a batch that was judged on such a memory is
//! refused, and the batch is judged again on what the store says now. It opens no
//! sockets (an embedding model, where one is configured, is asked through [`embed`]), sends nothing, and reads no clock but the one it is given.

pub mod embed;
mod judge;
mod rebuild;
pub mod story;
pub mod topic;
mod updates;

pub use judge::{Plan, Router, TopicFacts, Updater, document_of, judge_batch, receivers_of};
pub use rebuild::restore_window;
pub use updates::StoryNews;

use crate::clock::Clock;
use crate::model::{Entry, StoryId, Time};
use crate::store::{self, Judgement, Recorded, StoreHandle};
use arc_swap::ArcSwap;
use embed::Known;
use rebuild::restore_with;
use std::sync::Arc;
use std::time::{Duration, Instant};
use story::{Aliases, Item, Stories, StorySettings};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long the desk sleeps when nobody wakes it; a late commit of another process is seen after this.
const IDLE: Duration = Duration::from_secs(5);
/// How long it waits after the store failed before it tries again.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// What the desk needs.
#[derive(Clone)]
pub struct DeskParts {
    /// The store.
    pub store: StoreHandle,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Topics and routes in force; swapped whole on reload.
    pub plan: Arc<ArcSwap<Plan>>,
    /// Wakes the desk: new entries are pending.
    pub wake: Arc<Notify>,
    /// Wakes the alert room: the outbox has new rows.
    pub wake_alert: Arc<Notify>,
    /// Called after each round of the loop: the watchdog lives on it.
    pub progress: Arc<dyn Fn() + Send + Sync>,
}

/// What a pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeskSummary {
    /// Entries judged.
    pub judged: usize,
    /// Hits stored.
    pub hits: usize,
    /// Alerts made.
    pub alerts: usize,
}

/// The desk with its memory of the window.
pub struct Desk {
    parts: DeskParts,
    memory: Option<Memory>,
}

/// The window, as it was after so many corrections by users.
struct Memory {
    stories: Stories,
    corrections: u64,
    basis: Basis,
}

/// What the decisions of a memory rest on besides the entries; where a reload changes it, memory is read again.
#[derive(Clone)]
struct Basis {
    aliases: Arc<Aliases>,
    model: Option<String>,
    similar_from: f32,
    window: Duration,
}

impl Basis {
    fn of(plan: &Plan) -> Self {
        let with = plan.embeddings.as_ref();
        Self {
            aliases: Arc::clone(&plan.aliases),
            model: with.map(|with| with.embedder.id().to_owned()),
            similar_from: with.map_or(1.0, |with| with.similar_from),
            window: plan.window,
        }
    }

    fn same(&self, other: &Self) -> bool {
        (Arc::ptr_eq(&self.aliases, &other.aliases) || self.aliases.same(&other.aliases))
            && self.model == other.model
            && self.similar_from == other.similar_from
            && self.window == other.window
    }

    fn settings(&self) -> StorySettings {
        StorySettings {
            window: self.window,
            aliases: Arc::clone(&self.aliases),
            similar_from: self.similar_from,
        }
    }
}

/// What became of a batch.
enum Batch {
    /// Nothing was pending.
    Idle,
    /// Stories were corrected meanwhile: nothing was stored, and the memory is gone.
    Overtaken,
    /// So many entries were judged, and this came of it.
    Judged(usize, Recorded),
}

impl Desk {
    /// A desk that rebuilds its memory with its first batch.
    pub fn new(parts: DeskParts) -> Self {
        Self { parts, memory: None }
    }

    /// Judges until `cancel`; a batch under way is finished.
    pub async fn run(mut self, cancel: CancellationToken) {
        while !cancel.is_cancelled() {
            let pause = self.round().await;
            (self.parts.progress)();
            let Some(pause) = pause else { continue };
            tokio::select! {
                () = cancel.cancelled() => break,
                () = self.parts.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One batch; how long to wait before the next, or `None` to go on at once.
    async fn round(&mut self) -> Option<Duration> {
        match self.batch().await {
            Ok(Some(_)) => None,
            Ok(None) => Some(IDLE),
            Err(error) => {
                tracing::error!(%error, "desk: a batch failed and stays pending");
                Some(AFTER_FAILURE)
            }
        }
    }

    /// Judges everything pending and returns.
    ///
    /// # Errors
    /// The store's; what was judged before it stays judged.
    pub async fn pass(&mut self) -> store::Result<DeskSummary> {
        let mut summary = DeskSummary::default();
        while let Some((judged, recorded)) = self.batch().await? {
            summary.judged += judged;
            summary.hits += recorded.hits;
            summary.alerts += recorded.alerts.len();
            (self.parts.progress)();
        }
        Ok(summary)
    }

    async fn batch(&mut self) -> store::Result<Option<(usize, Recorded)>> {
        loop {
            match self.attempt().await? {
                Batch::Idle => return Ok(None),
                Batch::Overtaken => tracing::info!("desk: stories were corrected; the batch is judged again"),
                Batch::Judged(judged, recorded) => return Ok(Some((judged, recorded))),
            }
        }
    }

    async fn attempt(&mut self) -> store::Result<Batch> {
        let plan = self.parts.plan.load_full();
        let limit = plan.batch;
        let entries = self.parts.store.read(move |read| read.pending_entries(limit)).await?;
        if entries.is_empty() {
            return Ok(Batch::Idle);
        }
        let started = Instant::now();
        let now = self.parts.clock.now();
        let basis = Basis::of(&plan);
        let mut memory = match self.memory.take().filter(|memory| memory.basis.same(&basis)) {
            Some(memory) => memory,
            None => rebuild(&self.parts.store, basis, now).await?,
        };
        let vectors = match &plan.embeddings {
            None => Known::default(),
            Some(with) => embed::vectors(&self.parts.store, with, &entries).await?,
        };
        if plan.embeddings.is_some() {
            entries.iter().for_each(|entry| memory.stories.know_vector(entry.id, vectors.of(entry)));
        }
        let judged = entries.len();
        let Some((memory, recorded)) = self.judge_and_record(memory, plan, entries, vectors, now).await?
        else {
            return Ok(Batch::Overtaken);
        };
        self.memory = Some(memory);
        report(judged, &recorded, started.elapsed());
        if recorded.deliveries > 0 {
            self.parts.wake_alert.notify_one();
        }
        Ok(Batch::Judged(judged, recorded))
    }

    /// Memory comes back only when the commit succeeded; otherwise the next batch rebuilds it. `None` when stories were
    /// corrected since it was built: the transaction that would store the judgements is where that is certain.
    async fn judge_and_record(
        &self,
        mut memory: Memory,
        plan: Arc<Plan>,
        entries: Vec<Entry>,
        vectors: Known,
        now: Time,
    ) -> store::Result<Option<(Memory, Recorded)>> {
        let judging = Arc::clone(&plan);
        let (memory, judgements) = self
            .parts
            .store
            .read(move |read| {
                memory.stories.expire(now);
                let judgements = judge_batch(&mut memory.stories, &judging, &entries, read)?;
                Ok((memory, judgements))
            })
            .await?;
        let (known, model) = (memory.corrections, memory.basis.model.clone());
        let recorded = self
            .parts
            .store
            .write(move |tx| match tx.corrections()? == known {
                true => {
                    if let Some(model) = &model {
                        tx.put_vectors(model, &vectors.fresh, now)?;
                    }
                    record(tx, &plan, &judgements, now).map(Some)
                }
                false => Ok(None),
            })
            .await?;
        Ok(recorded.map(|recorded| (memory, recorded)))
    }
}

/// Stores the judgements, each followed by what its story's first alerts want to know of it: so the updates do not depend
/// on where one batch ended and the next began.
fn record(
    tx: &mut dyn store::Tx,
    plan: &Plan,
    judgements: &[Judgement],
    now: Time,
) -> store::Result<Recorded> {
    if plan.updates.is_none() {
        return tx.record_judgements(judgements, now);
    }
    let mut all = Recorded::default();
    for judgement in judgements {
        let mut one = tx.record_judgements(std::slice::from_ref(judgement), now)?;
        if one.stale == 0 {
            updates::follow(tx, plan, judgement, now, &mut one)?;
        }
        all.add(one);
    }
    Ok(all)
}

fn report(judged: usize, recorded: &Recorded, took: Duration) {
    tracing::debug!(
        entries = judged,
        hits = recorded.hits,
        alerts = recorded.alerts.len(),
        deliveries = recorded.deliveries,
        stale = recorded.stale,
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "desk: judged a batch"
    );
    metrics::counter!("newswatch_entries_judged_total").increment(judged as u64);
    metrics::counter!("newswatch_hits_total").increment(recorded.hits as u64);
    metrics::counter!("newswatch_alerts_total").increment(recorded.alerts.len() as u64);
}

/// Fills the memory of the window from the store.
async fn rebuild(store: &StoreHandle, basis: Basis, now: Time) -> store::Result<Memory> {
    let started = Instant::now();
    let (memory, count) = store
        .read(move |read| {
            let last: StoryId = read.last_story()?;
            let stories = Stories::new(basis.settings(), last);
            let since = now.minus(basis.window);
            let (stories, count) = restore_with(read, since, stories, basis.model.as_deref())?;
            Ok((Memory { stories, corrections: read.corrections()?, basis }, count))
        })
        .await?;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(entries = count, duration_ms, "desk: window rebuilt");
    Ok(memory)
}

/// What the story rules look at.
pub fn item_of(entry: &Entry) -> Item<'_> {
    Item {
        id: entry.id,
        feed: entry.feed.as_str(),
        key: &entry.key,
        canonical_url: entry.canonical_url.as_deref(),
        title: &entry.title,
        body: &entry.body,
        lang: entry.lang.as_deref(),
        publisher: entry.publisher.as_deref(),
        time: entry.seen,
    }
}
