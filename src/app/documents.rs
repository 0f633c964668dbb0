//! Documents fetched for a person: `feeds parse URL`, `feeds discover URL`, `feeds add URL`.
//!
//! The same guard, caps and manners as a poll, the pause between two requests to one host included; nothing is stored.

use crate::config::Config;
use crate::intake::fetch::{FetchLimits, FetchRequest, Fetcher};
use crate::intake::parse::{Context, FoundFeed, ParseError, parse};
use crate::intake::schedule::host_of;
use crate::model::{ParsedFeed, Time, Validators};
use crate::net::{self, ClientOptions, Guard};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;
use url::Url;

/// A document with what it came with.
#[derive(Clone, Debug)]
pub struct Document {
    /// The decoded body.
    pub bytes: Vec<u8>,
    /// Where it came from, after redirects.
    pub url: Option<Url>,
    /// Its content type.
    pub content_type: Option<String>,
}

/// What an address turned out to be.
#[derive(Clone, Debug)]
pub enum Looked {
    /// A feed, at this address.
    Feed(Url, Box<ParsedFeed>),
    /// A web page that names these feeds; perhaps none.
    Page(Vec<FoundFeed>),
}

/// Why there is no document, or none of use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Miss {
    /// In words.
    pub reason: String,
    /// Whether a server answered at all.
    pub answered: bool,
}

/// Fetches several documents one after the other.
pub struct Courier {
    config: Arc<Config>,
    fetcher: Fetcher,
    now: Time,
    /// When a host was last asked.
    asked: HashMap<String, Instant>,
}

impl Courier {
    /// A courier that has asked nobody yet.
    ///
    /// # Errors
    /// A sentence, when no client can be made from `[net]`.
    pub fn new(config: Arc<Config>, now: Time) -> Result<Self, String> {
        let guard = Guard::new(&config.net);
        let options =
            ClientOptions { connect_timeout: config.intake.connect_timeout, ..ClientOptions::default() };
        let client = net::client(&config.net, &guard, &options).map_err(|error| error.to_string())?;
        Ok(Self { config, fetcher: Fetcher::new(client, guard), now, asked: HashMap::new() })
    }

    /// One more for other hosts, with the same client. It knows nothing of whom this one has asked.
    pub fn another(&self) -> Self {
        Self {
            config: self.config.clone(),
            fetcher: self.fetcher.clone(),
            now: self.now,
            asked: HashMap::new(),
        }
    }

    /// Fetches one document.
    ///
    /// # Errors
    /// What came instead.
    pub async fn fetch(&mut self, url: &Url) -> Result<Document, Miss> {
        self.pause(url).await;
        let limits = FetchLimits::from(&self.config.intake);
        let request = FetchRequest {
            url: url.clone(),
            validators: Validators::default(),
            bound_to: url.clone(),
            headers: Default::default(),
        };
        let fetched = self.fetcher.fetch(&request, &limits, self.now).await;
        self.asked.insert(host_of(url), Instant::now());
        let answered = fetched.status.is_some();
        let miss = |reason: String| Miss { reason, answered };
        let Some(wire) = fetched.body else {
            return Err(miss(fetched.message.unwrap_or_else(|| fetched.outcome.name().to_owned())));
        };
        let body = wire.decode(limits.max_body).map_err(|error| miss(error.to_string()))?;
        Ok(Document { bytes: body.bytes, url: Some(fetched.url), content_type: fetched.content_type })
    }

    /// Fetches an address and says whether it is a feed, or a page that may name some.
    ///
    /// # Errors
    /// What came instead.
    pub async fn look(&mut self, url: &Url) -> Result<Looked, Miss> {
        let document = self.fetch(url).await?;
        let context = Context {
            url: document.url.as_ref(),
            content_type: document.content_type.as_deref(),
            max_entries: self.config.intake.max_entries,
            now: self.now,
        };
        match parse(&document.bytes, &context) {
            Ok(feed) => Ok(Looked::Feed(document.url.unwrap_or_else(|| url.clone()), Box::new(feed))),
            Err(ParseError::Html { feeds, .. }) => Ok(Looked::Page(feeds)),
            Err(error) => Err(Miss { reason: error.to_string(), answered: true }),
        }
    }

    /// Waits until the host may be asked again.
    async fn pause(&self, url: &Url) {
        if let Some(last) = self.asked.get(&host_of(url)) {
            tokio::time::sleep_until(*last + self.config.intake.host_spacing).await;
        }
    }
}

/// Fetches one document.
///
/// # Errors
/// A sentence saying what came instead.
pub async fn fetch(config: Arc<Config>, url: &Url, now: Time) -> Result<Document, String> {
    Courier::new(config, now)?.fetch(url).await.map_err(|miss| miss.reason)
}
