//! Bad input: every kind of trouble with a feed, a title or a database file gets its clear sentence, and nobody else
//! suffers from it.

use crate::support::program::*;
use crate::support::room::rss;
use crate::support::server::*;
use crate::world::World;
use serde_json::Value;
use std::net::TcpListener;

/// A page that names two feeds, as a moved feed's address often answers.
const PAGE: &str = "<!doctype html><html><head><title>The Gazette</title>\
    <link rel=alternate type=application/rss+xml title=News href=/rss/news.xml>\
    <link rel=alternate type=application/atom+xml href=/rss/all.atom></head><body>Hello</body></html>";

/// Feeds in trouble: id, and a part of the sentence that says so.
const TROUBLES: [(&str, &str); 13] = [
    ("missing", "404"),
    ("broken", "500"),
    ("throttled", "429"),
    ("page", "/rss/news.xml"),
    ("empty", "empty"),
    ("nothing", "empty"),
    ("picture", "not a feed"),
    ("huge", "larger than 200000 bytes"),
    ("bomb", "larger than 200000 bytes"),
    ("cut-off", "the connection broke"),
    ("circle", "redirect"),
    ("tls", "certificate"),
    ("nobody", "refused"),
];

fn scripts(server: &FeedServer) {
    server.on(
        "/good",
        [Reply::ok(rss(&[("1", "All is well"), ("2", "Bell\u{7} \u{1b}[31mred\u{1b}[0m \u{202e}txet")]))],
    );
    server.on("/missing", [Reply::status(404)]);
    server.on("/broken", [Reply::status(500)]);
    server.on("/page", [Reply::ok(PAGE).header("Content-Type", "text/html")]);
    server.on("/empty", [Reply::ok("")]);
    server.on("/nothing", [Reply::ok(" \r\n ").header("Content-Type", "application/rss+xml")]);
    server.on(
        "/picture",
        [Reply::ok(&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..]).header("Content-Type", "image/png")],
    );
    server.on("/huge", [Reply::ok(vec![b' '; 65_536]).endless()]);
    server.on("/bomb", [Reply::ok(vec![0; 20_000_000]).compressed("gzip")]);
    server.on("/cut-off", [Reply::ok(rss(&[("1", "Never told")])).broken_off()]);
    server.on("/circle", [Reply::redirect(302, "/circle")]);
    // Odd, and read nevertheless.
    let truncated = rss(&[("1", "The whole of it"), ("2", "The end is miss")]);
    server.on("/truncated", [Reply::ok(&truncated[..truncated.len() - 40])]);
    let latin = rss(&[("1", "Gr\u{fc}\u{df}e aus K\u{f6}ln")]);
    let latin: Vec<u8> = String::from_utf8(latin).expect("UTF-8").chars().map(|c| c as u8).collect();
    server.on("/latin", [Reply::ok(latin).header("Content-Type", "application/rss+xml; charset=utf-8")]);
}

fn place(world: &World, untrusted: &FeedServer, busy: &FeedServer) -> Place {
    scripts(&world.server);
    busy.on("/throttled", [Reply::status(429).header("Retry-After", "3600")]);
    let unused = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let mut rest = String::new();
    for id in ["good", "truncated", "latin"].into_iter().chain(TROUBLES.map(|(id, _)| id)) {
        let url = match id {
            "tls" => untrusted.url("/feed").into(),
            "throttled" => busy.url("/throttled").into(),
            "nobody" => format!("http://127.0.0.1:{}/feed", unused.port()),
            _ => world.url(&format!("/{id}")),
        };
        rest += &feed_table(id, url);
    }
    let text = configuration(&rest).replace("[intake]\n", "[intake]\nmax_body = \"200kB\"\n");
    Place::with(&text)
}

#[test]
fn each_feed_in_trouble_says_which_and_the_others_go_on() {
    let world = World::new();
    let untrusted = world.untrusted();
    let busy = world.on("127.0.0.2");
    let place = place(&world, &untrusted, &busy);
    let pass = place.json(&["poll", "--all", "--json"]);
    assert_eq!((&pass["polled"], &pass["failed"]), (&Value::from(16), &Value::from(13)), "{pass}");

    let listed = place.json(&["feeds", "list", "--json"]);
    let table = place.ok(&["feeds", "list"]);
    for (id, part) in TROUBLES {
        let feed = listed.as_array().into_iter().flatten().find(|feed| feed["id"] == id).expect("the feed");
        let message = feed["state"]["last_message"].as_str().unwrap_or_default();
        assert!(message.contains(part), "{id}: {message:?} says nothing of {part:?}");
        assert_eq!(feed["health"], "failing", "{id}");
        let row = table
            .lines()
            .find(|line| line.starts_with(&format!(" {id} ")) || line.starts_with(&format!("{id} ")));
        assert!(row.is_some_and(|row| row.contains("failing")), "{id}: {table}");
        let shown = place.ok(&["feeds", "show", id]);
        for label in ["outcome", "message", "next poll", "why then", "failing since"] {
            assert!(shown.lines().any(|line| line.starts_with(label)), "{id} has no {label}:\n{shown}");
        }
    }
    let failing = place.json(&["feeds", "list", "--state", "failing", "--json"]);
    assert_eq!(failing.as_array().map(Vec::len), Some(TROUBLES.len()));
    assert!(place.ok(&["status"]).contains("3 healthy, 13 failing"));
    odd_but_read(&place);
}

/// Cut-off and mislabelled documents give what they have; what could drive a terminal is shown, not sent.
fn odd_but_read(place: &Place) {
    let found = place.json(&["hits", "search", "--all-entries", "--json", "well OR whole OR grüße OR bell"]);
    let mut titles: Vec<&str> =
        found.as_array().into_iter().flatten().filter_map(|entry| entry["title"].as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles.len(), 4, "{titles:?}");
    assert!(titles.contains(&"Grüße aus Köln") && titles.contains(&"The whole of it"), "{titles:?}");
    let table = place.ok(&["hits", "search", "--all-entries", "bell"]);
    assert!(!table.contains(['\u{7}', '\u{1b}', '\u{202e}']), "{table:?}");
}

#[test]
fn a_title_cannot_drive_a_terminal() {
    let place = Place::new();
    let odd = rss(&[("1", "Tanker \u{1b}]0;pwned\u{7} \u{1b}[2J \u{9b}31m \u{202e}txet")]);
    place.write("odd.xml", odd);
    let shown = place.ok(&["feeds", "parse", "odd.xml"]);
    assert!(shown.contains("Tanker") && shown.contains("txet"), "{shown}");
    assert!(!shown.contains(['\u{7}', '\u{1b}', '\u{9b}', '\u{202e}']), "{shown:?}");
}

#[test]
fn a_file_that_is_no_database_or_too_new_is_refused_and_left_alone() {
    let place = Place::with(&configuration(&feed_table("a", "http://127.0.0.1:1/")));
    let notes = place.write("newswatch.db", "Dear diary, this is not a database at all. ".repeat(40));
    let before = std::fs::read(&notes).expect("the file");
    for command in [&["run"][..], &["poll"], &["status"], &["hits", "list"], &["feeds", "pause", "a"]] {
        let error = place.fails(1, command);
        assert!(
            error.contains("newswatch.db") && error.contains("not a newswatch database"),
            "{command:?}: {error}"
        );
    }
    assert_eq!(std::fs::read(&notes).expect("the file"), before);

    std::fs::remove_file(&notes).expect("removed");
    for command in [&["status"][..], &["hits", "list"], &["db", "stats"]] {
        assert!(place.fails(1, command).contains("there is no database yet"), "{command:?}");
    }
    place.ok(&["feeds", "pause", "a"]);
    let newer = rusqlite::Connection::open(&notes).expect("the database");
    let sql = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (9999, 'later', '', '')";
    newer.execute(sql, []).expect("a later step");
    drop(newer);
    for command in [&["run"][..], &["poll"], &["status"], &["db", "prune"]] {
        let error = place.fails(1, command);
        assert!(error.contains("9999") && error.contains("newswatch.db"), "{command:?}: {error}");
    }
}
