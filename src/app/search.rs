//! Free text over what is stored, in the language of topics: the full-text index proposes, the topic engine decides.
//!
//! The index narrows (it knows words, not positions of every operator); each candidate is then judged by the compiled
//! query, so `NEAR`, `=Exact` or `*infix*` mean the same here as in a topic.

use super::{App, plan};
use crate::config::Config;
use crate::desk::document_of;
use crate::desk::topic::{self, QueryError, TopicMatch, TopicSource, Watchlist};
use crate::model::*;
use crate::store::{EntryFilter, HitFilter, Narrow, StoreError, TextFilter};
use serde::Serialize;
use std::sync::Arc;

/// The id of a search among topics: none can be called so.
const OWN: &str = "?";
/// How many candidates are fetched at once.
const PAGE: usize = 500;
/// How many candidates are looked at before the search gives up on finding more.
const MOST: usize = 50_000;

/// Why a search could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The query is not understood.
    #[error("{}", errors.first().map(ToString::to_string).unwrap_or_default())]
    Query {
        /// Every error, first one first.
        errors: Vec<QueryError>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An entry found by a search.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// Where the search's terms stand.
    pub evidence: Vec<Evidence>,
}

/// A search ready to be put to the store and to texts.
pub struct Search {
    narrow: Option<TextFilter>,
    topic: usize,
    watchlist: Arc<Watchlist>,
}

impl Search {
    /// Understands a query, which may name the lists and topics of the configuration.
    ///
    /// # Errors
    /// [`SearchError::Query`] with every error found.
    pub fn new(query: &str, config: &Config) -> Result<Self, SearchError> {
        topic::parse(query).map_err(|errors| SearchError::Query { errors })?;
        // compiling all topics is for those who name one
        let mut sources = if query.contains("topic:") { plan::topic_sources(config) } else { Vec::new() };
        sources.push(TopicSource { id: TopicId::from(OWN), query: query.to_owned() });
        let (watchlist, errors) = Watchlist::compile(&sources, &plan::term_sources(config));
        let own = errors.into_iter().filter(|found| found.topic.as_str() == OWN);
        let errors: Vec<QueryError> = own.map(|found| found.error).collect();
        if !errors.is_empty() {
            return Err(SearchError::Query { errors });
        }
        let topic = sources.len() - 1;
        Ok(Self { narrow: watchlist.text_filter(topic), topic, watchlist: Arc::new(watchlist) })
    }

    /// The condition the full-text index can answer; a superset of what the query means.
    pub fn narrowing(&self) -> Option<&TextFilter> {
        self.narrow.as_ref()
    }

    /// Looks at one text after another. Its scratch is for all of them: a search looks at thousands.
    fn looker(&self) -> impl FnMut(&Entry) -> Option<Vec<Evidence>> + use<> {
        let (mut matcher, topic) = (self.watchlist.matcher(), self.topic);
        let mut matches: Vec<TopicMatch> = Vec::new();
        move |entry| {
            matches.clear();
            matcher.judge_some(&document_of(entry, &entry.categories), &[topic], &mut matches);
            matches.pop().map(|found| found.evidence)
        }
    }
}

impl App {
    /// Hits whose entry matches `query`, newest first, with the search's terms as evidence.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn search_hits(&self, query: &str, filter: HitFilter) -> Result<Vec<HitView>, SearchError> {
        let search = Search::new(query, &self.config)?;
        let wanted = wanted(&filter.narrow);
        let found = self
            .store
            .read(move |read| {
                let mut look = search.looker();
                collect(
                    &filter.narrow,
                    &search,
                    |narrow| read.hits(&HitFilter { narrow, ..filter.clone() }),
                    |mut view: HitView| {
                        view.hit.evidence = look(&read.entry(view.hit.entry).ok()??)?;
                        Some(view)
                    },
                )
            })
            .await?;
        Ok(page(found, wanted))
    }

    /// Entries that match `query`, hit or not, newest first.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn search_entries(&self, query: &str, filter: EntryFilter) -> Result<Vec<Found>, SearchError> {
        let search = Search::new(query, &self.config)?;
        let wanted = wanted(&filter.narrow);
        let found = self
            .store
            .read(move |read| {
                let mut look = search.looker();
                collect(
                    &filter.narrow,
                    &search,
                    |narrow| read.entries(&EntryFilter { narrow, ..filter.clone() }),
                    |entry: Entry| {
                        let evidence = look(&entry)?;
                        Some(Found { entry, evidence })
                    },
                )
            })
            .await?;
        Ok(page(found, wanted))
    }
}

/// Offset and limit of the answer; a limit of 0 means all.
fn wanted(narrow: &Narrow) -> (usize, usize) {
    (narrow.offset, if narrow.limit == 0 { usize::MAX } else { narrow.limit })
}

fn page<T>(found: Vec<T>, (offset, limit): (usize, usize)) -> Vec<T> {
    found.into_iter().skip(offset).take(limit).collect()
}

/// Walks the candidates page by page until enough of them are confirmed.
fn collect<C, T>(
    narrow: &Narrow,
    search: &Search,
    fetch: impl Fn(Narrow) -> Result<Vec<C>, StoreError>,
    mut confirm: impl FnMut(C) -> Option<T>,
) -> Result<Vec<T>, StoreError> {
    let (skip, limit) = wanted(narrow);
    let enough = skip.saturating_add(limit);
    let mut found = Vec::new();
    for offset in (0..MOST).step_by(PAGE) {
        let text = search.narrow.clone();
        let candidates = fetch(Narrow { text, limit: PAGE, offset, ..narrow.clone() })?;
        let last = candidates.len() < PAGE;
        found.extend(candidates.into_iter().filter_map(&mut confirm));
        if last || found.len() >= enough {
            break;
        }
    }
    Ok(found)
}
