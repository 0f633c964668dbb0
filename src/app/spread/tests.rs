//! Tables of stories and how they spread.

use super::*;
use crate::app::stories::StoryEntry;

/// One entry of the feed `wire`: id, minute it was published and seen, outlet, language, body.
fn report(id: i64, minute: i64, outlet: &str, lang: &str, body: &str) -> StoryEntry {
    let why = StoryReason {
        stage: Stage::SameStory,
        partner: Some(EntryId(1)),
        score: 0.8,
        threshold: 0.5,
        probable: false,
        terms: Vec::new(),
        gap_ms: None,
        similarity: None,
        text: String::new(),
    };
    let entry = Entry {
        id: EntryId(id),
        feed: "wire".into(),
        key: id.to_string(),
        guid: None,
        url: None,
        canonical_url: None,
        title: "Port closes".to_owned(),
        body: body.to_owned(),
        author: None,
        publisher: (!outlet.is_empty()).then(|| outlet.to_owned()),
        categories: Vec::new(),
        lang: Some(lang.to_owned()),
        published: Some(Time(minute)),
        seen: Time(minute + 5),
        content_hash: String::new(),
        backlog: false,
        revision: 0,
        state: EntryState::Judged,
        story: Some(StoryId(1)),
    };
    StoryEntry { entry, why, edits: Vec::new() }
}

fn copy(id: i64, minute: i64, outlet: &str, stage: Stage, of: i64) -> StoryEntry {
    let mut known = report(id, minute, outlet, "en", "According to the Wall Street Journal, it is closed.");
    known.why.stage = stage;
    known.why.partner = Some(EntryId(of));
    known
}

const WSJ: &str = "The port is closed, according to the Wall Street Journal.";
const TRIBUNE: &str = "The port is closed, according to the Harbour Tribune.";

/// Why, the entries, and the origin: outlet, cited by, first seen.
type Row = (&'static str, Vec<StoryEntry>, (&'static str, usize, Option<i64>));

#[test]
fn the_origin_is_whom_the_others_cite() {
    let rows: [Row; 9] = [
        (
            "two outlets cite one that is not among the feeds",
            vec![report(1, 0, "A", "en", ""), report(2, 1, "B", "en", WSJ), report(3, 2, "C", "en", WSJ)],
            ("Wall Street Journal", 2, None),
        ),
        (
            "one that is among them is named as it names itself, and seen at its own time",
            vec![
                report(1, 0, "A", "en", TRIBUNE),
                report(2, 9, "The Harbour Tribune", "en", "It is closed."),
            ],
            ("The Harbour Tribune", 1, Some(14)),
        ),
        (
            "another spelling of a name is the same outlet",
            vec![report(1, 0, "A", "en", WSJ), report(2, 3, "WSJ", "en", "It is closed.")],
            ("WSJ", 1, Some(8)),
        ),
        (
            "nobody is cited: the earliest report",
            vec![report(2, 4, "B", "en", ""), report(1, 3, "A", "en", "")],
            ("A", 0, Some(8)),
        ),
        (
            "one late report cites somebody in passing: still the earliest report",
            vec![report(1, 0, "A", "en", ""), report(2, 1, "B", "en", ""), report(3, 2, "C", "en", WSJ)],
            ("A", 0, Some(5)),
        ),
        (
            "two entries of one outlet are one citation",
            vec![report(1, 0, "A", "en", ""), report(2, 1, "B", "en", WSJ), report(3, 2, "B", "en", WSJ)],
            ("A", 0, Some(5)),
        ),
        (
            "copies of a citation are no further citations",
            vec![
                report(1, 0, "A", "en", ""),
                report(2, 1, "B", "en", WSJ),
                copy(3, 2, "C", Stage::Content, 2),
                copy(4, 3, "D", Stage::NearCopy, 2),
            ],
            ("A", 0, Some(5)),
        ),
        (
            "the cited one cites another: the source of the source",
            vec![
                report(1, 0, "Harbour Tribune", "en", WSJ),
                report(2, 1, "B", "en", TRIBUNE),
                report(3, 2, "C", "en", TRIBUNE),
            ],
            ("Wall Street Journal", 1, None),
        ),
        (
            "two that cite each other end somewhere",
            vec![report(1, 0, "Harbour Tribune", "en", WSJ), report(2, 1, "WSJ", "en", TRIBUNE)],
            ("Harbour Tribune", 1, Some(5)),
        ),
    ];
    for (why, timeline, (outlet, cited_by, seen)) in rows {
        let origin = spread(&timeline, &Outlets::default()).origin.expect(why);
        assert_eq!(
            (origin.outlet.as_str(), origin.cited_by, origin.first_seen),
            (outlet, cited_by, seen.map(Time)),
            "{why}"
        );
    }
}

#[test]
fn copies_are_counted_apart_whatever_the_feed() {
    let rows = [
        ("the same text", Stage::Content, 1, (1, 1)),
        ("nearly the same text", Stage::NearCopy, 1, (1, 1)),
        ("the same page", Stage::Url, 1, (1, 1)),
        ("told in other words", Stage::SameStory, 1, (2, 0)),
        ("put there by a user", Stage::Manual, 1, (2, 0)),
        ("a copy of an entry that was split off", Stage::Content, 99, (2, 0)),
    ];
    for (why, stage, of, counted) in rows {
        let spread = spread(&[report(1, 0, "A", "en", ""), copy(2, 1, "B", stage, of)], &Outlets::default());
        assert_eq!((spread.reports, spread.copies), counted, "{why}");
    }
}

#[test]
fn outlets_and_languages_come_in_the_order_of_time() {
    let timeline = [
        report(1, 30, "The Harbour Tribune", "en", ""),
        report(2, 10, "Hafen Zeitung", "de", ""),
        report(3, 20, "", "en", ""),
        report(4, 40, "harbour tribune", "fr", ""),
        copy(5, 50, "Hafen Zeitung", Stage::Url, 1),
    ];
    let spread = spread(&timeline, &Outlets::default());
    let outlets: Vec<_> = spread
        .outlets
        .iter()
        .map(|outlet| (outlet.name.as_str(), outlet.first.0, outlet.reports, outlet.copies))
        .collect();
    assert_eq!(outlets, [("Hafen Zeitung", 10, 1, 1), ("wire", 20, 1, 0), ("The Harbour Tribune", 30, 2, 0)]);
    let languages: Vec<_> =
        spread.languages.iter().map(|known| (known.lang.as_str(), known.first.0, known.entries)).collect();
    assert_eq!(languages, [("de", 10, 1), ("en", 20, 3), ("fr", 40, 1)]);
    let firsts: Vec<_> = spread
        .steps
        .iter()
        .map(|step| (step.entry.0, step.first_of_outlet, step.first_in_language, step.copy_of.is_some()))
        .collect();
    assert_eq!(
        firsts,
        [
            (2, true, true, false),
            (3, true, true, false),
            (1, true, false, false),
            (4, false, true, false),
            (5, false, false, true)
        ]
    );
}

#[test]
fn a_story_without_entries_has_no_origin_and_odd_names_stay_themselves() {
    assert_eq!(spread(&[], &Outlets::default()), Spread::default());
    for (one, other, same) in [
        ("The Guardian", "Guardian", true),
        ("guardian.com", "Guardian", true),
        ("The", "the", true),
        ("人民日报", "新华社", false),
        ("🙂", "🙂", true),
        ("North Post", "South Post", false),
    ] {
        assert_eq!(key(one) == key(other), same, "{one} and {other}");
    }
}
