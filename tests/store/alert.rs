//! What the alert room asks of the store: the outbox.

use crate::support::*;
use newswatch::model::*;
use newswatch::store::*;

#[test]
fn deliveries_are_claimed_once_until_the_lease_ends() {
    each_backend(|store| {
        seed_entries(store, 3);
        record(store, vec![judge(1, 1, vec![hit("chips", &["mail", "hook"])])], 50);
        record(store, vec![judge(2, 1, vec![hit("travel", &["mail"])])], 51);
        assert_eq!(ask(store, |read| read.next_delivery()), Some(Time(50)));
        let first = claim_deliveries(store, 60, &["mail"], 1, 100);
        assert_eq!((first.len(), first[0].delivery.receiver.as_str()), (1, "mail"));
        assert_eq!(first[0].alert.content.topic.as_str(), "chips");
        assert!(first[0].earlier.is_empty());
        let second = claim_deliveries(store, 60, &["mail"], 9, 100);
        assert_eq!(second.len(), 1, "the other one for mail");
        assert_eq!(second[0].earlier, [first[0].delivery.idempotency_key.clone()], "for threading");
        assert!(claim_deliveries(store, 99, &["mail"], 9, 200).is_empty());
        assert_eq!(claim_deliveries(store, 100, &["mail"], 9, 200).len(), 2, "the sender died");
        assert!(claim_deliveries(store, 49, &["hook"], 9, 200).is_empty(), "not due yet");
        assert_eq!(claim_deliveries(store, 200, &["mail", "hook"], 9, 300).len(), 3);
        assert_eq!(ask(store, |read| read.next_delivery()), Some(Time(300)));
    });
}

#[test]
fn an_attempt_ends_the_claim_with_its_verdict() {
    each_backend(|store| {
        seed_entries(store, 1);
        record(store, vec![judge(1, 1, vec![hit("chips", &["mail"])])], 50);
        let id = claim_deliveries(store, 60, &["mail"], 1, 100)[0].delivery.id;
        let delivery = || ask(store, |read| read.alert(AlertId(1))).expect("made").deliveries[0].clone();
        attempt(store, id, 61, AttemptVerdict::RetryAt(Time(70)));
        assert_eq!((delivery().attempts, delivery().next_attempt), (1, Time(70)));
        assert_eq!(ask(store, |read| read.next_delivery()), Some(Time(70)));
        attempt(store, id, 71, AttemptVerdict::Dead);
        assert_eq!((delivery().state, delivery().finished), (DeliveryState::Dead, Some(Time(71))));
        assert!(claim_deliveries(store, 999, &["mail"], 9, 1_000).is_empty());
        for (which, expected) in [
            (RetryWhich::Delivery(DeliveryId(99)), 0),
            (RetryWhich::Alert(AlertId(99)), 0),
            (RetryWhich::Alert(AlertId(1)), 1),
            (RetryWhich::All, 0),
        ] {
            let retried = store.write_blocking(move |tx| tx.retry_deliveries(which, Time(80)));
            assert_eq!(retried.expect("retry"), expected, "{which:?}");
        }
        assert_eq!(
            (delivery().state, delivery().next_attempt, delivery().finished),
            (DeliveryState::Pending, Time(80), None)
        );
        attempt(store, id, 81, AttemptVerdict::Sent);
        attempt(store, id, 82, AttemptVerdict::RetryAt(Time(90)));
        assert_eq!(
            (delivery().state, delivery().finished),
            (DeliveryState::Sent, Some(Time(81))),
            "sent is final"
        );
        let attempts = ask(store, move |read| read.attempts(id));
        assert_eq!(
            attempts.iter().map(|one| (one.at.0, one.ok)).collect::<Vec<_>>(),
            [(61, false), (71, false), (81, true), (82, false)]
        );
        let missing = AttemptRecord {
            delivery: DeliveryId(99),
            at: Time(1),
            duration_ms: 1,
            message: String::new(),
            verdict: AttemptVerdict::Sent,
        };
        let missing = store.write_blocking(move |tx| tx.record_attempt(&missing));
        assert!(matches!(missing, Err(StoreError::NotFound(_))));
    });
}

#[test]
fn test_alerts_may_repeat_and_thread_with_nothing() {
    each_backend(|store| {
        let add = || {
            store
                .write_blocking(|tx| {
                    tx.add_alert(&content("test", 0, 0), &["mail".into(), "mail".into()], Time(5))
                })
                .expect("added")
        };
        assert_ne!(add(), add());
        let claimed = claim_deliveries(store, 10, &["mail"], 9, 20);
        assert_eq!(claimed.len(), 2);
        assert_ne!(claimed[0].delivery.idempotency_key, claimed[1].delivery.idempotency_key);
        assert!(claimed[1].earlier.is_empty());
    });
}
