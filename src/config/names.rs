//! Files of names: `Name = ["spelling", …]`, what languages spell differently.
//!
//! Every mistake is found here, with its place: a value that is no list of texts, an empty spelling, a `*` that does not
//! end one. A name in several files gets the spellings of all. What the names are for, the story rules know.

use super::findings::Findings;
use super::node::{self, Entry, Place, Raw, SourceId};
use super::*;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub list: Vec<NameList>,
}

impl Names {
    /// Reads one file.
    pub fn file(&mut self, source: SourceId, findings: &mut Findings) {
        let (root, errors) = node::parse(source, findings.text(source));
        for (span, message) in errors {
            findings.syntax(&Place { source, span }, format!("not TOML: {message}"));
        }
        for entry in root.entries() {
            self.name(entry, findings);
        }
    }

    fn name(&mut self, entry: &Entry, findings: &mut Findings) {
        if let Raw::Table(_) = entry.node.value {
            let message = format!(
                "`{}` is a table; expected a name and its spellings, such as Kyiv = [\"Kiew\", \"Киев*\"]",
                entry.key
            );
            findings.wrong(&entry.key_at, message);
            return;
        }
        let mut spellings = Vec::new();
        match values::texts(&options::Kind::Texts, &entry.node) {
            Ok(texts) => spellings = texts,
            Err(faults) => {
                for fault in faults {
                    findings.wrong(&fault.at, format!("`{}` {}", entry.key, fault.what));
                }
            }
        }
        let items = match &entry.node.value {
            Raw::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.node),
        };
        if spelled_badly(&entry.key) || entry.key.trim().is_empty() {
            findings.wrong(&entry.key_at, format!("`{}` is no name: {STAR}", entry.key));
            return;
        }
        for item in items.iter().filter(|item| item.text().is_some_and(spelled_badly)) {
            findings.wrong(&item.at, format!("`{}` has a spelling that is none: {STAR}", entry.key));
        }
        spellings.retain(|text| !spelled_badly(text));
        let at = findings.locate(&entry.key_at);
        self.list.push(NameList { name: entry.key.clone(), spellings, at });
    }
}

const STAR: &str = "a `*` may stand at its end only, with at least one letter before it";

fn spelled_badly(text: &str) -> bool {
    let text = text.trim();
    let stem = text.strip_suffix('*').unwrap_or(text);
    stem.contains('*') || !stem.chars().any(char::is_alphanumeric) && !text.is_empty()
}
