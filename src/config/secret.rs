//! Secrets: written in the configuration, in a file of their own, or handed over by systemd.
//!
//! `password = "…"`, `password_file = "path"` or `password_credential = "name"`; at most one of them. A relative
//! file is looked up beside the configuration file and then, if it is a bare name, in `$CREDENTIALS_DIRECTORY`.
//! One trailing line end is cut off. What is read is never part of a message.

use super::Secret;
use super::findings::Findings;
use super::node::{Node, Raw};
use super::table::Table;
use super::values::{self, Fault};
use super::{Overrides, options::Kind};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest secret read from a file, in bytes: keys and certificates fit, a wrong path to a disk image does not.
const LONGEST: u64 = 64 * 1024;

/// Where secrets are looked up.
#[derive(Clone, Debug, Default)]
pub(super) struct Vault {
    credentials: Option<PathBuf>,
}

impl Vault {
    /// With the credentials directory of the environment.
    pub fn new(overrides: &Overrides) -> Self {
        Self { credentials: overrides.var("CREDENTIALS_DIRECTORY").map(PathBuf::from) }
    }

    /// Reads the secret `key` of a table, however it is given.
    pub fn read(&self, table: &Table<'_>, key: &str, findings: &mut Findings) -> Option<Secret> {
        let ways = [key.to_owned(), format!("{key}_file"), format!("{key}_credential")];
        let given: Vec<(&str, &Node)> =
            ways.iter().filter_map(|way| Some((way.as_str(), table.given(way)?))).collect();
        let Some((way, node)) = prefer_outside(&given, findings) else {
            if table.kind(key).is_some() && table.is_required(key) {
                table.report_missing(key, findings);
            }
            return None;
        };
        let (outside, others) =
            (findings.is_outside(node.at.source), given.iter().filter(|(other, _)| *other != way));
        for (other, twice) in others {
            if findings.is_outside(twice.at.source) != outside {
                continue;
            }
            let message = format!("{} has both `{way}` and `{other}`; expected one of them", table.shown());
            findings.wrong(&twice.at, message);
        }
        let read = match way.strip_prefix(key) {
            Some("_file") => self.of_file(node, findings),
            Some("_credential") => self.of_credential(node, findings),
            _ => inline(node, findings),
        };
        read.map_err(|fault| table.report(way, vec![fault], findings)).ok()
    }

    /// Reads a table of headers; each value is a text, `{ file = "…" }` or `{ credential = "…" }`.
    pub fn headers(&self, table: &Table<'_>, key: &str, findings: &mut Findings) -> Vec<(String, Secret)> {
        let Some(node) = table.given(key) else { return Vec::new() };
        if !matches!(node.value, Raw::Table(_)) {
            let what = format!("is {}; expected {}", node.value.kind(), Kind::Headers.expected());
            findings.hide(node);
            table.report(key, vec![Fault { at: node.at.clone(), what }], findings);
            return Vec::new();
        }
        let mut headers = Vec::new();
        for entry in node.entries() {
            if !is_header_name(&entry.key) {
                findings.wrong(&entry.key_at, format!("`{}` in `{key}` is not a header name", entry.key));
            }
            match self.header_value(&entry.node, findings) {
                Ok(secret) => headers.push((entry.key.clone(), secret)),
                Err(fault) => table.report(&format!("{key}.{}", entry.key), vec![fault], findings),
            }
        }
        headers
    }

    fn header_value(&self, node: &Node, findings: &mut Findings) -> Result<Secret, Fault> {
        let secret = match (&node.value, node.entries()) {
            (Raw::Table(_), [entry]) if entry.key == "file" => self.of_file(&entry.node, findings)?,
            (Raw::Table(_), [entry]) if entry.key == "credential" => {
                self.of_credential(&entry.node, findings)?
            }
            (Raw::Text(_), _) => inline(node, findings)?,
            _ => {
                findings.hide(node);
                return Err(fault(
                    node,
                    "is no header value; expected text, { file = \"…\" } or { credential = \"…\" }",
                ));
            }
        };
        if secret.expose().chars().any(|c| c.is_control() && c != '\t') {
            return Err(fault(node, "has control characters or more than one line"));
        }
        Ok(secret)
    }

    fn of_file(&self, node: &Node, findings: &mut Findings) -> Result<Secret, Fault> {
        let text = values::path(&Kind::Path, node).map_err(first)?;
        let beside = findings.beside(node.at.source, Path::new(&text));
        let path = match &self.credentials {
            Some(directory) if !beside.exists() && !text.contains('/') => directory.join(&text),
            _ => beside,
        };
        read_file(node, &path, findings)
    }

    fn of_credential(&self, node: &Node, findings: &mut Findings) -> Result<Secret, Fault> {
        let name = values::path(&Kind::Path, node).map_err(first)?;
        if name.contains('/') || name == ".." {
            return Err(fault(
                node,
                &format!("is \"{name}\"; expected the name of a systemd credential, without `/`"),
            ));
        }
        match &self.credentials {
            Some(directory) => read_file(node, &directory.join(name), findings),
            None => Err(fault(
                node,
                "needs $CREDENTIALS_DIRECTORY, which is not set; expected to run under systemd with LoadCredential=",
            )),
        }
    }
}

fn prefer_outside<'a>(given: &[(&'a str, &'a Node)], findings: &Findings) -> Option<(&'a str, &'a Node)> {
    given.iter().find(|(_, node)| findings.is_outside(node.at.source)).or_else(|| given.first()).copied()
}

fn inline(node: &Node, findings: &mut Findings) -> Result<Secret, Fault> {
    findings.hide(node);
    match node.text() {
        Some(text) if !text.is_empty() => Ok(Secret::new(text)),
        Some(_) => Err(fault(node, "is empty")),
        None => Err(fault(node, &format!("is {}; expected text", node.value.kind()))),
    }
}

fn read_file(node: &Node, path: &Path, findings: &mut Findings) -> Result<Secret, Fault> {
    let bad = |why: String| fault(node, &format!("names {}, {why}", path.display()));
    let meta = std::fs::metadata(path).map_err(|error| bad(format!("which cannot be read: {error}")))?;
    if !meta.is_file() || meta.len() > LONGEST {
        return Err(bad(format!("which is not a file of at most {LONGEST} bytes")));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| bad(format!("which cannot be read: {error}")))?;
    file.take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| bad(format!("which cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| bad("which is not UTF-8".to_owned()))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(bad("which is empty".to_owned()));
    }
    if open_to_others(&meta) {
        let message = format!("{} can be read by others than its owner; chmod 600 it", path.display());
        findings.warn(&node.at, message);
    }
    Ok(Secret::new(text))
}

#[cfg(unix)]
fn open_to_others(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

fn fault(node: &Node, what: &str) -> Fault {
    Fault { at: node.at.clone(), what: what.to_owned() }
}

fn first(mut faults: Vec<Fault>) -> Fault {
    faults.swap_remove(0)
}

/// A token after RFC 9110, section 5.6.2.
fn is_header_name(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(token)
}
