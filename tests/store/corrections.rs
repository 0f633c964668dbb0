//! Stories merged and split by a user: what moves, what is counted, who is told afterwards, what is refused.

use crate::support::*;
use newswatch::model::*;
use newswatch::store::*;

fn merge(store: &StoreHandle, into: i64, from: i64) -> Result<Corrected> {
    store.write_blocking(move |tx| tx.merge_stories(StoryId(into), StoryId(from)))
}

fn split(store: &StoreHandle, story: i64, entries: &[i64]) -> Result<Corrected> {
    let entries: Vec<EntryId> = entries.iter().map(|entry| EntryId(*entry)).collect();
    store.write_blocking(move |tx| tx.split_story(StoryId(story), &entries))
}

fn story(store: &StoreHandle, id: i64) -> Story {
    ask(store, move |read| read.story(StoryId(id))).expect("a story")
}

fn stages(store: &StoreHandle, id: i64) -> Vec<(i64, Stage)> {
    let entries = ask(store, move |read| read.story_entries(StoryId(id)));
    entries.iter().map(|known| (known.entry.id.0, known.reason.stage)).collect()
}

/// Entry `entry` is a copy of `of` in this story.
fn copy(entry: i64, of: i64, story: i64, hits: Vec<NewHit>) -> Judgement {
    let mut judgement = judge(entry, story, hits);
    judgement.reason.stage = Stage::Content;
    judgement.reason.partner = Some(EntryId(of));
    judgement
}

#[test]
fn a_merge_moves_entries_hits_and_what_was_told() {
    each_backend(|store| {
        seed_entries(store, 6);
        let first =
            vec![judge(1, 1, vec![hit("chips", &["mail"])]), judge(2, 2, vec![hit("travel", &["mail"])])];
        record(store, first, 50);
        record(store, vec![copy(3, 2, 2, vec![])], 60);
        let done = merge(store, 1, 2).expect("merged");
        assert_eq!(done, Corrected { story: StoryId(1), other: StoryId(2), moved: 2 });

        let whole = story(store, 1);
        assert_eq!((whole.entries, whole.publishers, whole.first_entry), (3, 2, EntryId(1)));
        assert_eq!((whole.opened, whole.last, whole.langs.len()), (Time(50), Time(60), 2));
        assert_eq!(stages(store, 1), [(1, Stage::Opened), (2, Stage::Manual), (3, Stage::Content)]);
        assert_eq!(ask(store, |read| read.story_hits(StoryId(1))).len(), 2);
        assert_eq!(story(store, 2).id, StoryId(1), "the old number leads to where the entries are");
        let of_old = HitFilter { story: Some(StoryId(2)), ..HitFilter::default() };
        assert_eq!(ask(store, move |read| read.hits(&of_old)).len(), 2);
        assert_eq!(ask(store, |read| read.stories(&StoryFilter::default())).len(), 1);
        assert_eq!(ask(store, |read| read.stats()).stories, 1);
        assert_eq!(ask(store, |read| read.last_story()), StoryId(2), "its number is not given out again");
        assert_eq!(ask(store, |read| read.corrections()), 1);

        let told = |receiver| vec![hit("travel", &[receiver])];
        assert_eq!(record(store, vec![judge(4, 1, told("mail"))], 70).deliveries, 0, "told under story 2");
        assert_eq!(record(store, vec![judge(5, 1, told("hook"))], 71).deliveries, 1, "not told yet");
    });
}

#[test]
fn alerts_of_merged_stories_are_one_thread_and_merging_again_follows() {
    each_backend(|store| {
        seed_entries(store, 4);
        let batch = (1..=3).map(|id| judge(id, id, vec![hit(["a", "b", "c"][id as usize - 1], &["mail"])]));
        record(store, batch.collect(), 50);
        merge(store, 2, 3).expect("merged");
        merge(store, 1, 2).expect("merged again");
        assert_eq!(story(store, 3).id, StoryId(1), "through both merges");
        record(store, vec![judge(4, 1, vec![hit("d", &["mail"]), hit("c", &["mail"])])], 60);
        let claimed = claim_deliveries(store, 100, &["mail"], 9, 200);
        let earlier: Vec<usize> = claimed.iter().map(|claim| claim.earlier.len()).collect();
        assert_eq!(earlier, [0, 0, 0, 3], "what was told about the parts is told about the whole");
    });
}

#[test]
fn a_split_opens_a_story_that_nobody_was_told_about() {
    each_backend(|store| {
        seed_entries(store, 5);
        let told = || vec![hit("chips", &["mail"])];
        record(store, vec![judge(1, 1, told()), judge(2, 1, told())], 50);
        record(store, vec![copy(3, 1, 1, vec![]), copy(4, 2, 1, vec![])], 60);
        let done = split(store, 1, &[4, 2, 4]).expect("split");
        assert_eq!(done, Corrected { story: StoryId(2), other: StoryId(1), moved: 2 });
        let (old, new) = (story(store, 1), story(store, 2));
        assert_eq!(
            (old.entries, old.first_entry, old.publishers, old.langs),
            (2, EntryId(1), 1, vec!["en".to_owned()])
        );
        assert_eq!((new.entries, new.first_entry, new.opened, new.last), (2, EntryId(2), Time(50), Time(60)));
        assert_eq!((new.title.as_str(), new.langs), ("Headline number2", vec!["de".to_owned()]));
        assert_eq!(stages(store, 2), [(2, Stage::Manual), (4, Stage::Content)], "a copy stays a copy");
        let why = ask(store, |read| read.story_entries(StoryId(2)));
        assert_eq!(why[0].reason.text, "split off story 1 by a user; before: why 2");
        assert_eq!(ask(store, |read| read.story_hits(StoryId(2))).len(), 1);
        assert_eq!(record(store, vec![judge(5, 2, told())], 70).deliveries, 1, "the new story may alert");

        split(store, 1, &[1]).expect("the entry that opened it");
        let rest = story(store, 1);
        assert_eq!(
            (rest.first_entry, rest.title.as_str(), rest.opened),
            (EntryId(3), "Headline number3", Time(60))
        );
    });
}

#[test]
fn the_window_gives_the_corrected_state() {
    each_backend(|store| {
        seed_entries(store, 3);
        record(store, vec![judge(1, 1, vec![]), judge(2, 2, vec![]), judge(3, 2, vec![])], 50);
        merge(store, 1, 2).expect("merged");
        split(store, 1, &[3]).expect("split");
        let placed = ask(store, |read| {
            let mut placed = Vec::new();
            read.window(Time(0), &mut |known| placed.push(known.story.map(|story| story.0)))?;
            Ok(placed)
        });
        assert_eq!(placed, [Some(1), Some(1), Some(3)]);
        assert_eq!(
            ask(store, |read| read.story_by_url("https://x.example/3")),
            Some((StoryId(3), EntryId(3)))
        );
    });
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    each_backend(|store| {
        seed_entries(store, 3);
        record(store, vec![judge(1, 1, vec![]), judge(2, 1, vec![]), judge(3, 2, vec![])], 50);
        for (refused, says) in [
            (merge(store, 1, 1), "one story already"),
            (merge(store, 1, 9), "no story 9"),
            (merge(store, 9, 1), "no story 9"),
            (split(store, 9, &[1]), "no story 9"),
            (split(store, 1, &[3]), "entry 3 is not in story 1"),
            (split(store, 1, &[1, 77]), "entry 77 is not in story 1"),
            (split(store, 1, &[1, 2]), "nothing would stay"),
            (split(store, 1, &[]), "at least one entry"),
        ] {
            let error = refused.expect_err(says).to_string();
            assert!(error.contains(says), "{error}");
        }
        assert_eq!(ask(store, |read| read.corrections()), 0);
        assert_eq!((story(store, 1).entries, story(store, 2).entries), (2, 1));
        merge(store, 1, 2).expect("merged");
        assert!(merge(store, 2, 1).expect_err("merged already").to_string().contains("one story already"));
    });
}
