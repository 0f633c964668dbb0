//! Full text: the pages of new entries, politely, and never at the cost of an entry.

#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

use newswatch::config::FeedConfig;
use newswatch::model::PollOutcome;
use std::time::Duration;
use support::room::*;
use support::server::*;

const TEXT: &str = "The ministry said on Monday that exports of the metal need a licence from December on, and that \
    applications are decided within forty-five days. Traders expect prices to rise, while smelters in the north doubt that \
    the rule can be enforced at small ports.";

fn items(server: &FeedServer, numbers: &[u32]) -> Reply {
    let items: String = numbers
        .iter()
        .map(|n| {
            let page = server.url(&format!("/page/{n}"));
            format!("<item><guid isPermaLink='false'>{n}</guid><title>Entry {n}</title><link>{page}</link><description>Short {n}.</description></item>")
        })
        .collect();
    Reply::ok(format!("<rss version='2.0'><channel><title>A</title>{items}</channel></rss>"))
}

fn article(n: u32) -> Reply {
    let html = format!(
        "<html><head><title>{n}</title></head><body><nav>Menu</nav><article><h1>{n}</h1><p>Article {n}. {TEXT}</p></article></body></html>"
    );
    Reply::ok(html).header("Content-Type", "text/html; charset=utf-8")
}

/// A feed of three documents, each with one entry more, and a page for each entry.
async fn server() -> FeedServer {
    let server = FeedServer::start().await;
    let feed = [items(&server, &[1]), items(&server, &[2, 1]), items(&server, &[2, 1, 3])];
    server.on("/feed", feed);
    (1..=3).for_each(|n| server.on(&format!("/page/{n}"), [article(n)]));
    server
}

fn whole(server: &FeedServer) -> TestRoom {
    TestRoom::new(vec![FeedConfig { full_text: true, ..feed("f", server.url("/feed")) }])
}

async fn poll(room: &TestRoom, times: usize) {
    for _ in 0..times {
        assert_eq!(room.poll_now().await.outcome, PollOutcome::Fetched);
        room.advance(Duration::from_secs(3600));
    }
}

async fn body(room: &TestRoom, n: u32) -> String {
    let title = format!("Entry {n}");
    let found = room.entries().await.into_iter().find(|entry| entry.title == title);
    found.expect("the entry").body
}

/// New entries have their article, the backlog has not; robots.txt is asked once a day, each page once.
#[tokio::test]
async fn new_entries_have_their_article() {
    let server = server().await;
    let room = whole(&server);
    poll(&room, 3).await;
    for n in [2, 3] {
        let body = body(&room, n).await;
        assert!(
            body.starts_with(&format!("Short {n}.")) && body.contains(&format!("Article {n}.")),
            "{body}"
        );
        assert!(!body.contains("Menu"));
        assert_eq!(server.requests_to(&format!("/page/{n}")).len(), 1);
    }
    assert_eq!(body(&room, 1).await, "Short 1.");
    assert_eq!(server.requests_to("/page/1").len(), 0);
    assert_eq!(server.requests_to("/robots.txt").len(), 1);
    assert!(
        room.entries().await.iter().all(|entry| entry.revision == 0),
        "nothing seemed changed to the next poll"
    );
}

/// Without the option no page is ever asked for.
#[tokio::test]
async fn it_is_off_unless_asked_for() {
    let server = server().await;
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    poll(&room, 3).await;
    assert!(server.requests().iter().all(|request| request.path() == "/feed"));
}

/// robots.txt is obeyed; while it cannot be had, no page is asked for.
#[tokio::test]
async fn robots_are_respected() {
    for (robots, pages) in [
        (Reply::ok("User-agent: *\nDisallow: /page/\n"), 0),
        (Reply::ok("User-agent: *\nDisallow: /page/3\n"), 1),
        (Reply::status(500), 0),
    ] {
        let server = server().await;
        server.on("/robots.txt", [robots]);
        let room = whole(&server);
        poll(&room, 3).await;
        let asked = server.requests().iter().filter(|request| request.path().starts_with("/page")).count();
        assert_eq!(asked, pages);
        assert_eq!(room.entries().await.len(), 3, "the entries came all the same");
    }
}

/// A page that is missing, broken, no page, forbidden by the guard or endless costs its text only.
#[tokio::test]
async fn a_failed_page_holds_nothing() {
    for page in [
        Reply::status(404),
        Reply::status(200).broken_off(),
        Reply::ok(vec![0_u8; 500]).header("Content-Type", "application/pdf"),
        Reply::ok("<div>".repeat(100_000)).header("Content-Type", "text/html"),
        Reply::redirect(302, "http://10.0.0.1/secret"),
        Reply::ok(vec![b'x'; 100_000]).endless(),
        Reply::ok(vec![b' '; 50_000_000]).compressed("gzip").header("Content-Type", "text/html"),
        Reply::ok(format!("<p>{TEXT}</p>").repeat(40_000)).header("Content-Type", "text/html"),
        Reply::ok(format!("<x {}>", "a='b' ".repeat(200_000))).header("Content-Type", "text/html"),
        Reply::ok("<html><p>never ends").stalled().header("Content-Type", "text/html"),
        Reply::silence(),
        Reply::redirect(301, "/page/2"),
    ] {
        let server = server().await;
        server.on("/page/2", [page]);
        let room = whole(&server);
        room.reconfigure(|config| config.intake.timeout = Duration::from_secs(2));
        poll(&room, 2).await;
        assert_eq!(body(&room, 2).await, "Short 2.");
    }
}

/// A link of the feed leads nowhere that the guard forbids: not into the house, not to another port, not by another
/// scheme; nobody is even asked for a robots.txt there.
#[tokio::test]
async fn pages_are_under_the_guard() {
    let (server, inside) = (FeedServer::start().await, FeedServer::start_on("127.0.0.9").await);
    let port = inside.port();
    for link in [
        format!("http://127.0.0.9:{port}/page"),
        format!("http://[::ffff:127.0.0.9]:{port}/page"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        format!("http://2130706441:{port}/page"),
        format!("http://user@127.0.0.9:{port}/page"),
        "mailto:a@example.org".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let item = |n: u32| {
            format!(
                "<item><guid isPermaLink='false'>{n}</guid><title>Entry {n}</title><link>{link}</link><description>Short {n}.</description></item>"
            )
        };
        let document =
            |items: String| Reply::ok(format!("<rss version='2.0'><channel>{items}</channel></rss>"));
        server.on("/feed", [document(item(1)), document(item(2) + &item(1))]);
        let room = whole(&server);
        room.reconfigure(|config| {
            config.net.allow_addresses = vec!["127.0.0.1/32".parse().expect("a range")];
        });
        poll(&room, 2).await;
        assert_eq!(body(&room, 2).await, "Short 2.", "{link}");
    }
    assert_eq!((inside.connections(), inside.requests().len()), (0, 0));
}

/// A robots.txt without an end, or of the size of a book, is no leave.
#[tokio::test]
async fn a_robots_file_that_is_none_forbids() {
    for file in [
        Reply::ok("User-agent: *\nAllow: /\n".repeat(1000)).endless(),
        Reply::ok("# a comment\n".repeat(100_000)),
        Reply::ok("User-agent: *").stalled(),
        Reply::redirect(302, "http://10.0.0.1/robots.txt"),
    ] {
        let server = server().await;
        server.on("/robots.txt", [file]);
        let room = whole(&server);
        room.reconfigure(|config| config.intake.timeout = Duration::from_secs(2));
        poll(&room, 2).await;
        assert_eq!(body(&room, 2).await, "Short 2.");
        assert_eq!(server.requests_to("/page/2").len(), 0);
    }
}

/// A burst of entries costs twenty pages and no more.
#[tokio::test]
async fn pages_of_one_poll_are_bounded() {
    let server = FeedServer::start().await;
    let many: Vec<u32> = (1..=60).collect();
    server.on("/feed", [items(&server, &[1]), items(&server, &many)]);
    many.iter().for_each(|n| server.on(&format!("/page/{n}"), [article(*n)]));
    let room = whole(&server);
    poll(&room, 2).await;
    let asked = server.requests().iter().filter(|request| request.path().starts_with("/page")).count();
    assert_eq!((asked, room.entries().await.len()), (20, 60));
    assert!(server.most_under_way() <= 1, "one request at a time");
    assert!(server.requests_to("/page/2").iter().all(|request| {
        request.header("accept").is_some_and(|accept| accept.starts_with(b"text/html"))
            && request.header("cookie").is_none()
            && request.header("referer").is_none()
    }));
}
