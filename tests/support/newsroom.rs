//! A store and a desk under a configuration, with a clock that is set by hand: entries go in, stories and alerts come out.

use arc_swap::ArcSwap;
use newswatch::app::{embed, plan};
use newswatch::clock::{Clock, ManualClock};
use newswatch::config::{self, Config};
use newswatch::desk::{Desk, DeskParts};
use newswatch::model::*;
use newswatch::store::*;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Notify;

/// 2026-11-23 12:00:00 UTC.
pub const START: Time = Time(1_795_435_200_000);

/// The desk with all it needs.
pub struct Newsroom {
    /// The store.
    pub store: StoreHandle,
    /// Its configuration.
    pub config: Arc<Config>,
    clock: Arc<ManualClock>,
    desk: Desk,
    runtime: tokio::runtime::Runtime,
    _directory: TempDir,
}

impl Newsroom {
    /// A newsroom under the configuration `text`; `files` lie beside it.
    pub fn with(text: &str, files: &[(&str, &[u8])]) -> Self {
        let directory =
            tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory");
        for (name, content) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            std::fs::write(path, content).expect("a file");
        }
        let path = directory.path().join("newswatch.toml");
        std::fs::write(&path, format!("[store]\npath = \"n.db\"\n{text}")).expect("a file");
        let config = config::load(&path, &Default::default()).unwrap_or_else(|errors| panic!("{errors}"));
        let store = StoreHandle::open_daemon(&config.store.path).expect("a store");
        let seeds: Vec<FeedSeed> = config
            .feeds
            .iter()
            .map(|feed| FeedSeed { feed: feed.id.clone(), url: feed.url.to_string(), first_due: START })
            .collect();
        store.write_blocking(move |tx| tx.sync_feeds(&seeds, START)).expect("feeds");
        let clock = Arc::new(ManualClock::new(START));
        let (config, runtime) = (Arc::new(config), tokio::runtime::Runtime::new().expect("a runtime"));
        let desk = desk(&store, &config, clock.clone());
        Self { store, config, clock, desk, runtime, _directory: directory }
    }

    /// Takes in what a feed shows now, without judging it.
    pub fn take(&self, feed: &str, entries: Vec<NewEntry>) {
        let (feed, now) = (FeedId::from(feed), self.clock.now());
        self.store.write_blocking(move |tx| tx.absorb_entries(&feed, &entries, false, now)).expect("stored");
    }

    /// The same for entries from before the feed was watched.
    pub fn take_old(&self, feed: &str, entries: Vec<NewEntry>) {
        let (feed, now) = (FeedId::from(feed), self.clock.now());
        self.store.write_blocking(move |tx| tx.absorb_entries(&feed, &entries, true, now)).expect("stored");
    }

    /// Judges what waits; a quarter of an hour goes by.
    pub fn judge(&mut self) {
        self.runtime.block_on(self.desk.pass()).expect("judged");
        self.clock.set(self.clock.now().plus(Duration::from_secs(900)));
    }

    /// Takes in and judges one entry.
    pub fn tell(&mut self, feed: &str, entry: NewEntry) {
        self.take(feed, vec![entry]);
        self.judge();
    }

    /// The desk forgets everything, as after a restart.
    pub fn restart(&mut self) {
        self.desk = desk(&self.store, &self.config, self.clock.clone());
    }

    /// An answer of the store.
    pub fn ask<R>(&self, question: impl FnOnce(&dyn Read) -> Result<R>) -> R {
        self.store.read_blocking(question).expect("an answer")
    }

    /// All alerts, oldest first.
    pub fn alerts(&self) -> Vec<AlertView> {
        let mut alerts = self.ask(|read| read.alerts(&AlertFilter::default()));
        alerts.reverse();
        alerts
    }

    /// The stories with their entries, oldest first.
    pub fn stories(&self) -> Vec<(Story, Vec<JudgedEntry>)> {
        let mut stories = self.ask(|read| read.stories(&StoryFilter::default()));
        stories.sort_by_key(|story| story.id);
        stories
            .into_iter()
            .map(|story| {
                let id = story.id;
                let entries = self.ask(move |read| read.story_entries(id));
                (story, entries)
            })
            .collect()
    }
}

fn desk(store: &StoreHandle, config: &Config, clock: Arc<ManualClock>) -> Desk {
    let (mut plan, broken) = plan::compile(config);
    assert!(broken.is_empty(), "{broken:?}");
    plan.embeddings = embed::embeddings(config).expect("a model");
    Desk::new(DeskParts {
        store: store.clone(),
        clock,
        plan: Arc::new(ArcSwap::from_pointee(plan)),
        wake: Arc::new(Notify::new()),
        wake_alert: Arc::new(Notify::new()),
        progress: Arc::new(|| {}),
    })
}

/// An entry of an outlet, found under its title.
pub fn entry(outlet: &str, lang: &str, title: &str, body: &str) -> NewEntry {
    named(&format!("{outlet}: {title}"), outlet, lang, title, body)
}

/// The same under a key that stays when the title changes.
pub fn named(key: &str, outlet: &str, lang: &str, title: &str, body: &str) -> NewEntry {
    NewEntry {
        key: key.to_owned(),
        guid: Some(key.to_owned()),
        url: None,
        canonical_url: None,
        title: title.to_owned(),
        body: body.to_owned(),
        author: None,
        publisher: Some(outlet.to_owned()),
        categories: Vec::new(),
        lang: Some(lang.to_owned()),
        published: None,
        content_hash: format!("{title}\n{body}"),
    }
}
