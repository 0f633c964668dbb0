//! Reads JSON Feed 1.0 and 1.1, leniently.
//!
//! Any object with an `items` array counts as a feed if it names the JSON Feed version or looks like one. A value of
//! the wrong type is what it can be read as (numbers as text, one author for a list of them) or missing; an item that
//! is no object is a warning. Text after the object is ignored.

use super::address::Growth;
use super::commit::judge_date;
use super::draft::{Draft, MOST};
use super::notes::Notes;
use super::plain::{self, Markup};
use super::{Context, ParseError};
use super::{json_mend, json_tree};
use crate::model::{Enclosure, FeedFormat, ParsedFeed, Person, Time};
use serde_json::{Map, Value};
use url::Url;

type Object = Map<String, Value>;

/// Reads a document that begins with `{` or `[`; a broken one counts only if a feed is left of it.
pub fn read(text: &str, context: &Context<'_>, mut notes: Notes) -> Result<ParsedFeed, ParseError> {
    let (value, more) = match json_tree::read(text) {
        Ok(read) => read,
        Err(error) => {
            let broken = format!("broken JSON: {error}");
            let mended = json_tree::read(&json_mend::mend(text)).ok();
            let mended = mended.filter(|(value, _)| value.as_object().and_then(items).is_some());
            let read = mended.ok_or_else(|| ParseError::Malformed(broken.clone()))?;
            notes.document("broken-json", broken);
            read
        }
    };
    let Value::Object(root) = value else {
        return Err(ParseError::NotAFeed("a JSON list, not a JSON Feed".to_owned()));
    };
    if more {
        notes.document("trailing-text", "something follows the JSON object");
    }
    let Some(items) = items(&root) else { return Err(ParseError::NotAFeed(kind(&root))) };
    let mut reader = Reader { context, notes, base: context.url.cloned(), growth: Growth::default() };
    Ok(reader.feed(&root, items))
}

/// The items of a JSON Feed; none if the object is something else.
fn items(root: &Object) -> Option<&[Value]> {
    let version = root.get("version").map(text_of).unwrap_or_default().unwrap_or_default();
    let named = version.to_ascii_lowercase().contains("jsonfeed.org");
    let alike =
        root.contains_key("title") || root.contains_key("home_page_url") || root.contains_key("feed_url");
    match root.get("items") {
        Some(Value::Array(items)) if named || alike => Some(items),
        None | Some(Value::Null) if named => Some(&[]),
        _ => None,
    }
}

/// What a JSON object that is no feed is, in words.
fn kind(root: &Object) -> String {
    let message = ["error", "message", "errors", "detail"].iter().find_map(|key| root.get(*key));
    match message.map(|value| text_of(value).unwrap_or_else(|| value.to_string())) {
        Some(message) => {
            let short: String = message.chars().filter(|c| !c.is_control()).take(120).collect();
            format!("a JSON error: {short}")
        }
        None => "a JSON object without the items of a JSON Feed".to_owned(),
    }
}

#[derive(Debug)]
struct Reader<'c> {
    context: &'c Context<'c>,
    notes: Notes,
    base: Option<Url>,
    growth: Growth,
}

impl Reader<'_> {
    fn feed(&mut self, root: &Object, items: &[Value]) -> ParsedFeed {
        let link = self.address(root, "home_page_url");
        if self.base.is_none() {
            self.base = link.as_deref().and_then(|link| Url::parse(link).ok());
        }
        let version = string(root, "version").unwrap_or_default();
        let version = version.rsplit('/').find(|part| !part.is_empty()).map(str::to_owned);
        let mut feed = ParsedFeed {
            format: FeedFormat::Json,
            version,
            title: line(root, "title"),
            link,
            subtitle: string(root, "description").map(|text| plain::body(&text, Markup::Perhaps)),
            language: string(root, "language"),
            authors: self.authors(root),
            image: self.address(root, "icon").or_else(|| self.address(root, "favicon")),
            self_link: self.address(root, "feed_url"),
            hubs: self.hubs(root),
            next_page: self.address(root, "next_url"),
            expired: root.get("expired").is_some_and(truth),
            ..ParsedFeed::default()
        };
        feed.id.clone_from(&feed.self_link);
        self.items(items, &mut feed);
        let mut notes = std::mem::take(&mut self.notes);
        let authors = feed.authors.clone();
        super::finish::complete(&mut feed, &authors, &mut notes);
        feed.warnings = notes.into_warnings();
        feed
    }

    fn items(&mut self, items: &[Value], feed: &mut ParsedFeed) {
        for (place, item) in items.iter().enumerate() {
            if feed.entries.len() >= self.context.max_entries {
                let cap = self.context.max_entries;
                self.notes.document("too-many-entries", format!("only the first {cap} entries were read"));
                break;
            }
            match item {
                Value::Object(item) => {
                    let draft = self.item(item, feed.entries.len());
                    feed.entries.push(draft.into_entry());
                }
                _ => self.notes.document("bad-entry", format!("item {place} is not an object")),
            }
        }
    }

    fn item(&mut self, item: &Object, index: usize) -> Draft {
        let mut draft = Draft::default();
        let offer = |slot: &mut super::draft::Ranked<String>, rank: u8, value: Option<String>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                slot.offer(rank, value);
            }
        };
        offer(&mut draft.id, 0, string(item, "id"));
        offer(&mut draft.link, 0, self.address(item, "url"));
        offer(&mut draft.link, 1, self.address(item, "external_url"));
        offer(&mut draft.title, 0, line(item, "title"));
        let html = string(item, "content_html").map(|html| plain::body(&html, Markup::Html));
        offer(&mut draft.content, 0, html);
        let text = string(item, "content_text").map(|text| plain::body(&text, Markup::Perhaps));
        offer(&mut draft.content, 1, text);
        let summary = string(item, "summary").map(|text| plain::body(&text, Markup::Perhaps));
        offer(&mut draft.summary, 0, summary);
        if let Some(language) = string(item, "language") {
            draft.language(0, &language);
        }
        for (key, slot) in [("date_published", &mut draft.published), ("date_modified", &mut draft.updated)] {
            if let Some(time) = self.date(item, key, index) {
                slot.offer(0, time);
            }
        }
        draft.authors = self.authors(item).into_iter().take(MOST).map(|person| (0, person)).collect();
        for tag in list(item, "tags").iter().filter_map(text_of) {
            draft.category(plain::line(&tag));
        }
        draft.enclosures =
            list(item, "attachments").iter().filter_map(|file| self.attachment(file)).take(MOST).collect();
        draft
    }

    fn date(&mut self, item: &Object, key: &str, index: usize) -> Option<Time> {
        match judge_date(&string(item, key)?, self.context.now) {
            Ok(time) => Some(time),
            Err((code, message)) => {
                self.notes.entry(index, code, message);
                None
            }
        }
    }

    fn attachment(&self, file: &Value) -> Option<Enclosure> {
        let file = file.as_object()?;
        let length = file.get("size_in_bytes").and_then(text_of).and_then(|size| size.parse::<f64>().ok());
        Some(Enclosure {
            url: self.address(file, "url")?,
            media_type: string(file, "mime_type"),
            length: length.filter(|size| *size >= 0.0).map(|size| size as u64),
        })
    }

    /// `authors` of version 1.1, else `author` of version 1.0; either may be one object, a list, or a name.
    fn authors(&self, object: &Object) -> Vec<Person> {
        let people: Vec<Person> =
            list(object, "authors").iter().filter_map(|value| self.person(value)).collect();
        match people.is_empty() {
            true => list(object, "author").iter().filter_map(|value| self.person(value)).collect(),
            false => people,
        }
    }

    fn person(&self, value: &Value) -> Option<Person> {
        let person = match value {
            Value::Object(object) => Person {
                name: line(object, "name"),
                email: string(object, "email"),
                uri: self.address(object, "url"),
            },
            value => super::person::parse(&plain::line(&text_of(value)?))?,
        };
        (person != Person::default()).then_some(person)
    }

    fn hubs(&self, root: &Object) -> Vec<String> {
        let hubs = list(root, "hubs");
        hubs.iter().filter_map(|hub| self.address(hub.as_object()?, "url")).collect()
    }

    fn address(&self, object: &Object, key: &str) -> Option<String> {
        self.growth.resolve(&string(object, key)?, self.base.as_ref()).absolute()
    }
}

/// The values of a list; a single value counts as a list of one.
fn list<'a>(object: &'a Object, key: &str) -> &'a [Value] {
    match object.get(key) {
        Some(Value::Array(values)) => values,
        None | Some(Value::Null) => &[],
        Some(value) => std::slice::from_ref(value),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn string(object: &Object, key: &str) -> Option<String> {
    let text = text_of(object.get(key)?)?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn line(object: &Object, key: &str) -> Option<String> {
    string(object, key).map(|text| plain::line(&text)).filter(|text| !text.is_empty())
}

fn truth(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")))
}
