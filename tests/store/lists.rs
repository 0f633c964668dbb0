//! Questions: lists by every condition, full text, counts, and what retention leaves.

use crate::support::*;
use newswatch::model::*;
use newswatch::store::*;

#[test]
fn lists_narrow_by_everything_they_offer() {
    each_backend(|store| {
        seed_entries(store, 6);
        let batch = (1..=6).map(|id| {
            let topic = if id % 2 == 0 { "chips" } else { "travel" };
            let receivers: &[&str] = if id <= 2 { &["mail"] } else { &[] };
            judge(id, 1 + id / 4, vec![hit(topic, receivers)])
        });
        for (step, judgement) in batch.enumerate() {
            record(store, vec![judgement], 50 + i64::try_from(step).expect("small"));
        }
        let hits = |filter: HitFilter| -> Vec<i64> {
            ask(store, move |read| read.hits(&filter)).iter().map(|view| view.hit.entry.0).collect()
        };
        let narrow = |narrow: Narrow| HitFilter { narrow, ..HitFilter::default() };
        assert_eq!(hits(HitFilter::default()), [6, 5, 4, 3, 2, 1], "newest first");
        assert_eq!(hits(HitFilter { topics: vec!["chips".into()], ..HitFilter::default() }), [6, 4, 2]);
        let both = vec!["chips".into(), "travel".into()];
        assert_eq!(hits(HitFilter { topics: both, ..HitFilter::default() }).len(), 6);
        assert_eq!(hits(HitFilter { story: Some(StoryId(1)), ..HitFilter::default() }), [3, 2, 1]);
        assert_eq!(hits(HitFilter { told: Some(true), ..HitFilter::default() }), [2, 1]);
        assert_eq!(hits(HitFilter { first_only: true, ..HitFilter::default() }), [5, 4, 2, 1]);
        assert_eq!(hits(narrow(Narrow { since: Some(Time(54)), ..Narrow::default() })), [6, 5]);
        assert_eq!(hits(narrow(Narrow { until: Some(Time(51)), ..Narrow::default() })), [1]);
        assert_eq!(hits(narrow(Narrow { feeds: vec!["b".into()], ..Narrow::default() })), [6, 4, 2]);
        assert_eq!(
            hits(narrow(Narrow { feeds: vec!["a".into(), "b".into()], ..Narrow::default() })).len(),
            6
        );
        assert_eq!(hits(narrow(Narrow { feeds: vec!["nobody".into()], ..Narrow::default() })).len(), 0);
        assert_eq!(hits(narrow(Narrow { langs: vec!["de".into()], ..Narrow::default() })), [6, 4, 2]);
        assert_eq!(
            hits(narrow(Narrow { langs: vec!["de".into(), "fr".into()], ..Narrow::default() })).len(),
            3
        );
        assert_eq!(hits(narrow(Narrow { limit: 2, offset: 1, ..Narrow::default() })), [5, 4]);
        assert_eq!(hits(narrow(Narrow { text: Some(phrase("number5")), ..Narrow::default() })), [5]);

        let entries = |filter: EntryFilter| -> Vec<i64> {
            ask(store, move |read| read.entries(&filter)).iter().map(|entry| entry.id.0).collect()
        };
        absorb(store, "a", vec![entry("k9", "New number9", "")], 99);
        assert_eq!(entries(EntryFilter { state: Some(EntryState::Pending), ..EntryFilter::default() }), [7]);
        assert_eq!(
            entries(EntryFilter { state: Some(EntryState::Judged), ..EntryFilter::default() }).len(),
            6
        );
        let seen = Narrow { since: Some(Time(14)), until: Some(Time(99)), ..Narrow::default() };
        assert_eq!(entries(EntryFilter { narrow: seen, state: None }), [6, 5]);

        let stories = |filter: StoryFilter| -> Vec<i64> {
            ask(store, move |read| read.stories(&filter)).iter().map(|story| story.id.0).collect()
        };
        let narrow = |narrow: Narrow| StoryFilter { narrow, ..StoryFilter::default() };
        assert_eq!(stories(StoryFilter::default()), [2, 1]);
        assert_eq!(stories(narrow(Narrow { text: Some(phrase("number1")), ..Narrow::default() })), [1]);
        assert_eq!(
            stories(narrow(Narrow {
                feeds: vec!["b".into()],
                langs: vec!["de".into()],
                ..Narrow::default()
            })),
            [2, 1]
        );
        assert_eq!(stories(narrow(Narrow { langs: vec!["fr".into()], ..Narrow::default() })).len(), 0);
        assert_eq!(stories(narrow(Narrow { until: Some(Time(53)), ..Narrow::default() })), [1]);
        assert_eq!(
            stories(StoryFilter { topics: vec!["chips".into()], min_entries: 3, ..StoryFilter::default() }),
            [2, 1]
        );
        assert_eq!(stories(StoryFilter { min_entries: 4, ..StoryFilter::default() }).len(), 0);

        let alerts = |filter: AlertFilter| -> Vec<i64> {
            ask(store, move |read| read.alerts(&filter))
                .iter()
                .map(|view| view.alert.content.entry.0)
                .collect()
        };
        assert_eq!(alerts(AlertFilter::default()), [2, 1]);
        assert_eq!(alerts(AlertFilter { topics: vec!["travel".into()], ..AlertFilter::default() }), [1]);
        assert_eq!(
            alerts(AlertFilter {
                receiver: Some("mail".into()),
                state: Some(DeliveryState::Pending),
                ..AlertFilter::default()
            }),
            [2, 1]
        );
        assert_eq!(alerts(AlertFilter { receiver: Some("hook".into()), ..AlertFilter::default() }).len(), 0);
        assert_eq!(
            alerts(AlertFilter { state: Some(DeliveryState::Dead), ..AlertFilter::default() }).len(),
            0
        );
        let text = Narrow { text: Some(phrase("number2")), ..Narrow::default() };
        assert_eq!(alerts(AlertFilter { narrow: text, ..AlertFilter::default() }), [2]);

        let counts = ask(store, |read| read.topic_counts(Time(53)));
        let expected = [("chips", 2, 3, 55), ("travel", 1, 3, 54)];
        for (count, (topic, recent, ever, newest)) in counts.iter().zip(expected) {
            assert_eq!(*count, (topic.into(), recent, ever, Some(Time(newest))));
        }
    });
}

#[test]
fn text_is_found_in_every_script() {
    each_backend(|store| {
        sync(store, &[("a", 1)]);
        let texts = [
            ("Übergröße im Außenhandel", "Die Maßnahmen treffen Exporteure."),
            ("Chip exports restricted", "New \"rules\" apply to H20 AND others"),
            ("商务部公告", "中国将加强对稀土的出口管制措施。"),
            ("輸出規制", "日本政府は半導体の輸出規制を強化する。"),
        ];
        let entries =
            texts.iter().enumerate().map(|(at, (title, body))| entry(&format!("k{at}"), title, body));
        absorb(store, "a", entries.collect(), 10);
        let found = |filter: TextFilter| -> Vec<i64> {
            let narrow = Narrow { text: Some(filter), ..Narrow::default() };
            ask(store, move |read| read.entries(&EntryFilter { narrow, state: None }))
                .iter()
                .map(|e| e.id.0)
                .collect()
        };
        assert_eq!(found(phrase("übergrösse")), [1], "ß and umlauts are folded");
        assert_eq!(found(phrase("ubergrosse aussenhandel")), [] as [i64; 0], "a phrase is a phrase");
        assert_eq!(found(phrase("CHIP exports")), [2]);
        assert_eq!(found(phrase("and others")), [2], "no word is an operator");
        assert_eq!(found(phrase("出口管制")), [3], "inside a sentence");
        assert_eq!(found(phrase("半導体の輸出規制")), [4]);
        assert_eq!(found(phrase("規制")), [4]);
        assert_eq!(found(prefix("export")), [2, 1]);
        assert_eq!(found(phrase("export")), [] as [i64; 0]);
        let TextFilter::Phrase { tokens, .. } = phrase("輸出規制") else { panic!("a phrase") };
        assert_eq!(found(TextFilter::Phrase { tokens, prefix: false, title_only: true }), [4]);
        assert_eq!(found(TextFilter::Or(vec![phrase("h20"), phrase("稀土")])), [3, 2]);
        assert_eq!(found(TextFilter::And(vec![prefix("export"), phrase("h20")])), [2]);
        let all = Box::new(TextFilter::And(Vec::new()));
        assert_eq!(found(TextFilter::Not(all, Box::new(prefix("export")))), [4, 3]);
        assert_eq!(found(TextFilter::Or(Vec::new())), [] as [i64; 0]);

        absorb(store, "a", vec![entry("k1", "Chip imports", "Changed")], 20);
        assert_eq!(found(phrase("exports")), [] as [i64; 0], "a revision is searched by its new text");
        assert_eq!(found(phrase("imports")), [2]);
    });
}

#[test]
fn pruning_keeps_keys_titles_and_what_is_still_needed() {
    each_backend(|store| {
        seed_entries(store, 4); // seen at 10 … 13
        record(store, vec![judge(1, 1, vec![hit("chips", &["mail", "hook"])]), judge(2, 2, vec![])], 50);
        for at in [20, 90] {
            let record = poll("a", at);
            store.write_blocking(move |tx| tx.finish_poll(&record)).expect("poll");
        }
        attempt(store, DeliveryId(1), 60, AttemptVerdict::Sent);
        attempt(store, DeliveryId(2), 60, AttemptVerdict::RetryAt(Time(70)));
        let prune = |bodies, records| {
            store.write_blocking(move |tx| tx.prune(Time(bodies), Time(records))).expect("prune")
        };
        assert_eq!(prune(13, 80), Pruned { bodies: 2, polls: 1, attempts: 1 }, "entry 3 waits, 4 is young");
        assert_eq!(prune(13, 80), Pruned::default(), "nothing is left to prune");
        let old = ask(store, |read| read.entry(EntryId(1))).expect("kept");
        assert_eq!((old.title.as_str(), old.body.as_str()), ("Headline number1", ""));
        let text = Narrow { text: Some(phrase("number1")), ..Narrow::default() };
        assert!(ask(store, move |read| read.entries(&EntryFilter { narrow: text, state: None })).is_empty());
        assert_eq!(ask(store, |read| read.hits(&HitFilter::default())).len(), 1);
        let again = absorb(store, "a", vec![numbered(1)], 99);
        assert_eq!((again.known, again.new), (1, 0), "an old entry that comes back is known");
        absorb(store, "a", vec![entry("k1", "Rewritten number1", "text")], 100);
        let text = Narrow { text: Some(phrase("rewritten")), ..Narrow::default() };
        assert_eq!(ask(store, move |read| read.entries(&EntryFilter { narrow: text, state: None })).len(), 1);
    });
}

#[test]
fn counts_add_up() {
    each_backend(|store| {
        seed_entries(store, 3);
        record(store, vec![judge(1, 1, vec![hit("chips", &["mail", "hook"])])], 50);
        attempt(store, DeliveryId(1), 60, AttemptVerdict::Dead);
        store
            .write_blocking(|tx| tx.record_topic_version(&"chips".into(), "v1", "chip*", Time(1)))
            .expect("version");
        store
            .write_blocking(|tx| tx.record_topic_version(&"chips".into(), "v1", "chip*", Time(2)))
            .expect("repeated");
        let stats = ask(store, |read| read.stats());
        assert_eq!((stats.feeds, stats.entries, stats.pending, stats.stories), (2, 3, 2, 1));
        assert_eq!((stats.hits, stats.alerts, stats.outbox, stats.dead, stats.polls), (1, 1, 1, 1, 0));
        assert_eq!(stats.oldest_pending_delivery, Some(Time(50)));
        assert!(stats.bytes > 0 && stats.schema >= 1);
        assert_eq!(ask(store, |read| read.instance()).len(), 32);
    });
}

#[test]
fn pruning_in_steps_removes_all_of_it() {
    each_backend(|store| {
        sync(store, &[("a", 1)]);
        let many = (0..1_200).map(|number| entry(&format!("k{number}"), "T", "B")).collect();
        absorb(store, "a", many, 10);
        record(store, (1..=1_200).map(|id| judge(id, 1, vec![])).collect(), 20);
        let pruned = store.prune_blocking(Time(11), Time(11)).expect("pruned");
        assert_eq!(pruned, Pruned { bodies: 1_200, ..Pruned::default() });
        assert_eq!(ask(store, |read| read.stats()).entries, 1_200);
    });
}
