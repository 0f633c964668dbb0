//! What comes from outside the files: flags and the environment. Flags win over the environment, which wins over
//! the file.
//!
//! A variable that names no option is a warning, not an error: container platforms inject variables named after
//! services (`NEWSWATCH_PORT=tcp://…`), and newswatch must start there.

use super::findings::{Findings, Origin};
use super::node::{Node, Place, Raw};
use super::options::{self, Kind, Opt};
use super::suggest::nearest;
use std::collections::{BTreeMap, HashMap};

/// Flags and environment, injected so that tests need not touch the process.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Values of flags by option: `store.path`, `log.level`.
    pub flags: BTreeMap<String, String>,
    /// The environment: `NEWSWATCH_*`, and what default paths and credentials are found by.
    pub env: BTreeMap<String, String>,
}

impl Overrides {
    /// The environment of this process and no flags. Variables that are not UTF-8 are left out.
    pub fn from_process() -> Self {
        let pairs =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self { flags: BTreeMap::new(), env: pairs.collect() }
    }

    /// The same with one more flag, for example `("store.path", "/tmp/a.db")`.
    pub fn with_flag(mut self, option: &str, value: impl Into<String>) -> Self {
        self.flags.insert(option.to_owned(), value.into());
        self
    }

    /// The same with one more environment variable.
    pub fn with_env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// A variable that is set and not empty.
    pub(super) fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The values from outside, as nodes, by table and key.
#[derive(Debug, Default)]
pub(super) struct Outside(HashMap<(String, String), Node>);

impl Outside {
    /// What was given for a key.
    pub fn get(&self, table: &str, key: &str) -> Option<&Node> {
        self.0.get(&(table.to_owned(), key.to_owned()))
    }
}

/// Reads flags and variables; reports those that name nothing.
pub(super) fn read(overrides: &Overrides, findings: &mut Findings) -> Outside {
    let mut outside = Outside::default();
    for (name, value) in overrides.env.iter().filter(|(name, value)| is_ours(name) && !value.is_empty()) {
        let source = findings.source(&format!("environment variable {name}"), value.clone(), Origin::Outside);
        let at = Place { source, span: 0..value.len() };
        match options::by_variable(name) {
            Some((option, key)) => outside.put(option, key, at, value, findings),
            None => findings.warn(&at, unknown_variable(name)),
        }
    }
    for (name, value) in &overrides.flags {
        let source = findings.source(&format!("flag for {name}"), value.clone(), Origin::Outside);
        let at = Place { source, span: 0..value.len() };
        match name.split_once('.').and_then(|(table, key)| options::find(table, key)) {
            Some(option) => outside.put(option, option.key.to_owned(), at, value, findings),
            None => findings.wrong(&at, format!("no option is named {name}")),
        }
    }
    outside
}

impl Outside {
    fn put(&mut self, option: &Opt, key: String, at: Place, value: &str, findings: &mut Findings) {
        let node = node_of(&option.kind, at, value);
        if option.kind == Kind::Secret {
            findings.hide(&node);
            // One way of giving a secret replaces the others.
            self.0.retain(|(table, other), _| table != option.table || !option.names().contains(other));
        }
        self.0.insert((option.table.to_owned(), key), node);
    }
}

fn is_ours(name: &str) -> bool {
    name.starts_with("NEWSWATCH_") && name != super::find::VARIABLE
}

fn unknown_variable(name: &str) -> String {
    let known: Vec<String> = options::OPTIONS.iter().filter_map(Opt::variable).collect();
    let hint = nearest(name, known.iter().map(String::as_str));
    let hint = hint.map_or(String::new(), |known| format!("; did you mean {known}?"));
    format!("the variable {name} names no option and is ignored{hint}")
}

/// A value written outside TOML: lists are separated by commas, text needs no quotes.
fn node_of(kind: &Kind, at: Place, value: &str) -> Node {
    let raw = match kind {
        Kind::Ranges | Kind::Ports => Raw::List(items(kind, &at, value)),
        Kind::Int(..) => {
            value.trim().parse().map_or_else(|_| Raw::Text(value.to_owned()), |n| Raw::Int(Some(n)))
        }
        Kind::Bool => value.trim().parse().map_or_else(|_| Raw::Text(value.to_owned()), Raw::Bool),
        _ => Raw::Text(value.to_owned()),
    };
    Node { at, value: raw }
}

fn items(kind: &Kind, at: &Place, value: &str) -> Vec<Node> {
    let mut start = 0;
    let mut nodes = Vec::new();
    for part in value.split(',') {
        let place = Place { source: at.source, span: start..start + part.len() };
        start += part.len() + 1;
        let text = part.trim();
        let number = text.parse().ok().filter(|_| *kind == Kind::Ports);
        let raw = number.map_or_else(|| Raw::Text(text.to_owned()), |n| Raw::Int(Some(n)));
        if !text.is_empty() {
            nodes.push(Node { at: place, value: raw });
        }
    }
    nodes
}
