//! Texts and queries that are hard on an engine: work in proportion to their size, places that are exact, no panic.

use super::*;
use crate::model::Field;
use std::sync::Arc;

fn topics(queries: &[&str]) -> Vec<TopicSource> {
    let source = |(at, query): (usize, &&str)| TopicSource {
        id: TopicId(format!("t{at}")),
        query: (*query).to_owned(),
    };
    queries.iter().enumerate().map(source).collect()
}

fn body(body: &str) -> Document<'_> {
    Document { body, ..Document::default() }
}

/// Nanoseconds that this thread has worked, however busy the machine is.
fn worked() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Nanoseconds of work for each byte of a hostile text, evidence included, in a build without optimisation: a quarter of it
/// is usual, and what grows with the square of the text needs many times as much.
const PER_BYTE: u64 = 40_000;

#[test]
fn hostile_texts_take_time_in_proportion() {
    let sources = topics(&[
        "a NEAR/5 b",
        "\"a b a\"~9",
        "*aa* OR *aaa* OR aa*",
        "SENTENCE(a b) OR SENTENCE(a (NOT b) a)",
        "/(a+)+$/ AND b",
        "\"a a a b\"",
        "\"a a a a\"~3",
        "ATLEAST/2(a b c) AND a BEFORE/9 b BEFORE/9 c",
        "(a NEAR/3 (a NEAR/3 (a NEAR/3 b))) NOT NEAR/2 c",
        "/(aa|ab)*c/ OR /a{1,50}b/i",
        "title:a OR tag:(a NEAR/2 b) OR url:/a+b/",
    ]);
    let rows: Vec<(&str, String)> = vec![
        ("one word over and over", "a ".repeat(20_000)),
        ("two words over and over", "a b ".repeat(10_000)),
        ("one word without an end", "a".repeat(50_000)),
        ("a flood of marks", format!("a{} b", "\u{301}".repeat(25_000))),
        ("a mark on every letter", "a\u{301}".repeat(15_000)),
        ("an unseen character behind every letter", "a\u{AD}".repeat(15_000)),
        ("words of unseen seams", "a\u{AD}b ".repeat(10_000)),
        ("nothing but a change of direction", "\u{202E}".repeat(30_000)),
        ("directions changed within words", "a\u{202E}b\u{202C} \u{200F}أ\u{61C}b ".repeat(2_000)),
        ("right to left with Latin names", "شركة NVIDIA تصدر a b رقائق، ".repeat(1_000)),
        ("patterns that overlap", "aa aaa aaaa ".repeat(3_000)),
        ("no word twice", (0..8_000).map(|n| format!("aa{n} ")).collect()),
        ("a script without spaces", "出口管制芯片".repeat(2_000)),
        ("sentences of one word", "A. ".repeat(15_000)),
        ("bytes that were no text", String::from_utf8_lossy(&b"a \xFF\xC3( b ".repeat(4_000)).into_owned()),
    ];
    let tags: Vec<String> = (0..2_000).map(|_| "a b".to_owned()).collect();
    let mut matcher = Arc::new(Watchlist::compile(&sources, &[]).0).matcher();
    let mut out = Vec::new();
    for (why, text) in &rows {
        let document = Document { title: "a", tags: &tags, ..body(text) };
        let before = worked();
        matcher.judge(&document, &mut out);
        let (spent, most) = (worked() - before, PER_BYTE * text.len() as u64);
        assert!(spent < most, "{why}: {} ms for {} bytes", spent / 1_000_000, text.len());
        for found in out.iter().flat_map(|hit| &hit.evidence).filter(|found| found.field == Field::Body) {
            assert_eq!(text.get(found.start..found.end), Some(found.text.as_str()), "{why}");
        }
    }
}

#[test]
fn hostile_queries_are_refused_or_small() {
    let deep = |levels: usize| format!("{}a{}", "(".repeat(levels), ")".repeat(levels));
    let rows = [
        ("10,000 parentheses", deep(10_000), false),
        ("10,000 of them and no end", "(".repeat(10_000), false),
        ("10,000 times NOT", format!("{}a", "NOT ".repeat(10_000)), false),
        ("10,000 links of proximity", vec!["a"; 10_000].join(" NEAR/2 "), false),
        ("a megabyte", "chip OR ".repeat(131_072) + "chip", false),
        ("half of one", (0..40_000).map(|n| format!("w{n} OR ")).collect::<String>() + "chip", true),
        ("an expression that would backtrack for ever", "/(a+)+$/".to_owned(), true),
        ("an expression that is too large", "/((a{1,100}){1,100}){1,100}/".to_owned(), false),
        ("a phrase without an end", format!("\"{}\"", "a ".repeat(10_000)), false),
        ("marks and directions", "e\u{301}\u{301}\u{202E}x\u{200B} OR \"\u{AD}a\u{AD}\"".to_owned(), true),
    ];
    for (why, query, fine) in rows {
        let before = worked();
        let (watchlist, errors) = Watchlist::compile(&topics(&[&query]), &[]);
        assert_eq!(
            errors.is_empty(),
            fine,
            "{why}: {}",
            errors.first().map_or(String::new(), ToString::to_string)
        );
        let said: usize = errors.iter().map(|error| error.to_string().len()).sum();
        assert!(said < 1_000, "{why}: {said} bytes of errors");
        let mut out = Vec::new();
        Arc::new(watchlist)
            .matcher()
            .judge(&body("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab chip"), &mut out);
        let spent = (worked() - before) / 1_000_000;
        assert!(spent < 20_000, "{why}: {spent} ms");
    }
}

#[test]
fn a_regular_expression_finds_what_a_word_too_long_hides() {
    let sources = topics(&["/needle/", "url:/needle/", "/needle/ OR b", "/other/"]);
    let mut matcher = Arc::new(Watchlist::compile(&sources, &[]).0).matcher();
    let long = format!("{}needle", "a".repeat(1_500));
    let mut hits = |document: &Document<'_>| {
        let mut out = Vec::new();
        matcher.judge_ids(document, &mut out);
        out
    };
    assert_eq!(hits(&body(&long)), [0, 2]);
    assert_eq!(hits(&Document { url: &long, ..Document::default() }), [1]);
    assert_eq!(hits(&body("a needles")), [0, 2]);
    assert_eq!(hits(&Document { url: "x/needle", ..Document::default() }), [1]);
    assert!(hits(&body("need le b")) == [2]);
}
