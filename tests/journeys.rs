//! Whole journeys through the real program, as an analyst and an operator take them: feeds come in over real HTTP, the
//! daemon judges and tells, questions are asked on the command line and over HTTP, signals and systemd have their say.
//!
//! Each journey waits for events (a line of the log, a request, a datagram), never for time to pass.

#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

#[path = "journeys/beside.rs"]
mod beside;
#[path = "journeys/corrections.rs"]
mod corrections;
#[path = "journeys/day.rs"]
mod day;
#[path = "journeys/disk.rs"]
mod disk;
#[path = "journeys/edits.rs"]
mod edits;
#[path = "journeys/reload.rs"]
mod reload;
#[path = "journeys/trouble.rs"]
mod trouble;
#[path = "journeys/unit.rs"]
mod unit;
#[path = "journeys/updates.rs"]
mod updates;
#[path = "journeys/world.rs"]
mod world;
