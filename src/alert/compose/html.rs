//! HTML: an alert as a small document for mail programs.
//!
//! Everything from outside is escaped, after dangerous characters were made visible. No images, no scripts, no
//! style sheet, nothing remote: it reads the same in every mail program and tells nobody that it was read.

use super::*;
use crate::alert::compose::text::{found_words, origin_line, source_line, update_line};
use crate::alert::route::priority_name;

/// Columns of text around the evidence.
const WIDTH: usize = 320;

/// The whole document.
pub fn document(content: &AlertContent, zone: &TimeZone) -> String {
    let lang = content.lang.as_deref().map(|lang| format!(" lang=\"{}\"", escape(lang))).unwrap_or_default();
    let title = marked(&highlight(&content.title, &marks(&content.evidence, Field::Title)));
    let snippet = match content.origin() {
        AlertOrigin::Health => content.body.lines().map(escape).collect::<Vec<_>>().join("<br>\n"),
        _ => marked(&snippet(&content.body, &marks(&content.evidence, Field::Body), WIDTH)),
    };
    let link = content.url.as_deref().and_then(link);
    let heading = match &link {
        Some(link) => format!("<a href=\"{}\" rel=\"noopener noreferrer\">{title}</a>", escape(link)),
        None => title,
    };
    let mut page = String::from("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n<body>\n");
    page += &format!("<p><strong>{}</strong>{}</p>\n", escape(&content.topic_title), priority(content));
    if let Some(line) = update_line(content) {
        page += &format!("<p dir=\"auto\">{}</p>\n", escape(&line));
    }
    page += &format!("<h2{lang} dir=\"auto\">{heading}</h2>\n");
    page += &format!("<p><small>{}</small></p>\n", escape(&origin_line(content, zone)));
    if !snippet.is_empty() {
        page += &format!("<p{lang} dir=\"auto\">{snippet}</p>\n");
    }
    if !content.evidence.is_empty() {
        page += &format!("<p><small>Found: {}</small></p>\n", escape(&found_words(&content.evidence)));
    }
    page += &format!("<p><small>{}</small></p>\n</body></html>\n", escape(&source_line(content)));
    page
}

/// Text made safe for HTML content and for double-quoted attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in visible(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Spans as HTML: evidence in `<mark>`.
pub fn marked(spans: &[Span]) -> String {
    let html = |span: &Span| match span.marked {
        true => format!("<mark>{}</mark>", escape(&span.text)),
        false => escape(&span.text),
    };
    spans.iter().map(html).collect()
}

fn priority(content: &AlertContent) -> String {
    match content.priority {
        Priority::Normal => String::new(),
        other => format!(" · {} priority", priority_name(other)),
    }
}
