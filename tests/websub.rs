//! WebSub against a scripted hub, through our own HTTP side. The numbers are those of the public test suite for
//! subscribers.

#[path = "websub/discovery.rs"]
mod discovery;
#[path = "websub/pace.rs"]
mod pace;
#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

use arc_swap::ArcSwap;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::IntoResponse;
use hmac::{Hmac, KeyInit, Mac};
use metrics_exporter_prometheus::PrometheusBuilder;
use newswatch::app::App;
use newswatch::http::{Health, Side, router};
use newswatch::model::FeedId;
use newswatch::store::{Subscription, SubscriptionState};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::room::*;
use support::server::*;
use tokio::net::TcpListener;

type Form = HashMap<String, String>;

/// A hub that records what it is asked, answers with a status, and redirects `/old`.
#[derive(Clone)]
struct Hub {
    asked: Arc<Mutex<Vec<Form>>>,
    status: Arc<Mutex<StatusCode>>,
    moved: StatusCode,
    address: String,
}

impl Hub {
    async fn start(moved: StatusCode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let hub = Self {
            asked: Arc::default(),
            status: Arc::new(Mutex::new(StatusCode::ACCEPTED)),
            moved,
            address,
        };
        let app = axum::Router::new().fallback(asked).with_state(hub.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        hub
    }

    fn asked(&self) -> Vec<Form> {
        self.asked.lock().expect("forms").clone()
    }
}

async fn asked(
    State(hub): State<Hub>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> axum::response::Response {
    if uri.path() == "/old" {
        return (hub.moved, [(header::LOCATION, "/hub")]).into_response();
    }
    assert_eq!(headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
    assert!(headers.get(header::COOKIE).is_none() && headers.get(header::REFERER).is_none());
    hub.asked
        .lock()
        .expect("forms")
        .push(url::form_urlencoded::parse(body.as_bytes()).into_owned().collect());
    let status = *hub.status.lock().expect("a status");
    (status, "in the hub's words").into_response()
}

/// A room with one feed that names a hub, and our HTTP side in front of it.
struct Stage {
    room: TestRoom,
    feed: FeedServer,
    hub: Hub,
    client: reqwest::Client,
}

fn document(hub: &str, own: &str, entries: &[&str]) -> Vec<u8> {
    let items: Vec<(&str, &str)> = entries.iter().map(|name| (*name, *name)).collect();
    let hub = if hub.is_empty() { String::new() } else { format!("<a:link rel='hub' href='{hub}'/>") };
    let links = format!("{hub}<a:link rel='self' href='{own}'/>");
    let text = String::from_utf8(rss_with(&links, &items)).expect("text");
    text.replace("<rss ", "<rss xmlns:a='http://www.w3.org/2005/Atom' ").into_bytes()
}

impl Stage {
    /// Polled once, with the hub at `path` of the scripted hub.
    async fn new(path: &str) -> Self {
        Self::with(Hub::start(StatusCode::TEMPORARY_REDIRECT).await, path).await
    }

    async fn with(hub: Hub, path: &str) -> Self {
        Self::of(hub, |hub, own| Reply::ok(document(&format!("{hub}{path}"), own, &["first"]))).await
    }

    /// Polled once; the answer is made of the hub's address and the feed's own.
    async fn of(hub: Hub, answer: impl FnOnce(&str, &str) -> Reply) -> Self {
        let server = FeedServer::start().await;
        let own = server.url("/own").to_string();
        server.on("/feed", [answer(&hub.address, &own)]);
        let room = TestRoom::new(vec![feed("f", server.url("/feed"))]);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let public = format!("http://{}/", listener.local_addr().expect("an address"));
        room.reconfigure(|config| config.http.public_url = Some(public.parse().expect("a URL")));
        let app =
            App { config: room.config.load_full(), store: room.store.clone(), clock: room.clock.clone() };
        let side = Side {
            app: Arc::new(ArcSwap::from_pointee(app)),
            health: Arc::new(Health::new(&[])),
            intake: room.intake.clone(),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
        };
        tokio::spawn(async move { axum::serve(listener, router(side)).await });
        room.poll_now().await;
        Self { room, feed: server, hub, client: reqwest::Client::new() }
    }

    async fn subscription(&self) -> Option<Subscription> {
        self.room.store.read(|read| read.subscription(&FeedId::from("f"))).await.expect("a read")
    }

    async fn ask(&self) -> usize {
        self.room.intake.ask_hubs().await.expect("a pass")
    }

    /// The hub calls back about the newest form; status and body of our answer.
    async fn verify(&self, change: &[(&str, &str)]) -> (u16, String) {
        let form = self.hub.asked().pop().expect("a form");
        let mut query: Form = HashMap::from([
            ("hub.mode".to_owned(), form["hub.mode"].clone()),
            ("hub.topic".to_owned(), form["hub.topic"].clone()),
            ("hub.challenge".to_owned(), "a challenge & more".to_owned()),
            ("hub.lease_seconds".to_owned(), "100000".to_owned()),
        ]);
        query.extend(change.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut address: url::Url = form["hub.callback"].parse().expect("a URL");
        address.query_pairs_mut().extend_pairs(&query);
        let answer = self.client.get(address).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    /// Subscribed and verified.
    async fn subscribed(&self) -> Form {
        self.subscribed_for("100000").await
    }

    /// Subscribed and verified, with a lease of so many seconds.
    async fn subscribed_for(&self, lease: &str) -> Form {
        assert_eq!(self.ask().await, 1);
        let answer = self.verify(&[("hub.lease_seconds", lease)]).await;
        assert_eq!(answer, (200, "a challenge & more".to_owned()));
        self.hub.asked().pop().expect("a form")
    }

    /// A push with this signature; our status, and how many entries there are after it.
    async fn push(&self, callback: &str, signature: Option<String>, entries: &[&str]) -> (u16, usize) {
        let body = document("", "https://a.example/", entries);
        let mut request = self.client.post(callback).body(body);
        if let Some(signature) = signature {
            request = request.header("X-Hub-Signature", signature);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), self.room.entries().await.len())
    }
}

fn signed(secret: &str, entries: &[&str]) -> Option<String> {
    signed_by::<Hmac<Sha256>>("sha256", secret, entries)
}

fn signed_by<M: Mac + KeyInit>(method: &str, secret: &str, entries: &[&str]) -> Option<String> {
    let mut mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(&document("", "https://a.example/", entries));
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("{method}={digits}"))
}

/// 103, 200, 300: from the document to the pushed entry, with the address the feed states.
#[tokio::test]
async fn a_hub_is_found_asked_verified_and_heard() {
    let stage = Stage::new("/hub").await;
    let form = stage.subscribed().await;
    assert_eq!(form["hub.mode"], "subscribe");
    assert_eq!(
        form["hub.topic"],
        stage.feed.url("/own").as_str(),
        "200: its own address, not the one polled"
    );
    let token = form["hub.callback"].rsplit('/').next().expect("a token");
    assert!(token.len() == 64 && form["hub.secret"].len() == 64 && token != form["hub.secret"]);
    let before = stage.room.state("f").await;
    let (status, entries) = stage
        .push(&form["hub.callback"], signed(&form["hub.secret"], &["first", "pushed"]), &["first", "pushed"])
        .await;
    assert_eq!((status, entries), (202, 2));
    let pushed =
        stage.room.entries().await.into_iter().find(|entry| entry.title == "pushed").expect("the entry");
    assert!(!pushed.backlog, "it is news");
    let after = stage.room.state("f").await;
    assert_eq!((before.next_due, before.polls), (after.next_due, after.polls), "polling goes on as ever");
    assert!(stage.subscription().await.expect("it").last_push.is_some());
    // The poll that follows knows the entry, and nothing is asked of the hub again before its time.
    stage.room.advance(Duration::from_secs(3600));
    stage.room.poll_now().await;
    assert_eq!((stage.ask().await, stage.room.entries().await.len()), (0, 2));
}

/// 301, 302: pushes without a good signature are answered and ignored; strangers have no address here.
#[tokio::test]
async fn unsigned_pushes_bring_nothing() {
    let stage = Stage::new("/hub").await;
    let form = stage.subscribed().await;
    let (callback, secret) = (&form["hub.callback"], &form["hub.secret"]);
    for signature in [
        None,
        signed("another secret", &["bad"]),
        signed(secret, &["other text"]),
        Some("sha1=00".to_owned()),
        Some("x".to_owned()),
    ] {
        assert_eq!(stage.push(callback, signature.clone(), &["bad"]).await, (202, 1), "{signature:?}");
    }
    let stranger = format!("{}0", &callback[..callback.len() - 1]);
    let stranger =
        if stranger == *callback { format!("{}1", &callback[..callback.len() - 1]) } else { stranger };
    assert_eq!(stage.push(&stranger, signed(secret, &["bad"]), &["bad"]).await, (404, 1));
    stage.room.advance(Duration::from_secs(100_001));
    assert_eq!(
        stage.push(callback, signed(secret, &["late"]), &["late"]).await,
        (202, 1),
        "the lease is over"
    );
    stage.room.reconfigure(|config| config.http.public_url = None);
    assert_eq!(stage.push(callback, signed(secret, &["off"]), &["off"]).await, (404, 1), "switched off");
}

/// 205: a hub that verifies what nobody asked for is refused; one that denies is asked again after a week.
#[tokio::test]
async fn only_what_was_asked_is_verified() {
    let stage = Stage::new("/hub").await;
    assert_eq!(stage.ask().await, 1);
    for change in
        [("hub.topic", "https://other.example/"), ("hub.mode", "unsubscribe"), ("hub.challenge", "")]
    {
        assert_eq!(stage.verify(&[change]).await.0, 404, "{change:?}");
    }
    assert_eq!(stage.subscription().await.expect("it").state, SubscriptionState::Wanted);
    assert_eq!(stage.verify(&[("hub.mode", "denied"), ("hub.reason", "full")]).await.0, 200);
    let denied = stage.subscription().await.expect("it");
    assert!(denied.state == SubscriptionState::Denied && denied.message.expect("why").contains("full"));
    stage.room.advance(Duration::from_secs(6 * 86_400));
    assert_eq!(stage.ask().await, 0);
    stage.room.advance(Duration::from_secs(86_400 + 1));
    assert_eq!((stage.ask().await, stage.hub.asked().len()), (1, 2));
}

/// The lease is renewed before 80 % of it are over, and pushes go on meanwhile.
#[tokio::test]
async fn leases_are_renewed_in_time() {
    let stage = Stage::new("/hub").await;
    let form = stage.subscribed().await;
    stage.room.advance(Duration::from_secs(74_000));
    assert_eq!(stage.ask().await, 0);
    stage.room.advance(Duration::from_secs(5_000));
    assert_eq!(stage.ask().await, 1, "at 79 % of 100,000 s");
    let again = stage.hub.asked().pop().expect("a form");
    assert_eq!((&again["hub.callback"], &again["hub.secret"]), (&form["hub.callback"], &form["hub.secret"]));
    assert_eq!(
        stage.push(&form["hub.callback"], signed(&form["hub.secret"], &["x"]), &["x"]).await,
        (202, 2)
    );
    assert_eq!(stage.verify(&[]).await.0, 200);
    stage.room.advance(Duration::from_secs(30_000));
    assert_eq!(
        stage.push(&form["hub.callback"], signed(&form["hub.secret"], &["y"]), &["y"]).await,
        (202, 3)
    );
}

/// 203, 204: a hub that redirects is followed with the whole form, whatever the status.
#[tokio::test]
async fn hubs_that_moved_are_followed() {
    for moved in [StatusCode::FOUND, StatusCode::MOVED_PERMANENTLY, StatusCode::PERMANENT_REDIRECT] {
        let stage = Stage::with(Hub::start(moved).await, "/old").await;
        assert_eq!(stage.subscribed().await["hub.mode"], "subscribe", "{moved}");
    }
}

/// 201, 202: a topic that redirects is subscribed to under the address it states.
#[tokio::test]
async fn topics_that_moved_are_subscribed_under_their_own_address() {
    for status in [301, 302] {
        let stage = Stage::new("/hub").await;
        let target = stage.feed.url("/target").to_string();
        let body = document(&format!("{}/hub", stage.hub.address), &target, &["first"]);
        stage.feed.on("/target", [Reply::ok(body)]);
        stage.feed.on("/feed", [Reply::redirect(status, &target)]);
        stage.room.advance(Duration::from_secs(86_400));
        stage.room.poll_now().await;
        assert_eq!(stage.subscribed().await["hub.topic"], target);
    }
}

/// A feed that names its hub no more is unsubscribed; the hub's check of that is answered, and it is forgotten.
#[tokio::test]
async fn a_hub_that_is_no_longer_named_is_left() {
    let stage = Stage::new("/hub").await;
    let form = stage.subscribed().await;
    stage.feed.on("/feed", [Reply::ok(document("", "https://a.example/", &["first", "second"]))]);
    stage.room.advance(Duration::from_secs(7200));
    stage.room.poll_now().await;
    assert_eq!(stage.ask().await, 1);
    let left = stage.hub.asked().pop().expect("a form");
    assert_eq!((left["hub.mode"].as_str(), &left["hub.callback"]), ("unsubscribe", &form["hub.callback"]));
    assert_eq!(stage.verify(&[]).await.0, 200);
    assert_eq!(stage.subscription().await, None);
}

/// Hubs that fail are asked ever more seldom; one inside the house is never asked; without a public address nobody is.
#[tokio::test]
async fn failing_and_forbidden_hubs_cost_nothing() {
    let stage = Stage::new("/hub").await;
    *stage.hub.status.lock().expect("a status") = StatusCode::FORBIDDEN;
    assert_eq!(stage.ask().await, 1);
    let known = stage.subscription().await.expect("it");
    assert!(known.message.expect("why").contains("403 in the hub's words"));
    assert_eq!(stage.ask().await, 0, "not at once");
    let inside = document("http://10.0.0.1/hub", "https://a.example/", &["first", "other"]);
    stage.feed.on("/feed", [Reply::ok(inside)]);
    stage.room.advance(Duration::from_secs(7200));
    stage.room.poll_now().await;
    assert_eq!(stage.ask().await, 1);
    let known = stage.subscription().await.expect("it");
    assert!(known.message.as_deref().is_some_and(|why| why.contains("10.0.0.1")), "{known:?}");
    assert_eq!(stage.hub.asked().len(), 1);
    stage.room.reconfigure(|config| config.http.public_url = None);
    stage.room.advance(Duration::from_secs(86_400));
    assert_eq!(stage.ask().await, 0);
}
