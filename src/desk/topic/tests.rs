use super::naive::Naive;
use super::*;
use crate::model::Field;
use crate::store::TextFilter;
use std::sync::Arc;

fn topics(queries: &[&str]) -> Vec<TopicSource> {
    queries
        .iter()
        .enumerate()
        .map(|(at, query)| TopicSource { id: TopicId(format!("t{at}")), query: (*query).to_owned() })
        .collect()
}

fn lists(lists: &[(&str, &[&str])]) -> Vec<TermSource> {
    let terms = |terms: &[&str]| terms.iter().map(|term| (*term).to_owned()).collect();
    lists.iter().map(|(name, list)| TermSource { name: (*name).to_owned(), terms: terms(list) }).collect()
}

fn judge(query: &str, document: &Document<'_>) -> Option<TopicMatch> {
    let (watchlist, errors) = Watchlist::compile(&topics(&[query]), &[]);
    assert_eq!(errors, [], "{query}");
    let mut out = Vec::new();
    Arc::new(watchlist).matcher().judge(document, &mut out);
    out.pop()
}

fn body(body: &str) -> Document<'_> {
    Document { body, ..Document::default() }
}

#[test]
fn single_queries() {
    let rows = [
        ("case and accents", "chip AND resume", "CHIP Résumé", true),
        ("umlauts spelled out", "Müller", "Herr Mueller", true),
        ("but not guessed", "Mueller", "Herr Müller", false),
        ("compound", "*beschränkung*", "neue Exportbeschränkungen", true),
        ("no stem inside a word", "reise*", "hohe Preise", false),
        ("acronym", "=BIS", "von 3 bis 5", false),
        ("acronym found", "=BIS", "the BIS says", true),
        ("Chinese substring", "出口管制", "美国加强出口管制措施", true),
        ("traditional text", "对华出口", "美國對華出口", true),
        ("kana are not broken", "チップ", "半導体チップの輸出", true),
        ("voicing matters", "バス", "パスポート", false),
        ("Korean particles", "수출*", "수출을 금지", true),
        ("Arabic article and forms", "*امريكا*", "إلى أمريكا", true),
        ("soft hyphen", "Exportkontrolle", "Ex\u{AD}port\u{AD}kontrolle", true),
        ("full width", "H20", "Ｈ２０", true),
        ("phrase over punctuation", "\"export controls\"", "export, controls", true),
        ("gap", "\"rät * ab\"", "er rät dringend ab", true),
        ("slack backwards", "\"a b\"~2", "b a", true),
        (
            "veto near its trigger",
            "chip NOT NEAR/3 potato",
            "chip makers and a lot of other things, potato",
            true,
        ),
        ("veto", "chip NOT NEAR/3 potato", "potato chip", false),
        ("sentence", "SENTENCE(chip ban)", "A chip. The ban.", false),
        ("sentence found", "SENTENCE(chip ban)", "Yes. A ban on any chip. No.", true),
        ("regular expression", "/H[12]0{1,2}\\b/", "the H20 and H100", true),
        ("score", "SCORE(a^2 b^2 c^-3) >= 4", "a b", true),
        ("score spoiled", "SCORE(a^2 b^2 c^-3) >= 4", "a b c", false),
        ("at least", "ATLEAST/2(a b c)", "a c", true),
    ];
    for (why, query, text, expected) in rows {
        assert_eq!(judge(query, &body(text)).is_some(), expected, "{why}");
    }
}

#[test]
fn fields() {
    let tags = ["Trade Policy".to_owned(), "chips".to_owned()];
    let document = Document {
        title: "Ban on chips",
        body: "The ministry decided.",
        url: "https://www.example.org/world/ban.html",
        feed: "reuters-world",
        tags: &tags,
        author: "Ann Li",
        publisher: "Reuters",
        lang: "en",
    };
    let rows = [
        ("title:chips", true),
        ("title:ministry", false),
        ("body:(ministry OR chips)", true),
        ("url:example.org", true),
        ("url:*ample", true),
        ("feed:reuters-world", true),
        ("tag:\"trade policy\"", true),
        ("tag:\"policy chips\"", false),
        ("category:chip*", true),
        ("author:li AND publisher:reuters AND lang:en", true),
        ("lang:de OR lang:fr", false),
        ("reuters", false),
        ("\"chips the\"", false),
        ("chips NEAR/50 ministry", false),
        ("url:/ban\\.html$/", true),
    ];
    for (query, expected) in rows {
        assert_eq!(judge(query, &document).is_some(), expected, "{query}");
    }
}

#[test]
fn evidence_says_what_and_where() {
    let document = Document {
        title: "Neue Exportbeschränkungen",
        body: "„Ex\u{AD}port“ a x b, a.",
        ..Document::default()
    };
    let hit = judge("title:*beschränkung* AND (export OR missing) AND a NEAR/2 b", &document).unwrap();
    let told: Vec<_> = hit
        .evidence
        .iter()
        .map(|found| {
            let text = if found.field == Field::Title { document.title } else { document.body };
            assert_eq!(&text[found.start..found.end], found.text);
            (found.field, found.text.as_str(), found.term.as_str())
        })
        .collect();
    let expected = [
        (Field::Title, "Exportbeschränkungen", "*beschränkung*"),
        (Field::Body, "Ex\u{AD}port", "export"),
        (Field::Body, "a", "a"),
        (Field::Body, "b", "b"),
        (Field::Body, "a", "a"),
    ];
    assert_eq!(told, expected);
    assert_eq!(hit.score, 1.0);
    assert_eq!(judge("SCORE(a^2 b^1.5 z^9) >= 1", &document).unwrap().score, 3.5);
}

#[test]
fn lists_and_topics_are_shared() {
    let sources = topics(&["@chips AND topic:t1", "ban OR @acts", "topic:t0 OR x", "@chips NEAR/3 ban"]);
    let terms = lists(&[("chips", &["chip*", "\"graphics card\""]), ("acts", &["curb*", "stop"])]);
    let (watchlist, errors) = Watchlist::compile(&sources, &terms);
    assert_eq!(errors, []);
    let mut matcher = Arc::new(watchlist).matcher();
    let mut out = Vec::new();
    matcher.judge(&body("Curbs on every graphics card"), &mut out);
    let told: Vec<_> = out.iter().map(|hit| (hit.topic, hit.id.as_str(), hit.evidence.len())).collect();
    assert_eq!(told, [(0, "t0", 2), (1, "t1", 1), (2, "t2", 2)]);
    assert_eq!(out[0].evidence[0].term, "curb*");
    matcher.judge(&body("ban this graphics card"), &mut out);
    assert_eq!(out.iter().map(|hit| hit.topic).collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn broken_topics_are_told_and_the_others_work() {
    let chain = (0..16).map(|at| format!("topic:c{}", at + 1)).collect::<Vec<_>>();
    let mut sources = topics(&[
        "a AND",
        "topic:t2",
        "topic:t1",
        "@nowhere OR a",
        "topic:t0",
        "a AND NOT (a OR b)",
        "fine",
        "@bad",
        "@self",
        "@logic NEAR/3 a",
        "ATLEAST/5(@logic)",
    ]);
    sources.extend(
        chain
            .iter()
            .enumerate()
            .map(|(at, query)| TopicSource { id: TopicId(format!("c{at}")), query: query.clone() }),
    );
    sources.push(TopicSource { id: "c16".into(), query: "fine".into() });
    let terms = lists(&[
        ("bad", &["a", "b AND"]),
        ("self", &["@self"]),
        ("logic", &["a AND b"]),
        ("somewhere", &["x"]),
    ]);
    let (watchlist, errors) = Watchlist::compile(&sources, &terms);
    let told: Vec<String> = errors.iter().take(10).map(ToString::to_string).collect();
    let expected = [
        "topic t0: the query ends where an operand should follow",
        "topic t1: topic t2 has an error of its own",
        "topic t2: topic t1 builds on this one: a circle",
        "topic t3: there is no term list @nowhere (did you mean @somewhere?)",
        "topic t4: topic t0 has an error of its own",
        "topic t5: this can never match: one operand excludes another (remove the NOT or the operand it repeats)",
        "topic t7: list @bad, term 2 `b AND`: the query ends where an operand should follow",
        "topic t8: list @self, term 1 `@self`: list @self names itself, through self",
        "topic t9: a term of this list has no place in the text that proximity could use (lists of words and phrases can stand here)",
        "topic t10: ATLEAST/5 of 1 terms can never match",
    ];
    assert_eq!(told, expected);
    assert_eq!(errors[10].error.message, "topic c1 has an error of its own");
    assert!(errors[10..].iter().any(|error| error.error.message.starts_with("more than 8 topics")));
    let mut out = Vec::new();
    Arc::new(watchlist).matcher().judge(&body("fine"), &mut out);
    assert_eq!(out[0].id.as_str(), "t6");
    assert!(out.iter().any(|hit| hit.id.as_str() == "c10") && out.iter().all(|hit| hit.id.as_str() != "c5"));
}

#[test]
fn changing_a_topic_leaves_the_others() {
    let (watchlist, _) = Watchlist::compile(&topics(&["a", "b", "topic:t0 AND c", "d"]), &[]);
    let versions: Vec<String> = (0..4).map(|at| watchlist.version_of(at).to_owned()).collect();
    let change = |id: &str, query: &str| TopicSource { id: id.into(), query: query.into() };
    let (changed, errors) = watchlist.with_changed(&[change("t0", "x"), change("new", "b")], &["t3".into()]);
    assert_eq!(errors, []);
    let mut matcher = Arc::new(changed).matcher();
    let hits = |matcher: &mut Matcher, text: &str| {
        let mut out = Vec::new();
        matcher.judge(&body(text), &mut out);
        out.into_iter().map(|hit| hit.id.0).collect::<Vec<_>>()
    };
    assert_eq!(hits(&mut matcher, "a b c d"), ["t1", "new"]);
    assert_eq!(hits(&mut matcher, "x c"), ["t0", "t2"]);
    let now: Vec<bool> = (0..4).map(|at| matcher.watchlist().version_of(at) == versions[at]).collect();
    assert_eq!(now, [false, true, false, false]);
    let (again, errors) = matcher.watchlist().with_changed(&[change("t0", "a AND")], &[]);
    assert_eq!(errors.len(), 2);
    let mut matcher = Arc::new(again).matcher();
    assert_eq!(hits(&mut matcher, "x a b c"), ["t1", "new"]);
}

#[test]
fn warnings_name_topic_or_list() {
    let (watchlist, _) = Watchlist::compile(
        &topics(&["@one AND ki", "a OR a*"]),
        &lists(&[("one", &["@two"]), ("two", &["x"]), ("idle", &["y"])]),
    );
    assert!(watchlist.warnings(&["a OR @idle"]).iter().all(|warning| warning.list.is_none()));
    let told: Vec<_> = watchlist
        .warnings(&[])
        .into_iter()
        .map(|warning| (warning.topic.map(|id| id.0), warning.list))
        .collect();
    assert_eq!(told, [(Some("t0".into()), None), (Some("t1".into()), None), (None, Some("idle".into()))]);
}

#[test]
fn explanations_tell_the_nearest_miss() {
    let sources = topics(&[
        "(chip* OR semiconductor*) AND \"travel ban\" AND NOT casino",
        "a NEAR/3 b",
        "title:a",
        "=BIS",
    ]);
    let watchlist = Watchlist::compile(&sources, &[]).0;
    let told = explain(&watchlist, 0, &body("ban on chips and travel")).unwrap();
    assert!(!told.truth && told.parts[0].truth && told.parts[2].truth);
    assert_eq!(told.parts[1].note.as_deref(), Some("all its words are there, but not next to each other"));
    assert_eq!(
        told.deciding().iter().map(|part| part.clause.as_str()).collect::<Vec<_>>(),
        ["\"travel ban\""]
    );
    assert_eq!(told.parts[0].parts[0].found[0].text, "chips");
    let vetoed = explain(&watchlist, 0, &body("chip travel ban casino")).unwrap();
    assert_eq!(vetoed.deciding()[0].clause, "NOT casino");
    let notes = [(1, "a x y z v b"), (2, "a"), (3, "bis")];
    let notes = notes.map(|(topic, text)| explain(&watchlist, topic, &body(text)).unwrap().note.unwrap());
    assert_eq!(
        notes,
        ["nearest: 5 words apart", "found, but in another field", "found in another spelling: bis"]
    );
}

/// Random queries in every operator of the language over few words, so that they often match.
struct Random(fastrand::Rng);

const WORDS: [&str; 16] = [
    "a",
    "b",
    "c",
    "ab",
    "abc",
    "bca",
    "Ab",
    "Müll",
    "muell",
    "出口",
    "口",
    "x1",
    "ガス",
    "Ex\u{AD}port",
    "port",
    "d",
];
const TERMS: [&str; 22] = [
    "a",
    "b",
    "c",
    "ab",
    "d",
    "a*",
    "*ca",
    "*bc*",
    "a?c",
    "\"a b\"",
    "\"b c a\"",
    "\"a * c\"",
    "\"a b\"~2",
    "\"c a b\"~3",
    "=Ab",
    "Müll",
    "mu*ll",
    "口",
    "出口",
    "export",
    "\"port a\"",
    "\"a* Müll\"",
];

impl Random {
    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.0.usize(..all.len())]
    }

    fn text(&mut self, words: usize) -> String {
        let mut text = String::new();
        for _ in 0..self.0.usize(..=words) {
            text.push_str(self.of(&WORDS));
            text.push_str(self.of(&[" ", " ", " ", ", ", ". ", "。", "\n"]));
        }
        text
    }

    fn placed(&mut self, depth: usize) -> String {
        if depth == 0 || self.0.u8(..10) < 5 {
            return self.of(&TERMS).to_owned();
        }
        let (left, right) = (self.placed(depth - 1), self.placed(depth - 1));
        match self.0.u8(..7) {
            0 | 1 => format!("({left} OR {right})"),
            2 => format!("title:({left})"),
            3 => "@words".to_owned(),
            4 => format!("({left} NEAR/{} {right})", self.0.u8(1..5)),
            5 => format!("({left} BEFORE/{} {right})", self.0.u8(1..5)),
            _ => format!("({left} NOT NEAR/{} {right})", self.0.u8(1..4)),
        }
    }

    fn query(&mut self, depth: usize, topic: usize) -> String {
        if depth == 0 {
            return self.placed(2);
        }
        let one = self.query(depth - 1, topic);
        let two = self.query(depth - 1, topic);
        let three = self.placed(1);
        match self.0.u8(..16) {
            0..3 => format!("({one} AND {two})"),
            3..6 => format!("({one} OR {two} OR {three})"),
            6 | 7 => format!("({one} AND NOT {two})"),
            8 => format!("NOT {one}"),
            9 => format!("SENTENCE({} ({three} OR NOT {}))", self.placed(1), self.placed(1)),
            10 => format!("ATLEAST/{}({one} {two} {three} d)", self.0.u8(1..4)),
            11 => {
                format!("SCORE({one}^2 {two}^1.5 {three}^-1 d) >= {}", self.of(&["0.5", "1.5", "2.5", "3"]))
            }
            12 => self.of(&["feed:a", "tag:(b OR \"a b\")", "lang:de", "url:*bc*", "author:=Ab"]).to_owned(),
            13 => {
                let all = [
                    "/a b/",
                    "/[x-z]1/",
                    "/AB\\b/i",
                    "title:/b/",
                    "/bc|x1/",
                    "url:/bca?/",
                    "/出口/",
                    "/ex.?po/i",
                ];
                self.of(&all).to_owned()
            }
            14 => self.of(&["@logic", "@words", "ATLEAST/2(@words)", "title:@words"]).to_owned(),
            _ if topic > 0 => format!("topic:t{}", self.0.usize(..topic)),
            _ => one,
        }
    }
}

fn random_watchlist(random: &mut Random) -> (Vec<TopicSource>, Vec<TermSource>) {
    let terms = lists(&[("words", &["ab", "\"b c\"", "x*", "口"]), ("logic", &["a AND b", "d", "title:c"])]);
    let mut sources = Vec::new();
    while sources.len() < 40 {
        let query = random.query(2, sources.len());
        sources.push(TopicSource { id: TopicId(format!("t{}", sources.len())), query });
        if !Watchlist::compile(&sources, &terms).1.is_empty() {
            sources.pop();
        }
    }
    (sources, terms)
}

#[test]
fn engine_explanation_and_plain_meaning_agree() {
    let mut matched = 0;
    for seed in 0..8 {
        let mut random = Random(fastrand::Rng::with_seed(seed));
        let (sources, terms) = random_watchlist(&mut random);
        let (half, _) = Watchlist::compile(&sources[..20], &terms);
        let (watchlist, errors) = Watchlist::compile(&sources, &terms);
        assert_eq!(errors, []);
        let watchlist = Arc::new(watchlist);
        let mut matcher = watchlist.matcher();
        let mut grown = Arc::new(half.with_changed(&sources[10..], &[]).0).matcher();
        for _ in 0..12 {
            let (title, body, tag) = (random.text(4), random.text(14), random.text(2));
            let tags = [tag, "b".to_owned()];
            let [url, feed, author, lang] = [random.text(1), random.text(1), random.text(2), "de".to_owned()];
            let document = Document {
                title: &title,
                body: &body,
                url: &url,
                feed: &feed,
                tags: &tags,
                author: &author,
                publisher: "",
                lang: &lang,
            };
            let naive = Naive::new(&sources, &terms, &document);
            let expected: Vec<u32> =
                (0..sources.len()).filter(|at| naive.matches(*at)).map(|at| at as u32).collect();
            let mut found = Vec::new();
            let context = |at: &u32| format!("seed {seed}: {}\n{document:?}", sources[*at as usize].query);
            let differing = |found: &[u32]| -> Vec<String> {
                let either = expected.iter().chain(found);
                either.filter(|at| expected.contains(at) != found.contains(at)).map(context).collect()
            };
            matcher.judge_ids(&document, &mut found);
            assert_eq!(differing(&found), Vec::<String>::new(), "with presearch");
            assert_eq!(differing(&matcher.judge_each(&document)), Vec::<String>::new(), "without presearch");
            grown.judge_ids(&document, &mut found);
            assert_eq!(differing(&found), Vec::<String>::new(), "changed one by one");
            let explained =
                (0..sources.len()).filter(|at| explain(&watchlist, *at, &document).unwrap().truth);
            let explained: Vec<u32> = explained.map(|at| at as u32).collect();
            assert_eq!(differing(&explained), Vec::<String>::new(), "explained");
            for topic in &expected {
                let filter = watchlist.text_filter(*topic as usize);
                let holds = filter.as_ref().is_none_or(|filter| index_finds(filter, &title, &body));
                assert!(holds, "the index would miss it: {filter:?} {}", context(topic));
            }
            matched += expected.len();
            check_evidence(&mut matcher, &document, &expected);
        }
    }
    assert!(matched > 500, "{matched}");
}

/// What the full-text index would say, words of a row taken one by one.
fn index_finds(filter: &TextFilter, title: &str, body: &str) -> bool {
    match filter {
        TextFilter::Phrase { tokens, prefix, title_only } => {
            let [title, body] = [title, body].map(crate::text::search_tokens);
            let words: Vec<&str> = match title_only {
                true => title.split(' ').collect(),
                false => title.split(' ').chain(body.split(' ')).collect(),
            };
            let (last, first) = tokens.split_last().unwrap();
            first.iter().all(|token| words.contains(&token.as_str()))
                && words.iter().any(|word| word == last || *prefix && word.starts_with(last.as_str()))
        }
        TextFilter::And(parts) => parts.iter().all(|part| index_finds(part, title, body)),
        TextFilter::Or(parts) => parts.iter().any(|part| index_finds(part, title, body)),
        TextFilter::Not(..) => panic!("never made of a query"),
    }
}

/// Evidence lies where it says.
fn check_evidence(matcher: &mut Matcher, document: &Document<'_>, expected: &[u32]) {
    let mut hits = Vec::new();
    matcher.judge(document, &mut hits);
    assert_eq!(hits.iter().map(|hit| hit.topic as u32).collect::<Vec<_>>(), expected);
    for found in hits.iter().flat_map(|hit| &hit.evidence) {
        let texts: Vec<&str> = match found.field {
            Field::Tag => document.tags.iter().map(String::as_str).collect(),
            field => vec![engine::text_of(document, field, 0)],
        };
        let here = texts.iter().any(|text| text.get(found.start..found.end) == Some(found.text.as_str()));
        assert!(here && !found.text.is_empty(), "{found:?} {document:?}");
    }
}
