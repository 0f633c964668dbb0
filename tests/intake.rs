//! The intake loop: what happens around polls. Starts and stops, kills, reloads, full disks, clocks that jump.

#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

#[path = "intake/successor.rs"]
mod successor;

use newswatch::clock::Clock;
use newswatch::model::*;
use std::sync::Arc;
use std::time::Duration;
use support::disk::Disk;
use support::room::*;
use support::server::*;
use tokio::sync::Semaphore;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A little more than the pause between two starts where feeds are few.
const PACE: Duration = Duration::from_millis(335);

fn one_item(request: &Request) -> Reply {
    if request.conditional() {
        Reply::status(304)
    } else {
        Reply::ok(rss(&[("a", "First")])).header("ETag", "\"1\"")
    }
}

fn feeds(server: &FeedServer, count: usize) -> Vec<newswatch::config::FeedConfig> {
    (0..count)
        .map(|index| {
            let path = format!("/{index}");
            server.answer(&path, one_item);
            feed(&format!("feed-{index:03}"), server.url(&path))
        })
        .collect()
}

/// The first document of a feed alerts nobody; what comes later does, and the desk is woken for it.
#[tokio::test]
async fn the_first_document_is_backlog() {
    let server = FeedServer::start().await;
    server.on(
        "/feed",
        [
            Reply::status(500),
            Reply::ok(rss(&[("a", "Old"), ("b", "Older")])),
            Reply::ok(rss(&[("c", "New"), ("a", "Old, corrected"), ("b", "Older")])),
        ],
    );
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    for _ in 0..3 {
        room.poll_now().await;
    }
    let backlog: Vec<_> = room.entries().await.into_iter().map(|entry| (entry.guid, entry.backlog)).collect();
    let row = |guid: &str, backlog| (Some(guid.to_owned()), backlog);
    assert_eq!(backlog.len(), 3);
    for expected in [row("a", true), row("b", true), row("c", false)] {
        assert!(backlog.contains(&expected), "{expected:?} in {backlog:?}");
    }
    let last = room.reports().last().expect("a report").absorbed;
    assert_eq!((last.new, last.revised, last.known), (1, 1, 1));
    tokio::time::timeout(Duration::from_secs(5), room.desk.notified()).await.expect("the desk was woken");
    let state = room.state("f").await;
    assert_eq!((state.failures, state.failing_since, state.entries), (0, None, 3));
}

/// F14, F15: however many are due at once, they start one after another; after a night's sleep each is polled once.
#[tokio::test]
async fn starts_are_paced() {
    let server = FeedServer::start().await;
    let room = TestRoom::new(feeds(&server, 12));
    let running = room.run();
    for round in 0..2 {
        for index in 1..=12 {
            room.reached(round * 12 + index).await;
            assert_eq!(server.requests().len(), round * 12 + index, "one start at a time");
            room.advance(PACE);
            room.intake.wake();
        }
        room.advance(8 * HOUR);
        room.intake.wake();
    }
    running.stop().await;
    for index in 0..12 {
        assert!(
            (2..=3).contains(&server.requests_to(&format!("/{index}")).len()),
            "one poll per feed and sleep"
        );
    }
}

/// A stop lets a running poll end, gives back what waited, and loses nothing.
#[tokio::test]
async fn a_stop_lets_polls_end() {
    let server = FeedServer::start().await;
    let gate = Arc::new(Semaphore::new(0));
    let mut feeds = feeds(&server, 5);
    server.on("/0", [Reply::ok(rss(&[("late", "Late")])).held_by(&gate)]);
    feeds.rotate_left(0);
    let room = TestRoom::new(feeds);
    let running = room.run();
    until(|| server.requests().len() == 1).await;
    running.ask_to_stop();
    gate.add_permits(1);
    running.stop().await;
    assert_eq!(room.entries().await.len(), 1, "the poll under way was committed");
    assert_eq!(server.requests().len(), 1, "and no other began");
    for index in 1..5 {
        let state = room.state(&format!("feed-{index:03}")).await;
        assert_eq!((state.lease_until, state.next_due), (None, START), "given back, due as before");
    }
}

/// A poll that does not end within the grace is abandoned and given back.
#[tokio::test]
async fn a_stop_waits_only_so_long() {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::silence(), Reply::ok(rss(&[("a", "First")]))]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    let running = room.run();
    until(|| server.requests().len() == 1).await;
    running.stop().await;
    let state = room.state("f").await;
    assert_eq!((state.lease_until, state.next_due, state.last_poll), (None, START, None));
    assert_eq!(room.poll().await.outcome, PollOutcome::Fetched);
}

/// What a killed process had claimed is polled at once by the next.
#[tokio::test]
async fn a_kill_loses_nothing() {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::silence(), Reply::ok(rss(&[("a", "First")]))]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    let running = room.run();
    until(|| server.requests().len() == 1).await;
    running.kill().await;
    assert!(room.state("f").await.lease_until.is_some(), "still claimed");
    let room = room.restarted().await;
    assert_eq!(room.poll().await.outcome, PollOutcome::Fetched);
}

/// A new configuration is taken up while polls run: feeds come, go and move.
#[tokio::test]
async fn reloads_are_taken_up() {
    let (server, other) = (FeedServer::start().await, FeedServer::start_on("127.0.0.2").await);
    other.answer("/new", one_item);
    let room = TestRoom::new(feeds(&server, 2));
    let running = room.run();
    room.reached(1).await;
    room.advance(PACE);
    room.intake.wake();
    room.reached(2).await;
    room.advance(PACE);
    room.reconfigure(|config| {
        config.feeds.remove(0);
        config.feeds.push(feed("new", other.url("/new")));
        config.net.contact = "mailto:me@example.org".to_owned();
    });
    room.reached(3).await;
    let agent = other.requests()[0].header("user-agent").expect("an agent");
    assert!(agent.ends_with(b"(+mailto:me@example.org)"), "the new [net] is in force");
    for _ in 0..3 {
        room.advance(DAY);
        room.intake.wake();
    }
    room.reached(4).await;
    room.advance(PACE);
    room.intake.wake();
    room.reached(5).await;
    running.stop().await;
    assert_eq!(server.requests_to("/0").len(), 1, "a feed taken out is polled no more");
}

/// Bad input: a full disk. Polls pause before anything is remembered, and recover by themselves.
#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let (server, disk) = (FeedServer::start().await, Disk::default());
    let gate = Arc::new(Semaphore::new(0));
    server.on(
        "/feed",
        [
            Reply::ok(rss(&[("a", "First")])).header("ETag", "\"1\""),
            Reply::ok(rss(&[("b", "Second"), ("a", "First")])).header("ETag", "\"2\"").held_by(&gate),
            Reply::ok(rss(&[("b", "Second"), ("a", "First")])).header("ETag", "\"2\""),
            Reply::status(304),
        ],
    );
    let directory = memory_directory();
    let store = disk.store(&directory.path().join("newswatch.db"));
    let room = TestRoom::on_store(store, vec![feed("f", server.url("/feed"))]);
    let running = room.run();
    room.reached(1).await;
    room.advance(DAY);
    room.intake.wake();
    until(|| server.requests().len() == 2).await;
    disk.fill(true);
    gate.add_permits(1);
    until(|| disk.refused() == 1).await;
    assert_eq!(room.entries().await.len(), 1, "reads still work");
    for tries in 2..4 {
        room.intake.wake();
        until(|| disk.refused() >= tries).await;
    }
    assert_eq!(server.requests().len(), 2, "nobody is asked while nothing can be remembered");
    disk.fill(false);
    room.advance(PACE);
    room.intake.wake();
    room.reached(2).await;
    running.stop().await;
    let sent = server.requests()[2].header("if-none-match");
    assert_eq!(sent.as_deref(), Some(&b"\"1\""[..]), "the validators had not moved");
    assert_eq!(room.entries().await.len(), 2, "what came while the disk was full came again");
}

/// A pass on a full disk says so, and the next one finds everything as it was.
#[tokio::test]
async fn a_pass_on_a_full_disk_fails_plainly() {
    let (server, disk) = (FeedServer::start().await, Disk::default());
    let directory = memory_directory();
    let store = disk.store(&directory.path().join("newswatch.db"));
    let room = TestRoom::on_store(store, feeds(&server, 3));
    disk.fill(true);
    let refused = room.intake.pass(true).await.expect_err("no space");
    assert!(refused.to_string().contains("full"), "{refused}");
    disk.fill(false);
    assert_eq!(room.pass_all().await.polls, 3);
}

/// R7: a clock set forward makes no storm, a clock set back stalls no feed.
#[tokio::test]
async fn clocks_may_jump() {
    let server = FeedServer::start().await;
    let room = TestRoom::new(feeds(&server, 3));
    room.pass().await;
    room.clock.set(START.plus(365 * DAY));
    assert_eq!(room.pass().await.polls, 3, "once each after a jump forward");
    assert_eq!(room.pass().await.polls, 0, "and only once");
    room.clock.set(START.plus(HOUR));
    room.pass().await;
    room.clock.set(START.plus(2 * HOUR + HOUR / 6));
    room.pass().await;
    for index in 0..3 {
        let requests = server.requests_to(&format!("/{index}")).len();
        assert!((3..=4).contains(&requests), "polled within an interval and ten minutes of the jump back");
    }
}

/// R7: the same while the loop runs.
#[tokio::test]
async fn a_running_loop_notices_a_clock_set_back() {
    let server = FeedServer::start().await;
    let room = TestRoom::new(feeds(&server, 1));
    room.clock.set(START.plus(365 * DAY));
    let running = room.run();
    room.reached(1).await;
    room.clock.set(START);
    room.intake.wake();
    room.reached(2).await;
    running.stop().await;
    assert!(room.state("feed-000").await.next_due < START.plus(DAY));
}

/// R9: when most hosts fail at once, the fault is ours, and no feed is blamed.
#[tokio::test]
async fn a_local_outage_is_not_held_against_feeds() {
    let names = Arc::new(Names::default());
    let feeds =
        (0..10).map(|index| feed(&format!("f{index}"), format!("http://host{index}.test/"))).collect();
    let mut config = config(feeds);
    config.intake.concurrency = 1;
    let room = TestRoom::with(config, names, Vec::new());
    for _ in 0..30 {
        room.pass().await;
        room.advance(HOUR);
    }
    for index in 0..10 {
        let state = room.state(&format!("f{index}")).await;
        assert!(state.failures <= 5, "{} failures of thirty count", state.failures);
        assert!(state.failing_since.is_some(), "but it is known since when");
        assert!(
            state.next_due <= room.clock.now().plus(HOUR),
            "and it is tried every hour: {}",
            state.due_reason
        );
    }
}

/// Many feeds of one crowded host do not hold up the others.
#[tokio::test]
async fn a_crowded_host_holds_up_nobody() {
    let (crowded, free) = (FeedServer::start().await, FeedServer::start_on("127.0.0.2").await);
    let gate = Arc::new(Semaphore::new(0));
    crowded.on("/0", [Reply::ok(rss(&[("a", "First")])).held_by(&gate)]);
    let mut all: Vec<_> =
        (0..200).map(|index| feed(&format!("a{index:03}"), crowded.url(&format!("/{index}")))).collect();
    (1..200).for_each(|index| crowded.answer(&format!("/{index}"), one_item));
    all.extend((0..5).map(|index| {
        free.answer(&format!("/{index}"), one_item);
        feed(&format!("z{index}"), free.url(&format!("/{index}")))
    }));
    let mut config = config(all);
    config.intake.host_spacing = Duration::from_secs(1);
    let room = TestRoom::with(config, Arc::new(newswatch::net::SystemLookup::default()), Vec::new());
    let running = room.run();
    until(|| crowded.requests().len() == 1).await;
    for polled in 1..=5 {
        room.advance(Duration::from_secs(1));
        room.intake.wake();
        room.reached(polled).await;
    }
    assert_eq!((crowded.requests().len(), free.requests().len()), (1, 5));
    gate.add_permits(1);
    running.stop().await;
}
