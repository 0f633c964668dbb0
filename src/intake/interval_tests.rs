use super::*;

/// Monday 2026-11-02, 12:00 GMT.
const NOW: Time = Time(1_793_620_800_000);

const LIMITS: Limits = Limits { interval: HOUR, min: Duration::from_secs(300), max: DAY, own: None };

fn signals(fresh: Option<u64>, retry: Option<u64>) -> HttpSignals {
    HttpSignals { fresh_for: fresh.map(Duration::from_secs), retry_after: retry.map(Duration::from_secs) }
}

/// A feed of 24 entries a day that the budget wants to poll every hour.
struct Case {
    outcome: PollOutcome,
    status: Option<u16>,
    signals: HttpSignals,
    hints: Hints,
    limits: Limits,
    failures: u32,
    failing_days: u32,
    first: bool,
    outage: bool,
    factor: f64,
    stretch: f64,
    limit: Option<u32>,
    jitter: f64,
    backup: Option<Backup>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            outcome: PollOutcome::Fetched,
            status: Some(200),
            signals: HttpSignals::default(),
            hints: Hints::default(),
            limits: LIMITS,
            failures: 0,
            failing_days: 0,
            first: false,
            outage: false,
            factor: 24.0 / 24_f64.sqrt(),
            stretch: 1.0,
            limit: None,
            jitter: 0.0,
            backup: None,
        }
    }
}

impl Case {
    fn failed(outcome: PollOutcome, status: Option<u16>, failures: u32) -> Self {
        Self { outcome, status, failures, ..Self::default() }
    }

    fn next(&self) -> Next {
        let mut rhythm = Rhythm::default();
        (0..24 * 60).for_each(|_| rhythm.observe(1, HOUR));
        next(&Situation {
            now: NOW,
            outcome: self.outcome,
            status: self.status,
            signals: self.signals,
            hints: &self.hints,
            limits: self.limits,
            failures: self.failures,
            failing_since: (self.failures > 0).then(|| NOW.minus(self.failing_days * DAY)),
            first: self.first,
            outage: self.outage,
            rhythm: &rhythm,
            terms: Terms { factor: self.factor, stretch: self.stretch, limit: self.limit, feeds: 400 },
            jitter: self.jitter,
            backup: self.backup,
        })
    }

    /// The rate is learned, so it is near 24 and not exactly that: one per cent either way.
    fn check(&self, minutes: u64, why: &str) {
        let found = self.minutes();
        assert!(
            found.abs_diff(minutes) <= minutes / 100,
            "{why}: {found} not {minutes}: {}",
            self.next().reason
        );
    }

    fn minutes(&self) -> u64 {
        (self.next().due.since(NOW).as_secs() + 30) / 60
    }
}

fn hints(ttl: Option<u64>, update: Option<u64>) -> Hints {
    Hints { ttl_minutes: ttl, update_seconds: update, ..Hints::default() }
}

#[test]
fn after_a_success() {
    let own = |minutes| Limits { own: Some(minutes * MINUTE), ..LIMITS };
    for (case, minutes, why) in [
        (Case::default(), 60, "as the budget wants"),
        (
            Case { outcome: PollOutcome::NotModified, status: Some(304), ..Case::default() },
            60,
            "304 is a success",
        ),
        (Case { outcome: PollOutcome::Unchanged, ..Case::default() }, 60, "the same document is a success"),
        (Case { factor: 1e6, ..Case::default() }, 60, "an hour is the floor where nobody allows less"),
        (Case { factor: 1e-6, ..Case::default() }, 24 * 60, "the ceiling"),
        (Case { factor: 1e6, hints: hints(Some(15), None), ..Case::default() }, 15, "ttl allows less"),
        (
            Case { factor: 1e6, hints: hints(None, Some(1200)), ..Case::default() },
            20,
            "sy:update allows less",
        ),
        (
            Case { factor: 1e6, signals: signals(Some(600), None), ..Case::default() },
            10,
            "max-age allows less",
        ),
        (
            Case { factor: 1e6, signals: signals(Some(60), None), ..Case::default() },
            5,
            "but not under the minimum",
        ),
        (
            Case { factor: 1e6, signals: signals(Some(0), None), ..Case::default() },
            60,
            "max-age=0 allows nothing",
        ),
        (
            Case { factor: 1e6, limits: Limits { interval: 20 * MINUTE, ..LIMITS }, ..Case::default() },
            20,
            "the user allows less",
        ),
        (Case { limits: own(7), ..Case::default() }, 7, "the feed's own interval"),
        (Case { limits: own(2), ..Case::default() }, 5, "own, but not under the minimum"),
        (
            Case { limits: own(7), signals: signals(Some(1800), None), ..Case::default() },
            30,
            "own, but it is fresh",
        ),
        (Case { signals: signals(Some(7200), None), ..Case::default() }, 120, "max-age asks for more"),
        (
            Case { signals: signals(Some(3 * 86_400), None), ..Case::default() },
            3 * 1440,
            "even beyond the ceiling",
        ),
        (Case { signals: signals(Some(31_536_000), None), ..Case::default() }, 1440, "a year is an accident"),
        (
            Case { signals: signals(None, Some(90_000)), ..Case::default() },
            1500,
            "Retry-After on a good answer",
        ),
        (Case { hints: hints(Some(180), None), ..Case::default() }, 180, "ttl asks for more"),
        (Case { hints: hints(Some(0), Some(0)), ..Case::default() }, 60, "ttl 0 is nonsense"),
        (
            Case { hints: hints(Some(1_000_000_000), None), ..Case::default() },
            1440,
            "absurd ttl counts as a day",
        ),
        (Case { hints: hints(None, Some(7 * 86_400)), ..Case::default() }, 1440, "weekly counts as a day"),
        (Case { jitter: 0.999, ..Case::default() }, 63, "jitter only ever adds"),
        (
            Case { jitter: 0.999, signals: signals(Some(3 * 86_400), None), ..Case::default() },
            3 * 1440 + 10,
            "ten minutes of it at most",
        ),
        (
            Case { hints: Hints { expired: true, ..Hints::default() }, ..Case::default() },
            1440,
            "nothing will come",
        ),
    ] {
        case.check(minutes, why);
    }
}

#[test]
fn after_a_refusal() {
    let throttled = |retry, failures| Case {
        signals: signals(None, retry),
        ..Case::failed(PollOutcome::Throttled, Some(429), failures)
    };
    for (case, minutes, why) in [
        (throttled(Some(60), 1), 60, "a short wait does not shorten the interval"),
        (throttled(Some(86_400), 1), 1445, "a day, and its neighbours first"),
        (throttled(Some(2 * 86_400), 1), 2 * 1440 + 5, "two days are two days"),
        (throttled(Some(7 * 86_400), 1), 7 * 1440 + 5, "a week"),
        (throttled(Some(14 * 86_400), 1), 14 * 1440 + 5, "two weeks"),
        (throttled(Some(90 * 86_400), 1), 14 * 1440 + 5, "more is not believed"),
        (throttled(None, 1), 240, "no time given: four hours"),
        (throttled(None, 2), 480, "then eight"),
        (throttled(None, 4), 1440, "then a day"),
        (throttled(None, 40), 1440, "and no more"),
        (throttled(Some(0), 1), 240, "zero is no time"),
    ] {
        case.check(minutes, why);
    }
}

#[test]
fn after_a_failure() {
    use PollOutcome::*;
    let slow = |case: Case| Case { factor: 4.0 / 24_f64.sqrt(), ..case };
    for (case, minutes, why) in [
        (Case::failed(DnsError, None, 1), 60, "once"),
        (Case::failed(DnsError, None, 2), 120, "twice"),
        (Case::failed(DnsError, None, 9), 1440, "up to a day"),
        (
            slow(Case::failed(ConnectError, None, 1)),
            60,
            "what passes is tried again sooner than the interval",
        ),
        (slow(Case::failed(HttpError, Some(502), 1)), 60, "a server error passes"),
        (slow(Case::failed(HttpError, Some(404), 1)), 360, "what needs somebody to act is not"),
        (slow(Case::failed(Html, Some(200), 2)), 720, "and grows"),
        (Case { failing_days: 29, ..Case::failed(HttpError, Some(403), 30) }, 1440, "a day for a month"),
        (Case { failing_days: 30, ..Case::failed(HttpError, Some(403), 31) }, 7 * 1440, "then once a week"),
        (Case { outage: true, ..Case::failed(DnsError, None, 9) }, 60, "no backoff for a fault of ours"),
        (
            Case { signals: signals(None, Some(86_400)), ..Case::failed(HttpError, Some(500), 1) },
            1440,
            "Retry-After on any status",
        ),
        (
            Case { limits: Limits { own: Some(2 * HOUR), ..LIMITS }, ..Case::failed(Timeout, None, 1) },
            120,
            "never earlier than the feed's own interval",
        ),
        (Case::failed(Gone, Some(410), 1), 365 * 1440, "gone"),
        (Case::failed(ParserPanic, Some(200), 2), 120, "a crash of the parser is a failure like others"),
        (Case::failed(ParserPanic, Some(200), 3), 1440, "until the third: a day's rest"),
        (Case::failed(HttpError, Some(304), 1), 1440, "304 to a plain question: daily at most"),
        (
            Case { stretch: 3.0, limit: Some(5), ..Case::failed(DnsError, None, 1) },
            180,
            "a budget that is too small leaves nothing for trying sooner",
        ),
    ] {
        case.check(minutes, why);
    }
}

#[test]
fn hours_and_days_to_skip() {
    let skip = |hours: &[u8], days: &[u8]| Hints {
        skip_hours: hours.to_vec(),
        skip_days: days.to_vec(),
        ..Hints::default()
    };
    for (hints, minutes, why) in [
        (skip(&[], &[]), 60, "nothing to skip"),
        (skip(&[14], &[]), 60, "13:00 is open"),
        (skip(&[13], &[]), 120, "13:00 is not: 14:00"),
        (skip(&[13, 14, 15], &[]), 240, "a run of hours"),
        (skip(&[24, 99], &[]), 60, "hours that do not exist"),
        (skip(&(0..24).collect::<Vec<_>>(), &[]), 60, "no hour left: ignored"),
        (skip(&[], &[1]), 60, "Tuesday is not today"),
        (skip(&[], &[0]), 12 * 60, "Monday is: until midnight"),
        (skip(&[0], &[0]), 13 * 60, "both"),
        (skip(&[], &[0, 1, 2, 3, 4, 5, 6]), 60, "no day left: ignored"),
        (skip(&[], &[9]), 60, "a day that does not exist"),
    ] {
        let case = Case { hints, ..Case::default() };
        case.check(minutes, why);
    }
    let late = Case { hints: skip(&[13], &[]), jitter: 0.5, ..Case::default() };
    assert_eq!(late.minutes(), 149, "not at the stroke of the hour");
}

#[test]
fn feeds_met_together_do_not_stay_together() {
    for (jitter, minutes) in [(0.0, 60), (0.7, 102), (0.99, 119)] {
        Case { first: true, jitter, ..Case::default() }
            .check(minutes, "the second poll, anywhere in an interval");
    }
    let failed = Case { first: true, jitter: 0.5, ..Case::failed(PollOutcome::HttpError, Some(500), 1) };
    failed.check(62, "a failure is tried again as ever");
}

#[test]
fn reasons_are_for_people() {
    for (case, reason) in [
        (
            Case { factor: 72.0 / 24_f64.sqrt(), hints: hints(Some(5), None), ..Case::default() },
            "every 20 min: about 24 entries a day",
        ),
        (
            Case { factor: 1e6, ..Case::default() },
            "every 60 min, no more often without leave: about 24 entries a day",
        ),
        (
            Case { factor: 6.0 / 24_f64.sqrt(), limit: Some(5), ..Case::default() },
            "every 4 h, because the budget of 5 requests a minute is for 400 feeds: about 24 entries a day",
        ),
        (
            Case { factor: 1e-6, stretch: 1.5, limit: Some(1), ..Case::default() },
            "every 36 h, because the budget of 1 request a minute is for 400 feeds: about 24 entries a day",
        ),
        (
            Case {
                limits: Limits { own: Some(HOUR), ..LIMITS },
                stretch: 2.0,
                limit: Some(5),
                ..Case::default()
            },
            "in 2 h: every 60 min, as configured for this feed, but the budget of 5 requests a minute is for 400 feeds",
        ),
        (
            Case { signals: signals(Some(7200), None), ..Case::default() },
            "in 2 h: the answer stays fresh so long (Cache-Control or Expires)",
        ),
        (Case::failed(PollOutcome::Timeout, None, 3), "in 4 h: failed 3 times in a row (timeout)"),
        (
            Case {
                signals: signals(None, Some(172_800)),
                ..Case::failed(PollOutcome::Throttled, Some(429), 1)
            },
            "in 2 days: 429, asked to wait 2 days",
        ),
        (Case::failed(PollOutcome::Throttled, Some(503), 1), "in 4 h: 503 without a time to wait"),
    ] {
        assert_eq!(case.next().reason, reason);
    }
}

#[test]
fn a_proven_hub_is_backed_up_more_seldom() {
    let backup = |factor, lease| Some(Backup { factor, confirmed: 5, until: NOW.plus(lease) });
    let own = Limits { own: Some(HOUR), ..LIMITS };
    for (backup, limits, minutes, why) in [
        (None, LIMITS, 60, "nobody pushes"),
        (backup(4, DAY), LIMITS, 240, "the hub has proven itself"),
        (backup(4096, 5 * DAY), LIMITS, 1440, "never more seldom than the longest interval"),
        (backup(8, 3 * HOUR), LIMITS, 180, "the lease ends before: at once then"),
        (backup(8, HOUR / 2), LIMITS, 60, "never sooner than without a hub"),
        (backup(8, DAY), own, 60, "the user wants it hourly"),
    ] {
        Case { backup, limits, ..Case::default() }.check(minutes, why);
    }
    let failed = Case { backup: backup(8, DAY), ..Case::failed(PollOutcome::Timeout, None, 1) };
    failed.check(60, "a failure is no confirmation");
    let told = Case { backup: backup(4, DAY), ..Case::default() }.next().reason;
    assert!(told.contains("its hub pushes, as 5 polls in a row confirmed"), "{told}");
}
