//! Puts the gathered facts of a whole document into the model, and looks at the entries together.

use super::elements::PUBLISHER;
use super::reader::Reader;
use crate::model::{ParsedFeed, Person};
use crate::text::link::canonical_url;
use std::collections::{HashMap, HashSet};

/// The feed a finished walk found.
pub fn feed(reader: Reader<'_, '_>) -> ParsedFeed {
    let Reader { mut document, mut feed, image, period, frequency, mut notes, .. } = reader;
    let writes = feed.author_rank().is_some_and(|rank| rank < PUBLISHER);
    document.authors = feed.best_authors();
    let authors = if writes { document.authors.clone() } else { Vec::new() };
    document.subtitle = feed.best_summary();
    document.title = feed.title.take();
    document.link = feed.link.take();
    document.id = feed.id.take();
    document.language = feed.language.take();
    document.published = feed.published.take();
    document.updated = feed.updated.take();
    document.rights = feed.rights.take();
    document.categories = feed.categories;
    document.image = image.take();
    document.update_period_seconds = period.map(|seconds| per(seconds, frequency));
    document.skip_hours.sort_unstable();
    document.skip_hours.dedup();
    document.skip_days.sort_unstable();
    document.skip_days.dedup();
    complete(&mut document, &authors, &mut notes);
    document.warnings = notes.into_warnings();
    document
}

/// A period of this many seconds in which the feed is updated so many times.
fn per(seconds: f64, frequency: Option<u64>) -> u64 {
    let times = frequency.filter(|times| *times > 0).unwrap_or(1);
    (seconds / times as f64).max(1.0) as u64
}

/// What only shows once all entries are known: the feed's authors stand in for missing ones, ids that several
/// entries share are noted, and so is a feed without entries.
pub fn complete(document: &mut ParsedFeed, authors: &[Person], notes: &mut super::notes::Notes) {
    let authors = stand_ins(authors);
    for entry in &mut document.entries {
        if entry.authors.is_empty() {
            entry.authors = authors.to_vec();
        }
    }
    if document.entries.is_empty() {
        notes.document("no-entries", "the feed has no entries");
    }
    mark_repeats(document, notes);
}

/// Longest list of authors, in bytes, that stands in for those of entries: each entry gets a copy.
const LONGEST_STAND_INS: usize = 2048;

/// The first of the authors, as many as may be copied.
fn stand_ins(authors: &[Person]) -> &[Person] {
    let length = |person: &Person| {
        let parts = [&person.name, &person.email, &person.uri];
        parts.into_iter().flatten().map(String::len).sum::<usize>()
    };
    let mut total = 0;
    let fits = |person: &&Person| {
        total += length(person);
        total <= LONGEST_STAND_INS
    };
    &authors[..authors.iter().take_while(fits).count()]
}

/// Marks the entries whose id, or for want of an own id whose link, belongs to another item before them.
fn mark_repeats(document: &ParsedFeed, notes: &mut super::notes::Notes) {
    let mut ids: HashMap<&str, usize> = HashMap::new();
    let mut links: HashMap<String, usize> = HashMap::new();
    let entries = &document.entries;
    let another =
        |a: usize, b: usize| entries[a].title != entries[b].title || entries[a].link != entries[b].link;
    let mut shared: HashSet<&str> = HashSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(guid) = entry.guid.as_deref() else { continue };
        let first = *ids.entry(guid).or_insert(index);
        if first != index && another(first, index) {
            shared.insert(guid);
            notes.mark(
                index,
                "repeated-guid",
                format!("the id of entry {first} is used again for another item"),
            );
        }
    }
    for (index, entry) in entries.iter().enumerate() {
        let named = entry.guid.as_deref().is_some_and(|guid| !shared.contains(guid));
        let Some(link) = entry.link.as_deref().filter(|_| !named).and_then(canonical_url) else { continue };
        let first = *links.entry(link).or_insert(index);
        if first != index && entries[first].title != entry.title {
            notes.mark(
                index,
                "repeated-link",
                format!("the link of entry {first} is used again for another item"),
            );
        }
    }
}
