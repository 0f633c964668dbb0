//! Every operation a user can ask for, once. The command line, the HTTP side and the daemon all call it; none of
//! them owns a rule. Answers are plain data that can be serialised; nothing here prints.

pub mod backtest;
pub mod discover;
pub mod documents;
pub mod edits;
pub mod embed;
pub mod explain;
pub mod export;
pub mod feeds;
pub mod health;
pub mod history;
pub mod import;
pub mod marks;
pub mod plan;
pub mod rejudge;
pub mod replay;
pub mod replay_stories;
pub mod search;
pub mod spread;
pub mod status;
pub mod stories;
pub mod topics;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::model::*;
use crate::store::{self, AlertFilter, HitFilter, RetryWhich, StoreError, StoreHandle, StoryFilter};
use std::path::Path;
use std::sync::Arc;

/// A configuration, an open store and a clock: all that questions need.
#[derive(Clone)]
pub struct App {
    /// The configuration in force.
    pub config: Arc<Config>,
    /// The store.
    pub store: StoreHandle,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl App {
    /// Opens the store for questions only; works beside a running daemon.
    ///
    /// # Errors
    /// When there is no database yet, or it cannot be read.
    pub fn for_reading(config: Arc<Config>) -> store::Result<Self> {
        let store = StoreHandle::open_reader(&config.store.path)?;
        Ok(Self { config, store, clock: Arc::new(SystemClock) })
    }

    /// Opens the store for a single change; works beside a running daemon.
    ///
    /// # Errors
    /// When the database cannot be opened or made.
    pub fn for_writing(config: Arc<Config>) -> store::Result<Self> {
        let store = StoreHandle::open_writer(&config.store.path)?;
        Ok(Self { config, store, clock: Arc::new(SystemClock) })
    }

    /// Hits by filter, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn hits(&self, filter: HitFilter) -> store::Result<Vec<HitView>> {
        self.store.read(move |read| read.hits(&filter)).await
    }

    /// One hit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or the store's.
    pub async fn hit(&self, id: HitId) -> store::Result<HitView> {
        found(self.store.read(move |read| read.hit(id)).await?, "hit", id)
    }

    /// Stories by filter, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn stories(&self, filter: StoryFilter) -> store::Result<Vec<Story>> {
        self.store.read(move |read| read.stories(&filter)).await
    }

    /// Alerts by filter, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn alerts(&self, filter: AlertFilter) -> store::Result<Vec<AlertView>> {
        self.store.read(move |read| read.alerts(&filter)).await
    }

    /// One alert with its deliveries and every attempt.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or the store's.
    pub async fn alert(&self, id: AlertId) -> store::Result<(AlertView, Vec<Attempt>)> {
        let view = found(self.store.read(move |read| read.alert(id)).await?, "alert", id)?;
        let deliveries: Vec<DeliveryId> = view.deliveries.iter().map(|delivery| delivery.id).collect();
        let attempts = self
            .store
            .read(move |read| {
                let mut all = Vec::new();
                for delivery in deliveries {
                    all.extend(read.attempts(delivery)?);
                }
                all.sort_by_key(|attempt| attempt.at);
                Ok(all)
            })
            .await?;
        Ok((view, attempts))
    }

    /// The updates that follow a first alert, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn updates_of(&self, first: AlertId) -> store::Result<Vec<AlertId>> {
        self.store.read(move |read| read.updates_of(first)).await
    }

    /// Brings dead deliveries back; returns how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn retry(&self, which: RetryWhich) -> store::Result<usize> {
        let now = self.clock.now();
        self.store.write(move |tx| tx.retry_deliveries(which, now)).await
    }

    /// Writes a consistent copy of the database to a new file.
    ///
    /// # Errors
    /// When the file exists, or the store's.
    pub async fn backup(&self, to: &Path) -> store::Result<()> {
        self.store.backup(to).await
    }

    /// Removes what retention no longer keeps.
    ///
    /// # Errors
    /// The store's.
    pub async fn prune(&self) -> store::Result<store::Pruned> {
        let now = self.clock.now();
        let bodies = now.minus(self.config.store.keep_bodies);
        let records = now.minus(self.config.store.keep_records);
        self.store.prune(bodies, records).await
    }
}

/// `Some`, or the error that names what is missing.
pub(crate) fn found<T>(thing: Option<T>, noun: &str, id: impl std::fmt::Display) -> store::Result<T> {
    thing.ok_or_else(|| StoreError::NotFound(format!("there is no {noun} {id}")))
}
