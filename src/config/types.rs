//! The checked configuration: plain data, defaults applied, references resolved.

use crate::model::*;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where something stands in a configuration file. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Location {
    /// File as named by the user or the including file.
    pub file: Arc<str>,
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// Everything newswatch is told to do.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the database is and what it keeps.
    pub store: StoreConfig,
    /// How outgoing connections are made.
    pub net: NetConfig,
    /// How feeds are polled.
    pub intake: IntakeConfig,
    /// How entries are judged.
    pub desk: DeskConfig,
    /// Vectors of texts, where they are wanted.
    pub embeddings: EmbeddingsConfig,
    /// How alerts are sent.
    pub alert: AlertConfig,
    /// The HTTP side.
    pub http: HttpConfig,
    /// Logging.
    pub log: LogConfig,
    /// Feeds in file order.
    pub feeds: Vec<FeedConfig>,
    /// Topics in file order.
    pub topics: Vec<TopicConfig>,
    /// Named term lists, shared between topics.
    pub terms: Vec<TermList>,
    /// Names that languages spell differently, besides those that are built in.
    pub names: Vec<NameList>,
    /// The files they stand in.
    pub name_files: Vec<PathBuf>,
    /// Samples that topics are tested with.
    pub samples: Vec<Sample>,
    /// Receivers in file order.
    pub receivers: Vec<ReceiverConfig>,
    /// Routes in order of evaluation.
    pub routes: Vec<RouteConfig>,
    /// Every file that was read, the main file first.
    pub files: Vec<PathBuf>,
    /// What is odd but usable.
    pub warnings: Vec<super::Problem>,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq)]
pub struct StoreConfig {
    /// The SQLite file.
    pub path: PathBuf,
    /// Bodies and search text older than this are removed; keys, titles and hits stay.
    pub keep_bodies: Duration,
    /// Poll records and delivery attempts older than this are removed.
    pub keep_records: Duration,
}

/// `[intake]`
#[derive(Clone, Debug, PartialEq)]
pub struct IntakeConfig {
    /// Normal spacing of polls where neither feed nor publisher says otherwise.
    pub interval: Duration,
    /// Never poll a feed more often than this.
    pub min_interval: Duration,
    /// Poll a healthy feed at least this often, unless the publisher forbids.
    pub max_interval: Duration,
    /// Requests a minute over all feeds at most; `None` follows from the number of feeds and the interval.
    pub requests_per_minute: Option<u32>,
    /// Polls that get going at once.
    pub concurrency: usize,
    /// Pause between two requests to one host.
    pub host_spacing: Duration,
    /// Whole time allowed for one poll.
    pub timeout: Duration,
    /// Time allowed for connecting.
    pub connect_timeout: Duration,
    /// Cap on the decoded body, in bytes.
    pub max_body: u64,
    /// Redirects followed at most.
    pub max_redirects: usize,
    /// Entries taken from one document at most.
    pub max_entries: usize,
}

/// `[net]`: every outgoing HTTP connection, of feeds and of receivers alike. Its `Debug` masks the proxy.
#[derive(Clone, PartialEq)]
pub struct NetConfig {
    /// Address ranges that may be reached although they are not public.
    pub allow_addresses: Vec<ipnet::IpNet>,
    /// Ports that may be reached besides 80, 443 and 1024 and above.
    pub allow_ports: Vec<u16>,
    /// Contact (URL or mail address) in the user agent.
    pub contact: String,
    /// Proxy for all requests, if any.
    pub proxy: Option<String>,
}

/// `[desk]`
#[derive(Clone, Debug, PartialEq)]
pub struct DeskConfig {
    /// How long a story can be joined after its newest entry.
    pub window: Duration,
    /// Entries judged in one commit at most.
    pub batch: usize,
}

/// `[embeddings]`: vectors of texts as further evidence for one event; off where there is neither model nor endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingsConfig {
    /// A directory with a static model.
    pub model: Option<PathBuf>,
    /// Else the address of an OpenAI-compatible endpoint.
    pub endpoint: Option<url::Url>,
    /// Name of the model there.
    pub endpoint_model: String,
    /// Key of the endpoint.
    pub endpoint_key: Option<Secret>,
    /// Time for the vectors of a batch.
    pub timeout: Duration,
    /// Similarity, 0 to 1, from which a vector counts.
    pub threshold: f32,
}

/// One name of `names` files, with the spellings that stand for it.
#[derive(Clone, Debug, PartialEq)]
pub struct NameList {
    /// The canonical name.
    pub name: String,
    /// What stands for it; a `*` at the end stands for any ending.
    pub spellings: Vec<String>,
    /// Where it is configured.
    pub at: Location,
}

/// `[alert]`
#[derive(Clone, Debug, PartialEq)]
pub struct AlertConfig {
    /// Deliveries sent to one receiver at once.
    pub concurrency: usize,
    /// Time allowed for one attempt.
    pub timeout: Duration,
    /// First pause after a failure; it doubles.
    pub retry_first: Duration,
    /// Longest pause after a failure.
    pub retry_max: Duration,
    /// A delivery older than this is given up.
    pub give_up: Duration,
}

/// `[http]`
#[derive(Clone, Debug, PartialEq)]
pub struct HttpConfig {
    /// Where to listen; `None` is off.
    pub listen: Option<SocketAddr>,
    /// Address under which people reach it, for links in feeds and alerts.
    pub public_url: Option<url::Url>,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    /// A `tracing` filter, for example `info` or `newswatch=debug`.
    pub level: String,
}

/// `[[feed]]`, or one outline of an OPML file. Its `Debug` masks secrets in the address.
#[derive(Clone, PartialEq)]
pub struct FeedConfig {
    /// Id.
    pub id: FeedId,
    /// Address, http or https.
    pub url: url::Url,
    /// Title for people, where the configuration gives one.
    pub title: Option<String>,
    /// Tags; OPML folders become tags.
    pub tags: Vec<String>,
    /// Language of its entries where they state none (primary subtag).
    pub lang: Option<String>,
    /// Outlet behind the feed.
    pub publisher: Option<String>,
    /// Own interval.
    pub interval: Option<Duration>,
    /// Extra request headers; values are secrets.
    pub headers: Vec<(String, Secret)>,
    /// Fetch the article page of new entries, so that topics see the whole text.
    pub full_text: bool,
    /// Where it is configured.
    pub at: Location,
}

/// `[[topic]]`
#[derive(Clone, Debug, PartialEq)]
pub struct TopicConfig {
    /// Id.
    pub id: TopicId,
    /// Title for people; the id where none is given.
    pub title: String,
    /// What it is for.
    pub description: Option<String>,
    /// How urgent.
    pub priority: Priority,
    /// The query.
    pub query: String,
    /// Where the first character of the query stands.
    pub query_at: Location,
    /// Whether line and column inside the query follow from counting its characters (a literal string).
    pub query_verbatim: bool,
    /// Where the topic is configured.
    pub at: Location,
}

/// One entry of `[terms]`: `name = ["term", …]` or `[terms.name]` with a list per language.
#[derive(Clone, Debug, PartialEq)]
pub struct TermList {
    /// Name, used as `@name`.
    pub name: String,
    /// Terms in query syntax, all languages together, in file order.
    pub terms: Vec<String>,
    /// Where it is configured.
    pub at: Location,
}

/// `[[sample]]`: a text that a topic must or must not match.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The topic; where a file has one topic it may be left out there.
    pub topic: TopicId,
    /// Title.
    pub title: String,
    /// Body.
    pub text: String,
    /// Language.
    pub lang: Option<String>,
    /// Whether it must match.
    pub matches: bool,
    /// Where it is configured.
    pub at: Location,
}

/// `[[receiver]]`
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiverConfig {
    /// Name.
    pub name: ReceiverName,
    /// What it is.
    pub kind: ReceiverKind,
    /// Where it is configured.
    pub at: Location,
}

/// The kinds of receiver with their settings.
#[derive(Clone, Debug, PartialEq)]
pub enum ReceiverKind {
    /// A line in the journal or on the terminal.
    Log,
    /// A program: no shell, JSON on standard input.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
    },
    /// An HTTP POST of JSON, signed after the Standard Webhooks specification.
    Webhook {
        /// Address; may hold a token, so it is a secret.
        url: Secret,
        /// Signing secret (`whsec_` and base64, or raw text).
        secret: Option<Secret>,
        /// Extra request headers.
        headers: Vec<(String, Secret)>,
    },
    /// Mail by SMTP.
    Email(EmailConfig),
}

/// How an SMTP connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SmtpTls {
    /// STARTTLS required (port 587).
    #[default]
    StartTls,
    /// TLS from the first byte (port 465).
    Tls,
    /// None; only for a server on an allowed private address.
    None,
}

/// Settings of an e-mail receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct EmailConfig {
    /// SMTP server.
    pub host: String,
    /// Port; by `tls` where not given.
    pub port: u16,
    /// Protection.
    pub tls: SmtpTls,
    /// Extra root certificate (PEM file) to trust.
    pub ca_file: Option<PathBuf>,
    /// User name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<Secret>,
    /// Sender.
    pub from: String,
    /// Recipients.
    pub to: Vec<String>,
}

/// A query outside a topic, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The query.
    pub query: String,
    /// Where its first character stands.
    pub query_at: Location,
    /// Whether line and column inside it follow from counting its characters (a literal string).
    pub query_verbatim: bool,
}

/// `updates` of a route: what is told of a story after its first alert; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdatePolicy {
    /// Tell once so many more independent outlets carry it; each number once, ascending.
    pub outlets: Vec<u32>,
    /// Tell the first report in each further language.
    pub languages: bool,
    /// Tell corrections.
    pub corrections: bool,
}

impl UpdatePolicy {
    /// Whether anything is told.
    pub fn any(&self) -> bool {
        !self.outlets.is_empty() || self.languages || self.corrections
    }
}

/// `[[route]]`: conditions (empty means any) and where to send.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteConfig {
    /// What it carries.
    pub source: AlertSource,
    /// Any of these topics.
    pub topics: Vec<TopicId>,
    /// At least this urgent.
    pub min_priority: Option<Priority>,
    /// Any of these feeds.
    pub feeds: Vec<FeedId>,
    /// Any feed with one of these tags.
    pub tags: Vec<String>,
    /// Any of these languages.
    pub langs: Vec<String>,
    /// A query that the entry must match.
    pub when: Option<Condition>,
    /// Receivers; empty means "tell nobody" (the hit is kept).
    pub to: Vec<ReceiverName>,
    /// Go on with the next route after this one matched.
    pub continues: bool,
    /// What is told after the first alert.
    pub updates: UpdatePolicy,
    /// Where it is configured.
    pub at: Location,
}

impl std::fmt::Debug for NetConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetConfig")
            .field("allow_addresses", &self.allow_addresses)
            .field("allow_ports", &self.allow_ports)
            .field("contact", &self.contact)
            .field("proxy", &self.proxy.as_ref().map(|_| super::MASK))
            .finish()
    }
}

impl std::fmt::Debug for FeedConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeedConfig")
            .field("id", &self.id)
            .field("url", &super::mask_url(&self.url))
            .field("title", &self.title)
            .field("tags", &self.tags)
            .field("lang", &self.lang)
            .field("publisher", &self.publisher)
            .field("interval", &self.interval)
            .field("headers", &self.headers)
            .field("full_text", &self.full_text)
            .field("at", &self.at)
            .finish()
    }
}

/// A text that is never printed: its `Debug` and `Display` show `***`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
