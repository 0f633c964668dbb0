//! The loops of the daemon by name, and the hooks they report through.

use crate::http::Health;
use std::sync::Arc;

/// Polls feeds.
pub const INTAKE: &str = "intake";
/// Judges entries.
pub const DESK: &str = "desk";
/// Sends alerts.
pub const ALERT: &str = "alert";

/// Signs of life for all loops.
pub fn health() -> Arc<Health> {
    Arc::new(Health::new(&[INTAKE, DESK, ALERT]))
}

/// What a loop calls after each round.
pub fn hook(health: &Arc<Health>, name: &'static str) -> Arc<dyn Fn() + Send + Sync> {
    let health = health.clone();
    Arc::new(move || health.beat(name))
}
