//! Where hubs are found: the discovery cases of the public test suite, and what a web page is good for.

use super::*;

/// Not an address anybody may be asked at: to be seen if it is used.
const WRONG: &str = "http://10.0.0.1/hub";

fn atom(hub: &str, own: &str) -> String {
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><id>urn:t</id><link rel='hub' href='{hub}'/>\
         <link rel='self' href='{own}'/><entry><id>urn:1</id><title>one</title></entry></feed>"
    )
}

fn page(hub: &str, own: &str) -> Reply {
    let html = format!(
        "<!doctype html><html><head><title>P</title><link rel=\"hub\" href=\"{hub}/hub\">\
         <link rel=\"self\" href=\"{own}\"></head><body><p>A page.</p></body></html>"
    );
    Reply::ok(html).header("Content-Type", "text/html; charset=utf-8")
}

/// 100, 101, 102, 104 (103 is every other test): the header, a web page, Atom, and the header before the document.
#[tokio::test]
async fn every_way_of_naming_a_hub_is_understood() {
    let linked = |hub: &str, own: &str, body: Vec<u8>| {
        Reply::ok(body).header("Link", format!("<{hub}/hub>; rel=\"hub\", <{own}>; rel=\"self\""))
    };
    type Answer = Box<dyn Fn(&str, &str) -> Reply>;
    let cases: [(&str, Answer); 4] = [
        ("100: header", Box::new(move |hub, own| linked(hub, own, rss(&[("a", "a")])))),
        ("101: web page", Box::new(page)),
        ("102: Atom", Box::new(|hub, own| Reply::ok(atom(&format!("{hub}/hub"), own)))),
        (
            "104: the header wins",
            Box::new(move |hub, own| linked(hub, own, atom(WRONG, "https://other.example/").into_bytes())),
        ),
    ];
    for (case, answer) in cases {
        let stage = Stage::of(Hub::start(StatusCode::FOUND).await, answer).await;
        let form = stage.subscribed().await;
        assert_eq!(form["hub.topic"], stage.feed.url("/own").as_str(), "{case}");
        assert_eq!(stage.subscription().await.expect("it").state, SubscriptionState::Active, "{case}");
    }
}

/// A page is no feed, but its hub may push one: what comes first stands for the first document and is no news.
#[tokio::test]
async fn a_hub_may_push_the_feed_of_a_page() {
    let stage = Stage::of(Hub::start(StatusCode::FOUND).await, page).await;
    let form = stage.subscribed().await;
    let (callback, secret) = (&form["hub.callback"], &form["hub.secret"]);
    assert_eq!(stage.push(callback, signed(secret, &["old"]), &["old"]).await, (202, 1));
    assert_eq!(stage.push(callback, signed(secret, &["old", "new"]), &["old", "new"]).await, (202, 2));
    let backlog = |title: &str, entries: &[newswatch::model::Entry]| {
        entries.iter().find(|entry| entry.title == title).expect("the entry").backlog
    };
    let entries = stage.room.entries().await;
    assert!(backlog("old", &entries) && !backlog("new", &entries));
}

/// An error page in place of the feed ends no subscription.
#[tokio::test]
async fn a_page_that_came_by_accident_changes_nothing() {
    let stage = Stage::new("/hub").await;
    stage.subscribed().await;
    stage.feed.on("/feed", [Reply::ok("<html><body>Down for maintenance</body></html>")]);
    stage.room.advance(Duration::from_secs(7200));
    stage.room.poll_now().await;
    assert_eq!(stage.subscription().await.expect("it").state, SubscriptionState::Active);
}
