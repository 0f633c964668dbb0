//! Feeds that are moved, gone, dead or configured twice: what is proposed, and what it costs their publishers.

use super::*;
use newswatch::app::App;
use newswatch::app::health::FeedHealth;

fn app(room: &TestRoom) -> App {
    App { config: room.config.load_full(), store: room.store.clone(), clock: room.clock.clone() }
}

async fn health(room: &TestRoom) -> Vec<FeedHealth> {
    app(room).health().await.expect("a look")
}

/// A document with these entries, numbered.
fn document(site: &str, own: &str, numbers: std::ops::Range<u32>) -> Reply {
    let entries: String =
        numbers.map(|n| format!("<entry><id>urn:{n}</id><title>Entry {n}</title></entry>")).collect();
    let links = format!("<link href='{site}'/><link rel='self' href='{own}'/>");
    Reply::ok(format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Harbour</title>{links}{entries}</feed>"
    ))
}

fn page(links: &[&str]) -> Reply {
    let links: String = links
        .iter()
        .map(|link| format!("<link rel=alternate type=application/atom+xml title=News href='{link}'>"))
        .collect();
    Reply::ok(format!("<html><head>{links}</head></html>")).header("Content-Type", "text/html")
}

/// A feed that answers 410: its site names three others; the one with the known entries is proposed, and the alert says so.
#[tokio::test]
async fn a_gone_feed_proposes_its_successor() {
    let server = FeedServer::start().await;
    let (site, feed_url) = (server.url("/site/").to_string(), server.url("/feed").to_string());
    server.on("/feed", [document(&site, &feed_url, 0..10), Reply::status(410)]);
    server.on("/robots.txt", [Reply::status(404)]);
    server.on("/site/", [page(&["/feed", "/comments/feed", "/other", "/new"])]);
    server.on("/comments/feed", [document(&site, &feed_url, 0..10)]);
    server.on("/other", [document(&site, &feed_url, 50..60)]);
    server.on("/new", [document(&site, &feed_url, 4..14)]);
    let room = TestRoom::new(vec![feed("harbour", &feed_url)]);
    room.poll_now().await;
    room.advance(DAY);
    room.poll_now().await;
    let found = health(&room).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let proposal = &found[0].finding.proposal;
    for part in
        [server.url("/new").as_str(), "for harbour", "\"Harbour\"", "named by its site's page", "6 of its"]
    {
        assert!(proposal.contains(part), "{part}: {proposal}");
    }
    let asked = server.requests().len();
    let state = room.state("harbour").await;
    assert_eq!(state.requests, asked as u64, "the search is counted");
    assert_eq!(server.requests_to("/robots.txt").len(), 1, "and polite");
    assert!(asked <= 2 + 5, "{asked} requests");
    // A month of passes: it is looked for once.
    for _ in 0..29 {
        room.advance(DAY);
        room.pass().await;
    }
    assert_eq!(server.requests().len(), asked);
    room.advance(2 * DAY);
    room.pass().await;
    assert!(server.requests().len() > asked, "again after thirty days");
}

/// A feed that answers 404: nothing is looked for on the first day; then its site once in thirty days, found or not, while
/// the loop runs.
#[tokio::test]
async fn a_dead_feed_is_looked_after_now_and_then() {
    let server = FeedServer::start().await;
    let site = server.url("/").to_string();
    server.on("/feed", [document(&site, "/feed", 0..3), Reply::status(404)]);
    server.on("/robots.txt", [Reply::ok("User-agent: *\nDisallow: /private\n")]);
    server.on("/", [page(&["/feed"]), page(&["/feed", "/new"])]);
    server.on("/new", [document(&site, "/new", 1..5)]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    let looks = || server.requests_to("/").len();
    room.pass().await;
    polls_before(&room, START.plus(DAY)).await;
    assert_eq!(looks(), 0, "not on the first day");
    polls_before(&room, START.plus(29 * DAY)).await;
    assert_eq!(looks(), 1, "once in a month");
    let none = health(&room).await[0].finding.proposal.clone();
    assert!(none.contains("no successor was found") && none.contains("names no other feed"), "{none}");
    polls_before(&room, START.plus(40 * DAY)).await;
    assert_eq!(looks(), 2);
    let found = health(&room).await[0].finding.proposal.clone();
    assert!(found.contains(server.url("/new").as_str()) && found.contains("2 of its entries"), "{found}");
    room.reconfigure(|config| config.feeds[0].url = server.url("/new"));
    room.pass().await;
    assert!(health(&room).await.is_empty(), "the user took it up");
}

/// Polls the one feed whenever it is due, up to a time.
async fn polls_before(room: &TestRoom, end: Time) {
    while room.state("f").await.next_due < end {
        room.until_due("f").await;
        room.pass().await;
    }
}

/// A site that wants no robots is not asked for its feeds.
#[tokio::test]
async fn robots_txt_ends_a_search() {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::status(410)]);
    server.on("/robots.txt", [Reply::ok("User-agent: *\nDisallow: /\n")]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    room.pass().await;
    let asked: Vec<String> = server.requests().iter().map(Request::path).collect();
    assert_eq!(asked, ["/feed", "/robots.txt"]);
}

/// The loop searches, too, as soon as a feed is gone.
#[tokio::test]
async fn a_running_loop_searches() {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::status(410)]);
    server.on("/robots.txt", [Reply::status(404)]);
    server.on("/", [page(&["/new"])]);
    server.on("/new", [document("/", "/new", 0..2)]);
    let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
    let running = room.run();
    until(|| server.requests_to("/new").len() == 1).await;
    running.stop().await;
    assert!(health(&room).await[0].finding.proposal.contains("/new"));
}

/// F11: a permanent redirect is proposed word for word, and the new address is used meanwhile; before that nothing is said.
#[tokio::test]
async fn a_move_is_proposed_after_days() {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::redirect(301, "/new?x=1&y=2")]);
    server.answer("/new?x=1&y=2", one_item);
    let own = newswatch::config::FeedConfig { interval: Some(12 * HOUR), ..feed("f", server.url("/feed")) };
    let room = TestRoom::new(vec![own]);
    for poll in 0..10_usize {
        room.until_due("f").await;
        room.poll().await;
        let found = health(&room).await;
        assert_eq!(found.len(), usize::from(poll >= 6), "poll {poll}: {found:?}");
    }
    let finding = health(&room).await.remove(0).finding;
    let exact = format!("set `url = \"{}\"` for f in the configuration", server.url("/new?x=1&y=2"));
    assert_eq!((finding.trouble.name(), finding.proposal), ("moved", exact));
    assert_eq!(server.requests_to("/feed").len(), 6, "the old address is asked no more");
}

/// F17: one feed under two addresses is shown; feeds that only claim to be the same are not.
#[tokio::test]
async fn one_feed_under_two_addresses_is_shown() {
    let server = FeedServer::start().await;
    let own = server.url("/canonical").to_string();
    server.on("/canonical", [document("/", &own, 0..9)]);
    server.on("/mirror", [document("/", &own, 0..9)]);
    server.on("/old", [Reply::redirect(302, "/canonical")]);
    server.on("/liar", [document("/", &own, 100..109)]);
    let feeds = ["canonical", "mirror", "old", "liar"];
    let room = TestRoom::new(feeds.map(|id| feed(id, server.url(&format!("/{id}")))).into());
    room.pass().await;
    let found = health(&room).await;
    let twins: Vec<String> = found.iter().map(|one| format!("{:?} {}", one.feed, one.finding.text)).collect();
    assert_eq!(found.len(), 2, "{twins:?}");
    for (one, id) in found.iter().zip(["mirror", "old"]) {
        assert_eq!((one.finding.trouble.name(), one.feed.as_ref().map(FeedId::as_str)), ("twin", Some(id)));
        assert!(one.finding.text.contains("same feed as canonical"), "{}", one.finding.text);
        assert_eq!(one.finding.proposal, format!("newswatch feeds remove {id}"));
    }
}

/// A look at the health of ten thousand feeds reads no past polls: it takes a moment, whatever is on record.
#[tokio::test]
async fn the_health_of_ten_thousand_feeds_takes_a_moment() {
    let feeds: Vec<_> = (0..10_000)
        .map(|index| feed(&format!("feed-{index:05}"), format!("https://h{index}.example/feed")))
        .collect();
    let room = TestRoom::new(feeds);
    let seeds = newswatch::intake::seeds(&room.config.load(), START);
    let mut memory = newswatch::intake::memory::Memory::default();
    for hour in 0..240_u32 {
        memory.record.note(PollOutcome::Fetched, 120, START.plus(HOUR * hour));
        memory.record.arrived(START.plus(HOUR * hour));
    }
    let rhythm = memory.write();
    let fill = move |tx: &mut dyn newswatch::store::Tx| {
        tx.sync_feeds(&seeds, START)?;
        for seed in &seeds {
            tx.finish_poll(&newswatch::store::PollRecord {
                feed: seed.feed.clone(),
                at: START.plus(240 * HOUR),
                duration_ms: 120,
                outcome: PollOutcome::Fetched,
                status: Some(200),
                message: None,
                conditional: true,
                requested: true,
                requests: 1,
                received: 1_000,
                bytes: 5_000,
                validators: None,
                final_url: None,
                body_hash: None,
                document: None,
                new_entries: 1,
                revised_entries: 0,
                next_due: START.plus(241 * HOUR),
                due_reason: "every 60 min".to_owned(),
                gone: false,
                failures: 0,
                failing_since: None,
                rhythm: rhythm.clone(),
            })?;
        }
        Ok(())
    };
    room.store.write(fill).await.expect("ten thousand feeds");
    room.advance(241 * HOUR);
    let began = std::time::Instant::now();
    assert!(health(&room).await.is_empty());
    // A debug build on a busy machine; a release build takes a tenth of it.
    assert!(began.elapsed() < Duration::from_secs(6), "took {:?}", began.elapsed());
}
