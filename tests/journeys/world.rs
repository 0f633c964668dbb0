//! The world outside, on loopback: feeds that publish step by step, and a webhook.

use crate::support::hook::Hook;
use crate::support::room::rss;
use crate::support::server::{FeedServer, Reply, Request};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tokio::runtime::Runtime;

/// A request that does not come within this time never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// A feed server, its runtime, and a webhook.
pub struct World {
    /// Where feeds are.
    pub server: FeedServer,
    /// Where alerts go.
    pub hook: Hook,
    runtime: Runtime,
}

impl World {
    /// A world with nothing in it yet.
    pub fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(FeedServer::start());
        Self { server, hook: Hook::start(), runtime }
    }

    /// A second server, which nobody has a reason to trust.
    pub fn untrusted(&self) -> FeedServer {
        self.runtime.block_on(FeedServer::start_tls())
    }

    /// A further server, on another loopback address.
    pub fn on(&self, address: &str) -> FeedServer {
        self.runtime.block_on(FeedServer::start_on(address))
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        self.server.url(path).into()
    }

    /// A feed that publishes one more entry to each reader who has all there was so far. Who brings the validators of a
    /// step has stored what came with them. The receiver hears of every request.
    pub fn growing(&self, path: &str, items: &[(&str, &str)]) -> Receiver<()> {
        let items: Vec<(String, String)> =
            items.iter().map(|(guid, title)| ((*guid).to_owned(), (*title).to_owned())).collect();
        let (told, asked) = channel();
        self.server.answer(path, move |request| {
            // A test that has seen enough hears no more.
            let _ = told.send(());
            grown(&items, request)
        });
        asked
    }
}

fn grown(items: &[(String, String)], request: &Request) -> Reply {
    let known = request.header("if-none-match").and_then(|tag| String::from_utf8(tag).ok());
    let known = known.and_then(|tag| tag.trim_matches('"').parse::<usize>().ok()).unwrap_or_default();
    if known == items.len() {
        return Reply::status(304);
    }
    let shown: Vec<(&str, &str)> =
        items[..=known].iter().rev().map(|(guid, title)| (guid.as_str(), title.as_str())).collect();
    Reply::ok(rss(&shown)).header("ETag", format!("\"{}\"", known + 1))
}

/// Waits for so many requests.
pub fn asked(requests: &Receiver<()>, times: usize) {
    for _ in 0..times {
        requests.recv_timeout(PATIENCE).expect("a request");
    }
}
