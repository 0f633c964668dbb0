//! Turn: a request beside the poll itself (an older page, an article, robots.txt) waits for its host like any other.
//!
//! One request at a time per host, spaced, none while the host has asked for quiet; what it answers counts for the
//! host's quiet and for the weather.

use super::Room;
use super::fetch::{FetchLimits, FetchRequest, Fetched};
use super::schedule::{Admission, host_of};
use std::time::Duration;

/// How often a host that is busy or spaced is asked for its turn.
const TURNS: u32 = 30;
/// Between two of these, where the host does not say how long.
const TURN: Duration = Duration::from_secs(1);

/// Waits for the host's turn and fetches. `None` when it asked for quiet, or others come first for too long: no
/// request left then.
pub(super) async fn fetch(room: &Room, request: &FetchRequest, limits: &FetchLimits) -> Option<Fetched> {
    let host = host_of(&request.url);
    if !enter(room, &host).await {
        return None;
    }
    let held = Held { room, host: &host, left: false };
    let fetched = room.fetcher.fetch(request, limits, room.clock.now()).await;
    held.arrived(&fetched);
    Some(fetched)
}

/// A host that was entered; left again however the fetch ends, an abandoned one included.
struct Held<'a> {
    room: &'a Room,
    host: &'a str,
    left: bool,
}

impl Held<'_> {
    fn arrived(mut self, fetched: &Fetched) {
        self.left = true;
        self.room.arrived(self.host, fetched);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if !self.left {
            self.room.leave(self.host, self.room.clock.now());
        }
    }
}

/// Waits for the host's turn and enters it. `false` when it asked for quiet, or others come first for too long.
pub(super) async fn enter(room: &Room, host: &str) -> bool {
    for _ in 0..TURNS {
        let now = room.clock.now();
        let pause = {
            let mut board = room.board();
            match board.gate.admits(host, now) {
                Admission::Open => {
                    board.gate.enter(host);
                    return true;
                }
                Admission::Quiet(_) => return false,
                Admission::Busy => TURN,
                Admission::Spaced(at) => at.since(now),
            }
        };
        tokio::time::sleep(pause).await;
    }
    false
}
