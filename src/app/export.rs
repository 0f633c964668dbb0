//! Hits for other programs: JSON Lines, CSV, Atom, JSON Feed.
//!
//! Times are UTC, RFC 3339. CSV cells that a spreadsheet would run as a formula are led by an apostrophe (OWASP "CSV
//! injection"). XML carries only characters that XML 1.0 allows.

use crate::model::HitView;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde_json::json;
use std::io::{self, Write};

/// What a feed of hits says about itself.
#[derive(Clone, Debug)]
pub struct FeedHead {
    /// Title.
    pub title: String,
    /// Stable id (a URI).
    pub id: String,
    /// Its own address, where there is one.
    pub self_url: Option<String>,
}

/// One JSON object per line.
///
/// # Errors
/// The writer's.
pub fn json_lines(out: &mut dyn Write, hits: &[HitView]) -> io::Result<()> {
    for hit in hits {
        serde_json::to_writer(&mut *out, hit)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// CSV with a header line.
///
/// # Errors
/// The writer's.
pub fn csv(out: &mut dyn Write, hits: &[HitView]) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "hit",
        "topic",
        "story",
        "entry",
        "at",
        "seen",
        "published",
        "feed",
        "publisher",
        "lang",
        "score",
        "title",
        "url",
        "terms",
        "silent",
    ])?;
    for view in hits {
        table.write_record(csv_row(view).iter().map(|cell| harmless(cell)))?;
    }
    table.flush()
}

fn csv_row(view: &HitView) -> [String; 15] {
    let hit = &view.hit;
    let terms: Vec<&str> = hit.evidence.iter().map(|found| found.text.as_str()).collect();
    [
        hit.id.to_string(),
        hit.topic.to_string(),
        hit.story.to_string(),
        hit.entry.to_string(),
        hit.at.to_rfc3339(),
        view.seen.to_rfc3339(),
        view.published.map(|time| time.to_rfc3339()).unwrap_or_default(),
        view.feed.to_string(),
        view.publisher.clone().unwrap_or_default(),
        view.lang.clone().unwrap_or_default(),
        hit.score.to_string(),
        view.title.clone(),
        view.url.clone().unwrap_or_default(),
        terms.join(" | "),
        hit.silent.clone().unwrap_or_default(),
    ]
}

/// A cell whose first visible character would start a formula is led by an apostrophe.
fn harmless(cell: &str) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let first = cell.chars().find(|&c| !hidden(c));
    let starts_with_control = cell.starts_with(['\t', '\r']);
    if starts_with_control || matches!(first, Some('=' | '+' | '-' | '@')) {
        return format!("'{cell}");
    }
    cell.to_owned()
}

/// An Atom 1.0 feed (RFC 4287).
///
/// # Errors
/// The writer's.
pub fn atom(out: &mut dyn Write, head: &FeedHead, hits: &[HitView]) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let mut root = BytesStart::new("feed");
    root.push_attribute(("xmlns", "http://www.w3.org/2005/Atom"));
    xml.write_event(Event::Start(root))?;
    text(&mut xml, "id", &head.id)?;
    text(&mut xml, "title", &head.title)?;
    // An empty feed still owes a date; the epoch says "never".
    let updated = hits.iter().map(|view| view.hit.at).max().unwrap_or_default();
    text(&mut xml, "updated", &updated.to_rfc3339())?;
    text(&mut xml, "generator", "newswatch")?;
    if let Some(url) = &head.self_url {
        link(&mut xml, "self", url)?;
    }
    for view in hits {
        atom_entry(&mut xml, head, view)?;
    }
    xml.write_event(Event::End(BytesEnd::new("feed")))?;
    xml.into_inner().write_all(b"\n")
}

fn atom_entry<W: Write>(xml: &mut Writer<W>, head: &FeedHead, view: &HitView) -> io::Result<()> {
    xml.write_event(Event::Start(BytesStart::new("entry")))?;
    text(xml, "id", &hit_uri(head, view))?;
    text(xml, "title", &view.title)?;
    text(xml, "updated", &view.hit.at.to_rfc3339())?;
    if let Some(published) = view.published {
        text(xml, "published", &published.to_rfc3339())?;
    }
    xml.write_event(Event::Start(BytesStart::new("author")))?;
    text(xml, "name", view.publisher.as_deref().unwrap_or(view.feed.as_str()))?;
    xml.write_event(Event::End(BytesEnd::new("author")))?;
    if let Some(url) = &view.url {
        link(xml, "alternate", url)?;
    }
    let mut category = BytesStart::new("category");
    category.push_attribute(("term", view.hit.topic.as_str()));
    xml.write_event(Event::Empty(category))?;
    text(xml, "summary", &view.body)?;
    xml.write_event(Event::End(BytesEnd::new("entry")))
}

fn hit_uri(head: &FeedHead, view: &HitView) -> String {
    format!("{}:hit:{}", head.id, view.hit.id)
}

fn link<W: Write>(xml: &mut Writer<W>, rel: &str, href: &str) -> io::Result<()> {
    let mut element = BytesStart::new("link");
    element.push_attribute(("rel", rel));
    element.push_attribute(("href", xml_text(href).as_str()));
    xml.write_event(Event::Empty(element))
}

fn text<W: Write>(xml: &mut Writer<W>, name: &str, value: &str) -> io::Result<()> {
    xml.write_event(Event::Start(BytesStart::new(name)))?;
    xml.write_event(Event::Text(BytesText::new(&xml_text(value))))?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}

/// Leaves out what XML 1.0 (production 2, Char) does not allow.
fn xml_text(text: &str) -> String {
    let allowed = |c: &char| {
        !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\t' | '\n' | '\r')
    };
    text.chars().filter(allowed).collect()
}

/// A JSON Feed 1.1 document.
pub fn json_feed(head: &FeedHead, hits: &[HitView]) -> serde_json::Value {
    let items: Vec<serde_json::Value> = hits.iter().map(|view| json_item(head, view)).collect();
    let mut feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "items": items,
    });
    if let Some(url) = &head.self_url {
        feed["feed_url"] = json!(url);
    }
    feed
}

fn json_item(head: &FeedHead, view: &HitView) -> serde_json::Value {
    let mut item = json!({
        "id": hit_uri(head, view),
        "title": view.title,
        "content_text": view.body,
        "date_published": view.published.unwrap_or(view.seen).to_rfc3339(),
        "date_modified": view.hit.at.to_rfc3339(),
        "authors": [{ "name": view.publisher.as_deref().unwrap_or(view.feed.as_str()) }],
        "tags": [view.hit.topic],
        "_newswatch": { "hit": view.hit.id, "story": view.hit.story, "score": view.hit.score, "evidence": view.hit.evidence },
    });
    if let Some(url) = &view.url {
        item["url"] = json!(url);
    }
    if let Some(lang) = &view.lang {
        item["language"] = json!(lang);
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_would_run_are_led_by_an_apostrophe() {
        for (cell, safe) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\u{200b}=1", "'\u{200b}=1"),
            ("\tx", "'\tx"),
            ("-3 %", "'-3 %"),
            ("Chips = power", "Chips = power"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), safe, "{cell:?}");
        }
    }

    #[test]
    fn xml_drops_what_it_may_not_carry() {
        assert_eq!(xml_text("a\u{0}b\u{8}c\nd\u{ffff}e"), "abc\nde");
    }
}
