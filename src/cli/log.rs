//! Where logs go: to the journal with fields when systemd runs us, else to the terminal.

use super::Fail;
use std::io::IsTerminal;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// What no level changes. An alert to a `log` receiver counts as sent, so it must be seen; the libraries that carry requests
/// would print addresses with tokens in them at their lowest levels; the one that upgrades the schema tells a story at every
/// first start.
const ALWAYS: &str = "newswatch::alert::log=info,h2=info,hyper=info,hyper_util=info,reqwest=info,rustls=info,lettre=info,\
     refinery_core=warn";

/// Starts logging at `level` (a `tracing` filter).
///
/// # Errors
/// When the filter is not understood.
pub fn start(level: &str) -> Result<(), Fail> {
    let filter = EnvFilter::builder().parse(format!("{level},{ALWAYS}"));
    install(filter.map_err(|error| Fail::usage(format!("log.level {level:?}: {error}")))?)
}

/// Starts logging of errors only, for whoever shows alerts in another way.
///
/// # Errors
/// When logging is started already.
pub fn start_quiet() -> Result<(), Fail> {
    install(EnvFilter::new("error"))
}

fn install(filter: EnvFilter) -> Result<(), Fail> {
    let registry = tracing_subscriber::registry().with(filter);
    // systemd sets JOURNAL_STREAM for a service whose output goes to the journal.
    let journal = std::env::var_os("JOURNAL_STREAM").and_then(|_| tracing_journald::layer().ok());
    let started = match journal {
        Some(journal) => registry.with(journal).try_init(),
        None => {
            let colours = std::io::stderr().is_terminal();
            registry
                .with(fmt::layer().with_writer(std::io::stderr).with_ansi(colours).with_target(false))
                .try_init()
        }
    };
    started.map_err(|error| Fail::failed(error.to_string()))
}
