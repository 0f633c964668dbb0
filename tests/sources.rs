//! Finding, adding, importing and exporting feeds: the program itself against a scripted server.

#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

use assert_cmd::Command;
use std::path::{Path, PathBuf};
use support::room::rss;
use support::server::*;

const HTML: (&str, &str) = ("Content-Type", "text/html");

/// A directory with a configuration that may reach loopback, and a server.
struct Place {
    directory: tempfile::TempDir,
    server: FeedServer,
}

impl Place {
    async fn new() -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap(), server: FeedServer::start().await };
        let text = "# my feeds\n[store]\npath = \"n.db\"\n[net]\nallow_addresses = [\"127.0.0.0/8\"]\n[intake]\nhost_spacing = \"0s\"\n\n\
            [[feed]] # the first\nid = \"first\"\nurl = \"https://example.org/first\"\ntags = [\"old\"]\n";
        std::fs::write(place.config(), text).unwrap();
        place
    }

    fn config(&self) -> PathBuf {
        self.directory.path().join("newswatch.toml")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.config()).unwrap()
    }

    fn page(&self, path: &str, html: &str) {
        self.server.on(path, [Reply::ok(html).header(HTML.0, HTML.1)]);
    }

    /// Runs a `feeds` command; status, standard output, standard error.
    async fn feeds(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        self.run(&[&["feeds"], arguments].concat(), input).await
    }

    /// Runs any command.
    async fn run(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let arguments: Vec<String> = arguments.iter().map(|part| (*part).to_owned()).collect();
        let (config, input) = (self.config(), input.to_owned());
        let program = move || {
            let mut command = Command::cargo_bin("newswatch").unwrap();
            command.current_dir(config.parent().unwrap()).arg("-c").arg(&config).args(arguments);
            let done = command.write_stdin(input).output().unwrap();
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
            (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
        };
        tokio::task::spawn_blocking(program).await.unwrap()
    }

    /// Runs a command that must succeed and answers in JSON.
    async fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let (status, out, error) = self.run(arguments, "").await;
        assert_eq!(status, 0, "{arguments:?}: {error}");
        serde_json::from_str(&out).unwrap()
    }
}

fn loaded(path: &Path) -> newswatch::config::Config {
    newswatch::config::load(path, &newswatch::config::Overrides::from_process()).unwrap()
}

/// A page names its feeds; the article feed comes before the comments, what is no feed is named with its reason.
#[tokio::test(flavor = "multi_thread")]
async fn the_feeds_of_a_page_are_listed_with_the_best_first() {
    let place = Place::new().await;
    place.page(
        "/blog",
        "<html><head><link rel=alternate type=application/rss+xml title='Comments' href=/comments/feed>\
         <link rel=alternate type=application/rss+xml href=/feed.xml>\
         <link rel=alternate type=application/atom+xml href=/lost.xml></head></html>",
    );
    place.server.on("/comments/feed", [Reply::ok(rss(&[("c", "On A")]))]);
    place.server.on("/feed.xml", [Reply::ok(rss(&[("a", "A"), ("b", "B")]))]);
    let page = place.server.url("/blog").to_string();
    let (status, out, _) = place.feeds(&["discover", &page, "--json"], "").await;
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(status, 0);
    let paths: Vec<&str> = found["feeds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feed| feed["url"].as_str().unwrap().rsplit_once(|c: char| c.is_ascii_digit()).unwrap().1)
        .collect();
    assert_eq!(paths, ["/feed.xml", "/comments/feed"]);
    assert_eq!(
        (found["feeds"][0]["entries"].as_i64(), found["feeds"][0]["found_by"].as_str()),
        (Some(2), Some("page"))
    );
    assert!(found["others"][0]["reason"].as_str().unwrap().contains("404"), "{found}");
    // Nobody is asked when there is no terminal: the list is the answer, and nothing changes.
    let before = place.text();
    let (status, _, error) = place.feeds(&["add", &page], "1\n").await;
    assert!(status == 1 && error.contains("/feed.xml") && error.contains("--yes"), "{error}");
    assert_eq!(place.text(), before);
    let (status, out, error) = place.feeds(&["add", &page, "--yes", "--id", "blog"], "").await;
    assert_eq!(status, 0, "{error}");
    assert!(out.contains("added blog"), "{out}");
    let config = loaded(&place.config());
    assert_eq!(config.feeds[1].url.path(), "/feed.xml");
    assert!(place.text().starts_with("# my feeds") && place.text().contains("[[feed]] # the first"));
}

/// The usual places are guessed one by one, up to the first that is right; no place is asked twice.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_end_with_the_first_that_is_right() {
    let place = Place::new().await;
    place.page("/", "<html><head><title>No links</title></head></html>");
    place.server.on("/feed.xml", [Reply::ok(rss(&[("a", "A")]))]);
    let (status, out, _) = place.feeds(&["discover", place.server.url("/").as_str()], "").await;
    assert!(status == 0 && out.contains("usual place") && out.contains("/feed.xml"), "{out}");
    let asked: Vec<String> = place.server.requests().iter().map(Request::path).collect();
    assert_eq!(asked, ["/", "/feed", "/feed.xml"]);
}

/// Where nobody answers, nothing is guessed; where the guard forbids an address, no request leaves.
#[tokio::test(flavor = "multi_thread")]
async fn silence_is_not_asked_again() {
    let place = Place::new().await;
    let (status, out, _) = place.feeds(&["discover", "http://127.0.0.1:1/", "--json"], "").await;
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, found["others"].as_array().map(Vec::len)), (1, Some(1)), "{out}");
    let (status, _, error) = place.feeds(&["add", "http://169.254.169.254/latest"], "").await;
    assert!(status == 1 && error.contains("169.254"), "{error}");
    let (status, _, _) = place.feeds(&["add", "file:///etc/passwd"], "").await;
    assert_eq!(status, 2);
    assert!(place.server.requests().is_empty());
}

/// A page that names twenty feeds costs the page and ten more requests.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_bounded() {
    let place = Place::new().await;
    let links: String =
        (0..20).map(|n| format!("<link rel=alternate type=application/rss+xml href=/f{n}>")).collect();
    place.page("/", &format!("<html><head>{links}</head></html>"));
    let (status, _, error) = place.feeds(&["add", place.server.url("/").as_str()], "").await;
    assert_eq!(status, 1, "{error}");
    assert_eq!(place.server.requests().len(), 11);
}

/// Folders become tags, the file's own comments stay, what is there is shown, what is refused is one line each.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_imported_in_one_edit_and_written_again() {
    let place = Place::new().await;
    let list = "<opml version='1.0'><body>\n<outline text='World &amp; Asia'>\n\
        <outline type='rss' text='A &quot;quoted&quot; name' xmlUrl='https://a.example/f?x=1&amp;y=2' language='de-AT'/>\n\
        <outline type='rss' text='Old' xmlUrl='https://example.org/first'/>\n</outline>\n\
        <outline text='Bad' xmlUrl='exec:rm -rf'/>\n<outline xmlUrl='https://b.example/f'/>\n</body></opml>";
    let (status, out, error) = place.feeds(&["import", "-", "--tag", "mine"], list).await;
    assert_eq!(status, 0, "{error}");
    for part in ["refused, line 6", "already there as first", "2 added", "1 already there, 1 refused"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let config = loaded(&place.config());
    let feed = &config.feeds[1];
    assert_eq!(feed.tags, ["World & Asia", "mine"]);
    assert_eq!((feed.title.as_deref(), feed.lang.as_deref()), (Some("A \"quoted\" name"), Some("de")));
    assert!(place.text().starts_with("# my feeds"));
    // The same list again changes nothing.
    let before = place.text();
    let (status, out, _) = place.feeds(&["import", "-", "--json"], list).await;
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, report["known"].as_array().map(Vec::len)), (0, Some(3)), "{out}");
    assert_eq!(place.text(), before);
    // What is exported reads as the same feeds.
    let (_, written, _) = place.feeds(&["export"], "").await;
    let again = newswatch::config::opml::read(&written).unwrap();
    let pairs: Vec<(Option<String>, String, Vec<String>)> =
        again.outlines.iter().map(|o| (o.id.clone(), o.url.to_string(), o.tags.clone())).collect();
    let configured: Vec<(Option<String>, String, Vec<String>)> = config
        .feeds
        .iter()
        .map(|feed| (Some(feed.id.to_string()), feed.url.to_string(), feed.tags.clone()))
        .collect();
    assert!(
        configured.iter().all(|feed| pairs.contains(feed)) && pairs.len() == 3,
        "{pairs:?}\n{configured:?}"
    );
    let (_, part, _) = place.feeds(&["export", "--tag", "old"], "").await;
    assert!(part.contains("example.org/first") && !part.contains("a.example"));
}

/// With a check, what is no feed now is left out with its reason.
#[tokio::test(flavor = "multi_thread")]
async fn a_checked_import_leaves_out_what_is_no_feed() {
    let place = Place::new().await;
    place.server.on("/good", [Reply::ok(rss(&[("a", "A")]))]);
    place.page("/page", "<html><title>x</title></html>");
    let outline = |path: &str| format!("<outline xmlUrl='{}'/>\n", place.server.url(path));
    let list =
        format!("<opml><body>\n{}{}{}</body></opml>", outline("/gone"), outline("/good"), outline("/page"));
    let file = place.directory.path().join("list.opml");
    std::fs::write(&file, &list).unwrap();
    let (status, out, error) = place.feeds(&["import", "list.opml", "--check", "--json"], "").await;
    assert_eq!(status, 0, "{error}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["added"].as_array().map(Vec::len), Some(1), "{out}");
    let refused: Vec<(i64, bool)> = report["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["line"].as_i64().unwrap(), one["reason"].as_str().unwrap().contains("404")))
        .collect();
    assert_eq!(refused, [(2, true), (4, false)]);
    assert_eq!(loaded(&place.config()).feeds[1].title.as_deref(), Some("Scripted"));
    let (status, _, error) = place.feeds(&["import", "-"], "<html></html>").await;
    assert!(status == 1 && error.contains("no OPML"), "{error}");
}

/// Twenty thousand outlines come in within seconds, in one edit.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_at_once() {
    let place = Place::new().await;
    let outlines: String = (0..20_000)
        .map(|n| format!("<outline text='Feed {n}' xmlUrl='https://h{n}.example/feed'/>\n"))
        .collect();
    let began = std::time::Instant::now();
    let list = format!("<opml><body>{outlines}</body></opml>");
    let (status, out, error) = place.feeds(&["import", "-"], &list).await;
    assert_eq!(status, 0, "{error}");
    assert!(out.contains("20000 added"), "{error}");
    assert_eq!(loaded(&place.config()).feeds.len(), 20_001);
    assert!(began.elapsed().as_secs() < 60, "took {:?}", began.elapsed());
}

/// R9: a network that fails is one trouble of the house, told once, and held against no feed.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_one_alert() {
    let place = Place::new().await;
    // Nobody listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let feeds: String = (2..10)
        .map(|host| format!("[[feed]]\nid = \"f{host}\"\nurl = \"http://127.0.0.{host}:{closed}/feed\"\n"))
        .collect();
    let text = format!(
        "[store]\npath = \"n.db\"\n[net]\nallow_addresses = [\"127.0.0.0/8\"]\n[intake]\nhost_spacing = \"0s\"\n{feeds}\
         [[receiver]]\nname = \"ops\"\nkind = \"log\"\n[[route]]\nsource = \"health\"\nto = [\"ops\"]\n"
    );
    std::fs::write(place.config(), text).unwrap();
    for _ in 0..6 {
        place.run(&["poll", "--all"], "").await;
    }
    let health = place.json(&["feeds", "health", "--json"]).await;
    let troubles: Vec<_> = health.as_array().unwrap().iter().map(|row| &row["trouble"]).collect();
    assert_eq!(troubles, ["outage"], "{health}");
    let alerts = place.json(&["alerts", "list", "--json"]).await;
    assert_eq!(alerts.as_array().map(Vec::len), Some(1), "{alerts}");
    assert_eq!((&alerts[0]["feed"], &alerts[0]["source"]), (&"newswatch".into(), &"health".into()));
    for feed in place.json(&["feeds", "list", "--json"]).await.as_array().unwrap() {
        let failures = feed["failures"].as_u64().unwrap_or_default();
        assert!(failures <= 2, "six polls failed, of which {failures} count: {feed}");
    }
}

/// A feed that is taken down is told once when it is, and once when it is back; routes of hits hear nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_health_are_told_once() {
    let place = Place::new().await;
    let gone = Reply::status(410);
    place
        .server
        .on("/feed", [Reply::ok(rss(&[("a", "A")])), gone.clone(), gone, Reply::ok(rss(&[("a", "A")]))]);
    let text = format!(
        "[store]\npath = \"n.db\"\n[net]\nallow_addresses = [\"127.0.0.0/8\"]\n[intake]\nhost_spacing = \"0s\"\n\
         [[feed]]\nid = \"f\"\nurl = \"{}\"\ntags = [\"t\"]\n\
         [[receiver]]\nname = \"ops\"\nkind = \"log\"\n[[receiver]]\nname = \"news\"\nkind = \"log\"\n\
         [[route]]\nto = [\"news\"]\n[[route]]\nsource = \"health\"\ntags = [\"t\"]\nto = [\"ops\"]\n",
        place.server.url("/feed")
    );
    std::fs::write(place.config(), text).unwrap();
    place.run(&["poll", "--all"], "").await;
    assert_eq!(place.json(&["feeds", "health", "--json"]).await, serde_json::json!([]));
    for _ in 0..2 {
        place.run(&["feeds", "resume", "f"], "").await;
        place.run(&["poll", "--all"], "").await;
        let health = place.json(&["feeds", "health", "--json"]).await;
        assert_eq!(
            (health[0]["feed"].as_str(), health[0]["trouble"].as_str()),
            (Some("f"), Some("gone")),
            "{health}"
        );
        assert!(
            health[0]["since"].is_string()
                && health[0]["proposal"].as_str().unwrap().contains("feeds discover")
        );
        let alerts = place.json(&["alerts", "list", "--json"]).await;
        let alerts = alerts.as_array().unwrap();
        assert_eq!(alerts.len(), 1, "told once: {alerts:?}");
        assert_eq!(alerts[0]["topic"], "newswatch-health");
        assert_eq!(alerts[0]["deliveries"][0]["receiver"], "ops");
        assert_eq!(alerts[0]["deliveries"].as_array().map(Vec::len), Some(1));
    }
    place.run(&["feeds", "resume", "f"], "").await;
    place.run(&["poll", "--all"], "").await;
    let alerts = place.json(&["alerts", "list", "--json"]).await;
    assert_eq!(alerts.as_array().map(Vec::len), Some(2), "{alerts}");
    assert!(alerts[0]["title"].as_str().unwrap().contains("works again"), "{alerts}");
    assert!(alerts[0]["story"].is_null() && alerts[0]["source"] == "health", "{alerts}");
    let (_, list, _) = place.run(&["alerts", "list"], "").await;
    let (_, shown, _) = place.run(&["alerts", "show", &alerts[1]["id"].to_string()], "").await;
    assert!(list.contains("newswatch-health") && shown.contains("Proposal: "), "{list}{shown}");
    assert!(shown.contains("priority") && shown.contains("since") && !shown.contains("story"), "{shown}");
    let (_, out, _) = place.feeds(&["health"], "").await;
    assert!(out.contains("the feed is well"), "{out}");
}
