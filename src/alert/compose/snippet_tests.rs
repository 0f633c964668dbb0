use super::*;
use proptest::prelude::*;

/// Spans as one line with the marked ones in brackets.
fn shown(spans: &[Span]) -> String {
    spans.iter().map(|s| if s.marked { format!("[{}]", s.text) } else { s.text.clone() }).collect()
}

/// Byte ranges of every occurrence of the words in the text.
fn find(text: &str, words: &[&str]) -> Vec<Range<usize>> {
    let each = |word: &str| text.match_indices(word).map(|(at, w)| at..at + w.len()).collect::<Vec<_>>();
    words.iter().flat_map(|word| each(word)).collect()
}

#[test]
fn table() {
    let long = "The ministry said on Monday that new licences for lithography machines will be refused, \
        and that exporters of gallium must register before the end of the year or lose their permits.";
    let rows: &[(&str, &str, &[&str], usize, &str)] = &[
        ("a short text is shown whole", "New chip rules", &["chip"], 60, "New [chip] rules"),
        ("without evidence the beginning is shown", long, &[], 30, "The ministry said on Monday …"),
        (
            "text before and after the evidence becomes an ellipsis",
            long,
            &["lithography"],
            40,
            "… licences for [lithography] machines will …",
        ),
        (
            "evidence far apart gives several windows",
            long,
            &["ministry", "gallium"],
            60,
            "The [ministry] said on Monday … of [gallium] must …",
        ),
        (
            "evidence close together shares one window, and the room left over widens it",
            long,
            &["licences", "lithography"],
            60,
            "… that new [licences] for [lithography] machines will be …",
        ),
        ("evidence at the very end", long, &["permits"], 30, "… year or lose their [permits]."),
        (
            "overlapping marks are one",
            "export controls",
            &["export con", "controls"],
            60,
            "[export controls]",
        ),
        (
            "a phrase stays one mark over its spaces",
            "an export\n  ban",
            &["export\n  ban"],
            60,
            "an [export ban]",
        ),
        ("white space is collapsed", "  a\n\n b\t c ", &["b"], 60, "a [b] c"),
        ("escapes are shown", "a \u{1b}[2J ban", &["ban"], 60, "a \\u{1b}[2J [ban]"),
        (
            "Chinese is cut between characters, two columns each",
            "商务部宣布对镓和锗相关物项实施出口管制自八月一日起正式实施",
            &["出口管制"],
            20,
            "… 项实施[出口管制]自八月 …",
        ),
        (
            "a mark wider than the width is cut",
            "aaaaaaaaaaaaaaaaaaaaaaaa b",
            &["aaaaaaaaaaaaaaaaaaaaaaaa"],
            10,
            "[aaaaaaaaaa] …",
        ),
        ("an empty text is nothing", "", &[], 60, ""),
        ("no width is hardly anything", "export ban", &[], 0, "…"),
    ];
    for (sentence, text, words, width, expected) in rows {
        assert_eq!(shown(&snippet(text, &find(text, words), *width)), *expected, "{sentence}");
    }
}

#[test]
fn highlighting_keeps_the_whole_text() {
    let text = "Chips: Ausfuhr von KI-Chips begrenzt";
    assert_eq!(shown(&highlight(text, &find(text, &["Chips"]))), "[Chips]: Ausfuhr von KI-[Chips] begrenzt");
    assert_eq!(shown(&highlight(text, &[])), text);
}

#[test]
fn impossible_marks_are_survived() {
    let text = "Zürich führt";
    // A mark inside a character grows to its boundaries; reversed, empty and distant ones are dropped.
    let reversed = Range { start: 5, end: 3 };
    let marks = [2..3, reversed, 4..4, 900..950, 8..usize::MAX];
    assert_eq!(shown(&highlight(text, &marks)), "Z[ü]rich [führt]");
}

#[test]
fn only_evidence_of_the_field_is_marked() {
    let found = |field, start, end| Evidence { field, start, end, text: String::new(), term: String::new() };
    let evidence = [found(Field::Title, 1, 2), found(Field::Body, 3, 4), found(Field::Title, 5, 9)];
    assert_eq!(marks(&evidence, Field::Title), [1..2, 5..9]);
}

proptest! {
    /// Any text, any marks, any width: no panic, bounded, on one line, and nothing marked that is not in the text.
    #[test]
    fn never_tears(
        text in "(?s).{0,200}",
        marks in proptest::collection::vec((0usize..300, 0usize..300), 0..8),
        width in 0usize..120,
    ) {
        let marks: Vec<Range<usize>> = marks.into_iter().map(|(a, b)| a..b).collect();
        let spans = snippet(&text, &marks, width);
        let line = shown(&spans);
        prop_assert!(!line.contains(crate::alert::compose::is_dangerous), "one safe line");
        let escaped = text.chars().filter(|c| crate::alert::compose::is_dangerous(*c)).count();
        let shown_columns: usize = spans.iter().map(|span| columns(&span.text)).sum();
        prop_assert!(shown_columns <= width + 2 * (WINDOWS + 1) + 3 + escaped * 10, "{shown_columns} > {width}: {line}");
        for pair in spans.windows(2) {
            prop_assert!(pair[0].marked != pair[1].marked, "neighbours are joined");
        }
    }

    /// A highlighted text is the text, white space aside.
    #[test]
    fn highlights_lose_nothing(text in "[a-zäß出 \n]{0,80}", start in 0usize..90, len in 0usize..40) {
        let plain: String = highlight(&text, std::slice::from_ref(&(start..start + len))).into_iter().map(|s| s.text).collect();
        prop_assert_eq!(plain.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
    }
}
