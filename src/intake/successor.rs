//! Successor: where a feed that is gone or dead may go on.
//!
//! Order of rules: only feeds that answered 410, or have failed for a day in a way that time does not heal; each at most
//! once in thirty days. What is asked: the place a permanent redirect once pointed to; the page of the site as the last
//! document named it, and the root of the feed's own host; then at most three of the feeds these pages name. The one that
//! holds most entries already known from the feed is the successor; a feed of comments never is.
//!
//! Every request is made in its host's turn, within the user's budget, and only where robots.txt allows the page. Nothing is
//! ever put in place of the configured address: what was found is proposed (`feeds health`).

use super::Room;
use super::discover::{CheckedFeed, FoundBy, Lead, sites};
use super::fetch::{FetchLimits, FetchRequest};
use super::full_text;
use super::memory::Memory;
use super::parse::{Context, ParseError, parse};
use super::read::{self, Document, Reading};
use super::turn::{self, Tally};
use crate::config::FeedConfig;
use crate::model::*;
use crate::store::{self, Successor};
use crate::text::link::canonical_url;
use std::collections::HashMap;
use std::time::Duration;
use url::Url;

/// Between two searches for one feed.
const EVERY: Duration = Duration::from_secs(30 * 24 * 3600);
/// A feed that fails is looked after when it has failed so often and for so long.
const FAILURES: u32 = 3;
const FAILING_FOR: Duration = Duration::from_secs(24 * 3600);
/// Feeds asked in one search at most.
const FEEDS: usize = 3;

/// Whether a successor of the feed is to be looked for at `now`. `last` is what the last search came to.
pub fn due(state: &FeedState, last: Option<&Successor>, now: Time) -> bool {
    if state.paused || last.is_some_and(|last| now.since(last.looked) < EVERY) {
        return false;
    }
    let lasting = state.failures >= FAILURES
        && state.failing_since.is_some_and(|since| now.since(since) >= FAILING_FOR);
    state.gone || lasting && dead(state)
}

/// Whether the last failure is of the kind that means "not here any more".
fn dead(state: &FeedState) -> bool {
    use PollOutcome::*;
    match state.last_outcome {
        Some(Html | ParseError | Empty | DnsError | RedirectError) => true,
        Some(HttpError) => matches!(state.last_status, Some(404 | 451)),
        _ => false,
    }
}

/// The pages that may name a successor, the likeliest first.
pub fn pages(state: &FeedState) -> Vec<Url> {
    let own = Url::parse(&state.url).ok();
    let site = state.link.as_deref().and_then(|link| Url::parse(link).ok());
    let root = own.as_ref().and_then(|own| own.join("/").ok());
    let page = own.filter(|_| state.last_outcome == Some(PollOutcome::Html));
    let mut pages: Vec<Url> = Vec::new();
    for mut url in [page, site, root].into_iter().flatten() {
        url.set_fragment(None);
        if matches!(url.scheme(), "http" | "https") && !pages.contains(&url) {
            pages.push(url);
        }
    }
    pages
}

/// A feed that was read.
#[derive(Clone, Debug)]
struct Candidate {
    url: Url,
    title: Option<String>,
    how: &'static str,
    entries: usize,
    known: usize,
}

/// Looks after the feed that needs it most, if one does. `false` when none does.
pub(super) async fn look_after_one(room: &Room) -> store::Result<bool> {
    let now = room.clock.now();
    let (states, past) = room.store.read(|read| Ok((read.feed_states()?, read.successors()?))).await?;
    let past: HashMap<&FeedId, &Successor> = past.iter().map(|past| (&past.feed, past)).collect();
    let needy = states.iter().filter(|state| due(state, past.get(&state.feed).copied(), now));
    let needy = needy.filter_map(|state| Some((state, room.feeds.get(&state.feed)?)));
    let Some((state, feed)) = needy.min_by_key(|(state, _)| (!state.gone, state.failing_since)) else {
        return Ok(false);
    };
    let tally = Tally::default();
    let search = Search { room, feed, state, now, tally: &tally };
    let found = search.run().await;
    tracing::info!(feed.id = %feed.id, found = found.url.is_some(), requests = tally.requests(), "looked for a successor");
    room.store.write(move |tx| tx.put_successor(&found, tally.requests(), tally.received())).await?;
    Ok(true)
}

struct Search<'a> {
    room: &'a Room,
    feed: &'a FeedConfig,
    state: &'a FeedState,
    now: Time,
    tally: &'a Tally,
}

impl Search<'_> {
    async fn run(&self) -> Successor {
        let mut best: Option<Candidate> = None;
        let leads = self.leads().await;
        let named = leads.len();
        for (url, how) in leads.into_iter().take(FEEDS) {
            let Some(candidate) = self.check(url, how).await else { continue };
            if best.as_ref().is_none_or(|best| candidate.known > best.known) {
                best = Some(candidate);
            }
        }
        let how = match (&best, named) {
            (Some(best), _) => best.how.to_owned(),
            (None, 0) => "its site names no other feed".to_owned(),
            (None, _) => "what its site names is no feed".to_owned(),
        };
        Successor {
            feed: self.feed.id.clone(),
            looked: self.now,
            known: best.as_ref().map_or(0, |best| u32::try_from(best.known).unwrap_or(u32::MAX)),
            title: best.as_ref().and_then(|best| best.title.clone()),
            url: best.map(|best| best.url.to_string()),
            how,
        }
    }

    /// Addresses that may be the successor, the surest first, each with how it came up.
    async fn leads(&self) -> Vec<(Url, &'static str)> {
        let mut leads: Vec<(Url, &'static str)> = Vec::new();
        let moved = Memory::read(self.state.rhythm.as_deref()).moved.map(|moved| moved.to);
        leads.extend(moved.map(|to| (to, "where the old address redirected to")));
        for page in pages(self.state) {
            leads.extend(sites(&page).into_iter().map(|lead| (lead.url, "where its kind of site has feeds")));
            leads.extend(self.named_by(&page).await.into_iter().map(|url| (url, "named by its site's page")));
            if !leads.is_empty() {
                break;
            }
        }
        let mut met = vec![canonical_url(self.feed.url.as_str())];
        leads.retain(|(url, _)| {
            let form = canonical_url(url.as_str());
            let new = !met.contains(&form);
            met.push(form);
            new && matches!(url.scheme(), "http" | "https")
        });
        leads
    }

    /// The feeds a page names.
    async fn named_by(&self, page: &Url) -> Vec<Url> {
        if !full_text::may_ask(self.room, page, self.tally).await {
            return Vec::new();
        }
        let limits = FetchLimits::from(&self.room.config.intake);
        let request = FetchRequest::site(page.clone());
        let Some(fetched) = turn::fetch(self.room, &request, &limits, self.tally).await else {
            return Vec::new();
        };
        let (url, content_type, now) = (fetched.url, fetched.content_type, self.now);
        let Some(wire) = fetched.body else { return Vec::new() };
        let read = move || {
            let body = wire.decode(limits.max_body).ok()?;
            let content_type = content_type.as_deref();
            let context = Context { url: Some(&url), content_type, max_entries: 1, now };
            match parse(&body.bytes, &context) {
                Err(ParseError::Html { feeds, .. }) => {
                    Some(feeds.iter().filter_map(|feed| Url::parse(&feed.url).ok()).collect())
                }
                _ => None,
            }
        };
        tokio::task::spawn_blocking(read).await.ok().flatten().unwrap_or_default()
    }

    /// Reads what may be the successor: a feed of entries, not of comments.
    async fn check(&self, url: Url, how: &'static str) -> Option<Candidate> {
        let limits = FetchLimits::from(&self.room.config.intake);
        let request = FetchRequest::bare(url.clone());
        let mut fetched = turn::fetch(self.room, &request, &limits, self.tally).await?;
        let wire = fetched.body.take()?;
        let document = Document {
            url: fetched.url,
            content_type: fetched.content_type,
            max_body: limits.max_body,
            max_entries: self.room.config.intake.max_entries,
            publisher: None,
            lang: None,
            last_hash: None,
            now: self.now,
        };
        let reading = tokio::task::spawn_blocking(move || read::read(wire, &document)).await;
        let Ok(Reading::Feed(document)) = reading else { return None };
        let lead = Lead { url: url.clone(), found_by: FoundBy::Page, title: document.facts.title.clone() };
        if CheckedFeed::new(lead, &ParsedFeed::default()).comments {
            return None;
        }
        let (id, entries) = (self.feed.id.clone(), document.entries.clone());
        let known = self.room.store.read(move |read| read.known_entries(&id, &entries)).await;
        let known = known.unwrap_or_default().iter().filter(|known| **known).count();
        let title = document.facts.title.clone();
        Some(Candidate { url, title, how, entries: document.entries.len(), known })
            .filter(|found| found.entries > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);
    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn failing(outcome: PollOutcome, status: Option<u16>, failures: u32, days: u32) -> FeedState {
        FeedState {
            failures,
            failing_since: Some(NOW.minus(DAY * days)),
            last_outcome: Some(outcome),
            last_status: status,
            ..super::super::health::tests::state()
        }
    }

    #[test]
    fn only_what_time_does_not_heal_is_looked_after() {
        use PollOutcome::*;
        let gone = FeedState { gone: true, ..failing(Gone, Some(410), 1, 0) };
        for (state, looks, why) in [
            (gone.clone(), true, "410, at once"),
            (FeedState { paused: true, ..gone.clone() }, false, "paused by its user"),
            (failing(HttpError, Some(404), 3, 1), true, "404 for a day"),
            (failing(HttpError, Some(404), 3, 0), false, "404 since today"),
            (failing(HttpError, Some(404), 2, 9), false, "twice only"),
            (failing(HttpError, Some(500), 9, 9), false, "a broken server heals"),
            (failing(HttpError, Some(403), 9, 9), false, "refused is not gone"),
            (failing(Html, Some(200), 9, 9), true, "a page where the feed was"),
            (failing(DnsError, None, 9, 9), true, "the name is gone"),
            (failing(Timeout, None, 9, 9), false, "slow is not gone"),
        ] {
            assert_eq!(due(&state, None, NOW), looks, "{why}");
        }
        let last = |days: u32| Successor {
            feed: "a".into(),
            looked: NOW.minus(DAY * days),
            url: None,
            title: None,
            how: String::new(),
            known: 0,
        };
        assert!(!due(&gone, Some(&last(29)), NOW) && due(&gone, Some(&last(30)), NOW), "once in thirty days");
    }

    #[test]
    fn pages_in_order_of_likelihood() {
        let state = FeedState {
            url: "https://a.example/old/feed.xml".to_owned(),
            link: Some("https://a.example/old/#top".to_owned()),
            ..failing(PollOutcome::Html, Some(200), 3, 1)
        };
        let list = |state: &FeedState| pages(state).iter().map(Url::to_string).collect::<Vec<_>>();
        let site = ["https://a.example/old/feed.xml", "https://a.example/old/", "https://a.example/"];
        assert_eq!(list(&state), site);
        let plain = FeedState { last_outcome: Some(PollOutcome::Gone), link: None, ..state };
        assert_eq!(list(&plain), ["https://a.example/"]);
    }
}
