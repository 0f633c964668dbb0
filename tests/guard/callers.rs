//! S1, S3: whoever connects out meets the guard: by literal address in every spelling, by name, by redirect. A listener
//! behind all of them counts connections, and counts none.

use super::*;
use assert_cmd::Command;
use newswatch::alert::receiver::webhook::{Settings, Webhook};
use newswatch::alert::{Message, Receiver, test_content};
use newswatch::config::NetConfig;
use newswatch::intake::fetch::{FetchLimits, FetchRequest, Fetcher};
use newswatch::net::{ClientOptions, Guard, NetErrorKind, client};
use std::path::Path;

/// Ways to write an inside address; `{}` is the port of a listener on 127.0.0.1.
const FORMS: [&str; 20] = [
    "http://127.0.0.1:{}/",
    "http://127.1:{}/",
    "http://2130706433:{}/",
    "http://0x7f.1:{}/",
    "http://0177.0.0.1:{}/",
    "http://127.0.0.1.:{}/",
    "http://[::ffff:7f00:1]:{}/",
    "http://[::ffff:127.0.0.1]:{}/",
    "http://[::1]:{}/",
    "http://[::]:{}/",
    "http://0.0.0.0:{}/",
    "http://0:{}/",
    "http://１２７.0.0.1:{}/",
    "http://user:pw@127.0.0.1:{}/",
    "http://169.254.169.254:{}/",
    "http://10.0.0.1:{}/",
    "http://[fd00::1]:{}/",
    "http://[64:ff9b::7f00:1]:{}/",
    "http://inside.test:{}/",
    "http://mixed.test:{}/",
];

fn forms(inside: &FeedServer) -> Vec<String> {
    FORMS.iter().map(|form| form.replace("{}", &inside.port().to_string())).collect()
}

fn names() -> Arc<Names> {
    let names = Arc::new(Names::default());
    names.set("inside.test", &[&["127.0.0.1"]]);
    names.set("mixed.test", &[&["93.184.216.34", "127.0.0.1"]]);
    names
}

fn net(allow: &[&str], proxy: Option<String>) -> NetConfig {
    let allow_addresses = allow.iter().map(|range| range.parse().expect("a range")).collect();
    NetConfig { allow_addresses, allow_ports: Vec::new(), contact: String::new(), proxy }
}

fn limits() -> FetchLimits {
    FetchLimits { timeout: Duration::from_secs(5), max_body: 1_000_000, max_redirects: 5 }
}

fn fetcher(net: &NetConfig) -> Fetcher {
    let guard = Guard::with_lookup(net, names());
    Fetcher::new(client(net, &guard, &ClientOptions::default()).expect("a client"), guard)
}

/// S1: webhooks.
#[tokio::test]
async fn webhooks_meet_the_guard() {
    let inside = FeedServer::start().await;
    let alert = Alert { id: AlertId(1), at: START, content: test_content(START) };
    let message =
        Message { key: "key".into(), alert, earlier: Vec::new(), first: None, attempt: 1, at: START };
    for url in forms(&inside) {
        let (net, url) = (net(&[], None), Secret::new(url.as_str()));
        let settings = Settings { url: &url, secret: None, headers: &[] };
        let guard = Guard::with_lookup(&net, names());
        let Ok(hook) = Webhook::new(&net, guard, &settings, Duration::from_secs(5)) else { continue };
        assert!(hook.send(&message).await.is_err());
    }
    assert_eq!(inside.connections(), 0);
}

/// S3: a webhook that redirects is not followed.
#[tokio::test]
async fn webhooks_follow_no_redirect() {
    let (inside, door) = (FeedServer::start().await, FeedServer::start_on("127.0.0.3").await);
    let alert = Alert { id: AlertId(1), at: START, content: test_content(START) };
    let message =
        Message { key: "key".into(), alert, earlier: Vec::new(), first: None, attempt: 1, at: START };
    let net = net(&["127.0.0.3/32"], None);
    for status in [301, 302, 303, 307, 308] {
        door.on("/hook", [Reply::redirect(status, inside.url("/").as_str())]);
        let url = Secret::new(door.url("/hook").as_str());
        let settings = Settings { url: &url, secret: None, headers: &[] };
        let guard = Guard::with_lookup(&net, names());
        let hook = Webhook::new(&net, guard, &settings, Duration::from_secs(5)).expect("allowed");
        assert!(hook.send(&message).await.is_err());
    }
    assert_eq!((inside.connections(), door.requests().len()), (0, 5));
}

/// S1, S3: hubs, asked and redirecting.
#[tokio::test]
async fn hubs_meet_the_guard() {
    let (inside, door) = (FeedServer::start().await, FeedServer::start_on("127.0.0.3").await);
    let strict = fetcher(&net(&[], None));
    for url in forms(&inside) {
        let refused = strict.post_form(&url.parse().expect("a URL"), "a=b", &limits()).await;
        assert_eq!(refused.expect_err("refused").kind, NetErrorKind::Forbidden, "{url}");
    }
    let open = fetcher(&net(&["127.0.0.3/32"], None));
    for (index, url) in forms(&inside).iter().enumerate() {
        let status = [301, 302, 303, 307, 308][index % 5];
        door.on("/hub", [Reply::redirect(status, url)]);
        let refused = open.post_form(&door.url("/hub"), "a=b", &limits()).await;
        assert_eq!(refused.expect_err("refused").kind, NetErrorKind::Forbidden, "{status} {url}");
    }
    assert_eq!(inside.connections(), 0);
}

/// S1: a proxy at an inside address, by literal and by name.
#[tokio::test]
async fn proxies_meet_the_guard() {
    let inside = FeedServer::start().await;
    for url in forms(&inside) {
        for scheme in ["http", "https", "socks5", "socks5h"] {
            let net = net(&[], Some(url.replacen("http", scheme, 1)));
            let guard = Guard::with_lookup(&net, names());
            let Ok(client) = client(&net, &guard, &ClientOptions::default()) else { continue };
            let request = FetchRequest::bare("http://93.184.216.34/".parse().expect("a URL"));
            let fetched = Fetcher::new(client, guard).fetch(&request, &limits(), START).await;
            assert!(!fetched.outcome.is_success(), "{scheme} {url}: {fetched:?}");
        }
    }
    assert_eq!(inside.connections(), 0);
}

/// S1, S3: what documents point to: articles, their robots.txt, older pages, the site of a feed that is gone.
#[tokio::test]
async fn what_documents_point_to_meets_the_guard() {
    let (inside, door) = (FeedServer::start().await, FeedServer::start_on("127.0.0.3").await);
    let targets = forms(&inside);
    let item = |n: usize, link: &str| {
        format!("<entry><id>urn:{n}</id><title>Entry {n}</title><link href='{link}'/></entry>")
    };
    let mut feeds = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        let hop = format!("/hop{index}");
        door.on(&hop, [Reply::redirect([301, 302, 303, 307, 308][index % 5], target)]);
        for (kind, link) in [("direct", target.clone()), ("hop", door.url(&hop).to_string())] {
            let path = format!("/{kind}{index}");
            let document = |n: usize| {
                let older = format!("<link rel='prev-archive' href='{link}'/><link href='{link}'/>");
                let entries = item(n, &link) + &item(n + 1, &link);
                Reply::ok(format!("<feed xmlns='http://www.w3.org/2005/Atom'>{older}{entries}</feed>"))
            };
            door.on(&path, [document(1), document(5), Reply::status(410)]);
            feeds.push(FeedConfig { full_text: true, ..feed(&path[1..], door.url(&path)) });
        }
    }
    door.on("/robots.txt", [Reply::status(404)]);
    let count = feeds.len();
    let room = TestRoom::with(only("127.0.0.3", feeds), names(), Vec::new());
    for _ in 0..3 {
        assert_eq!(room.pass_all().await.polls, count);
        room.advance(Duration::from_secs(86_400));
    }
    assert_eq!(inside.connections(), 0);
    let hops = door.requests().iter().filter(|request| request.path().starts_with("/hop")).count();
    assert!(hops >= targets.len() * 2, "pages were asked for, up to the redirect: {hops}");
}

/// S1, S3: the commands: discover, add, parse, and a checked import of an OPML list.
#[tokio::test(flavor = "multi_thread")]
async fn commands_meet_the_guard() {
    let (inside, door) = (FeedServer::start().await, FeedServer::start_on("127.0.0.3").await);
    let directory = tempfile::tempdir().expect("a directory");
    let text = "[store]\npath = \"n.db\"\n[net]\nallow_addresses = [\"127.0.0.3/32\"]\n[intake]\nhost_spacing = \"0s\"\n";
    std::fs::write(directory.path().join("newswatch.toml"), text).expect("a file");
    // A resolver of the system's own has no names of ours.
    let targets: Vec<String> = forms(&inside).into_iter().filter(|url| !url.contains(".test")).collect();
    let mut outlines = String::new();
    let mut links = String::new();
    for (index, target) in targets.iter().enumerate() {
        let hop = format!("/hop{index}");
        door.on(&hop, [Reply::redirect(302, target)]);
        outlines += &format!("<outline xmlUrl='{target}'/><outline xmlUrl='{}'/>", door.url(&hop));
        links += &format!("<link rel=alternate type=application/rss+xml href='{target}'>");
        if index < 5 {
            links += &format!("<link rel=alternate type=application/rss+xml href='{hop}'>");
        }
    }
    std::fs::write(directory.path().join("list.opml"), format!("<opml><body>{outlines}</body></opml>"))
        .expect("a file");
    door.on(
        "/page",
        [Reply::ok(format!("<html><head>{links}</head></html>")).header("Content-Type", "text/html")],
    );
    let page = door.url("/page").to_string();
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["feeds", "import", "list.opml", "--check"],
        vec!["feeds", "discover", &page],
        vec!["feeds", "add", &page, "--yes"],
    ];
    for target in targets.iter().take(6) {
        commands.extend([vec!["feeds", "discover", target], vec!["feeds", "parse", target]]);
    }
    for command in commands {
        let (at, command) = (directory.path().to_owned(), command.iter().map(|part| (*part).to_owned()));
        let command: Vec<String> = command.collect();
        let adds = command[1] == "add";
        let said = tokio::task::spawn_blocking(move || run(&at, &command)).await.expect("the program");
        assert!(adds || said.contains("allow_addresses"), "{said}");
    }
    assert_eq!(inside.connections(), 0);
}

fn run(at: &Path, arguments: &[String]) -> String {
    let mut command = Command::cargo_bin("newswatch").expect("the program");
    let done = command.current_dir(at).args(["-c", "newswatch.toml"]).args(arguments).output();
    let done = done.expect("the program runs");
    [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}
