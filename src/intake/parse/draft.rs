//! What has been gathered of a feed or an entry, before it is put into the model.
//!
//! A fact may come from several elements; each has a rank, the lowest rank wins, and of equal ranks the first that
//! says anything.

use super::address;
use crate::model::{Enclosure, ParsedEntry, Person, Source, Time};

/// A fact with the rank of the element it came from.
#[derive(Clone, Debug)]
pub struct Ranked<T>(Option<(u8, T)>);

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Ranked<T> {
    /// Takes `value` unless something of the same or a better rank is there.
    pub fn offer(&mut self, rank: u8, value: T) {
        if self.0.as_ref().is_none_or(|(present, _)| rank < *present) {
            self.0 = Some((rank, value));
        }
    }

    /// Takes `value` unless something of a better rank is there: of equals the last counts.
    pub fn renew(&mut self, rank: u8, value: T) {
        if self.0.as_ref().is_none_or(|(present, _)| rank <= *present) {
            self.0 = Some((rank, value));
        }
    }

    /// The rank of the best value.
    pub fn rank(&self) -> Option<u8> {
        self.0.as_ref().map(|(rank, _)| *rank)
    }

    /// The best value.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    /// The best value, taken out.
    pub fn take(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

/// Ranks from which a summary only stands in for a missing body: podcast and media descriptions.
pub const STAND_IN: u8 = 3;
/// Rank of a body that is there but shows no text, such as a lone picture.
pub const WORDLESS: u8 = 100;

/// Most values kept of a fact that may be repeated: categories, authors, files, hubs. No publisher comes near it;
/// a hostile document would make looking for repeats slow.
pub const MOST: usize = 256;

/// Longest language tag, in bytes (RFC 5646, 4.4.1 knows none longer than 35).
const LONGEST_TAG: usize = 64;

/// Facts that feeds and entries share.
#[derive(Debug, Default)]
pub struct Draft {
    /// Title, plain text.
    pub title: Ranked<String>,
    /// The publisher's id.
    pub id: Ranked<String>,
    /// `isPermaLink` where stated.
    pub is_permalink: Option<bool>,
    /// Absolute address.
    pub link: Ranked<String>,
    /// Short text, plain.
    pub summary: Ranked<String>,
    /// Long text, plain.
    pub content: Ranked<String>,
    /// Publication time.
    pub published: Ranked<Time>,
    /// Time of the last change.
    pub updated: Ranked<Time>,
    /// Authors, each with the rank of its element; only those of the best rank count.
    pub authors: Vec<(u8, Person)>,
    /// Categories in document order.
    pub categories: Vec<String>,
    /// Attached files.
    pub enclosures: Vec<Enclosure>,
    /// Files offered by Media RSS, after the attached ones.
    pub media: Vec<Enclosure>,
    /// Language tag.
    pub language: Ranked<String>,
    /// Original publisher.
    pub source: Source,
    /// Comments page.
    pub comments: Option<String>,
    /// Rights statement.
    pub rights: Ranked<String>,
}

impl Draft {
    /// Adds a category unless it is empty or there.
    pub fn category(&mut self, name: String) {
        if !name.is_empty() && self.categories.len() < MOST && !self.categories.contains(&name) {
            self.categories.push(name);
        }
    }

    /// Takes a language tag; what is too long to be one is none.
    pub fn language(&mut self, rank: u8, tag: &str) {
        let tag = tag.trim();
        if !tag.is_empty() && tag.len() <= LONGEST_TAG {
            self.language.offer(rank, tag.to_owned());
        }
    }

    /// Adds a person named by an element of this rank.
    pub fn author(&mut self, rank: u8, person: Person) {
        if self.authors.len() < MOST {
            self.authors.push((rank, person));
        }
    }

    /// Adds an attached file.
    pub fn enclosure(&mut self, file: Enclosure) {
        if self.enclosures.len() < MOST {
            self.enclosures.push(file);
        }
    }

    /// Adds a file of Media RSS.
    pub fn media(&mut self, file: Enclosure) {
        if self.media.len() < MOST {
            self.media.push(file);
        }
    }

    /// The authors of the best rank.
    pub fn best_authors(&mut self) -> Vec<Person> {
        let best = self.author_rank();
        let mut people: Vec<Person> = Vec::new();
        for (rank, person) in self.authors.drain(..) {
            if Some(rank) == best && !people.contains(&person) {
                people.push(person);
            }
        }
        people
    }

    /// The summary, unless it only stands in for a body that is there.
    pub fn best_summary(&mut self) -> Option<String> {
        let alone = self.content.get().is_none_or(String::is_empty);
        let stands_in = (STAND_IN..WORDLESS).contains(&self.summary.rank().unwrap_or(0));
        std::mem::take(&mut self.summary).take().filter(|_| alone || !stands_in)
    }

    /// The rank of the best authors.
    pub fn author_rank(&self) -> Option<u8> {
        self.authors.iter().map(|(rank, _)| *rank).min()
    }

    /// The entry these facts make, with the stand-ins for a missing link: a permalink guid, then a file.
    pub fn into_entry(mut self) -> ParsedEntry {
        let authors = self.best_authors();
        let summary = self.best_summary();
        let mut enclosures = self.enclosures;
        for media in self.media {
            if enclosures.iter().all(|present| present.url != media.url) {
                enclosures.push(media);
            }
        }
        let guid = self.id.take();
        let permalink = guid.as_deref().filter(|_| self.is_permalink != Some(false));
        let link = self.link.take().or_else(|| permalink.and_then(page));
        let link = link.or_else(|| enclosures.first().map(|enclosure| enclosure.url.clone()));
        let source = (self.source != Source::default()).then_some(self.source);
        ParsedEntry {
            link,
            is_permalink: self.is_permalink,
            title: self.title.take().unwrap_or_default(),
            summary,
            content: self.content.take(),
            published: self.published.take(),
            updated: self.updated.take(),
            authors,
            categories: self.categories,
            enclosures,
            language: self.language.take(),
            source,
            comments: self.comments,
            rights: self.rights.take(),
            guid,
        }
    }
}

/// The id as an address, if it is one of a page.
fn page(guid: &str) -> Option<String> {
    let head = guid.get(..8)?.to_ascii_lowercase();
    let web = head.starts_with("http://") || head.starts_with("https://");
    address::resolve(guid, None).absolute().filter(|_| web)
}
