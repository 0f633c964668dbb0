//! What the desk asks of the store: judgements, stories, the window.

use crate::support::*;
use newswatch::model::*;
use newswatch::store::*;

#[test]
fn a_judgement_places_the_entry_and_tells_each_receiver_once_per_story_and_topic() {
    each_backend(|store| {
        seed_entries(store, 4);
        let first = record(store, vec![judge(1, 1, vec![hit("chips", &["mail", "hook", "mail"])])], 50);
        assert_eq!((first.hits, first.alerts.len(), first.deliveries, first.stale), (1, 1, 2, 0));
        let copy = judge(2, 1, vec![hit("chips", &["mail", "hook"])]);
        let same_story = record(store, vec![copy], 51);
        assert_eq!((same_story.hits, same_story.alerts.len(), same_story.deliveries), (1, 0, 0));
        let more = record(store, vec![judge(3, 1, vec![hit("chips", &["hook", "pager"])])], 52);
        assert_eq!((more.alerts.len(), more.deliveries), (1, 1), "only the receiver that was not told yet");
        let topic = record(store, vec![judge(4, 1, vec![hit("travel", &["mail"])])], 53);
        assert_eq!(topic.deliveries, 1, "another topic of the same story is another alert");

        let hits = ask(store, |read| read.story_hits(StoryId(1)));
        let silent: Vec<_> = hits.iter().map(|hit| hit.silent.as_deref()).collect();
        assert_eq!(silent, [None, Some("already-told"), None, None]);
        let story = ask(store, |read| read.story(StoryId(1))).expect("made");
        assert_eq!(
            (story.entries, story.first_entry, story.opened, story.last),
            (4, EntryId(1), Time(50), Time(53))
        );
        assert_eq!((story.publishers, story.langs), (2, vec!["de".to_owned(), "en".to_owned()]));
        assert_eq!(ask(store, |read| read.pending_entries(9)).len(), 0);
        let keys = ask(store, |read| read.alerts(&AlertFilter::default()))
            .into_iter()
            .flat_map(|alert| alert.deliveries)
            .map(|delivery| delivery.idempotency_key)
            .collect::<std::collections::BTreeSet<_>>();
        assert_eq!(keys.len(), 4, "one key for each delivery");
    });
}

#[test]
fn copies_in_one_batch_alert_once() {
    each_backend(|store| {
        seed_entries(store, 3);
        let batch = (1..=3).map(|id| judge(id, 1, vec![hit("chips", &["mail"])])).collect();
        let recorded = record(store, batch, 50);
        assert_eq!((recorded.hits, recorded.alerts.len(), recorded.deliveries), (3, 1, 1));
    });
}

#[test]
fn silent_hits_keep_their_reason() {
    each_backend(|store| {
        seed_entries(store, 2);
        let backlog = NewHit { silent: Some("backlog".into()), alert: None, ..hit("chips", &[]) };
        let unrouted = NewHit { silent: None, alert: None, ..hit("travel", &[]) };
        record(store, vec![judge(1, 1, vec![backlog, unrouted])], 50);
        let told = |told| ask(store, move |read| read.hits(&HitFilter { told, ..HitFilter::default() }));
        assert_eq!(told(Some(true)).len(), 0);
        let reasons: Vec<_> = told(Some(false)).into_iter().filter_map(|view| view.hit.silent).collect();
        assert_eq!(reasons, ["no-route", "backlog"]);
    });
}

#[test]
fn a_hit_with_receivers_but_nothing_to_tell_fails_whole() {
    each_backend(|store| {
        seed_entries(store, 2);
        let broken = NewHit { alert: None, ..hit("chips", &["mail"]) };
        let batch = vec![judge(1, 1, vec![]), judge(2, 2, vec![broken])];
        let failed = store.write_blocking(move |tx| tx.record_judgements(&batch, Time(50)));
        assert!(matches!(failed, Err(StoreError::Database(_))));
        assert_eq!(ask(store, |read| read.pending_entries(9)).len(), 2, "nothing of it was kept");
        assert_eq!(ask(store, |read| read.last_story()), StoryId(0));
    });
}

#[test]
fn an_entry_that_changed_while_it_was_judged_stays_pending() {
    each_backend(|store| {
        seed_entries(store, 2);
        absorb(store, "a", vec![entry("k1", "Changed", "text")], 20);
        // The stale entry should have opened the story; the next one does instead.
        let batch = vec![judge(1, 7, vec![hit("chips", &["mail"])]), judge(2, 7, vec![])];
        let recorded = record(store, batch, 50);
        assert_eq!((recorded.stale, recorded.hits, recorded.deliveries), (1, 0, 0));
        let pending = ask(store, |read| read.pending_entries(9));
        assert_eq!((pending.len(), pending[0].id, pending[0].revision), (1, EntryId(1), 1));
        let story = ask(store, |read| read.story(StoryId(7))).expect("opened by the second");
        assert_eq!((story.first_entry, story.entries), (EntryId(2), 1));
        let again = Judgement { revision: 1, ..judge(1, 7, vec![hit("chips", &["mail"])]) };
        assert_eq!(record(store, vec![again.clone()], 51).deliveries, 1);
        assert_eq!(record(store, vec![again], 52).stale, 1, "judged once only");
    });
}

#[test]
fn a_revised_entry_keeps_its_story_and_replaces_its_hits_without_a_second_alert() {
    each_backend(|store| {
        seed_entries(store, 3);
        let topics = vec![hit("chips", &["mail"]), hit("travel", &["mail"])];
        record(store, vec![judge(1, 1, topics), judge(2, 1, vec![]), judge(3, 2, vec![])], 50);
        let old = ask(store, |read| read.entry(EntryId(1))).expect("stored");
        absorb(store, "a", vec![entry("k1", "Edited headline", "Edited")], 60);
        let revised = ask(store, |read| read.entry(EntryId(1))).expect("stored");
        let before = ask(store, |read| read.revisions(EntryId(1)));
        let kept =
            Revision { revision: 0, title: old.title.clone(), body: old.body.clone(), replaced_at: Time(60) };
        assert_eq!(before, [kept], "what it said before, and until when");
        assert_eq!(ask(store, |read| read.revisions(EntryId(2))), []);
        assert_eq!((revised.story, revised.state), (Some(StoryId(1)), EntryState::Pending));
        let again =
            Judgement { revision: 1, ..judge(1, 1, vec![NewHit { score: 0.5, ..hit("chips", &["mail"]) }]) };
        let recorded = record(store, vec![again], 70);
        assert_eq!((recorded.hits, recorded.alerts.len()), (0, 0), "a known hit is not counted again");
        let hits = ask(store, |read| read.hits(&HitFilter::default()));
        assert_eq!(hits.len(), 2);
        assert_eq!((hits[0].hit.topic.as_str(), hits[0].hit.score, hits[0].hit.at), ("chips", 0.5, Time(70)));
        assert_eq!(hits[0].hit.silent, None, "it did alert somebody");
        assert_eq!(hits[0].title, "Edited headline");
        assert_eq!(
            (&hits[1].title, &hits[1].body),
            (&old.title, &old.body),
            "shown with the text it was found in"
        );
        let story = ask(store, |read| read.story(StoryId(1))).expect("made");
        assert_eq!((story.entries, story.title.as_str(), story.last), (2, "Edited headline", Time(50)));
        let order: Vec<_> =
            ask(store, |read| read.story_entries(StoryId(1))).iter().map(|e| e.entry.id.0).collect();
        assert_eq!(order, [1, 2], "and keeps its place");
    });
}

#[test]
fn an_entry_moved_to_another_story_is_counted_there() {
    each_backend(|store| {
        seed_entries(store, 3);
        record(store, vec![judge(1, 1, vec![]), judge(2, 1, vec![]), judge(3, 2, vec![])], 50);
        absorb(store, "b", vec![entry("k2", "Another matter", "text")], 60);
        record(store, vec![Judgement { revision: 1, ..judge(2, 2, vec![]) }], 70);
        let entries = |id| {
            ask(store, move |read| read.story(StoryId(id))).map(|story| (story.entries, story.publishers))
        };
        assert_eq!((entries(1), entries(2)), (Some((1, 1)), Some((2, 2))));
    });
}

#[test]
fn the_window_streams_in_the_order_of_judgement() {
    each_backend(|store| {
        seed_entries(store, 4); // seen at 10, 11, 12, 13
        record(store, vec![judge(3, 1, vec![]), judge(1, 2, vec![])], 50);
        record(store, vec![judge(4, 1, vec![])], 51);
        let window = |since| {
            ask(store, move |read| {
                let mut ids = Vec::new();
                read.window(Time(since), &mut |judged| ids.push((judged.id.0, judged.story)))?;
                Ok(ids)
            })
        };
        let all = window(0);
        assert_eq!(all.iter().map(|row| row.0).collect::<Vec<_>>(), [3, 1, 4]);
        assert_eq!(all[0].1, Some(StoryId(1)));
        assert_eq!(window(12).len(), 2, "entry 1 was seen before");
        assert!(window(14).is_empty());
        assert_eq!(ask(store, |read| read.last_story()), StoryId(2));
        let by_url = ask(store, |read| read.story_by_url("https://x.example/4"));
        assert_eq!(by_url, Some((StoryId(1), EntryId(4))));
        assert_eq!(ask(store, |read| read.story_by_url("https://x.example/2")), None, "not judged yet");
    });
}

#[test]
fn past_hits_are_added_silently_and_never_over_what_is_there() {
    each_backend(|store| {
        seed_entries(store, 4);
        record(store, vec![judge(1, 1, vec![hit("chips", &["mail"])]), judge(2, 1, vec![])], 50);
        let known = |id: i64| {
            (EntryId(id), ask(store, move |read| read.entry(EntryId(id))).expect("stored").revision)
        };
        let past = |(entry, revision): (EntryId, u32)| PastHit {
            entry,
            revision,
            topic: TopicId::from("chips"),
            topic_version: "new".to_owned(),
            score: 2.0,
            evidence: Vec::new(),
        };
        let (first, second, waiting) = (known(1), known(2), known(3));
        let batch = vec![past(first), past(second), past(waiting), past((second.0, second.1 + 1))];
        let added = store.write_blocking(move |tx| tx.add_past_hits(&batch, Time(60))).expect("stored");
        assert_eq!(added, 1, "one has a hit, one waits for the desk, one was another text");
        let hits = ask(store, |read| read.story_hits(StoryId(1)));
        let told: Vec<_> = hits.iter().map(|hit| (hit.entry.0, hit.silent.as_deref())).collect();
        assert_eq!(told, [(1, None), (2, Some("rejudged"))]);
        assert_eq!(
            ask(store, |read| read.entries_hit(&TopicId::from("chips"), Time(0))),
            [EntryId(1), EntryId(2)]
        );
        assert_eq!(ask(store, |read| read.history_size(Time(0))).entries, 2);
        let seen = |text: Option<TextFilter>| {
            ask(store, move |read| {
                let mut ids = Vec::new();
                read.history(Time(0), text.as_ref(), &mut |entry| {
                    ids.push(entry.id.0);
                    true
                })?;
                Ok(ids)
            })
        };
        assert_eq!(seen(None), [1, 2], "in the order of judgement, what waits left out");
        let word = |word: &str| TextFilter::Phrase {
            tokens: vec![word.to_owned()],
            prefix: false,
            title_only: true,
        };
        assert_eq!(seen(Some(word("nowhere"))), Vec::<i64>::new(), "the index rules entries out");
        assert_eq!(seen(Some(TextFilter::Or(vec![word("nowhere"), word("number2")]))), [2]);
        assert!(ask(store, |read| read.history_start(Time(0))).is_some());
    });
}
