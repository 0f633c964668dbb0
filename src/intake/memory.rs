//! Memory: what the schedule keeps about one feed between polls, stored as JSON in the feed's `rhythm`.
//!
//! Besides the posting rhythm: what the last document asked for (a 304 has no document to ask again) and when it came,
//! where permanent redirects point and for how long, what health is judged by, and a mark of the feed's own headers,
//! because validators belong to an address together with what was sent to it. Unreadable memory is no memory.

use super::record::Record;
use super::rhythm::Rhythm;
use crate::config::FeedConfig;
use crate::model::{FeedState, ParsedFeed, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;
use url::Url;

/// Identical permanent redirects to be seen, and over how long, before they are believed (F11).
const MOVED_SEEN: u32 = 5;
const MOVED_FOR: Duration = Duration::from_secs(3 * 24 * 3600);
/// Servers that answer 304 for ever exist (YouTube's feeds did). After so long without a whole document, one is asked for
/// unconditionally. NetNewsWire takes 8 days; ten keep 200 hourly polls within one.
const WHOLE_AFTER: Duration = Duration::from_secs(10 * 24 * 3600);
/// Where that failed, it is tried again so much later: publishers count unconditional requests above one a day as abuse.
const WHOLE_AGAIN: Duration = Duration::from_secs(24 * 3600);
/// After so many failures in a row the configured address is tried again.
const MOVED_FAILURES: u32 = 3;

/// Everything kept about one feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// How often something new comes.
    pub rhythm: Rhythm,
    /// What the last document asked for.
    pub hints: Hints,
    /// Where permanent redirects point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// Mark of the feed's own headers at the last document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<String>,
    /// When a whole document last came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_at: Option<Time>,
    /// The address the document states as its own, in the form for comparing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<String>,
    /// What health is judged by.
    pub record: Record,
}

/// What a document says about when to come back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    /// RSS `ttl` in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_minutes: Option<u64>,
    /// `sy:updatePeriod` over `sy:updateFrequency`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_seconds: Option<u64>,
    /// Hours not to be polled in (GMT).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_hours: Vec<u8>,
    /// Days not to be polled on (0 = Monday, GMT).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_days: Vec<u8>,
    /// Nothing new will come.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
}

impl From<&ParsedFeed> for Hints {
    fn from(feed: &ParsedFeed) -> Self {
        Self {
            ttl_minutes: feed.ttl_minutes,
            update_seconds: feed.update_period_seconds,
            skip_hours: feed.skip_hours.clone(),
            skip_days: feed.skip_days.clone(),
            expired: feed.expired,
        }
    }
}

/// A run of identical permanent redirects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where to.
    pub to: Url,
    /// When it was first seen.
    pub since: Time,
    /// How often it was seen.
    pub seen: u32,
}

impl Moved {
    /// Whether the run is long enough to be believed: five times over three days.
    pub fn proven(&self, now: Time) -> bool {
        self.seen >= MOVED_SEEN && now.since(self.since) >= MOVED_FOR
    }
}

impl Memory {
    /// Reads what the store holds.
    pub fn read(stored: Option<&str>) -> Self {
        stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// What the store is to hold.
    pub fn write(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Where to begin: the configured address, or the one it has moved to for good.
    pub fn start(&self, feed: &FeedConfig, now: Time) -> Url {
        match &self.moved {
            Some(moved) if moved.proven(now) => moved.to.clone(),
            _ => feed.url.clone(),
        }
    }

    /// Takes in where a successful poll that began at the configured address was led for good.
    pub fn note_move(&mut self, led_to: Option<&Url>, began_moved: bool, now: Time) {
        match (led_to, &mut self.moved) {
            (None, _) if began_moved => {}
            (None, moved) => *moved = None,
            (Some(to), Some(moved)) if moved.to == *to => moved.seen = moved.seen.saturating_add(1),
            (Some(to), moved) => *moved = Some(Moved { to: to.clone(), since: now, seen: 1 }),
        }
    }

    /// Takes in a failure: an address moved to that no longer answers is forgotten.
    pub fn note_failure(&mut self, failures: u32) {
        if failures >= MOVED_FAILURES {
            self.moved = None;
        }
    }

    /// Whether the whole document is due: none came for ten days, and it was not asked for within the last one. A feed whose
    /// documents come in answer to conditional requests never needs it.
    pub fn whole_due(&self, state: &FeedState, now: Time) -> bool {
        let last = self.document_at.or(state.last_unconditional);
        last.is_some_and(|at| now.since(at) >= WHOLE_AFTER)
            && state.last_unconditional.is_none_or(|at| now.since(at) >= WHOLE_AGAIN)
    }

    /// Whether the feed's own headers are the ones the validators were given for; remembers them.
    pub fn same_headers(&mut self, feed: &FeedConfig) -> bool {
        let mark = mark(feed);
        let same = self.headers == mark;
        self.headers = mark;
        same
    }
}

/// A short mark of the extra headers; too short to tell anything about the secrets in them.
fn mark(feed: &FeedConfig) -> Option<String> {
    if feed.headers.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    for (name, value) in &feed.headers {
        hash.update(name.to_ascii_lowercase());
        hash.update([0]);
        hash.update(value.expose());
        hash.update([0]);
    }
    Some(hash.finalize().iter().take(3).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);
    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    #[test]
    fn a_move_is_believed_after_five_times_over_three_days() {
        let to = url("https://new.example/feed");
        let mut memory = Memory::default();
        for day in 0..5 {
            memory.note_move(Some(&to), false, NOW.plus(DAY / 4 * day));
        }
        let moved = memory.moved.clone().expect("noted");
        assert!(!moved.proven(NOW.plus(DAY)), "five times, but within one day");
        assert!(moved.proven(NOW.plus(3 * DAY)), "five times over three days");
        memory.note_move(None, true, NOW);
        assert!(memory.moved.is_some(), "kept while polls begin at the new address");
        memory.note_move(Some(&url("https://other.example/")), false, NOW);
        assert_eq!(
            memory.moved.as_ref().map(|moved| moved.seen),
            Some(1),
            "another address starts a new run"
        );
        memory.note_move(None, false, NOW);
        assert_eq!(memory.moved, None, "no redirect any more");
    }

    #[test]
    fn a_dead_new_address_is_forgotten() {
        let mut memory = Memory::default();
        memory.note_move(Some(&url("https://new.example/")), false, NOW);
        memory.note_failure(2);
        assert!(memory.moved.is_some());
        memory.note_failure(3);
        assert!(memory.moved.is_none());
    }

    #[test]
    fn memory_survives_the_store_and_nonsense_does_not_hurt() {
        let hints = Hints { ttl_minutes: Some(30), skip_hours: vec![1, 2], ..Hints::default() };
        let memory = Memory { hints, headers: Some("abc".to_owned()), ..Memory::default() };
        assert_eq!(Memory::read(memory.write().as_deref()), memory);
        for nonsense in [None, Some(""), Some("[]"), Some("{\"rhythm\":7}")] {
            assert_eq!(Memory::read(nonsense), Memory::default(), "{nonsense:?}");
        }
    }
}
