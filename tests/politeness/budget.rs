//! The budget a user sets: no minute holds more requests, whatever they are for; and what was asked is on record.

use super::*;
use newswatch::config::FeedConfig;
use std::sync::atomic::AtomicU64;

const SECOND: Duration = Duration::from_secs(1);

/// Feeds of one server, each at a path of its own, of which every third redirects.
fn feeds(server: &FeedServer, count: usize) -> Vec<FeedConfig> {
    (0..count).map(|index| feed(&format!("feed-{index:03}"), server.url(&format!("/{index}")))).collect()
}

/// Answers every path, every third by a redirect, and keeps the time of each request.
fn timed(server: &FeedServer, room: &TestRoom) -> Arc<Mutex<Vec<Time>>> {
    let times: Arc<Mutex<Vec<Time>>> = Arc::default();
    let (kept, clock) = (times.clone(), room.clock.clone());
    server.otherwise(move |request| {
        kept.lock().expect("times").push(clock.now());
        match request.path()[1..].parse::<usize>() {
            Ok(index) if index % 3 == 0 => Reply::redirect(302, format!("/there/{index}")),
            _ => static_feed(request),
        }
    });
    times
}

fn limited(feeds: Vec<FeedConfig>, per_minute: u32) -> TestRoom {
    let mut config = config(feeds);
    config.intake.requests_per_minute = Some(per_minute);
    TestRoom::with(config, Arc::new(newswatch::net::SystemLookup::default()), Vec::new())
}

/// "At most 5 requests a minute", redirects included, while the loop runs; and they are used up.
#[tokio::test]
async fn no_minute_holds_more_requests_than_allowed() {
    let server = FeedServer::start().await;
    let room = limited(feeds(&server, 60), 5);
    let times = timed(&server, &room);
    let running = room.run();
    for _ in 0..8 * 60 {
        room.advance(SECOND);
        room.settle(|| server.requests().len()).await;
    }
    running.stop().await;
    let times = times.lock().expect("times").clone();
    // A request is seen up to a step after it was let go.
    let window = MINUTE - SECOND;
    let most = times.iter().map(|first| within(&times, *first, window)).max().unwrap_or_default();
    assert!(most <= 5, "{most} requests in one minute");
    assert!(times.len() >= 36, "{} of 40 requests in eight minutes: the budget is used", times.len());
    let first = within(&times, times[0], SECOND * 11);
    assert!(first <= 2, "spread over the minute: {first} in the first eleven seconds");
}

fn within(times: &[Time], first: Time, window: Duration) -> usize {
    times.iter().filter(|at| **at >= first && at.since(first) < window).count()
}

/// `newswatch poll` waits as well, and a process that starts knows what the one before has asked.
#[tokio::test]
async fn a_pass_waits_for_the_budget_and_a_restart_is_no_way_round() {
    let server = FeedServer::start().await;
    let room = limited(feeds(&server, 12), 5);
    server.otherwise(static_feed);
    let count = || server.requests().len();
    {
        let pass = room.intake.pass(false);
        tokio::pin!(pass);
        let first = async {
            until(|| server.requests().len() == 5).await;
            room.settle(count).await;
            room.advance(MINUTE - SECOND);
            room.settle(count).await;
            assert_eq!(count(), 5, "not one more within the minute");
        };
        tokio::select! {
            done = &mut pass => panic!("it ended early: {done:?}"),
            () = first => {}
        }
    }
    // Half the pass was cut off, as by a kill.
    room.clock.set(START.plus(SECOND));
    let room = room.restarted().await;
    let arrived = || server.requests().len() - 5;
    let pass = room.intake.pass(false);
    tokio::pin!(pass);
    let rest = async {
        room.settle(arrived).await;
        assert_eq!(count(), 5, "the minute of the first process is not over");
        for expected in [10, 12] {
            room.advance(MINUTE + SECOND);
            until(|| {
                room.intake.wake();
                count() == expected
            })
            .await;
            room.settle(arrived).await;
            assert_eq!(count(), expected);
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = &mut pass => assert_eq!(done.expect("a pass").polls, 7),
        () = rest => unreachable!(),
    }
}

/// The schedule is made to fit, and says that it was.
#[tokio::test]
async fn the_schedule_says_where_the_budget_is_the_reason() {
    let server = FeedServer::start().await;
    server.otherwise(static_feed);
    let room = limited(feeds(&server, 120), 1);
    {
        let pass = room.intake.pass(false);
        tokio::pin!(pass);
        tokio::select! {
            done = &mut pass => panic!("it ended early: {done:?}"),
            () = room.reached(1) => {}
        }
    }
    let state = room.state("feed-000").await;
    let said = "because the budget of 1 request a minute is for 120 feeds";
    assert!(state.due_reason.contains(said), "{}", state.due_reason);
    // 120 feeds in nine tenths of 1440 requests a day.
    let hours = state.next_due.since(START).as_secs_f64() / 3600.0;
    assert!((2.0..2.5).contains(&hours), "{hours} hours instead of one");
}

/// Everything that is asked on behalf of a feed is counted: redirects, older pages, articles, robots.txt.
#[tokio::test]
async fn what_is_asked_for_a_feed_is_on_record() {
    let server = FeedServer::start().await;
    let sent = Arc::new(AtomicU64::new(0));
    let page = |entries: std::ops::Range<u32>, older: &str| {
        let link = |n: u32| server.url(&format!("/article/{n}"));
        let entries: String = entries
            .rev()
            .map(|n| {
                format!("<entry><id>urn:{n}</id><title>Entry {n}</title><link href='{}'/></entry>", link(n))
            })
            .collect();
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title><link rel='prev-archive' href='{older}'/>{entries}</feed>"
        )
    };
    let bodies = [page(0..3, "/none"), page(7..10, "/older"), page(5..7, "/oldest"), page(2..5, "/none")];
    let visits = AtomicUsize::new(0);
    let (counted, bodies) = (sent.clone(), bodies.map(String::into_bytes));
    server.otherwise(move |request| {
        let body = match request.path().as_str() {
            "/feed" => return Reply::redirect(302, "/here"),
            "/here" if request.conditional() => return Reply::status(304),
            "/here" => bodies[visits.fetch_add(1, Ordering::SeqCst).min(1)].clone(),
            "/older" => bodies[2].clone(),
            "/oldest" => bodies[3].clone(),
            "/robots.txt" => b"User-agent: *\nDisallow: /article/9\n".to_vec(),
            path if path.starts_with("/article/") => b"<html><p>Nothing to see.</p></html>".to_vec(),
            _ => return Reply::status(404),
        };
        counted.fetch_add(body.len() as u64, Ordering::SeqCst);
        Reply::ok(body).header("Content-Type", "text/html")
    });
    let room = TestRoom::new(vec![FeedConfig { full_text: true, ..feed("f", server.url("/feed")) }]);
    for _ in 0..2 {
        room.poll_now().await;
        room.advance(DAY);
    }
    let state = room.state("f").await;
    assert_eq!(server.requests_to("/older").len() + server.requests_to("/oldest").len(), 2, "older pages");
    assert_eq!(server.requests_to("/robots.txt").len(), 1, "robots.txt");
    assert!(server.requests().iter().any(|request| request.path().starts_with("/article/")), "articles");
    assert_eq!(state.requests, server.requests().len() as u64, "every request");
    assert_eq!(state.received, sent.load(Ordering::SeqCst), "every byte");
    assert_eq!(state.polls, 2, "and the polls apart from that");
    let polls = room.store.read(|read| read.polls(&FeedId::from("f"), 9)).await.expect("polls");
    assert_eq!(polls.iter().map(|poll| u64::from(poll.requests)).sum::<u64>(), state.requests);
}

/// A redirect to another host waits for that host like anybody else, and its 429 is that host's.
#[tokio::test]
async fn a_redirect_waits_for_the_host_it_leads_to() {
    let crowded = FeedServer::start_on("127.0.0.2").await;
    let gate = Arc::new(Semaphore::new(0));
    crowded.on("/slow", [Reply::ok(rss(&[("a", "First")])).held_by(&gate)]);
    crowded.answer("/target", static_feed);
    let door = FeedServer::start().await;
    door.on("/feed", [Reply::redirect(302, crowded.url("/target").as_str())]);
    let room = TestRoom::new(vec![feed("a-slow", crowded.url("/slow")), feed("b-feed", door.url("/feed"))]);
    let pass = room.pass();
    tokio::pin!(pass);
    let summary = tokio::select! {
        summary = &mut pass => summary,
        () = async {
            until(|| door.requests().len() == 1).await;
            room.settle(|| crowded.requests().len() + door.requests().len()).await;
            assert_eq!(crowded.requests().len(), 1, "the host is busy");
            gate.add_permits(1);
            until(|| { room.intake.wake(); false }).await;
        } => unreachable!(),
    };
    assert_eq!((summary.polls, crowded.requests().len(), crowded.most_under_way()), (2, 2, 1));
    crowded.on("/target", [Reply::status(429).header("Retry-After", "86400")]);
    room.poll_now().await;
    room.advance(DAY / 2);
    let before = crowded.requests().len();
    room.pass().await;
    assert_eq!(crowded.requests().len(), before, "the host that said 429 is the one left alone");
}
