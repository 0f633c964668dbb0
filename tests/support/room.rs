//! An intake room on a fresh SQLite file, a clock in the test's hand, and whatever feeds the test names.

use super::server::FeedServer;
use arc_swap::ArcSwap;
use newswatch::clock::{Clock, ManualClock};
use newswatch::config::*;
use newswatch::intake::{Deps, Intake, IntakeError, PassSummary, PollReport, Progress};
use newswatch::model::*;
use newswatch::net::{Looking, Lookup, SystemLookup};
use newswatch::store::{EntryFilter, Narrow, StoreHandle};
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// Monday 2026-11-02, 12:00 GMT.
pub const START: Time = Time(1_793_620_800_000);

/// What has not happened after so long will not happen: a test then fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(30);

/// Names that a test makes up, and how often they were asked for. Unknown names do not resolve.
#[derive(Debug, Default)]
pub struct Names {
    table: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    /// Successive answers for a name; the last repeats.
    pub fn set(&self, name: &str, answers: &[&[&str]]) {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().expect("an address")).collect();
        let mut answers: Vec<Vec<IpAddr>> = answers.iter().map(parse).collect();
        answers.reverse();
        self.table.lock().expect("names").insert(name.to_owned(), answers);
    }

    /// The names asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("names").clone()
    }
}

impl Lookup for Names {
    fn lookup(&self, host: &str) -> Looking {
        self.asked.lock().expect("names").push(host.to_owned());
        let mut table = self.table.lock().expect("names");
        let found = table
            .get_mut(host)
            .map(|left| if left.len() > 1 { left.pop().expect("an answer") } else { left[0].clone() });
        let answer = found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such host"));
        Box::pin(async move { answer })
    }
}

/// A feed to be polled, with defaults.
pub fn feed(id: &str, url: impl AsRef<str>) -> FeedConfig {
    FeedConfig {
        id: FeedId::from(id),
        url: url.as_ref().parse().expect("a URL"),
        title: None,
        tags: Vec::new(),
        lang: None,
        publisher: None,
        interval: None,
        headers: Vec::new(),
        full_text: false,
        at: Location::default(),
    }
}

/// A configuration with these feeds: loopback allowed (and nothing else inside), no spacing, short time limits.
pub fn config(feeds: Vec<FeedConfig>) -> Config {
    Config {
        store: StoreConfig {
            path: PathBuf::new(),
            keep_bodies: Duration::from_secs(90 * 86_400),
            keep_records: Duration::from_secs(30 * 86_400),
        },
        net: NetConfig {
            allow_addresses: vec!["127.0.0.0/8".parse().expect("a range")],
            allow_ports: Vec::new(),
            contact: "https://example.org/contact".to_owned(),
            proxy: None,
        },
        intake: IntakeConfig {
            interval: Duration::from_secs(3600),
            min_interval: Duration::from_secs(300),
            max_interval: Duration::from_secs(86_400),
            requests_per_minute: None,
            concurrency: 16,
            host_spacing: Duration::ZERO,
            timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(5),
            max_body: 10_000_000,
            max_redirects: 5,
            max_entries: 2000,
        },
        desk: DeskConfig { window: Duration::from_secs(3 * 86_400), batch: 500 },
        embeddings: EmbeddingsConfig {
            model: None,
            endpoint: None,
            endpoint_model: "default".to_owned(),
            endpoint_key: None,
            timeout: Duration::from_secs(5),
            threshold: 0.6,
        },
        alert: AlertConfig {
            concurrency: 1,
            timeout: Duration::from_secs(10),
            retry_first: Duration::from_secs(5),
            retry_max: Duration::from_secs(3600),
            give_up: Duration::from_secs(86_400),
        },
        http: HttpConfig { listen: None, public_url: None },
        log: LogConfig { level: "info".to_owned() },
        feeds,
        topics: Vec::new(),
        terms: Vec::new(),
        names: Vec::new(),
        name_files: Vec::new(),
        samples: Vec::new(),
        receivers: Vec::new(),
        routes: Vec::new(),
        files: Vec::new(),
        warnings: Vec::new(),
    }
}

/// In memory where the system has such a place: every commit waits for the disk otherwise.
pub fn memory_directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
}

/// The room and everything it was given.
pub struct TestRoom {
    /// The room.
    pub intake: Arc<Intake>,
    /// Its store.
    pub store: StoreHandle,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its configuration.
    pub config: Arc<ArcSwap<Config>>,
    /// Told when entries wait for the desk.
    pub desk: Arc<Notify>,
    reports: Arc<Mutex<Vec<PollReport>>>,
    reported: Arc<Notify>,
    /// Rounds the loop has begun.
    ticks: Arc<AtomicUsize>,
    directory: Arc<tempfile::TempDir>,
    names: Arc<dyn Lookup>,
    roots: Vec<Vec<u8>>,
}

/// How long nothing must have happened before a test takes it that nothing will.
const QUIET: Duration = Duration::from_millis(4);

impl TestRoom {
    /// A room for feeds at literal loopback addresses.
    pub fn new(feeds: Vec<FeedConfig>) -> Self {
        Self::with(config(feeds), Arc::new(SystemLookup::default()), Vec::new())
    }

    /// A room that trusts a TLS server of the test.
    pub fn trusting(server: &FeedServer, feeds: Vec<FeedConfig>) -> Self {
        Self::with(config(feeds), Arc::new(SystemLookup::default()), vec![server.root()])
    }

    /// A room with a configuration and names of the test's making.
    pub fn with(config: Config, names: Arc<dyn Lookup>, roots: Vec<Vec<u8>>) -> Self {
        let directory = Arc::new(memory_directory());
        let store = StoreHandle::open_daemon(&directory.path().join("newswatch.db")).expect("a store");
        let clock = Arc::new(ManualClock::new(START));
        Self::on(store, directory, config, clock, names, roots)
    }

    /// A room on a store of the test's making.
    pub fn on_store(store: StoreHandle, feeds: Vec<FeedConfig>) -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let names = Arc::new(SystemLookup::default());
        Self::on(store, Arc::new(memory_directory()), config(feeds), clock, names, Vec::new())
    }

    fn on(
        store: StoreHandle,
        directory: Arc<tempfile::TempDir>,
        config: Config,
        clock: Arc<ManualClock>,
        names: Arc<dyn Lookup>,
        roots: Vec<Vec<u8>>,
    ) -> Self {
        let config = Arc::new(ArcSwap::from_pointee(config));
        let (desk, reported) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let reports: Arc<Mutex<Vec<PollReport>>> = Arc::default();
        let ticks: Arc<AtomicUsize> = Arc::default();
        let (heard, signal, rounds) = (reports.clone(), reported.clone(), ticks.clone());
        let progress = move |progress: Progress<'_>| match progress {
            Progress::Polled(report) => {
                heard.lock().expect("reports").push(report.clone());
                signal.notify_one();
            }
            Progress::Tick => {
                rounds.fetch_add(1, Ordering::SeqCst);
            }
        };
        let deps = Deps {
            store: store.clone(),
            config: config.clone(),
            clock: clock.clone(),
            names: names.clone(),
            desk: desk.clone(),
            progress: Arc::new(progress),
            jitter: Arc::new(|| 0.0),
            extra_roots: roots.clone(),
            alone: true,
            grace: Duration::from_millis(300),
        };
        let intake = Arc::new(Intake::new(deps));
        Self { intake, store, clock, config, desk, reports, reported, ticks, directory, names, roots }
    }

    /// The same after a restart of the process: everything but the database is new.
    pub async fn restarted(self) -> Self {
        let config = Config::clone(&self.config.load());
        self.store.close().await.expect("a clean end");
        let path = self.directory.path().join("newswatch.db");
        let store = StoreHandle::open_daemon(&path).expect("the store again");
        Self::on(store, self.directory, config, self.clock, self.names, self.roots)
    }

    /// The database file.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("newswatch.db")
    }

    /// Polls what is due.
    pub async fn pass(&self) -> PassSummary {
        self.intake.pass(false).await.expect("a pass")
    }

    /// Polls everything.
    pub async fn pass_all(&self) -> PassSummary {
        self.intake.pass(true).await.expect("a pass")
    }

    /// Polls what is due, and says what came of the one feed that was.
    pub async fn poll(&self) -> PollReport {
        let before = self.reports().len();
        self.pass().await;
        let reports = self.reports();
        assert_eq!(reports.len(), before + 1, "exactly one feed was due");
        reports[before].clone()
    }

    /// The same as [`poll`](Self::poll), due or not.
    pub async fn poll_now(&self) -> PollReport {
        let before = self.reports().len();
        self.pass_all().await;
        self.reports()[before].clone()
    }

    /// Everything reported so far.
    pub fn reports(&self) -> Vec<PollReport> {
        self.reports.lock().expect("reports").clone()
    }

    /// Waits until so many polls were reported.
    pub async fn reached(&self, count: usize) {
        let all = async {
            while self.reports().len() < count {
                self.reported.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, all).await.expect("the polls come");
    }

    /// Moves the clock to when the feed is due (a feed never met is due at once) and says when that is.
    pub async fn until_due(&self, id: &str) -> Time {
        let feed = FeedId::from(id);
        let state = self.store.read(move |read| read.feed_state(&feed)).await.expect("a read");
        let due = state.map_or(self.clock.now(), |state| state.next_due);
        self.clock.set(due.max(self.clock.now()));
        due
    }

    /// Moves the clock.
    pub fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }

    /// What is remembered about a feed.
    pub async fn state(&self, id: &str) -> FeedState {
        let id = FeedId::from(id);
        self.store.read(move |read| read.feed_state(&id)).await.expect("a read").expect("a feed")
    }

    /// All entries.
    pub async fn entries(&self) -> Vec<Entry> {
        let filter =
            EntryFilter { narrow: Narrow { limit: 100_000, ..Narrow::default() }, ..EntryFilter::default() };
        self.store.read(move |read| read.entries(&filter)).await.expect("a read")
    }

    /// Lets the running loop go round once, whole, at the time the clock shows now.
    pub async fn round(&self) {
        // A round that has begun may have looked at the clock before. The next one has not; it is over when one more begins.
        for _ in 0..2 {
            let begun = self.ticks.load(Ordering::SeqCst);
            self.intake.wake();
            until(|| self.ticks.load(Ordering::SeqCst) > begun).await;
        }
    }

    /// Wakes the loop and lets it work until every request has reached its server and nothing changes any more. `count`
    /// says how many have arrived since this room began.
    pub async fn settle(&self, count: impl Fn() -> usize) {
        self.round().await;
        let (mut last, began) = (usize::MAX, std::time::Instant::now());
        let mut since = began;
        while since.elapsed() < QUIET {
            assert!(began.elapsed() < PATIENCE, "requests arrive");
            tokio::task::yield_now().await;
            let now = count() + self.reports().len();
            if now != last || count() as u64 != self.intake.requests() {
                (last, since) = (now, std::time::Instant::now());
            }
        }
    }

    /// Replaces the configuration, as a reload does.
    pub fn reconfigure(&self, change: impl FnOnce(&mut Config)) {
        let mut config = Config::clone(&self.config.load());
        change(&mut config);
        self.config.store(Arc::new(config));
        self.intake.wake();
    }

    /// Runs the loop until the returned guard is stopped.
    pub fn run(&self) -> Running {
        let cancel = tokio_util::sync::CancellationToken::new();
        let (intake, token) = (self.intake.clone(), cancel.clone());
        Running { cancel, task: tokio::spawn(async move { intake.run(token).await }) }
    }
}

/// A running loop.
pub struct Running {
    cancel: tokio_util::sync::CancellationToken,
    task: tokio::task::JoinHandle<Result<(), IntakeError>>,
}

impl Running {
    /// Ends it where it stands, as a kill would.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|end| end.is_cancelled()));
    }

    /// Asks it to stop, without waiting.
    pub fn ask_to_stop(&self) {
        self.cancel.cancel();
    }

    /// Stops it and waits for the end.
    pub async fn stop(self) {
        self.cancel.cancel();
        self.task.await.expect("no crash").expect("a clean end");
    }
}

/// Waits until something becomes true, letting everybody else work meanwhile.
pub async fn until(mut true_now: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !true_now() {
        assert!(began.elapsed() < PATIENCE, "it never came true");
        tokio::task::yield_now().await;
    }
}

/// An RSS document with these items: (guid, title).
pub fn rss(items: &[(&str, &str)]) -> Vec<u8> {
    rss_with("", items)
}

/// The same with further elements in the channel.
pub fn rss_with(channel: &str, items: &[(&str, &str)]) -> Vec<u8> {
    let items: String = items
        .iter()
        .map(|(guid, title)| {
            format!("<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title></item>")
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>Scripted</title>{channel}{items}</channel></rss>")
        .into_bytes()
}
