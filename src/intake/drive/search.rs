//! When successors of gone and dead feeds are looked for: one search at a time, now and then in a loop, after the polls in
//! a pass, and not while most hosts fail.

use super::super::poll::Ended;
use super::super::successor;
use super::{Drive, Mode, ROUND};
use crate::model::Time;
use crate::store::StoreError;
use std::time::Duration;
use tokio::task;

/// Searches for successors.
pub(super) struct Searching {
    pub(super) task: Option<task::Id>,
    /// When to see whether one is due.
    pub(super) next: Option<Time>,
    pub(super) done: usize,
}

/// Whether a successor is to be looked for is asked so often; a pass looks for so many.
const SEARCH_EVERY: Duration = Duration::from_secs(600);
const SEARCHES: usize = 3;

impl Drive<'_> {
    /// Starts a search for the successor of a feed that is gone or dead, if one may be due: now and then in a loop, after
    /// the polls in a pass.
    pub(super) fn look_after(&mut self) {
        let now = self.room.clock.now();
        let rest = self.mode == Mode::Run || self.polls.is_empty() && self.waiting.is_empty();
        let due = self.search.next.is_some_and(|next| next <= now || next.since(now) > SEARCH_EVERY);
        if self.search.task.is_some() || self.hold.is_some() || !rest || !due {
            return;
        }
        if self.room.board().weather.outage() {
            self.search.next = (self.mode == Mode::Run).then(|| now.plus(SEARCH_EVERY));
            return;
        }
        let (room, abandon) = (self.room.clone(), self.abandon.clone());
        let task = self.polls.spawn(async move {
            tokio::select! {
                looked = successor::look_after_one(&room) => Ended::Looked(looked),
                () = abandon.cancelled() => Ended::Looked(Ok(false)),
            }
        });
        self.search.task = Some(task.id());
    }

    /// A search has ended: the next follows soon while feeds need it; a pass makes a few only.
    pub(super) fn looked(&mut self, looked: Result<bool, StoreError>) {
        let more = looked
            .inspect_err(|error| tracing::debug!(%error, "no successor was looked for"))
            .unwrap_or(false);
        let now = self.room.clock.now();
        self.search.done += 1;
        self.search.next = match self.mode {
            Mode::Run => Some(now.plus(if more { ROUND } else { SEARCH_EVERY })),
            _ => (more && self.search.done < SEARCHES).then_some(now),
        };
    }
}
