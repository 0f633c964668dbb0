//! How often a feed is polled whose hub pushes: more seldom once the hub has proven itself, at the old pace as soon as
//! it misses something, its lease ends or it refuses; and what hubs that sign with SHA-1 are good for.

use super::*;
use sha1::Sha1;

const DAY: Duration = Duration::from_secs(86_400);
const TEN_DAYS: &str = "864000";

impl Stage {
    /// What the feed shows from now on.
    fn shows(&self, entries: &[String]) {
        let names: Vec<&str> = entries.iter().map(String::as_str).collect();
        let hub = format!("{}/hub", self.hub.address);
        self.feed.on("/feed", [Reply::ok(document(&hub, self.feed.url("/own").as_str(), &names))]);
    }

    /// Polls when the feed is due; the pause from then to the next.
    async fn polled_when_due(&self) -> Duration {
        self.room.until_due("f").await;
        self.room.poll().await;
        let state = self.room.state("f").await;
        state.next_due.since(state.last_poll.expect("polled"))
    }

    async fn confirmed(&self) -> u32 {
        self.subscription().await.expect("it").confirmed
    }

    /// Publishes entries one by one, each pushed and then polled for; the pauses.
    async fn proves_itself(&self, form: &Form, names: &mut Vec<String>, times: usize) -> Vec<Duration> {
        let mut pauses = Vec::new();
        for _ in 0..times {
            let name = format!("pushed {}", names.len());
            names.push(name.clone());
            self.shows(names);
            let signature = signed(&form["hub.secret"], &[&name]);
            assert_eq!(self.push(&form["hub.callback"], signature, &[&name]).await, (202, names.len()));
            pauses.push(self.polled_when_due().await);
            assert_eq!(self.room.entries().await.len(), names.len());
        }
        pauses
    }
}

#[tokio::test]
async fn a_proven_hub_is_polled_behind_more_seldom_and_not_once_it_misses_something() {
    let stage = Stage::new("/hub").await;
    let form = stage.subscribed_for(TEN_DAYS).await;
    let mut names = vec!["first".to_owned()];
    let pauses = stage.proves_itself(&form, &mut names, 7).await;
    assert_eq!(stage.confirmed().await, 7);
    let usual = pauses[1];
    assert!(pauses[2] > usual.mul_f64(1.5), "the third proves it: {pauses:?}");
    assert!(pauses[4] > pauses[2].mul_f64(1.5), "and it goes on: {pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= DAY + Duration::from_secs(600)), "{pauses:?}");
    let told = stage.room.state("f").await.due_reason;
    assert!(told.contains("its hub pushes, as 7 polls in a row confirmed"), "{told}");
    // Quiet times say nothing for or against it.
    stage.polled_when_due().await;
    assert_eq!(stage.confirmed().await, 7);
    names.push("missed".to_owned());
    stage.shows(&names);
    let pause = stage.polled_when_due().await;
    assert_eq!((stage.confirmed().await, stage.room.entries().await.len()), (0, names.len()));
    assert!(pause <= usual.mul_f64(1.5), "back at once: {pause:?}, usually {usual:?}");
}

#[tokio::test]
async fn the_end_of_a_lease_is_the_end_of_the_slow_pace() {
    let stage = Stage::new("/hub").await;
    let form = stage.subscribed_for(TEN_DAYS).await;
    let mut names = vec!["first".to_owned()];
    let usual = stage.proves_itself(&form, &mut names, 7).await[1];
    let end = stage.subscription().await.expect("it").lease_until.expect("a lease");
    // Nobody renews it.
    loop {
        let pause = stage.polled_when_due().await;
        let last = stage.room.state("f").await.last_poll.expect("polled");
        if last >= end {
            assert!(pause <= usual.mul_f64(1.5), "{pause:?}, usually {usual:?}");
            assert!(last.since(end) <= Duration::from_secs(600), "polled when it ended");
            break;
        }
    }
    assert_eq!(stage.confirmed().await, 0);
}

#[tokio::test]
async fn a_hub_that_refuses_to_go_on_is_polled_behind_as_before() {
    let stage = Stage::new("/hub").await;
    let form = stage.subscribed_for(TEN_DAYS).await;
    let mut names = vec!["first".to_owned()];
    stage.proves_itself(&form, &mut names, 7).await;
    let before = stage.room.state("f").await;
    assert!(before.next_due.since(before.last_poll.expect("polled")) > DAY / 4);
    assert_eq!(stage.verify(&[("hub.mode", "denied")]).await.0, 200);
    let after = stage.room.state("f").await;
    let pause = after.next_due.since(after.last_poll.expect("polled"));
    assert!(pause <= Duration::from_secs(3600), "{pause:?}");
    assert_eq!(after.due_reason, "its hub pushes no longer");
}

/// Hubs of old sign with SHA-1: what they push is not read, but it says that there is news.
#[tokio::test]
async fn a_push_under_sha1_brings_a_poll_and_no_entries() {
    let stage = Stage::new("/hub").await;
    let form = stage.subscribed_for(TEN_DAYS).await;
    let (callback, secret) = (&form["hub.callback"], &form["hub.secret"]);
    stage.shows(&["first".to_owned(), "second".to_owned()]);
    let before = stage.room.state("f").await.next_due;
    let wrong = signed_by::<Hmac<Sha1>>("sha1", "another secret", &["second"]);
    assert_eq!(stage.push(callback, wrong, &["second"]).await, (202, 1));
    assert_eq!(stage.room.state("f").await.next_due, before, "not the hub's");
    let good = signed_by::<Hmac<Sha1>>("sha1", secret, &["second"]);
    assert_eq!(stage.push(callback, good, &["second"]).await, (202, 1));
    let state = stage.room.state("f").await;
    let least = stage.room.config.load().intake.min_interval;
    assert_eq!(state.next_due, state.last_poll.expect("polled").plus(least), "as soon as it may be");
    assert_eq!(state.due_reason, "its hub says there is news");
    stage.polled_when_due().await;
    assert_eq!((stage.room.entries().await.len(), stage.confirmed().await), (2, 1), "announced, and found");
}

/// A genuine push that is no feed (a bare ping, the page itself) says the same.
#[tokio::test]
async fn a_push_that_is_no_feed_brings_a_poll() {
    let stage = Stage::new("/hub").await;
    let form = stage.subscribed_for(TEN_DAYS).await;
    let mut mac = Hmac::<Sha256>::new_from_slice(form["hub.secret"].as_bytes()).expect("a key");
    mac.update(b"ping");
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let before = stage.room.state("f").await.next_due;
    let push = stage.client.post(&form["hub.callback"]).body("ping");
    let answer = push.header("X-Hub-Signature", format!("sha256={digits}")).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert!(stage.room.state("f").await.next_due < before);
}
