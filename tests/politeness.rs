//! Politeness by proof: what publishers count readers by, against a scripted server and a clock in our hand.

#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

#[path = "politeness/budget.rs"]
mod budget;
#[path = "politeness/http2.rs"]
mod http2;
#[path = "politeness/pace.rs"]
mod pace;

use newswatch::clock::Clock;
use newswatch::config::Secret;
use newswatch::model::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::room::*;
use support::server::*;
use tokio::sync::Semaphore;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Answers 304 to whoever brings validators.
fn static_feed(request: &Request) -> Reply {
    if request.conditional() {
        Reply::status(304)
    } else {
        Reply::ok(rss(&[("a", "First")])).header("ETag", "\"1\"")
    }
}

/// F1: five hundred odd pairs come back byte for byte.
#[tokio::test]
async fn validators_come_back_byte_for_byte() {
    let odd = |index: usize| -> (Vec<u8>, Vec<u8>) {
        let etag = match index % 10 {
            0 => format!("W/\"weak-{index}\"").into_bytes(),
            1 => format!("unquoted-{index}").into_bytes(),
            2 => format!("\"a, b, {index}\"").into_bytes(),
            3 => format!("\"für-出口-{index}\"").into_bytes(),
            4 => [format!("\"{index}-").as_bytes(), &vec![b'x'; 4096], b"\""].concat(),
            5 => [b"\"\xff\xfe\x80", index.to_string().as_bytes(), b"\""].concat(),
            6 => format!("\"\"{index}\"\"").into_bytes(),
            7 => format!("\"{index}\t;\\\"q\\\"\"").into_bytes(),
            8 => format!("W/{index}; gzip").into_bytes(),
            _ => format!("'{index}--{{}}'").into_bytes(),
        };
        let modified = match index % 5 {
            0 => "Mon, 02 Nov 2026 08:00:00 GMT".to_owned(),
            1 => format!("2026-11-02T08:00:{:02}Z", index % 60),
            2 => format!("{index}"),
            3 => "Mo, 2. Nov. 2026 08:00 MEZ".to_owned(),
            _ => format!("Thu, 01 Jan 1970 00:00:{:02} +0000", index % 60),
        };
        (etag, modified.into_bytes())
    };
    let server = FeedServer::start().await;
    let next = AtomicUsize::new(0);
    server.answer("/feed", move |_| {
        let index = next.fetch_add(1, Ordering::SeqCst);
        let (etag, modified) = odd(index);
        Reply::ok(rss(&[("a", &format!("Title {index}"))]))
            .header("ETag", etag)
            .header("Last-Modified", modified)
    });
    let room = TestRoom::new(vec![feed("odd", server.url("/feed"))]);
    for _ in 0..=500 {
        room.poll_now().await;
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 501);
    assert!(!requests[0].conditional(), "nothing to send at first");
    for (index, request) in requests[1..].iter().enumerate() {
        let (etag, modified) = odd(index);
        assert_eq!(request.header("if-none-match"), Some(etag), "ETag {index}");
        assert_eq!(request.header("if-modified-since"), Some(modified), "Last-Modified {index}");
    }
}

/// F2
#[tokio::test]
async fn a_static_feed_is_asked_for_whole_once() {
    let server = FeedServer::start().await;
    server.answer("/feed", static_feed);
    let room = TestRoom::new(vec![own_interval("static", &server, HOUR)]);
    for _ in 0..200 {
        room.until_due("static").await;
        room.poll().await;
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 200);
    assert_eq!(requests.iter().filter(|request| !request.conditional()).count(), 1);
    assert_eq!(room.state("static").await.not_modified, 199);
}

fn own_interval(id: &str, server: &FeedServer, every: Duration) -> newswatch::config::FeedConfig {
    newswatch::config::FeedConfig { interval: Some(every), ..feed(id, server.url("/feed")) }
}

/// F3, F4, F6: the newest pair counts, wherever it came from.
#[tokio::test]
async fn the_newest_pair_is_kept() {
    let server = FeedServer::start().await;
    let same = || Reply::ok(rss(&[("a", "First")]));
    server.on(
        "/feed",
        [
            same().header("ETag", "\"1\"").header("Last-Modified", "one"),
            same().header("ETag", "\"2\"").header("Last-Modified", "two"),
            Reply::status(304).header("ETag", "\"3\""),
            Reply::status(304),
            same(),
            same().header("Last-Modified", "six"),
            same(),
        ],
    );
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    let mut outcomes = Vec::new();
    for _ in 0..7 {
        outcomes.push(room.poll_now().await.outcome);
    }
    use PollOutcome::*;
    assert_eq!(outcomes, [Fetched, Unchanged, NotModified, NotModified, Unchanged, Unchanged, Unchanged]);
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| {
            let text =
                |name: &str| request.header(name).map(|value| String::from_utf8(value).expect("ascii"));
            (text("if-none-match"), text("if-modified-since"))
        })
        .collect();
    let pair = |etag: &str, modified: &str| (Some(etag.to_owned()), Some(modified.to_owned()));
    assert_eq!(
        sent,
        [
            (None, None),
            pair("\"1\"", "one"),
            pair("\"2\"", "two"),
            pair("\"3\"", "two"),
            pair("\"3\"", "two"),
            (None, None),
            (None, Some("six".to_owned())),
        ]
    );
}

/// F5
#[tokio::test]
async fn the_pair_outlives_a_restart() {
    let server = FeedServer::start().await;
    server.answer("/feed", static_feed);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    room.poll().await;
    let room = room.restarted().await;
    assert_eq!(room.poll_now().await.outcome, PollOutcome::NotModified);
}

/// F6: validators belong to an address, and to what was sent to it.
#[tokio::test]
async fn validators_stay_with_their_address() {
    let server = FeedServer::start().await;
    let document = || Reply::ok(rss(&[("a", "First")])).header("ETag", "\"e\"");
    server.on("/feed", [document()]);
    server.on("/moved", [Reply::redirect(302, "/target")]);
    server.on("/target", [document()]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    room.poll_now().await;
    room.reconfigure(|config| config.feeds[0].url = server.url("/moved"));
    room.poll_now().await;
    let requests = server.requests();
    assert!(
        requests[1..].iter().all(|request| !request.conditional()),
        "not sent to the new address: {requests:?}"
    );
    room.poll_now().await;
    let moved = server.requests_to("/moved");
    assert!(moved.iter().all(|request| !request.conditional()), "not sent to the address that redirects");
    assert!(server.requests_to("/target")[1].conditional(), "sent to the address they came from");
    room.reconfigure(|config| {
        config.feeds[0].headers = vec![("Authorization".to_owned(), Secret::new("Bearer x"))]
    });
    room.poll_now().await;
    assert!(!server.requests_to("/target")[2].conditional(), "not sent together with other credentials");
    room.poll_now().await;
    assert!(server.requests_to("/target")[3].conditional(), "sent again with the same ones");
}

/// F7
#[tokio::test]
async fn a_server_that_always_says_304_is_asked_whole_once_in_a_while() {
    let server = FeedServer::start().await;
    let first = AtomicUsize::new(0);
    let times: Arc<Mutex<Vec<usize>>> = Arc::default();
    let (whole, count) = (times.clone(), AtomicUsize::new(0));
    server.answer("/feed", move |request| {
        let index = count.fetch_add(1, Ordering::SeqCst);
        if !request.conditional() {
            whole.lock().expect("times").push(index);
        }
        match first.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::ok(rss(&[("a", "First")])).header("ETag", "\"1\""),
            _ if request.conditional() => Reply::status(304),
            _ => Reply::ok(rss(&[("a", "First"), ("b", "Second")])).header("ETag", "\"1\""),
        }
    });
    let room = TestRoom::new(vec![own_interval("stuck", &server, 6 * HOUR)]);
    for _ in 0..4 * 40 {
        room.until_due("stuck").await;
        room.poll().await;
    }
    let times = times.lock().expect("times").clone();
    assert!((4..=5).contains(&times.len()), "about every ten days in forty: {times:?}");
    assert!(times.windows(2).all(|two| two[1] - two[0] >= 4 * 8), "never within eight days: {times:?}");
    assert_eq!(room.entries().await.len(), 2, "what the 304s hid was found");
}

/// F7: a feed whose documents come in answer to conditional requests is never asked for the whole one; a server that says
/// 304 even to a plain question is asked daily at most.
#[tokio::test]
async fn the_guard_against_304_for_ever_bothers_nobody_else() {
    let server = FeedServer::start().await;
    let count = AtomicUsize::new(0);
    server.answer("/busy", move |request| {
        let index = count.fetch_add(1, Ordering::SeqCst);
        match request.conditional() && !index.is_multiple_of(8) {
            true => Reply::status(304),
            false => {
                Reply::ok(rss(&[("a", &format!("Title {index}"))])).header("ETag", format!("\"{index}\""))
            }
        }
    });
    let first = AtomicUsize::new(0);
    server.answer("/stubborn", move |_| match first.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::ok(rss(&[("a", "First")])).header("ETag", "\"1\""),
        _ => Reply::status(304),
    });
    let room = TestRoom::new(vec![newswatch::config::FeedConfig {
        interval: Some(6 * HOUR),
        ..feed("busy", server.url("/busy"))
    }]);
    for _ in 0..4 * 40 {
        room.until_due("busy").await;
        room.poll().await;
    }
    let whole = server.requests_to("/busy").iter().filter(|request| !request.conditional()).count();
    assert_eq!(whole, 1, "documents come by themselves");
    let room = TestRoom::new(vec![newswatch::config::FeedConfig {
        interval: Some(6 * HOUR),
        ..feed("stubborn", server.url("/stubborn"))
    }]);
    let mut plain = Vec::new();
    while room.clock.now() < START.plus(40 * DAY) {
        room.until_due("stubborn").await;
        let before = server.requests_to("/stubborn").len();
        let now = room.clock.now();
        room.poll().await;
        plain.extend(
            server.requests_to("/stubborn")[before..].iter().filter(|r| !r.conditional()).map(|_| now),
        );
    }
    assert!(plain.len() >= 20, "it is tried on");
    assert!(plain.windows(2).all(|two| two[1].since(two[0]) >= DAY), "never twice a day: {plain:?}");
}

/// F8: over thirty days, with restarts, never earlier than anybody allows.
#[tokio::test]
async fn never_early() {
    for (headers, channel, floor, why) in [
        (&[][..], "", HOUR, "nobody says anything: an hour"),
        (&[("Cache-Control", "max-age=7200")][..], "", 2 * HOUR, "max-age"),
        (&[("Cache-Control", "max-age=7200"), ("Age", "1800")][..], "", 90 * MINUTE, "max-age less age"),
        (
            &[("Cache-Control", "max-age=600")][..],
            "",
            10 * MINUTE,
            "a short max-age allows less than an hour",
        ),
        (&[][..], "<ttl>240</ttl>", 4 * HOUR, "ttl"),
        (&[("Retry-After", "10800")][..], "", 3 * HOUR, "Retry-After on a good answer"),
        (
            &[("Expires", "Mon, 02 Nov 2026 15:00:00 GMT"), ("Date", "Mon, 02 Nov 2026 12:00:00 GMT")][..],
            "",
            3 * HOUR,
            "Expires",
        ),
        (&[][..], "<ttl>0</ttl>", HOUR, "ttl 0 is nonsense"),
    ] {
        let server = FeedServer::start().await;
        let (channel, count) = (channel.to_owned(), AtomicUsize::new(0));
        server.answer("/feed", move |_| {
            // Something new every time: the schedule would like to come often.
            let index = count.fetch_add(1, Ordering::SeqCst);
            let items: Vec<_> =
                (0..9).map(|item| (format!("{index}-{item}"), format!("Title {item}"))).collect();
            let items: Vec<_> = items.iter().map(|(guid, title)| (guid.as_str(), title.as_str())).collect();
            let reply = Reply::ok(rss_with(&channel, &items));
            headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value))
        });
        let mut room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
        let (mut last, mut polls) = (None, 0);
        while room.clock.now() < START.plus(30 * DAY) && polls < 60 {
            room.until_due("f").await;
            let now = room.clock.now();
            room.poll().await;
            if let Some(last) = last.replace(now) {
                assert!(now.since(last) >= floor, "{why}: {:?}", now.since(last));
            }
            polls += 1;
            if polls % 20 == 0 {
                room = room.restarted().await;
                assert_eq!(room.pass().await.polls, 0, "{why}: a restart is no reason to poll");
                room.reconfigure(|config| config.intake.concurrency += 1);
                assert_eq!(room.pass().await.polls, 0, "{why}: nor is a reload");
            }
        }
        assert_eq!(server.requests().len(), polls, "{why}");
    }
}

/// F9
#[tokio::test]
async fn a_request_to_wait_is_obeyed() {
    let date = |span: Duration| {
        httpdate::fmt_http_date(
            std::time::UNIX_EPOCH + Duration::from_millis(START.plus(span).0.unsigned_abs()),
        )
    };
    for (status, value, wait) in [
        (429, "60".to_owned(), HOUR),
        (429, "86400".to_owned(), DAY),
        (503, (7 * 86_400).to_string(), 7 * DAY),
        (429, date(DAY), DAY),
        (503, date(7 * DAY), 7 * DAY),
        (429, (13 * 86_400).to_string(), 13 * DAY),
    ] {
        let server = FeedServer::start().await;
        server.on("/feed", [Reply::status(status).header("Retry-After", &value)]);
        server.answer("/other", static_feed);
        let slow =
            newswatch::config::FeedConfig { interval: Some(HOUR), ..feed("slow", server.url("/feed")) };
        let room = TestRoom::new(vec![slow, feed("other", server.url("/other"))]);
        let summary = room.pass().await;
        assert_eq!(summary.failed.len(), 1, "{summary:?}");
        room.clock.set(START.plus(wait).minus(MINUTE));
        room.pass().await;
        assert_eq!(server.requests_to("/feed").len(), 1, "{status} {value}: nothing before the time");
        if status == 429 {
            assert!(
                server.requests_to("/other").len() <= 2,
                "{status} {value}: one probe of the host at most"
            );
        }
        room.clock.set(START.plus(wait).plus(11 * MINUTE));
        room.pass().await;
        assert_eq!(server.requests_to("/feed").len(), 2, "{status} {value}: asked again after it");
    }
}

/// F9: without a time to wait.
#[tokio::test]
async fn throttled_without_a_time_means_hours() {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::status(429)]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    let mut hours = Vec::new();
    for _ in 0..6 {
        room.until_due("f").await;
        let now = room.clock.now();
        hours.push(room.poll().await.next_due.since(now).as_secs() / 3600);
    }
    assert_eq!(hours, [4, 8, 16, 24, 24, 24]);
}

/// F9: a host that says 429 is left alone by its other feeds, after a restart too.
#[tokio::test]
async fn a_throttling_host_is_left_alone() {
    let server = FeedServer::start().await;
    server.on("/1", [Reply::status(429).header("Retry-After", "86400")]);
    let feeds =
        (1..=20).map(|index| feed(&format!("feed-{index:02}"), server.url(&format!("/{index}")))).collect();
    for index in 2..=20 {
        server.answer(&format!("/{index}"), static_feed);
    }
    let room = TestRoom::new(feeds);
    room.pass().await;
    let asked = server.requests().len();
    assert_eq!(asked, 1, "one request at a time, so nothing after the first");
    room.advance(DAY / 2);
    let room = room.restarted().await;
    room.pass().await;
    assert_eq!(server.requests().len(), asked, "a restart forgets nothing");
    room.advance(DAY);
    room.pass().await;
    assert_eq!(server.requests().len(), asked + 20, "afterwards all are asked");
}

/// F10
#[tokio::test]
async fn gone_is_gone_and_errors_back_off() {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::status(410)]);
    let room = TestRoom::new(vec![feed("gone", server.url("/feed"))]);
    assert_eq!(room.poll().await.outcome, PollOutcome::Gone);
    room.advance(400 * DAY);
    assert_eq!(room.pass().await.polls, 0, "never again");
    assert!(room.state("gone").await.gone);

    for (name, reply) in [
        ("404", Reply::status(404)),
        ("403", Reply::status(403)),
        ("no feed", Reply::ok("<html><head><title>Welcome</title></head><body>Hello</body></html>")),
        ("empty", Reply::ok("")),
    ] {
        let server = FeedServer::start().await;
        server.on("/feed", [reply]);
        let room = TestRoom::new(vec![feed("bad", server.url("/feed"))]);
        let mut gaps = Vec::new();
        while room.clock.now() < START.plus(60 * DAY) {
            room.until_due("bad").await;
            let now = room.clock.now();
            gaps.push(room.poll().await.next_due.since(now));
        }
        assert!(
            gaps[0] >= HOUR && gaps[..8].windows(2).all(|two| two[1] >= two[0]),
            "{name} grows: {gaps:?}"
        );
        assert!(gaps.contains(&DAY), "{name}: up to a day");
        assert_eq!(gaps.last(), Some(&(7 * DAY)), "{name}: after a month, once a week");
        assert!(room.state("bad").await.last_message.is_some(), "{name}: it says why");
    }
}

/// F11
#[tokio::test]
async fn permanent_redirects_are_believed_after_days() {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::redirect(301, "/middle")]);
    server.on("/middle", [Reply::redirect(308, "/new")]);
    server.answer("/new", static_feed);
    let room = TestRoom::new(vec![own_interval("moved", &server, 12 * HOUR)]);
    for poll in 0..10 {
        room.until_due("moved").await;
        let report = room.poll().await;
        assert!(report.outcome.is_success(), "{report:?}");
        let (old, new) = (server.requests_to("/feed").len(), server.requests_to("/new").len());
        assert_eq!(new, poll + 1, "always followed");
        // Six polls at twelve hours: the next comes three days after the first.
        assert_eq!(old, (poll + 1).min(6), "the old address is asked for three days");
    }
    assert_eq!(
        room.state("moved").await.url,
        server.url("/feed").as_str(),
        "the configuration is the user's"
    );
}

/// F11: temporary redirects are followed and never believed.
#[tokio::test]
async fn temporary_redirects_stay_temporary() {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::redirect(302, "/a"), Reply::redirect(307, "/a"), Reply::redirect(303, "/a")]);
    server.answer("/a", static_feed);
    let room = TestRoom::new(vec![own_interval("f", &server, 12 * HOUR)]);
    for _ in 0..12 {
        room.until_due("f").await;
        room.poll().await;
    }
    assert_eq!(server.requests_to("/feed").len(), 12);
}

/// F12
#[tokio::test]
async fn hours_to_skip_are_skipped() {
    let server = FeedServer::start().await;
    let hours: String =
        (0..24).filter(|hour| hour % 4 != 0).map(|hour| format!("<hour>{hour}</hour>")).collect();
    let channel =
        format!("<skipHours>{hours}<hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>");
    server.on("/feed", [Reply::ok(rss_with(&channel, &[("a", "First")]))]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    room.poll().await;
    for _ in 0..100 {
        room.until_due("f").await;
        // The loop is a little late, as loops are.
        room.advance(MINUTE);
        room.pass().await;
    }
    for report in &room.reports()[1..] {
        let hours = report.next_due.0 / 3_600_000;
        // The epoch began on a Thursday, three days before a Sunday.
        assert!(hours % 4 == 0 && (hours / 24) % 7 != 3, "{}", report.next_due);
    }
}

/// F13
#[tokio::test]
async fn requests_hold_nothing_they_need_not() {
    let server = FeedServer::start().await;
    let page = server.url("/feed?b=2&a=%20x").to_string();
    server.on("/feed?b=2&a=%20x", [Reply::redirect(302, "/other")]);
    server.answer("/other", |_| {
        Reply::ok(rss(&[("a", "First")]))
            .header("Set-Cookie", "id=1; Path=/")
            .header("ETag", "\"1\"")
            .compressed("br")
    });
    let room = TestRoom::new(vec![feed("f", page)]);
    room.poll_now().await;
    room.poll_now().await;
    for request in server.requests() {
        let line = request.line();
        assert!(line == "GET /feed?b=2&a=%20x HTTP/1.1" || line == "GET /other HTTP/1.1", "as typed: {line}");
        let mut names: Vec<_> = request.headers().into_iter().map(|(name, _)| name).collect();
        names.retain(|name| name != "if-none-match");
        names.sort();
        assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"], "{line}");
        let agent = request.header("user-agent").map(|agent| String::from_utf8_lossy(&agent).into_owned());
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(agent, Some(format!("newswatch/{version} (+https://example.org/contact)")));
    }
    assert_eq!(room.entries().await.len(), 1);
}

/// F13: every encoding we offer decodes.
#[tokio::test]
async fn every_encoding_decodes() {
    let server = FeedServer::start().await;
    for encoding in ["gzip", "br", "zstd", "deflate"] {
        let path = format!("/{encoding}");
        server.on(&path, [Reply::ok(rss(&[(encoding, "Title")])).compressed(encoding)]);
    }
    let feeds = ["gzip", "br", "zstd", "deflate"].map(|name| feed(name, server.url(&format!("/{name}"))));
    let room = TestRoom::new(feeds.into());
    let summary = room.pass().await;
    assert_eq!((summary.polls, summary.new_entries, summary.failed.len()), (4, 4, 0), "{summary:?}");
}

/// One host is asked one thing at a time, with a pause between; others do not wait for it.
#[tokio::test]
async fn hosts_are_spared() {
    let (crowded, free) = (FeedServer::start().await, FeedServer::start_on("127.0.0.2").await);
    let gate = Arc::new(Semaphore::new(0));
    crowded.on("/0", [Reply::ok(rss(&[("a", "First")])).held_by(&gate)]);
    let mut feeds = vec![feed("slow", crowded.url("/0"))];
    for index in 1..=10 {
        crowded.answer(&format!("/{index}"), static_feed);
        feeds.push(feed(&format!("crowded-{index}"), crowded.url(&format!("/{index}"))));
        free.answer(&format!("/{index}"), static_feed);
        feeds.push(feed(&format!("free-{index}"), free.url(&format!("/{index}"))));
    }
    let room = TestRoom::new(feeds);
    let summary = {
        let pass = room.pass();
        tokio::pin!(pass);
        tokio::select! {
            summary = &mut pass => summary,
            () = async { room.reached(10).await; assert_eq!(crowded.requests().len(), 1); gate.add_permits(1); std::future::pending().await } => unreachable!(),
        }
    };
    assert_eq!(summary.polls, 21);
    assert_eq!((crowded.most_under_way(), free.most_under_way()), (1, 1));
    assert_eq!((crowded.connections(), free.connections()), (1, 1), "F23: connections are used again");
}

/// F16
#[tokio::test]
async fn restarts_are_no_reason_to_poll() {
    let server = FeedServer::start().await;
    let feeds =
        (0..5).map(|index| feed(&format!("feed-{index}"), server.url(&format!("/{index}")))).collect();
    (0..5).for_each(|index| server.answer(&format!("/{index}"), static_feed));
    let mut room = TestRoom::new(feeds);
    for _ in 0..20 {
        room.pass().await;
        room.advance(MINUTE / 2);
        room = room.restarted().await;
    }
    assert_eq!(server.requests().len(), 5, "each feed once in ten minutes and twenty restarts");
}
