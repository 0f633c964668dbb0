//! Who of the waiting feeds starts now.
//!
//! Order of rules for one start: not too many polls getting going at once; the pace over all feeds and the user's budget;
//! the claim still runs; the publisher wants polls at this hour; its host may be asked, and the one it was redirected to
//! last time.

use super::super::interval;
use super::super::memory::{Hints, Memory};
use super::super::poll::poll;
use super::super::schedule::{Admission, host_of};
use super::{Drive, Mode, ROUND};
use crate::config::FeedConfig;
use crate::model::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// A poll counts against `intake.concurrency` for so long. One that then still waits for its server costs next to nothing
/// and must not keep others from starting; so many times as many of those may be under way.
const GETTING_GOING: Duration = Duration::from_secs(2);
const SLOW: usize = 8;

/// A claimed feed that waits for its turn.
pub(super) struct Waiting {
    pub(super) state: FeedState,
    /// Where its poll begins: the configured address, or the one it has moved to for good.
    start: Url,
    pub(super) host: String,
    /// Another host, to which the last poll was redirected.
    then: Option<String>,
    /// When its publisher wants no polls.
    hints: Hints,
}

impl Waiting {
    pub(super) fn new(state: FeedState, feed: &FeedConfig, now: Time) -> Self {
        let memory = Memory::read(state.rhythm.as_deref());
        let start = memory.start(feed, now);
        let host = host_of(&start);
        let then = state.final_url.as_deref().and_then(|url| Url::parse(url).ok());
        let then = then.map(|url| host_of(&url)).filter(|then| *then != host);
        Self { state, start, host, then, hints: memory.hints }
    }
}

/// A poll under way.
pub(super) struct Started {
    pub(super) feed: FeedId,
    at: Time,
}

impl Drive<'_> {
    /// Starts every waiting feed that may start now. Returns how long until the next one may, if that is known.
    pub(super) fn start(&mut self) -> Option<Duration> {
        let now = self.room.clock.now();
        let most = match &self.hold {
            None => self.room.config.intake.concurrency,
            Some(hold) if hold.until > Instant::now() => return None,
            Some(_) => 1,
        };
        let mut wake: Option<Duration> = None;
        let mut sooner = |wait: Duration| wake = Some(wake.map_or(wait, |known| known.min(wait)));
        for waiting in std::mem::take(&mut self.waiting) {
            let pause = self.crowd(most, now).max(self.pace(now));
            if !pause.is_zero() {
                sooner(pause);
                self.waiting.push_back(waiting);
            } else if let Some(at) = self.admit(waiting, now) {
                sooner(at.since(now));
            }
        }
        wake
    }

    /// How long until one more poll may be under way; zero is now.
    fn crowd(&self, most: usize, now: Time) -> Duration {
        let slow = if self.hold.is_some() { 0 } else { most * SLOW };
        if self.polls.len() >= most + slow {
            return ROUND;
        }
        let fresh = |started: &&Started| started.at <= now && now.since(started.at) < GETTING_GOING;
        let going = self.running.values().filter(fresh);
        if slow == 0 || going.clone().count() < most {
            return Duration::ZERO;
        }
        let oldest = going.map(|started| started.at).min().unwrap_or(now);
        oldest.plus(GETTING_GOING).since(now)
    }

    /// How long until one more request may leave; zero is now.
    fn pace(&self, now: Time) -> Duration {
        let mut board = self.room.board();
        let even = if self.mode == Mode::Run { board.pacer.wait(now) } else { Duration::ZERO };
        even.max(board.meter.wait(now))
    }

    /// Starts one feed, keeps it waiting, or gives it back. Returns when it may start, if that is known.
    fn admit(&mut self, waiting: Waiting, now: Time) -> Option<Time> {
        let Waiting { state, .. } = &waiting;
        let Some(feed) = self.room.feeds.get(&state.feed).cloned() else {
            self.give_back(waiting.state.feed, waiting.state.next_due);
            return None;
        };
        if state.lease_until.is_some_and(|until| until <= now) {
            self.held.remove(&state.feed);
            return None;
        }
        let open = interval::open_from(&waiting.hints, now, self.room.chance());
        if open > now && self.mode != Mode::All {
            self.give_back(waiting.state.feed, open);
            return None;
        }
        match self.turn(&waiting, now) {
            Admission::Open => {
                self.begin(waiting, feed, now);
                None
            }
            Admission::Quiet(until) => {
                self.postpone(waiting.state.feed, until);
                None
            }
            Admission::Spaced(at) => {
                self.waiting.push_back(waiting);
                Some(at)
            }
            Admission::Busy => {
                self.waiting.push_back(waiting);
                None
            }
        }
    }

    /// Whether its host may be asked, and the one it was redirected to last time. A start enters the first.
    fn turn(&self, waiting: &Waiting, now: Time) -> Admission {
        let mut board = self.room.board();
        let then = waiting.then.as_ref().map_or(Admission::Open, |then| board.gate.admits(then, now));
        let turn = match board.gate.admits(&waiting.host, now) {
            Admission::Open => then,
            other => other,
        };
        if turn == Admission::Open {
            board.enter(&waiting.host, now);
            board.pacer.start(now);
        }
        turn
    }

    fn begin(&mut self, waiting: Waiting, feed: Arc<FeedConfig>, now: Time) {
        let id = waiting.state.feed.clone();
        let poll = poll(self.room.clone(), feed, waiting.state, waiting.start, self.abandon.clone());
        let task = self.polls.spawn(poll);
        self.running.insert(task.id(), Started { feed: id, at: now });
    }
}
