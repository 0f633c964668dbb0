//! From a raw value to a typed one: pure checks of type, form and range.
//!
//! Each check takes what the option table says ([`Kind`]) and a node, and returns the value or every fault in it.
//! None of them reads a file or another option.

use super::measure::{parse_duration, parse_size};
use super::node::{Node, Place, Raw};
use super::options::Kind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use url::Url;

/// One thing wrong with a value.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub at: Place,
    /// What is wrong, to stand after the name of the key.
    pub what: String,
}

/// A typed value, or its faults.
pub(super) type Checked<T> = Result<T, Vec<Fault>>;

/// A check of one value.
pub(super) type Check<T> = fn(&Kind, &Node) -> Checked<T>;

/// The value in a few words, for messages.
fn describe(node: &Node) -> String {
    match &node.value {
        Raw::Text(text) if text.chars().count() > 60 => {
            format!("\"{}…\"", text.chars().take(60).collect::<String>())
        }
        Raw::Text(text) => format!("\"{text}\""),
        Raw::Int(Some(number)) => number.to_string(),
        Raw::Bool(flag) => flag.to_string(),
        Raw::List(items) if items.is_empty() => "[]".to_owned(),
        other => other.kind().to_owned(),
    }
}

fn fault<T>(node: &Node, kind: &Kind, why: Option<&str>) -> Checked<T> {
    let why = why.map_or(String::new(), |why| format!(", {why}"));
    let what = format!("is {}{why}; expected {}", describe(node), kind.expected());
    Err(vec![Fault { at: node.at.clone(), what }])
}

fn text_or_fault<'a>(kind: &Kind, node: &'a Node) -> Checked<&'a str> {
    node.text().map_or_else(|| fault(node, kind, None), Ok)
}

/// Text, trimmed, without control characters and not too long.
pub(super) fn text(kind: &Kind, node: &Node) -> Checked<String> {
    let most = if let Kind::Text(most) = kind { *most } else { 4096 };
    let text = text_or_fault(kind, node)?.trim();
    if text.chars().any(char::is_control) {
        return fault(node, kind, Some("which has control characters"));
    }
    if text.chars().count() > most {
        return fault(node, kind, Some("which is too long"));
    }
    Ok(text.to_owned())
}

/// Text with lines, as written; not only blanks.
pub(super) fn lines(kind: &Kind, node: &Node) -> Checked<String> {
    Ok(text_or_fault(kind, node)?.to_owned())
}

/// A path as written, not empty.
pub(super) fn path(kind: &Kind, node: &Node) -> Checked<String> {
    let text = text_or_fault(kind, node)?;
    if text.is_empty() || text.contains('\0') {
        return fault(node, kind, None);
    }
    Ok(text.to_owned())
}

/// An absolute http or https address.
pub(super) fn url(kind: &Kind, node: &Node) -> Checked<Url> {
    let text = text_or_fault(kind, node)?.trim();
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(url) => fault_url(node, kind, &format!("with scheme {}", url.scheme())),
        Err(error) => fault_url(node, kind, &format!("which does not parse ({error})")),
    }
}

/// An address may hold a password: it is not repeated in the message.
fn fault_url<T>(node: &Node, kind: &Kind, why: &str) -> Checked<T> {
    let what = format!("is an address {why}; expected {}", kind.expected());
    Err(vec![Fault { at: node.at.clone(), what }])
}

/// Whether a text can be an id.
pub fn is_id(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(inner)
}

/// An id.
pub(super) fn id(kind: &Kind, node: &Node) -> Checked<String> {
    match text_or_fault(kind, node)? {
        text if is_id(text) => Ok(text.to_owned()),
        _ => fault(node, &Kind::Id, None),
    }
}

/// A whole number in the range of its kind.
pub(super) fn int(kind: &Kind, node: &Node) -> Checked<u64> {
    let Kind::Int(least, most) = kind else { return fault(node, kind, None) };
    match node.value {
        Raw::Int(Some(number)) => match u64::try_from(number) {
            Ok(number) if (*least..=*most).contains(&number) => Ok(number),
            _ => fault(node, kind, None),
        },
        Raw::Int(None) => fault(node, kind, Some("far too large")),
        _ => fault(node, kind, None),
    }
}

/// A duration in the range of its kind.
pub(super) fn duration(kind: &Kind, node: &Node) -> Checked<Duration> {
    let Kind::Duration(least, most) = kind else { return fault(node, kind, None) };
    let bound = |text: &str| parse_duration(text).unwrap_or_default();
    match parse_duration(text_or_fault(kind, node)?) {
        Some(span) if (bound(least)..=bound(most)).contains(&span) => Ok(span),
        Some(_) => fault(node, kind, Some("out of range")),
        None => fault(node, kind, None),
    }
}

/// A size in bytes in the range of its kind.
pub(super) fn size(kind: &Kind, node: &Node) -> Checked<u64> {
    let Kind::Size(least, most) = kind else { return fault(node, kind, None) };
    let bound = |text: &str| parse_size(text).unwrap_or_default();
    match parse_size(text_or_fault(kind, node)?) {
        Some(bytes) if (bound(least)..=bound(most)).contains(&bytes) => Ok(bytes),
        Some(_) => fault(node, kind, Some("out of range")),
        None => fault(node, kind, None),
    }
}

/// `true` or `false`.
pub(super) fn boolean(kind: &Kind, node: &Node) -> Checked<bool> {
    if let Raw::Bool(flag) = node.value { Ok(flag) } else { fault(node, kind, None) }
}

/// One of the words of its kind: its index.
pub(super) fn choice(kind: &Kind, node: &Node) -> Checked<usize> {
    let Kind::Choice(words) = kind else { return fault(node, kind, None) };
    let text = text_or_fault(kind, node)?;
    match words.iter().position(|word| *word == text) {
        Some(at) => Ok(at),
        None => match super::suggest::nearest(text, words.iter().copied()) {
            Some(word) => fault(node, kind, Some(&format!("perhaps meant as \"{word}\""))),
            None => fault(node, kind, None),
        },
    }
}

/// Where to listen: `off` is nowhere.
pub(super) fn listen(kind: &Kind, node: &Node) -> Checked<Option<SocketAddr>> {
    match text_or_fault(kind, node)?.trim() {
        "off" => Ok(None),
        text => match text.parse() {
            Ok(address) => Ok(Some(address)),
            Err(_) if text.rsplit(':').next().is_some_and(|host| host.parse::<u16>().is_err()) => {
                fault(node, kind, Some("without a port"))
            }
            Err(_) => fault(node, kind, None),
        },
    }
}

/// A filter that `tracing` understands.
pub(super) fn filter(kind: &Kind, node: &Node) -> Checked<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let text = text_or_fault(kind, node)?.trim();
    // A word alone would be taken for a module's name and switch everything else off.
    let bare = text.chars().all(char::is_alphanumeric) && !LEVELS.contains(&text.to_lowercase().as_str());
    if bare || tracing_subscriber::EnvFilter::try_new(text).is_err() {
        return fault(node, kind, None);
    }
    Ok(text.to_owned())
}

/// A language tag, cut to its primary subtag in lower case: `pt-BR` is `pt`.
pub(super) fn lang(kind: &Kind, node: &Node) -> Checked<String> {
    match primary_subtag(text_or_fault(kind, node)?) {
        Some(lang) => Ok(lang),
        None => fault(node, &Kind::Lang, None),
    }
}

/// The primary subtag of a language tag in lower case; `None` if it cannot be one.
pub fn primary_subtag(tag: &str) -> Option<String> {
    let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
    let good = matches!(primary.len(), 2 | 3) && primary.chars().all(|c| c.is_ascii_alphabetic());
    good.then(|| primary.to_ascii_lowercase())
}

/// Address ranges; an address alone is a range of one.
pub(super) fn ranges(kind: &Kind, node: &Node) -> Checked<Vec<ipnet::IpNet>> {
    each(kind, node, |kind, item| {
        let text = text_or_fault(kind, item)?.trim();
        match (text.parse::<ipnet::IpNet>(), text.parse::<IpAddr>()) {
            (Ok(range), _) => Ok(range),
            (_, Ok(address)) => Ok(address.into()),
            _ => fault(item, kind, Some("not an address range")),
        }
    })
}

/// Whole numbers, ascending, each once.
pub(super) fn ints(kind: &Kind, node: &Node) -> Checked<Vec<u64>> {
    let Kind::Ints(least, most) = *kind else { return fault(node, kind, None) };
    let mut numbers = each(kind, node, |kind, item| match int(&Kind::Int(least, most), item) {
        Ok(number) => Ok(number),
        Err(_) => fault(item, kind, None),
    })?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// A table, whose keys are read one by one.
pub(super) fn subtable(kind: &Kind, node: &Node) -> Checked<()> {
    if matches!(node.value, Raw::Table(_)) { Ok(()) } else { fault(node, kind, None) }
}

/// Ports.
pub(super) fn ports(kind: &Kind, node: &Node) -> Checked<Vec<u16>> {
    each(kind, node, |kind, item| match item.value {
        Raw::Int(Some(port @ 1..=65535)) => Ok(u16::try_from(port).unwrap_or_default()),
        _ => fault(item, kind, None),
    })
}

/// A list of one-line texts, none of them empty.
pub(super) fn texts(kind: &Kind, node: &Node) -> Checked<Vec<String>> {
    each(kind, node, |kind, item| match text(kind, item)? {
        text if text.is_empty() => fault(item, kind, Some("which is empty")),
        text => Ok(text),
    })
}

/// A list of language tags.
pub(super) fn langs(kind: &Kind, node: &Node) -> Checked<Vec<String>> {
    each(kind, node, lang)
}

/// A program and its arguments: a list, the program not empty.
pub(super) fn argv(kind: &Kind, node: &Node) -> Checked<Vec<String>> {
    if !matches!(node.value, Raw::List(_)) {
        return fault(node, kind, Some("and no shell splits it"));
    }
    let argv = each(kind, node, |kind, item| match text_or_fault(kind, item)? {
        text if text.contains('\0') => fault(item, kind, None),
        text => Ok(text.to_owned()),
    })?;
    if argv.first().is_none_or(String::is_empty) {
        fault(node, kind, Some("without a program"))
    } else {
        Ok(argv)
    }
}

/// A mail address as `a@b` or `Name <a@b>`.
pub(super) fn mailbox(_: &Kind, node: &Node) -> Checked<String> {
    let text = text(&Kind::Mailbox, node)?;
    let address = match text.strip_suffix('>') {
        Some(head) => head.rsplit('<').next().unwrap_or_default(),
        None => &text,
    };
    match address.rsplit_once('@') {
        Some((user, host)) if plain_part(user) && plain_part(host) => Ok(text),
        _ => fault(node, &Kind::Mailbox, None),
    }
}

fn plain_part(part: &str) -> bool {
    !part.is_empty()
        && !part.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '@'))
}

/// A list of mail addresses, at least one.
pub(super) fn mailboxes(kind: &Kind, node: &Node) -> Checked<Vec<String>> {
    let list = each(kind, node, mailbox)?;
    if list.is_empty() { fault(node, kind, Some("without a recipient")) } else { Ok(list) }
}

/// Checks each item of a list, or the value itself where it stands alone; all faults together.
pub(super) fn each<T>(
    kind: &Kind,
    node: &Node,
    check: impl Fn(&Kind, &Node) -> Checked<T>,
) -> Checked<Vec<T>> {
    let items = match &node.value {
        Raw::List(items) => items.as_slice(),
        Raw::Text(_) | Raw::Int(_) => std::slice::from_ref(node),
        _ => return fault(node, kind, None),
    };
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    for item in items {
        match check(kind, item) {
            Ok(value) => good.push(value),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if faults.is_empty() { Ok(good) } else { Err(faults) }
}
