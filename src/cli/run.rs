//! `run`, `poll`, and what they share with `alerts test`.

use super::args::Global;
use super::output::Printer;
use super::{Fail, config_path, load, log, overrides};
use crate::alert;
use crate::clock::{Clock, SystemClock};
use crate::config::{self as configuration, Config};
use crate::daemon::{self, House, PassReport};
use crate::model::ReceiverName;
use std::sync::Arc;

/// `newswatch run`
///
/// # Errors
/// What went wrong, for the exit status.
pub fn daemon(global: &Global) -> Result<(), Fail> {
    let config = load(global)?;
    log::start(&config.log.level)?;
    let (path, flags) = (config_path(global)?, overrides(global));
    let reread =
        move || configuration::load(&path, &flags).map(Arc::new).map_err(|errors| errors.to_string());
    threads()?
        .block_on(daemon::run(config, Box::new(reread)))
        .map_err(|error| Fail::failed(error.to_string()))
}

/// `newswatch poll`
///
/// # Errors
/// What went wrong, for the exit status.
pub fn poll(global: &Global, all: bool, json: bool, printer: &mut Printer) -> Result<(), Fail> {
    let config = load(global)?;
    log::start(&config.log.level)?;
    let report = threads()?.block_on(pass(config, all)).map_err(|error| Fail::failed(error.to_string()))?;
    if json { Ok(printer.json(&report)?) } else { Ok(printer.line(report.to_string())?) }
}

async fn pass(config: Arc<Config>, all: bool) -> Result<PassReport, daemon::DaemonError> {
    let house = House::build(config, Arc::new(SystemClock)).await?;
    let report = house.pass(all).await;
    house.close().await;
    report
}

/// `newswatch alerts test`: sends now, without the outbox, and says what came back.
///
/// # Errors
/// What went wrong, for the exit status.
pub fn test_receiver(global: &Global, name: &ReceiverName, printer: &mut Printer) -> Result<(), Fail> {
    let config = load(global)?;
    log::start(&config.log.level)?;
    let answer =
        threads()?.block_on(alert::send_test(&config, name, SystemClock.now())).map_err(Fail::failed)?;
    Ok(printer.line(format!("{name}: {answer}"))?)
}

pub(super) fn threads() -> Result<tokio::runtime::Runtime, Fail> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fail::failed(error.to_string()))
}
