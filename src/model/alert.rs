//! One thing to tell, and each attempt to tell it to one receiver.

use super::{AlertId, DeliveryId, EntryId, FeedId, HitView, ReceiverName, StoryId, Time, TopicId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How urgent a topic is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Should be read today.
    High,
    /// Should wake somebody.
    Urgent,
}

/// Everything an alert says, frozen when the desk decided; receivers render it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertContent {
    /// The topic.
    pub topic: TopicId,
    /// Its title for people.
    pub topic_title: String,
    /// Its priority.
    pub priority: Priority,
    /// The story; its alerts are threaded together. 0 (in JSON `null`) where no story is behind it.
    #[serde(serialize_with = "null_for_none", deserialize_with = "none_for_null")]
    pub story: StoryId,
    /// The entry that hit; 0 (in JSON `null`) where there is none.
    #[serde(serialize_with = "null_for_none", deserialize_with = "none_for_null")]
    pub entry: EntryId,
    /// The feed that brought it.
    pub feed: FeedId,
    /// The entry's title.
    pub title: String,
    /// The entry's body, cut to a few thousand characters.
    pub body: String,
    /// Address for clicking.
    pub url: Option<String>,
    /// Outlet.
    pub publisher: Option<String>,
    /// Language.
    pub lang: Option<String>,
    /// When published, as stated.
    pub published: Option<Time>,
    /// When we first saw it.
    pub seen: Time,
    /// Score of the hit.
    pub score: f64,
    /// What was found (offsets into `title` and `body` as given here).
    pub evidence: Vec<super::Evidence>,
    /// What is new since the first alert about the story; `None` for that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<super::AlertUpdate>,
}

/// The topic under which changes of the health of feeds are told.
pub const HEALTH_TOPIC: &str = "newswatch-health";

/// What is behind an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertOrigin {
    /// A story that a topic matched.
    Hits,
    /// A change of the health of feeds.
    Health,
    /// A person who tries a receiver.
    Test,
}

impl AlertOrigin {
    /// The name in JSON and in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hits => "hits",
            Self::Health => "health",
            Self::Test => "test",
        }
    }
}

impl AlertContent {
    /// What is behind it. Whoever has a story is news, whatever its topic is called.
    pub fn origin(&self) -> AlertOrigin {
        match (self.story, self.topic.as_str()) {
            (StoryId(0), HEALTH_TOPIC) => AlertOrigin::Health,
            (StoryId(0), _) => AlertOrigin::Test,
            _ => AlertOrigin::Hits,
        }
    }
}

fn null_for_none<I: Copy + Default + PartialEq + Serialize, S: Serializer>(
    id: &I,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Some(*id).filter(|id| *id != I::default()).serialize(serializer)
}

fn none_for_null<'de, I: Default + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<I, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// One stored alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Row.
    pub id: AlertId,
    /// When the desk made it.
    pub at: Time,
    /// What it says.
    pub content: AlertContent,
}

impl Serialize for Alert {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            id: AlertId,
            at: Time,
            source: AlertOrigin,
            #[serde(flatten)]
            content: &'a AlertContent,
        }
        let content = &self.content;
        Shown { id: self.id, at: self.at, source: content.origin(), content }.serialize(serializer)
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// Waiting for its time, or claimed and being sent.
    Pending,
    /// The receiver answered positively.
    Sent,
    /// Given up: a permanent failure, or too old. `alerts retry` brings it back.
    Dead,
}

/// One stored delivery.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Delivery {
    /// Row.
    pub id: DeliveryId,
    /// The alert.
    pub alert: AlertId,
    /// To whom.
    pub receiver: ReceiverName,
    /// Stable over every attempt, so that receivers can drop repeats.
    pub idempotency_key: String,
    /// State.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// When the next attempt is due (pending only).
    pub next_attempt: Time,
    /// When it was made.
    pub created: Time,
    /// When it was sent or given up.
    pub finished: Option<Time>,
    /// The last attempt's message.
    pub last_message: Option<String>,
}

/// One stored attempt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attempt {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// When it began.
    pub at: Time,
    /// Whether the receiver answered positively.
    pub ok: bool,
    /// What came back, in words.
    pub message: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// An alert with all that became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertView {
    /// The alert.
    #[serde(flatten)]
    pub alert: Alert,
    /// Its deliveries.
    pub deliveries: Vec<Delivery>,
}

/// What an alert is about, and so which routes may carry it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertSource {
    /// Hits: news.
    #[default]
    Hits,
    /// The health of feeds.
    Health,
}

/// Something to route: a hit that may become an alert.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// What it is about.
    pub source: AlertSource,
    /// The hit; a change of health comes in the form of one.
    pub hit: &'a HitView,
    /// The topic's priority.
    pub priority: Priority,
    /// Tags of the feed.
    pub feed_tags: &'a [String],
    /// The entry that made the hit; none for a change of health.
    pub entry: Option<&'a super::Entry>,
}
