use super::*;
use crate::alert::test_content;
use crate::config::Location;

fn route(updates: UpdatePolicy) -> RouteConfig {
    RouteConfig {
        source: AlertSource::Hits,
        topics: vec!["chips".into()],
        min_priority: None,
        feeds: Vec::new(),
        tags: Vec::new(),
        langs: Vec::new(),
        to: vec!["mail".into()],
        continues: false,
        updates,
        when: None,
        at: Location::default(),
    }
}

fn all() -> UpdatePolicy {
    UpdatePolicy { outlets: vec![2, 4], languages: true, corrections: true }
}

/// A first alert about an English entry, made when three placements were there.
fn told(causes: &[&str]) -> Told {
    Told {
        alert: AlertId(1),
        content: AlertContent { topic: "chips".into(), ..test_content(Time(0)) },
        receiver: "mail".into(),
        placed: 3,
        causes: causes.iter().map(|cause| (*cause).to_owned()).collect(),
    }
}

/// Entries of these outlets and languages in a row; a `=` before an outlet makes it a copy.
fn story(entries: &[(&str, &str)]) -> Vec<Carried> {
    let carried = |(at, (outlet, lang)): (usize, &(&str, &str))| Carried {
        placement: at as i64 + 1,
        entry: EntryId(at as i64 + 1),
        outlet: outlet.trim_start_matches('=').to_owned(),
        name: outlet.trim_start_matches('=').to_uppercase(),
        lang: Some((*lang).to_owned()),
        copy: outlet.starts_with('='),
        probable: false,
    };
    entries.iter().enumerate().map(carried).collect()
}

/// The causes that are due after the last of these entries.
fn due(
    policy: UpdatePolicy,
    told: &Told,
    carried: &[Carried],
    correction: Option<&Correction>,
) -> Vec<String> {
    let entry = carried.last().map_or(EntryId(0), |last| last.entry);
    let happened = Happened { entry, carried, correction, first: None };
    updates(&[route(policy)], told, &[], &happened, &|_, _| false)
        .into_iter()
        .map(|update| update.cause)
        .collect()
}

/// A sentence, what came after the first alert, what was told since, what is due.
type Row =
    (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str], &'static [&'static str]);

const FIRST: [(&str, &str); 3] = [("a", "en"), ("b", "en"), ("=c", "en")];

#[test]
fn what_is_due_after_which_entries() {
    let rows: [Row; 11] = [
        ("nothing came", &[], &[], &[]),
        ("one outlet is too few", &[("d", "en")], &[], &[]),
        ("two are enough", &[("d", "en"), ("e", "en")], &[], &["outlets:2"]),
        ("an outlet that was there is none more", &[("d", "en"), ("a", "en"), ("b", "en")], &[], &[]),
        ("wire copies are no outlets", &[("d", "en"), ("=e", "en"), ("=f", "en")], &[], &[]),
        ("one that only had a copy has a report now", &[("d", "en"), ("c", "en")], &[], &["outlets:2"]),
        (
            "of several numbers the largest",
            &[("d", "en"), ("e", "en"), ("f", "en"), ("g", "en")],
            &[],
            &["outlets:4"],
        ),
        ("no smaller one after a larger", &[("d", "en"), ("e", "en")], &["outlets:4"], &[]),
        (
            "the next number",
            &[("d", "en"), ("e", "en"), ("f", "en"), ("g", "en")],
            &["outlets:2"],
            &["outlets:4"],
        ),
        ("a language", &[("d", "de")], &[], &["language:de"]),
        ("a language once", &[("d", "de"), ("a", "de")], &["language:de"], &[]),
    ];
    for (sentence, later, causes, expected) in rows {
        let carried = story(&[&FIRST[..], later].concat());
        assert_eq!(due(all(), &told(causes), &carried, None), expected, "{sentence}");
    }
}

#[test]
fn copies_and_unknown_languages_bring_no_language() {
    let carried = story(&[&FIRST[..], &[("=d", "de")]].concat());
    assert!(due(all(), &told(&[]), &carried, None).is_empty(), "a copy");
    let mut unknown = told(&[]);
    unknown.content.lang = None;
    let mut carried = story(&[&FIRST[..], &[("d", "de")]].concat());
    carried.iter_mut().take(3).for_each(|entry| entry.lang = None);
    assert!(due(all(), &unknown, &carried, None).is_empty(), "nothing to be other than");
}

#[test]
fn a_correction_is_told_once() {
    let correction = Correction { key: "7>9".to_owned(), what: "7 became 9".to_owned() };
    let carried = story(&FIRST);
    assert_eq!(due(all(), &told(&[]), &carried, Some(&correction)), ["correction:7>9"]);
    assert!(due(all(), &told(&["correction:7>9"]), &carried, Some(&correction)).is_empty());
}

#[test]
fn nothing_is_told_by_default_or_past_the_route() {
    let carried = story(&[&FIRST[..], &[("d", "de"), ("e", "fr")]].concat());
    let correction = Correction { key: "x".to_owned(), what: String::new() };
    assert!(due(UpdatePolicy::default(), &told(&[]), &carried, Some(&correction)).is_empty());
    let mut other = told(&[]);
    other.content.topic = "travel".into();
    assert!(due(all(), &other, &carried, None).is_empty(), "the route does not carry this topic");
    let mut other = told(&[]);
    other.receiver = "hook".into();
    assert!(due(all(), &other, &carried, None).is_empty(), "nor this receiver");
}

#[test]
fn an_update_says_why_and_by_which_entry() {
    let carried = story(&[&FIRST[..], &[("d", "en"), ("e", "de")]].concat());
    let happened = Happened { entry: EntryId(9), carried: &carried, correction: None, first: None };
    let made = updates(&[route(all())], &told(&[]), &[], &happened, &|_, _| false);
    let words: Vec<(&str, EntryId)> =
        made.iter().map(|update| (update.reason.as_str(), update.entry)).collect();
    assert_eq!(
        words,
        [
            ("the first report in another language, de, by E", EntryId(5)),
            ("carried by 2 more independent outlets since the first alert: D, E", EntryId(5)),
        ]
    );
}
