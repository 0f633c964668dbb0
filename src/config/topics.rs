//! `[[topic]]`, `[terms]` and `[[sample]]`.
//!
//! Queries are taken as they are: the query language is not known here. But where each query stands is, so that a
//! mistake inside it can be shown in its file ([`TopicConfig::locate`]).

use super::findings::Findings;
use super::node::{Entry, Node, Place, Raw};
use super::table::Table;
use super::*;
use std::collections::HashMap;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Topics {
    pub list: Vec<TopicConfig>,
    pub terms: Vec<TermList>,
    pub samples: Vec<(Sample, Place)>,
    seen: HashMap<TopicId, Location>,
    named: HashMap<String, Location>,
}

impl Topics {
    /// Reads one `[[topic]]`.
    pub fn topic(&mut self, node: &Node, findings: &mut Findings) {
        let Some(table) = Table::member(vec!["topic"], node, findings) else { return };
        table.report_unknown(findings);
        let Some(topic) = read(&table, findings) else { return };
        if let Some(first) = self.seen.get(&topic.id) {
            findings.wrong(&table.at, format!("topic `{}` is configured twice; first at {first}", topic.id));
            return;
        }
        self.seen.insert(topic.id.clone(), topic.at.clone());
        self.list.push(topic);
    }

    /// Reads the table `[terms]`.
    pub fn terms(&mut self, node: &Node, findings: &mut Findings) {
        if !matches!(node.value, Raw::Table(_)) {
            let message = format!("`terms` is {}; expected a table [terms]", node.value.kind());
            findings.wrong(&node.at, message);
        }
        for entry in node.entries() {
            self.term_list(entry, findings);
        }
    }

    fn term_list(&mut self, entry: &Entry, findings: &mut Findings) {
        let at = findings.locate(&entry.key_at);
        if !is_id(&entry.key) {
            let expected = options::Kind::Id.expected();
            findings
                .wrong(&entry.key_at, format!("`{}` in [terms] is no name; expected {expected}", entry.key));
            return;
        }
        if let Some(first) = self.named.get(&entry.key) {
            findings.wrong(&entry.key_at, format!("terms `{}` are given twice; first at {first}", entry.key));
            return;
        }
        let mut terms = Vec::new();
        match &entry.node.value {
            Raw::Table(langs) => langs.iter().for_each(|lang| {
                if values::primary_subtag(&lang.key).is_none() {
                    let message = format!("`{}` in [terms.{}] is no language tag", lang.key, entry.key);
                    findings.wrong(&lang.key_at, message);
                }
                terms.extend(term_texts(&entry.key, &lang.node, findings));
            }),
            _ => terms = term_texts(&entry.key, &entry.node, findings),
        }
        if terms.is_empty() {
            findings
                .absent(&entry.key_at, format!("terms `{}` are empty; expected a list of terms", entry.key));
        }
        self.named.insert(entry.key.clone(), at.clone());
        self.terms.push(TermList { name: entry.key.clone(), terms, at });
    }

    /// Reads one `[[sample]]`; `only` is the topic of a file that has just one.
    pub fn sample(&mut self, node: &Node, only: Option<&TopicId>, findings: &mut Findings) {
        let Some(table) = Table::member(vec!["sample"], node, findings) else { return };
        table.report_unknown(findings);
        let named = table.read("topic", values::id, findings).map(TopicId);
        let at = table.given("topic").map_or(&table.at, |node| &node.at).clone();
        let title = table.required_text("title", values::lines, findings);
        let text = table.read("text", values::lines, findings).unwrap_or_default();
        let lang = table.read("lang", values::lang, findings);
        let matches = table.read("match", values::boolean, findings).unwrap_or(true);
        let place = findings.locate(&table.at);
        let Some(topic) = named.or_else(|| only.cloned()) else {
            if table.given("topic").is_none() {
                let message =
                    "[[sample]] has no `topic`; it may be left out only where its file has one [[topic]]";
                findings.absent(&table.at, message);
            }
            return;
        };
        if let Some(title) = title {
            self.samples.push((Sample { topic, title, text, lang, matches, at: place }, at));
        }
    }
}

fn term_texts(name: &str, node: &Node, findings: &mut Findings) -> Vec<String> {
    match values::texts(&options::Kind::Texts, node) {
        Ok(terms) => terms,
        Err(faults) => {
            for fault in faults {
                findings.wrong(&fault.at, format!("`{name}` in [terms] {}", fault.what));
            }
            Vec::new()
        }
    }
}

fn read(table: &Table<'_>, findings: &mut Findings) -> Option<TopicConfig> {
    let id = table.read("id", values::id, findings);
    let title = table.text("title", findings);
    let description = table.read("description", values::lines, findings);
    let priority = table.choice("priority", findings).map(super::priority).unwrap_or_default();
    let query = table.required_text("query", values::lines, findings);
    let (id, query, node) = (id?, query?, table.given("query")?);
    let (query_at, query_verbatim) = query_place(&query, node, findings);
    let title = title.unwrap_or_else(|| id.clone());
    let at = findings.locate(&table.at);
    Some(TopicConfig { id: TopicId(id), title, description, priority, query, query_at, query_verbatim, at })
}

/// A query that stands outside a topic.
pub(super) fn condition(query: String, node: &Node, findings: &Findings) -> Condition {
    let (query_at, query_verbatim) = query_place(&query, node, findings);
    Condition { query, query_at, query_verbatim }
}

/// Where the first character of a query stands, and whether the rest follows by counting characters: so it is
/// wherever what is written between the quotes is what is meant.
fn query_place(query: &str, node: &Node, findings: &Findings) -> (Location, bool) {
    let span = node.at.span.clone();
    let raw = findings.text(node.at.source).get(span.clone()).unwrap_or_default();
    let quotes =
        ["'''", "\"\"\"", "'", "\""].into_iter().find(|quotes| raw.starts_with(quotes)).unwrap_or("");
    // In a broken file a string may end without its quotes.
    let inner = raw.strip_prefix(quotes).unwrap_or(raw);
    let mut inner = inner.strip_suffix(quotes).unwrap_or(inner);
    let mut start = span.start + quotes.len();
    if quotes.len() == 3 {
        // A line end right after the opening quotes is not part of the text.
        let trimmed = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n')).unwrap_or(inner);
        start += inner.len() - trimmed.len();
        inner = trimmed;
    }
    let verbatim = inner == query || inner.replace("\r\n", "\n") == query.replace("\r\n", "\n");
    (findings.locate(&Place { source: node.at.source, span: start..start }), verbatim)
}

impl Condition {
    /// Where the byte `offset` of the query stands in its file, as [`TopicConfig::locate`] tells it.
    pub fn locate(&self, offset: usize) -> Location {
        place_in(&self.query, &self.query_at, self.query_verbatim, offset)
    }
}

fn place_in(query: &str, start: &Location, verbatim: bool, offset: usize) -> Location {
    let mut at = start.clone();
    if !verbatim {
        return at;
    }
    let before = &query[..query.floor_char_boundary(offset.min(query.len()))];
    match before.rfind('\n') {
        Some(line_end) => {
            at.line += before.matches('\n').count();
            at.column = before[line_end + 1..].chars().count() + 1;
        }
        None => at.column += before.chars().count(),
    }
    at
}

impl TopicConfig {
    /// Where the byte `offset` of the query stands in its file. In a string with escapes that cannot be told, and
    /// the start of the query is given ([`TopicConfig::query_verbatim`] says which). An offset past the end or
    /// inside a character counts as the character before it.
    pub fn locate(&self, offset: usize) -> Location {
        place_in(&self.query, &self.query_at, self.query_verbatim, offset)
    }

    /// A problem at the byte `offset` of the query, ready to be shown with its line and a caret.
    pub fn problem(&self, offset: usize, message: impl Into<String>) -> Problem {
        Problem::new(self.locate(offset), message)
    }
}
