//! The JSON form of a parsed document, for `feeds parse --json`.

use super::ParseError;
use crate::model::ParsedFeed;
use serde_json::{Value, json};

/// One document as JSON. A feed: `{"name", "ok": true, "feed": {…}, "entries": […], "warnings": […]}`, with every
/// field of [`ParsedFeed`] and [`crate::model::ParsedEntry`] under its own name (`feed` holds those of the document,
/// `entries[].body` is added as the text that is judged; missing is `null`, times are RFC 3339 in UTC). Anything else:
/// `{"name", "ok": false, "error", "kind", "feeds"}`, where `kind` is the error's stable name and `feeds` lists what a
/// web page names.
pub fn to_json(result: &Result<ParsedFeed, ParseError>, name: &str) -> Value {
    match result {
        Ok(feed) => feed_json(feed, name),
        Err(error) => {
            let feeds = match error {
                ParseError::Html { feeds, .. } => json!(feeds),
                _ => json!([]),
            };
            json!({"name": name, "ok": false, "error": error.to_string(), "kind": error.kind(), "feeds": feeds})
        }
    }
}

fn feed_json(feed: &ParsedFeed, name: &str) -> Value {
    let mut facts = serde_json::to_value(feed).unwrap_or_default();
    let mut take =
        |key: &str| facts.as_object_mut().and_then(|facts| facts.shift_remove(key)).unwrap_or_default();
    let mut entries = take("entries");
    let warnings = take("warnings");
    for (entry, parsed) in entries.as_array_mut().into_iter().flatten().zip(&feed.entries) {
        entry["body"] = json!(parsed.body());
    }
    json!({"name": name, "ok": true, "feed": facts, "entries": entries, "warnings": warnings})
}
