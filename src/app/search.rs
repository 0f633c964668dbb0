//! Free text over what is stored, in the language of topics: the full-text index proposes, the topic engine decides.
//!
//! The index narrows (it knows words, not positions of every operator); each candidate is then judged by the compiled
//! query, so `NEAR`, `=Exact` or `*infix*` mean the same here as in a topic.

use super::App;
use crate::desk::document_of;
use crate::desk::topic::{self, QueryError, TopicMatch, TopicSource, Watchlist};
use crate::model::*;
use crate::store::{EntryFilter, HitFilter, Narrow, StoreError, TextFilter};
use serde::Serialize;
use std::sync::Arc;

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
    watchlist: Arc<Watchlist>,
}

impl Search {
    /// Understands a query.
    ///
    /// # Errors
    /// [`SearchError::Query`] with every error found.
    pub fn new(query: &str) -> Result<Self, SearchError> {
        let parsed = topic::parse(query).map_err(|errors| SearchError::Query { errors })?;
        let source = TopicSource { id: TopicId::from("search"), query: query.to_owned() };
        let (watchlist, errors) = Watchlist::compile(&[source], &[]);
        if !errors.is_empty() {
            let errors = errors.into_iter().map(|found| found.error).collect();
            return Err(SearchError::Query { errors });
        }
        Ok(Self { narrow: topic::text_filter(&parsed), watchlist: Arc::new(watchlist) })
    }

    /// The condition the full-text index can answer; a superset of what the query means.
    pub fn narrowing(&self) -> Option<&TextFilter> {
        self.narrow.as_ref()
    }

    /// Looks at one text after another. Its scratch is for all of them: a search looks at thousands.
    fn looker(&self) -> impl FnMut(&Entry) -> Option<Vec<Evidence>> + use<> {
        let mut matcher = self.watchlist.matcher();
        let mut matches: Vec<TopicMatch> = Vec::new();
        move |entry| {
            matches.clear();
            matcher.judge(&document_of(entry, &entry.categories), &mut matches);
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
        let search = Search::new(query)?;
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
        let search = Search::new(query)?;
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
