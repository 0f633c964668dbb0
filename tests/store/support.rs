//! Short words for the store's tests: a fresh store on each backend, and single changes.

pub use crate::rows::*;
use newswatch::model::*;
use newswatch::store::*;

/// Runs a case on a fresh store of every backend.
pub fn each_backend(case: impl Fn(&StoreHandle)) {
    let dir = tempfile::tempdir().expect("temporary directory");
    let store = StoreHandle::open_daemon(&dir.path().join("n.db")).expect("a fresh SQLite store");
    case(&store);
}

/// A question that must be answered.
pub fn ask<R>(store: &StoreHandle, question: impl FnOnce(&dyn Read) -> Result<R>) -> R {
    store.read_blocking(question).expect("an answer")
}

/// Makes feeds known, each with the time it is first due.
pub fn sync(store: &StoreHandle, feeds: &[(&str, i64)]) {
    let seeds: Vec<FeedSeed> = feeds
        .iter()
        .map(|(feed, due)| FeedSeed {
            feed: (*feed).into(),
            url: format!("https://{feed}.example/"),
            first_due: Time(*due),
        })
        .collect();
    store.write_blocking(move |tx| tx.sync_feeds(&seeds, Time(0))).expect("synced");
}

/// Names of the feeds claimed.
pub fn claim(store: &StoreHandle, now: i64, all: bool, limit: usize, until: i64) -> Vec<String> {
    let claimed = store.write_blocking(move |tx| tx.claim_feeds(Time(now), all, limit, Time(until), &[]));
    names(&claimed.expect("claimed"))
}

/// Names of feeds.
pub fn names(states: &[FeedState]) -> Vec<String> {
    states.iter().map(|state| state.feed.0.clone()).collect()
}

/// Entry `k<number>` with an address; odd ones English from one outlet, even ones German from another.
pub fn numbered(number: i64) -> NewEntry {
    let odd = number % 2 == 1;
    NewEntry {
        canonical_url: Some(format!("https://x.example/{number}")),
        publisher: Some(if odd { "Daily" } else { "Zeitung" }.to_owned()),
        lang: Some(if odd { "en" } else { "de" }.to_owned()),
        ..entry(&format!("k{number}"), &format!("Headline number{number}"), "Some words")
    }
}

/// Entries 1 to `count`, odd ones in feed `a`, even ones in `b`, seen at 10, 11, …
pub fn seed_entries(store: &StoreHandle, count: i64) {
    sync(store, &[("a", 1), ("b", 1)]);
    for number in 1..=count {
        let feed = if number % 2 == 1 { "a" } else { "b" };
        absorb(store, feed, vec![numbered(number)], 9 + number);
    }
}

/// Takes entries in.
pub fn absorb(store: &StoreHandle, feed: &str, entries: Vec<NewEntry>, now: i64) -> Absorbed {
    let feed = FeedId::from(feed);
    store.write_blocking(move |tx| tx.absorb_entries(&feed, &entries, false, Time(now))).expect("absorbed")
}

/// Records judgements.
pub fn record(store: &StoreHandle, judgements: Vec<Judgement>, now: i64) -> Recorded {
    store.write_blocking(move |tx| tx.record_judgements(&judgements, Time(now))).expect("recorded")
}

/// Claims deliveries.
pub fn claim_deliveries(
    store: &StoreHandle,
    now: i64,
    receivers: &[&str],
    limit: usize,
    until: i64,
) -> Vec<ClaimedDelivery> {
    let receivers: Vec<ReceiverName> = receivers.iter().map(|name| (*name).into()).collect();
    store
        .write_blocking(move |tx| tx.claim_deliveries(Time(now), &receivers, limit, Time(until)))
        .expect("claimed")
}

/// Records an attempt.
pub fn attempt(store: &StoreHandle, delivery: DeliveryId, at: i64, verdict: AttemptVerdict) {
    let record =
        AttemptRecord { delivery, at: Time(at), duration_ms: 3, message: format!("{verdict:?}"), verdict };
    store.write_blocking(move |tx| tx.record_attempt(&record)).expect("recorded");
}

/// Words that begin like this.
pub fn prefix(text: &str) -> TextFilter {
    match phrase(text) {
        TextFilter::Phrase { tokens, title_only, .. } => {
            TextFilter::Phrase { tokens, prefix: true, title_only }
        }
        other => other,
    }
}
