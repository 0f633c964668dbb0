//! The story half of `replay`: items in file order, their publication as the clock.

use super::replay::{Item, StoryHalf};
use crate::desk::story::{Item as StoryItem, Stories, StorySettings};
use crate::model::{EntryId, StoryId, Time};
use crate::text::link::canonical_url;

/// Stories of the items seen so far.
pub struct ReplayStories {
    stories: Stories,
    items: i64,
    clock: Time,
}

impl ReplayStories {
    /// None yet.
    pub fn new() -> Self {
        Self { stories: Stories::new(StorySettings::default(), StoryId(0)), items: 0, clock: Time(0) }
    }
}

impl Default for ReplayStories {
    fn default() -> Self {
        Self::new()
    }
}

impl StoryHalf for ReplayStories {
    fn judge_story(&mut self, item: &Item<'_>) -> (StoryId, String) {
        self.items += 1;
        // An item without a time happens when the last one did.
        self.clock = item.time().unwrap_or(self.clock);
        let text = item.text();
        let canonical = item.url.as_deref().and_then(canonical_url);
        let placement = self.stories.judge(&StoryItem {
            id: EntryId(self.items),
            feed: item.feed.as_deref().or(item.source.as_deref()).unwrap_or_default(),
            key: item.id.get(),
            canonical_url: canonical.as_deref(),
            title: item.title.as_deref().unwrap_or_default(),
            body: &text,
            lang: item.lang.as_deref(),
            publisher: item.source.as_deref(),
            time: self.clock,
        });
        (placement.story, placement.reason.text)
    }
}
