//! Proxies: HTTP, SOCKS5 with names looked up here, SOCKS5 with names looked up there; the guard holds with each.

use super::*;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// A small SOCKS5 server (RFC 1928, no authentication): it keeps what was asked of it and always connects to one server.
struct Socks {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Socks {
    async fn start(scheme: &str, to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.3:0").await.expect("a port");
        let url = format!("{scheme}://{}", listener.local_addr().expect("an address"));
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(relay(stream, to, kept.clone()));
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("asked").clone()
    }
}

async fn relay(mut stream: TcpStream, to: u16, asked: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut greeting = [0; 2];
    stream.read_exact(&mut greeting).await?;
    stream.read_exact(&mut vec![0; usize::from(greeting[1])]).await?;
    stream.write_all(&[5, 0]).await?;
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let host = match head[3] {
        1 => {
            let mut address = [0; 4];
            stream.read_exact(&mut address).await?;
            std::net::Ipv4Addr::from(address).to_string()
        }
        _ => {
            let mut name = vec![0; usize::from(stream.read_u8().await?)];
            stream.read_exact(&mut name).await?;
            String::from_utf8_lossy(&name).into_owned()
        }
    };
    stream.read_u16().await?;
    asked.lock().expect("asked").push(host);
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    let mut server = TcpStream::connect(("127.0.0.1", to)).await?;
    copy_bidirectional(&mut stream, &mut server).await.map(drop)
}

/// Feeds by name: outside, inside, a name that changes its mind, one that only the proxy knows, and inside by address.
async fn behind(proxy: &str, port: u16) -> TestRoom {
    let names = Arc::new(Names::default());
    names.set("outside.test", &[&["93.184.216.34"]]);
    names.set("inside.test", &[&["10.0.0.1"]]);
    names.set("mixed.test", &[&["93.184.216.34", "169.254.169.254"]]);
    let by_name = ["outside", "inside", "mixed", "unknown"];
    let mut feeds: Vec<FeedConfig> =
        by_name.iter().map(|name| feed(name, format!("http://{name}.test:{port}/feed"))).collect();
    feeds.push(feed("literal", format!("http://10.0.0.1:{port}/feed")));
    feeds.push(feed("redirect", format!("http://outside.test:{port}/redirect")));
    let mut config = only("127.0.0.3", feeds);
    config.net.proxy = Some(proxy.to_owned());
    let room = TestRoom::with(config, names, Vec::new());
    room.pass_all().await;
    room
}

async fn server() -> FeedServer {
    let server = FeedServer::start().await;
    server.on("/feed", [Reply::ok(rss(&[("a", "First")]))]);
    server.on("/redirect", [Reply::redirect(302, format!("http://inside.test:{}/feed", server.port()))]);
    server
}

fn refused(room: &TestRoom, ids: &[&str]) {
    for id in ids {
        assert_eq!(outcome_of(room, id), PollOutcome::Forbidden, "{id}");
    }
}

/// With `socks5://` names are looked up here, under the guard, and the proxy is given addresses.
#[tokio::test]
async fn socks_with_names_looked_up_here() {
    let server = server().await;
    let socks = Socks::start("socks5", server.port()).await;
    let room = behind(&socks.url, server.port()).await;
    assert_eq!(outcome_of(&room, "outside"), PollOutcome::Fetched, "{:?}", room.state("outside").await);
    refused(&room, &["inside", "mixed", "literal", "redirect"]);
    assert!(!outcome_of(&room, "unknown").is_success());
    assert!(socks.asked().iter().all(|host| host == "93.184.216.34"), "{:?}", socks.asked());
}

/// With `socks5h://` the proxy looks names up; those that lead inside by our own resolver never reach it.
#[tokio::test]
async fn socks_with_names_looked_up_there() {
    let server = server().await;
    let socks = Socks::start("socks5h", server.port()).await;
    let room = behind(&socks.url, server.port()).await;
    for id in ["outside", "unknown"] {
        assert_eq!(
            outcome_of(&room, id),
            PollOutcome::Fetched,
            "{id}: {:?}",
            room.state(id).await.last_message
        );
    }
    refused(&room, &["inside", "mixed", "literal", "redirect"]);
    let asked = socks.asked();
    assert!(asked.iter().all(|host| host == "outside.test" || host == "unknown.test"), "{asked:?}");
}

/// The same with an HTTP proxy.
#[tokio::test]
async fn http_proxies() {
    let proxy = FeedServer::start_on("127.0.0.3").await;
    proxy.otherwise(|request| match request.path() {
        path if path.ends_with("/redirect") => Reply::redirect(302, "http://inside.test:8080/feed"),
        _ => Reply::ok(rss(&[("a", "First")])),
    });
    let room = behind(proxy.url("/").as_str(), 8080).await;
    for id in ["outside", "unknown"] {
        assert_eq!(
            outcome_of(&room, id),
            PollOutcome::Fetched,
            "{id}: {:?}",
            room.state(id).await.last_message
        );
    }
    refused(&room, &["inside", "mixed", "literal", "redirect"]);
    let asked: Vec<String> = proxy.requests().iter().map(Request::path).collect();
    let known = |path: &String| path.contains("//outside.test:") || path.contains("//unknown.test:");
    assert!(asked.iter().all(known), "{asked:?}");
}
