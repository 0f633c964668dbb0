//! What the loop asks of the store: make feeds known, take back, set right, claim.

use super::super::memory::Memory;
use super::super::schedule::{WEATHER_SPAN, host_of};
use super::super::{Board, budget, interval};
use super::start::Waiting;
use super::{Drive, Mode, ROUND, WAITING};
use crate::config::{Config, FeedConfig};
use crate::model::*;
use crate::store::{FeedSeed, Result};
use std::collections::HashMap;
use std::time::Duration;

/// A claim outlasts the wait for its turn and its poll.
const LEASE: Duration = Duration::from_secs(900);
/// Places of one host among the waiting feeds.
const PLACES: usize = 8;
const MINUTE: Duration = Duration::from_secs(60);
/// A clock set back by less is not worth a look.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

impl Drive<'_> {
    /// Makes the feeds known, takes back what a killed process left, learns what is remembered.
    pub(super) async fn open(&mut self) -> Result<()> {
        let now = self.room.clock.now();
        let left_over = self.intake.deps.alone && self.held.is_empty();
        let seeds = seeds(&self.room.config, now);
        let states = self.room.store.write(move |tx| {
            tx.sync_feeds(&seeds, now)?;
            let states = tx.feed_states()?;
            let left = states.iter().filter(|state| left_over && state.lease_until.is_some());
            let left: Vec<_> = left.map(|state| (state.feed.clone(), state.next_due)).collect();
            tx.release_feeds(&left)?;
            Ok(states)
        });
        let states = states.await?;
        self.learn(&states, now);
        self.opened = true;
        self.look_at = None;
        self.set_right(&states, now).await
    }

    /// Fills the budget, the quiet hosts and the weather from what the store remembers.
    fn learn(&self, states: &[FeedState], now: Time) {
        let config = &self.room.config.intake;
        let mut board = self.room.board();
        board.gate.set_spacing(config.host_spacing);
        board.meter.set_limit(config.requests_per_minute);
        board.budget = budget(&self.room.config);
        for state in states {
            let Some(feed) = self.room.feeds.get(&state.feed) else { continue };
            let memory = Memory::read(state.rhythm.as_deref());
            let limits = interval::Limits::new(config, feed);
            let share = interval::share(&limits, &memory.hints, <_>::default(), &memory.rhythm);
            board.budget.set(&state.feed, share);
            if let Some(last) = state.last_poll.filter(|last| *last <= now && now.since(*last) < MINUTE) {
                board.meter.count(last);
            }
            if state.last_status == Some(429) && state.next_due > now {
                board.gate.quiet(&host_of(&feed.url), state.next_due);
            }
        }
        let recent: Vec<FeedState> = states
            .iter()
            .filter(|state| state.last_poll.is_some_and(|at| at <= now && now.since(at) <= WEATHER_SPAN))
            .cloned()
            .collect();
        board.weather.recall(&recent);
        pace(&mut board, config.requests_per_minute);
    }

    /// A clock that was set back leaves feeds due in a future that has become far.
    pub(super) async fn mind_the_clock(&mut self) -> Result<()> {
        let now = self.room.clock.now();
        let back = self.last_round.since(now) > CLOCK_SLACK;
        self.last_round = now;
        if !back {
            return Ok(());
        }
        self.look_at = None;
        let states = self.room.store.read(|read| read.feed_states()).await?;
        self.set_right(&states, now).await
    }

    /// Feeds last polled in the future become due within an interval from now, spread over it.
    async fn set_right(&self, states: &[FeedState], now: Time) -> Result<()> {
        let interval = self.room.config.intake.interval;
        let ahead = |at: Option<Time>| at.is_some_and(|at| at.since(now) > CLOCK_SLACK);
        let astray = states.iter().filter(|state| ahead(state.last_poll) && !self.held.contains(&state.feed));
        let due = |state: &FeedState| (state.feed.clone(), now.plus(interval.mul_f64(self.room.chance())));
        let again: Vec<_> = astray.map(due).collect();
        if again.is_empty() {
            return Ok(());
        }
        let feeds = again.len();
        tracing::warn!(feeds, "the clock was set back; these feeds are due within the next interval");
        self.room.store.write(move |tx| tx.release_feeds(&again)).await
    }

    /// Claims what is due, if there is room and reason. After the store failed, one feed only.
    pub(super) async fn claim(&mut self) -> Result<()> {
        let now = self.room.clock.now();
        let room = if self.hold.is_some() { 1 } else { self.most_waiting() };
        let limit = room.saturating_sub(self.waiting.len());
        if limit * 2 < room || limit == 0 || self.look_at.is_some_and(|at| at > now) {
            return Ok(());
        }
        let (all, busy) = (self.mode == Mode::All, self.busy());
        let back = std::mem::take(&mut self.unreturned);
        let given_back = back.clone();
        let claimed = self.room.store.write(move |tx| {
            tx.release_feeds(&given_back)?;
            let claimed = tx.claim_feeds(now, all, limit, now.plus(LEASE), &busy)?;
            let next = if claimed.len() < limit { tx.next_due()? } else { Some(now) };
            Ok((claimed, next))
        });
        match claimed.await {
            Ok((claimed, next)) => {
                self.look_at = next_look(claimed.len() == limit, next, now);
                self.take_in(claimed);
                Ok(())
            }
            Err(error) => {
                self.unreturned = back;
                Err(error)
            }
        }
    }

    /// Feeds worth claiming at once: no more than can start while the claim runs, where the user's limit is low.
    fn most_waiting(&self) -> usize {
        let startable = |limit: u32| (u64::from(limit) * LEASE.as_secs() / 120).clamp(2, WAITING as u64);
        let limit = self.room.config.intake.requests_per_minute;
        limit.map_or(WAITING, |limit| usize::try_from(startable(limit)).unwrap_or(WAITING))
    }

    /// Feeds not to claim: held by us, done in this pass, or of a host with no places left.
    fn busy(&mut self) -> Vec<FeedId> {
        let (places, most) = (self.places(), self.most_places());
        let crowded = places.iter().filter(|(_, taken)| **taken >= most);
        let mut busy: Vec<FeedId> =
            crowded.filter_map(|(host, _)| self.room.hosts.get(host)).flatten().cloned().collect();
        self.crowded = !busy.is_empty();
        busy.extend(self.held.iter().chain(&self.done).cloned());
        busy
    }

    /// Waiting feeds by host.
    fn places(&self) -> HashMap<String, usize> {
        let mut places = HashMap::new();
        for waiting in &self.waiting {
            *places.entry(waiting.host.clone()).or_insert(0) += 1;
        }
        places
    }

    /// Where requests are not spaced, a place is soon free again.
    fn most_places(&self) -> usize {
        if self.room.config.intake.host_spacing.is_zero() { WAITING } else { PLACES }
    }

    /// Takes claimed feeds in; what finds no place goes back, and makes room for other hosts.
    fn take_in(&mut self, claimed: Vec<FeedState>) {
        let (mut places, most) = (self.places(), self.most_places());
        for state in claimed {
            let Some(feed) = self.room.feeds.get(&state.feed) else {
                self.unreturned.push((state.feed, state.next_due));
                continue;
            };
            let waiting = Waiting::new(state, feed, self.last_round);
            let taken = places.entry(waiting.host.clone()).or_insert(0);
            if *taken < most {
                *taken += 1;
                self.held.insert(waiting.state.feed.clone());
                self.waiting.push_back(waiting);
            } else {
                self.unreturned.push((waiting.state.feed, waiting.state.next_due));
                self.look_at = None;
            }
        }
        let mut board = self.room.board();
        pace(&mut board, self.room.config.intake.requests_per_minute);
        board.gate.sweep(self.last_round);
    }
}

/// When to ask the store again: at once while it has more, else when it says something is due. What is due already
/// but was not claimed waits for a host; a poll that ends makes us look again.
fn next_look(more: bool, next: Option<Time>, now: Time) -> Option<Time> {
    let far = now.plus(ROUND);
    (!more).then(|| next.filter(|next| *next > now).map_or(far, |next| next.min(far)))
}

/// Every configured feed, to be met at once: the pacer spreads the first polls.
pub fn seeds(config: &Config, now: Time) -> Vec<FeedSeed> {
    let seed =
        |feed: &FeedConfig| FeedSeed { feed: feed.id.clone(), url: feed.url.to_string(), first_due: now };
    config.feeds.iter().map(seed).collect()
}

fn pace(board: &mut Board, per_minute: Option<u32>) {
    let steady = board.budget.steady();
    board.pacer.set_steady(steady, per_minute);
}
