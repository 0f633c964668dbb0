//! The nouns of newswatch: plain data that every room shares. Imports nothing of ours.
//!
//! A feed is polled and yields entries; entries about one event form a story; a topic that matches a
//! story through an entry makes a hit; a hit that somebody is to be told about makes an alert; an alert
//! to one receiver is a delivery. Times are [`Time`] (milliseconds since the Unix epoch, UTC).

mod alert;
mod entry;
mod feed;
mod hit;
mod id;
mod story;
mod time;
mod update;

pub use alert::*;
pub use entry::*;
pub use feed::*;
pub use hit::*;
pub use id::*;
pub use story::*;
pub use time::*;
pub use update::*;
