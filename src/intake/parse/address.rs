//! Makes links absolute, and lets only `http`, `https` and `mailto` through.

use url::Url;

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
        Some(Ok(url)) if allowed(url.scheme()) => Address::Absolute(url.into()),
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

/// Without white space around it, line breaks and control characters inside it; inner spaces escaped.
fn tidy(raw: &str) -> String {
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
}
