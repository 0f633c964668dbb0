//! What is looked at every now and then: the health of the feeds, whose changes are told by way of the outbox, and
//! hubs that are to be asked.

use crate::app::App;
use crate::intake::Intake;
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The first look waits until most feeds were polled once after a start.
const FIRST: Duration = Duration::from_secs(60);
/// Between two looks.
const EVERY: Duration = Duration::from_secs(300);

/// Between two looks for hubs to be asked.
const HUBS: Duration = Duration::from_secs(30);

/// Asks hubs until stopped.
pub(super) async fn hubs(intake: Arc<Intake>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(HUBS) => {}
        }
        if let Err(error) = intake.ask_hubs().await {
            tracing::warn!(%error, "hubs could not be asked");
        }
    }
}

/// Looks until stopped.
pub(super) async fn watch(app: Arc<ArcSwap<App>>, wake_alert: Arc<Notify>, stop: CancellationToken) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = EVERY;
        look(&app.load_full(), &wake_alert).await;
    }
}

/// Looks once. A store that cannot be written is tried again at the next look: nothing is forgotten.
pub(super) async fn look(app: &App, wake_alert: &Notify) {
    match app.tell_health().await {
        Ok(told) if told.changes > 0 => {
            tracing::info!(changes = told.changes, alerts = told.alerts, "the health of feeds changed");
            wake_alert.notify_one();
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the health of feeds could not be looked at"),
    }
}
