//! What the store keeps of the health of feeds: troubles that were told, and gaps.

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
