//! Log: an alert as one event in the log, and on the terminal where somebody looks at it.
//!
//! The event has target `newswatch::alert::log` and carries the alert as fields, so that a journal can be asked
//! by source, topic or story. Every field is one safe line: a title cannot forge a record. Never fails.

use super::*;
use crate::alert::compose::{link, text};
use crate::model::AlertOrigin;

/// Shows a message on the terminal.
pub type Terminal = Arc<dyn Fn(&Message) + Send + Sync>;

/// Longest headline, in characters.
const HEADLINE: usize = 240;

/// The log receiver.
pub struct Log {
    name: ReceiverName,
    terminal: Option<Terminal>,
}

impl Log {
    /// A log receiver; `terminal` is called for each message besides.
    pub fn new(name: ReceiverName, terminal: Option<Terminal>) -> Self {
        Self { name, terminal }
    }

    fn write(&self, message: &Message) {
        let content = message.content();
        let news = content.origin() == AlertOrigin::Hits;
        tracing::info!(
            target: "newswatch::alert::log",
            { alert.id = message.alert.id.0,
            receiver.name = %self.name,
            topic.id = %content.topic,
            source = content.origin().name(),
            story.id = news.then_some(content.story.0),
            entry.id = news.then_some(content.entry.0),
            feed.id = %content.feed,
            priority = crate::alert::route::priority_name(content.priority),
            update = content.update.as_ref().map(|update| update.kind.name()),
            first_alert = content.update.as_ref().map(|update| update.first.0),
            url = content.url.as_deref().and_then(link) },
            "{}",
            text::headline(content, HEADLINE)
        );
    }
}

impl Receiver for Log {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            self.write(message);
            if let Some(show) = &self.terminal {
                show(message);
            }
            Ok("logged".to_owned())
        })
    }

    fn in_order(&self) -> bool {
        true
    }
}
