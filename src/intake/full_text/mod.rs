//! Full text: the article behind each new entry of a feed that asks for it (`full_text = true`).
//!
//! Order of rules: only entries that are new or changed, never those of a first document (nobody is alerted about
//! them); at most [`PAGES`] of one poll, within [`BUDGET`]; robots.txt of the host may say no ([`robots`]); the page is
//! asked for in the host's turn, under the guard and the caps of a poll; the article is taken from it ([`article`]) and joins
//! the feed's own text. The entry's hash stays that of the feed's text, so that the next poll knows it again.
//!
//! Whatever fails costs the page only: the entry goes on with the text of its feed, in the same commit.

mod article;
pub mod robots;

pub(super) use robots::Robots;

use super::Room;
use super::fetch::{FetchLimits, FetchRequest};
use super::read::FeedReading;
use super::turn::{self, Tally};
use crate::config::FeedConfig;
use crate::model::*;
use robots::Verdict;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Pages fetched for one poll at most.
const PAGES: usize = 20;
/// Time that one poll may spend on pages: no entry waits longer for them.
const BUDGET: Duration = Duration::from_secs(120);
/// Time for one page.
const PAGE: Duration = Duration::from_secs(15);
/// Largest page taken in, in bytes.
const LARGEST: u64 = 4_000_000;
/// A wish for more time between two requests than this is respected by asking for one page a poll.
const DELAY_MAX: Duration = Duration::from_secs(10);

/// Adds to the new entries of a document what their pages say.
pub(super) async fn complete(
    room: &Arc<Room>,
    feed: &FeedConfig,
    state: &FeedState,
    document: &mut FeedReading,
    tally: &Tally,
    abandon: &CancellationToken,
) {
    if state.last_success.is_none() {
        return;
    }
    let (id, entries) = (feed.id.clone(), document.entries.clone());
    let Ok(fresh) = room.store.read(move |read| read.fresh_entries(&id, &entries)).await else { return };
    if !fresh.contains(&true) {
        return;
    }
    let mut entries = document.entries.to_vec();
    let until = Instant::now() + BUDGET;
    let wanted = entries.iter_mut().zip(fresh).filter(|(_, fresh)| *fresh).map(|(entry, _)| entry);
    let all = async {
        for entry in wanted.take(PAGES) {
            let Some(delay) = one(room, feed, entry, tally).await else { continue };
            if delay > DELAY_MAX {
                return;
            }
            sleep(delay).await;
        }
    };
    tokio::select! {
        done = timeout_at(until, all) => {
            if done.is_err() {
                tracing::info!(feed.id = %feed.id, "the pages of new entries take too long; the rest go without");
            }
        }
        () = abandon.cancelled() => {}
    }
    document.entries = entries.into();
}

/// Completes one entry. The pause the host wishes before the next; `None` when no page was asked for.
async fn one(room: &Room, feed: &FeedConfig, entry: &mut NewEntry, tally: &Tally) -> Option<Duration> {
    let url = entry.url.as_deref().and_then(|url| Url::parse(url).ok())?;
    let delay = match allowed(room, &url, tally).await {
        Verdict::Allowed(delay) => delay,
        Verdict::Refused => {
            tracing::debug!(feed.id = %feed.id, host = url.host_str(), "robots.txt keeps the page to itself");
            return None;
        }
    };
    let limits = FetchLimits { timeout: PAGE.min(room.config.intake.timeout), ..limits(room, LARGEST) };
    let fetched = turn::fetch(room, &FetchRequest::article(feed, url), &limits, tally).await?;
    let (at, kind, wire) = (fetched.url, fetched.content_type, fetched.body);
    let Some(wire) = wire.filter(|_| article::is_page(kind.as_deref())) else { return Some(delay) };
    let read = move || {
        let body = wire.decode(limits.max_body).ok()?;
        catch_unwind(AssertUnwindSafe(|| article::article(&body.bytes, kind.as_deref(), &at))).ok()?
    };
    if let Ok(Some(text)) = tokio::task::spawn_blocking(read).await {
        entry.body = compose_body(Some(&entry.body), Some(&text));
    }
    Some(delay)
}

/// Whether robots.txt lets us ask for a page.
pub(super) async fn may_ask(room: &Room, url: &Url, tally: &Tally) -> bool {
    matches!(allowed(room, url, tally).await, Verdict::Allowed(_))
}

/// What the host's robots.txt says, asked for once a day.
async fn allowed(room: &Room, url: &Url, tally: &Tally) -> Verdict {
    let now = room.clock.now();
    let known = room.board().robots.ask(url, now);
    if let Some(verdict) = known {
        return verdict;
    }
    let Ok(address) = url.join("/robots.txt") else { return Verdict::Refused };
    let limits = FetchLimits { timeout: PAGE, ..limits(room, robots::LARGEST) };
    let Some(fetched) = turn::fetch(room, &FetchRequest::bare(address), &limits, tally).await else {
        return Verdict::Refused;
    };
    let text = fetched.body.and_then(|wire| wire.decode(limits.max_body).ok()).map(|body| body.bytes);
    let mut board = room.board();
    board.robots.learn(url, fetched.status, text.as_deref(), now);
    board.robots.ask(url, now).unwrap_or(Verdict::Refused)
}

fn limits(room: &Room, largest: u64) -> FetchLimits {
    let limits = FetchLimits::from(&room.config.intake);
    FetchLimits { max_body: limits.max_body.min(largest), ..limits }
}
