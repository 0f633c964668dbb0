//! The HTTP side: health, metrics, the JSON API, and topics as feeds. Read-only but for what hubs push; owns no rule.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz` | 200 while every loop makes progress, else 503 with the loop that hangs |
//! | `/readyz` | 200 when the database answers and the loops run, else 503 |
//! | `/metrics` | Prometheus text |
//! | `/api/v1/hits` | hits, newest first: `topic feed lang since until q story state limit offset` |
//! | `/api/v1/stories/{id}` | one story with its entries, reasons and hits |
//! | `/websub/{token}` | hubs verify (GET) and push (POST); only with `http.public_url`, only for tokens we gave out |
//! | `/topics/{id}.atom`, `/topics/{id}.json` | the newest hits of a topic as Atom or JSON Feed |
//!
//! The page for people belongs at `/`. A request must name a host we answer to (`localhost`, a loopback address, the
//! listening address, or the host of `http.public_url`), so that a web page cannot reach us by rebinding its name.

mod api;
mod feeds;
mod guard;
mod health;
mod websub;

pub use health::{Beat, Health};

use crate::app::App;
use crate::intake::Intake;
use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the handlers share.
#[derive(Clone)]
pub struct Side {
    /// The application; swapped when the configuration is reloaded.
    pub app: Arc<ArcSwap<App>>,
    /// Whether the loops make progress.
    pub health: Arc<Health>,
    /// Takes in what hubs push.
    pub intake: Arc<Intake>,
    /// The metrics recorder.
    pub metrics: PrometheusHandle,
}

/// Serves until `cancel`, then finishes the requests under way.
///
/// # Errors
/// The listener's.
pub async fn serve(side: Side, listener: TcpListener, cancel: CancellationToken) -> std::io::Result<()> {
    axum::serve(listener, router(side)).with_graceful_shutdown(cancel.cancelled_owned()).await
}

/// All routes.
pub fn router(side: Side) -> Router {
    let largest = usize::try_from(side.app.load().config.intake.max_body).unwrap_or(usize::MAX);
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/api/v1/hits", get(api::hits))
        .route("/api/v1/stories/{id}", get(api::story))
        .route("/topics/{file}", get(feeds::topic))
        .route(
            "/websub/{token}",
            get(websub::verify).post(websub::push).layer(DefaultBodyLimit::max(largest)),
        )
        .fallback(|| async { problem(StatusCode::NOT_FOUND, "there is nothing at this address") })
        .method_not_allowed_fallback(|| async {
            problem(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here")
        })
        .layer(middleware::from_fn_with_state(side.clone(), guard::check_host))
        .layer(middleware::map_response(harden))
        .with_state(side)
}

async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    response
}

/// An error as JSON: `{"error": "…"}`.
fn problem(status: StatusCode, message: impl Into<String>) -> Response {
    (status, axum::Json(serde_json::json!({ "error": message.into() }))).into_response()
}
