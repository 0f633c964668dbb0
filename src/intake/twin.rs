//! Twin: one feed that is configured under two addresses (F17).
//!
//! Pure. Two steps, because a shared address is a hint only (sites state the address of their main feed in all others) and
//! comparing the entries of every pair would take long: [`alike`] finds pairs by their addresses, [`same_entries`] has the last
//! word.

use super::memory::Memory;
use crate::model::{FeedId, FeedState};
use crate::text::link::canonical_url;
use std::collections::HashMap;

/// Of so many of their newest entries most must be the same before two feeds are called one.
pub const COMPARED: usize = 20;
const SAME_SHARE: f64 = 0.8;

/// Feeds that may be one: pairs that end at one address, or whose documents state the same address as their own; the one
/// that comes later in `feeds` first. Whether they are is for their entries to say ([`same_entries`]).
pub fn alike(feeds: &[(&FeedState, &Memory)]) -> Vec<(FeedId, FeedId)> {
    let mut first: HashMap<String, &FeedId> = HashMap::new();
    let mut pairs = Vec::new();
    for (state, memory) in feeds.iter().filter(|(state, _)| !state.gone && !state.paused) {
        let end = canonical_url(state.final_url.as_deref().unwrap_or(&state.url));
        let known = [end.as_ref(), memory.own.as_ref()].into_iter().flatten();
        let known = known.filter_map(|address| first.get(address)).find(|known| **known != &state.feed);
        match known {
            Some(known) => pairs.push((state.feed.clone(), (*known).clone())),
            None => {
                for address in [end, memory.own.clone()].into_iter().flatten() {
                    first.entry(address).or_insert(&state.feed);
                }
            }
        }
    }
    pairs
}

/// Whether two feeds bring the same: so many of the newest entries of one are in the other as well.
pub fn same_entries(common: u64, compared: u64) -> bool {
    compared > 0 && common as f64 >= compared as f64 * SAME_SHARE
}
