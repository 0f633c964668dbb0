//! One poll, top to bottom: fetch, read, one commit.
//!
//! Order of rules: the fetch (its host is free again as soon as the answer is in); reading, off the async threads; then ONE
//! commit with the new entries, the validators and hash of the document they came in, what older pages brought where a gap
//! shows (`lost`), everything that was asked for it, the feed's health, what was learned and the next due time. If that
//! commit fails nothing is remembered, so nothing is lost: the same document comes again.
//!
//! A feed's failure is logged when it begins and when it ends, not every time.

use super::Room;
use super::budget::Terms;
use super::fetch::{FetchLimits, FetchRequest, Fetched};
use super::full_text;
use super::interval::{self, Limits, Next, Situation};
use super::lost::{self, Lost};
use super::memory::Memory;
use super::read::{self, Document, FeedReading, Reading};
use super::rhythm::Rhythm;
use super::schedule::host_of;
use super::turn::{self, Held, Tally};
use super::websub::{self, Backup, Offer};
use crate::config::FeedConfig;
use crate::model::*;
use crate::store::{self, Absorbed, PollRecord, Tx};
use crate::text::link::canonical_url;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use url::Url;

/// What one poll came to, for the log, the progress hook and the summary of a pass.
#[derive(Clone, Debug)]
pub struct PollReport {
    /// The feed.
    pub feed: FeedId,
    /// What it came to.
    pub outcome: PollOutcome,
    /// HTTP status.
    pub status: Option<u16>,
    /// For people.
    pub message: Option<String>,
    /// What became of the entries.
    pub absorbed: Absorbed,
    /// Decoded bytes.
    pub bytes: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// When the feed is polled next.
    pub next_due: Time,
    /// Why then.
    pub reason: String,
}

/// How a claimed feed is given up again.
#[derive(Debug)]
pub(super) enum Ended {
    /// Polled and committed.
    Polled(Box<PollReport>),
    /// Not polled after all: to be released, due at the time given.
    Returned(FeedId, Time),
    /// A search for a successor, not a poll: whether one was made.
    Looked(store::Result<bool>),
    /// The commit failed; the claim still runs.
    Failed(FeedId, Time, store::StoreError),
}

/// Hosts that answer 429 without a time are left alone so long.
const QUIET: Duration = Duration::from_secs(900);
/// No more than this is believed, as for the feed itself.
const QUIET_MAX: Duration = Duration::from_secs(14 * 24 * 3600);
/// A rhythm is learned from spans up to this.
const SPAN_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// Polls one claimed feed, beginning at `start`. The caller has entered that host at the gate.
pub(super) async fn poll(
    room: Arc<Room>,
    feed: Arc<FeedConfig>,
    state: FeedState,
    start: Url,
    abandon: CancellationToken,
) -> Ended {
    let held = Held::entered(&room, host_of(&start));
    let (now, began, tally) = (room.clock.now(), Instant::now(), Tally::default());
    let mut memory = Memory::read(state.rhythm.as_deref());
    let began_moved = start != feed.url;
    let mut request = FetchRequest::new(&feed, &state, start);
    let same_headers = memory.same_headers(&feed);
    if !same_headers || memory.whole_due(&state, now) {
        request.validators = Validators::default();
    }
    let limits = FetchLimits::from(&room.config.intake);
    let answer = tokio::select! {
        answer = turn::travel(held, &request, &limits, &tally) => answer,
        () = abandon.cancelled() => return Ended::Returned(state.feed, state.next_due),
    };
    let (mut fetched, mut reading) = interpret(&room, &feed, &state, answer).await;
    let lost = match &reading {
        Some(Reading::Feed(document)) => {
            lost::recover(&room, &feed, &state, document, &tally, &abandon).await
        }
        _ => None,
    };
    if let Some(lost) = &lost {
        fetched.message.get_or_insert_with(|| lost.words());
    }
    if let (Some(Reading::Feed(document)), true) = (&mut reading, feed.full_text) {
        full_text::complete(&room, &feed, &state, document, &tally, &abandon).await;
    }
    if fetched.outcome.is_success() {
        memory.note_move(fetched.moved.as_ref(), began_moved, now);
    }
    let poll = Polled {
        room: room.clone(),
        feed,
        state,
        fetched,
        reading,
        lost,
        memory,
        same_headers,
        tally,
        at: now,
        began,
    };
    poll.settle().await
}

/// Reads the body, if one came, and lets what it says correct the outcome.
async fn interpret(
    room: &Arc<Room>,
    feed: &FeedConfig,
    state: &FeedState,
    mut fetched: Fetched,
) -> (Fetched, Option<Reading>) {
    let Some(wire) = fetched.body.take() else { return (fetched, None) };
    let document = Document {
        url: fetched.url.clone(),
        content_type: fetched.content_type.take(),
        max_body: room.config.intake.max_body,
        max_entries: room.config.intake.max_entries,
        publisher: feed.publisher.clone(),
        lang: feed.lang.clone(),
        last_hash: state.body_hash.clone(),
        now: room.clock.now(),
    };
    let place = room.readers.acquire().await;
    let reading = tokio::task::spawn_blocking(move || read::read(wire, &document)).await;
    drop(place);
    let reading = reading.unwrap_or_else(|crash| {
        let (outcome, message) = (PollOutcome::ParserPanic, format!("reading crashed: {crash}"));
        Reading::Bad(read::Unreadable { outcome, message, bytes: 0, hubs: Vec::new(), self_link: None })
    });
    match &reading {
        Reading::Unchanged { .. } => fetched.outcome = PollOutcome::Unchanged,
        Reading::Feed(feed) => {
            fetched.message.clone_from(&feed.message);
            if !feed.intact {
                fetched.validators = Some(Validators::default());
            }
        }
        Reading::Bad(bad) => {
            fetched.outcome = bad.outcome;
            fetched.message = Some(bad.message.clone());
            // An unreadable document must come again: a 304 would hide it.
            fetched.validators = None;
        }
    }
    (fetched, Some(reading))
}

/// A poll whose answer is known, to be committed.
struct Polled {
    room: Arc<Room>,
    feed: Arc<FeedConfig>,
    state: FeedState,
    fetched: Fetched,
    reading: Option<Reading>,
    lost: Option<Lost>,
    memory: Memory,
    same_headers: bool,
    tally: Tally,
    at: Time,
    began: Instant,
}

/// What the commit decided.
struct Settled {
    absorbed: Absorbed,
    next: Next,
    memory: Memory,
    failing_since: Option<Time>,
}

impl Polled {
    /// The one commit, and what follows from it.
    async fn settle(self) -> Ended {
        let (terms, outage) = self.room.prospects();
        let jitter = self.room.chance();
        let poll = Arc::new(self);
        let inside = poll.clone();
        let settled = poll.room.store.write(move |tx| inside.commit(tx, terms, outage, jitter)).await;
        match settled {
            Ok(settled) => Ended::Polled(Box::new(poll.report(settled))),
            Err(error) => Ended::Failed(poll.state.feed.clone(), poll.state.next_due, error),
        }
    }

    /// Runs inside the transaction, perhaps more than once.
    fn commit(&self, tx: &mut dyn Tx, terms: Terms, outage: bool, jitter: f64) -> store::Result<Settled> {
        let absorbed = match self.document() {
            Some(document) => {
                let backlog = self.state.last_success.is_none();
                let absorbed = tx.absorb_entries(&self.state.feed, &document.entries, backlog, self.at)?;
                self.fill_gap(absorbed, tx)?
            }
            None => Absorbed::default(),
        };
        let success = self.fetched.outcome.is_success();
        let failures = match (success, outage) {
            (true, _) => 0,
            (false, true) => self.state.failures,
            (false, false) => self.state.failures.saturating_add(1),
        };
        let failing_since = (!success).then(|| self.state.failing_since.unwrap_or(self.at));
        let (brought, backup) = self.settle_hub(tx, absorbed.new)?;
        let memory = self.learn(absorbed.new.saturating_add(brought), failures);
        let next = interval::next(&Situation {
            now: self.room.clock.now(),
            outcome: self.fetched.outcome,
            status: self.fetched.status,
            signals: self.fetched.signals,
            hints: &memory.hints,
            limits: Limits::new(&self.room.config.intake, &self.feed),
            failures,
            failing_since,
            first: self.state.last_success.is_none(),
            outage,
            rhythm: &memory.rhythm,
            terms,
            jitter,
            backup,
        });
        tx.finish_poll(&self.record(&absorbed, &next, &memory, failures, failing_since))?;
        Ok(Settled { absorbed, next, memory, failing_since })
    }

    /// Stores what older pages brought, and the gap itself.
    fn fill_gap(&self, mut absorbed: Absorbed, tx: &mut dyn Tx) -> store::Result<Absorbed> {
        let Some(lost) = &self.lost else { return Ok(absorbed) };
        absorbed.new += tx.absorb_entries(&self.state.feed, &lost.entries, false, self.at)?.new;
        tx.record_gap(&self.state.feed, &lost.gap)?;
        Ok(absorbed)
    }

    /// Takes up what the poll says about the hub, and the document about hubs, where a hub could reach us: how many
    /// entries it brought since the last poll, and how far it has proven itself.
    fn settle_hub(&self, tx: &mut dyn Tx, new: usize) -> store::Result<(usize, Option<Backup>)> {
        if self.room.config.http.public_url.is_none() {
            return Ok((0, None));
        }
        let mut known = tx.subscription(&self.state.feed)?;
        let brought = known.as_ref().map_or(0, |known| usize::try_from(known.brought).unwrap_or(usize::MAX));
        let mut next = None;
        if let Some(before) = known.as_ref().filter(|_| self.fetched.outcome.is_success()) {
            let after = websub::after_poll(before.clone(), new, self.document().is_some(), self.at);
            next = (after != *before).then_some(after);
        }
        if let Some(offer) = self.offered() {
            let present = next.clone().or_else(|| known.clone());
            let settled =
                websub::settle(&self.state.feed, present, offer.as_ref(), websub::hub::secrets, self.at);
            next = settled.or(next);
        }
        if let Some(next) = next {
            tx.put_subscription(&next)?;
            known = Some(next);
        }
        Ok((brought, known.and_then(|known| websub::backup(&known, self.at))))
    }

    /// What the document offers: nothing to be settled where none came. A web page that came instead may only offer.
    fn offered(&self) -> Option<Option<Offer>> {
        let (hubs, own, page) = match &self.reading {
            Some(Reading::Feed(document)) => (&document.hubs, &document.self_link, false),
            Some(Reading::Bad(bad)) if bad.outcome == PollOutcome::Html => (&bad.hubs, &bad.self_link, true),
            _ => return None,
        };
        let offer = websub::offer(&self.fetched.links, hubs, own.as_deref(), &self.fetched.url);
        let offer = offer.filter(|_| !self.feed.full_text);
        // An error page names no hub; the feed behind it may still have its own.
        (offer.is_some() || !page).then_some(offer)
    }

    fn document(&self) -> Option<&FeedReading> {
        match &self.reading {
            Some(Reading::Feed(document)) => Some(document),
            _ => None,
        }
    }

    fn bytes(&self) -> u64 {
        match &self.reading {
            Some(Reading::Feed(document)) => document.bytes,
            Some(Reading::Unchanged { bytes }) => *bytes,
            Some(Reading::Bad(bad)) => bad.bytes,
            None => 0,
        }
    }

    /// What the schedule knows after this poll.
    fn learn(&self, new: usize, failures: u32) -> Memory {
        let mut memory = self.memory.clone();
        if !self.fetched.outcome.is_success() {
            memory.note_failure(failures);
            return memory;
        }
        memory.record.note(self.fetched.outcome, self.duration_ms(), self.at);
        if self.fetched.outcome != PollOutcome::NotModified {
            memory.document_at = Some(self.at);
        }
        if new > 0 && self.state.last_success.is_some() {
            memory.record.arrived(self.at);
        }
        match (self.state.last_success, self.document()) {
            (Some(last), _) => memory.rhythm.observe(new, self.at.since(last).min(SPAN_MAX)),
            (None, Some(document)) => {
                let dates = document.entries.iter().filter_map(|entry| entry.published);
                memory.rhythm = Rhythm::from_backlog(dates, self.at);
            }
            (None, None) => {}
        }
        if let Some(document) = self.document() {
            memory.hints = document.hints.clone();
            memory.own = document.self_link.as_deref().and_then(canonical_url);
        }
        memory
    }

    fn record(
        &self,
        absorbed: &Absorbed,
        next: &Next,
        memory: &Memory,
        failures: u32,
        failing_since: Option<Time>,
    ) -> PollRecord {
        let (fetched, document) = (&self.fetched, self.document());
        let forget = (!self.same_headers).then(Validators::default);
        let elsewhere = (fetched.url != self.feed.url).then(|| fetched.url.to_string());
        PollRecord {
            feed: self.state.feed.clone(),
            at: self.at,
            duration_ms: self.duration_ms(),
            outcome: fetched.outcome,
            status: fetched.status,
            message: fetched.message.clone(),
            conditional: fetched.conditional,
            requested: fetched.requests > 0,
            requests: self.tally.requests(),
            received: self.tally.received(),
            bytes: self.bytes(),
            validators: fetched.validators.clone().or(forget).filter(|pair| *pair != self.state.validators),
            final_url: self.reading.as_ref().and(fetched.outcome.is_success().then_some(elsewhere)),
            body_hash: document.filter(|document| document.intact).map(|document| document.hash.clone()),
            document: document.map(|document| document.facts.clone()),
            new_entries: absorbed.new,
            revised_entries: absorbed.revised,
            next_due: next.due,
            due_reason: next.reason.clone(),
            gone: fetched.outcome == PollOutcome::Gone,
            failures,
            failing_since,
            rhythm: memory.write(),
        }
    }

    fn duration_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// After the commit: wake the desk, keep the budget, tell the log.
    fn report(&self, settled: Settled) -> PollReport {
        let Settled { absorbed, next, memory, failing_since } = settled;
        if absorbed.new + absorbed.revised > 0 {
            self.room.desk.notify_one();
        }
        let limits = Limits::new(&self.room.config.intake, &self.feed);
        let share = interval::share(&limits, &memory.hints, self.fetched.signals, &memory.rhythm);
        self.room.learned(&self.feed.id, share);
        let report = PollReport {
            feed: self.state.feed.clone(),
            outcome: self.fetched.outcome,
            status: self.fetched.status,
            message: self.fetched.message.clone(),
            absorbed,
            bytes: self.bytes(),
            duration_ms: self.duration_ms(),
            next_due: next.due,
            reason: next.reason,
        };
        log(&report, self.state.failing_since.is_some(), failing_since.is_some());
        report
    }
}

/// The closing event of a poll: news and changes of health at the usual level, the rest for the curious.
fn log(report: &PollReport, failed_before: bool, fails: bool) {
    let PollReport { feed, absorbed, bytes, duration_ms, reason, .. } = report;
    let (outcome, message) = (report.outcome.name(), report.message.as_deref().unwrap_or_default());
    let (new, revised) = (absorbed.new, absorbed.revised);
    macro_rules! closing {
        ($level:ident, $text:literal) => {
            tracing::$level!(
                feed.id = %feed, outcome, new, revised, duration_ms, size_bytes = bytes, detail = message, next = reason, $text
            )
        };
    }
    match (failed_before, fails) {
        (false, true) => closing!(warn, "feed fails"),
        (true, false) => closing!(info, "feed works again"),
        (false, false) if new + revised > 0 => closing!(info, "feed polled"),
        _ => closing!(debug, "feed polled"),
    }
}

impl Room {
    /// After the fetch: the host is free, quiet if it asked for that, and the weather is known.
    pub(super) fn arrived(&self, host: &str, fetched: &Fetched) {
        let now = self.clock.now();
        let mut board = self.board();
        if fetched.outcome != PollOutcome::Forbidden {
            board.weather.note(host, fetched.outcome, now);
        }
        if fetched.status == Some(429) {
            let asked = fetched.signals.retry_after.filter(|asked| !asked.is_zero());
            board.gate.quiet(host, now.plus(asked.unwrap_or(QUIET).min(QUIET_MAX)));
        }
        drop(board);
        self.leave(host, now);
    }
}
