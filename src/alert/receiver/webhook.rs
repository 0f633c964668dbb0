//! Webhook: an alert as an HTTP POST of JSON, described for its readers in `docs/webhooks.md`.
//!
//! Headers after the Standard Webhooks specification: `webhook-id` is the delivery's stable key (also sent as
//! `Idempotency-Key`), `webhook-timestamp` the time of the attempt, `webhook-signature` where a secret is
//! configured. Answers mean what [`super::status`] says; Retry-After is honoured as seconds and as date; redirects are
//! not followed. Never puts more of its address into a text than the host: it may hold a token.

use super::status::{Answer, answer};
use super::*;
use crate::alert::compose::json;
use crate::config::{NetConfig, Secret};
use crate::model::Time;
use crate::net::{ClientOptions, NetError, NetErrorKind, client};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response};
use std::time::UNIX_EPOCH;
use url::Url;

/// Bytes read of an error answer.
const ERROR_BODY: usize = 2_048;
/// Characters of it that go into the message.
const ERROR_CHARS: usize = 200;

/// A webhook as configured.
pub struct Settings<'a> {
    /// Address.
    pub url: &'a Secret,
    /// Signing secret.
    pub secret: Option<&'a Secret>,
    /// Extra headers.
    pub headers: &'a [(String, Secret)],
}

/// The webhook receiver.
pub struct Webhook {
    client: Client,
    guard: Guard,
    url: Url,
    key: Option<sign::Key>,
    headers: HeaderMap,
    hidden: Hidden,
}

impl Webhook {
    /// A webhook whose requests take at most `timeout`.
    ///
    /// # Errors
    /// A sentence when address, secret or headers cannot work.
    pub fn new(
        net: &NetConfig,
        guard: Guard,
        settings: &Settings<'_>,
        timeout: Duration,
    ) -> Result<Self, String> {
        let url: Url = settings.url.expose().trim().parse().map_err(|error| format!("url: {error}"))?;
        guard.check_url(&url).map_err(|why| format!("url: {}", why.0))?;
        let options =
            ClientOptions { timeout: Some(timeout), connect_timeout: timeout, ..ClientOptions::default() };
        Ok(Self {
            client: client(net, &guard, &options).map_err(|error| error.to_string())?,
            guard,
            key: settings.secret.map(|secret| sign::Key::new(secret.expose())).transpose()?,
            headers: headers(settings.headers)?,
            hidden: Hidden::new(secrets(settings, &url)),
            url,
        })
    }

    async fn post(&self, message: &Message) -> Result<String, SendError> {
        let body = json::bytes(message);
        let headers = self.headers_of(message, &body)?;
        self.guard.check(&self.url).await.map_err(|why| self.failed(&why.into()))?;
        let request = self.client.post(self.url.clone()).headers(headers).body(body);
        let response = request.send().await.map_err(|error| self.failed(&error.into()))?;
        let status = response.status();
        match answer(status.as_u16()) {
            Answer::Accepted => Ok(format!("HTTP {status}")),
            Answer::Later => {
                let retry_after = retry_after(response.headers(), message.at);
                let words = self.refusal(response).await;
                Err(SendError { retry_after, ..SendError::passing(words) })
            }
            Answer::Refused => Err(SendError::permanent(self.refusal(response).await)),
        }
    }

    fn headers_of(&self, message: &Message, body: &[u8]) -> Result<HeaderMap, SendError> {
        let value = |text: &str| {
            HeaderValue::from_str(text)
                .map_err(|_| SendError::permanent("the key does not fit into a header"))
        };
        let seconds = message.at.0.div_euclid(1000);
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("webhook-id", value(&message.key)?);
        headers.insert("idempotency-key", value(&message.key)?);
        headers.insert("webhook-timestamp", seconds.into());
        if let Some(key) = &self.key {
            headers.insert("webhook-signature", value(&key.signature(&message.key, seconds, body))?);
        }
        Ok(headers)
    }

    /// An answer that is not an acceptance, in words.
    async fn refusal(&self, response: Response) -> String {
        let status = response.status();
        let redirect = if status.is_redirection() { " (redirects are not followed)" } else { "" };
        let body = self.hidden.hide(&beginning(response).await);
        let said = if body.is_empty() { String::new() } else { format!(": {}", cut(&body, ERROR_CHARS)) };
        format!("HTTP {status}{redirect}{said}")
    }

    fn failed(&self, error: &NetError) -> SendError {
        let words = self.hidden.hide(&error.message);
        match error.kind {
            NetErrorKind::Setup => SendError::permanent(words),
            _ => SendError::passing(words),
        }
    }
}

impl Receiver for Webhook {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.post(message))
    }
}

/// Everything that must not show: the address with what a token may hide in, the secret, the header values.
fn secrets(settings: &Settings<'_>, url: &Url) -> Vec<String> {
    let mut secrets = vec![settings.url.expose().to_owned(), url.to_string()];
    secrets.extend([url.path().to_owned(), url.username().to_owned()]);
    secrets
        .extend(url.path_segments().into_iter().flatten().filter(|part| part.len() >= 16).map(str::to_owned));
    secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    secrets.extend(url.password().map(str::to_owned));
    secrets.extend(settings.secret.map(|secret| secret.expose().trim().to_owned()));
    secrets.extend(settings.headers.iter().map(|(_, value)| value.expose().to_owned()));
    secrets
}

fn headers(configured: &[(String, Secret)]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in configured {
        let known: HeaderName = name.parse().map_err(|_| format!("headers: `{name}` is no header name"))?;
        let mut value: HeaderValue = value
            .expose()
            .parse()
            .map_err(|_| format!("headers: the value of `{name}` does not fit into a header"))?;
        value.set_sensitive(true);
        headers.append(known, value);
    }
    Ok(headers)
}

/// The first bytes of a body as text; nothing where it cannot be read.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ERROR_BODY {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            _ => break,
        }
    }
    bytes.truncate(ERROR_BODY);
    String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The pause a server asks for, from seconds or a date.
fn retry_after(headers: &HeaderMap, now: Time) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Time(0).plus(date).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_asked_for() {
        // 2026-11-23 12:00:00 UTC
        let now = Time(1_795_435_200_000);
        let rows = [
            ("seconds", Some("120"), Some(120)),
            ("a date ahead", Some("Mon, 23 Nov 2026 12:05:00 GMT"), Some(300)),
            ("a date gone by asks for nothing", Some("Mon, 23 Nov 2026 11:00:00 GMT"), Some(0)),
            ("no header", None, None),
            ("nonsense is no wish", Some("soon"), None),
            ("negative seconds neither", Some("-5"), None),
        ];
        for (sentence, value, expected) in rows {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(RETRY_AFTER, value.parse().unwrap());
            }
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{sentence}");
        }
    }
}
