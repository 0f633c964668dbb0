//! A TOML document as a tree that owns its text and knows where every value stands.
//!
//! The `toml` crate's spanned tree borrows from the source and sorts keys by name. This one keeps file order,
//! and remembers for each value which source it came from, so that values of the file, the environment, the
//! command line and the defaults go through the same readers and complain in the same way.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Index of a source in [`super::findings::Findings`].
pub(super) type SourceId = usize;

/// Bytes of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub source: SourceId,
    pub span: Range<usize>,
}

/// One value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub at: Place,
    pub value: Raw,
}

/// A value before anybody asked what it means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Text(String),
    /// `None` for a number that does not fit.
    Int(Option<i64>),
    Bool(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// A TOML type that no option has.
    Other(&'static str),
}

/// One key of a table with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub key: String,
    pub key_at: Place,
    pub node: Node,
}

impl Raw {
    /// The type in words, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Raw::Text(_) => "a string",
            Raw::Int(_) => "an integer",
            Raw::Bool(_) => "a boolean",
            Raw::List(_) => "an array",
            Raw::Table(_) => "a table",
            Raw::Other(kind) => kind,
        }
    }
}

impl Node {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Raw::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, if it is a table; none otherwise.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Raw::Table(entries) => entries,
            _ => &[],
        }
    }
}

/// Reads `text`; syntax errors come back as spans and messages beside whatever could be read around them.
pub(super) fn parse(source: SourceId, text: &str) -> (Node, Vec<(Range<usize>, String)>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let span = table.span();
    let root = Node { at: Place { source, span }, value: table_of(source, table.get_ref()) };
    let errors = errors.iter().map(|e| (e.span().unwrap_or(0..0), e.message().to_owned())).collect();
    (root, errors)
}

/// Reads one value, for defaults written as TOML.
pub(super) fn parse_value(source: SourceId, text: &str) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    Some(node_of(source, &value))
}

fn node_of(source: SourceId, value: &Spanned<DeValue<'_>>) -> Node {
    let raw = match value.get_ref() {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => Raw::Int(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Boolean(flag) => Raw::Bool(*flag),
        DeValue::Float(_) => Raw::Other("a float"),
        DeValue::Datetime(_) => Raw::Other("a date or time"),
        DeValue::Array(items) => Raw::List(items.iter().map(|item| node_of(source, item)).collect()),
        DeValue::Table(table) => table_of(source, table),
    };
    Node { at: Place { source, span: value.span() }, value: raw }
}

fn table_of(source: SourceId, table: &DeTable<'_>) -> Raw {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_at: Place { source, span: key.span() },
            node: node_of(source, value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_at.span.start);
    Raw::Table(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_file_order_and_places() {
        let text = "b = 1\n\n[[feed]]\nid = \"ü\"\n[[feed]]\nid = 'x'\n[feed.headers]\nA = 'b'\n";
        let (root, errors) = parse(7, text);
        assert!(errors.is_empty());
        let keys: Vec<&str> = root.entries().iter().map(|e| e.key.as_str()).collect();
        assert_eq!(keys, ["b", "feed"]);
        let Raw::List(feeds) = &root.entries()[1].node.value else { panic!("not a list") };
        assert_eq!(&text[feeds[1].at.span.clone()], "[[feed]]");
        let id = &feeds[0].entries()[0];
        assert_eq!(&text[id.node.at.span.clone()], "\"ü\"");
        assert_eq!(id.key_at.source, 7);
    }

    #[test]
    fn reads_on_after_a_syntax_error() {
        let (root, errors) = parse(0, "a = \nb = 2\nc = [1\n");
        assert!(errors.len() >= 2, "{errors:?}");
        assert!(root.entries().iter().any(|e| e.key == "b"));
    }
}
