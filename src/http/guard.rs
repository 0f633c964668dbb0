//! Which `Host` a request may name (DNS rebinding defence).

use super::{Side, problem};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;

/// Answers 421 to a request for a host that is not ours.
pub async fn check_host(State(side): State<Side>, request: Request, next: Next) -> Response {
    let named = request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| request.uri().host())
        .unwrap_or_default();
    let app = side.app.load();
    let http = &app.config.http;
    let public = http.public_url.as_ref().and_then(|url| url.host_str());
    if is_ours(named, http.listen.map(|address| address.ip()), public) {
        return next.run(request).await;
    }
    problem(
        StatusCode::MISDIRECTED_REQUEST,
        "this host name is not served here; set http.public_url to use it",
    )
}

/// Whether a `Host` header names us.
fn is_ours(named: &str, listen: Option<IpAddr>, public: Option<&str>) -> bool {
    let host = without_port(named).to_ascii_lowercase();
    if host == "localhost" || public.is_some_and(|public| public.eq_ignore_ascii_case(&host)) {
        return true;
    }
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    // An address cannot be rebound to another one, so any is fine when we listen on all of them.
    let any = listen.is_some_and(|ip| ip.is_unspecified());
    address.is_some_and(|ip| ip.is_loopback() || any || listen == Some(ip))
}

fn without_port(named: &str) -> &str {
    match named.rfind(':') {
        Some(colon)
            if !named[colon..].contains(']')
                && named[..colon].find(':').is_none_or(|_| named.starts_with('[')) =>
        {
            &named[..colon]
        }
        _ => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_served() {
        let here: Option<IpAddr> = "192.0.2.7".parse().ok();
        for (named, ours) in [
            ("localhost:8787", true),
            ("LOCALHOST", true),
            ("127.0.0.1:8787", true),
            ("[::1]:8787", true),
            ("192.0.2.7:80", true),
            ("news.example", true),
            ("news.example:443", true),
            ("evil.test", false),
            ("localhost.evil.test", false),
            ("198.51.100.1", false),
            ("", false),
        ] {
            assert_eq!(is_ours(named, here, Some("news.example")), ours, "{named:?}");
        }
        assert!(is_ours("198.51.100.1:8787", "0.0.0.0".parse().ok(), None), "listening everywhere");
    }
}
