//! `/api/v1`: hits and stories as JSON.

use super::{Side, problem};
use crate::app::search::SearchError;
use crate::model::{FeedId, HitView, StoryId, Time, TopicId};
use crate::store::{HitFilter, Narrow, StoreError};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// Most hits in one answer.
const MOST: usize = 1_000;

/// Parameters of `/api/v1/hits`; lists are comma-separated.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HitQuery {
    topic: Option<String>,
    feed: Option<String>,
    lang: Option<String>,
    since: Option<Time>,
    until: Option<Time>,
    q: Option<String>,
    story: Option<i64>,
    state: Option<String>,
    limit: Option<usize>,
    offset: Option<usize>,
}

impl HitQuery {
    fn filter(&self) -> Result<HitFilter, String> {
        let told = match self.state.as_deref() {
            None => None,
            Some("told") => Some(true),
            Some("silent") => Some(false),
            Some(other) => return Err(format!("state is told or silent, not {other:?}")),
        };
        Ok(HitFilter {
            narrow: Narrow {
                since: self.since,
                until: self.until,
                feeds: list(self.feed.as_deref()).map(FeedId::from).collect(),
                langs: list(self.lang.as_deref()).map(str::to_lowercase).collect(),
                text: None,
                limit: self.limit.unwrap_or(100).clamp(1, MOST),
                offset: self.offset.unwrap_or(0),
            },
            topics: list(self.topic.as_deref()).map(TopicId::from).collect(),
            story: self.story.map(StoryId),
            told,
            first_only: false,
        })
    }
}

fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// `GET /api/v1/hits`
pub async fn hits(
    State(side): State<Side>,
    query: Result<Query<HitQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(rejection) => return problem(StatusCode::BAD_REQUEST, rejection.body_text()),
    };
    let filter = match query.filter() {
        Ok(filter) => filter,
        Err(message) => return problem(StatusCode::BAD_REQUEST, message),
    };
    match find(&side, query.q.as_deref(), filter).await {
        Ok(hits) => Json(serde_json::json!({ "hits": hits })).into_response(),
        Err(SearchError::Store(error)) => store_problem(&error),
        Err(error) => problem(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

async fn find(side: &Side, query: Option<&str>, filter: HitFilter) -> Result<Vec<HitView>, SearchError> {
    let app = side.app.load_full();
    match query {
        Some(query) => app.search_hits(query, filter).await,
        None => Ok(app.hits(filter).await?),
    }
}

/// `GET /api/v1/stories/{id}`
pub async fn story(State(side): State<Side>, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse().map(StoryId) else {
        return problem(StatusCode::BAD_REQUEST, "a story is named by its number");
    };
    match side.app.load_full().story(id).await {
        Ok(story) => Json(story).into_response(),
        Err(error) => store_problem(&error),
    }
}

/// A store error as an answer.
pub fn store_problem(error: &StoreError) -> Response {
    let status = match error {
        StoreError::NotFound(_) => StatusCode::NOT_FOUND,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    problem(status, error.to_string())
}
