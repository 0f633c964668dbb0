//! Health: what is wrong with a feed, since when, and what to do about it.
//!
//! Pure. A feed has at most one trouble that explains why nothing comes, looked for in this order: gone (410), failing
//! (three times in a row, or for a day), stuck (nothing but 304 while it is silent), silent (beyond its own rhythm).
//! Beside it may stand: moved (a permanent redirect that proved itself), a twin (the same feed under another id), slow, gaps. Paused feeds and feeds that were
//! never polled have none. When most hosts fail at once the fault is probably ours: that is one trouble of the house,
//! and the feeds' own are not looked at.
//!
//! A feed's own rhythm is the longest pause between arrivals on record, because averages know no weekends; while too few
//! arrivals are on record, its learned rate. Everything comes from the feed's state and memory ([`super::record`]): no past
//! poll is read, so a look at thousands of feeds is quick. Where a successor of a gone or dead feed was found
//! ([`super::successor`]), it is what is proposed. [`changes`] compares what is found with what is known, so that each
//! trouble is told once when it begins and once when it ends.

use super::memory::Memory;
use super::schedule::Weather;
use crate::model::*;
use crate::store::{GapRow, KnownTrouble, Successor};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Failures in a row, or time failing, before a feed is called failing: shorter runs pass by themselves.
const FAILURES: u32 = 3;
const FAILING_FOR: Duration = DAY;
/// A feed may be silent for so many times its longest pause on record, and always for a day.
const PAUSES: u32 = 2;
const SILENT_LEAST: Duration = DAY;
/// While less than a week is on record a long weekend may still be to come.
const RECORD: Duration = Duration::from_secs(8 * 24 * 3600);
const WEEKEND: Duration = Duration::from_secs(4 * 24 * 3600);
/// Arrivals on record that tell a rhythm.
const ARRIVALS: u32 = 5;
/// With fewer, so many times the mean pause of the learned rate: by chance that happens once in 20,000 (e^-10).
const MEAN_PAUSES: f64 = 10.0;
/// Nobody is silent before a month when all we have is a rate.
const RATE_LEAST: Duration = Duration::from_secs(30 * 24 * 3600);
/// Answers 304 in a row, and over how long, that make silence suspicious.
const STUCK_POLLS: u32 = 20;
const STUCK_FOR: Duration = Duration::from_secs(2 * 24 * 3600);
/// Slow: the median of the newest answers takes this share of the time allowed.
const SLOW_SHARE: f64 = 1.0 / 3.0;
const SLOW_POLLS: usize = 5;
/// Gaps count for a week.
const GAPS_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// Polls that are older tell nothing about the network now.
const WEATHER_AGE: Duration = HOUR;

/// A class of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// Most hosts fail at once.
    Outage,
    /// 410: taken down.
    Gone,
    /// It cannot be fetched or read.
    Failing,
    /// 304 to everything, for suspiciously long.
    Stuck,
    /// Nothing new for longer than its rhythm explains.
    Silent,
    /// Entries came and went between two polls.
    Gaps,
    /// It redirects for good.
    Moved,
    /// The same feed is configured twice.
    Twin,
    /// It answers slowly.
    Slow,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Trouble; 9] = [
        Self::Outage,
        Self::Gone,
        Self::Failing,
        Self::Stuck,
        Self::Silent,
        Self::Gaps,
        Self::Moved,
        Self::Twin,
        Self::Slow,
    ];

    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Stuck => "stuck",
            Self::Silent => "silent",
            Self::Gaps => "gaps",
            Self::Moved => "moved",
            Self::Twin => "twin",
            Self::Slow => "slow",
        }
    }

    /// How urgent an alert about it is.
    pub fn priority(self) -> Priority {
        match self {
            Self::Outage | Self::Gone => Priority::High,
            Self::Failing | Self::Stuck | Self::Silent | Self::Gaps => Priority::Normal,
            Self::Moved | Self::Twin | Self::Slow => Priority::Low,
        }
    }

    /// What its end is called.
    pub fn ended(self) -> &'static str {
        match self {
            Self::Outage => "the network works again",
            Self::Gone | Self::Failing => "works again",
            Self::Stuck | Self::Silent => "brings new entries again",
            Self::Gaps => "no gap for a week",
            Self::Moved => "has no redirect any more",
            Self::Twin => "is the only one of its kind",
            Self::Slow => "answers in good time again",
        }
    }
}

/// Something wrong with a feed, or with the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The class.
    pub trouble: Trouble,
    /// Since when.
    pub since: Time,
    /// What is the matter, in a sentence.
    pub text: String,
    /// What to do about it.
    pub proposal: String,
}

/// Everything a feed's health is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// What is remembered.
    pub state: &'a FeedState,
    /// The schedule's part of it.
    pub memory: &'a Memory,
    /// Its gaps, newest first.
    pub gaps: &'a [GapRow],
    /// What the search for a successor came to, if one was made.
    pub successor: Option<&'a Successor>,
    /// The feed that is configured already at the address of its successor, or at the one it has moved to.
    pub heir: Option<&'a FeedId>,
    /// The feed it is another name of, if it is.
    pub twin: Option<&'a FeedId>,
    /// Time allowed for one poll.
    pub timeout: Duration,
}

/// What is wrong with one feed, the worst first.
pub fn examine(feed: &Observed<'_>, now: Time) -> Vec<Finding> {
    if feed.state.paused || feed.state.last_poll.is_none() {
        return Vec::new();
    }
    let nothing_comes =
        gone(feed).or_else(|| failing(feed, now)).or_else(|| stuck(feed)).or_else(|| silent(feed));
    let beside = [gaps(feed, now), moved(feed, now), twin(feed), slow(feed)];
    nothing_comes.into_iter().chain(beside.into_iter().flatten()).collect()
}

fn gone(feed: &Observed<'_>) -> Option<Finding> {
    let state = feed.state;
    state.gone.then(|| Finding {
        trouble: Trouble::Gone,
        since: state.failing_since.or(state.last_poll).unwrap_or_default(),
        text: "the publisher took it down (410 Gone); it is polled no more".to_owned(),
        proposal: match feed.successor {
            Some(Successor { url: Some(_), .. }) => successor(feed),
            _ if feed.heir.is_some() => successor(feed),
            _ => format!("{}, or: newswatch feeds remove {}", successor(feed), state.feed),
        },
    })
}

/// Where the feed may go on: what was found, else how to look.
fn successor(feed: &Observed<'_>) -> String {
    if let Some(heir) = feed.heir {
        return goes_on_as(feed, heir);
    }
    let site = feed.state.link.as_deref().unwrap_or(&feed.state.url);
    let by_hand = format!("newswatch feeds discover {site}");
    match feed.successor {
        None => format!("look for a successor: {by_hand}"),
        Some(Successor { url: None, how, .. }) => {
            format!("no successor was found ({how}); look further with: {by_hand}")
        }
        Some(Successor { url: Some(url), title, how, known, .. }) => {
            let title = title.as_deref().map(|title| format!("\"{title}\", ")).unwrap_or_default();
            let evidence = match known {
                0 => "none of its entries is known from here, so have a look first".to_owned(),
                1 => "one of its entries is known from here".to_owned(),
                known => format!("{known} of its entries are known from here"),
            };
            format!(
                "set `url = \"{url}\"` for {} in the configuration: {title}{how}; {evidence}",
                feed.state.feed
            )
        }
    }
}

/// Another feed of the configuration is there already.
fn goes_on_as(feed: &Observed<'_>, heir: &FeedId) -> String {
    format!("it goes on as {heir}, which is configured: newswatch feeds remove {}", feed.state.feed)
}

fn failing(feed: &Observed<'_>, now: Time) -> Option<Finding> {
    let state = feed.state;
    let since = state.failing_since?;
    if state.failures < FAILURES && (state.failures == 0 || now.since(since) < FAILING_FOR) {
        return None;
    }
    let outcome = state.last_outcome.unwrap_or(PollOutcome::HttpError);
    let said = state.last_message.as_deref().unwrap_or(outcome.name());
    Some(Finding {
        trouble: Trouble::Failing,
        since,
        text: format!("failed {} times in a row ({}): {said}", state.failures, outcome.name()),
        proposal: remedy(feed, outcome),
    })
}

/// What helps against a failure.
fn remedy(feed: &Observed<'_>, outcome: PollOutcome) -> String {
    use PollOutcome::*;
    match (outcome, feed.state.last_status) {
        (Throttled, _) => {
            "nothing: it is polled at the pace the server asks for; a longer `interval` helps".to_owned()
        }
        (HttpError, Some(401 | 403)) => {
            "the server refuses us: check `headers` of the feed, or ask the publisher".to_owned()
        }
        (HttpError, Some(304)) => {
            "nothing: the server says \"not changed\" to whoever asks; tell the publisher".to_owned()
        }
        (HttpError, Some(500..)) | (Timeout | ConnectError, _) => {
            "nothing yet: it is tried again, ever more seldom".to_owned()
        }
        (ParserPanic, _) => {
            "report the document as a fault of newswatch: newswatch feeds parse shows it; it is tried daily"
                .to_owned()
        }
        (TlsError, _) => "check the certificate of the host, or the clock of this machine".to_owned(),
        (Forbidden, _) => {
            "the address is not public: allow it in `net.allow_addresses`, or remove the feed".to_owned()
        }
        (TooLarge, _) => "raise `intake.max_body`, or ask the publisher for a shorter feed".to_owned(),
        _ => successor(feed),
    }
}

/// Since when nothing new has come, if that is longer than the rhythm explains.
///
/// It is measured up to the last good poll: while nobody looks, nobody is silent.
fn silence(feed: &Observed<'_>) -> Option<Silence> {
    let since = feed.state.last_new?;
    let span = feed.state.last_success?.since(since);
    let allowed = allowed_silence(feed, since)?;
    (span > allowed).then_some(Silence { since, span, allowed })
}

struct Silence {
    since: Time,
    span: Duration,
    allowed: Duration,
}

/// How long a feed may be silent; `None` while too little is known.
fn allowed_silence(feed: &Observed<'_>, last_new: Time) -> Option<Duration> {
    if let Some(pauses) = feed.memory.record.pauses().filter(|pauses| pauses.arrivals >= ARRIVALS) {
        let least = if pauses.span < RECORD { WEEKEND } else { SILENT_LEAST };
        return Some((pauses.longest * PAUSES).max(least));
    }
    let before = feed.memory.rhythm.per_day_before(feed.state.last_poll?.since(last_new))?;
    Some(Duration::from_secs_f64(MEAN_PAUSES / before * 86_400.0).max(RATE_LEAST))
}

fn stuck(feed: &Observed<'_>) -> Option<Finding> {
    let Silence { since, span, .. } = silence(feed)?;
    let (run, first) = feed.memory.record.same()?;
    if run < STUCK_POLLS || feed.state.last_success?.since(first) < STUCK_FOR {
        return None;
    }
    let site = feed.state.link.as_deref().unwrap_or(&feed.state.url);
    Some(Finding {
        trouble: Trouble::Stuck,
        since,
        text: format!("nothing new for {}, and {run} answers 304 in a row", days(span)),
        proposal: format!("see whether {site} has news; the whole document is asked for every ten days"),
    })
}

fn silent(feed: &Observed<'_>) -> Option<Finding> {
    let Silence { since, span, allowed } = silence(feed)?;
    Some(Finding {
        trouble: Trouble::Silent,
        since,
        text: format!("nothing new for {}; its rhythm explains {}", days(span), days(allowed)),
        proposal: successor(feed),
    })
}

fn gaps(feed: &Observed<'_>, now: Time) -> Option<Finding> {
    let open: Vec<&GapRow> =
        feed.gaps.iter().filter(|gap| !gap.closed && now.since(gap.at) <= GAPS_FOR).collect();
    let oldest = open.last()?;
    Some(Finding {
        trouble: Trouble::Gaps,
        since: oldest.since,
        text: format!(
            "{} within a week: whole documents of new entries, so that some were never seen",
            if open.len() == 1 { "a gap".to_owned() } else { format!("{} gaps", open.len()) }
        ),
        proposal: format!("poll it more often: set a shorter `interval` for {}", feed.state.feed),
    })
}

fn moved(feed: &Observed<'_>, now: Time) -> Option<Finding> {
    let moved = feed.memory.moved.as_ref().filter(|moved| moved.proven(now))?;
    Some(Finding {
        trouble: Trouble::Moved,
        since: moved.since,
        text: format!(
            "redirects for good to {}, seen {} times; polled there meanwhile",
            moved.to, moved.seen
        ),
        proposal: match feed.heir {
            Some(heir) => goes_on_as(feed, heir),
            None => format!("set `url = \"{}\"` for {} in the configuration", moved.to, feed.state.feed),
        },
    })
}

fn twin(feed: &Observed<'_>) -> Option<Finding> {
    // A move to the address of its twin says the same.
    let twin = feed.twin.filter(|_| feed.heir.is_none())?;
    Some(Finding {
        trouble: Trouble::Twin,
        since: feed.state.last_success?,
        text: format!("is the same feed as {twin}, which has another address: its publisher is asked twice"),
        proposal: format!("newswatch feeds remove {}", feed.state.feed),
    })
}

fn slow(feed: &Observed<'_>) -> Option<Finding> {
    let (took, oldest) = feed.memory.record.took()?;
    let median = *took.get(took.len() / 2)?;
    if took.len() < SLOW_POLLS || Duration::from_millis(median) < feed.timeout.mul_f64(SLOW_SHARE) {
        return None;
    }
    Some(Finding {
        trouble: Trouble::Slow,
        since: oldest,
        text: format!("answers take {:.1} s in the middle", median as f64 / 1000.0),
        proposal: "nothing, or a longer `intake.timeout` before it fails".to_owned(),
    })
}

/// Whether most hosts fail at present, by the newest poll of every feed; the same rule as the schedule's.
pub fn outage(states: &[FeedState], now: Time) -> Option<Finding> {
    let is_recent = |at: Time| at <= now && now.since(at) <= WEATHER_AGE;
    let recent: Vec<FeedState> =
        states.iter().filter(|state| state.last_poll.is_some_and(is_recent)).cloned().collect();
    let mut weather = Weather::default();
    weather.recall(&recent);
    if !weather.outage() {
        return None;
    }
    Some(Finding {
        trouble: Trouble::Outage,
        since: recent
            .iter()
            .filter_map(|state| state.failing_since)
            .filter(|at| now.since(*at) <= DAY)
            .min()
            .unwrap_or(now),
        text: "most hosts cannot be reached; the feeds' failures are not counted meanwhile".to_owned(),
        proposal: "check the network and the name servers of this machine".to_owned(),
    })
}

/// A trouble that began or ended. Without a feed it is the house's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It began.
    Began(Option<FeedId>, Finding),
    /// It is over.
    Ended(KnownTrouble),
}

/// What is to be told and remembered: `found` against `known`. During an outage the feeds' troubles stay as they are,
/// whatever was found.
pub fn changes(found: &[(Option<FeedId>, Finding)], known: &[KnownTrouble]) -> Vec<Change> {
    let outage = found.iter().any(|(feed, _)| feed.is_none());
    let is_known: HashSet<(Option<&FeedId>, &str)> =
        known.iter().map(|known| (known.feed.as_ref(), known.trouble.as_str())).collect();
    let is_found: HashSet<(Option<&FeedId>, &str)> =
        found.iter().map(|(feed, finding)| (feed.as_ref(), finding.trouble.name())).collect();
    let frozen = |feed: &Option<FeedId>| outage && feed.is_some();
    let began = found
        .iter()
        .filter(|(feed, finding)| {
            !frozen(feed) && !is_known.contains(&(feed.as_ref(), finding.trouble.name()))
        })
        .map(|(feed, finding)| Change::Began(feed.clone(), finding.clone()));
    let ended = known
        .iter()
        .filter(|known| {
            !frozen(&known.feed) && !is_found.contains(&(known.feed.as_ref(), known.trouble.as_str()))
        })
        .map(|known| Change::Ended(known.clone()));
    began.chain(ended).collect()
}

/// A span in hours or days.
fn days(span: Duration) -> String {
    let hours = span.as_secs() / 3600;
    if hours < 48 { format!("{hours} hours") } else { format!("{} days", hours / 24) }
}

#[cfg(test)]
#[path = "health_tests.rs"]
pub(super) mod tests;
