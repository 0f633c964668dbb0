//! Whether the daemon lives, and its figures.

use super::{Side, problem};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A loop that is silent for longer hangs: loops report at least every few seconds.
pub const HUNG: Duration = Duration::from_secs(60);

/// The last sign of life of one loop.
#[derive(Debug)]
pub struct Beat {
    name: &'static str,
    last_ms: AtomicU64,
}

/// Signs of life of all loops.
#[derive(Debug)]
pub struct Health {
    started: Instant,
    ready: AtomicBool,
    beats: Vec<Beat>,
}

impl Health {
    /// For loops of these names, all alive now.
    pub fn new(names: &[&'static str]) -> Self {
        let beats = names.iter().map(|name| Beat { name, last_ms: AtomicU64::new(0) }).collect();
        Self { started: Instant::now(), ready: AtomicBool::new(false), beats }
    }

    /// The named loop made progress.
    pub fn beat(&self, name: &str) {
        let now = self.elapsed_ms();
        if let Some(beat) = self.beats.iter().find(|beat| beat.name == name) {
            beat.last_ms.store(now, Ordering::Relaxed);
        }
    }

    /// The daemon is up, or goes down.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    /// Up, and no loop hangs.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// The first loop that has been silent for longer than [`HUNG`].
    pub fn hung(&self) -> Option<&'static str> {
        let now = self.elapsed_ms();
        let limit = u64::try_from(HUNG.as_millis()).unwrap_or(u64::MAX);
        let silent = |beat: &&Beat| now.saturating_sub(beat.last_ms.load(Ordering::Relaxed)) > limit;
        self.beats.iter().find(silent).map(|beat| beat.name)
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// `/healthz`
pub async fn healthz(State(side): State<Side>) -> Response {
    match side.health.hung() {
        None => "ok\n".into_response(),
        Some(name) => problem(StatusCode::SERVICE_UNAVAILABLE, format!("the {name} loop makes no progress")),
    }
}

/// `/readyz`
pub async fn readyz(State(side): State<Side>) -> Response {
    if !side.health.is_ready() {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "starting or stopping");
    }
    if let Some(name) = side.health.hung() {
        return problem(StatusCode::SERVICE_UNAVAILABLE, format!("the {name} loop makes no progress"));
    }
    match side.app.load_full().store.read(|read| read.instance()).await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}

/// `/metrics`
pub async fn metrics(State(side): State<Side>) -> Response {
    match side.app.load_full().status().await {
        Ok(status) => gauges(&status),
        Err(error) => return problem(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
    side.metrics.run_upkeep();
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, side.metrics.render()).into_response()
}

/// What is counted in the store rather than while it happens.
fn gauges(status: &crate::app::status::Status) {
    let feeds = &status.feeds;
    for (state, number) in [
        ("healthy", feeds.healthy),
        ("failing", feeds.failing),
        ("new", feeds.new),
        ("paused", feeds.paused),
        ("gone", feeds.gone),
    ] {
        metrics::gauge!("newswatch_feeds", "state" => state).set(number as f64);
    }
    let store = &status.store;
    for (name, number) in [
        ("newswatch_entries_stored", store.entries),
        ("newswatch_entries_pending", store.pending),
        ("newswatch_stories_stored", store.stories),
        ("newswatch_hits_stored", store.hits),
        ("newswatch_deliveries_waiting", store.outbox),
        ("newswatch_deliveries_dead", store.dead),
        ("newswatch_database_bytes", store.bytes),
    ] {
        metrics::gauge!(name).set(number as f64);
    }
    let oldest = store.oldest_pending_delivery.map_or(0.0, |time| time.0 as f64 / 1_000.0);
    metrics::gauge!("newswatch_oldest_waiting_delivery_timestamp_seconds").set(oldest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_daemon_is_alive_and_not_ready() {
        let health = Health::new(&["intake", "desk"]);
        assert_eq!((health.hung(), health.is_ready()), (None, false));
        health.set_ready(true);
        health.beat("desk");
        assert!(health.is_ready());
    }
}
