//! Fetch: one conditional GET, redirects and all, to one [`Fetched`].
//!
//! Order of rules: the guard looks at the address; the request carries the feed's validators byte for byte, but
//! only to the very address they came from, and the feed's own headers, but never to another origin; redirects
//! are followed here (not by the library), each hop under the guard, never from https to http; the status
//! decides the outcome; the body is taken in up to a cap, still compressed. All of it within one time limit.
//!
//! It sends GET only, no cookies, no referrer, nothing added to the address. It decides nothing about when to
//! come back, and reads no document.

mod headers;
mod hub;
mod request;

pub use headers::HttpSignals;
pub use hub::HubAnswer;
pub use request::FetchRequest;

use crate::config::IntakeConfig;
use crate::model::{PollOutcome, Time, Validators};
use crate::net::{Guard, NetError, NetErrorKind, WireBody, read_wire};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, StatusCode};
use std::time::Duration;
use url::Url;

/// Bounds of one fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// Whole time allowed.
    pub timeout: Duration,
    /// Body bytes allowed, on the wire and decoded.
    pub max_body: u64,
    /// Redirects followed at most.
    pub max_redirects: usize,
}

impl From<&IntakeConfig> for FetchLimits {
    fn from(config: &IntakeConfig) -> Self {
        Self { timeout: config.timeout, max_body: config.max_body, max_redirects: config.max_redirects }
    }
}

/// What one fetch came to.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// [`PollOutcome::Fetched`] with a body, [`PollOutcome::NotModified`], or what went wrong.
    pub outcome: PollOutcome,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// What went wrong, for people.
    pub message: Option<String>,
    /// Whether any request left.
    pub requested: bool,
    /// Whether the last request carried validators.
    pub conditional: bool,
    /// The body of a 200, still compressed.
    pub body: Option<WireBody>,
    /// Media type as stated.
    pub content_type: Option<String>,
    /// Where the answer came from.
    pub url: Url,
    /// Where an unbroken chain of permanent redirects (301, 308) led.
    pub moved: Option<Url>,
    /// The pair to remember; `None` keeps what is stored.
    pub validators: Option<Validators>,
    /// When to come back, as the publisher says.
    pub signals: HttpSignals,
    /// The `Link` headers of the last answer, as stated.
    pub links: Vec<String>,
}

/// Performs fetches: the shared client with its guard.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    guard: Guard,
}

impl Fetcher {
    /// A fetcher on a client that carries `guard` and follows no redirects by itself.
    pub fn new(client: Client, guard: Guard) -> Self {
        Self { client, guard }
    }

    /// Performs one fetch. Always returns; every failure is an outcome.
    pub async fn fetch(&self, request: &FetchRequest, limits: &FetchLimits, now: Time) -> Fetched {
        let mut trip = Trip::new(request);
        match tokio::time::timeout(limits.timeout, self.travel(&mut trip, request, limits, now)).await {
            Ok(Ok(arrival)) => trip.arrive(arrival, request),
            Ok(Err(error)) => trip.fail(error),
            Err(_) => {
                let said = format!("no complete answer within {} s", limits.timeout.as_secs_f32());
                trip.fail(NetError::new(NetErrorKind::Timeout, said))
            }
        }
    }

    /// Follows the chain to its last answer.
    async fn travel(
        &self,
        trip: &mut Trip,
        request: &FetchRequest,
        limits: &FetchLimits,
        now: Time,
    ) -> Result<Arrival, NetError> {
        loop {
            self.guard.check_url(&trip.url)?;
            trip.requested = true;
            trip.conditional = request.conditional_at(&trip.url);
            let answer =
                self.client.get(trip.url.clone()).headers(request.headers_for(&trip.url)).send().await?;
            trip.status = Some(answer.status().as_u16());
            match destination(&answer)? {
                None => return arrival(answer, limits.max_body, now).await,
                Some(next) => trip.follow(next, answer.status(), limits.max_redirects)?,
            }
        }
    }
}

/// The last answer of a chain.
struct Arrival {
    status: StatusCode,
    validators: Validators,
    signals: HttpSignals,
    links: Vec<String>,
    content_type: Option<String>,
    body: Option<WireBody>,
}

async fn arrival(answer: Response, cap: u64, now: Time) -> Result<Arrival, NetError> {
    let (status, headers) = (answer.status(), answer.headers());
    let content_type =
        headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let (validators, signals) = (headers::validators(headers), headers::signals(headers, now));
    let links = headers::links(headers);
    let body = if has_document(status) { Some(read_wire(answer, cap).await?) } else { None };
    Ok(Arrival { status, validators, signals, links, content_type, body })
}

/// 226 is RFC 3229's "here is what is new"; 203 comes from proxies.
fn has_document(status: StatusCode) -> bool {
    matches!(status.as_u16(), 200 | 203 | 226)
}

/// Where a redirect points. Some servers send the address as raw UTF-8.
fn destination(answer: &Response) -> Result<Option<Url>, NetError> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let broken =
        |why: &str| NetError::new(NetErrorKind::Redirect, format!("{}: {why}", answer.status().as_u16()));
    let location = answer.headers().get(LOCATION).ok_or_else(|| broken("a redirect without an address"))?;
    let text = String::from_utf8_lossy(location.as_bytes());
    let mut next =
        answer.url().join(text.trim()).map_err(|_| broken("a redirect to an unreadable address"))?;
    next.set_fragment(None);
    Ok(Some(next))
}

/// The state of one fetch under way.
struct Trip {
    url: Url,
    seen: Vec<Url>,
    permanent: bool,
    moved: Option<Url>,
    requested: bool,
    conditional: bool,
    status: Option<u16>,
}

impl Trip {
    fn new(request: &FetchRequest) -> Self {
        Self {
            url: request.url.clone(),
            seen: Vec::new(),
            permanent: true,
            moved: None,
            requested: false,
            conditional: false,
            status: None,
        }
    }

    fn follow(&mut self, next: Url, status: StatusCode, most: usize) -> Result<(), NetError> {
        let refuse = |what: String| Err(NetError::new(NetErrorKind::Redirect, what));
        if self.seen.len() >= most {
            return refuse(format!("more than {most} redirects"));
        }
        if next == self.url || self.seen.contains(&next) {
            return refuse("redirects in a circle".to_owned());
        }
        if self.url.scheme() == "https" && next.scheme() == "http" {
            return refuse(format!(
                "redirected from https to http ({})",
                next.host_str().unwrap_or_default()
            ));
        }
        self.permanent &= matches!(status.as_u16(), 301 | 308);
        if self.permanent {
            self.moved = Some(next.clone());
        }
        self.seen.push(std::mem::replace(&mut self.url, next));
        Ok(())
    }

    fn fail(mut self, error: NetError) -> Fetched {
        let outcome = outcome_of(error.kind);
        // Refused or not found before the first hop: nothing has left.
        self.requested &=
            !(self.seen.is_empty() && matches!(outcome, PollOutcome::Forbidden | PollOutcome::DnsError));
        self.end(outcome, Some(error.message))
    }

    fn arrive(self, arrival: Arrival, request: &FetchRequest) -> Fetched {
        let (outcome, message) = judge(arrival.status, self.conditional);
        let validators = match outcome {
            PollOutcome::Fetched => Some(arrival.validators),
            PollOutcome::NotModified => Some(request::refreshed(&request.validators, arrival.validators)),
            // A 304 nobody asked for: whatever pair is stored somewhere, it is of no use.
            _ if arrival.status == StatusCode::NOT_MODIFIED => Some(Validators::default()),
            _ => None,
        };
        let Arrival { signals, links, content_type, body, .. } = arrival;
        Fetched { validators, signals, links, content_type, body, ..self.end(outcome, message) }
    }

    fn end(self, outcome: PollOutcome, message: Option<String>) -> Fetched {
        Fetched {
            outcome,
            status: self.status,
            message,
            requested: self.requested,
            conditional: self.conditional,
            body: None,
            content_type: None,
            url: self.url,
            moved: self.moved,
            validators: None,
            signals: HttpSignals::default(),
            links: Vec::new(),
        }
    }
}

/// What a status means, and the sentence that goes with it.
fn judge(status: StatusCode, conditional: bool) -> (PollOutcome, Option<String>) {
    let said = || Some(status.to_string());
    match status.as_u16() {
        200 | 203 | 226 => (PollOutcome::Fetched, None),
        204 | 205 => (PollOutcome::Empty, said()),
        304 if conditional => (PollOutcome::NotModified, None),
        304 => (PollOutcome::HttpError, Some("304 Not Modified without having been asked".to_owned())),
        410 => (PollOutcome::Gone, said()),
        429 | 503 => (PollOutcome::Throttled, said()),
        // Anything else between (300, 305, 306): no answer we can use.
        300..400 => (PollOutcome::RedirectError, said()),
        _ => (PollOutcome::HttpError, said()),
    }
}

/// The outcome a network failure is recorded as.
pub fn outcome_of(kind: NetErrorKind) -> PollOutcome {
    match kind {
        NetErrorKind::Setup | NetErrorKind::Forbidden => PollOutcome::Forbidden,
        NetErrorKind::Dns => PollOutcome::DnsError,
        NetErrorKind::Connect => PollOutcome::ConnectError,
        NetErrorKind::Tls => PollOutcome::TlsError,
        NetErrorKind::Timeout => PollOutcome::Timeout,
        NetErrorKind::Redirect => PollOutcome::RedirectError,
        NetErrorKind::TooLarge => PollOutcome::TooLarge,
        NetErrorKind::Protocol => PollOutcome::HttpError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        use PollOutcome::*;
        for (status, conditional, outcome, why) in [
            (200, true, Fetched, "a document"),
            (226, true, Fetched, "a delta: what is new"),
            (204, false, Empty, "nothing at all"),
            (304, true, NotModified, "as asked"),
            (304, false, HttpError, "nobody asked"),
            (300, false, RedirectError, "a choice we cannot make"),
            (404, false, HttpError, "not there"),
            (410, false, Gone, "gone for good"),
            (429, false, Throttled, "too often"),
            (503, false, Throttled, "asks for patience"),
            (500, false, HttpError, "broken"),
            (206, false, HttpError, "a part nobody asked for"),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(judge(status, conditional).0, outcome, "{status}: {why}");
        }
    }
}
