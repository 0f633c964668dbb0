//! A source we poll: its document as parsed, and what we remember about polling it.

use super::{FeedId, ParsedEntry, Person, Time};
use serde::{Deserialize, Serialize};

/// The formats newswatch reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedFormat {
    /// RSS 0.9x and 2.0.
    #[default]
    Rss,
    /// RDF: RSS 0.90 and 1.0.
    Rdf,
    /// Atom 0.3 and 1.0.
    Atom,
    /// JSON Feed 1.0 and 1.1.
    Json,
}

/// Something odd in a document that did not stop the rest from being read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseWarning {
    /// Short stable name of the class, for example `bare-ampersand`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// Index of the entry in the document it is about, if it is about one.
    pub entry: Option<usize>,
}

/// A feed document as `intake/parse` read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedFeed {
    /// Format.
    pub format: FeedFormat,
    /// Version as the document states it, for example `2.0`, `1.0`, `0.3`.
    pub version: Option<String>,
    /// Title, plain text.
    pub title: Option<String>,
    /// The site's page, absolute.
    pub link: Option<String>,
    /// Atom id or RDF about.
    pub id: Option<String>,
    /// Description, plain text.
    pub subtitle: Option<String>,
    /// Language tag as given.
    pub language: Option<String>,
    /// Publication time.
    pub published: Option<Time>,
    /// Time of the last change.
    pub updated: Option<Time>,
    /// Rights statement.
    pub rights: Option<String>,
    /// Generating software.
    pub generator: Option<String>,
    /// Authors.
    pub authors: Vec<Person>,
    /// Address of the feed's picture.
    pub image: Option<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// The feed's own address (`rel=self`).
    pub self_link: Option<String>,
    /// WebSub hubs.
    pub hubs: Vec<String>,
    /// RSS `cloud` domain.
    pub cloud: Option<String>,
    /// Older or further pages (RFC 5005 `prev-archive`, JSON Feed `next_url`).
    pub next_page: Option<String>,
    /// RSS `ttl` in minutes, as given.
    pub ttl_minutes: Option<u64>,
    /// `sy:updatePeriod` and `sy:updateFrequency` as a span in seconds between updates.
    pub update_period_seconds: Option<u64>,
    /// Hours (GMT, 0 to 23) in which the publisher asks not to be polled.
    pub skip_hours: Vec<u8>,
    /// Days (0 = Monday … 6 = Sunday, GMT) on which the publisher asks not to be polled.
    pub skip_days: Vec<u8>,
    /// JSON Feed `expired`: nothing new will come.
    pub expired: bool,
    /// The items in document order.
    pub entries: Vec<ParsedEntry>,
    /// What was odd.
    pub warnings: Vec<ParseWarning>,
}

/// The pair a server gives so that we can ask "anything new?"; opaque, sent back byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag` as received, quotes and all. Header bytes, not necessarily UTF-8.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified` as received.
    pub last_modified: Option<Vec<u8>>,
}

impl Validators {
    /// Whether a request with these would be conditional.
    pub fn any(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some()
    }
}

/// What a poll came to. Stored, counted and shown under its kebab-case name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PollOutcome {
    /// 200 with a readable feed that differs from the last one.
    Fetched,
    /// 304.
    NotModified,
    /// 200 with the very bytes of the last poll.
    Unchanged,
    /// 410: the publisher took the feed down; polling stops.
    Gone,
    /// 429, or 503 with Retry-After.
    Throttled,
    /// Any other 4xx or 5xx.
    HttpError,
    /// The name did not resolve.
    DnsError,
    /// No connection, or it broke.
    ConnectError,
    /// The certificate or handshake was refused.
    TlsError,
    /// It took longer than allowed.
    Timeout,
    /// Redirects without end, to a bad place, or too many.
    RedirectError,
    /// The decoded body passed the size cap.
    TooLarge,
    /// The address is one the configuration does not allow.
    Forbidden,
    /// A web page came instead of a feed.
    Html,
    /// An empty body came.
    Empty,
    /// It is not a feed we can read.
    ParseError,
    /// The parser crashed on it; nothing else was harmed.
    ParserPanic,
}

impl PollOutcome {
    /// Whether the server was reached and behaved: what resets the failure count.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Fetched | Self::NotModified | Self::Unchanged)
    }

    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::NotModified => "not-modified",
            Self::Unchanged => "unchanged",
            Self::Gone => "gone",
            Self::Throttled => "throttled",
            Self::HttpError => "http-error",
            Self::DnsError => "dns-error",
            Self::ConnectError => "connect-error",
            Self::TlsError => "tls-error",
            Self::Timeout => "timeout",
            Self::RedirectError => "redirect-error",
            Self::TooLarge => "too-large",
            Self::Forbidden => "forbidden",
            Self::Html => "html",
            Self::Empty => "empty",
            Self::ParseError => "parse-error",
            Self::ParserPanic => "parser-panic",
        }
    }
}

/// What the store remembers about polling one feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeedState {
    /// The configured feed.
    pub feed: FeedId,
    /// The configured address the memory below belongs to.
    pub url: String,
    /// Validators of the last 200 or 304.
    pub validators: Validators,
    /// The final address the validators came from, when a redirect led elsewhere.
    pub final_url: Option<String>,
    /// Hex hash of the last body.
    pub body_hash: Option<String>,
    /// The document's title.
    pub title: Option<String>,
    /// The document's language tag.
    pub language: Option<String>,
    /// The site's page.
    pub link: Option<String>,
    /// When the next poll is due.
    pub next_due: Time,
    /// Why then, in words.
    pub due_reason: String,
    /// End of the running claim, if one runs.
    pub lease_until: Option<Time>,
    /// Paused by a user.
    pub paused: bool,
    /// 410 was received; polled no more until resumed.
    pub gone: bool,
    /// Last poll.
    pub last_poll: Option<Time>,
    /// Last successful poll.
    pub last_success: Option<Time>,
    /// When an entry last arrived that we did not know.
    pub last_new: Option<Time>,
    /// Outcome of the last poll.
    pub last_outcome: Option<PollOutcome>,
    /// The last poll's message for people (error text, warnings).
    pub last_message: Option<String>,
    /// HTTP status of the last poll.
    pub last_status: Option<u16>,
    /// Polls failed in a row.
    pub failures: u32,
    /// When the present run of failures began.
    pub failing_since: Option<Time>,
    /// Everything asked of servers on its behalf, ever: polls, redirects, older pages, articles, robots.txt, the search for a
    /// successor.
    pub requests: u64,
    /// Body bytes that came over the wire for all of that, ever.
    pub received: u64,
    /// Polls that asked, ever.
    pub polls: u64,
    /// Answers 304, ever.
    pub not_modified: u64,
    /// Bytes of its documents after decoding, ever.
    pub bytes: u64,
    /// Entries taken in, ever.
    pub entries: u64,
    /// Time of the last unconditional request.
    pub last_unconditional: Option<Time>,
    /// What the schedule has learned about this feed: an opaque JSON value owned by the schedule.
    pub rhythm: Option<String>,
}

impl FeedState {
    /// Whether the last poll failed. During an outage of our own the count of failures stands still, so it does not tell.
    pub fn is_failing(&self) -> bool {
        self.failures > 0 || self.last_outcome.is_some_and(|outcome| !outcome.is_success())
    }
}
