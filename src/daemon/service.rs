//! What systemd is told: ready, reloading, stopping, alive.

use crate::http::Health;
use std::time::Duration;

/// Sends one line of the sd_notify protocol; without systemd it does nothing.
pub fn tell_systemd(state: &str) {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Custom(state)]) {
        tracing::debug!(%error, "systemd was not told");
    }
}

/// `Type=notify-reload` wants the moment of the reload with it.
pub fn tell_reloading() {
    if let Ok(moment) = sd_notify::NotifyState::monotonic_usec_now()
        && let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Reloading, moment])
    {
        tracing::debug!(%error, "systemd was not told");
    }
}

/// Feeds systemd's watchdog while every loop makes progress, and only then: a hanging loop gets us restarted.
pub struct Watchdog {
    every: Option<Duration>,
}

impl Watchdog {
    /// As systemd asks for by `WATCHDOG_USEC`, at half its limit.
    pub fn from_environment() -> Self {
        Self { every: sd_notify::watchdog_enabled().map(|limit| limit / 2) }
    }

    /// Waits until the next sign of life is due; for ever where nobody watches.
    pub async fn due(&self) {
        match self.every {
            Some(every) => tokio::time::sleep(every).await,
            None => std::future::pending().await,
        }
    }

    /// Gives a sign of life, unless a loop hangs.
    pub fn feed(&self, health: &Health) {
        match health.hung() {
            None => tell_systemd("WATCHDOG=1"),
            Some(name) => {
                tracing::error!(loop_name = name, "a loop makes no progress; the watchdog is not fed")
            }
        }
    }
}
