//! Receivers: the configured destinations, each with one way to send one message.
//!
//! A receiver answers with what came back, or with a [`SendError`] that knows whether trying again can help: HTTP
//! answers by the table in [`status`], exit statuses by the one in [`command`], SMTP replies by their class.
//! Everything that can be wrong with the settings themselves is found when they are built, before any alert
//! needs them. Never retries by itself, never touches the store, never lets a secret into a text.

pub mod command;
pub mod email;
pub mod log;
pub mod mail;
pub mod sign;
pub mod status;
pub mod webhook;

use super::compose::text::cut;
use super::compose::{Message, visible};
use crate::config::{Config, Location, ReceiverConfig, ReceiverKind};
use crate::model::ReceiverName;
use crate::net::Guard;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Longest message kept of an attempt, in characters.
const MESSAGE_CHARS: usize = 400;

/// A running send: what came back in words, or why it failed.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<String, SendError>> + Send + 'a>>;

/// A destination.
pub trait Receiver: Send + Sync {
    /// Sends one message. Dropping the future stops the attempt and leaves nothing running.
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a>;

    /// Whether messages must go out one after another, in the order of their alerts.
    fn in_order(&self) -> bool {
        false
    }
}

/// The configured receivers by name.
pub type Receivers = BTreeMap<ReceiverName, Arc<dyn Receiver>>;

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    /// What came back, in words; one line without secrets.
    pub message: String,
    /// Trying again would not help.
    pub permanent: bool,
    /// The pause the receiver asked for.
    pub retry_after: Option<Duration>,
}

impl SendError {
    /// A failure that may pass.
    pub fn passing(message: impl AsRef<str>) -> Self {
        Self { message: one_line(message.as_ref()), permanent: false, retry_after: None }
    }

    /// A failure that trying again would not change.
    pub fn permanent(message: impl AsRef<str>) -> Self {
        Self { permanent: true, ..Self::passing(message) }
    }
}

/// A text from a receiver on one safe line of bearable length.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    cut(&visible(&words.join(" ")), MESSAGE_CHARS)
}

/// What receivers need besides their own settings.
#[derive(Clone)]
pub struct Surroundings {
    /// Decides which addresses may be reached.
    pub guard: Guard,
    /// The time zone of the people who read mails and the terminal.
    pub zone: TimeZone,
    /// Shows an alert on the terminal beside the log line, where there is one.
    pub terminal: Option<log::Terminal>,
}

/// A receiver whose settings cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("receiver `{name}`: {problem}")]
pub struct BadReceiver {
    /// Its name.
    pub name: ReceiverName,
    /// Where it is configured.
    pub at: Location,
    /// What is wrong; without secrets.
    pub problem: String,
}

/// Builds every configured receiver.
///
/// # Errors
/// All receivers that cannot work, in file order.
pub fn build(config: &Config, around: &Surroundings) -> Result<Receivers, Vec<BadReceiver>> {
    let mut receivers = Receivers::new();
    let mut bad = Vec::new();
    for receiver in &config.receivers {
        match build_one(config, receiver, around) {
            Ok(built) => drop(receivers.insert(receiver.name.clone(), built)),
            Err(problem) => {
                bad.push(BadReceiver { name: receiver.name.clone(), at: receiver.at.clone(), problem });
            }
        }
    }
    if bad.is_empty() { Ok(receivers) } else { Err(bad) }
}

fn build_one(
    config: &Config,
    receiver: &ReceiverConfig,
    around: &Surroundings,
) -> Result<Arc<dyn Receiver>, String> {
    let timeout = config.alert.timeout;
    Ok(match &receiver.kind {
        ReceiverKind::Log => Arc::new(log::Log::new(receiver.name.clone(), around.terminal.clone())),
        ReceiverKind::Command { argv } => Arc::new(command::Command::new(argv, timeout)?),
        ReceiverKind::Webhook { url, secret, headers } => {
            let settings = webhook::Settings { url, secret: secret.as_ref(), headers };
            Arc::new(webhook::Webhook::new(&config.net, around.guard.clone(), &settings, timeout)?)
        }
        ReceiverKind::Email(settings) => Arc::new(email::Email::new(settings, around, timeout)?),
    })
}

/// Texts that must not appear in any message, log or error.
#[derive(Clone, Default)]
struct Hidden(Vec<String>);

impl Hidden {
    /// Shorter texts than this are no secrets, and hiding them would hide half of every message.
    const SHORTEST: usize = 4;

    fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut secrets: Vec<String> =
            secrets.into_iter().filter(|secret| secret.chars().count() >= Self::SHORTEST).collect();
        // The longest first: a URL is hidden whole, not just the token in it.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// The text with `***` in the place of every secret.
    fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_longest_first() {
        let hidden = Hidden::new(["tok-123".into(), "https://x.example/tok-123".into(), "abc".into()]);
        let rows = [
            ("the whole address goes", "at https://x.example/tok-123: gone", "at ***: gone"),
            ("the token alone goes too", "no such hook tok-123", "no such hook ***"),
            ("a text too short to be a secret stays", "abc", "abc"),
        ];
        for (sentence, text, expected) in rows {
            assert_eq!(hidden.hide(text), expected, "{sentence}");
        }
    }

    #[test]
    fn messages_are_one_short_safe_line() {
        let error = SendError::passing(format!("a\n\u{1b}[31m b\t{}", "x".repeat(1000)));
        assert!(error.message.starts_with("a \\u{1b}[31m b xxx"), "{}", error.message);
        assert_eq!(error.message.chars().count(), MESSAGE_CHARS);
    }
}
