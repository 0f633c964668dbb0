//! What lists can be narrowed by. `None` and empty mean "any".

use crate::model::*;

/// A full-text condition over title and body, in tokens of `text::search_tokens`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextFilter {
    /// These tokens in a row; the last one may be a prefix.
    Phrase {
        /// Folded tokens.
        tokens: Vec<String>,
        /// The last token is the beginning of a word.
        prefix: bool,
        /// In the title only.
        title_only: bool,
    },
    /// All of them.
    And(Vec<TextFilter>),
    /// Any of them.
    Or(Vec<TextFilter>),
    /// The first and not the second.
    Not(Box<TextFilter>, Box<TextFilter>),
}

/// Time span, feeds, languages, text and page: shared by all lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// At or after.
    pub since: Option<Time>,
    /// Before.
    pub until: Option<Time>,
    /// Any of these feeds.
    pub feeds: Vec<FeedId>,
    /// Any of these languages (primary subtag).
    pub langs: Vec<String>,
    /// Full-text condition.
    pub text: Option<TextFilter>,
    /// At most so many; 0 means no limit.
    pub limit: usize,
    /// Skip so many.
    pub offset: usize,
}

/// Which entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Common conditions; times are of first sight.
    pub narrow: Narrow,
    /// In this state.
    pub state: Option<EntryState>,
}

/// Which hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HitFilter {
    /// Common conditions; times are of the decision.
    pub narrow: Narrow,
    /// Any of these topics.
    pub topics: Vec<TopicId>,
    /// Of this story.
    pub story: Option<StoryId>,
    /// `Some(true)`: only hits that alerted somebody; `Some(false)`: only silent ones.
    pub told: Option<bool>,
    /// Only the first hit of each story and topic.
    pub first_only: bool,
}

/// Which stories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoryFilter {
    /// Common conditions (true of any entry of the story); times are of the newest entry.
    pub narrow: Narrow,
    /// Hit by any of these topics.
    pub topics: Vec<TopicId>,
    /// At least so many entries.
    pub min_entries: u32,
}

/// Which alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Common conditions; times are of the alert.
    pub narrow: Narrow,
    /// Any of these topics.
    pub topics: Vec<TopicId>,
    /// With a delivery to this receiver.
    pub receiver: Option<ReceiverName>,
    /// With a delivery in this state.
    pub state: Option<DeliveryState>,
}
