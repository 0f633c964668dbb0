use super::*;

fn at(text: &str) -> Time {
    Time(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// An alert with the evidence at the first place of each word, in the title or else in the body.
fn content(title: &str, body: &str, words: &[(&str, &str)]) -> AlertContent {
    let evidence = |(word, term): &(&str, &str)| {
        let (field, text) = if title.contains(word) { (Field::Title, title) } else { (Field::Body, body) };
        let start = text.find(word).unwrap();
        Evidence { field, start, end: start + word.len(), text: (*word).into(), term: (*term).into() }
    };
    AlertContent {
        topic: "chips".into(),
        topic_title: "Chip export controls".into(),
        priority: Priority::High,
        story: StoryId(12),
        entry: EntryId(77),
        feed: "harbour-post".into(),
        title: title.into(),
        body: body.into(),
        url: Some("https://harbour.example/chips?id=1&x=2".into()),
        publisher: Some("Harbour Post".into()),
        lang: Some("en".into()),
        published: Some(at("2026-11-23T15:05:00Z")),
        seen: at("2026-11-23T15:07:00Z"),
        score: 1.0,
        evidence: words.iter().map(evidence).collect(),
        update: None,
    }
}

fn message(content: AlertContent) -> Message {
    let alert = Alert { id: AlertId(5), at: at("2026-11-23T15:08:00Z"), content };
    Message {
        key: "k1".into(),
        alert,
        earlier: vec!["k0".into()],
        first: None,
        attempt: 1,
        at: at("2026-11-23T15:08:01Z"),
    }
}

fn sample() -> AlertContent {
    content(
        "Harbour port stops AI chips",
        "Customs officers held a shipment.\n\nNew rules on exports of accelerators apply from Monday.",
        &[("AI chips", "\"ai chip*\""), ("exports", "export*"), ("Monday", "monday")],
    )
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

#[test]
fn plain_text() {
    assert_eq!(
        text::plain(&sample(), &berlin(), 200),
        "Chip export controls · high priority\n\
         Harbour port stops *AI chips*\n\
         Harbour Post · 2026-11-23 16:05 CET · en\n\
         \n\
         Customs officers held a shipment. New rules on *exports* of accelerators apply from *Monday*.\n\
         \n\
         https://harbour.example/chips?id=1&x=2\n\
         \n\
         Found: AI chips (\"ai chip*\") in title, exports (export*) in body, Monday in body\n\
         Topic chips · story 12 · feed harbour-post\n"
    );
}

#[test]
fn plain_text_of_a_bare_entry() {
    let mut bare = content("", "", &[]);
    (bare.url, bare.publisher, bare.lang, bare.published) = (None, None, None, None);
    bare.priority = Priority::Normal;
    assert_eq!(
        text::plain(&bare, &berlin(), 200),
        "Chip export controls\n\nharbour-post · seen 2026-11-23 16:07 CET\n\nTopic chips · story 12 · feed harbour-post\n"
    );
}

#[test]
fn text_from_outside_cannot_break_a_line() {
    let mut evil = content("a\nTopic forged\u{1b}[2J \u{202e}x", "b\r\n\r\nc\u{7}", &[]);
    evil.publisher = Some("P\nForged: yes".into());
    evil.lang = Some("e\nn".into());
    evil.url = Some("https://e.example/\n\u{1b}[1m".into());
    evil.topic_title = "T\u{9b}31m".into();
    (evil.topic, evil.feed) = ("t\nx".into(), "f\u{1b}[m".into());
    evil.evidence =
        vec![Evidence { field: Field::Tag, start: 0, end: 1, text: "t\nx".into(), term: "\u{1b}]0;".into() }];
    let shown = text::plain(&evil, &TimeZone::UTC, 200);
    assert_eq!(shown.lines().count(), 10, "{shown}");
    assert!(!shown.contains(|c: char| c != '\n' && is_dangerous(c)), "{shown:?}");
    let page = html::document(&evil, &TimeZone::UTC);
    assert!(!page.contains(|c: char| c != '\n' && is_dangerous(c)), "{page:?}");
    assert!(!text::headline(&evil, 200).contains(is_dangerous));
}

#[test]
fn html_is_escaped_and_marked() {
    let mut evil = content(
        "<script>alert(1)</script> & AI chips",
        "x \"quoted\" <b>exports</b>",
        &[("AI chips", "ai"), ("exports", "export*")],
    );
    evil.topic_title = "<img src=x>".into();
    evil.publisher = Some("\"><svg onload=1>".into());
    evil.lang = Some("\" onclick=\"1".into());
    let page = html::document(&evil, &berlin());
    for wanted in [
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; <mark>AI chips</mark>",
        "x &quot;quoted&quot; &lt;b&gt;<mark>exports</mark>&lt;/b&gt;",
        "<a href=\"https://harbour.example/chips?id=1&amp;x=2\" rel=\"noopener noreferrer\">",
        "lang=\"&quot; onclick=&quot;1\"",
        "2026-11-23 16:05 CET",
    ] {
        assert!(page.contains(wanted), "{wanted} in {page}");
    }
    for unwanted in ["<script", "<img", "<svg", "<b>"] {
        assert!(!page.contains(unwanted), "{unwanted} in {page}");
    }
}

#[test]
fn only_web_addresses_are_links() {
    let rows = [
        ("https://a.example/x y", Some("https://a.example/x%20y")),
        ("http://a.example/\"><b>", Some("http://a.example/%22%3E%3Cb%3E")),
        ("HTTPS://a.example", Some("https://a.example/")),
        ("javascript:alert(1)", None),
        (" javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("mailto:a@b.example", None),
        ("/relative", None),
        ("", None),
    ];
    for (url, expected) in rows {
        assert_eq!(link(url).as_deref(), expected, "{url}");
    }
}

#[test]
fn json_document() {
    let document = serde_json::from_slice::<serde_json::Value>(&json::bytes(&message(sample()))).unwrap();
    assert_eq!(document["type"], "alert.created");
    assert_eq!(document["timestamp"], "2026-11-23T15:08:00Z");
    let data = &document["data"];
    assert_eq!(data["key"], "k1");
    assert_eq!(data["earlier"], serde_json::json!(["k0"]));
    assert_eq!(data["test"], false);
    assert_eq!(
        data["topic"],
        serde_json::json!({"id": "chips", "title": "Chip export controls", "priority": "high"})
    );
    assert_eq!(data["published"], "2026-11-23T15:05:00Z");
    assert_eq!(
        data["evidence"][1],
        serde_json::json!({"field": "body", "start": 48, "end": 55, "text": "exports", "term": "export*"})
    );
    assert_eq!(data["snippet"][1], serde_json::json!({"text": "exports", "marked": true}));
    assert!(data["text"].as_str().unwrap().contains("2026-11-23 15:05 UTC"), "programs get UTC");
    // The entry's own text goes out unchanged: JSON has its own escapes.
    let odd = message(content("a\u{1b}\"\n<b>", "", &[]));
    let document = serde_json::from_slice::<serde_json::Value>(&json::bytes(&odd)).unwrap();
    assert_eq!(document["data"]["title"], "a\u{1b}\"\n<b>");
    // A link that is none of the web's is no link.
    let mut script = sample();
    script.url = Some("javascript:alert(1)".into());
    let document = serde_json::from_slice::<serde_json::Value>(&json::bytes(&message(script))).unwrap();
    assert_eq!(document["data"]["url"], serde_json::Value::Null);
}

#[test]
fn headlines_are_cut_between_characters() {
    let mut long = sample();
    long.title = "出口".repeat(100);
    let line = text::headline(&long, 40);
    assert_eq!(line.chars().count(), 40);
    assert!(line.starts_with("[Chip export controls] 出口") && line.ends_with('…'), "{line}");
    assert_eq!(
        text::headline(&sample(), 120),
        "[Chip export controls] Harbour port stops AI chips (Harbour Post)"
    );
}

#[test]
fn repeats_of_a_term_are_told_once() {
    let piece = |field, start: usize, text: &str, term: &str| Evidence {
        field,
        start,
        end: start + text.len(),
        text: text.into(),
        term: term.into(),
    };
    let evidence = [
        piece(Field::Title, 0, "Chips", "chip*"),
        piece(Field::Body, 0, "chips", "chip*"),
        piece(Field::Body, 10, "chips", "chip*"),
        piece(Field::Body, 20, "export licence", "\"export licence\""),
        piece(Field::Body, 20, "export", "export*"),
        piece(Field::Body, 40, "KI", "\"KI\""),
    ];
    assert_eq!(
        text::found_words(&evidence),
        "Chips (chip*) in title and body, export licence in body, KI in body"
    );
    let many: Vec<Evidence> =
        (0..12).map(|n| piece(Field::Body, n * 10, &format!("w{n}"), &format!("w{n}"))).collect();
    assert!(text::found_words(&many).ends_with("w7 in body, 4 more"));
}

#[test]
fn the_test_alert_says_so() {
    let test = test_content(at("2026-11-23T15:05:00Z"));
    let shown = text::plain(&test, &TimeZone::UTC, 200);
    assert!(
        shown.contains("*Test* alert from newswatch") && shown.contains("This is a *test* alert"),
        "{shown}"
    );
    let document = serde_json::to_value(json::document(&message(test))).unwrap();
    assert_eq!(document["data"]["test"], true);
}

/// The example in the manual is what the sample above really gives.
#[test]
fn the_manual_shows_a_real_document() {
    let manual = include_str!("../../../docs/webhooks.md");
    let example = manual.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let shown: serde_json::Value = serde_json::from_str(example).unwrap();
    let real = serde_json::to_value(json::document(&message(sample()))).unwrap();
    assert_eq!(shown, real, "docs/webhooks.md should say:\n{}", serde_json::to_string_pretty(&real).unwrap());
    // Every field of it is explained.
    for field in real["data"].as_object().unwrap().keys() {
        assert!(manual.contains(&format!("| `{field}` |")), "{field} is not explained");
    }
}

/// A feed that was taken down, as `app` tells it.
fn gone() -> AlertContent {
    AlertContent {
        topic: HEALTH_TOPIC.into(),
        topic_title: "Health of feeds".into(),
        priority: Priority::High,
        story: StoryId(0),
        entry: EntryId(0),
        publisher: Some("newswatch".into()),
        published: Some(at("2026-11-23T10:00:00Z")),
        url: None,
        ..content("harbour-post: gone", "410 Gone <b>.\nProposal: newswatch feeds discover", &[])
    }
}

#[test]
fn a_change_of_health_has_no_story_and_all_of_its_text() {
    assert_eq!(
        text::plain(&gone(), &berlin(), 20),
        "Health of feeds · high priority\n\
         harbour-post: gone\n\
         since 2026-11-23 11:00 CET\n\
         \n\
         410 Gone <b>.\n\
         Proposal: newswatch feeds discover\n\
         \n\
         Feed harbour-post · ask further: newswatch feeds show harbour-post\n"
    );
    assert_eq!(text::headline(&gone(), 200), "[Health of feeds] harbour-post: gone");
    let house = AlertContent { feed: HOUSE.into(), ..gone() };
    assert!(text::plain(&house, &berlin(), 20).ends_with("Ask further: newswatch feeds health\n"));
    let page = html::document(&gone(), &berlin());
    assert!(page.contains("410 Gone &lt;b&gt;.<br>\nProposal: newswatch feeds discover"), "{page}");
    assert!(!page.contains("story"), "{page}");
    let json = serde_json::to_value(json::document(&message(gone()))).unwrap();
    let data = &json["data"];
    assert_eq!((&data["source"], &data["test"]), (&"health".into(), &false.into()));
    assert!(data["story"].is_null() && data["entry"].is_null(), "{data}");
}

#[test]
fn what_has_no_story_is_stored_without_one() {
    let stored = serde_json::to_value(gone()).unwrap();
    assert!(stored["story"].is_null() && stored["entry"].is_null());
    assert_eq!(serde_json::from_value::<AlertContent>(stored.clone()).unwrap(), gone());
    let mut old = stored;
    (old["story"], old["entry"]) = (0.into(), 0.into());
    assert_eq!(serde_json::from_value::<AlertContent>(old).unwrap(), gone(), "as it was stored once");
    let shown = serde_json::to_value(&message(gone()).alert).unwrap();
    assert_eq!((&shown["source"], &shown["id"]), (&"health".into(), &5.into()));
}

fn update(kind: UpdateKind, cause: &str, reason: &str) -> AlertContent {
    let update = AlertUpdate {
        kind,
        cause: cause.into(),
        reason: reason.into(),
        first: AlertId(5),
        first_title: "Harbour port\nstops AI chips".into(),
    };
    AlertContent { update: Some(update), ..sample() }
}

#[test]
fn an_update_says_what_is_new_and_what_it_follows() {
    let reason = "the first report in another language, de, by Küstenblatt";
    let german = update(UpdateKind::Language, "language:de", reason);
    let line = format!("Update: {reason}. It follows alert 5: Harbour port stops AI chips");
    assert_eq!(text::plain(&german, &berlin(), 200).lines().nth(1), Some(line.as_str()));
    assert!(html::document(&german, &berlin()).contains(&format!("<p dir=\"auto\">{line}</p>")));
    let headlines = [
        (update(UpdateKind::Language, "language:de", ""), "[Chip export controls] First in de: Harbour port"),
        (update(UpdateKind::Outlets, "outlets:5", ""), "[Chip export controls] 5 more outlets: Harbour port"),
        (
            update(UpdateKind::Correction, "correction:7>9", ""),
            "[Chip export controls] Correction: Harbour port",
        ),
    ];
    for (content, expected) in headlines {
        assert!(text::headline(&content, 120).starts_with(expected), "{expected}");
    }
    let told = Message { first: Some("k0".into()), ..message(german) };
    let document = serde_json::to_value(json::document(&told)).unwrap();
    assert_eq!(document["type"], "alert.updated");
    let first = serde_json::json!({"alert": 5, "key": "k0", "title": "Harbour port\nstops AI chips"});
    assert_eq!(
        document["data"]["update"],
        serde_json::json!({"kind": "language", "reason": reason, "first": first})
    );
}
