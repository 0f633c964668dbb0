//! Lost entries: what came and went between two polls is fetched from older pages, or the gap is recorded.

#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

use newswatch::config::Secret;
use newswatch::model::*;
use newswatch::store::GapRow;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;
use support::room::*;
use support::server::*;

/// An Atom page with the entries of a range, the highest number first; `older` is a link to the page before.
fn page(entries: RangeInclusive<u32>, older: Option<&str>) -> Reply {
    let older = older.map(|link| format!("<link rel='prev-archive' href='{link}'/>")).unwrap_or_default();
    let entries: String =
        entries.rev().map(|n| format!("<entry><id>urn:{n}</id><title>Entry {n}</title></entry>")).collect();
    Reply::ok(format!("<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title>{older}{entries}</feed>"))
}

async fn gaps(room: &TestRoom) -> Vec<GapRow> {
    room.store.read(|read| read.gaps(&FeedId::from("f"), Time(0))).await.expect("a read")
}

async fn numbers(room: &TestRoom) -> BTreeSet<u32> {
    let number =
        |entry: Entry| entry.title.rsplit(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    room.entries().await.into_iter().map(number).collect()
}

/// F21: fifty entries between two polls of a feed that shows twenty: all are stored, with two extra requests.
#[tokio::test]
async fn older_pages_close_a_gap() {
    let server = FeedServer::start().await;
    server.on("/feed", [page(1..=20, None), page(51..=70, Some("/p2"))]);
    server.on("/p2", [page(31..=50, Some("/p1"))]);
    server.on("/p1", [page(11..=30, Some("/p0"))]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    room.poll_now().await;
    room.advance(Duration::from_secs(86_400));
    let report = room.poll_now().await;
    assert_eq!(numbers(&room).await, (1..=70).collect());
    assert_eq!(server.requests().len(), 4, "p0 is not asked for: p1 reached what was known");
    assert_eq!(report.absorbed.new, 50);
    assert!(room.entries().await.iter().filter(|entry| !entry.backlog).count() == 50, "they are news");
    let found = gaps(&room).await;
    assert_eq!((found.len(), found[0].pages, found[0].recovered, found[0].closed), (1, 2, 30, true));
    assert!(report.message.expect("a message").contains("30 entries found in 2 older pages"));
}

/// A feed that shares an entry with the last poll, or brings nothing new, is not searched.
#[tokio::test]
async fn nothing_is_asked_where_nothing_is_missing() {
    let server = FeedServer::start().await;
    server.on("/feed", [page(1..=20, Some("/p")), page(20..=30, Some("/p")), page(20..=30, Some("/p"))]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    for _ in 0..3 {
        room.poll_now().await;
        room.advance(Duration::from_secs(86_400));
    }
    assert_eq!(server.requests_to("/p").len(), 0);
    assert_eq!(gaps(&room).await, []);
}

/// A feed that shows one entry at a time shares none with its last poll whenever it brings news: no gap, dates or not. Where
/// it names older pages they are read, and tell.
#[tokio::test]
async fn a_feed_of_one_entry_tells_no_gap() {
    let server = FeedServer::start().await;
    server.on("/feed", (1..=5).map(|n| page(n..=n, None)));
    let dated = |day: u32| {
        let date = format!("2026-11-0{}T18:00:00Z", day + 1);
        let entry =
            format!("<entry><id>urn:{day}</id><title>Entry {day}</title><updated>{date}</updated></entry>");
        Reply::ok(format!("<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title>{entry}</feed>"))
    };
    server.on("/dated", (1..=5).map(dated));
    server.on("/archived", [page(1..=1, None), page(4..=4, Some("/older")), page(9..=9, Some("/lost"))]);
    server.on("/older", [page(1..=3, None)]);
    let paths = [("f", "/feed"), ("dated", "/dated"), ("archived", "/archived")];
    let room = TestRoom::new(paths.map(|(id, path)| feed(id, server.url(path))).into());
    for _ in 0..5 {
        room.pass_all().await;
        room.advance(Duration::from_secs(86_400));
    }
    assert_eq!(gaps(&room).await, []);
    let of = |id: &'static str| room.store.read(move |read| read.gaps(&FeedId::from(id), Time(0)));
    assert_eq!(of("dated").await.expect("a read"), []);
    let archived: Vec<(bool, u32)> =
        of("archived").await.expect("a read").iter().map(|gap| (gap.closed, gap.recovered)).collect();
    assert_eq!(archived, [(false, 0), (true, 2)], "newest first");
    for report in room.reports() {
        let quiet = report.feed.as_str() == "archived" || report.message.is_none();
        assert!(quiet, "{report:?}");
    }
}

/// Without older pages, or with a broken one, the document is kept and the gap is on record.
#[tokio::test]
async fn a_gap_that_stays_open_is_on_record() {
    for older in [None, Some("/lost")] {
        let server = FeedServer::start().await;
        server.on("/feed", [page(1..=20, None), page(51..=70, older)]);
        let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
        room.poll_now().await;
        let before = room.state("f").await.last_success;
        room.advance(Duration::from_secs(86_400));
        let report = room.poll_now().await;
        assert_eq!(report.outcome, PollOutcome::Fetched);
        assert_eq!(numbers(&room).await.len(), 40);
        let found = gaps(&room).await;
        assert_eq!((found[0].closed, found[0].recovered, Some(found[0].since)), (false, 0, before));
        assert!(report.message.expect("a message").starts_with("a gap since the last poll"));
    }
}

/// A chain of pages without end costs five requests, one that leads in a circle fewer.
#[tokio::test]
async fn chains_of_pages_are_bounded() {
    let server = FeedServer::start().await;
    server.on("/feed", [page(1..=2, None), page(1_000..=1_001, Some("/p9"))]);
    for n in 1..=9_u32 {
        let older = format!("/p{}", n - 1);
        server.on(&format!("/p{n}"), [page(n * 100..=n * 100 + 1, Some(&older))]);
    }
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    room.poll_now().await;
    room.advance(Duration::from_secs(86_400));
    room.poll_now().await;
    assert_eq!(server.requests().len(), 2 + 5);
    assert_eq!(numbers(&room).await.len(), 14, "what the five pages brought is kept");
    assert_eq!(gaps(&room).await[0].pages, 5);
    let circle = FeedServer::start().await;
    circle.on("/feed", [page(1..=2, None), page(5..=6, Some("/p"))]);
    circle.on("/p", [page(3..=4, Some("/p"))]);
    let room = TestRoom::new(vec![feed("f", circle.url("/feed"))]);
    room.poll_now().await;
    room.advance(Duration::from_secs(86_400));
    room.poll_now().await;
    assert_eq!(circle.requests_to("/p").len(), 1);
}

/// What is older than the last poll was never to be seen: an archive page reaches back years.
#[tokio::test]
async fn history_is_not_news() {
    let server = FeedServer::start().await;
    let dated = |entries: &[(u32, &str)], older: &str| {
        let entries: Vec<String> = entries
            .iter()
            .map(|(n, date)| {
                format!("{{\"id\":\"{n}\",\"title\":\"Entry {n}\",\"date_published\":\"{date}\"}}")
            })
            .collect();
        Reply::ok(format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"J\",\"next_url\":\"{older}\",\"items\":[{}]}}",
            entries.join(",")
        ))
    };
    let next = server.url("/older").to_string();
    server.on(
        "/feed",
        [
            dated(&[(1, "2026-11-02T11:00:00Z")], &next),
            dated(&[(9, "2026-11-03T11:30:00Z"), (8, "2026-11-03T11:00:00Z")], &next),
        ],
    );
    server.on(
        "/older",
        [dated(
            &[(7, "2026-11-03T08:00:00Z"), (1, "2026-11-02T11:00:00Z"), (0, "2019-01-01T00:00:00Z")],
            &next,
        )],
    );
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    room.poll_now().await;
    room.advance(Duration::from_secs(86_400));
    room.poll_now().await;
    assert_eq!(numbers(&room).await, BTreeSet::from([1, 7, 8, 9]), "0 is history");
    assert!(gaps(&room).await[0].closed);
}

/// New ids for the same pages are no gap.
#[tokio::test]
async fn renumbered_entries_are_no_gap() {
    let server = FeedServer::start().await;
    let items = |prefix: &str| {
        let items: String = (1..=3)
            .map(|n| format!("<item><guid isPermaLink='false'>{prefix}{n}</guid><title>Entry {n}</title><link>https://n.example/{n}</link></item>"))
            .collect();
        Reply::ok(format!("<rss version='2.0'><channel><title>A</title>{items}</channel></rss>"))
    };
    server.on("/feed", [items("old-"), items("new-")]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    room.poll_now().await;
    room.advance(Duration::from_secs(86_400));
    room.poll_now().await;
    assert_eq!(gaps(&room).await, []);
}

/// The feed's own headers go to its own origin, and no further.
#[tokio::test]
async fn secrets_stay_at_home() {
    let (server, other) = (FeedServer::start().await, FeedServer::start().await);
    server.on("/feed", [page(1..=2, None), page(7..=8, Some("/home"))]);
    server.on("/home", [page(5..=6, Some(other.url("/away").as_str()))]);
    other.on("/away", [page(2..=4, None)]);
    let mut own = feed("f", server.url("/feed"));
    own.headers = vec![("X-Key".to_owned(), Secret::new("secret"))];
    let room = TestRoom::new(vec![own]);
    room.poll_now().await;
    room.advance(Duration::from_secs(86_400));
    room.poll_now().await;
    assert_eq!(numbers(&room).await, (1..=8).collect());
    assert!(server.requests().iter().all(|request| request.header("x-key").is_some()));
    assert!(other.requests().iter().all(|request| request.header("x-key").is_none()));
    assert_eq!(other.requests().len(), 1);
}
