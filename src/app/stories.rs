//! A story with its entries, the reason each is there, and its hits.

use super::edits::{Edit, edits_of};
use super::plan::aliases;
use super::spread::{Spread, spread};
use super::{App, found};
use crate::desk::story::attribution::Outlets;
use crate::model::*;
use crate::store::{self, Corrected};
use serde::Serialize;

/// One story in full.
#[derive(Clone, Debug, Serialize)]
pub struct StoryView {
    /// The story.
    #[serde(flatten)]
    pub story: Story,
    /// How it spread: who had it first, outlets, languages, copies.
    pub spread: Spread,
    /// Entries that are only probably of this story.
    pub probable: usize,
    /// Its entries in the order of judgement.
    pub timeline: Vec<StoryEntry>,
    /// Its hits, oldest first.
    pub hits: Vec<Hit>,
}

/// One entry of a story.
#[derive(Clone, Debug, Serialize)]
pub struct StoryEntry {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// Why it is here.
    pub why: StoryReason,
    /// How it was edited, oldest change first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
}

impl App {
    /// One story in full; under the number of a story that was merged away, the one it went into.
    ///
    /// # Errors
    /// [`store::StoreError::NotFound`], or the store's.
    pub async fn story(&self, id: StoryId) -> store::Result<StoryView> {
        let aliases = aliases(&self.config);
        self.store
            .read(move |read| {
                let story = found(read.story(id)?, "story", id)?;
                let id = story.id;
                let entries = read.story_entries(id)?.into_iter().map(|known| {
                    let edits = edits_of(read, &known.entry)?;
                    Ok(StoryEntry { entry: known.entry, why: known.reason, edits })
                });
                let timeline: Vec<StoryEntry> = entries.collect::<store::Result<_>>()?;
                let outlets = Outlets::new(read.outlets()?, aliases);
                let spread = spread(&timeline, &outlets);
                let probable = timeline.iter().filter(|known| known.why.probable).count();
                Ok(StoryView { story, spread, probable, timeline, hits: read.story_hits(id)? })
            })
            .await
    }

    /// Why an entry is in its story, once it is in one.
    ///
    /// # Errors
    /// The store's.
    pub async fn placement(&self, entry: EntryId) -> store::Result<Option<StoryReason>> {
        self.store.read(move |read| read.placement(entry)).await
    }

    /// Makes two stories one: the entries of `from` move to `into`.
    ///
    /// # Errors
    /// [`store::StoreError::NotFound`], [`store::StoreError::Refused`] when they are one already, or the store's.
    pub async fn merge_stories(&self, into: StoryId, from: StoryId) -> store::Result<Corrected> {
        self.store.write(move |tx| tx.merge_stories(into, from)).await
    }

    /// Moves some entries of a story into a new one.
    ///
    /// # Errors
    /// [`store::StoreError::NotFound`] for an entry that is not in the story, [`store::StoreError::Refused`] when none would
    /// stay, or the store's.
    pub async fn split_story(&self, story: StoryId, entries: Vec<EntryId>) -> store::Result<Corrected> {
        self.store.write(move |tx| tx.split_story(story, &entries)).await
    }
}
