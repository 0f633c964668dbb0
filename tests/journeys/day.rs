//! A day with the daemon: a feed brings an old entry and a new one, the new one alerts, every question answers the
//! same, strangers are turned away, and an end in the middle of a send loses nothing.

use crate::support::program::*;
use crate::world::World;
use newswatch::clock::{Clock, SystemClock};
use newswatch::intake::parse::{Context, parse};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::io::Write;
use std::net::TcpStream;

const OLD: (&str, &str) = ("old", "Barge held since last year");
const NEW: (&str, &str) = ("new", "Navy seizes a tanker off the cape");
const OTHER: (&str, &str) = ("other", "Parliament debates school meals");

fn place(world: &World) -> Place {
    let rest = told_by("hook", &world.hook.url())
        + &topic_table("ships", "tanker OR barge")
        + &feed_table("cape", world.url("/cape"));
    Place::with(&configuration(&rest))
}

#[test]
fn from_feed_to_alert_to_every_question_and_an_orderly_end() {
    let world = World::new();
    world.growing("/cape", &[OLD, OTHER, NEW]);
    let place = place(&world);
    let daemon = place.daemon();
    assert_eq!(daemon.get("/readyz").body, "ready\n");

    let told = world.hook.next();
    assert_eq!(told.title(), NEW.1, "what stood in the feed before alerts nobody");
    assert!(!told.key.is_empty(), "a key to know a repeated send by");
    assert_eq!(told.body["data"]["evidence"][0]["text"], "tanker");

    questions_on_the_command_line(&place);
    questions_over_http(&daemon);
    strangers_and_mistakes(&daemon);
    daemon.stop();
    assert_eq!(world.hook.rest().len(), 0, "one alert, sent once");
}

fn questions_on_the_command_line(place: &Place) {
    let hits = place.json(&["hits", "list", "--json"]);
    let titles: Vec<&str> = hits.as_array().expect("hits").iter().map(|hit| text(&hit["title"])).collect();
    assert_eq!(titles, [NEW.1, OLD.1], "newest first");
    assert_eq!(hits[0]["silent"], Value::Null);
    assert_eq!(hits[1]["silent"], "backlog");
    let alerts = place.json(&["alerts", "list", "--json"]);
    assert_eq!(alerts.as_array().map(Vec::len), Some(1));
    assert!(place.ok(&["status"]).contains("running, process "));
}

fn questions_over_http(daemon: &Daemon) {
    assert_eq!(daemon.get("/healthz").body, "ok\n");
    let hits = daemon.get("/api/v1/hits?topic=ships&state=told&limit=5").json();
    assert_eq!(text(&hits["hits"][0]["title"]), NEW.1);
    assert_eq!(hits["hits"].as_array().map(Vec::len), Some(1));
    let found = daemon.get("/api/v1/hits?q=navy%20AND%20tanker").json();
    assert_eq!(found["hits"].as_array().map(Vec::len), Some(1), "{found}");
    let story = daemon.get(&format!("/api/v1/stories/{}", hits["hits"][0]["story"])).json();
    assert_eq!(text(&story["timeline"][0]["title"]), NEW.1);
    for (kind, content_type) in [("atom", "application/atom+xml"), ("json", "application/feed+json")] {
        let answer = daemon.get(&format!("/topics/ships.{kind}"));
        assert!(answer.head.contains(content_type), "{}", answer.head);
        let context =
            Context { url: None, content_type: Some(content_type), max_entries: 100, now: SystemClock.now() };
        let feed = parse(answer.body.as_bytes(), &context).expect("what we read ourselves");
        assert_eq!(feed.warnings, [], "{kind}: well-formed to the letter");
        let titles: Vec<&str> = feed.entries.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, [NEW.1, OLD.1], "{kind}");
        assert!(feed.entries.iter().all(|entry| entry.published.or(entry.updated).is_some()), "{kind}");
    }
    let metrics = daemon.get("/metrics");
    assert!(metrics.head.contains("text/plain; version=0.0.4"), "{}", metrics.head);
    for line in [
        "newswatch_feeds{state=\"healthy\"} 1",
        "newswatch_hits_total 2",
        "newswatch_alerts_total 1",
        "newswatch_entries_judged_total 3",
        "newswatch_entries_total 3",
        "newswatch_polls_total{outcome=\"fetched\"}",
        "newswatch_attempts_total{outcome=\"sent\"} 1",
        "newswatch_deliveries_dead 0",
    ] {
        assert!(metrics.body.contains(line), "{line} is missing from\n{}", metrics.body);
    }
}

fn strangers_and_mistakes(daemon: &Daemon) {
    let ours = format!("localhost:{}", daemon.port);
    for (method, path, host, status) in [
        ("GET", "/api/v1/hits", "evil.example", 421),
        ("GET", "/healthz", "127.0.0.1.evil.example", 421),
        ("GET", "/", ours.as_str(), 404),
        ("GET", "/api/v2/hits", ours.as_str(), 404),
        ("GET", "/topics/ships.rss", ours.as_str(), 404),
        ("GET", "/topics/none.atom", ours.as_str(), 404),
        ("GET", "/api/v1/stories/999999", ours.as_str(), 404),
        ("GET", "/api/v1/stories/first", ours.as_str(), 400),
        ("GET", "/api/v1/hits?limit=many", ours.as_str(), 400),
        ("GET", "/api/v1/hits?since=soon", ours.as_str(), 400),
        ("GET", "/api/v1/hits?state=odd", ours.as_str(), 400),
        ("GET", "/api/v1/hits?colour=red", ours.as_str(), 400),
        ("GET", "/api/v1/hits?q=(tanker", ours.as_str(), 400),
        ("POST", "/api/v1/hits", ours.as_str(), 405),
        ("DELETE", "/topics/ships.atom", ours.as_str(), 405),
    ] {
        let answer = daemon.ask(method, path, host);
        assert_eq!(answer.status, status, "{method} {path} for {host}: {answer:?}");
        assert!(answer.head.contains("application/json"), "{path}: {}", answer.head);
        assert!(!text(&answer.json()["error"]).is_empty(), "{path} says why");
        assert!(answer.head.contains("x-content-type-options: nosniff"), "{path}: {}", answer.head);
    }
}

#[test]
fn an_end_in_the_middle_of_a_send_finishes_it_and_repeats_nothing() {
    let world = World::new();
    world.growing("/cape", &[OLD, NEW]);
    let place = place(&world);
    world.hook.hold(true);
    let mut daemon = place.daemon();
    let told = world.hook.next();
    // Neither a visitor who never finishes his sentence nor one who never begins keeps the daemon from its end.
    let _silent = TcpStream::connect(("127.0.0.1", daemon.port)).expect("a connection");
    let mut slow = TcpStream::connect(("127.0.0.1", daemon.port)).expect("a connection");
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: local").expect("half a request");
    daemon.signal(Signal::SIGTERM);
    daemon.line("stopping");
    world.hook.hold(false);
    daemon.stop();

    let alert = &place.json(&["alerts", "list", "--json"])[0];
    assert_eq!(alert["deliveries"][0]["state"], "sent", "{alert}");
    assert_eq!(alert["deliveries"][0]["attempts"], 1, "{alert}");
    assert_eq!(alert["deliveries"][0]["idempotency_key"], told.key.as_str());
    let stats = place.json(&["db", "stats", "--json"]);
    assert_eq!((&stats["pending"], &stats["outbox"]), (&Value::from(0), &Value::from(0)), "{stats}");

    let again = place.run(&["poll", "--all"]);
    assert_eq!(again.status, 0, "{again:?}");
    assert!(again.out.contains("0 new") && again.out.contains("0 hits"), "{again:?}");
    assert_eq!(world.hook.rest().len(), 0, "nothing is sent twice");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
