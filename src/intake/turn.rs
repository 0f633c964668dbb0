//! Turn: whose turn it is to be asked. Every request of intake passes here, the polls themselves by way of `drive`.
//!
//! One request at a time per host, spaced, none while the host has asked for quiet, and no more a minute over all hosts
//! than the user allows ([`Meter`](super::meter::Meter)). A redirect to another host waits for that host like anybody
//! else; one on the same host is part of the question and goes on at once, under the same limit. What a host answers
//! counts for its quiet and for the weather. [`Tally`] keeps what was asked on behalf of a feed.

use super::Room;
use super::fetch::{FetchLimits, FetchRequest, Fetched, Trip};
use super::schedule::{Admission, host_of};
use crate::model::Time;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How often a host that is busy or spaced is asked for its turn.
const TURNS: u32 = 30;
/// Between two of these, where the host does not say how long.
const TURN: Duration = Duration::from_secs(1);

/// What was asked of servers on behalf of one feed during one poll: the poll, redirects, older pages, articles, robots.txt.
#[derive(Debug, Default)]
pub(super) struct Tally {
    requests: AtomicU32,
    received: AtomicU64,
}

impl Tally {
    fn add(&self, fetched: &Fetched) {
        self.requests.fetch_add(fetched.requests, Relaxed);
        self.received.fetch_add(fetched.received, Relaxed);
    }

    /// Requests that left.
    pub fn requests(&self) -> u32 {
        self.requests.load(Relaxed)
    }

    /// Body bytes that came over the wire.
    pub fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }
}

/// A host that was entered; left again however the request ends, an abandoned or crashed one included.
pub(super) struct Held<'a> {
    room: &'a Room,
    host: Option<String>,
}

impl<'a> Held<'a> {
    /// A host that somebody has entered for us.
    pub fn entered(room: &'a Room, host: String) -> Self {
        Self { room, host: Some(host) }
    }

    /// The answer is in: it counts for the host, which is free again.
    fn answered(mut self, fetched: &Fetched) {
        if let Some(host) = self.host.take() {
            self.room.arrived(&host, fetched);
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(host) = self.host.take() {
            self.room.leave(&host, self.room.clock.now());
        }
    }
}

/// Why a host was not entered.
enum Refused {
    /// It asked for quiet until then.
    Quiet(Time),
    /// Others come first for too long.
    Crowded,
}

/// Waits for the host's turn and fetches. `None` when it asked for quiet, or others come first for too long: no
/// request left then.
pub(super) async fn fetch(
    room: &Room,
    request: &FetchRequest,
    limits: &FetchLimits,
    tally: &Tally,
) -> Option<Fetched> {
    let held = take(room, &host_of(&request.url)).await.ok()?;
    Some(travel(held, request, limits, tally).await)
}

/// Fetches, from a host that was entered on to wherever redirects lead.
pub(super) async fn travel(
    held: Held<'_>,
    request: &FetchRequest,
    limits: &FetchLimits,
    tally: &Tally,
) -> Fetched {
    let (room, mut held, mut trip) = (held.room, held, Trip::new(request, limits));
    loop {
        if let Some(fetched) = room.fetcher.step(&mut trip, request, limits, room.clock.now()).await {
            tally.add(&fetched);
            held.answered(&fetched);
            return fetched;
        }
        let next = host_of(trip.url());
        if held.host.as_ref() == Some(&next) {
            toll(room).await;
            continue;
        }
        drop(held);
        held = match take(room, &next).await {
            Ok(held) => held,
            Err(refused) => {
                let (wait, why) = match refused {
                    Refused::Quiet(until) => (until.since(room.clock.now()), "which asked for quiet"),
                    Refused::Crowded => (room.config.intake.min_interval, "where others come first"),
                };
                let fetched = trip.put_off(wait, why);
                tally.add(&fetched);
                return fetched;
            }
        };
    }
}

/// Waits for the host's turn and enters it. `false` when it asked for quiet, or others come first for too long.
pub(super) async fn enter(room: &Room, host: &str) -> bool {
    take(room, host).await.is_ok_and(|mut held| held.host.take().is_some())
}

async fn take<'a>(room: &'a Room, host: &str) -> Result<Held<'a>, Refused> {
    for _ in 0..TURNS {
        let now = room.clock.now();
        let stirred = room.stirred.notified();
        let pause = {
            let mut board = room.board();
            let limit = board.meter.wait(now);
            match board.gate.admits(host, now) {
                Admission::Open if limit.is_zero() => {
                    board.enter(host, now);
                    return Ok(Held::entered(room, host.to_owned()));
                }
                Admission::Open => limit,
                Admission::Quiet(until) => return Err(Refused::Quiet(until)),
                Admission::Busy => TURN,
                Admission::Spaced(at) => at.since(now),
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stirred => {}
        }
    }
    Err(Refused::Crowded)
}

/// Waits until one more request may leave, and counts it.
async fn toll(room: &Room) {
    loop {
        let stirred = room.stirred.notified();
        let pause = {
            let (now, mut board) = (room.clock.now(), room.board());
            let pause = board.meter.wait(now);
            if pause.is_zero() {
                return board.leaves(now);
            }
            pause
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stirred => {}
        }
    }
}
