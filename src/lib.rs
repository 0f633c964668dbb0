//! newswatch watches news feeds for people who must not miss a story.
//!
//! Three rooms over one store, in the order in which a news item meets them: [`intake`] brings entries in,
//! [`desk`] gathers them into stories and flags topics, [`alert`] tells people. [`model`] holds the nouns,
//! [`store`] keeps everything, [`app`] is every operation a user can ask for; `cli`, `http` and `daemon`
//! ask it. Imports go down only: `main > cli > demo > daemon > http > app > {intake, desk, alert} > store > {model, text,
//! config, clock}`.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod model;
pub mod net;
pub mod text;

pub mod store;

pub mod intake;

pub mod desk;

pub mod alert;

pub mod daemon;
pub mod demo;
pub mod http;
