//! The store seam: what the rooms may ask of the database, by use case.
//!
//! [`Read`] asks questions, [`Tx`] changes things inside one transaction, [`Backend`] opens both. The traits
//! are blocking and object-safe; [`handle`] gives the rest of the program an async face with one writer thread
//! (commits grouped while writers queue up) and a few readers. Every error is a [`StoreError`]. All times
//! are passed in; nothing here reads a clock. Work is consumed by state (`pending`, lease ended), never by
//! "id greater than the last I saw".

mod error;
mod filter;
pub mod handle;
mod past;
mod sending;
mod sources;
pub mod sqlite;
mod subscription;

pub use error::*;
pub use filter::*;
pub use handle::StoreHandle;
pub use past::*;
pub use sending::*;
pub use sources::*;
pub use subscription::*;

use crate::model::*;
use std::time::Duration;

/// A feed as the configuration names it, to be known to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSeed {
    /// Its id.
    pub feed: FeedId,
    /// Its configured address.
    pub url: String,
    /// When to poll it first if the store has not met it.
    pub first_due: Time,
}

/// What one poll came to: everything that is to be remembered besides its entries.
#[derive(Clone, Debug)]
pub struct PollRecord {
    /// The feed.
    pub feed: FeedId,
    /// When the poll began.
    pub at: Time,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What it came to.
    pub outcome: PollOutcome,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// For people: error text, warnings.
    pub message: Option<String>,
    /// Whether validators were sent.
    pub conditional: bool,
    /// Whether a request left at all (a refused address sends none).
    pub requested: bool,
    /// Requests that left for it, the poll's own included: redirects, older pages, articles, robots.txt.
    pub requests: u32,
    /// Body bytes that came over the wire for all of them.
    pub received: u64,
    /// Decoded bytes of the feed's own document.
    pub bytes: u64,
    /// `Some` replaces the stored pair (an empty pair clears it), `None` keeps it.
    pub validators: Option<Validators>,
    /// `Some` replaces the stored final address.
    pub final_url: Option<Option<String>>,
    /// `Some` replaces the stored hash of the body.
    pub body_hash: Option<String>,
    /// The document's title, language and page; `None` keeps what is stored.
    pub document: Option<DocumentFacts>,
    /// Entries taken in by this poll (counted into the feed's total).
    pub new_entries: usize,
    /// Entries whose text changed.
    pub revised_entries: usize,
    /// When to poll next.
    pub next_due: Time,
    /// Why then.
    pub due_reason: String,
    /// 410.
    pub gone: bool,
    /// Failures in a row after this poll.
    pub failures: u32,
    /// Start of the run of failures.
    pub failing_since: Option<Time>,
    /// What the schedule has learned; `None` keeps what is stored.
    pub rhythm: Option<String>,
}

/// What a document says of its feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentFacts {
    /// Title.
    pub title: Option<String>,
    /// Language tag.
    pub language: Option<String>,
    /// The site's page.
    pub link: Option<String>,
}

/// One past poll of a feed.
#[derive(Clone, Debug, serde::Serialize)]
pub struct PollRow {
    /// When it began.
    pub at: Time,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What it came to.
    pub outcome: PollOutcome,
    /// HTTP status.
    pub status: Option<u16>,
    /// Message for people.
    pub message: Option<String>,
    /// Requests that left for it: redirects, older pages, articles, robots.txt included.
    pub requests: u32,
    /// Body bytes that came over the wire for all of them.
    pub received: u64,
    /// Decoded bytes of the feed's own document.
    pub bytes: u64,
    /// New entries.
    pub new_entries: u64,
}

/// What became of the entries of one poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Absorbed {
    /// Not seen before.
    pub new: usize,
    /// Known, with changed text: kept as a revision and pending again.
    pub revised: usize,
    /// Known and the same.
    pub known: usize,
}

/// The desk's decision about one entry.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The entry.
    pub entry: EntryId,
    /// Its revision when it was judged: if it changed meanwhile it stays pending.
    pub revision: u32,
    /// Its story.
    pub story: StoryId,
    /// Whether the story is new.
    pub opened: bool,
    /// Why there.
    pub reason: StoryReason,
    /// The topics it hit.
    pub hits: Vec<NewHit>,
}

/// A hit to be stored, with the alerts that follow from it.
#[derive(Clone, Debug)]
pub struct NewHit {
    /// The topic.
    pub topic: TopicId,
    /// Hash of the topic's text.
    pub topic_version: String,
    /// Score.
    pub score: f64,
    /// What was found.
    pub evidence: Vec<Evidence>,
    /// Who is to be told, unless already told about this story and topic.
    pub receivers: Vec<ReceiverName>,
    /// Why nobody is to be told, where nobody is.
    pub silent: Option<String>,
    /// What the alert says, where somebody is to be told.
    pub alert: Option<AlertContent>,
}

/// What recording judgements made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Hits stored that were not known.
    pub hits: usize,
    /// Alerts made.
    pub alerts: Vec<AlertId>,
    /// Outbox rows made.
    pub deliveries: usize,
    /// Entries left pending because they changed meanwhile.
    pub stale: usize,
}

/// What a user's correction of stories came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Corrected {
    /// The story the entries are in now.
    pub story: StoryId,
    /// The story they were in before.
    pub other: StoryId,
    /// Entries moved.
    pub moved: usize,
}

/// What pruning removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Pruned {
    /// Entries whose body and search text were removed (their keys stay).
    pub bodies: usize,
    /// Poll records removed.
    pub polls: usize,
    /// Delivery attempts removed.
    pub attempts: usize,
}

/// Sizes and counts of the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct StoreStats {
    /// Schema version.
    pub schema: i64,
    /// Database file in bytes, with its write-ahead log.
    pub bytes: u64,
    /// Feeds known.
    pub feeds: u64,
    /// Entries.
    pub entries: u64,
    /// Entries waiting for the desk.
    pub pending: u64,
    /// Stories.
    pub stories: u64,
    /// Hits.
    pub hits: u64,
    /// Alerts.
    pub alerts: u64,
    /// Deliveries waiting.
    pub outbox: u64,
    /// Deliveries given up.
    pub dead: u64,
    /// Polls on record.
    pub polls: u64,
    /// Time of the oldest undelivered alert.
    pub oldest_pending_delivery: Option<Time>,
}

/// An entry with the decision about it.
#[derive(Clone, Debug)]
pub struct JudgedEntry {
    /// The entry, judged.
    pub entry: Entry,
    /// Why it is where it is.
    pub reason: StoryReason,
}

/// Hits of one topic: the topic, hits at or after a time, hits ever, time of the newest.
pub type TopicCount = (TopicId, u64, u64, Option<Time>);

/// Questions; each answers from one consistent snapshot.
pub trait Read {
    /// What is remembered about one feed.
    fn feed_state(&self, feed: &FeedId) -> Result<Option<FeedState>>;
    /// The same for all feeds, by id.
    fn feed_states(&self) -> Result<Vec<FeedState>>;
    /// The newest polls of a feed, newest first.
    fn polls(&self, feed: &FeedId, limit: usize) -> Result<Vec<PollRow>>;
    /// When the next unpaused, unclaimed feed is due.
    fn next_due(&self) -> Result<Option<Time>>;

    /// Troubles that were told and are not over, by feed.
    fn troubles(&self) -> Result<Vec<KnownTrouble>>;
    /// For each entry whether this feed has it, under its key or at its canonical address.
    fn known_entries(&self, feed: &FeedId, entries: &[NewEntry]) -> Result<Vec<bool>>;
    /// For each entry whether it is new to this feed, or its text is.
    fn fresh_entries(&self, feed: &FeedId, entries: &[NewEntry]) -> Result<Vec<bool>>;
    /// Gaps of a feed found at or after a time, newest first.
    fn gaps(&self, feed: &FeedId, since: Time) -> Result<Vec<GapRow>>;
    /// The same for all feeds.
    fn recent_gaps(&self, since: Time) -> Result<Vec<(FeedId, GapRow)>>;
    /// Where feeds that are gone or dead may go on, as far as it was looked for.
    fn successors(&self) -> Result<Vec<Successor>>;
    /// Of the newest `newest` entries of one feed: how many the other has as well, under the key or at the address, and how
    /// many there are.
    fn entries_in_common(&self, feed: &FeedId, other: &FeedId, newest: usize) -> Result<(u64, u64)>;

    /// WebSub subscriptions for which something is to be done at `now`; at most a hundred.
    fn due_subscriptions(&self, now: Time) -> Result<Vec<Subscription>>;
    /// The subscription with this callback token.
    fn subscription_by_token(&self, token: &str) -> Result<Option<Subscription>>;
    /// The subscription of a feed.
    fn subscription(&self, feed: &FeedId) -> Result<Option<Subscription>>;

    /// Entries waiting for the desk, oldest first.
    fn pending_entries(&self, limit: usize) -> Result<Vec<Entry>>;
    /// One entry.
    fn entry(&self, id: EntryId) -> Result<Option<Entry>>;
    /// The texts an entry had before the one it has, oldest first.
    fn revisions(&self, entry: EntryId) -> Result<Vec<Revision>>;
    /// Entries by filter, newest first.
    fn entries(&self, filter: &EntryFilter) -> Result<Vec<Entry>>;
    /// Calls `each` for every judged entry seen at or after `since`, in the order of judgement.
    fn window(&self, since: Time, each: &mut dyn FnMut(Entry)) -> Result<()>;
    /// Calls `each` for every judged entry seen at or after `since` that still has its text, in the order of judgement,
    /// until it answers `false`. Entries that `text` rules out may be left out.
    fn history(
        &self,
        since: Time,
        text: Option<&TextFilter>,
        each: &mut dyn FnMut(Entry) -> bool,
    ) -> Result<()>;
    /// When the first entry of that history was seen, whatever its text.
    fn history_start(&self, since: Time) -> Result<Option<Time>>;
    /// How many entries that is.
    fn history_size(&self, since: Time) -> Result<HistorySize>;
    /// Every marked hit, oldest decision first.
    fn marks(&self) -> Result<Vec<Marked>>;
    /// The entries of that history that have a hit of a topic.
    fn entries_hit(&self, topic: &TopicId, since: Time) -> Result<Vec<EntryId>>;
    /// The versions of a topic that were ever in force, each with the time it first came in force, oldest first.
    fn topic_versions(&self, topic: &TopicId) -> Result<Vec<(String, Time)>>;
    /// The story that already holds an entry with this canonical address (newest), and that entry.
    fn story_by_url(&self, canonical_url: &str) -> Result<Option<(StoryId, EntryId)>>;
    /// The highest story row ever given out.
    fn last_story(&self) -> Result<StoryId>;
    /// The vector of a text by a model; `Some(None)` where it is known that none came.
    fn vector(&self, model: &str, text: &str) -> Result<Option<Option<Vec<u8>>>>;
    /// The length in bytes of the vectors of a model, once there are any.
    fn vector_size(&self, model: &str) -> Result<Option<usize>>;
    /// How often stories were corrected by a user. Whoever keeps placements in memory compares this with what it was
    /// when they were read.
    fn corrections(&self) -> Result<u64>;

    /// Hits by filter, newest first.
    fn hits(&self, filter: &HitFilter) -> Result<Vec<HitView>>;
    /// One hit.
    fn hit(&self, id: HitId) -> Result<Option<HitView>>;
    /// Stories by filter, newest first.
    fn stories(&self, filter: &StoryFilter) -> Result<Vec<Story>>;
    /// One story; under the number of a story that was merged away, the one it went into.
    fn story(&self, id: StoryId) -> Result<Option<Story>>;
    /// The entries of a story with the reason of each, in the order of judgement.
    fn story_entries(&self, id: StoryId) -> Result<Vec<JudgedEntry>>;
    /// Why an entry is in its story, once it is in one.
    fn placement(&self, entry: EntryId) -> Result<Option<StoryReason>>;
    /// The hits of a story, oldest first.
    fn story_hits(&self, id: StoryId) -> Result<Vec<Hit>>;

    /// Alerts by filter, newest first.
    fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertView>>;
    /// One alert.
    fn alert(&self, id: AlertId) -> Result<Option<AlertView>>;
    /// The updates that follow a first alert, oldest first.
    fn updates_of(&self, first: AlertId) -> Result<Vec<AlertId>>;
    /// The first alerts about a story, or one merged into it, each with its receiver and what that was told since.
    fn told(&self, story: StoryId) -> Result<Vec<Told>>;
    /// The entries of a story with their outlets, in the order of judgement.
    fn carried(&self, story: StoryId) -> Result<Vec<Carried>>;
    /// The outlets whose entries are stored, as written, in no order.
    fn outlets(&self) -> Result<Vec<String>>;
    /// Attempts of a delivery, oldest first.
    fn attempts(&self, delivery: DeliveryId) -> Result<Vec<Attempt>>;
    /// When the next delivery is due.
    fn next_delivery(&self) -> Result<Option<Time>>;

    /// Hits per topic.
    fn topic_counts(&self, since: Time) -> Result<Vec<TopicCount>>;
    /// Sizes and counts.
    fn stats(&self) -> Result<StoreStats>;
    /// A random id given to this database when it was made: part of idempotency keys.
    fn instance(&self) -> Result<String>;
}

/// Changes, inside one transaction. An error leaves the database as it was.
pub trait Tx: Read {
    /// Makes the configured feeds known. A changed address drops the memory bound to the old one
    /// (validators, hash, failures). Feeds no longer configured keep their rows and are never due.
    fn sync_feeds(&mut self, feeds: &[FeedSeed], now: Time) -> Result<()>;
    /// Claims up to `limit` feeds that are due at `now` (all of them, due or not, if `all`), most overdue first,
    /// until `lease_until`. `busy` lists feeds not to claim (their host is occupied).
    fn claim_feeds(
        &mut self,
        now: Time,
        all: bool,
        limit: usize,
        lease_until: Time,
        busy: &[FeedId],
    ) -> Result<Vec<FeedState>>;
    /// Gives claimed feeds back unpolled, due again at the time given for each.
    fn release_feeds(&mut self, feeds: &[(FeedId, Time)]) -> Result<()>;
    /// Stores the entries of a poll that are new or changed, pending for the desk.
    fn absorb_entries(
        &mut self,
        feed: &FeedId,
        entries: &[NewEntry],
        backlog: bool,
        now: Time,
    ) -> Result<Absorbed>;
    /// Stores what a poll came to, and ends the claim.
    fn finish_poll(&mut self, record: &PollRecord) -> Result<()>;
    /// Remembers a trouble as told.
    fn begin_trouble(&mut self, trouble: &KnownTrouble, now: Time) -> Result<()>;
    /// Forgets a trouble that is over.
    fn end_trouble(&mut self, trouble: &KnownTrouble) -> Result<()>;
    /// Stores a gap that a poll of this feed found.
    fn record_gap(&mut self, feed: &FeedId, gap: &GapRow) -> Result<()>;
    /// Stores where a feed may go on, in place of what was known of that, and counts what was asked for it.
    fn put_successor(&mut self, successor: &Successor, requests: u32, received: u64) -> Result<()>;
    /// Stores a subscription in place of the feed's former one.
    fn put_subscription(&mut self, subscription: &Subscription) -> Result<()>;
    /// Forgets the subscription with this token.
    fn remove_subscription(&mut self, token: &str) -> Result<()>;
    /// Makes a feed that is polled at all due at `due`, unless it is due before; the reason is for people.
    fn bring_forward(&mut self, feed: &FeedId, due: Time, reason: &str) -> Result<()>;
    /// Pauses or resumes a feed; resuming makes it due at `now` and clears `gone`.
    fn set_paused(&mut self, feed: &FeedId, paused: bool, now: Time) -> Result<()>;

    /// Stores the desk's decisions: stories, hits, alerts, outbox rows; clears `pending`.
    fn record_judgements(&mut self, judgements: &[Judgement], now: Time) -> Result<Recorded>;

    /// Stores vectors of texts, or that none came, where nothing is known yet.
    fn put_vectors(&mut self, model: &str, vectors: &[(String, Option<Vec<u8>>)], now: Time) -> Result<()>;

    /// Stores an update of a story that was told, for those of `receivers` who were not told of its cause; `None` if all
    /// were. Returns the alert and how many deliveries it has.
    fn add_update(
        &mut self,
        content: &AlertContent,
        receivers: &[ReceiverName],
        now: Time,
    ) -> Result<Option<(AlertId, usize)>>;

    /// Makes two stories one: the entries of `from` move to `into` with their hits, and what was told about either counts
    /// as told about both.
    fn merge_stories(&mut self, into: StoryId, from: StoryId) -> Result<Corrected>;
    /// Moves `entries` of a story, not all of them, into a new story that nobody was told about.
    fn split_story(&mut self, story: StoryId, entries: &[EntryId]) -> Result<Corrected>;

    /// Claims up to `limit` deliveries due at `now` for `receivers` until `lease_until`, oldest first.
    fn claim_deliveries(
        &mut self,
        now: Time,
        receivers: &[ReceiverName],
        limit: usize,
        lease_until: Time,
    ) -> Result<Vec<ClaimedDelivery>>;
    /// Ends every claim of a delivery: for the one process that sends, at its start, since whoever held them is dead. A
    /// delivery due later than `latest` (the clock went back) is due at once.
    fn free_deliveries(&mut self, latest: Time) -> Result<()>;
    /// Stores an attempt and what follows from it; ends the claim.
    fn record_attempt(&mut self, record: &AttemptRecord) -> Result<()>;
    /// Makes dead deliveries pending again, due at `now`: one, or all of an alert, or all; returns how many.
    fn retry_deliveries(&mut self, which: RetryWhich, now: Time) -> Result<usize>;
    /// Stores a delivery that came from no hit (`alerts test`); returns its alert.
    fn add_alert(&mut self, content: &AlertContent, receivers: &[ReceiverName], now: Time)
    -> Result<AlertId>;

    /// Stores hits found in history, silent as `rejudged`, where the entry has no hit of that topic, is as it was when it
    /// was judged, and does not wait for the desk; returns how many.
    fn add_past_hits(&mut self, hits: &[PastHit], now: Time) -> Result<usize>;
    /// Marks a hit, in place of an earlier mark; an unknown one is [`StoreError::NotFound`].
    fn mark_hit(&mut self, hit: HitId, mark: Mark, now: Time) -> Result<()>;
    /// Takes the mark off a hit; an unknown one is [`StoreError::NotFound`].
    fn clear_mark(&mut self, hit: HitId) -> Result<()>;
    /// Remembers which text a topic version had.
    fn record_topic_version(&mut self, topic: &TopicId, version: &str, query: &str, now: Time) -> Result<()>;
    /// Removes bodies of entries seen before `bodies_before`, polls and attempts before `records_before`.
    /// Keys, titles, hits and alerts stay.
    /// In one transaction; [`StoreHandle::prune`] takes small steps and lets other writers in between.
    fn prune(&mut self, bodies_before: Time, records_before: Time) -> Result<Pruned> {
        self.prune_some(bodies_before, records_before, usize::MAX)
    }
    /// The same for at most `limit` rows of each kind.
    fn prune_some(&mut self, bodies_before: Time, records_before: Time, limit: usize) -> Result<Pruned>;
}

/// Work to run inside a transaction. May be run again if the transaction it shared was lost.
pub type Work<'a> = &'a mut dyn FnMut(&mut dyn Tx) -> Result<()>;

/// A database opened for writing. Held by the store thread.
pub trait Backend: Send {
    /// Runs each piece of work in its own savepoint of one transaction, then commits. A failing piece is rolled
    /// back alone; its result says so. If the common transaction is lost, each piece gets one of its own.
    fn write(&mut self, work: &mut [Work<'_>]) -> Vec<Result<()>>;
    /// How further readers on the same database are opened, from any thread.
    fn readers(&self) -> OpenReader;
    /// How long a writer waits for another process before it fails.
    fn set_busy_timeout(&mut self, timeout: Duration) -> Result<()>;
    /// Leaves the database tidy. Everything committed is safe without it.
    fn close(&mut self) -> Result<()>;
}

/// A database opened for reading.
pub trait Reader: Send {
    /// Answers one question from one consistent snapshot, beside any writer.
    fn read(&mut self, question: &mut dyn FnMut(&dyn Read) -> Result<()>) -> Result<()>;
    /// Writes a consistent copy to a new file while the database is in use.
    fn backup(&mut self, to: &std::path::Path) -> Result<()>;
}

/// Opens one more reader.
pub type OpenReader = Box<dyn Fn() -> Result<Box<dyn Reader>> + Send + Sync>;
