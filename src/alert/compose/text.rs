//! Plain text: an alert in styled lines, for mail and terminal.
//!
//! From top to bottom: topic and priority, for an update what is new since the first alert, title, outlet with time and language,
//! snippet, link, what was found, where it comes from. A change of health has the time it began at instead of an outlet, and
//! its whole text. Every line is one line: text from outside cannot break out of it.

use super::*;
use crate::alert::route::priority_name;

/// How a piece of a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Plain.
    Plain,
    /// The topic.
    Topic,
    /// The entry's title.
    Title,
    /// Evidence.
    Mark,
    /// The link.
    Link,
    /// Less important.
    Faint,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text, safe to show.
    pub text: String,
    /// How it is meant.
    pub style: Style,
}

/// The alert in lines, an empty line between its parts; the snippet takes about `width` columns in all.
pub fn lines(content: &AlertContent, zone: &TimeZone, width: usize) -> Vec<Vec<Piece>> {
    let mut lines = vec![topic_line(content)];
    lines.extend(update_line(content).map(|line| vec![piece(line, Style::Plain)]));
    lines.push(spans(highlight(&content.title, &marks(&content.evidence, Field::Title)), Style::Title));
    lines.push(vec![piece(origin_line(content, zone), Style::Faint)]);
    let body = match content.origin() {
        AlertOrigin::Health => {
            content.body.lines().map(|line| vec![piece(visible(line).into_owned(), Style::Plain)]).collect()
        }
        _ => vec![spans(snippet(&content.body, &marks(&content.evidence, Field::Body), width), Style::Plain)],
    };
    if body.iter().any(|line| !line.is_empty()) {
        lines.push(Vec::new());
        lines.extend(body);
    }
    if let Some(link) = content.url.as_deref().and_then(link) {
        lines.extend([Vec::new(), vec![piece(link, Style::Link)]]);
    }
    lines.push(Vec::new());
    if !content.evidence.is_empty() {
        lines.push(vec![piece(format!("Found: {}", found_words(&content.evidence)), Style::Faint)]);
    }
    lines.push(vec![piece(source_line(content), Style::Faint)]);
    lines
}

/// The alert as plain text; evidence stands between asterisks.
pub fn plain(content: &AlertContent, zone: &TimeZone, width: usize) -> String {
    let mut text = String::new();
    for line in lines(content, zone, width) {
        for piece in line {
            let stars = if piece.style == Style::Mark { "*" } else { "" };
            text.extend([stars, &piece.text, stars]);
        }
        text.push('\n');
    }
    text
}

/// One line that says it all: `[topic] title (outlet)`, cut to `max` characters.
pub fn headline(content: &AlertContent, max: usize) -> String {
    let outlet = content.publisher.as_deref().filter(|_| content.origin() != AlertOrigin::Health);
    let outlet = outlet.map(|name| format!(" ({name})")).unwrap_or_default();
    let update = content.update.as_ref().map(|update| format!("{}: ", label(update))).unwrap_or_default();
    let line = format!("[{}] {update}{}{outlet}", content.topic_title, content.title);
    cut(&visible(&line.split_whitespace().collect::<Vec<_>>().join(" ")), max)
}

/// At most `max` characters of `text`, the last one an ellipsis where something was cut.
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(max.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

fn topic_line(content: &AlertContent) -> Vec<Piece> {
    let mut line = vec![piece(visible(&content.topic_title).into_owned(), Style::Topic)];
    if content.priority != Priority::Normal {
        line.push(piece(format!(" · {} priority", priority_name(content.priority)), Style::Plain));
    }
    line
}

/// An update in a word or two: what it is.
pub fn label(update: &AlertUpdate) -> String {
    let what = |kind: &str| update.cause.strip_prefix(kind).unwrap_or_default().to_owned();
    match update.kind {
        UpdateKind::Outlets => format!("{} more outlets", what("outlets:")),
        UpdateKind::Language => format!("First in {}", what("language:")),
        UpdateKind::Correction => "Correction".to_owned(),
    }
}

/// What is new, and since which alert; `None` for a first one.
pub(super) fn update_line(content: &AlertContent) -> Option<String> {
    let update = content.update.as_ref()?;
    let line = format!(
        "Update: {}. It follows alert {}: {}",
        update.reason,
        update.first,
        cut(&update.first_title, 160)
    );
    Some(visible(&line.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned())
}

/// Outlet, time and language, as far as they are known; of a change of health the time it began.
pub(super) fn origin_line(content: &AlertContent, zone: &TimeZone) -> String {
    if content.origin() == AlertOrigin::Health {
        return format!("since {}", local_time(content.published.unwrap_or(content.seen), zone));
    }
    let outlet = content.publisher.as_deref().unwrap_or(content.feed.as_str());
    let time = match content.published {
        Some(published) => local_time(published, zone),
        None => format!("seen {}", local_time(content.seen, zone)),
    };
    let lang = content.lang.as_deref().map(|lang| format!(" · {}", visible(lang))).unwrap_or_default();
    format!("{} · {time}{lang}", visible(outlet))
}

/// What was found, in words: `KI-Chips (chip*) in title and body, 出口管制 in body`.
pub(super) fn found_words(evidence: &[Evidence]) -> String {
    /// More terms than this say nothing more to a reader.
    const SHOWN: usize = 8;
    let found = found(evidence);
    let mut words: Vec<String> = found.iter().take(SHOWN).map(found_in_words).collect();
    if found.len() > SHOWN {
        words.push(format!("{} more", found.len() - SHOWN));
    }
    words.join(", ")
}

fn found_in_words(found: &Found) -> String {
    let term = found.term.as_deref().map(|term| format!(" ({term})")).unwrap_or_default();
    let fields: Vec<&str> = found.fields.iter().map(|field| field_name(*field)).collect();
    format!("{}{term} in {}", found.text, fields.join(" and "))
}

/// Where the alert comes from, for asking further.
pub(super) fn source_line(content: &AlertContent) -> String {
    let (topic, feed) = (visible(content.topic.as_str()), visible(content.feed.as_str()));
    match content.origin() {
        AlertOrigin::Hits => format!("Topic {topic} · story {} · feed {feed}", content.story),
        AlertOrigin::Health if content.feed.as_str() == HOUSE => {
            "Ask further: newswatch feeds health".to_owned()
        }
        AlertOrigin::Health => format!("Feed {feed} · ask further: newswatch feeds show {feed}"),
        AlertOrigin::Test => "Sent by hand: newswatch alerts test".to_owned(),
    }
}

fn spans(spans: Vec<Span>, unmarked: Style) -> Vec<Piece> {
    let style = |span: &Span| if span.marked { Style::Mark } else { unmarked };
    spans.into_iter().map(|span| Piece { style: style(&span), text: span.text }).collect()
}

fn piece(text: String, style: Style) -> Piece {
    Piece { text, style }
}
