//! Lost entries: what came and went between two polls.
//!
//! When a document shares no entry with what is known of its feed, something may have been missed. Order of rules: a
//! first document, one whose dates reach back before the last poll, and one of an address that changed meanwhile
//! miss nothing; a feed that shows a single entry shares none with its last poll whenever it brings news, so that tells
//! nothing unless it names older pages; otherwise older pages are read (RFC 5005 archives and pages, JSON Feed `next_url`) until one shares an
//! entry, there are no more, or [`PAGES`] were read. What they brought belongs to the same commit as the document; a
//! gap is recorded either way, closed or not.
//!
//! Pages are asked for like any poll: the guard, the cap, the host's turn and its spacing; the feed's own headers
//! go to its own origin only. A page that fails ends the search and costs nothing else.

use super::Room;
use super::fetch::{FetchLimits, FetchRequest};
use super::read::{self, Document, FeedReading, Reading};
use super::turn::{self, Tally};
use crate::config::FeedConfig;
use crate::model::*;
use crate::store::GapRow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Older pages read for one gap at most (F21).
const PAGES: u32 = 5;
/// Dates are not trusted to the hour: so much before the last poll still counts as after it.
const SLACK: Duration = Duration::from_secs(12 * 3600);

/// What was missed, and what of it was found again.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    /// The gap, to be recorded.
    pub gap: GapRow,
    /// Entries of the older pages that were not known.
    pub entries: Arc<[NewEntry]>,
}

impl Lost {
    /// In words, for the poll.
    pub fn words(&self) -> String {
        let GapRow { pages, recovered, closed, .. } = self.gap;
        match (closed, pages) {
            (true, _) => {
                format!("a gap since the last poll; {recovered} entries found in {pages} older pages")
            }
            (false, 0) => {
                "a gap since the last poll: every entry is new, and there are no older pages".to_owned()
            }
            (false, _) => format!(
                "a gap since the last poll; {recovered} entries found in {pages} older pages, and some may be missing"
            ),
        }
    }
}

/// Looks for what was missed before `document`.
pub(super) async fn recover(
    room: &Arc<Room>,
    feed: &FeedConfig,
    state: &FeedState,
    document: &FeedReading,
    tally: &Tally,
    abandon: &CancellationToken,
) -> Option<Lost> {
    let since = state.last_success.filter(|_| state.url == feed.url.as_str())?;
    let alone = document.entries.len() == 1;
    if state.entries == 0
        || alone && document.next_page.is_none()
        || covers(&document.entries, since)
        || shares(room, feed, &document.entries).await?
    {
        return None;
    }
    let mut search = Search { room, feed, since, pages: 0, found: Vec::new(), met: HashSet::new(), tally };
    search.met.extend(document.entries.iter().map(|entry| entry.key.clone()));
    let closed = tokio::select! {
        closed = search.walk(document.next_page.clone()) => closed,
        () = abandon.cancelled() => false,
    };
    if alone && search.pages == 0 {
        return None;
    }
    let recovered = u32::try_from(search.found.len()).unwrap_or(u32::MAX);
    let gap = GapRow { since, at: room.clock.now(), pages: search.pages, recovered, closed };
    tracing::info!(feed.id = %feed.id, pages = gap.pages, recovered, closed, "a gap since the last poll");
    Some(Lost { gap, entries: search.found.into() })
}

/// Whether the dates of a document reach back before the last poll: then nothing can have come and gone unseen. An entry
/// without a date proves nothing.
fn covers(entries: &[NewEntry], since: Time) -> bool {
    entries.is_empty()
        || entries.iter().any(|entry| entry.published.is_some_and(|at| at <= since.minus(SLACK)))
}

/// Whether any entry is known, by its key or its page. `None` when the store cannot say: then it is not the time.
async fn shares(room: &Room, feed: &FeedConfig, entries: &Arc<[NewEntry]>) -> Option<bool> {
    let known = known(room, feed, entries).await?;
    Some(known.contains(&true))
}

async fn known(room: &Room, feed: &FeedConfig, entries: &Arc<[NewEntry]>) -> Option<Vec<bool>> {
    let (feed, entries) = (feed.id.clone(), entries.clone());
    let asked = room.store.read(move |read| read.known_entries(&feed, &entries)).await;
    asked.inspect_err(|error| tracing::debug!(%error, "gaps cannot be looked for")).ok()
}

struct Search<'a> {
    room: &'a Arc<Room>,
    feed: &'a FeedConfig,
    since: Time,
    pages: u32,
    found: Vec<NewEntry>,
    met: HashSet<String>,
    tally: &'a Tally,
}

impl Search<'_> {
    /// Follows the chain of pages. Whether it led to something known.
    async fn walk(&mut self, mut next: Option<Url>) -> bool {
        let mut visited = HashSet::new();
        while let Some(page) = next.take().filter(|page| self.pages < PAGES && visited.insert(page.clone())) {
            let Some(document) = self.read(&page).await else { return false };
            let Some(known) = known(self.room, self.feed, &document.entries).await else { return false };
            let reached = known.contains(&true) || covers(&document.entries, self.since);
            self.take(&document.entries, &known);
            if reached {
                return true;
            }
            next.clone_from(&document.next_page);
        }
        false
    }

    /// Takes the entries of a page that are of the time since the last poll. A page reaches further back than that, to
    /// what was never meant to be seen; entries without a date count up to the first that is known.
    fn take(&mut self, entries: &[NewEntry], known: &[bool]) {
        let first_known = known.iter().position(|known| *known).unwrap_or(entries.len());
        for (index, entry) in entries.iter().enumerate().filter(|(index, _)| !known[*index]) {
            let recent = entry.published.map_or(index < first_known, |at| at > self.since.minus(SLACK));
            if recent && self.met.insert(entry.key.clone()) {
                self.found.push(entry.clone());
            }
        }
    }

    async fn read(&mut self, page: &Url) -> Option<Box<FeedReading>> {
        let (room, now) = (self.room, self.room.clock.now());
        let request = FetchRequest::page(self.feed, page.clone());
        let limits = FetchLimits::from(&room.config.intake);
        let mut fetched = turn::fetch(room, &request, &limits, self.tally).await?;
        self.pages += 1;
        let wire = fetched.body.take()?;
        let document = Document {
            url: fetched.url,
            content_type: fetched.content_type,
            max_body: room.config.intake.max_body,
            max_entries: room.config.intake.max_entries,
            publisher: self.feed.publisher.clone(),
            lang: self.feed.lang.clone(),
            last_hash: None,
            now,
        };
        match tokio::task::spawn_blocking(move || read::read(wire, &document)).await {
            Ok(Reading::Feed(document)) => Some(document),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn entry(published: Option<Time>) -> NewEntry {
        NewEntry {
            key: "k".to_owned(),
            guid: None,
            url: None,
            canonical_url: None,
            title: String::new(),
            body: String::new(),
            author: None,
            publisher: None,
            categories: Vec::new(),
            lang: None,
            published,
            content_hash: String::new(),
        }
    }

    #[test]
    fn a_document_that_reaches_back_misses_nothing() {
        for (dates, reaches, why) in [
            (vec![], true, "nothing in it, nothing missed"),
            (vec![Some(NOW)], false, "all of it came since"),
            (vec![Some(NOW), Some(NOW.minus(HOUR * 13))], true, "the oldest is older than the last poll"),
            (vec![Some(NOW.minus(HOUR * 2))], false, "dates are not trusted to the hour"),
            (vec![None, None], false, "no dates, no proof"),
        ] {
            let entries: Vec<NewEntry> = dates.into_iter().map(entry).collect();
            assert_eq!(covers(&entries, NOW), reaches, "{why}");
        }
    }
}
