//! Webhooks against a real web server on loopback; the signature is computed here from its definition alone.

use super::*;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use newswatch::alert::SendError;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

type Answer = Arc<dyn Fn() -> Response + Send + Sync>;

#[derive(Clone)]
struct Hook {
    answer: Answer,
    got: Arc<Mutex<Vec<(Uri, HeaderMap, Bytes)>>>,
}

/// Serves one answer to every request, and keeps the requests.
async fn serve(answer: impl Fn() -> Response + Send + Sync + 'static) -> (SocketAddr, Hook) {
    let hook = Hook { answer: Arc::new(answer), got: Arc::default() };
    let app = axum::Router::new().fallback(keep).with_state(hook.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (at, hook)
}

async fn keep(State(hook): State<Hook>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    hook.got.lock().unwrap().push((uri, headers, body));
    (hook.answer)()
}

fn kind(url: &str, secret: Option<&str>, headers: &[(&str, &str)]) -> ReceiverKind {
    ReceiverKind::Webhook {
        url: Secret::new(url),
        secret: secret.map(Secret::new),
        headers: headers.iter().map(|(name, value)| ((*name).into(), Secret::new(*value))).collect(),
    }
}

/// HMAC-SHA256 spelled out after RFC 2104.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |byte: u8| -> Vec<u8> {
        (0..64).map(|index| key.get(index).copied().unwrap_or_default() ^ byte).collect()
    };
    let inner = Sha256::digest([pad(0x36), text.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

async fn error_of(answer: impl Fn() -> Response + Send + Sync + 'static) -> SendError {
    let (at, _) = serve(answer).await;
    let hook = receiver(kind(&format!("http://{at}/hook"), None, &[]), PATIENCE);
    hook.send(&message("t", "b")).await.unwrap_err()
}

#[tokio::test]
async fn a_signed_post_of_json() {
    let (at, hook) = serve(|| StatusCode::NO_CONTENT.into_response()).await;
    let key = b"0123456789abcdef0123456789abcdef";
    let secret = format!("whsec_{}", STANDARD.encode(key));
    let url = format!("http://{at}/in?token=t0k3n");
    let to = receiver(kind(&url, Some(&secret), &[("Authorization", "Bearer b3ar3r")]), PATIENCE);
    let sent = message("出口管制 & $(id)", "body");
    assert_eq!(to.send(&sent).await.as_deref(), Ok("HTTP 204 No Content"));
    let (uri, headers, body) = hook.got.lock().unwrap().remove(0);
    assert_eq!(uri, "/in?token=t0k3n");
    for (name, value) in [
        ("content-type", "application/json"),
        ("webhook-id", "key-1"),
        ("idempotency-key", "key-1"),
        ("webhook-timestamp", "1795435200"),
        ("authorization", "Bearer b3ar3r"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    assert!(headers["user-agent"].to_str().unwrap().starts_with("newswatch/"));
    let signed = [b"key-1.1795435200.".as_slice(), &body].concat();
    assert_eq!(headers["webhook-signature"], format!("v1,{}", STANDARD.encode(hmac(key, &signed))));
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["data"]["title"], "出口管制 & $(id)");
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let (at, hook) = serve(|| StatusCode::OK.into_response()).await;
    receiver(kind(&format!("http://{at}"), None, &[]), PATIENCE).send(&message("t", "b")).await.unwrap();
    assert!(!hook.got.lock().unwrap()[0].1.contains_key("webhook-signature"));
}

#[tokio::test]
async fn answers_decide() {
    let busy = error_of(|| {
        (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "120")], "try\nlater \u{1b}[31m").into_response()
    });
    let expected = SendError {
        message: "HTTP 503 Service Unavailable: try later \\u{1b}[31m".into(),
        permanent: false,
        retry_after: Some(Duration::from_secs(120)),
    };
    assert_eq!(busy.await, expected);
    let throttled = error_of(|| {
        let date = [("retry-after", "Mon, 23 Nov 2026 12:10:00 GMT")];
        (StatusCode::TOO_MANY_REQUESTS, date).into_response()
    });
    assert_eq!(throttled.await.retry_after, Some(Duration::from_secs(600)), "a date counts from the attempt");
    let refused = error_of(|| (StatusCode::BAD_REQUEST, "no such field").into_response()).await;
    assert!(refused.permanent);
    assert_eq!(refused.message, "HTTP 400 Bad Request: no such field");
    let long = error_of(|| (StatusCode::INTERNAL_SERVER_ERROR, "x".repeat(1 << 20)).into_response()).await;
    assert!(!long.permanent && long.message.chars().count() < 260, "{}", long.message.len());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (target, elsewhere) = serve(|| StatusCode::OK.into_response()).await;
    for (status, permanent) in [
        (StatusCode::MOVED_PERMANENTLY, true),
        (StatusCode::PERMANENT_REDIRECT, true),
        (StatusCode::FOUND, false),
        (StatusCode::TEMPORARY_REDIRECT, false),
    ] {
        let location = format!("http://{target}/");
        let error = error_of(move || (status, [("location", location.clone())]).into_response()).await;
        assert_eq!(error.permanent, permanent, "{status}");
        assert!(error.message.contains("redirects are not followed"), "{error}");
    }
    assert!(elsewhere.got.lock().unwrap().is_empty());
}

#[tokio::test]
async fn secrets_stay_out_of_every_message() {
    let canaries =
        ["canary-path-0123456789", "canary-query", "canary-secret", "canary-header", "canary-user"];
    let echo = canaries.join(" | ");
    let (at, _) = serve(move || (StatusCode::FORBIDDEN, echo.clone()).into_response()).await;
    let url = |at: &dyn std::fmt::Display| {
        format!("http://canary-user:canary-pass@{at}/canary-path-0123456789?token=canary-query")
    };
    let headers = [("X-Token", "canary-header")];
    let answered = receiver(kind(&url(&at), Some("canary-secret"), &headers), PATIENCE);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = receiver(kind(&url(&closed), Some("canary-secret"), &headers), PATIENCE);
    let unknown = receiver(kind(&url(&"nowhere.invalid"), Some("canary-secret"), &headers), PATIENCE);
    for (receiver, begins) in [(answered, "HTTP 403"), (refused, "no connection"), (unknown, "")] {
        let error = receiver.send(&message("t", "b")).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.message.starts_with(begins), "{error}");
        assert!(!shown.contains("canary"), "{shown}");
    }
    for bad in ["not a url canary", "ftp://canary.example/canary", "http://10.0.0.1/canary-path"] {
        let error = try_receiver(&config(kind(bad, None, &[]), PATIENCE)).err().unwrap();
        assert!(!error.contains("canary"), "{error}");
    }
    for (secret, headers) in [(Some("whsec_*canary*"), &[][..]), (None, &[("X-T", "canary\n")][..])] {
        let bad = config(kind("https://x.example/", secret, headers), PATIENCE);
        let error = try_receiver(&bad).err().unwrap();
        assert!(!error.contains("canary"), "{error}");
        assert!(!format!("{bad:?}").contains("canary"));
    }
}

#[tokio::test]
async fn addresses_inside_are_refused() {
    let (at, hook) = serve(|| StatusCode::OK.into_response()).await;
    let mut named = config(kind(&format!("http://localhost:{}/", at.port()), None, &[]), PATIENCE);
    named.net.allow_addresses.clear();
    // A literal address is refused with the configuration, a name when it turns out where it leads.
    let error = try_receiver(&named).unwrap().send(&message("t", "b")).await.unwrap_err();
    assert!(!error.permanent && error.message.contains("not a public address"), "{error}");
    let mut literal = config(kind(&format!("http://{at}/"), None, &[]), PATIENCE);
    literal.net.allow_addresses.clear();
    let problem = try_receiver(&literal).err().unwrap();
    assert!(
        problem.contains("receiver `it`: url: 127.0.0.1") && problem.contains("not a public"),
        "{problem}"
    );
    assert!(hook.got.lock().unwrap().is_empty());
}

/// A server that reads a request and then does something a web server should not.
async fn rude(rudely: &'static [u8], hang: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 65_536];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(rudely).await.unwrap();
        if hang {
            std::future::pending::<()>().await;
        }
    });
    at
}

#[tokio::test]
async fn broken_answers_may_pass() {
    let rows: [(&'static [u8], bool, &str); 4] = [
        (b"", true, "timed out"),
        (b"HTTP/1.1 200 OK\r\nx: ", true, "timed out"),
        (b"", false, "the connection broke"),
        (b"SSH-2.0-nothing\r\n\r\n", false, ""),
    ];
    for (said, hang, begins) in rows {
        let at = rude(said, hang).await;
        let timeout = if hang { Duration::from_millis(300) } else { PATIENCE };
        let hook = receiver(kind(&format!("http://{at}/"), None, &[]), timeout);
        let error = hook.send(&message("t", "b")).await.unwrap_err();
        assert!(!error.permanent && error.message.starts_with(begins), "{said:?}: {error}");
    }
}
