//! Why a topic matches something, and why not.
//!
//! What is asked about is a stored entry, every entry of a feed document, a web page, or a text given; it is judged by
//! the configured topic as it stands now, which may be newer than the version that made a stored hit.

use super::{App, found, plan};
use crate::config::Config;
use crate::desk::topic::{self, Document, Explanation};
use crate::intake::parse::{Context, ParseError, page_text, parse};
use crate::model::*;
use crate::store;
use crate::text::link::canonical_url;
use serde::Serialize;

/// Something a topic can be asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The stored entry, if it is one.
    pub entry: Option<EntryId>,
    /// Title.
    pub title: String,
    /// Body.
    pub body: String,
    /// Address.
    pub url: String,
    /// Id of the feed; empty for what is not stored.
    pub feed: String,
    /// Tags of the feed and categories.
    pub tags: Vec<String>,
    /// Author names.
    pub author: String,
    /// Outlet.
    pub publisher: String,
    /// Language, the primary subtag in lower case.
    pub lang: String,
}

/// The answer for one subject.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// The topic.
    pub topic: TopicId,
    /// Version of the topic that was asked.
    pub version: String,
    /// The stored entry, if it is one.
    pub entry: Option<EntryId>,
    /// Its title.
    pub title: String,
    /// Whether the topic matches.
    pub matches: bool,
    /// The innermost clauses that decided: for a miss, those that would have to come out otherwise.
    pub deciding: Vec<Explanation>,
    /// The query as a tree.
    pub tree: Explanation,
}

/// Why nothing can be explained.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExplainError {
    /// No topic of that name.
    #[error("there is no topic {0}; `topics list` names them")]
    Unknown(TopicId),
    /// Its query is broken.
    #[error("{0}")]
    Broken(Box<plan::BrokenTopic>),
}

impl From<Entry> for Subject {
    fn from(entry: Entry) -> Self {
        Self {
            entry: Some(entry.id),
            title: entry.title,
            body: entry.body,
            url: entry.url.unwrap_or_default(),
            feed: entry.feed.to_string(),
            tags: entry.categories,
            author: entry.author.unwrap_or_default(),
            publisher: entry.publisher.unwrap_or_default(),
            lang: entry.lang.unwrap_or_default(),
        }
    }
}

impl Subject {
    /// What the topic rules look at.
    pub fn document(&self) -> Document<'_> {
        Document {
            title: &self.title,
            body: &self.body,
            url: &self.url,
            feed: &self.feed,
            tags: &self.tags,
            author: &self.author,
            publisher: &self.publisher,
            lang: &self.lang,
        }
    }

    fn parsed(entry: ParsedEntry, feed: &ParsedFeed) -> Self {
        let names: Vec<&str> = entry.authors.iter().filter_map(|person| person.name.as_deref()).collect();
        let lang = entry.language.as_deref().or(feed.language.as_deref()).unwrap_or_default();
        Self {
            body: entry.body(),
            author: names.join(", "),
            publisher: entry.source.as_ref().and_then(|source| source.title.clone()).unwrap_or_default(),
            lang: primary(lang),
            title: entry.title,
            url: entry.link.unwrap_or_default(),
            tags: entry.categories,
            ..Self::default()
        }
    }
}

fn primary(lang: &str) -> String {
    lang.split(['-', '_']).next().unwrap_or_default().to_lowercase()
}

/// What a document holds: the entries of a feed, a web page as one text, or a plain text whose first line is its title.
///
/// # Errors
/// A sentence, when the document cannot be read at all.
pub fn subjects_of(bytes: &[u8], context: &Context<'_>) -> Result<Vec<Subject>, String> {
    let url = context.url.map(ToString::to_string).unwrap_or_default();
    match parse(bytes, context) {
        Ok(mut feed) => {
            let entries = std::mem::take(&mut feed.entries);
            Ok(entries.into_iter().map(|entry| Subject::parsed(entry, &feed)).collect())
        }
        Err(ParseError::Html { .. }) => {
            let (title, body) = page_text(bytes, context).map_err(|error| error.to_string())?;
            Ok(vec![Subject { title, body, url, ..Subject::default() }])
        }
        Err(ParseError::Empty) => Err(ParseError::Empty.to_string()),
        Err(error) => match std::str::from_utf8(bytes) {
            Ok(text) => {
                let (title, body) = text.trim_start().split_once('\n').unwrap_or((text.trim(), ""));
                let (title, body) = (title.trim().to_owned(), body.trim().to_owned());
                Ok(vec![Subject { title, body, url, ..Subject::default() }])
            }
            Err(_) => Err(error.to_string()),
        },
    }
}

/// Asks one configured topic about each subject.
///
/// # Errors
/// [`ExplainError`], when there is no such topic or its query is broken.
pub fn explain(config: &Config, id: &TopicId, subjects: &[Subject]) -> Result<Vec<Explained>, ExplainError> {
    let (plan, broken) = plan::compile(config);
    if let Some(found) = broken.into_iter().find(|found| found.topic == *id) {
        return Err(ExplainError::Broken(Box::new(found)));
    }
    let watchlist = plan.watchlist;
    let topic = watchlist.find(id.as_str()).ok_or_else(|| ExplainError::Unknown(id.clone()))?;
    let one = |subject: &Subject| {
        let tree = topic::explain(&watchlist, topic, &subject.document())?;
        Some(Explained {
            topic: id.clone(),
            version: watchlist.version_of(topic).to_owned(),
            entry: subject.entry,
            title: subject.title.clone(),
            matches: tree.truth,
            deciding: tree.deciding().into_iter().cloned().collect(),
            tree,
        })
    };
    Ok(subjects.iter().filter_map(one).collect())
}

impl App {
    /// A stored entry as a subject, with the tags its feed has now.
    ///
    /// # Errors
    /// [`store::StoreError::NotFound`], or the store's.
    pub async fn subject(&self, id: EntryId) -> store::Result<Subject> {
        let entry = found(self.store.read(move |read| read.entry(id)).await?, "entry", id)?;
        Ok(self.tagged(entry))
    }

    /// The newest judged entry that leads to this page, if one is stored.
    ///
    /// # Errors
    /// The store's.
    pub async fn subject_at(&self, url: &str) -> store::Result<Option<Subject>> {
        let Some(url) = canonical_url(url) else { return Ok(None) };
        let entry = self.store.read(move |read| match read.story_by_url(&url)? {
            Some((_, entry)) => read.entry(entry),
            None => Ok(None),
        });
        Ok(entry.await?.map(|entry| self.tagged(entry)))
    }

    fn tagged(&self, entry: Entry) -> Subject {
        let mut tags =
            self.config.feeds.iter().find(|feed| feed.id == entry.feed).map(|feed| feed.tags.clone());
        let mut subject = Subject::from(entry);
        if let Some(tags) = &mut tags {
            tags.append(&mut subject.tags);
            subject.tags = std::mem::take(tags);
        }
        subject
    }
}
