//! `config check|dump`.

use super::args::{ConfigCommand, Global};
use super::output::Printer;
use super::{Fail, load};
use crate::app::plan;
use crate::config as configuration;

/// Runs a `config` command.
///
/// # Errors
/// What went wrong, for the exit status.
pub fn run(global: &Global, command: &ConfigCommand, printer: &mut Printer) -> Result<(), Fail> {
    let config = load(global)?;
    match command {
        ConfigCommand::Dump => Ok(printer.line(configuration::dump(&config).trim_end())?),
        ConfigCommand::Check => {
            let (_, broken) = plan::compile(&config);
            if broken.is_empty() {
                return Ok(printer.line(format!(
                    "good: {} feeds, {} topics, {} receivers, {} routes in {} files",
                    config.feeds.len(),
                    config.topics.len(),
                    config.receivers.len(),
                    config.routes.len(),
                    config.files.len()
                ))?);
            }
            let shown: Vec<String> = broken.iter().map(|found| super::explained(&config, found)).collect();
            Err(Fail::usage(shown.join("\n")))
        }
    }
}
