//! Interval: when to poll a feed next, and why then.
//!
//! Pure. Order of rules: 410 ends polling; then a span by outcome (the feed's rhythm after a success, patience after
//! 429 and 503, growing backoff after a failure), longer where a hub has proven that it pushes; then the publisher may
//! lengthen it (Retry-After, max-age and Expires, ttl, sy:update*) but only ever shorten the floor, never the span; then
//! up to 5 % of jitter (once, where feeds are many, up to a whole span); then out of the
//! hours and days the publisher asks not to be polled in.
//!
//! It never makes a poll earlier than any of these allow.

use super::budget::{Share, Terms};
use super::fetch::HttpSignals;
use super::memory::Hints;
use super::rhythm::Rhythm;
use super::websub::Backup;
use crate::config::{FeedConfig, IntakeConfig};
use crate::model::{PollOutcome, Time};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The floor where neither the feed nor the user allows less: publishers count conditional requests above one
/// an hour as abuse (feed reader score project).
const POLITE: Duration = HOUR;
/// Longest pause of a backoff, until a feed has failed for [`GIVE_UP`].
const BACKOFF_MAX: Duration = DAY;
/// A feed that has failed for so long is tried once a week.
const GIVE_UP: Duration = Duration::from_secs(30 * 24 * 3600);
const SELDOM: Duration = Duration::from_secs(7 * 24 * 3600);
/// Without Retry-After, wait so long after 429 and 503; it doubles up to a day.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);
/// The longest Retry-After that is believed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(14 * 24 * 3600);
/// Other feeds of the host wait as well; the one that was refused comes after them, lest it stops them for ever.
const AFTER_NEIGHBOURS: Duration = Duration::from_secs(300);
/// A longer freshness is a rule made for pictures, applied to a feed by accident; it then counts as one day.
const FRESH_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// A document's own wishes (ttl, sy:update*) count up to a day.
const HINT_MAX: Duration = DAY;
/// A document that crashes the parser so often is left alone for a day (R10).
const CRASHES: u32 = 3;
/// Where feeds are so many, the second poll of each comes anywhere within one more interval: those that were met together
/// are spread evenly from then on, and not polled in a wave every hour.
const CROWD: usize = 100;
/// Jitter: so much of the span at most, and never more than ten minutes.
const JITTER: f64 = 0.05;
const JITTER_MAX: Duration = Duration::from_secs(600);

/// Bounds that the configuration sets for one feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Normal spacing.
    pub interval: Duration,
    /// Never more often.
    pub min: Duration,
    /// A healthy feed at least this often.
    pub max: Duration,
    /// The feed's own interval, which then is not adapted.
    pub own: Option<Duration>,
}

impl Limits {
    /// The bounds for `feed`.
    pub fn new(intake: &IntakeConfig, feed: &FeedConfig) -> Self {
        let (min, max) = (intake.min_interval, intake.max_interval.max(intake.min_interval));
        Self { interval: intake.interval, min, max, own: feed.interval }
    }
}

/// All that bears on when to come back after one poll.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// When the poll ended.
    pub now: Time,
    /// What it came to.
    pub outcome: PollOutcome,
    /// Its HTTP status.
    pub status: Option<u16>,
    /// What the headers said.
    pub signals: HttpSignals,
    /// What the last document said.
    pub hints: &'a Hints,
    /// What the configuration says.
    pub limits: Limits,
    /// Failures in a row, this one included.
    pub failures: u32,
    /// When they began.
    pub failing_since: Option<Time>,
    /// Whether this is the feed's first good poll.
    pub first: bool,
    /// Whether most hosts fail at present, so that the fault is probably ours.
    pub outage: bool,
    /// What is known of the posting rate.
    pub rhythm: &'a Rhythm,
    /// What the budget means at present.
    pub terms: Terms,
    /// Chance: 0 up to, not including, 1.
    pub jitter: f64,
    /// The hub that pushes the feed, where it has proven itself.
    pub backup: Option<Backup>,
}

/// When to poll next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The time.
    pub due: Time,
    /// Why then, for people.
    pub reason: String,
}

/// Decides when to poll next.
pub fn next(situation: &Situation<'_>) -> Next {
    if situation.outcome == PollOutcome::Gone {
        let reason = "410 Gone: polled no more until resumed".to_owned();
        return Next { due: situation.now.plus(365 * DAY), reason };
    }
    let (mut span, mut reason) = by_outcome(situation);
    if let Some((asked, who)) = asked_for(situation)
        && asked > span
    {
        span = asked;
        reason = format!("in {}: {who}", words(asked));
    }
    let mut due = situation.now.plus(span).plus(spread(span, situation.jitter));
    if situation.first && situation.outcome.is_success() && situation.terms.feeds >= CROWD {
        due = situation.now.plus(span).plus(span.mul_f64(situation.jitter.clamp(0.0, 1.0)));
        reason.push_str("; at first up to twice that, so that feeds met together do not stay together");
    }
    let open = open_from(situation.hints, due, situation.jitter);
    if open != due {
        reason.push_str(", then past the hours the publisher asks to skip");
    }
    Next { due: open, reason }
}

/// What a feed may ask of the budget: its rate, within the floor and the ceiling that hold for it.
pub fn share(limits: &Limits, hints: &Hints, signals: HttpSignals, rhythm: &Rhythm) -> Share {
    if let Some(own) = limits.own {
        let own = own.max(limits.min);
        return Share { rate: rhythm.per_day(), least: own, most: own };
    }
    let least = floor(limits, hints, signals);
    Share { rate: rhythm.per_day(), least, most: limits.max.max(least) }
}

/// The floor: an hour, less where the user's normal interval or the publisher says so, never under the configured
/// minimum. `max-age=0` and the like permit nothing: frameworks send them without thinking.
fn floor(limits: &Limits, hints: &Hints, signals: HttpSignals) -> Duration {
    let permitted = [
        signals.fresh_for.filter(|span| *span >= MINUTE),
        stated_minutes(hints.ttl_minutes),
        stated_seconds(hints.update_seconds),
    ];
    let least = permitted.into_iter().flatten().fold(POLITE.min(limits.interval), Duration::min);
    least.max(limits.min)
}

fn by_outcome(situation: &Situation<'_>) -> (Duration, String) {
    let (normal, why) = rhythm(situation);
    if situation.outcome.is_success() {
        return slowed(situation, normal).unwrap_or((normal, why));
    }
    if situation.outcome == PollOutcome::Throttled {
        return patience(situation, normal);
    }
    if situation.outage {
        let span = floor(&situation.limits, situation.hints, situation.signals);
        let said = "most hosts fail at once, so the fault is probably on our side";
        return (span, format!("in {}: {said}", words(span)));
    }
    backoff(situation, normal)
}

/// The span after a success.
fn rhythm(situation: &Situation<'_>) -> (Duration, String) {
    let share = share(&situation.limits, situation.hints, situation.signals, situation.rhythm);
    let terms = situation.terms;
    let span = terms.interval(&share);
    if situation.limits.own.is_some() {
        let said = format!("every {}, as configured for this feed", words(share.least));
        return match terms.limit.filter(|_| span > share.least) {
            None => (span, said),
            Some(limit) => (span, format!("in {}: {said}, but {}", words(span), shared(limit, terms.feeds))),
        };
    }
    if situation.hints.expired {
        let span = share.most.max(span);
        return (span, format!("every {}: the publisher says nothing new will come", words(span)));
    }
    let bound = match span {
        _ if share.least == share.most && terms.stretch == 1.0 => String::new(),
        _ if span <= share.least => ", no more often without leave".to_owned(),
        _ if let Some(limit) = terms.limit => format!(", because {}", shared(limit, terms.feeds)),
        _ if span >= share.most => ", the longest allowed".to_owned(),
        _ => String::new(),
    };
    let burst = if situation.rhythm.bursting() { " just now" } else { "" };
    (span, format!("every {}{bound}: about {}{burst}", words(span), entries(share.rate)))
}

/// The user's limit as a reason.
fn shared(limit: u32, feeds: usize) -> String {
    let requests = if limit == 1 { "request" } else { "requests" };
    format!("the budget of {limit} {requests} a minute is for {feeds} feeds")
}

/// The longer span of a feed whose hub has proven itself: no longer than the lease, nor than the longest interval.
fn slowed(situation: &Situation<'_>, normal: Duration) -> Option<(Duration, String)> {
    let backup = situation.backup.filter(|_| situation.limits.own.is_none())?;
    let most = situation.limits.max.min(backup.until.since(situation.now));
    let span = normal.saturating_mul(backup.factor).min(most);
    let why =
        format!("every {}: its hub pushes, as {} polls in a row confirmed", words(span), backup.confirmed);
    (span > normal).then_some((span, why))
}

/// The span after 429 or 503.
fn patience(situation: &Situation<'_>, normal: Duration) -> (Duration, String) {
    let status = situation.status.unwrap_or(429);
    if let Some(asked) = situation.signals.retry_after.filter(|asked| !asked.is_zero()) {
        let span = (asked.min(RETRY_AFTER_MAX) + AFTER_NEIGHBOURS).max(normal);
        return (span, format!("in {}: {status}, asked to wait {}", words(span), words(asked)));
    }
    let span = doubled(PATIENCE, situation.failures, BACKOFF_MAX).max(normal);
    (span, format!("in {}: {status} without a time to wait", words(span)))
}

/// The span after a failure. What passes by itself (no connection, a server error) is tried again at the floor first, what
/// needs somebody to act (404, no feed) at the normal interval; both double up to a day.
fn backoff(situation: &Situation<'_>, normal: Duration) -> (Duration, String) {
    let name = situation.outcome.name();
    if let Some(rest) = rest(situation) {
        return rest;
    }
    if situation.failing_since.is_some_and(|since| situation.now.since(since) >= GIVE_UP) {
        return (SELDOM, format!("in {}: failing for over a month ({name})", words(SELDOM)));
    }
    let floor = floor(&situation.limits, situation.hints, situation.signals);
    let first = match situation.limits.own {
        Some(own) => own.max(situation.limits.min),
        // A budget that is too small for all leaves nothing for trying again sooner.
        None if passing(situation) => floor.mul_f64(situation.terms.stretch),
        None => normal,
    };
    let span = doubled(first, situation.failures, BACKOFF_MAX.max(first));
    let times = if situation.failures > 1 {
        format!("{} times in a row", situation.failures)
    } else {
        "once".to_owned()
    };
    (span, format!("in {}: failed {times} ({name})", words(span)))
}

/// Failures after which a day's rest is due at once.
fn rest(situation: &Situation<'_>) -> Option<(Duration, String)> {
    if situation.outcome == PollOutcome::ParserPanic && situation.failures >= CRASHES {
        let said = format!("crashed the parser {} times, so it rests", situation.failures);
        return Some((BACKOFF_MAX, format!("in {}: {said}", words(BACKOFF_MAX))));
    }
    // Whole documents cannot be had from it, and must not be asked for more often than daily.
    let unasked = situation.outcome == PollOutcome::HttpError && situation.status == Some(304);
    unasked.then(|| (BACKOFF_MAX, format!("in {}: answers 304 to a plain question", words(BACKOFF_MAX))))
}

fn passing(situation: &Situation<'_>) -> bool {
    use PollOutcome::*;
    match situation.outcome {
        DnsError | ConnectError | Timeout | TlsError | Empty => true,
        HttpError => situation.status.is_none_or(|status| status >= 500 || status == 408),
        _ => false,
    }
}

/// `first`, doubled for every failure after the first.
fn doubled(first: Duration, failures: u32, most: Duration) -> Duration {
    first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(most)
}

/// The longest wait the publisher asks for, and in what way.
fn asked_for(situation: &Situation<'_>) -> Option<(Duration, String)> {
    let fresh = situation.signals.fresh_for.map(|span| if span > FRESH_MAX { DAY } else { span });
    let retry = situation.signals.retry_after.map(|span| span.min(RETRY_AFTER_MAX));
    let ttl = stated_minutes(situation.hints.ttl_minutes);
    let update = stated_seconds(situation.hints.update_seconds);
    [
        (retry, "the server asks to wait (Retry-After)"),
        (fresh, "the answer stays fresh so long (Cache-Control or Expires)"),
        (ttl, "the feed asks for it (ttl)"),
        (update, "the feed says how often it changes (sy:updatePeriod)"),
    ]
    .into_iter()
    .filter_map(|(span, who)| Some((span?, who)))
    .max_by_key(|(span, _)| *span)
    .map(|(span, who)| (span, who.to_owned()))
}

fn stated_minutes(minutes: Option<u64>) -> Option<Duration> {
    stated_seconds(minutes.map(|minutes| minutes.saturating_mul(60)))
}

/// Zero is no wish; a wish beyond a day counts as a day.
fn stated_seconds(seconds: Option<u64>) -> Option<Duration> {
    seconds.filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds).min(HINT_MAX))
}

fn spread(span: Duration, jitter: f64) -> Duration {
    span.mul_f64(JITTER * jitter.clamp(0.0, 1.0)).min(JITTER_MAX)
}

/// The first time from `at` on that lies in no hour or day to be skipped; somewhere within that hour, so that not
/// everybody comes at once, and nobody so late that the hour is over. Wishes that leave no time at all are ignored.
pub fn open_from(hints: &Hints, at: Time, jitter: f64) -> Time {
    if !skipped(hints, at) {
        return at;
    }
    let hour = 3_600_000;
    let first = at.0.div_euclid(hour) + 1;
    match (first..first + 8 * 24).find(|index| !skipped(hints, Time(index * hour))) {
        Some(index) => Time(index * hour).plus(HOUR.mul_f64(0.95 * jitter.clamp(0.0, 1.0))),
        None => at,
    }
}

/// Whether the publisher asks not to be polled at `at`. Hours outside 0 to 23 and days outside the week mean nothing.
fn skipped(hints: &Hints, at: Time) -> bool {
    let hours = at.0.div_euclid(3_600_000);
    // Day 0 of the epoch was a Thursday; Monday is 0.
    let (hour, day) = (hours.rem_euclid(24), (hours.div_euclid(24) + 3).rem_euclid(7));
    hints.skip_hours.iter().any(|skip| i64::from(*skip) == hour)
        || hints.skip_days.iter().any(|skip| i64::from(*skip) == day)
}

/// A span for people: `45 s`, `20 min`, `4 h`, `2.5 h`, `3 days`.
fn words(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    let (number, unit) = match seconds {
        ..90.0 => (seconds.round(), "s"),
        ..5_400.0 => ((seconds / 60.0).round(), "min"),
        ..172_800.0 => ((seconds / 360.0).round() / 10.0, "h"),
        _ => ((seconds / 8_640.0).round() / 10.0, "days"),
    };
    format!("{number} {unit}")
}

fn entries(rate: f64) -> String {
    match rate {
        ..0.15 => "an entry every few weeks".to_owned(),
        ..0.95 => format!("an entry every {:.0} days", (1.0 / rate).max(1.0)),
        ..1.5 => "an entry a day".to_owned(),
        _ => format!("{rate:.0} entries a day"),
    }
}

#[cfg(test)]
#[path = "interval_tests.rs"]
mod tests;
