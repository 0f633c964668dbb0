//! The rooms wired together: one store, one configuration, one clock; they wake each other and share nothing else.

use super::DaemonError;
use super::progress::{self, ALERT, DESK, INTAKE};
use super::watch;
use crate::alert::{Alerts, AlertsDeps, DeliverySummary, Receivers, Surroundings, receiver};
use crate::app::plan::{self, BrokenTopic};
use crate::app::{App, embed};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::embed::Embeddings;
use crate::desk::{Desk, DeskParts, DeskSummary, Plan};
use crate::http::Health;
use crate::intake::{Deps, Intake, PassSummary, PollReport, Progress};
use crate::model::Time;
use crate::net::{Guard, SystemLookup};
use crate::store::{self, StoreHandle};
use arc_swap::ArcSwap;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Time allowed for polls and sends under way when the daemon stops; recording what was cut off takes two seconds more.
const GRACE: Duration = Duration::from_secs(6);
/// A delivery is never put off for longer (Retry-After is bounded by `alert.give_up`, which is at most 90 days).
const LONGEST_WAIT: Duration = Duration::from_secs(90 * 86_400);
/// How often the alert loop's beat is looked at.
const WATCH: Duration = Duration::from_secs(5);
/// How often what retention no longer keeps is removed.
const PRUNE_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// The rooms over one store, ready to run or to make one pass.
pub struct House {
    /// What questions are put to; swapped on reload.
    pub app: Arc<ArcSwap<App>>,
    /// Signs of life of the loops.
    pub health: Arc<Health>,
    config: Arc<ArcSwap<Config>>,
    plan: Arc<ArcSwap<Plan>>,
    /// Polls, and takes in what hubs push.
    pub intake: Arc<Intake>,
    desk: DeskParts,
    alerts: Arc<Alerts>,
    passes: Mutex<Desk>,
    store: StoreHandle,
    clock: Arc<dyn Clock>,
}

/// What one pass came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PassReport {
    /// Feeds polled.
    pub polled: usize,
    /// Of them, those that brought nothing new.
    pub unchanged: usize,
    /// Polls that failed.
    pub failed: usize,
    /// Feeds put off because their host has asked for quiet.
    pub postponed: usize,
    /// Entries not seen before.
    pub new: usize,
    /// Entries whose text changed.
    pub revised: usize,
    /// Entries judged.
    pub judged: usize,
    /// Hits stored.
    pub hits: usize,
    /// Alerts made.
    pub alerts: usize,
    /// Deliveries sent.
    pub sent: usize,
    /// Deliveries to be tried again.
    pub retried: usize,
    /// Deliveries given up.
    pub dead: usize,
}

impl PassReport {
    /// Adds another pass to this sum.
    pub fn add(&mut self, other: &Self) {
        self.polled += other.polled;
        self.unchanged += other.unchanged;
        self.failed += other.failed;
        self.postponed += other.postponed;
        self.new += other.new;
        self.revised += other.revised;
        self.judged += other.judged;
        self.hits += other.hits;
        self.alerts += other.alerts;
        self.sent += other.sent;
        self.retried += other.retried;
        self.dead += other.dead;
    }
}

impl std::fmt::Display for PassReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            polled, unchanged, failed, new, revised, judged, hits, alerts, sent, retried, dead, ..
        } = self;
        let feeds = if *polled == 1 { "feed" } else { "feeds" };
        write!(f, "{polled} {feeds} polled ({unchanged} unchanged, {failed} failed)")?;
        if self.postponed > 0 {
            write!(f, ", {} put off because their host asks for quiet", self.postponed)?;
        }
        write!(
            f,
            ", {new} new and {revised} revised entries, {judged} judged, {hits} hits, {alerts} alerts; "
        )?;
        write!(f, "{sent} deliveries sent, {retried} to be tried again, {dead} given up")
    }
}

impl House {
    /// Opens the store as the one daemon on it, compiles the topics and wires the rooms. A topic with a broken query is
    /// out of service and said so; the others work.
    ///
    /// # Errors
    /// When the store is in use or unusable, or outgoing connections cannot be set up.
    pub async fn build(config: Arc<Config>, clock: Arc<dyn Clock>) -> Result<Self, DaemonError> {
        let store = StoreHandle::open_daemon(&config.store.path)?;
        let (mut first_plan, broken) = plan::compile(&config);
        first_plan.embeddings = embeddings(&config);
        broken.iter().for_each(report_broken);
        let health = progress::health();
        let wiring = Wiring { store: store.clone(), clock: clock.clone(), health: health.clone() };
        let config_cell = Arc::new(ArcSwap::new(config.clone()));
        let plan = Arc::new(ArcSwap::from_pointee(first_plan));
        let wake_desk = Arc::new(Notify::new());
        let intake = Arc::new(wiring.intake(&config_cell, &wake_desk));
        let alerts = Arc::new(wiring.alerts(&config)?);
        let desk = wiring.desk(&plan, wake_desk, alerts.waker());
        let app = App { config, store: store.clone(), clock: clock.clone() };
        let house = Self {
            app: Arc::new(ArcSwap::from_pointee(app)),
            health,
            config: config_cell,
            plan,
            intake,
            passes: Mutex::new(Desk::new(desk.clone())),
            desk,
            alerts,
            store,
            clock,
        };
        house.make_known(true).await?;
        Ok(house)
    }

    /// Tells the store which topic versions are in force (intake makes the feeds known itself); at the `first` time also that no delivery is being sent: we
    /// hold the process lock, so whoever claimed one is gone.
    async fn make_known(&self, first: bool) -> store::Result<()> {
        let latest = self.clock.now().plus(LONGEST_WAIT);
        let (app, plan, now) = (self.app.load_full(), self.plan.load_full(), self.clock.now());
        let versions: Vec<_> = app
            .config
            .topics
            .iter()
            .filter_map(|topic| {
                let version = plan.watchlist.version_of(plan.watchlist.find(topic.id.as_str())?);
                Some((topic.id.clone(), version.to_owned(), topic.query.clone()))
            })
            .collect();
        self.store
            .write(move |tx| {
                if first {
                    tx.free_deliveries(latest)?;
                }
                for (topic, version, query) in &versions {
                    tx.record_topic_version(topic, version, query, now)?;
                }
                Ok(())
            })
            .await
    }

    /// Starts every loop.
    pub fn start(&self, stop: &CancellationToken, tasks: &TaskTracker) {
        let (intake, alerts) = (self.intake.clone(), self.alerts.clone());
        let (cancel_intake, cancel_alert) = (stop.clone(), stop.clone());
        tasks.spawn(async move {
            if let Err(error) = intake.run(cancel_intake).await {
                tracing::error!(%error, "polling has stopped");
            }
        });
        tasks.spawn(Desk::new(self.desk.clone()).run(stop.clone()));
        tasks.spawn(async move { alerts.run(cancel_alert, GRACE).await });
        tasks.spawn(watch_alerts(self.alerts.clone(), self.health.clone(), stop.clone()));
        tasks.spawn(watch::hubs(self.intake.clone(), stop.clone()));
        tasks.spawn(watch::watch(self.app.clone(), self.alerts.waker(), stop.clone()));
        tasks.spawn(prune_now_and_then(self.app.clone(), stop.clone()));
    }

    /// One pass: polls what is due (everything, if `all`), judges, delivers what is due.
    ///
    /// # Errors
    /// The store's.
    pub async fn pass(&self, all: bool) -> Result<PassReport, DaemonError> {
        let taken = self.intake.pass(all).await?;
        let judged = self.passes.lock().await.pass().await?;
        watch::look(&self.app.load_full(), &self.alerts.waker()).await;
        let sent = self.alerts.pass().await?;
        Ok(report(&taken, &judged, &sent))
    }

    /// Puts a new configuration in force, whole; nothing is missed or judged twice.
    ///
    /// # Errors
    /// A sentence, when it cannot be used; the old one stays in force.
    pub async fn reload(&self, config: Arc<Config>) -> Result<String, String> {
        let (in_force, known) = (self.plan.load_full(), self.app.load_full());
        let (mut plan, broken) = plan::compile_after(&in_force.watchlist, &known.config, &config);
        if !broken.is_empty() {
            let all: Vec<String> = broken.iter().map(ToString::to_string).collect();
            return Err(all.join("; "));
        }
        let receivers = receivers(&config)?;
        let old = self.app.load_full();
        if old.config.store.path != config.store.path || old.config.http.listen != config.http.listen {
            tracing::warn!("store.path and http.listen take effect at the next start");
        }
        let summary = format!(
            "{} feeds, {} topics, {} receivers",
            config.feeds.len(),
            config.topics.len(),
            config.receivers.len()
        );
        plan.embeddings = embeddings(&config);
        self.plan.store(Arc::new(plan));
        self.app.store(Arc::new(App { config: config.clone(), ..(*old).clone() }));
        self.make_known(false).await.map_err(|error| error.to_string())?;
        self.alerts.reconfigure(config.alert.clone(), receivers);
        self.config.store(config);
        self.intake.wake();
        Ok(summary)
    }

    /// Drains and closes the store.
    pub async fn close(self) {
        if let Err(error) = self.store.close().await {
            tracing::error!(%error, "the store did not close well");
        }
    }
}

fn report_broken(broken: &BrokenTopic) {
    if let Some(route) = broken.route {
        tracing::error!(route = route + 1, at = %broken.at, error = %broken.error, "the query of a route is not understood: it tells as if it had none");
        return;
    }
    tracing::error!(topic = %broken.topic, at = %format!("{}:{}:{}", broken.at.file, broken.at.line, broken.at.column), error = %broken.error, "a topic is out of service: its query is not understood");
}

fn report(taken: &PassSummary, judged: &DeskSummary, sent: &DeliverySummary) -> PassReport {
    PassReport {
        polled: taken.polls,
        unchanged: taken.unchanged,
        failed: taken.failed.len(),
        postponed: taken.postponed.len(),
        new: taken.new_entries,
        revised: taken.revised_entries,
        judged: judged.judged,
        hits: judged.hits,
        alerts: judged.alerts,
        sent: sent.sent,
        retried: sent.retried,
        dead: sent.dead,
    }
}

/// What all rooms are given.
struct Wiring {
    store: StoreHandle,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
}

impl Wiring {
    fn intake(&self, config: &Arc<ArcSwap<Config>>, desk: &Arc<Notify>) -> Intake {
        let beat = progress::hook(&self.health, INTAKE);
        Intake::new(Deps {
            store: self.store.clone(),
            config: config.clone(),
            clock: self.clock.clone(),
            names: Arc::new(SystemLookup::default()),
            desk: desk.clone(),
            progress: Arc::new(move |progress: Progress<'_>| {
                beat();
                if let Progress::Polled(report) = progress {
                    count(report);
                }
            }),
            jitter: Arc::new(fastrand::f64),
            extra_roots: Vec::new(),
            alone: true,
            grace: GRACE,
        })
    }

    fn desk(&self, plan: &Arc<ArcSwap<Plan>>, wake: Arc<Notify>, wake_alert: Arc<Notify>) -> DeskParts {
        DeskParts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            plan: plan.clone(),
            wake,
            wake_alert,
            progress: progress::hook(&self.health, DESK),
        }
    }

    fn alerts(&self, config: &Config) -> Result<Alerts, DaemonError> {
        let deps = AlertsDeps {
            store: self.store.clone(),
            clock: self.clock.clone(),
            jitter: Arc::new(fastrand::f64),
        };
        let receivers = receivers(config).map_err(DaemonError::Receivers)?;
        Ok(Alerts::new(deps, config.alert.clone(), receivers))
    }
}

/// What `/metrics` counts of polling.
fn count(report: &PollReport) {
    metrics::counter!("newswatch_polls_total", "outcome" => report.outcome.name()).increment(1);
    metrics::counter!("newswatch_entries_total").increment(report.absorbed.new as u64);
}

/// The configured embedding model. One that cannot be used is told, and entries are judged by their words.
fn embeddings(config: &Config) -> Option<Embeddings> {
    embed::embeddings(config).unwrap_or_else(|error| {
        tracing::error!(%error, "the embedding model cannot be used; the words alone decide");
        None
    })
}

/// The configured receivers, or everything that is wrong with them.
fn receivers(config: &Config) -> Result<Receivers, String> {
    let around = Surroundings { guard: Guard::new(&config.net), zone: TimeZone::system(), terminal: None };
    receiver::build(config, &around)
        .map_err(|bad| bad.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// The alert loop keeps its own beat; it is carried over to the others here.
async fn watch_alerts(alerts: Arc<Alerts>, health: Arc<Health>, stop: CancellationToken) {
    let mut last = Time(0);
    while !stop.is_cancelled() {
        let beat = alerts.last_beat();
        if beat != last {
            health.beat(ALERT);
            last = beat;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(WATCH) => {}
        }
    }
}

/// Retention, a little at every start and then a few times a day.
async fn prune_now_and_then(app: Arc<ArcSwap<App>>, stop: CancellationToken) {
    loop {
        match app.load_full().prune().await {
            Ok(pruned) => tracing::debug!(bodies = pruned.bodies, polls = pruned.polls, "retention"),
            Err(error) => tracing::warn!(%error, "retention failed and is tried again later"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PRUNE_EVERY) => {}
        }
    }
}
