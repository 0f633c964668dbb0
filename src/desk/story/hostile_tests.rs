//! Input that is wrong, empty, endless or made of furniture: a decision with a reason, in bounded time, and no story
//! that eats the others.

use super::*;
use std::collections::{HashMap, HashSet};

const START: i64 = 1_750_000_000_000;

fn item<'t>(id: i64, title: &'t str, body: &'t str) -> Item<'t> {
    Item {
        id: EntryId(id),
        feed: ["north", "south", "east", "west"][id as usize % 4],
        key: "",
        canonical_url: None,
        title,
        body,
        lang: None,
        publisher: None,
        time: Time(START + id * 60_000),
    }
}

/// Judges texts a minute apart; every one has a key of its own.
fn placed(texts: &[(String, String)]) -> Vec<Placement> {
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    let judge = |(id, (title, body)): (i64, &(String, String))| {
        let key = id.to_string();
        stories.judge(&Item { key: &key, ..item(id, title, body) })
    };
    (1..).zip(texts).map(judge).collect()
}

fn largest(placed: &[Placement]) -> usize {
    let mut sizes: HashMap<StoryId, usize> = HashMap::new();
    placed.iter().for_each(|placement| *sizes.entry(placement.story).or_default() += 1);
    sizes.into_values().max().unwrap_or(0)
}

/// A word that no list knows.
fn made_up(number: usize) -> String {
    let parts = ["vor", "mel", "tas", "kin", "dur", "pol", "wen", "zar", "lup", "ghe"];
    number.to_string().bytes().map(|digit| parts[usize::from(digit - b'0')]).collect()
}

#[test]
fn columns_stay_apart_whatever_they_tell() {
    let titles = ["Newsticker", "Morning briefing", "Morning briefing: what you need to know today", "早报"];
    let about = |nth: usize| {
        let event =
            |at: usize| format!("{} wins the {} case in {}.", made_up(at), made_up(at + 7), made_up(at + 90));
        // Each shares an event with the one before, as columns of one morning do.
        format!("{} {} {}", event(1_000 + nth), event(1_001 + nth), event(1_002 + nth))
    };
    let texts: Vec<_> = (0..200).map(|nth| (titles[nth % titles.len()].to_owned(), about(nth))).collect();
    let placed = placed(&texts);
    assert!(placed.iter().all(|placement| placement.opened), "largest story: {}", largest(&placed));
}

#[test]
fn a_report_is_not_swallowed_by_a_column_that_mentions_it() {
    let event = "Quist of Hallowick jailed for four years over missing housing money";
    let texts = [
        ("Morning briefing", event),
        ("Treasurer Quist jailed over Hallowick housing money", event),
        ("Newsticker", "Quist of Hallowick jailed for four years; storm Delia closes Lima airport"),
    ];
    let placed = placed(&texts.map(|(title, body)| (title.to_owned(), body.to_owned())));
    assert_eq!(placed.iter().map(|placement| placement.story.0).collect::<HashSet<_>>().len(), 3);
}

#[test]
fn ten_thousand_entries_with_one_title_hide_no_other_event() {
    let title = "Harbour minister resigns over the sale of two docks";
    let mut texts: Vec<_> =
        (0..10_000).map(|at| (title.to_owned(), format!("Copy {}", made_up(at)))).collect();
    texts.push(("Storm Delia closes Lima airport".to_owned(), String::new()));
    texts.push(("Harbour crane falls on a ferry in Odense".to_owned(), String::new()));
    let placed = placed(&texts);
    assert!(placed[10_000].opened && placed[10_001].opened);
    assert!(placed[1..10_000].iter().all(|placement| !placement.opened), "one title, one story");
}

#[test]
fn a_chain_of_neighbours_is_no_story() {
    // Each text shares half of its words with the next, none with those further on.
    let text = |at: usize| (0..8).map(|word| made_up(500 + at * 4 + word)).collect::<Vec<_>>().join(" ");
    let placed = placed(&(0..400).map(|at| (text(at), String::new())).collect::<Vec<_>>());
    assert!(largest(&placed) < 60, "the largest has {}", largest(&placed));
}

#[test]
fn entries_that_say_nothing_open_stories_of_their_own() {
    for text in ["", "🎉🎉🎉", "🇺🇦 🔥", "...", "2025", "\u{202E}\u{200F}", "\u{FEFF}", "ー", "的"]
    {
        let placed = placed(&vec![(text.to_owned(), String::new()); 3]);
        assert!(placed.iter().all(|placement| placement.opened), "{text:?}");
    }
}

#[test]
fn right_to_left_and_mixed_scripts_are_told_apart_like_any_other() {
    let rows = [
        ("وزير الميناء يستقيل بعد بيع رصيفين في الإسكندرية", 1),
        ("استقالة وزير الميناء بعد بيع رصيفين في الإسكندرية", 1),
        ("شرطة ليما تغلق المطار بسبب عاصفة ديليا", 2),
        ("שר הנמל התפטר בעקבות מכירת שני רציפים בחיפה", 3),
        ("Kestrel凱斯特雷爾 liefert 芯片 в Малайзию через порт Бинтулу", 4),
        ("Kestrel凯斯特雷尔 liefert 芯片 в Малайзию через порт Бинтулу", 4),
    ];
    let texts: Vec<_> = rows.iter().map(|(title, _)| ((*title).to_owned(), String::new())).collect();
    let placed = placed(&texts);
    for (one, (title, event)) in placed.iter().zip(rows) {
        for (two, (other, another)) in placed.iter().zip(rows) {
            assert_eq!(one.story == two.story, event == another, "{title} / {other}");
        }
    }
}

#[test]
fn wrong_dates_neither_join_nor_empty_the_window() {
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    let title = "Harbour minister resigns over the sale of two docks";
    let first = stories.judge(&Item { key: "1", ..item(1, title, "") });
    for (key, time) in [("2", 0), ("3", 4_070_908_800_000)] {
        let odd = stories.judge(&Item { key, time: Time(time), feed: key, ..item(2, title, "") });
        assert!(odd.opened, "a date in {time} is not near");
    }
    let again = stories.judge(&Item { key: "4", feed: "later", ..item(4, title, "") });
    assert_eq!(again.story, first.story, "the window is still there");
}

#[test]
fn a_megabyte_of_one_word_is_one_word() {
    let long = "abracadabra ".repeat(90_000);
    let glued = "無".repeat(300_000);
    let started = std::time::Instant::now();
    let placed = placed(&[(long.clone(), long.clone()), (glued.clone(), glued), (long, String::new())]);
    assert!(placed.iter().all(|placement| placement.opened), "nothing is told");
    assert!(started.elapsed() < std::time::Duration::from_secs(10));
}
