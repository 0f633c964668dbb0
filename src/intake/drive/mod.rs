//! The loop: claims feeds, starts polls, waits, ends in order.
//!
//! Each round: take up a new configuration; put right what a clock that was set back has left behind; claim what is
//! due, if there is room (`claims`); start what pacer and gate admit; wait for the first thing that changes
//! anything. Claimed feeds wait here, so a crowded host costs no look-ups; one host may hold few places.
//!
//! When the store cannot be written (full disk), nothing is started for a while and then one feed at a time, until
//! a commit works again. At a stop, waiting feeds are given back, and running polls may end within the grace; the
//! ones still waiting for a server then are abandoned and given back. A commit is never interrupted.

mod claims;
mod search;
mod start;

pub use claims::seeds;

use super::poll::{Ended, PollReport};
use super::{Intake, IntakeError, PassSummary, Progress, Room};
use crate::model::*;
use crate::store::StoreError;
use search::Searching;
use start::{Started, Waiting};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How feeds are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// What is due, for ever.
    Run,
    /// What is due, once.
    Due,
    /// Everything, once.
    All,
}

/// The loop looks round at least so often: for changes made by other processes, for the watchdog, and because
/// timers do not run while the machine sleeps.
const ROUND: Duration = Duration::from_secs(30);
/// Feeds claimed and waiting for their turn, at most.
const WAITING: usize = 64;
/// Feeds that waited for a host's quiet to end come back within this time of it.
const POSTPONED_OVER: Duration = Duration::from_secs(60);
/// Pause after the store failed; it doubles.
const HOLD_FIRST: Duration = Duration::from_secs(5);
const HOLD_MAX: Duration = Duration::from_secs(60);

/// One run of the loop.
pub(super) struct Drive<'a> {
    intake: &'a Intake,
    mode: Mode,
    cancel: CancellationToken,
    abandon: CancellationToken,
    room: Arc<Room>,
    /// Claimed, not started.
    waiting: VecDeque<Waiting>,
    polls: JoinSet<Ended>,
    running: HashMap<task::Id, Started>,
    /// Waiting or running.
    held: HashSet<FeedId>,
    /// Not to be polled again in this pass.
    done: HashSet<FeedId>,
    /// To be given back with the next write.
    unreturned: Vec<(FeedId, Time)>,
    opened: bool,
    /// Some due feeds were not claimed because their host has no place left.
    crowded: bool,
    /// When to ask the store for due feeds again; `None` is now.
    look_at: Option<Time>,
    hold: Option<Hold>,
    search: Searching,
    last_round: Time,
    summary: PassSummary,
}

/// The store failed: nothing starts until then.
struct Hold {
    until: Instant,
    pause: Duration,
}

impl<'a> Drive<'a> {
    pub(super) fn new(
        intake: &'a Intake,
        mode: Mode,
        cancel: CancellationToken,
    ) -> Result<Self, IntakeError> {
        Ok(Self {
            mode,
            cancel,
            abandon: CancellationToken::new(),
            room: intake.room()?,
            waiting: VecDeque::new(),
            polls: JoinSet::new(),
            running: HashMap::new(),
            held: HashSet::new(),
            done: HashSet::new(),
            unreturned: Vec::new(),
            opened: false,
            crowded: false,
            look_at: None,
            hold: None,
            search: Searching { task: None, next: Some(intake.deps.clock.now()), done: 0 },
            last_round: intake.deps.clock.now(),
            summary: PassSummary::default(),
            intake,
        })
    }

    pub(super) async fn run(mut self) -> Result<PassSummary, IntakeError> {
        let rounds = self.rounds().await;
        let end = self.end().await;
        rounds.and(end).map(|()| self.summary)
    }

    async fn rounds(&mut self) -> Result<(), IntakeError> {
        while !self.cancel.is_cancelled() {
            (self.intake.deps.progress)(Progress::Tick);
            if let Err(error) = self.prepare().await {
                self.store_failed(error)?;
            }
            let wake = self.start();
            self.look_after();
            if self.mode != Mode::Run && self.polls.is_empty() && self.waiting.is_empty() {
                break;
            }
            self.wait(wake).await?;
        }
        Ok(())
    }

    /// Everything of a round that needs the store.
    async fn prepare(&mut self) -> Result<(), StoreError> {
        if self.hold.as_ref().is_some_and(|hold| hold.until > Instant::now() || !self.polls.is_empty()) {
            return Ok(());
        }
        self.take_up_configuration();
        if !self.opened {
            self.open().await?;
        }
        self.mind_the_clock().await?;
        self.claim().await
    }

    fn take_up_configuration(&mut self) {
        if Arc::ptr_eq(&self.room.config, &self.intake.deps.config.load()) {
            return;
        }
        match self.intake.room() {
            Ok(room) => {
                self.room = room;
                self.opened = false;
            }
            Err(error) => {
                tracing::error!(%error, "the new [net] settings cannot be used; the old ones stay in force");
            }
        }
    }

    /// Its host has asked for quiet: due when that is over, not at the same moment as its neighbours.
    fn postpone(&mut self, feed: FeedId, until: Time) {
        let due = until.plus(POSTPONED_OVER.mul_f64(self.room.chance()));
        self.summary.postponed.push((feed.clone(), due));
        self.give_back(feed, due);
    }

    fn give_back(&mut self, feed: FeedId, due: Time) {
        self.held.remove(&feed);
        if self.mode != Mode::Run {
            self.done.insert(feed.clone());
        }
        self.unreturned.push((feed, due));
        self.look_at = None;
    }

    /// Waits for the first of: a poll that ended, a host set free, somebody who wakes us, the time, the end.
    async fn wait(&mut self, wake: Option<Duration>) -> Result<(), IntakeError> {
        let sleep = wake.unwrap_or(ROUND).min(self.next_round());
        tokio::select! {
            Some(ended) = self.polls.join_next_with_id() => {
                self.ended(ended)?;
                while let Some(ended) = self.polls.try_join_next_with_id() {
                    self.ended(ended)?;
                }
            }
            () = self.intake.freed.notified() => {}
            () = self.intake.woken.notified() => self.look_now(),
            () = tokio::time::sleep(sleep) => {}
            () = self.cancel.cancelled() => {}
        }
        Ok(())
    }

    /// Somebody has changed something: a pause after a failure of the store ends as well.
    fn look_now(&mut self) {
        self.look_at = None;
        if let Some(hold) = &mut self.hold {
            hold.until = Instant::now();
        }
    }

    /// How long until the store is to be asked again, if nothing happens before.
    fn next_round(&self) -> Duration {
        if let Some(hold) = &self.hold {
            let left = hold.until.saturating_duration_since(Instant::now());
            return if self.polls.is_empty() { left } else { ROUND };
        }
        if self.waiting.len() * 2 > WAITING {
            return ROUND;
        }
        self.look_at.map_or(Duration::ZERO, |at| at.since(self.room.clock.now()).min(ROUND))
    }

    fn ended(&mut self, ended: Result<(task::Id, Ended), JoinError>) -> Result<(), IntakeError> {
        let (id, ended) = match ended {
            Ok(ended) => ended,
            Err(crash) => {
                self.crashed(&crash);
                return Ok(());
            }
        };
        self.running.remove(&id);
        self.search.task.take_if(|task| *task == id);
        match ended {
            Ended::Looked(looked) => self.looked(looked),
            Ended::Polled(report) => self.polled(*report),
            Ended::Returned(feed, due) => self.give_back(feed, due),
            Ended::Failed(feed, due, error) => {
                self.give_back(feed, due);
                self.store_failed(error)?;
            }
        }
        Ok(())
    }

    fn polled(&mut self, report: PollReport) {
        self.held.remove(&report.feed);
        (self.intake.deps.progress)(Progress::Polled(&report));
        if self.hold.take().is_some() {
            tracing::info!("the store can be written again; polling goes on");
        }
        if report.outcome == PollOutcome::Gone && self.mode == Mode::Run {
            self.search.next = Some(self.room.clock.now());
        }
        self.look_at = self.look_at.filter(|_| !self.crowded).map(|at| at.min(report.next_due));
        if self.mode != Mode::Run {
            self.done.insert(report.feed.clone());
            self.summary.add(report);
        }
    }

    /// A poll that panicked is a fault of ours; its feed rests for a while. Its host is free again already.
    fn crashed(&mut self, crash: &JoinError) {
        if self.search.task.take_if(|task| *task == crash.id()).is_some() {
            tracing::error!(%crash, "the search for a successor crashed");
            self.looked(Ok(false));
        }
        let Some(Started { feed, .. }) = self.running.remove(&crash.id()) else { return };
        tracing::error!(feed.id = %feed, %crash, "a poll crashed");
        let now = self.room.clock.now();
        self.give_back(feed, now.plus(self.room.config.intake.max_interval));
    }

    /// A store that is closed ends the loop, any other failure ends a pass and makes the loop pause.
    fn store_failed(&mut self, error: StoreError) -> Result<(), IntakeError> {
        if self.mode != Mode::Run || matches!(error, StoreError::Closed) {
            return Err(error.into());
        }
        let pause = match &self.hold {
            Some(hold) if hold.until > Instant::now() => return Ok(()),
            Some(hold) => (hold.pause * 2).min(HOLD_MAX),
            None => {
                tracing::error!(%error, "polling pauses: the store cannot be written; nothing is lost");
                HOLD_FIRST
            }
        };
        self.hold = Some(Hold { until: Instant::now() + pause, pause });
        Ok(())
    }

    /// Lets running polls end, gives back everything that was claimed and not polled.
    async fn end(&mut self) -> Result<(), IntakeError> {
        for Waiting { state, .. } in std::mem::take(&mut self.waiting) {
            self.give_back(state.feed, state.next_due);
        }
        let grace = tokio::time::sleep(self.intake.deps.grace);
        tokio::pin!(grace);
        let mut outcome = Ok(());
        while !self.polls.is_empty() {
            tokio::select! {
                Some(ended) = self.polls.join_next_with_id() => outcome = outcome.and(self.ended(ended)),
                () = &mut grace, if !self.abandon.is_cancelled() => self.abandon.cancel(),
            }
        }
        let back = std::mem::take(&mut self.unreturned);
        if !back.is_empty() {
            self.room.store.write(move |tx| tx.release_feeds(&back)).await?;
        }
        outcome
    }
}
