//! What the store keeps of the health of feeds: troubles that were told, gaps, successors.

use crate::model::{FeedId, Time};
use serde::Serialize;

/// A trouble that is known: it was told when it began, or would have been had anybody asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownTrouble {
    /// The feed; `None` for a trouble of the whole house.
    pub feed: Option<FeedId>,
    /// Its class, as `intake::health` names it.
    pub trouble: String,
    /// Since when.
    pub since: Time,
}

/// Entries that came and went between two polls of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GapRow {
    /// The last poll before it.
    pub since: Time,
    /// The poll that found it.
    pub at: Time,
    /// Older pages of the feed that were read for it.
    pub pages: u32,
    /// Entries found there.
    pub recovered: u32,
    /// Whether the pages reached what was known.
    pub closed: bool,
}

/// What a search for the successor of a feed came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Successor {
    /// The feed that is gone or dead.
    pub feed: FeedId,
    /// When it was looked for.
    pub looked: Time,
    /// The feed that was found; `None` when there was none.
    pub url: Option<String>,
    /// What it calls itself.
    pub title: Option<String>,
    /// How it was found, or why nothing was, in words.
    pub how: String,
    /// How many of its entries are entries of the feed.
    pub known: u32,
}
