//! The daemon: starts the rooms, listens to signals, tells systemd, stops in order.
//!
//! Order of starting: store, plan, rooms, HTTP side, then "ready". Order of stopping (10 s at most): no new polls and no
//! new claims, running sends finish, the desk finishes its batch, the store drains and closes. Whatever does not
//! finish in time is still in the store and is taken up at the next start.

mod house;
mod progress;
mod service;
mod watch;

pub use house::{House, PassReport};
pub use service::tell_systemd;

use crate::config::Config;
use crate::http::{self, Side};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Time allowed for the rooms to stop; draining and closing the store fits into the rest of ten seconds. The unit file
/// gives systemd a little more.
const STOP: Duration = Duration::from_secs(9);
/// Time allowed for HTTP requests under way when the daemon stops: a visitor who never finishes a request must not
/// use up the time of the rooms.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

/// Reads the configuration anew, for a reload.
pub type Reread = Box<dyn Fn() -> Result<Arc<Config>, String> + Send + Sync>;

/// Why the daemon did not start or run on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// Polling.
    #[error(transparent)]
    Intake(#[from] crate::intake::IntakeError),
    /// The HTTP side cannot listen.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
    /// A receiver cannot be used.
    #[error("{0}")]
    Receivers(String),
    /// Signals cannot be received.
    #[error("signals: {0}")]
    Signals(std::io::Error),
}

/// Runs until SIGTERM or SIGINT; SIGHUP reloads.
///
/// # Errors
/// When it cannot start.
pub async fn run(config: Arc<Config>, reread: Reread) -> Result<(), DaemonError> {
    // First of all: a signal that comes while we start is answered when we run.
    let mut signals = Signals::new()?;
    let metrics = recorder();
    let house = House::build(config, Arc::new(crate::clock::SystemClock)).await?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let listening = start_http(&house, metrics, &stop, &tasks).await?;
    house.start(&stop, &tasks);
    house.health.set_ready(true);
    tell_systemd("READY=1");
    announce(&house, listening);
    let watchdog = service::Watchdog::from_environment();
    loop {
        tokio::select! {
            order = signals.next() => match order {
                Order::Stop => break,
                Order::Reload => reload(&house, &reread).await,
            },
            () = watchdog.due() => watchdog.feed(&house.health),
        }
    }
    shut_down(house, stop, tasks).await;
    Ok(())
}

fn announce(house: &House, listening: Option<SocketAddr>) {
    let app = house.app.load();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        feeds = app.config.feeds.len(),
        topics = app.config.topics.len(),
        receivers = app.config.receivers.len(),
        database = %app.config.store.path.display(),
        http = listening.map(tracing::field::display),
        "newswatch is running"
    );
}

/// A bad file leaves the old configuration in force.
async fn reload(house: &House, reread: &Reread) {
    service::tell_reloading();
    let reloaded = match reread() {
        Ok(config) => house.reload(config).await,
        Err(error) => Err(error),
    };
    match reloaded {
        Ok(summary) => tracing::info!(%summary, "configuration reloaded"),
        Err(error) => tracing::error!(%error, "the new configuration is refused; the old one stays in force"),
    }
    tell_systemd("READY=1");
}

async fn shut_down(house: House, stop: CancellationToken, tasks: TaskTracker) {
    tracing::info!("stopping");
    house.health.set_ready(false);
    tell_systemd("STOPPING=1");
    stop.cancel();
    tasks.close();
    if tokio::time::timeout(STOP, tasks.wait()).await.is_err() {
        tracing::warn!("some work did not stop in time; it is taken up at the next start");
    }
    house.close().await;
    tracing::info!("stopped");
}

/// Starts the HTTP side where it is wanted; returns where it listens.
async fn start_http(
    house: &House,
    metrics: PrometheusHandle,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<Option<SocketAddr>, DaemonError> {
    let Some(address) = house.app.load().config.http.listen else { return Ok(None) };
    let refused = |error| DaemonError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    // Port 0 in the configuration means any free one: say which it became.
    let address = listener.local_addr().map_err(refused)?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "the HTTP side answers other machines, without asking who they are");
    }
    let side =
        Side { app: house.app.clone(), health: house.health.clone(), intake: house.intake.clone(), metrics };
    let stop = stop.clone();
    tasks.spawn(async move {
        let patience = async {
            stop.cancelled().await;
            tokio::time::sleep(LAST_REQUESTS).await;
        };
        tokio::select! {
            served = http::serve(side, listener, stop.clone()) => {
                if let Err(error) = served {
                    tracing::error!(%error, "the HTTP side stopped");
                }
            }
            () = patience => tracing::debug!("some HTTP requests were not finished"),
        }
    });
    Ok(Some(address))
}

/// The process's metrics recorder; a second call keeps the first recorder in force.
fn recorder() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::debug!("metrics are already recorded");
    }
    handle
}

struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

/// What a signal asks for.
enum Order {
    Stop,
    Reload,
}

impl Signals {
    async fn next(&mut self) -> Order {
        tokio::select! {
            _ = self.terminate.recv() => Order::Stop,
            _ = self.interrupt.recv() => Order::Stop,
            _ = self.hangup.recv() => Order::Reload,
        }
    }

    fn new() -> Result<Self, DaemonError> {
        let listen = |kind| signal(kind).map_err(DaemonError::Signals);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }
}
