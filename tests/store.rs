//! The store, through its seam: every question and change, what survives, what is refused.
//!
//! Each case runs on every backend (`support::each_backend`); what is about the SQLite file itself (locks, damage,
//! a full disk, a killed process) stands in `store/file.rs`.

#[path = "store/rows.rs"]
mod rows;

#[path = "store/support.rs"]
mod support;

#[path = "store/intake.rs"]
mod intake;

#[path = "store/desk.rs"]
mod desk;

#[path = "store/corrections.rs"]
mod corrections;

#[path = "store/alert.rs"]
mod alert;

#[path = "store/lists.rs"]
mod lists;

#[path = "store/handle.rs"]
mod handle;

#[path = "store/file.rs"]
mod file;
