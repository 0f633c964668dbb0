//! The demo's outlets over real HTTP on the loopback interface: validators, 304, delays and failures as scripted.

use super::day::{Behaviour, Day};
use super::render::document;
use crate::clock::Clock;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the handlers share.
#[derive(Clone)]
struct World {
    day: Arc<Day>,
    clock: Arc<dyn Clock>,
    /// Delays are divided by this.
    hurry: u32,
}

/// Serves the day as it stands at the clock's time, until `cancel`; gives the address.
///
/// # Errors
/// When no loopback port is to be had.
pub async fn start(
    day: Arc<Day>,
    clock: Arc<dyn Clock>,
    hurry: u32,
    cancel: CancellationToken,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/{outlet}", get(feed)).with_state(World { day, clock, hurry });
    let served = axum::serve(listener, router).with_graceful_shutdown(cancel.cancelled_owned());
    tokio::spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "the demo's server stopped");
        }
    });
    Ok(address)
}

async fn feed(State(world): State<World>, Path(id): Path<String>, asked: HeaderMap) -> Response {
    let now = world.clock.now();
    let Some(outlet) = world.day.script.outlet.iter().find(|outlet| outlet.id == id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if world.day.is_down(outlet, now) {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the database is away").into_response();
    }
    let (kind, body) = document(outlet, &world.day.showing(outlet, now));
    let tag = format!("\"{}\"", &hex(&Sha256::digest(&body))[..16]);
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    if outlet.behaviour == Behaviour::Slow {
        tokio::time::sleep(Duration::from_millis(outlet.delay) / world.hurry).await;
    }
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::ETAG, tag)], body).into_response()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
