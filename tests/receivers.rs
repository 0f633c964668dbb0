//! The receivers against real parts: a web server, programs, an SMTP server, a log.

#[path = "receivers/command.rs"]
mod command;
#[path = "receivers/email.rs"]
mod email;
#[path = "receivers/log.rs"]
mod log;
#[path = "receivers/webhook.rs"]
mod webhook;

use newswatch::alert::receiver::build;
use newswatch::alert::{Message, Receiver, Surroundings, test_content};
use newswatch::config::*;
use newswatch::model::*;
use newswatch::net::Guard;
use std::sync::Arc;
use std::time::Duration;

/// 2026-11-23 12:00:00 UTC.
const NOW: Time = Time(1_795_435_200_000);
/// Long enough for a busy machine; only tests of hanging parts wait for a shorter one.
const PATIENCE: Duration = Duration::from_secs(60);

/// A configuration that may reach loopback and has nothing but the given receiver.
fn config(kind: ReceiverKind, timeout: Duration) -> Config {
    let seconds = Duration::from_secs;
    Config {
        store: StoreConfig { path: "unused.db".into(), keep_bodies: seconds(1), keep_records: seconds(1) },
        net: NetConfig {
            allow_addresses: vec!["127.0.0.0/8".parse().unwrap()],
            allow_ports: Vec::new(),
            contact: "tests@newswatch.example".into(),
            proxy: None,
        },
        intake: IntakeConfig {
            interval: seconds(1),
            min_interval: seconds(1),
            max_interval: seconds(1),
            requests_per_minute: None,
            concurrency: 1,
            host_spacing: seconds(1),
            timeout: seconds(1),
            connect_timeout: seconds(1),
            max_body: 1,
            max_redirects: 1,
            max_entries: 1,
        },
        desk: DeskConfig { window: seconds(1), batch: 1 },
        embeddings: EmbeddingsConfig {
            model: None,
            endpoint: None,
            endpoint_model: String::new(),
            endpoint_key: None,
            timeout: seconds(1),
            threshold: 0.6,
        },
        alert: AlertConfig {
            concurrency: 1,
            timeout,
            retry_first: seconds(5),
            retry_max: seconds(3_600),
            give_up: seconds(86_400),
        },
        http: HttpConfig { listen: None, public_url: None },
        log: LogConfig { level: "info".into() },
        feeds: Vec::new(),
        topics: Vec::new(),
        terms: Vec::new(),
        names: Vec::new(),
        name_files: Vec::new(),
        samples: Vec::new(),
        receivers: vec![ReceiverConfig { name: "it".into(), kind, at: Location::default() }],
        routes: Vec::new(),
        files: Vec::new(),
        warnings: Vec::new(),
    }
}

/// Builds the receiver, or says what is wrong with it.
fn try_receiver(config: &Config) -> Result<Arc<dyn Receiver>, String> {
    let around =
        Surroundings { guard: Guard::new(&config.net), zone: jiff::tz::TimeZone::UTC, terminal: None };
    match build(config, &around) {
        Ok(receivers) => Ok(Arc::clone(&receivers[&ReceiverName::from("it")])),
        Err(bad) => Err(bad.iter().map(ToString::to_string).collect()),
    }
}

fn receiver(kind: ReceiverKind, timeout: Duration) -> Arc<dyn Receiver> {
    try_receiver(&config(kind, timeout)).unwrap()
}

/// An alert about an entry with this title and body, with a word of the body as evidence.
fn message(title: &str, body: &str) -> Message {
    let content = AlertContent {
        topic: "chips".into(),
        topic_title: "Chip export controls".into(),
        title: title.into(),
        body: body.into(),
        url: Some("https://harbour.example/1".into()),
        publisher: Some("Harbour Post".into()),
        evidence: Vec::new(),
        story: StoryId(12),
        ..test_content(NOW)
    };
    let alert = Alert { id: AlertId(5), at: NOW, content };
    Message { key: "key-1".into(), alert, earlier: Vec::new(), first: None, attempt: 1, at: NOW }
}
