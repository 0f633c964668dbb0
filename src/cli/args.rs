//! The command line as clap reads it. Every option named here works; `--help` is the reference.

use crate::model::{
    AlertId, DeliveryId, DeliveryState, EntryId, FeedId, HitId, ReceiverName, StoryId, TopicId,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Watches news feeds, gathers entries into stories, and tells people once when a story matches a topic.
#[derive(Debug, Parser)]
#[command(name = "newswatch", version, about, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// Options that come before or after any command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Configuration file [default: ./newswatch.toml, then the user's and the system's]
    #[arg(short, long, global = true, value_name = "FILE", env = "NEWSWATCH_CONFIG")]
    pub config: Option<PathBuf>,
    /// Database file, instead of the configured one
    #[arg(long, global = true, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// What to log: error, warn, info, debug, trace, or a filter such as `newswatch=debug`
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon: poll, judge, alert, until stopped
    Run,
    /// One pass over the feeds that are due: poll, judge, deliver, exit
    Poll {
        /// Poll every feed, due or not
        #[arg(long)]
        all: bool,
        /// Print one JSON object when done
        #[arg(long)]
        json: bool,
    },
    /// Play a scripted day of news on this machine, without internet, with the real daemon
    Demo(DemoArgs),
    /// Send items from a JSON Lines file through stories and topics, without a database
    Replay(ReplayArgs),
    /// Ask about hits: a topic matched a story
    #[command(subcommand)]
    Hits(HitsCommand),
    /// Ask about stories
    #[command(subcommand)]
    Stories(StoriesCommand),
    /// Ask about feeds, change them, look at a feed document
    #[command(subcommand)]
    Feeds(FeedsCommand),
    /// List, check and test topics
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Ask about alerts and every attempt to deliver them
    #[command(subcommand)]
    Alerts(AlertsCommand),
    /// Check or show the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look after the database
    #[command(subcommand)]
    Db(DbCommand),
    /// The state of the whole at a glance
    Status {
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one per command into a directory
    Man {
        /// Directory to write to
        #[arg(value_name = "DIR")]
        directory: Option<PathBuf>,
    },
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Play at full speed and exit
    #[arg(long)]
    pub once: bool,
    /// One JSON object per alert instead of text
    #[arg(long)]
    pub json: bool,
    /// Where to leave the database and configuration [default: a new directory under the temporary directory]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Options of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// JSON Lines of `{id, title, summary?, body?, url?, source?, lang?, published?}`; `-` is standard input
    pub items: PathBuf,
    /// Only this half of the desk
    #[arg(long, value_enum)]
    pub only: Option<Half>,
    /// Topic files: TOML, or JSON Lines of `{id, query}` [default: the topics of the configuration]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub topics: Vec<PathBuf>,
    /// Threads that match topics
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: u16,
    /// Ids only: no evidence, no reasons
    #[arg(long)]
    pub brief: bool,
    /// One JSON line of figures on standard error when done
    #[arg(long)]
    pub stats: bool,
}

/// A half of the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Half {
    /// Topics.
    Topics,
    /// Stories.
    Stories,
}

/// Conditions and page of every list.
#[derive(Debug, Args, Default)]
pub struct ListArgs {
    /// From then on: `3d`, `12h`, `today`, `2026-11-01`, `2026-11-01T08:00`, RFC 3339
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Before then; same forms
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// From this feed (may be repeated)
    #[arg(long = "feed", value_name = "ID", value_delimiter = ',')]
    pub feeds: Vec<FeedId>,
    /// In this language, for example `de` (may be repeated)
    #[arg(long = "lang", value_name = "LANG", value_delimiter = ',')]
    pub langs: Vec<String>,
    /// Whose title or body matches this query, in the language of topics
    #[arg(long, value_name = "QUERY")]
    pub text: Option<String>,
    /// At most so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// Skip the first N
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub offset: usize,
}

/// Options of lists that know topics.
#[derive(Debug, Args, Default)]
pub struct TopicArgs {
    /// Of this topic (may be repeated)
    #[arg(long = "topic", value_name = "ID", value_delimiter = ',')]
    pub topics: Vec<TopicId>,
}

/// Which hits.
#[derive(Debug, Args, Default)]
pub struct HitArgs {
    /// Topics.
    #[command(flatten)]
    pub topics: TopicArgs,
    /// Conditions.
    #[command(flatten)]
    pub list: ListArgs,
    /// Of this story
    #[arg(long, value_name = "ID", value_parser = story_id)]
    pub story: Option<StoryId>,
    /// `told`: hits that alerted somebody; `silent`: the others
    #[arg(long, value_enum)]
    pub state: Option<HitState>,
    /// Only the first hit of each story and topic
    #[arg(long)]
    pub first: bool,
}

/// Whether a hit alerted somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HitState {
    /// It did.
    Told,
    /// It did not.
    Silent,
}

/// `hits …`
#[derive(Debug, Subcommand)]
pub enum HitsCommand {
    /// List hits, newest first
    List {
        /// Which.
        #[command(flatten)]
        which: HitArgs,
        /// A JSON array instead of a table
        #[arg(long)]
        json: bool,
    },
    /// One hit with its text and evidence
    Show {
        /// Number of the hit
        #[arg(value_parser = hit_id)]
        id: HitId,
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Say whether a hit was useful or noise: for the precision of its topic, and `topics suggest`
    Mark {
        /// Number of the hit
        #[arg(value_parser = hit_id)]
        id: HitId,
        /// What it was
        #[arg(value_enum, required_unless_present = "clear", conflicts_with = "clear")]
        mark: Option<MarkArg>,
        /// Take the mark off
        #[arg(long)]
        clear: bool,
    },
    /// Search the text of hits, or of every stored entry, with a query in the language of topics
    Search {
        /// For example `export* AND "rare earths"` or `出口管制`
        query: String,
        /// Which.
        #[command(flatten)]
        which: HitArgs,
        /// Search every stored entry, hit or not
        #[arg(long)]
        all_entries: bool,
        /// A JSON array instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Write hits for other programs
    Export {
        /// Which.
        #[command(flatten)]
        which: HitArgs,
        /// Format
        #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
        format: ExportFormat,
        /// File to write [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// What a hit was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MarkArg {
    /// Worth having been told
    Useful,
    /// Should not have matched
    Noise,
}

/// Formats of `hits export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object per line
    Jsonl,
    /// One JSON array
    Json,
    /// Comma-separated values with a header
    Csv,
    /// An Atom feed
    Atom,
    /// A JSON Feed
    JsonFeed,
}

/// `stories …`
#[derive(Debug, Subcommand)]
pub enum StoriesCommand {
    /// List stories, newest first
    List {
        /// Topics.
        #[command(flatten)]
        topics: TopicArgs,
        /// Conditions.
        #[command(flatten)]
        list: ListArgs,
        /// With at least so many entries
        #[arg(long, value_name = "N", default_value_t = 1)]
        min_entries: u32,
        /// A JSON array instead of a table
        #[arg(long)]
        json: bool,
    },
    /// One story: its entries in order, and why each is there
    Show {
        /// Number of the story
        #[arg(value_parser = story_id)]
        id: StoryId,
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Make two stories one, also while the daemon runs; later entries follow
    Merge {
        /// The story that stays
        #[arg(value_parser = story_id)]
        into: StoryId,
        /// The story whose entries move there
        #[arg(value_parser = story_id)]
        from: StoryId,
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Move entries of a story into a new one, also while the daemon runs; later entries follow
    Split {
        /// Number of the story
        #[arg(value_parser = story_id)]
        id: StoryId,
        /// Numbers of the entries that leave it
        #[arg(value_name = "ENTRY", required = true, value_parser = entry_id)]
        entries: Vec<EntryId>,
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
}

/// `feeds …`
#[derive(Debug, Subcommand)]
pub enum FeedsCommand {
    /// List the configured feeds with their health
    List {
        /// Only those
        #[arg(long, value_name = "HEALTH", value_parser = ["ok", "failing", "paused", "gone", "new"])]
        state: Option<String>,
        /// Only with this tag
        #[arg(long)]
        tag: Option<String>,
        /// Only in this language
        #[arg(long)]
        lang: Option<String>,
        /// A JSON array instead of a table
        #[arg(long)]
        json: bool,
    },
    /// One feed: how it was polled, when next and why then
    Show {
        /// Id of the feed
        id: FeedId,
        /// How many past polls to show
        #[arg(long, default_value_t = 10)]
        polls: usize,
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// What is wrong with feeds, since when, and what to do about it
    Health {
        /// A JSON array instead of text
        #[arg(long)]
        json: bool,
    },
    /// Find the feeds of a site from any of its addresses
    Discover(FeedDiscoverArgs),
    /// Find the feed of an address, check it, and add it to the configuration
    Add(FeedAddArgs),
    /// Add the feeds of an OPML list to the configuration; folders become tags
    Import(FeedImportArgs),
    /// Write the configured feeds as an OPML 2.0 list for other programs
    Export(FeedExportArgs),
    /// Remove a feed from the configuration (what it brought stays stored)
    Remove {
        /// Id of the feed
        id: FeedId,
    },
    /// Stop polling a feed until it is resumed
    Pause {
        /// Id of the feed
        id: FeedId,
    },
    /// Poll a paused or gone feed again
    Resume {
        /// Id of the feed
        id: FeedId,
    },
    /// Show what newswatch makes of feed documents
    Parse(FeedParseArgs),
}

/// Options of `feeds discover`.
#[derive(Debug, Args)]
pub struct FeedDiscoverArgs {
    /// Address of a page, a channel, a repository, a community, or of a feed
    pub url: String,
    /// JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Options of `feeds add`.
#[derive(Debug, Args)]
pub struct FeedAddArgs {
    /// Address of the feed, or any address of its site
    pub url: String,
    /// Take the best where the site has several, without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Id [default: from the host and title]
    #[arg(long)]
    pub id: Option<FeedId>,
    /// Title
    #[arg(long)]
    pub title: Option<String>,
    /// Tag (may be repeated)
    #[arg(long = "tag")]
    pub tags: Vec<String>,
    /// Language where the feed states none
    #[arg(long)]
    pub lang: Option<String>,
    /// Add without fetching it first
    #[arg(long)]
    pub no_check: bool,
}

/// Options of `feeds import`.
#[derive(Debug, Args)]
pub struct FeedImportArgs {
    /// OPML file, or `-` for standard input
    #[arg(value_name = "FILE|-")]
    pub file: String,
    /// Ask every address once and leave out those that are no feed now
    #[arg(long)]
    pub check: bool,
    /// Tag for every feed besides its folders (may be repeated)
    #[arg(long = "tag")]
    pub tags: Vec<String>,
    /// JSON instead of lines
    #[arg(long)]
    pub json: bool,
}

/// Options of `feeds export`.
#[derive(Debug, Args)]
pub struct FeedExportArgs {
    /// Only feeds with this tag (may be repeated)
    #[arg(long = "tag")]
    pub tags: Vec<String>,
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `feeds parse`.
#[derive(Debug, Args)]
pub struct FeedParseArgs {
    /// Files, addresses, or `-` for standard input
    #[arg(required = true, value_name = "FILE|URL|-")]
    pub sources: Vec<String>,
    /// Address the documents came from: base of relative links
    #[arg(long, value_name = "BASE")]
    pub url: Option<url::Url>,
    /// Content type the documents came with
    #[arg(long, value_name = "CT")]
    pub content_type: Option<String>,
    /// One JSON object per document and line
    #[arg(long)]
    pub json: bool,
}

/// `topics …`
#[derive(Debug, Subcommand)]
pub enum TopicsCommand {
    /// List topics with their hits
    List {
        /// A JSON array instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Check the queries of the configuration, or of topic files
    Check {
        /// Topic files (TOML) [default: the configuration]
        files: Vec<PathBuf>,
    },
    /// Why a topic matches something, and why not: its query as a tree with what every clause found
    Explain(ExplainArgs),
    /// Judge the stored history with a draft: hits gained and lost, stories and alerts a day, noisy feeds
    Backtest(BacktestArgs),
    /// Judge the stored history with changed topics: what they find is kept, nobody is alerted
    Apply(ApplyArgs),
    /// The terms that would separate a topic's useful hits from noise, by the hits that were marked
    Suggest {
        /// The topic
        topic: TopicId,
        /// Terms at most
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Run the samples of topics: misses, false alarms, precision and recall
    Test {
        /// Topic files (TOML), or labelled JSON Lines `{title, summary, lang, topics}` [default: the configuration's samples]
        files: Vec<PathBuf>,
        /// Only this topic (may be repeated)
        #[arg(long = "topic", value_name = "ID")]
        topics: Vec<TopicId>,
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
}

/// Options of `topics backtest`.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// Topic files (TOML): drafts of configured topics, or new ones
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How far back: `90d`, `2026-11-01`, and the other forms of lists
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    pub since: String,
    /// JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// Options of `topics apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Only these topics, changed or not [default: every topic that changed since then]
    #[arg(value_name = "TOPIC")]
    pub topics: Vec<TopicId>,
    /// How far back: `30d`, `2026-11-01`, and the other forms of lists
    #[arg(long, value_name = "WHEN", required = true)]
    pub rejudge: String,
    /// JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// Options of `topics explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The topic
    pub topic: TopicId,
    /// Number of a stored entry, an address, a file (feed, web page or plain text), or `-`
    #[arg(value_name = "ENTRY|URL|FILE|-", required_unless_present_any = ["title", "text"])]
    #[arg(conflicts_with_all = ["title", "text"])]
    pub subject: Option<String>,
    /// A title, instead of something stored
    #[arg(long)]
    pub title: Option<String>,
    /// A body, instead of something stored
    #[arg(long)]
    pub text: Option<String>,
    /// Language of the title and text, for `lang:`
    #[arg(long)]
    pub lang: Option<String>,
    /// Take the topic from this topic file instead of the configuration
    #[arg(long, value_name = "FILE")]
    pub draft: Option<PathBuf>,
    /// Show every clause, also the alternatives that found nothing
    #[arg(long)]
    pub all: bool,
    /// A JSON array instead of text
    #[arg(long)]
    pub json: bool,
}

/// `alerts …`
#[derive(Debug, Subcommand)]
pub enum AlertsCommand {
    /// List alerts, newest first
    List {
        /// Topics.
        #[command(flatten)]
        topics: TopicArgs,
        /// Conditions.
        #[command(flatten)]
        list: ListArgs,
        /// To this receiver
        #[arg(long)]
        receiver: Option<ReceiverName>,
        /// With a delivery in this state: pending, sent, dead
        #[arg(long, value_parser = delivery_state)]
        state: Option<DeliveryState>,
        /// A JSON array instead of a table
        #[arg(long)]
        json: bool,
    },
    /// One alert with every attempt to deliver it
    Show {
        /// Number of the alert
        #[arg(value_parser = alert_id)]
        id: AlertId,
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Bring dead deliveries back: of one alert, one delivery, or all
    #[command(group(clap::ArgGroup::new("which").required(true)))]
    Retry {
        /// Number of the alert
        #[arg(value_parser = alert_id, group = "which")]
        id: Option<AlertId>,
        /// One delivery
        #[arg(long, value_parser = delivery_id, group = "which")]
        delivery: Option<DeliveryId>,
        /// All dead deliveries
        #[arg(long, group = "which")]
        all: bool,
    },
    /// Send a test alert to a receiver now
    Test {
        /// Name of the receiver
        receiver: ReceiverName,
    },
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration: every mistake with file, line and column
    Check,
    /// Print the effective configuration, secrets masked
    Dump,
}

/// `db …`
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Write a consistent copy of the database, also while the daemon runs
    Backup {
        /// File to write; must not exist
        file: PathBuf,
    },
    /// Sizes and counts
    Stats {
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Remove what retention no longer keeps
    Prune {
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
}

macro_rules! id_parser {
    ($name:ident, $id:ident) => {
        fn $name(text: &str) -> Result<$id, String> {
            let number = text.trim_start_matches('#');
            number.parse().map($id).map_err(|_| format!("expected a number, got {text:?}"))
        }
    };
}

id_parser!(hit_id, HitId);
id_parser!(story_id, StoryId);
id_parser!(entry_id, EntryId);
id_parser!(alert_id, AlertId);
id_parser!(delivery_id, DeliveryId);

fn delivery_state(text: &str) -> Result<DeliveryState, String> {
    match text {
        "pending" => Ok(DeliveryState::Pending),
        "sent" => Ok(DeliveryState::Sent),
        "dead" => Ok(DeliveryState::Dead),
        _ => Err("expected pending, sent or dead".to_owned()),
    }
}
