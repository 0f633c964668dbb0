//! Topics as feeds: `/topics/{id}.atom` and `/topics/{id}.json`.

use super::{Side, api, problem};
use crate::app::App;
use crate::app::export::{self, FeedHead};
use crate::model::{HitView, TopicId};
use crate::store::{HitFilter, Narrow};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Hits in a feed.
const NEWEST: usize = 100;

/// `GET /topics/{id}.atom` and `.json`
pub async fn topic(State(side): State<Side>, Path(file): Path<String>) -> Response {
    let app = side.app.load_full();
    let known = |id: &str| app.config.topics.iter().find(|topic| topic.id.as_str() == id);
    let Some((id, kind)) = file.rsplit_once('.').filter(|(_, kind)| matches!(*kind, "atom" | "json")) else {
        return problem(StatusCode::NOT_FOUND, "a topic's feed is at /topics/ID.atom or /topics/ID.json");
    };
    let Some(topic) = known(id) else {
        return problem(StatusCode::NOT_FOUND, "there is no such topic");
    };
    let head = head(&app, &topic.title, &file, id);
    match newest(&app, TopicId::from(id)).await {
        Ok(hits) if kind == "atom" => atom(&head, &hits),
        Ok(hits) => {
            let kind = [(header::CONTENT_TYPE, "application/feed+json; charset=utf-8")];
            (kind, export::json_feed(&head, &hits).to_string()).into_response()
        }
        Err(error) => api::store_problem(&error),
    }
}

/// One item per story: the hit that opened it.
async fn newest(app: &App, topic: TopicId) -> crate::store::Result<Vec<HitView>> {
    let narrow = Narrow { limit: NEWEST, ..Narrow::default() };
    app.hits(HitFilter { narrow, topics: vec![topic], first_only: true, ..HitFilter::default() }).await
}

fn head(app: &App, title: &str, file: &str, id: &str) -> FeedHead {
    let base = app.config.http.public_url.as_ref();
    let self_url = base.and_then(|url| url.join(&format!("topics/{file}")).ok()).map(String::from);
    FeedHead { title: format!("{title} – newswatch"), id: format!("urn:newswatch:topic:{id}"), self_url }
}

fn atom(head: &FeedHead, hits: &[HitView]) -> Response {
    let mut document = Vec::new();
    match export::atom(&mut document, head, hits) {
        Ok(()) => ([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], document).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
