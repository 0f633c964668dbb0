//! What intake asks of the store: claims, polls, entries.

use crate::support::*;
use newswatch::model::*;
use newswatch::store::*;

#[test]
fn feeds_are_claimed_once_and_the_most_overdue_first() {
    each_backend(|store| {
        sync(store, &[("a", 30), ("b", 10), ("c", 20), ("later", 5_000)]);
        let first = claim(store, 100, false, 2, 200);
        assert_eq!(first, ["b", "c"], "most overdue first, as many as asked for");
        assert_eq!(claim(store, 100, false, 9, 200), ["a"], "claimed feeds are not given twice");
        assert!(claim(store, 199, false, 9, 300).is_empty());
        assert_eq!(claim(store, 200, false, 9, 300), ["b", "c", "a"], "a lease that ended is due again");
        assert_eq!(
            claim(store, 200, true, 9, 300),
            ["later"],
            "`all` takes what is not due, but nothing claimed"
        );
    });
}

#[test]
fn busy_feeds_are_left_and_released_ones_come_back() {
    each_backend(|store| {
        sync(store, &[("a", 1), ("b", 2), ("c", 3)]);
        let busy = [FeedId::from("a"), FeedId::from("c")];
        let claimed = store
            .write_blocking(move |tx| tx.claim_feeds(Time(10), false, 9, Time(50), &busy))
            .expect("claim");
        assert_eq!(names(&claimed), ["b"]);
        assert_eq!(claimed[0].lease_until, Some(Time(50)));
        store.write_blocking(|tx| tx.release_feeds(&[("b".into(), Time(7))])).expect("release");
        let due = ask(store, |read| read.feed_state(&"b".into())).expect("known");
        assert_eq!((due.lease_until, due.next_due), (None, Time(7)));
        assert_eq!(ask(store, |read| read.next_due()), Some(Time(1)));
    });
}

#[test]
fn the_next_due_time_counts_claimed_feeds_from_the_end_of_their_lease() {
    each_backend(|store| {
        assert_eq!(ask(store, |read| read.next_due()), None);
        sync(store, &[("a", 10)]);
        claim(store, 10, false, 1, 500);
        assert_eq!(ask(store, |read| read.next_due()), Some(Time(500)));
        store.write_blocking(|tx| tx.set_paused(&"a".into(), true, Time(20))).expect("pause");
        assert_eq!(ask(store, |read| read.next_due()), None);
    });
}

#[test]
fn paused_gone_and_removed_feeds_are_never_due() {
    each_backend(|store| {
        sync(store, &[("paused", 1), ("gone", 1), ("removed", 1), ("kept", 1)]);
        store.write_blocking(|tx| tx.set_paused(&"paused".into(), true, Time(2))).expect("pause");
        let gone = PollRecord { gone: true, outcome: PollOutcome::Gone, ..poll("gone", 3) };
        store.write_blocking(move |tx| tx.finish_poll(&gone)).expect("poll");
        sync(store, &[("paused", 1), ("gone", 1), ("kept", 1)]);
        assert_eq!(claim(store, 99_999, true, 9, 100_000), ["kept"]);
        assert_eq!(ask(store, |read| read.feed_states()).len(), 4, "rows outlive their configuration");
        store.write_blocking(|tx| tx.set_paused(&"gone".into(), false, Time(7))).expect("resume");
        assert_eq!(claim(store, 7, false, 9, 100_000), ["gone"], "resuming clears `gone` and makes it due");
        let unknown = store.write_blocking(|tx| tx.set_paused(&"nobody".into(), true, Time(8)));
        assert!(matches!(unknown, Err(StoreError::NotFound(_))));
    });
}

#[test]
fn a_poll_is_remembered_field_by_field() {
    each_backend(|store| {
        sync(store, &[("a", 1)]);
        let validators =
            Validators { etag: Some(b"\"\xff\"".to_vec()), last_modified: Some(b"Mon".to_vec()) };
        let first = PollRecord {
            validators: Some(validators.clone()),
            final_url: Some(Some("https://x.example/feed".to_owned())),
            body_hash: Some("h1".to_owned()),
            document: Some(DocumentFacts {
                title: Some("T".into()),
                language: Some("de".into()),
                link: None,
            }),
            new_entries: 3,
            bytes: 1_000,
            rhythm: Some("{}".to_owned()),
            ..poll("a", 100)
        };
        store.write_blocking(move |tx| tx.finish_poll(&first)).expect("poll");
        let second = PollRecord {
            outcome: PollOutcome::NotModified,
            status: Some(304),
            conditional: true,
            ..poll("a", 200)
        };
        store.write_blocking(move |tx| tx.finish_poll(&second)).expect("poll");
        let state = ask(store, |read| read.feed_state(&"a".into())).expect("known");
        assert_eq!(state.validators, validators, "`None` keeps the pair, byte for byte");
        assert_eq!(state.final_url.as_deref(), Some("https://x.example/feed"));
        assert_eq!((state.body_hash.as_deref(), state.title.as_deref()), (Some("h1"), Some("T")));
        assert_eq!((state.polls, state.not_modified, state.bytes, state.entries), (2, 1, 1_000, 3));
        assert_eq!((state.last_poll, state.last_new), (Some(Time(200)), Some(Time(100))));
        assert_eq!((state.last_success, state.last_unconditional), (Some(Time(200)), Some(Time(100))));
        assert_eq!((state.last_status, state.rhythm.as_deref()), (Some(304), Some("{}")));
        assert_eq!((state.next_due, state.due_reason.as_str()), (Time(1_200), "normal"));

        let failed = PollRecord {
            outcome: PollOutcome::DnsError,
            status: None,
            requested: false,
            message: Some("no such host".to_owned()),
            validators: Some(Validators::default()),
            final_url: Some(None),
            failures: 1,
            failing_since: Some(Time(300)),
            ..poll("a", 300)
        };
        store.write_blocking(move |tx| tx.finish_poll(&failed)).expect("poll");
        let state = ask(store, |read| read.feed_state(&"a".into())).expect("known");
        assert_eq!(state.validators, Validators::default(), "an empty pair clears");
        assert_eq!((state.final_url, state.polls), (None, 2), "no request left");
        assert_eq!((state.failures, state.failing_since), (1, Some(Time(300))));
        assert_eq!((state.last_success, state.last_outcome), (Some(Time(200)), Some(PollOutcome::DnsError)));
        let polls = ask(store, |read| read.polls(&"a".into(), 2));
        assert_eq!(polls.iter().map(|poll| poll.at.0).collect::<Vec<_>>(), [300, 200]);
        assert_eq!(polls[0].message.as_deref(), Some("no such host"));
    });
}

#[test]
fn a_changed_address_drops_what_the_old_one_taught() {
    each_backend(|store| {
        sync(store, &[("a", 1)]);
        let learned = PollRecord {
            validators: Some(Validators { etag: Some(b"x".to_vec()), last_modified: None }),
            body_hash: Some("h".to_owned()),
            failures: 2,
            ..poll("a", 10)
        };
        let late = PollRecord { at: Time(20), ..learned.clone() };
        store.write_blocking(move |tx| tx.finish_poll(&learned)).expect("poll");
        let moved = FeedSeed { feed: "a".into(), url: "https://new.example/".into(), first_due: Time(40) };
        store.write_blocking(move |tx| tx.sync_feeds(std::slice::from_ref(&moved), Time(30))).expect("sync");
        let state = ask(store, |read| read.feed_state(&"a".into())).expect("known");
        assert_eq!((state.url.as_str(), state.next_due), ("https://new.example/", Time(40)));
        assert_eq!((state.validators, state.body_hash, state.failures), (Validators::default(), None, 0));
        store.write_blocking(move |tx| tx.finish_poll(&late)).expect("poll");
        let state = ask(store, |read| read.feed_state(&"a".into())).expect("known");
        assert!(!state.validators.any(), "a poll that began at the old address teaches nothing any more");
        assert_eq!(state.polls, 2, "but it is counted");
    });
}

#[test]
fn entries_are_new_once_and_changed_text_is_a_revision() {
    each_backend(|store| {
        sync(store, &[("a", 1), ("b", 1)]);
        let first = absorb(store, "a", vec![entry("k1", "One", "body"), entry("k2", "Two", "body")], 10);
        assert_eq!((first.new, first.revised, first.known), (2, 0, 0));
        let other = absorb(store, "b", vec![entry("k1", "One", "body")], 11);
        assert_eq!(other.new, 1, "keys are unique inside a feed only");
        let again = vec![entry("k1", "One", "body"), entry("k2", "Two!", "more"), entry("k2", "Twice", "x")];
        let again = absorb(store, "a", again, 20);
        assert_eq!((again.new, again.revised, again.known), (0, 1, 1), "a repeated key counts once");
        let second = ask(store, |read| read.entry(EntryId(2))).expect("stored");
        assert_eq!((second.title.as_str(), second.revision, second.seen), ("Two!", 1, Time(10)));
        assert_eq!(second.state, EntryState::Pending);
        let unknown = store.write_blocking(|tx| tx.absorb_entries(&"nobody".into(), &[], false, Time(1)));
        assert!(matches!(unknown, Err(StoreError::NotFound(_))));
    });
}

#[test]
fn every_field_of_an_entry_comes_back() {
    each_backend(|store| {
        sync(store, &[("a", 1)]);
        let new = NewEntry {
            guid: Some("g".into()),
            url: Some("https://x.example/1?utm=1".into()),
            canonical_url: Some("https://x.example/1".into()),
            author: Some("A, B".into()),
            publisher: Some("Daily".into()),
            categories: vec!["trade".into(), "KI \"Chips\"".into()],
            lang: Some("de".into()),
            published: Some(Time(5)),
            ..entry("k", "Titel", "Text")
        };
        let wanted = new.clone();
        store
            .write_blocking(move |tx| {
                tx.absorb_entries(&"a".into(), std::slice::from_ref(&new), true, Time(9))
            })
            .expect("absorb");
        let got = ask(store, |read| read.entry(EntryId(1))).expect("stored");
        assert_eq!((got.guid, got.url, got.canonical_url), (wanted.guid, wanted.url, wanted.canonical_url));
        assert_eq!((got.author, got.publisher, got.lang), (wanted.author, wanted.publisher, wanted.lang));
        assert_eq!((got.categories, got.published), (wanted.categories, wanted.published));
        assert_eq!(
            (got.feed, got.key, got.title, got.body),
            ("a".into(), wanted.key, wanted.title, wanted.body)
        );
        assert_eq!((got.seen, got.content_hash, got.backlog), (Time(9), wanted.content_hash, true));
        assert_eq!((got.revision, got.state, got.story), (0, EntryState::Pending, None));
    });
}

/// What was asked on behalf of a feed adds up: its polls, what they brought along, and searches for a successor.
#[test]
fn requests_and_successors_are_kept() {
    each_backend(|store| {
        sync(store, &[("a", 1), ("b", 1)]);
        let polled = PollRecord { requests: 4, received: 900, bytes: 2_000, ..poll("a", 10) };
        store.write_blocking(move |tx| tx.finish_poll(&polled)).expect("poll");
        let found = |url: Option<&str>, looked| Successor {
            feed: "a".into(),
            looked: Time(looked),
            url: url.map(str::to_owned),
            title: url.map(|_| "A".to_owned()),
            how: "named by its site's page".to_owned(),
            known: 3,
        };
        for successor in [found(None, 20), found(Some("https://x.example/new"), 30)] {
            store.write_blocking(move |tx| tx.put_successor(&successor, 2, 50)).expect("a successor");
        }
        assert_eq!(
            ask(store, |read| read.successors()),
            [found(Some("https://x.example/new"), 30)],
            "the newest"
        );
        let state = ask(store, |read| read.feed_state(&"a".into())).expect("known");
        assert_eq!((state.requests, state.received, state.polls, state.bytes), (8, 1_000, 1, 2_000));
        let row = ask(store, |read| read.polls(&"a".into(), 9)).remove(0);
        assert_eq!((row.requests, row.received), (4, 900));
        let moved = [("a", "https://a.example/elsewhere"), ("b", "https://b.example/")];
        let seeds =
            moved.map(|(feed, url)| FeedSeed { feed: feed.into(), url: url.into(), first_due: Time(40) });
        store.write_blocking(move |tx| tx.sync_feeds(&seeds, Time(40))).expect("a new address");
        assert_eq!(ask(store, |read| read.successors()), [], "what was found for the old address is dropped");
    });
}

/// Two feeds are compared by their newest entries, by key or by page.
#[test]
fn common_entries_are_counted() {
    each_backend(|store| {
        sync(store, &[("a", 1), ("b", 1), ("c", 1)]);
        let at =
            |key: &str, page: &str| NewEntry { canonical_url: Some(page.to_owned()), ..entry(key, key, "") };
        absorb(store, "a", vec![at("old", "p0"), at("k1", "p1"), at("k2", "p2"), at("k3", "p3")], 10);
        absorb(store, "b", vec![at("k1", "q1"), at("other", "p2")], 11);
        let common = |feed: &'static str, other: &'static str, newest| {
            ask(store, move |read| read.entries_in_common(&feed.into(), &other.into(), newest))
        };
        assert_eq!(
            common("a", "b", 3),
            (2, 3),
            "k1 by its key, k2 by its page; the old one is not looked at"
        );
        assert_eq!(common("a", "b", 9), (2, 4));
        assert_eq!((common("c", "a", 9), common("a", "c", 1)), ((0, 0), (0, 1)));
    });
}

#[test]
fn recent_gaps_name_their_feeds() {
    each_backend(|store| {
        sync(store, &[("a", 1), ("b", 1)]);
        let gap = |at| GapRow { since: Time(at - 5), at: Time(at), pages: 1, recovered: 2, closed: at > 15 };
        store
            .write_blocking(move |tx| {
                tx.record_gap(&"a".into(), &gap(10))?;
                tx.record_gap(&"b".into(), &gap(20))
            })
            .expect("gaps");
        assert_eq!(
            ask(store, |read| read.recent_gaps(Time(10))),
            [("b".into(), gap(20)), ("a".into(), gap(10))]
        );
        assert_eq!(ask(store, |read| read.recent_gaps(Time(11))), [("b".into(), gap(20))]);
    });
}
