//! The state of the whole at a glance.

use super::App;
use crate::model::*;
use crate::store::{self, StoreStats};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// The state of the whole.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Version of this program.
    pub version: &'static str,
    /// Process id of the daemon that holds the database, if one runs.
    pub daemon: Option<u32>,
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// The database file.
    pub database: PathBuf,
    /// Feeds.
    pub feeds: FeedCounts,
    /// Topics configured.
    pub topics: usize,
    /// Hits of the last 24 hours.
    pub hits_day: u64,
    /// Sizes and counts of the store.
    pub store: StoreStats,
    /// When the next feed is due.
    pub next_due: Option<Time>,
}

/// How the configured feeds are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FeedCounts {
    /// Configured.
    pub configured: usize,
    /// Last poll good.
    pub healthy: usize,
    /// Failing.
    pub failing: usize,
    /// Never polled.
    pub new: usize,
    /// Paused by a user.
    pub paused: usize,
    /// Taken down by the publisher.
    pub gone: usize,
}

impl App {
    /// The state of the whole.
    ///
    /// # Errors
    /// The store's.
    pub async fn status(&self) -> store::Result<Status> {
        let day = self.clock.now().minus(Duration::from_secs(86_400));
        let (states, stats, counts, next_due) = self
            .store
            .read(move |read| {
                Ok((read.feed_states()?, read.stats()?, read.topic_counts(day)?, read.next_due()?))
            })
            .await?;
        Ok(Status {
            version: env!("CARGO_PKG_VERSION"),
            daemon: crate::store::sqlite::lock_holder(&self.config.store.path),
            config: self.config.files.first().cloned(),
            database: self.config.store.path.clone(),
            feeds: count(&self.config.feeds, &states),
            topics: self.config.topics.len(),
            hits_day: counts.iter().map(|(_, recent, ..)| recent).sum(),
            store: stats,
            next_due,
        })
    }
}

fn count(configured: &[crate::config::FeedConfig], states: &[FeedState]) -> FeedCounts {
    let mut counts = FeedCounts { configured: configured.len(), ..FeedCounts::default() };
    for feed in configured {
        let slot = match states.iter().find(|state| state.feed == feed.id) {
            None => &mut counts.new,
            Some(state) if state.paused => &mut counts.paused,
            Some(state) if state.gone => &mut counts.gone,
            Some(state) if state.is_failing() => &mut counts.failing,
            Some(state) if state.last_poll.is_none() => &mut counts.new,
            Some(_) => &mut counts.healthy,
        };
        *slot += 1;
    }
    counts
}
