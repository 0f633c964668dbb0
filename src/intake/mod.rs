//! Intake: brings entries in.
//!
//! The order of things: [`schedule`], [`budget`] and [`meter`] decide who may start, [`fetch`] asks the server, [`read`]
//! makes entries of the answer, [`interval`] decides when to come back, and one commit stores it all (`poll`).
//! Feeds that are gone or dead are looked after now and then ([`successor`]). [`Intake::run`] does this for ever,
//! [`Intake::pass`] once.
//!
//! It never judges an entry, never edits the configuration, and never asks anything of a server that the
//! configuration does not name.

mod drive;
mod lost;
mod poll;
mod turn;

pub mod budget;
pub mod discover;
pub mod fetch;
pub mod full_text;
pub mod health;
pub mod interval;
pub mod key;
pub mod memory;
pub mod meter;
pub mod parse;
pub mod read;
pub mod record;
pub mod rhythm;
pub mod schedule;
pub mod successor;
pub mod twin;
pub mod websub;

pub use drive::seeds;
pub use poll::PollReport;

use crate::clock::Clock;
use crate::config::{Config, FeedConfig, IntakeConfig};
use crate::model::*;
use crate::net::{ClientOptions, Guard, Lookup, NetError, client};
use crate::store::{StoreError, StoreHandle};
use arc_swap::ArcSwap;
use budget::{Budget, Share, Terms};
use fetch::Fetcher;
use full_text::Robots;
use meter::Meter;
use schedule::{Gate, Pacer, Weather, host_of};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

/// What can stop intake as a whole. A feed's own trouble is an outcome, not an error.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The HTTP client cannot be made from `[net]`.
    #[error(transparent)]
    Net(#[from] NetError),
}

/// A sign of life, for the watchdog and for whoever watches.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// The loop went round; at least every half minute while it is well.
    Tick,
    /// A poll was committed.
    Polled(&'a PollReport),
}

/// Called at every sign of life. Must return at once.
pub type OnProgress = Arc<dyn Fn(Progress<'_>) + Send + Sync>;

/// Everything intake is given.
#[derive(Clone)]
pub struct Deps {
    /// The store.
    pub store: StoreHandle,
    /// The configuration; a new one is taken up when the loop goes round (see [`Intake::wake`]).
    pub config: Arc<ArcSwap<Config>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names to addresses.
    pub names: Arc<dyn Lookup>,
    /// Told when entries wait for the desk.
    pub desk: Arc<Notify>,
    /// Told of every sign of life.
    pub progress: OnProgress,
    /// Chance: 0 up to, not including, 1.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Root certificates to trust besides the system's, in PEM.
    pub extra_roots: Vec<Vec<u8>>,
    /// No other process polls for this store: claims found at the start are left-overs of one that was killed, and
    /// are taken back at once.
    pub alone: bool,
    /// How long the polls under way may take to end once a stop is asked for.
    pub grace: Duration,
}

/// What one pass came to.
#[derive(Clone, Debug, Default)]
pub struct PassSummary {
    /// Feeds polled.
    pub polls: usize,
    /// Feeds that answered 304, or the same document again.
    pub unchanged: usize,
    /// New entries.
    pub new_entries: usize,
    /// Entries whose text changed.
    pub revised_entries: usize,
    /// Decoded bytes.
    pub bytes: u64,
    /// Polls that failed.
    pub failed: Vec<PollReport>,
    /// Feeds not polled because their host asked for quiet, with the time they are due.
    pub postponed: Vec<(FeedId, Time)>,
}

impl PassSummary {
    fn add(&mut self, report: PollReport) {
        self.polls += 1;
        self.new_entries += report.absorbed.new;
        self.revised_entries += report.absorbed.revised;
        self.bytes += report.bytes;
        if matches!(report.outcome, PollOutcome::NotModified | PollOutcome::Unchanged) {
            self.unchanged += 1;
        }
        if !report.outcome.is_success() {
            self.failed.push(report);
        }
    }
}

/// The intake room.
pub struct Intake {
    deps: Deps,
    board: Arc<Mutex<Board>>,
    freed: Arc<Notify>,
    woken: Notify,
    stirred: Arc<Notify>,
    readers: Arc<Semaphore>,
    /// Kept from run to run: reading the system's certificates takes a while.
    room: Mutex<Option<Arc<Room>>>,
}

/// What running polls and the loop both know.
struct Board {
    gate: Gate,
    pacer: Pacer,
    meter: Meter,
    /// Requests let go, ever.
    requests: u64,
    weather: Weather,
    budget: Budget,
    robots: Robots,
}

impl Board {
    /// A request to `host` leaves.
    fn enter(&mut self, host: &str, now: Time) {
        self.gate.enter(host);
        self.leaves(now);
    }

    /// A request leaves that needs no turn of its own.
    fn leaves(&mut self, now: Time) {
        self.meter.count(now);
        self.requests += 1;
    }
}

/// Documents decoded and read at once: each may take the memory of two bodies at their cap.
const READERS: usize = 4;

impl Intake {
    /// A room that has done nothing yet.
    pub fn new(deps: Deps) -> Self {
        let config = deps.config.load();
        let board = Board {
            gate: Gate::new(config.intake.host_spacing),
            pacer: Pacer::default(),
            meter: Meter::new(config.intake.requests_per_minute),
            requests: 0,
            weather: Weather::default(),
            budget: budget(&config),
            robots: Robots::default(),
        };
        drop(config);
        Self {
            deps,
            board: Arc::new(Mutex::new(board)),
            freed: Arc::default(),
            woken: Notify::new(),
            stirred: Arc::default(),
            readers: Arc::new(Semaphore::new(READERS)),
            room: Mutex::default(),
        }
    }

    /// Polls what is due until `cancel`, then lets running polls end, within the grace.
    ///
    /// # Errors
    /// Only what makes polling impossible: a closed store, a `[net]` no client can be made from. Everything else
    /// is waited out.
    pub async fn run(&self, cancel: CancellationToken) -> Result<(), IntakeError> {
        drive::Drive::new(self, drive::Mode::Run, cancel)?.run().await.map(drop)
    }

    /// Polls everything that is due (or everything, if `all`) once, and returns when it is done.
    ///
    /// # Errors
    /// As [`run`](Self::run), and a store that cannot be written (a full disk): nothing is lost, try again.
    pub async fn pass(&self, all: bool) -> Result<PassSummary, IntakeError> {
        let mode = if all { drive::Mode::All } else { drive::Mode::Due };
        drive::Drive::new(self, mode, CancellationToken::new())?.run().await
    }

    /// Makes the loop go round now: after a new configuration, or a change of feeds in the store.
    pub fn wake(&self) {
        self.woken.notify_one();
        self.stirred.notify_waiters();
    }

    /// Requests let go since the start: polls, redirects, older pages, articles, robots.txt, hubs, searches.
    pub fn requests(&self) -> u64 {
        self.board.lock().unwrap_or_else(PoisonError::into_inner).requests
    }

    /// The room as the present configuration has it.
    fn room(&self) -> Result<Arc<Room>, NetError> {
        let mut kept = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let config = self.deps.config.load_full();
        if let Some(room) = kept.as_ref().filter(|room| Arc::ptr_eq(&room.config, &config)) {
            return Ok(room.clone());
        }
        let room = Arc::new(Room::new(self, config, kept.as_deref())?);
        Ok(kept.insert(room).clone())
    }
}

/// The room as one generation of the configuration sees it; polls hold on to theirs.
struct Room {
    config: Arc<Config>,
    feeds: HashMap<FeedId, Arc<FeedConfig>>,
    hosts: HashMap<String, Vec<FeedId>>,
    fetcher: Fetcher,
    store: StoreHandle,
    clock: Arc<dyn Clock>,
    desk: Arc<Notify>,
    jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    board: Arc<Mutex<Board>>,
    freed: Arc<Notify>,
    /// Wakes whoever waits for a turn, after the clock or the configuration was changed.
    stirred: Arc<Notify>,
    readers: Arc<Semaphore>,
}

impl Room {
    /// The client is taken over from the room before, unless what it is made of has changed.
    fn new(intake: &Intake, config: Arc<Config>, before: Option<&Room>) -> Result<Self, NetError> {
        let deps = &intake.deps;
        let same = |room: &&Room| {
            room.config.net == config.net
                && room.config.intake.connect_timeout == config.intake.connect_timeout
        };
        let fetcher = match before.filter(same) {
            Some(room) => room.fetcher.clone(),
            None => fetcher(deps, &config)?,
        };
        let mut hosts: HashMap<String, Vec<FeedId>> = HashMap::new();
        for feed in &config.feeds {
            hosts.entry(host_of(&feed.url)).or_default().push(feed.id.clone());
        }
        Ok(Self {
            feeds: config.feeds.iter().map(|feed| (feed.id.clone(), Arc::new(feed.clone()))).collect(),
            hosts,
            fetcher,
            store: deps.store.clone(),
            clock: deps.clock.clone(),
            desk: deps.desk.clone(),
            jitter: deps.jitter.clone(),
            board: intake.board.clone(),
            freed: intake.freed.clone(),
            stirred: intake.stirred.clone(),
            readers: intake.readers.clone(),
            config,
        })
    }

    fn chance(&self) -> f64 {
        (self.jitter)()
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        // Nothing is done under this lock that can panic half way.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A host is free again: somebody may be waiting for it.
    fn leave(&self, host: &str, now: Time) {
        self.board().gate.leave(host, now);
        self.freed.notify_one();
    }

    /// What the budget means at present, and whether most hosts fail.
    fn prospects(&self) -> (Terms, bool) {
        let mut board = self.board();
        (board.budget.terms(), board.weather.outage())
    }

    fn learned(&self, feed: &FeedId, share: Share) {
        self.board().budget.set(feed, share);
    }
}

fn budget(config: &Config) -> Budget {
    let IntakeConfig { interval, requests_per_minute, .. } = config.intake;
    Budget::limited(config.feeds.len(), interval, requests_per_minute)
}

fn fetcher(deps: &Deps, config: &Config) -> Result<Fetcher, NetError> {
    let guard = Guard::with_lookup(&config.net, deps.names.clone());
    let options = ClientOptions {
        connect_timeout: config.intake.connect_timeout,
        timeout: None,
        max_redirects: 0,
        idle_per_host: 1,
        extra_roots: deps.extra_roots.clone(),
    };
    Ok(Fetcher::new(client(&config.net, &guard, &options)?, guard))
}
