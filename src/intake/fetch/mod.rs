//! Fetch: one conditional GET, redirects and all, to one [`Fetched`].
//!
//! Order of rules: the guard looks at the address; the request carries the feed's validators byte for byte, but
//! only to the very address they came from, and the feed's own headers, but never to another origin; redirects
//! are followed here (not by the library), each hop under the guard, never from https to http; the status
//! decides the outcome; the body is taken in up to a cap, still compressed. All of it within one time limit.
//! A fetch can be made step by step, so that each hop to another host can wait for that host's turn.
//!
//! It sends GET only, no cookies, no referrer, nothing added to the address. It decides nothing about when to
//! come back, and reads no document.

pub mod headers;
mod hub;
mod request;

pub use headers::HttpSignals;
pub use hub::HubAnswer;
pub use request::FetchRequest;

use crate::config::IntakeConfig;
use crate::model::{PollOutcome, Time, Validators};
use crate::net::{Guard, NetError, NetErrorKind, WireBody, read_wire_counting};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, StatusCode};
use std::time::{Duration, Instant};
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
    /// Requests that left, redirects included.
    pub requests: u32,
    /// Body bytes that came over the wire, whatever became of them.
    pub received: u64,
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
        let mut trip = Trip::new(request, limits);
        loop {
            if let Some(fetched) = self.step(&mut trip, request, limits, now).await {
                return fetched;
            }
        }
    }

    /// One request of a fetch: `None` when it redirected, to where the trip now stands. Between two steps whoever minds
    /// the manners between requests may wait: that time is not the server's.
    pub async fn step(
        &self,
        trip: &mut Trip,
        request: &FetchRequest,
        limits: &FetchLimits,
        now: Time,
    ) -> Option<Fetched> {
        let (began, left) = (Instant::now(), trip.left);
        let answer = tokio::time::timeout(left, self.ask(trip, request, limits, now)).await;
        trip.left = left.saturating_sub(began.elapsed());
        match answer {
            Ok(Ok(None)) => None,
            Ok(Ok(Some(arrival))) => Some(trip.arrive(arrival, request)),
            Ok(Err(error)) => Some(trip.fail(error)),
            Err(_) => {
                let said = format!("no complete answer within {} s", limits.timeout.as_secs_f32());
                Some(trip.fail(NetError::new(NetErrorKind::Timeout, said)))
            }
        }
    }

    async fn ask(
        &self,
        trip: &mut Trip,
        request: &FetchRequest,
        limits: &FetchLimits,
        now: Time,
    ) -> Result<Option<Arrival>, NetError> {
        self.guard.check(&trip.url).await?;
        trip.requests += 1;
        trip.conditional = request.conditional_at(&trip.url);
        let answer = self.client.get(trip.url.clone()).headers(request.headers_for(&trip.url)).send().await?;
        trip.status = Some(answer.status().as_u16());
        match destination(&answer)? {
            None => arrival(answer, limits.max_body, now, &mut trip.received).await.map(Some),
            Some(next) => trip.follow(next, answer.status(), limits.max_redirects).map(|()| None),
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

async fn arrival(answer: Response, cap: u64, now: Time, received: &mut u64) -> Result<Arrival, NetError> {
    let (status, headers) = (answer.status(), answer.headers());
    let content_type =
        headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let (validators, signals) = (headers::validators(headers), headers::signals(headers, now));
    let links = headers::links(headers);
    let body =
        if has_document(status) { Some(read_wire_counting(answer, cap, received).await?) } else { None };
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

/// One fetch under way.
#[derive(Debug)]
pub struct Trip {
    url: Url,
    seen: Vec<Url>,
    permanent: bool,
    moved: Option<Url>,
    requests: u32,
    received: u64,
    conditional: bool,
    status: Option<u16>,
    /// Time that its servers may still take.
    left: Duration,
}

impl Trip {
    /// A fetch that has not begun.
    pub fn new(request: &FetchRequest, limits: &FetchLimits) -> Self {
        Self {
            url: request.url.clone(),
            seen: Vec::new(),
            permanent: true,
            moved: None,
            requests: 0,
            received: 0,
            conditional: false,
            status: None,
            left: limits.timeout,
        }
    }

    /// Where the next request goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Ends it where a redirect led to a host that is to be left alone for so long, and says why.
    pub fn put_off(&mut self, wait: Duration, why: &str) -> Fetched {
        let message = format!("redirects to {}, {why}", self.url.host_str().unwrap_or_default());
        let signals = HttpSignals { retry_after: Some(wait), ..HttpSignals::default() };
        Fetched { signals, ..self.end(PollOutcome::Throttled, Some(message)) }
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

    fn fail(&mut self, error: NetError) -> Fetched {
        let outcome = outcome_of(error.kind);
        // Refused or not found by its name: the last request has not left.
        if matches!(outcome, PollOutcome::Forbidden | PollOutcome::DnsError) && self.requests > 0 {
            self.requests -= u32::from(self.requests as usize > self.seen.len());
        }
        self.end(outcome, Some(error.message))
    }

    fn arrive(&mut self, arrival: Arrival, request: &FetchRequest) -> Fetched {
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

    fn end(&mut self, outcome: PollOutcome, message: Option<String>) -> Fetched {
        Fetched {
            outcome,
            status: self.status,
            message,
            requests: self.requests,
            received: self.received,
            conditional: self.conditional,
            body: None,
            content_type: None,
            url: self.url.clone(),
            moved: self.moved.take(),
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
