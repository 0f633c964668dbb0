//! Reading one table of the configuration by the option table.
//!
//! Opening it reports keys that are not options, with the key that was probably meant. Each read then takes, in
//! this order, the flag, the environment variable, the file, the default; checks it; and reports faults. A read
//! never fails: what is wrong is in the findings, and the caller goes on with what it has.

use super::findings::Findings;
use super::mask::is_secret_name;
use super::node::{Entry, Node, Place, Raw, parse_value};
use super::options::{self, Fallback, Kind, Opt};
use super::overrides::Outside;
use super::suggest::nearest;
use super::values::{self, Check, Fault};
use std::path::PathBuf;
use std::time::Duration;

/// One table while it is read.
pub(super) struct Table<'a> {
    /// Its names in the option table: a receiver has two.
    names: Vec<&'static str>,
    /// How the user sees it: `[intake]`, `[[feed]]`.
    shown: String,
    /// Where it stands.
    pub at: Place,
    entries: &'a [Entry],
    outside: Option<&'a Outside>,
}

impl<'a> Table<'a> {
    /// Opens the only table of this name, which may be missing.
    pub fn single(
        name: &'static str,
        node: Option<&'a Node>,
        outside: &'a Outside,
        findings: &mut Findings,
    ) -> Self {
        let shown = format!("[{name}]");
        let mut entries: &[Entry] = &[];
        match node.map(|node| (&node.value, node)) {
            Some((Raw::Table(found), _)) => entries = found,
            Some((other, node)) => {
                findings.wrong(&node.at, format!("`{name}` is {}; expected a table {shown}", other.kind()));
            }
            None => {}
        }
        let at = node.map(|node| node.at.clone()).unwrap_or_default();
        let table = Self { names: vec![name], shown, at, entries, outside: Some(outside) };
        table.report_unknown(findings);
        table
    }

    /// Opens one table of a list; `None` if it is not a table.
    pub fn member(names: Vec<&'static str>, node: &'a Node, findings: &mut Findings) -> Option<Self> {
        let name = names.first()?;
        let shown = format!("[[{name}]]");
        let Raw::Table(entries) = &node.value else {
            findings.wrong(&node.at, format!("`{name}` is {}; expected tables {shown}", node.value.kind()));
            return None;
        };
        Some(Self { names, shown, at: node.at.clone(), entries, outside: None })
    }

    /// Opens a table that is the value of a key; `shown` is how messages call it. `None` if it is not a table.
    pub fn inner(name: &'static str, shown: &str, node: &'a Node, findings: &mut Findings) -> Option<Self> {
        let Raw::Table(entries) = &node.value else { return None };
        let table =
            Self { names: vec![name], shown: shown.to_owned(), at: node.at.clone(), entries, outside: None };
        table.report_unknown(findings);
        Some(table)
    }

    /// Adds the keys of a kind of receiver.
    pub fn also(&mut self, name: &'static str) {
        self.names.push(name);
    }

    fn known(&self) -> impl Iterator<Item = &'static Opt> {
        options::OPTIONS.iter().filter(|option| self.names.contains(&option.table))
    }

    /// Reports every key that is not an option of this table.
    pub fn report_unknown(&self, findings: &mut Findings) {
        let names: Vec<String> = self.known().flat_map(Opt::names).collect();
        for entry in self.entries.iter().filter(|entry| !names.contains(&entry.key)) {
            // Where secrets belong, a mistyped key may hold one.
            if is_secret_name(&entry.key)
                || self.known().any(|o| matches!(o.kind, Kind::Secret | Kind::Headers))
            {
                findings.hide(&entry.node);
            }
            let hint = self.hint(&entry.key, &names);
            findings.wrong(&entry.key_at, format!("unknown key `{}` in {}{hint}", entry.key, self.shown));
        }
    }

    fn hint(&self, key: &str, names: &[String]) -> String {
        if let Some(name) = nearest(key, names.iter().map(String::as_str)) {
            return format!("; did you mean `{name}`?");
        }
        if let Some(home) =
            options::OPTIONS.iter().find(|o| o.key == key && options::SETTINGS.contains(&o.table))
        {
            return format!("; `{key}` is a key of [{}]", home.table);
        }
        let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        if list.is_empty() { String::new() } else { format!("; expected one of {}", list.join(", ")) }
    }

    fn option(&self, key: &str) -> Option<&'static Opt> {
        self.known().find(|option| option.key == key)
    }

    /// What was given for a key, by order of precedence; no default.
    pub fn given(&self, key: &str) -> Option<&'a Node> {
        let outside = self.outside.and_then(|outside| outside.get(self.names.first()?, key));
        outside.or_else(|| self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node))
    }

    /// Reads a key with a check; `None` where nothing is given and there is no default, or it is wrong.
    pub fn read<T>(&self, key: &str, check: Check<T>, findings: &mut Findings) -> Option<T> {
        let Some(option) = self.option(key) else {
            findings
                .wrong(&self.at, format!("internal: `{key}` is not in the option table of {}", self.shown));
            return None;
        };
        let Some(node) = self.given(key) else { return self.fall_back(option, check, findings) };
        match check(&option.kind, node) {
            Ok(value) => Some(value),
            Err(faults) => {
                self.report(key, faults, findings);
                None
            }
        }
    }

    fn fall_back<T>(&self, option: &Opt, check: Check<T>, findings: &mut Findings) -> Option<T> {
        match option.default {
            Fallback::Required => {
                self.report_missing(option.key, findings);
                None
            }
            Fallback::Toml(text) => check(&option.kind, &parse_value(0, text)?).ok(),
            Fallback::Unset | Fallback::Computed(_) => None,
        }
    }

    /// Whether a key must be given.
    pub fn is_required(&self, key: &str) -> bool {
        self.option(key).is_some_and(|option| option.default == Fallback::Required)
    }

    /// Reports that a key must be given.
    pub fn report_missing(&self, key: &str, findings: &mut Findings) {
        let expected = match self.option(key) {
            Some(option) if option.kind == Kind::Secret => {
                format!("; expected `{key}`, `{key}_file` or `{key}_credential`")
            }
            Some(option) => format!("; expected {}", option.expected()),
            None => String::new(),
        };
        findings.absent(&self.at, format!("{} has no `{key}`{expected}", self.shown));
    }

    /// Reports faults of a key.
    pub fn report(&self, key: &str, faults: Vec<Fault>, findings: &mut Findings) {
        for fault in faults {
            findings.wrong(&fault.at, format!("`{key}` in {} {}", self.shown, fault.what));
        }
    }

    /// How the user sees this table.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// One-line text; an empty one counts as not given.
    pub fn text(&self, key: &str, findings: &mut Findings) -> Option<String> {
        self.read(key, values::text, findings).filter(|text| !text.is_empty())
    }

    /// Text that must be given and not be blank.
    pub fn required_text(&self, key: &str, check: Check<String>, findings: &mut Findings) -> Option<String> {
        let text = self.read(key, check, findings)?;
        if !text.trim().is_empty() {
            return Some(text);
        }
        if let Some(node) = self.given(key) {
            findings.wrong(&node.at, format!("`{key}` in {} is empty", self.shown));
        }
        None
    }

    /// A path, made absolute.
    pub fn path(&self, key: &str, findings: &mut Findings) -> Option<PathBuf> {
        let text = self.read(key, values::path, findings)?;
        let source = self.given(key)?.at.source;
        Some(findings.resolve(source, text.as_ref()))
    }

    /// A duration; zero after a fault.
    pub fn duration(&self, key: &str, findings: &mut Findings) -> Duration {
        self.read(key, values::duration, findings).unwrap_or_default()
    }

    /// A number; zero after a fault.
    pub fn count(&self, key: &str, findings: &mut Findings) -> usize {
        let number = self.read(key, values::int, findings).unwrap_or_default();
        usize::try_from(number).unwrap_or(usize::MAX)
    }

    /// A word out of a list, as its index.
    pub fn choice(&self, key: &str, findings: &mut Findings) -> Option<usize> {
        self.read(key, values::choice, findings)
    }

    /// A list; empty after a fault.
    pub fn list<T>(&self, key: &str, check: Check<Vec<T>>, findings: &mut Findings) -> Vec<T> {
        self.read(key, check, findings).unwrap_or_default()
    }

    /// The kind of a key, for callers that check more than one node with it.
    pub fn kind(&self, key: &str) -> Option<&'static Kind> {
        self.option(key).map(|option| &option.kind)
    }
}
