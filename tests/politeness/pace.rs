//! F14, F15: ten thousand feeds: no burst at the start, after a night's sleep, or when the clock strikes.

use super::*;
use newswatch::intake::budget::{Budget, Share};
use newswatch::intake::fetch::HttpSignals;
use newswatch::intake::interval::{self, Limits, Situation};
use newswatch::intake::memory::Hints;
use newswatch::intake::rhythm::Rhythm;
use newswatch::intake::schedule::Pacer;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const FEEDS: usize = 10_000;
/// The pause between two starts: ten thousand an hour, and a tenth faster to catch up.
const GAP: Duration = Duration::from_millis(330);

/// A request: when it came, and for which host.
type Start = (Time, Vec<u8>);

/// The loop itself, over loopback: a thousand hosts with ten feeds each, all due at once.
#[tokio::test]
async fn ten_thousand_feeds_start_one_after_another() {
    let server = FeedServer::start_everywhere().await;
    let times: Arc<Mutex<Vec<Start>>> = Arc::default();
    let feeds = (0..FEEDS)
        .map(|index| {
            let (host, port) = (index % 1000, server.port());
            let url = format!("http://127.1.{}.{}:{port}/{index}", host / 200, host % 200 + 1);
            feed(&format!("feed-{index:05}"), url)
        })
        .collect();
    let mut config = config(feeds);
    config.intake.host_spacing = Duration::from_secs(2);
    let room = TestRoom::with(config, Arc::new(newswatch::net::SystemLookup::default()), Vec::new());
    let (kept, clock) = (times.clone(), room.clock.clone());
    server.otherwise(move |request| {
        let host = request.header("host").unwrap_or_default();
        kept.lock().expect("times").push((clock.now(), host));
        static_feed(request)
    });
    let running = room.run();
    let mut polled = 0;
    // At the start; after eight hours asleep; across a full hour.
    for (sleep, starts) in
        [(Duration::ZERO, 250), (8 * HOUR, 250), (Duration::from_secs(3600 - 165 - 40), 250)]
    {
        room.advance(sleep);
        for _ in 0..starts {
            room.intake.wake();
            room.reached(polled + 1).await;
            // The pace is a little faster than our steps: now and then two starts fall into one.
            assert!(server.requests().len() - polled <= 2, "one start at a time");
            polled = server.requests().len();
            room.reached(polled).await;
            room.advance(GAP);
        }
    }
    running.stop().await;
    let times = times.lock().expect("times").clone();
    let seconds: Vec<i64> = times.iter().map(|(at, _)| at.0 / 1000).collect();
    let fullest = seconds.iter().map(|second| seconds.iter().filter(|other| *other == second).count()).max();
    assert!(fullest <= Some(4), "{fullest:?} starts in one second; the mean is 2.8");
    assert!(seconds.windows(2).any(|two| two[0] / 3600 + 1 == two[1] / 3600), "the clock has struck");
    for (index, (at, host)) in times.iter().enumerate() {
        let next = times[index + 1..].iter().find(|(_, other)| other == host);
        assert!(next.is_none_or(|(next, _)| next.since(*at) >= Duration::from_secs(2)), "spaced per host");
    }
    let mut paths: Vec<String> = server.requests().iter().map(Request::path).collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), polled, "no feed twice while others wait");
}

/// The rules of the schedule over two days and a night's sleep, second by second: rates as they are found in the wild, a tenth
/// of the feeds with hours to skip, and ten thousand of them due at once.
#[test]
fn the_rate_is_even_over_days() {
    let mut replay = Replay::new();
    replay.run_until(START.plus(24 * HOUR));
    let day = replay.starts.len();
    replay.run_until(START.plus(28 * HOUR));
    let hours = replay.bins(START.plus(24 * HOUR), 4 * 3600, 1);
    let mean = hours.iter().sum::<usize>() as f64 / hours.len() as f64;
    let peak = hours.iter().copied().max().unwrap_or_default() as f64;
    assert!(mean >= 2.0 && peak / mean <= 2.0, "peak {peak} a second, mean {mean}");
    let minutes = replay.bins(START.plus(24 * HOUR), 240, 60);
    let average = minutes.iter().sum::<usize>() as f64 / minutes.len() as f64;
    for (minute, count) in minutes.iter().enumerate() {
        let ratio = *count as f64 / average;
        // Three standard deviations of chance at this rate.
        assert!((0.75..=1.25).contains(&ratio), "minute {minute}: {ratio:.2} of the mean, no dip or peak");
    }
    for (index, count) in replay.bins(START.plus(24 * HOUR), 24, 600).iter().enumerate() {
        let ratio = *count as f64 / average / 10.0;
        assert!((0.9..=1.1).contains(&ratio), "ten minutes from {index}0: {ratio:.2} of the mean");
    }
    let early = replay.bins(START, 3600, 1);
    assert!(early.iter().max() <= Some(&4), "no burst at the start: {:?}", early.iter().max());
    // Eight hours asleep: everything is due; each once, and no faster than ever.
    replay.now = replay.now.plus(8 * HOUR);
    let (woke, before) = (replay.now, replay.starts.len());
    replay.run_until(woke.plus(HOUR));
    let after = replay.bins(woke, 3600, 1);
    assert!(after.iter().max() <= Some(&4), "no burst after the sleep: {:?}", after.iter().max());
    let steady = day as f64 / 24.0;
    let caught = (replay.starts.len() - before) as f64;
    assert!(caught <= steady * 1.21, "{caught} starts in the first hour, {steady} in any other");
    let mut woken: Vec<usize> = replay.starts[before..].iter().map(|(_, feed)| *feed).collect();
    let all = woken.len();
    woken.sort_unstable();
    woken.dedup();
    assert!(all - woken.len() <= all / 50, "one poll per feed: {} of {all} came twice", all - woken.len());
}

/// The schedule's own rules on made-up posting, without a network.
struct Replay {
    now: Time,
    chance: fastrand::Rng,
    budget: Budget,
    pacer: Pacer,
    rates: Vec<f64>,
    rhythms: Vec<Rhythm>,
    hints: Vec<Hints>,
    last: Vec<Option<Time>>,
    ids: Vec<FeedId>,
    due: BinaryHeap<Reverse<(Time, usize)>>,
    starts: Vec<(Time, usize)>,
}

impl Replay {
    fn new() -> Self {
        let mut chance = fastrand::Rng::with_seed(3);
        let rates: Vec<f64> =
            (0..FEEDS).map(|_| (chance.f64() * 8.0 - 3.0).exp().clamp(0.02, 150.0)).collect();
        let ids: Vec<FeedId> = (0..FEEDS).map(|index| FeedId(format!("{index}"))).collect();
        let mut budget = Budget::uniform(FEEDS, HOUR);
        let limits = limits();
        let share = |rhythm: &Rhythm| -> Share {
            interval::share(&limits, &Hints::default(), HttpSignals::default(), rhythm)
        };
        ids.iter().for_each(|id| budget.set(id, share(&Rhythm::default())));
        let skip = |index: usize| Hints {
            skip_hours: (0..6).filter(|_| index.is_multiple_of(10)).collect(),
            ..Hints::default()
        };
        let mut pacer = Pacer::default();
        pacer.set_steady(budget.steady(), None);
        Self {
            now: START,
            chance,
            budget,
            pacer,
            rates,
            rhythms: vec![Rhythm::default(); FEEDS],
            hints: (0..FEEDS).map(skip).collect(),
            last: vec![None; FEEDS],
            ids,
            due: (0..FEEDS).map(|index| Reverse((START, index))).collect(),
            starts: Vec::new(),
        }
    }

    fn run_until(&mut self, end: Time) {
        while let Some(Reverse((due, index))) = self.due.peek().copied() {
            self.now = self.now.max(due);
            self.now = self.now.plus(self.pacer.wait(self.now));
            if self.now >= end {
                self.now = end;
                return;
            }
            self.due.pop();
            let open = interval::open_from(&self.hints[index], self.now, self.chance.f64());
            if open > self.now {
                self.due.push(Reverse((open, index)));
                continue;
            }
            self.pacer.start(self.now);
            self.starts.push((self.now, index));
            self.poll(index);
        }
    }

    fn poll(&mut self, index: usize) {
        let span = self.now.since(self.last[index].unwrap_or(START));
        let first = self.last[index].is_none();
        let expected = self.rates[index] * span.as_secs_f64() / 86_400.0;
        let new = (expected + self.chance.f64()) as usize;
        self.last[index] = Some(self.now);
        self.rhythms[index].observe(new, span);
        let limits = limits();
        let next = interval::next(&Situation {
            now: self.now,
            outcome: PollOutcome::Fetched,
            status: Some(200),
            signals: HttpSignals::default(),
            hints: &self.hints[index],
            limits,
            failures: 0,
            failing_since: None,
            first,
            outage: false,
            rhythm: &self.rhythms[index],
            terms: self.budget.terms(),
            backup: None,
            jitter: self.chance.f64(),
        });
        let share =
            interval::share(&limits, &self.hints[index], HttpSignals::default(), &self.rhythms[index]);
        self.budget.set(&self.ids[index], share);
        self.pacer.set_steady(self.budget.steady(), None);
        self.due.push(Reverse((next.due, index)));
    }

    /// Starts from a time on, in bins of so many seconds.
    fn bins(&self, from: Time, count: usize, seconds: i64) -> Vec<usize> {
        let mut bins = vec![0; count];
        for (at, _) in self.starts.iter().filter(|(at, _)| *at >= from) {
            if let Some(bin) = bins.get_mut(((at.0 - from.0) / 1000 / seconds) as usize) {
                *bin += 1;
            }
        }
        bins
    }
}

fn limits() -> Limits {
    Limits { interval: HOUR, min: 5 * MINUTE, max: DAY, own: None }
}
