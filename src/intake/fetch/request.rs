//! What is sent: address, validators, headers.

use crate::config::FeedConfig;
use crate::model::{FeedState, Validators};
use crate::net::ACCEPT_ENCODING;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
     application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5";

const ACCEPT_ARTICLE: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";

/// One GET to be made.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// Where to begin.
    pub url: Url,
    /// The pair to send, empty for an unconditional request.
    pub validators: Validators,
    /// The only address the pair is sent to; where redirects lead elsewhere it stays at home.
    pub bound_to: Url,
    /// The feed's own headers, for its own origin only.
    pub headers: HeaderMap,
}

impl FetchRequest {
    /// The request for a feed: beginning at `url` (the configured address, or where it has moved for good), with
    /// the remembered pair unless it belongs to another address.
    pub fn new(feed: &FeedConfig, state: &FeedState, url: Url) -> Self {
        let bound_to =
            state.final_url.as_deref().and_then(|text| text.parse().ok()).unwrap_or_else(|| url.clone());
        let same_feed = state.url == feed.url.as_str();
        let validators = if same_feed { state.validators.clone() } else { Validators::default() };
        Self { url, validators, bound_to, headers: own_headers(feed) }
    }

    /// The request for an older page of a feed: unconditional; the feed's own headers go to its own origin only.
    pub fn page(feed: &FeedConfig, url: Url) -> Self {
        let headers = if url.origin() == feed.url.origin() { own_headers(feed) } else { HeaderMap::new() };
        Self { bound_to: url.clone(), url, validators: Validators::default(), headers }
    }

    /// The request for an article's page: as [`page`](Self::page), for HTML. Some servers would send a feed otherwise.
    pub fn article(feed: &FeedConfig, url: Url) -> Self {
        let mut request = Self::page(feed, url);
        request.headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static(ACCEPT_ARTICLE));
        request
    }

    /// The request for a page that may name a feed: as [`article`](Self::article), without anything of ours.
    pub fn site(url: Url) -> Self {
        let mut request = Self::bare(url);
        request.headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT_ARTICLE));
        request
    }

    /// The request for a host's robots.txt, or for an address that may be a feed: nothing of ours goes along.
    pub fn bare(url: Url) -> Self {
        Self { bound_to: url.clone(), url, validators: Validators::default(), headers: HeaderMap::new() }
    }

    /// Whether the pair goes to `url`.
    pub(super) fn conditional_at(&self, url: &Url) -> bool {
        self.validators.any() && *url == self.bound_to
    }

    /// All headers for a request to `url`.
    pub(super) fn headers_for(&self, url: &Url) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
        if url.origin() == self.url.origin() {
            headers.extend(self.headers.clone());
        }
        if self.conditional_at(url) {
            attach(&mut headers, header::IF_NONE_MATCH, self.validators.etag.as_deref());
            attach(&mut headers, header::IF_MODIFIED_SINCE, self.validators.last_modified.as_deref());
        }
        headers
    }
}

fn attach(headers: &mut HeaderMap, name: HeaderName, bytes: Option<&[u8]>) {
    // Whatever came as a header value can be sent as one.
    if let Some(value) = bytes.and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
        headers.insert(name, value);
    }
}

/// The configured headers. Ones that cannot be sent are left out: the configuration was checked before.
fn own_headers(feed: &FeedConfig) -> HeaderMap {
    let parsed = feed.headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::try_from(name.as_str()).ok()?;
        let mut value = HeaderValue::try_from(value.expose()).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    });
    parsed.collect()
}

/// The pair after a 304: what it brought, and the rest of what we had.
pub(super) fn refreshed(had: &Validators, newer: Validators) -> Validators {
    Validators {
        etag: newer.etag.or_else(|| had.etag.clone()),
        last_modified: newer.last_modified.or_else(|| had.last_modified.clone()),
    }
}
