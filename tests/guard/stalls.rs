//! R8: two hundred hosts that stall in every way there is: each ends in one recorded outcome within the time allowed, and
//! the other feeds do not notice.

use super::*;
use std::collections::BTreeMap;

const GOOD: usize = 100;
const BAD: usize = 200;
/// The clock runs so much faster than real time at most, in which stalls last.
const SPEED: u32 = 10;
/// The whole time for one poll, in real time: by the clock half a minute, the default.
const ALLOWED: Duration = Duration::from_secs(3);
/// Three starts a second, the pace of so few feeds.
const GAP: Duration = Duration::from_millis(335);
/// Everything was due long before; no feed is due again.
const ENOUGH: Duration = Duration::from_secs(30 * 60);

/// One way to stall, and the outcomes it may end in.
fn stalling(kind: usize) -> Reply {
    let body = || rss(&[("a", "First")]);
    match kind {
        0 => Reply::ok(body()).dripping(Duration::from_secs(10)),
        1 => Reply::silence(),
        2 => Reply::ok(body()).stalled(),
        3 => Reply::ok(vec![b'x'; 64 << 10]).endless(),
        4 => Reply::redirect(302, format!("/again/{}", fastrand::u64(..))),
        5 => Reply::ok(vec![b' '; 12 << 20]).compressed("gzip"),
        _ => Reply::ok(rss(&[("a", "First"); 50])).broken_off(),
    }
}

/// Polls all feeds once in virtual time; the delay of each good one from its due time to its start. `stall` says whether the
/// bad hosts are bad.
async fn delays(stall: bool) -> (Vec<Duration>, BTreeMap<&'static str, usize>) {
    let server = FeedServer::start_everywhere().await;
    let deaf = tokio::net::TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let (port, deaf_port) = (server.port(), deaf.local_addr().expect("an address").port());
    // Made once: compression takes its time.
    let kinds: Vec<Reply> = (0..7).map(stalling).collect();
    server.otherwise(move |request| {
        let path = request.path();
        match path.strip_prefix("/bad/").and_then(|kind| kind.parse::<usize>().ok()) {
            Some(4) => stalling(4),
            Some(kind) if stall => kinds[kind].clone(),
            None if path.starts_with("/again/") => stalling(4),
            _ => Reply::ok(rss(&[("a", "First")])),
        }
    });
    let url = |index: usize| match index % 3 {
        0 => format!("http://127.2.0.{}:{port}/good", index / 3 + 1),
        _ if stall && index % 8 == 7 => {
            format!("https://127.3.{}.{}:{deaf_port}/", index / 200, index % 200 + 1)
        }
        _ => format!(
            "http://127.3.{}.{}:{port}/bad/{}",
            index / 200,
            index % 200 + 1,
            if stall { index % 7 } else { 9 }
        ),
    };
    let feeds = (0..GOOD + BAD).map(|index| feed(&format!("f{index:03}"), url(index))).collect();
    let mut config = config(feeds);
    config.intake.timeout = ALLOWED;
    let room = TestRoom::with(config, Arc::new(newswatch::net::SystemLookup::default()), Vec::new());
    let running = room.run();
    let (began, mut passed) = (Instant::now(), Duration::ZERO);
    while room.reports().len() < GOOD + BAD {
        assert!(began.elapsed() < Duration::from_secs(90), "every poll ends");
        room.round().await;
        let most = if stall { ENOUGH.min(began.elapsed() * SPEED) } else { ENOUGH };
        if passed < most {
            room.advance(GAP);
            passed += GAP;
        }
    }
    running.stop().await;
    let mut delays = Vec::new();
    let mut outcomes: BTreeMap<&'static str, usize> = BTreeMap::new();
    for index in 0..GOOD + BAD {
        let state = room.state(&format!("f{index:03}")).await;
        let outcome = state.last_outcome.expect("one outcome");
        if index % 3 == 0 {
            assert_eq!(outcome, PollOutcome::Fetched, "{state:?}");
            delays.push(state.last_poll.expect("a poll").since(START));
        } else if stall {
            assert!(!outcome.is_success() && state.last_message.is_some(), "{state:?}");
            *outcomes.entry(outcome.name()).or_default() += 1;
        }
    }
    delays.sort_unstable();
    (delays, outcomes)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_stalling_hosts_hold_up_nobody() {
    let p95 = |delays: &[Duration]| delays[delays.len() * 95 / 100].as_secs_f64();
    let (calm, _) = delays(false).await;
    let (stormy, outcomes) = delays(true).await;
    assert_eq!(stormy.len(), GOOD);
    let (calm, stormy) = (p95(&calm), p95(&stormy));
    assert!(stormy <= calm * 1.1, "p95 {stormy:.1} s with stalling hosts, {calm:.1} s without");
    for outcome in ["timeout", "too-large", "redirect-error", "connect-error"] {
        assert!(outcomes.contains_key(outcome), "{outcome} in {outcomes:?}");
    }
    assert_eq!(outcomes.values().sum::<usize>(), BAD, "{outcomes:?}");
}
