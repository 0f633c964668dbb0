//! The demo: a scripted day of news, played to the real daemon.
//!
//! Outlets are served over HTTP on loopback ([`server`]), each in its own format and with its own faults ([`render`]), as the script says
//! ([`day`]). The rooms, the store and the configuration are those of `newswatch run`; only the clock is the script's, so that a
//! day passes in half a minute. Nothing is faked: an alert appears because the desk made it.

pub mod day;
mod render;
mod server;

use crate::clock::{Clock, ManualClock, SystemClock};
use crate::config::{self, Overrides};
use crate::daemon::{DaemonError, House, PassReport};
use crate::model::{AlertView, Time};
use crate::store::{AlertFilter, Narrow};
use day::{BadScript, Day};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How far the clock goes at a time.
const STEP: Duration = Duration::from_secs(5 * 60);
/// How long before the day the feeds are met first.
const EVE: Duration = Duration::from_secs(10 * 60);
/// Pause between steps when people watch.
const WATCHED_STEP: Duration = Duration::from_millis(220);
/// How much faster a slow outlet answers when nobody watches.
const HURRY: u32 = 30;

/// The ready-made topics, as shipped.
const TOPICS: &[(&str, &str)] = &[
    ("terms.toml", include_str!("../../config/topics/terms.toml")),
    ("ai-travel-restrictions.toml", include_str!("../../config/topics/ai-travel-restrictions.toml")),
    ("chip-export-controls.toml", include_str!("../../config/topics/chip-export-controls.toml")),
    ("rare-earth-export-controls.toml", include_str!("../../config/topics/rare-earth-export-controls.toml")),
    ("ai-regulation.toml", include_str!("../../config/topics/ai-regulation.toml")),
];

/// Names of the day that languages spell differently.
const NAMES: &str = include_str!("../../config/demo/names.toml");

/// Why the demo stopped.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The script.
    #[error(transparent)]
    Script(#[from] BadScript),
    /// The daemon.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The configuration made for it.
    #[error("{0}")]
    Config(String),
    /// Files and sockets.
    #[error("{path}: {error}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
}

/// Watches the demo as it plays.
pub trait Audience {
    /// The clock moved on; `pass` is what the rooms did at this time.
    fn moved(&mut self, at: Time, pass: &PassReport) -> std::io::Result<()>;
    /// An alert fired.
    fn alert(&mut self, alert: &AlertView) -> std::io::Result<()>;
}

/// What the demo left behind.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The configuration it ran with.
    pub config: PathBuf,
    /// Sums over all passes.
    pub total: PassReport,
    /// Outlets.
    pub feeds: usize,
    /// Every alert, in order.
    pub alerts: Vec<AlertView>,
}

/// Plays the day into `dir`, which must hold no earlier demo.
///
/// # Errors
/// What stopped it.
pub async fn play(dir: &Path, watched: bool, audience: &mut dyn Audience) -> Result<Outcome, DemoError> {
    let day = Arc::new(Day::shipped(yesterday())?);
    let (starts, ends) = day.span()?;
    let clock = Arc::new(ManualClock::new(starts.minus(EVE)));
    let cancel = CancellationToken::new();
    let _stop = cancel.clone().drop_guard();
    let hurry = if watched { 1 } else { HURRY };
    let address = server::start(day.clone(), clock.clone(), hurry, cancel)
        .await
        .map_err(|error| DemoError::Io { path: "127.0.0.1".into(), error })?;
    let file = write_files(dir, &day, &format!("http://{address}"))?;
    let config =
        config::load(&file, &Overrides::default()).map_err(|errors| DemoError::Config(errors.to_string()))?;
    let house = House::build(Arc::new(config), clock.clone()).await?;
    let played = Player { house: &house, clock: &clock, total: PassReport::default(), alerts: Vec::new() };
    let played = played.play(ends, watched, audience).await;
    let stored = house.app.load_full().store.read(|read| read.stats()).await;
    house.close().await;
    let (mut total, alerts) = played?;
    // An edited entry is judged again and replaces its hits: what is left is what people can list.
    total.hits = usize::try_from(stored?.hits).unwrap_or(usize::MAX);
    Ok(Outcome { config: file, total, feeds: day.script.outlet.len(), alerts })
}

/// The last midnight but one: a day that is over, so that no time of the demo lies in the future.
fn yesterday() -> Time {
    const DAY: i64 = 86_400_000;
    let today = SystemClock.now().0 / DAY;
    Time((today - 1) * DAY)
}

struct Player<'a> {
    house: &'a House,
    clock: &'a ManualClock,
    total: PassReport,
    alerts: Vec<AlertView>,
}

impl Player<'_> {
    async fn play(
        mut self,
        ends: Time,
        watched: bool,
        audience: &mut dyn Audience,
    ) -> Result<(PassReport, Vec<AlertView>), DemoError> {
        while self.clock.now() <= ends {
            let pass = self.house.pass(false).await?;
            self.total.add(&pass);
            self.tell(&pass, audience).await?;
            if watched {
                tokio::time::sleep(WATCHED_STEP).await;
            }
            self.clock.advance(STEP);
        }
        Ok((self.total, self.alerts))
    }

    async fn tell(&mut self, pass: &PassReport, audience: &mut dyn Audience) -> Result<(), DemoError> {
        let heard = |error| DemoError::Io { path: "standard output".into(), error };
        audience.moved(self.clock.now(), pass).map_err(heard)?;
        if pass.alerts == 0 {
            return Ok(());
        }
        let filter = AlertFilter {
            narrow: Narrow { limit: pass.alerts, ..Narrow::default() },
            ..AlertFilter::default()
        };
        let mut new = self.house.app.load_full().alerts(filter).await?;
        new.reverse();
        for alert in new {
            audience.alert(&alert).map_err(heard)?;
            self.alerts.push(alert);
        }
        Ok(())
    }
}

/// The configuration and the topics, so that every other command works on what the demo leaves.
fn write_files(dir: &Path, day: &Day, base: &str) -> Result<PathBuf, DemoError> {
    let topics = dir.join("topics");
    std::fs::create_dir_all(&topics).map_err(|error| DemoError::Io { path: topics.clone(), error })?;
    for (name, text) in TOPICS {
        write(&topics.join(name), text)?;
    }
    write(&dir.join("names.toml"), NAMES)?;
    let file = dir.join("newswatch.toml");
    write(&file, &configuration(day, base))?;
    Ok(file)
}

fn write(path: &Path, text: &str) -> Result<(), DemoError> {
    std::fs::write(path, text).map_err(|error| DemoError::Io { path: path.to_owned(), error })
}

fn configuration(day: &Day, base: &str) -> String {
    let mut text = String::from(
        "# Made by `newswatch demo`: the day is over and its server is gone, but every question still works.\n\
         include = [\"topics/*.toml\"]\nnames = [\"names.toml\"]\n\n[store]\npath = \"newswatch.db\"\n\n\
         [net]\nallow_addresses = [\"127.0.0.1/32\"]\n\n\
         [intake]\ninterval = \"10m\"\nmin_interval = \"5m\"\nmax_interval = \"15m\"\nhost_spacing = \"0s\"\n\n\
         [[receiver]]\nname = \"terminal\"\nkind = \"log\"\n\n[[route]]\nto = [\"terminal\"]\n",
    );
    for outlet in &day.script.outlet {
        text.push_str(&format!(
            "\n[[feed]]\nid = {:?}\nurl = \"{base}/{}\"\ntitle = {:?}\nlang = {:?}\n",
            outlet.id, outlet.id, outlet.title, outlet.lang
        ));
    }
    text
}
