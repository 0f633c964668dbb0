//! `newswatch.toml` to a checked [`Config`].
//!
//! [`load`] reads the file, what it includes, the environment and the flags, in this order of precedence: flag,
//! `NEWSWATCH_*` variable, file, default. Every key is in one table ([`options`]); every mistake of every file is reported
//! in one run, with its place and what was expected ([`ConfigErrors`]). [`dump`] writes the effective values with secrets
//! masked; [`edit`] adds and removes feeds in the file, keeping comments.
//!
//! Never done here: reading a query (the desk does), fetching anything, printing a secret.

mod types;

mod load;

mod find;
pub mod options;
mod overrides;

mod feeds;
mod names;
mod receivers;
mod settings;
mod topics;

pub mod opml;

mod dump;
pub mod edit;

mod files;
mod findings;
mod mask;
mod measure;
mod node;
mod problem;
mod secret;
mod suggest;
mod table;
mod values;

pub use dump::dump;
pub use feeds::id_from_url;
pub use find::{VARIABLE, find};
pub use load::{defaults, load, load_topics};
pub use mask::{MASK, mask_url, mask_webhook};
pub use measure::{format_duration, format_size, parse_duration, parse_size};
pub use options::Fallback;
pub use overrides::Overrides;
pub use problem::{ConfigErrors, Problem};
pub use types::*;
pub use values::{is_id, primary_subtag};

use crate::model::{AlertSource, FeedId, Priority, ReceiverName, TopicId};
use std::path::PathBuf;

/// A priority by its place in [`options::PRIORITIES`].
fn priority(index: usize) -> Priority {
    match index {
        0 => Priority::Low,
        1 => Priority::Normal,
        2 => Priority::High,
        _ => Priority::Urgent,
    }
}
