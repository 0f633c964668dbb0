//! The callback of WebSub hubs: verification by GET, pushes by POST.
//!
//! A push is always answered 202 where the token is ours, whatever is made of it: the signature decides inside, and a
//! stranger learns nothing.

use super::{Side, problem};
use crate::intake::websub::{Callback, Pushed, Verification};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;

/// `GET /websub/{token}`
pub async fn verify(
    State(side): State<Side>,
    Path(token): Path<String>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Response {
    let text = |name: &str| parameters.get(name).cloned().unwrap_or_default();
    let call = Verification {
        mode: text("hub.mode"),
        topic: text("hub.topic"),
        challenge: text("hub.challenge"),
        lease_seconds: text("hub.lease_seconds").parse().ok(),
        reason: parameters.get("hub.reason").cloned(),
    };
    match side.intake.hub_calls(&token, &call).await {
        Ok(Callback::Echo(challenge)) => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], challenge).into_response()
        }
        Ok(Callback::Noted) => StatusCode::OK.into_response(),
        Ok(Callback::Unknown) => problem(StatusCode::NOT_FOUND, "nothing was subscribed to here"),
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}

/// `POST /websub/{token}`
pub async fn push(
    State(side): State<Side>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (signature, kind) = (text("x-hub-signature"), text("content-type"));
    match side.intake.pushed(&token, signature, kind, body.to_vec()).await {
        Ok(Pushed::Taken { .. } | Pushed::Noted | Pushed::Ignored) => StatusCode::ACCEPTED.into_response(),
        Ok(Pushed::Unknown) => problem(StatusCode::NOT_FOUND, "nothing was subscribed to here"),
        // The hub tries again: nothing is lost while the disk is full.
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}
