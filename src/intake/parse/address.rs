//! Makes links absolute, and lets only `http`, `https` and `mailto` through, and none longer than [`LONGEST`].
//!
//! A base may make a small document large, each link carrying it again: [`Growth`] bounds what it adds.

use std::cell::Cell;
use url::Url;

/// Longest address, in bytes, given or made absolute; servers refuse longer ones.
pub const LONGEST: usize = 8192;
/// Most bytes that bases may add to the links of one document.
const MOST_GROWTH: usize = 16 * 1024 * 1024;

/// How much the links of one document have grown by being made absolute.
#[derive(Debug, Default)]
pub struct Growth(Cell<usize>);

impl Growth {
    /// [`resolve`], as long as there is something left to spend; relative links are refused from then on.
    pub fn resolve(&self, raw: &str, base: Option<&Url>) -> Address {
        let address = resolve(raw, base.filter(|_| self.0.get() < MOST_GROWTH));
        if let Address::Absolute(url) = &address {
            self.0.set(self.0.get() + url.len().saturating_sub(raw.len()));
        }
        address
    }
}

/// What became of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Absolute, in the publisher's spelling where it was absolute already.
    Absolute(String),
    /// Relative, and there is nothing to resolve it against.
    Relative,
    /// Another scheme, or no address at all.
    Refused,
    /// Nothing there.
    Empty,
}

impl Address {
    /// The absolute address, if there is one.
    pub fn absolute(self) -> Option<String> {
        match self {
            Self::Absolute(url) => Some(url),
            _ => None,
        }
    }
}

/// Resolves `raw` against `base`.
pub fn resolve(raw: &str, base: Option<&Url>) -> Address {
    let text = tidy(raw);
    if text.is_empty() {
        return Address::Empty;
    }
    if text.len() > LONGEST {
        return Address::Refused;
    }
    match scheme(&text) {
        Some(scheme) if allowed(&scheme) => match Url::parse(&text) {
            Ok(url) if url.has_host() || scheme == "mailto" => Address::Absolute(text),
            _ => Address::Refused,
        },
        Some(_) => Address::Refused,
        None => relative(&text, base),
    }
}

fn relative(text: &str, base: Option<&Url>) -> Address {
    if text.to_ascii_lowercase().starts_with("www.") && Url::parse(&format!("http://{text}")).is_ok() {
        return Address::Absolute(format!("http://{text}"));
    }
    match base.map(|base| base.join(text)) {
        Some(Ok(url)) if allowed(url.scheme()) && url.as_str().len() <= LONGEST => {
            Address::Absolute(url.into())
        }
        Some(_) => Address::Refused,
        None if text.starts_with("//") => resolve(&format!("https:{text}"), None),
        None => Address::Relative,
    }
}

fn allowed(scheme: &str) -> bool {
    matches!(scheme, "http" | "https" | "mailto")
}

/// The scheme in lower case, if the text begins with one.
fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once(':')?;
    let sound = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    sound.then(|| scheme.to_ascii_lowercase())
}

/// The address without white space around it, line breaks and control characters inside it; inner spaces escaped.
pub fn tidy(raw: &str) -> String {
    let text = raw.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    // An ampersand escaped once too often: no address holds "&amp;".
    if text.contains("&amp;") {
        return tidy(&text.replace("&amp;", "&"));
    }
    if !text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return text.to_owned();
    }
    text.chars().filter(|c| !c.is_control()).collect::<String>().replace(char::is_whitespace, "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_absolute_links_pass() {
        let base = Url::parse("https://example.org/a/feed.xml").ok();
        let rows = [
            ("HTTP://Example.org/A b", Some("HTTP://Example.org/A%20b")),
            (" https://example.org/\n x ", Some("https://example.org/%20x")),
            ("../b", Some("https://example.org/b")),
            ("//cdn.example.org/x", Some("https://cdn.example.org/x")),
            ("?id=5", Some("https://example.org/a/feed.xml?id=5")),
            ("www.example.net/x", Some("http://www.example.net/x")),
            ("mailto:a@example.org", Some("mailto:a@example.org")),
            ("javascript:alert(1)", None),
            (" java\nscript:alert(1)", None),
            ("data:text/html,x", None),
            ("file:///etc/passwd", None),
            ("tag:example.org,2024:1", None),
            ("http://", None),
            ("", None),
        ];
        for (raw, expected) in rows {
            assert_eq!(resolve(raw, base.as_ref()).absolute().as_deref(), expected, "{raw}");
        }
        assert_eq!(resolve("../b", None), Address::Relative);
    }

    #[test]
    fn bases_do_not_blow_documents_up() {
        let long = format!("https://example.org/{}", "x".repeat(LONGEST));
        assert_eq!(resolve(&long, None), Address::Refused);
        let base = Url::parse(&long[..LONGEST - 10]).ok();
        assert_eq!(resolve("/short", base.as_ref()).absolute().as_deref(), Some("https://example.org/short"));
        let (growth, mut total) = (Growth::default(), 0);
        for _ in 0..10_000 {
            total += growth.resolve("?a", base.as_ref()).absolute().map_or(0, |url| url.len());
        }
        assert!(total > MOST_GROWTH / 2 && total < MOST_GROWTH + 2 * LONGEST, "{total}");
        assert_eq!(growth.resolve("?a", base.as_ref()), Address::Relative);
        assert!(growth.resolve("https://example.org/", None).absolute().is_some());
    }
}
