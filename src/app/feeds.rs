//! Feeds: what is configured, joined with what is remembered about polling it.

use super::App;
use crate::config::FeedConfig;
use crate::intake;
use crate::intake::memory::Memory;
use crate::model::*;
use crate::store::{self, PollRow, StoreError, Subscription, SubscriptionState, Successor};
use serde::Serialize;

/// A configured feed with its memory.
#[derive(Clone, Debug, Serialize)]
pub struct FeedView {
    /// Id.
    pub id: FeedId,
    /// Configured address (user name and password, if any, left out).
    pub url: String,
    /// Title: as configured, else as the document says.
    pub title: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Language as configured, else as the document says.
    pub lang: Option<String>,
    /// One word: `new`, `ok`, `failing`, `paused`, `gone`.
    pub health: &'static str,
    /// Share of answers that were 304, 0 to 1; absent before the first request.
    pub not_modified_share: Option<f64>,
    /// What is remembered; absent before the daemon met the feed.
    pub state: Option<FeedState>,
}

/// A feed with its newest polls.
#[derive(Clone, Debug, Serialize)]
pub struct FeedDetail {
    /// The feed.
    #[serde(flatten)]
    pub view: FeedView,
    /// Newest polls first.
    pub polls: Vec<PollRow>,
    /// The hub that pushes it, if one was asked to.
    pub push: Option<PushView>,
    /// Where it redirects for good, as long as it does.
    pub moved: Option<MovedView>,
    /// What the search for a successor came to, if one was made.
    pub successor: Option<Successor>,
}

/// A permanent redirect.
#[derive(Clone, Debug, Serialize)]
pub struct MovedView {
    /// Where to.
    pub to: String,
    /// Since when.
    pub since: Time,
    /// How often it was seen.
    pub seen: u32,
    /// Whether it is believed: seen five times over three days. The feed is polled there then.
    pub believed: bool,
}

/// A WebSub subscription as people may see it.
#[derive(Clone, Debug, Serialize)]
pub struct PushView {
    /// The hub.
    pub hub: String,
    /// Where it stands: `wanted`, `active`, `denied`, `leaving`.
    pub state: SubscriptionState,
    /// Until when the hub pushes.
    pub lease_until: Option<Time>,
    /// When it last pushed.
    pub last_push: Option<Time>,
    /// Polls in a row that found what the hub had pushed, and nothing beyond it.
    pub confirmed: u32,
    /// What it said last.
    pub message: Option<String>,
}

impl From<Subscription> for PushView {
    fn from(known: Subscription) -> Self {
        let Subscription { hub, state, lease_until, last_push, confirmed, message, .. } = known;
        Self { hub, state, lease_until, last_push, confirmed, message }
    }
}

impl FeedView {
    fn new(feed: &FeedConfig, state: Option<FeedState>) -> Self {
        let title = feed.title.clone().or_else(|| state.as_ref()?.title.clone());
        let lang = feed.lang.clone().or_else(|| state.as_ref()?.language.clone());
        let share = state.as_ref().filter(|state| state.polls > 0);
        Self {
            id: feed.id.clone(),
            url: without_userinfo(&feed.url),
            title,
            tags: feed.tags.clone(),
            lang,
            health: health(state.as_ref()),
            not_modified_share: share.map(|state| state.not_modified as f64 / state.polls as f64),
            state,
        }
    }
}

fn health(state: Option<&FeedState>) -> &'static str {
    match state {
        None => "new",
        Some(state) if state.paused => "paused",
        Some(state) if state.gone => "gone",
        Some(state) if state.is_failing() => "failing",
        Some(state) if state.last_poll.is_none() => "new",
        Some(_) => "ok",
    }
}

fn moved(state: &FeedState, now: Time) -> Option<MovedView> {
    let moved = Memory::read(state.rhythm.as_deref()).moved?;
    let believed = moved.proven(now);
    Some(MovedView { to: without_userinfo(&moved.to), since: moved.since, seen: moved.seen, believed })
}

/// An address fit for printing.
pub fn without_userinfo(url: &url::Url) -> String {
    let mut shown = url.clone();
    // Both fail only for addresses that cannot have user information.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.to_string()
}

impl App {
    /// Every configured feed, in file order.
    ///
    /// # Errors
    /// The store's.
    pub async fn feeds(&self) -> store::Result<Vec<FeedView>> {
        let mut states: std::collections::HashMap<FeedId, FeedState> = self
            .store
            .read(|read| read.feed_states())
            .await?
            .into_iter()
            .map(|state| (state.feed.clone(), state))
            .collect();
        Ok(self.config.feeds.iter().map(|feed| FeedView::new(feed, states.remove(&feed.id))).collect())
    }

    /// One feed with its newest polls.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or the store's.
    pub async fn feed(&self, id: &FeedId, polls: usize) -> store::Result<FeedDetail> {
        let feed = self.configured(id)?.clone();
        let (id, now) = (id.clone(), self.clock.now());
        self.store
            .read(move |read| {
                let view = FeedView::new(&feed, read.feed_state(&id)?);
                let push = read.subscription(&id)?.map(PushView::from);
                let moved = view.state.as_ref().and_then(|state| moved(state, now));
                let successor = read.successors()?.into_iter().find(|known| known.feed == id);
                Ok(FeedDetail { view, polls: read.polls(&id, polls)?, push, moved, successor })
            })
            .await
    }

    /// Pauses or resumes a feed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or the store's.
    pub async fn set_paused(&self, id: &FeedId, paused: bool) -> store::Result<()> {
        self.configured(id)?;
        let (id, now) = (id.clone(), self.clock.now());
        let seeds = intake::seeds(&self.config, now);
        self.store
            .write(move |tx| {
                tx.sync_feeds(&seeds, now)?;
                tx.set_paused(&id, paused, now)
            })
            .await
    }

    fn configured(&self, id: &FeedId) -> store::Result<&FeedConfig> {
        self.config
            .feeds
            .iter()
            .find(|feed| feed.id == *id)
            .ok_or_else(|| StoreError::NotFound(format!("there is no feed {id} in the configuration")))
    }
}
