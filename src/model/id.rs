//! Identifiers: configured names are text, stored rows are numbers.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The name as configured.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        // The default, 0, is no row.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

name_id!(
    /// A feed's id in the configuration: lower-case letters, digits, `-`, `_`, `.`; unique.
    FeedId
);
name_id!(
    /// A topic's id in the configuration; the same alphabet as [`FeedId`].
    TopicId
);
name_id!(
    /// A receiver's name in the configuration; the same alphabet as [`FeedId`].
    ReceiverName
);
row_id!(
    /// A stored entry.
    EntryId
);
row_id!(
    /// A stored story.
    StoryId
);
row_id!(
    /// A stored hit.
    HitId
);
row_id!(
    /// A stored alert.
    AlertId
);
row_id!(
    /// A stored delivery: one row of the outbox.
    DeliveryId
);
