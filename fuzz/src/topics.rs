//! Queries, and what they match.

use super::WINDOW;
use newswatch::desk::topic::{
    Document, QueryError, TermSource, TopicSource, Watchlist, explain, parse, render_error, render_warning,
    text_filter,
};
use newswatch::model::{Evidence, Field, TopicId};
use std::ops::Range;
use std::sync::Arc;

/// The query parser: it never panics; what it says points into the text; what it accepts it accepts again, the same.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(&data[..data.len().min(WINDOW)]);
    match parse(&text) {
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without a reason: {text:?}");
            errors.iter().for_each(|error| refused(&text, error));
        }
        Ok(query) => {
            within(&text, &query.root.span);
            assert_eq!(parse(&text).as_ref().map(|again| &again.root), Ok(&query.root), "{text:?}");
            for warning in query.warnings() {
                within(&text, &warning.span);
                render_warning(&text, &warning, "query", 1, 1);
            }
            text_filter(&query, &());
        }
    }
}

fn refused(text: &str, error: &QueryError) {
    within(text, &error.span);
    assert!(!render_error(text, error, "query", 1, 1).is_empty());
}

fn within(text: &str, span: &Range<usize>) {
    assert!(text.get(span.clone()).is_some(), "{span:?} is not in {text:?}");
}

/// Matching: the input is a query, a title and a body with NUL between them. The engine agrees with the evaluation of the
/// query as written; evidence stands where it says; nothing is remembered from one text to the next.
pub fn matching(data: &[u8]) {
    let text = String::from_utf8_lossy(&data[..data.len().min(WINDOW)]);
    let mut parts = text.splitn(3, '\0');
    let [query, title, body] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let topic = |id: &str, query: &str| TopicSource { id: TopicId::from(id), query: query.to_owned() };
    let topics =
        [topic("given", query), topic("word", "export"), topic("built", "topic:given AND NOT topic:word")];
    let terms = [TermSource {
        name: "list".to_owned(),
        terms: vec!["chip*".to_owned(), "\"rare earth\"".to_owned()],
    }];
    let (watchlist, _) = Watchlist::compile(&topics, &terms);
    let watchlist = Arc::new(watchlist);
    let document = Document { title, body, lang: "en", url: "https://news.example/a", ..Document::default() };
    let (mut matcher, mut found, mut ids) = (watchlist.matcher(), Vec::new(), Vec::new());
    matcher.judge(&document, &mut found);
    for topic in 0..topics.len() {
        let told = explain(&watchlist, topic, &document);
        let hit = found.iter().any(|hit| hit.topic == topic);
        assert_eq!(
            told.is_some_and(|told| told.truth),
            hit,
            "{query:?} on {title:?} / {body:?}, topic {topic}"
        );
    }
    found.iter().flat_map(|hit| &hit.evidence).for_each(|evidence| stands(&document, evidence));
    let hits: Vec<u32> = found.iter().map(|hit| hit.topic as u32).collect();
    matcher.judge(&Document { title: "export chips", ..Document::default() }, &mut found);
    matcher.judge_ids(&document, &mut ids);
    assert_eq!(ids, hits, "{query:?} on {title:?} / {body:?}: the second time");
}

fn stands(document: &Document<'_>, evidence: &Evidence) {
    let text = match evidence.field {
        Field::Title => document.title,
        Field::Body => document.body,
        _ => return,
    };
    assert_eq!(text.get(evidence.start..evidence.end), Some(evidence.text.as_str()), "{evidence:?}");
}
