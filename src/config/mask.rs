//! Keeping secrets out of everything that is printed.

use super::suggest::nearest;
use std::ops::Range;
use url::Url;

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// Key and parameter names whose values are secrets, by any part of the name.
const SECRET_NAMES: [&str; 11] = [
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "authorization",
    "cookie",
    "signature",
    "headers",
    "credential",
];

/// Parameter names that are secrets only as a whole word.
const SECRET_WORDS: [&str; 6] = ["key", "auth", "sig", "pass", "pwd", "code"];

/// The address with user, password and secret-looking parameters masked.
pub fn mask_url(url: &Url) -> String {
    let mut shown = url.clone();
    if !url.username().is_empty() || url.password().is_some() {
        let _ = shown.set_username(MASK);
        let _ = shown.set_password(None);
    }
    if url.query_pairs().any(|(name, _)| is_secret_name(&name)) {
        let query: Vec<String> = url.query().unwrap_or_default().split('&').map(mask_pair).collect();
        shown.set_query(Some(&query.join("&")));
    }
    shown.to_string()
}

/// Scheme and host only: for addresses whose path is itself a secret (most webhooks).
pub fn mask_webhook(address: &str) -> String {
    match Url::parse(address).ok().as_ref().map(|url| url.origin()) {
        Some(origin) if origin.is_tuple() => format!("{}/{MASK}", origin.ascii_serialization()),
        _ => MASK.to_owned(),
    }
}

fn mask_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if is_secret_name(name) => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    }
}

/// Whether a value under this name is probably a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.trim().trim_matches(['"', '\'']).to_lowercase().replace('-', "_");
    // `password_file` and `secret_credential` name a place, not a secret.
    if name.ends_with("_file") || name.ends_with("_credential") {
        return false;
    }
    SECRET_NAMES.iter().any(|part| name.contains(part))
        || name.split(['_', '.']).any(|word| SECRET_WORDS.contains(&word))
}

/// A source line for showing: every character of a secret becomes `*`, so that columns stay. Secrets are the
/// given spans (offsets in the source; the line starts at `start`), values of secret-looking keys, and user
/// information in addresses.
pub(super) fn line(text: &str, start: usize, secrets: &[Range<usize>]) -> String {
    let mut hidden: Vec<Range<usize>> =
        secrets.iter().map(|span| span.start.saturating_sub(start)..span.end.saturating_sub(start)).collect();
    hidden.extend(secret_value(text));
    hidden.extend(user_info(text));
    let star = |(at, c): (usize, char)| if hidden.iter().any(|span| span.contains(&at)) { '*' } else { c };
    text.char_indices().map(star).collect()
}

/// Everything after the first `=` whose key looks secret: also right where the TOML is broken.
fn secret_value(text: &str) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(at) = text[from..].find('=').map(|at| from + at) {
        let key = text[from..at].rsplit(['{', ',']).next().unwrap_or_default();
        if is_secret_name(key) || is_nearly_secret(key.trim()) {
            let value = at + 1 + text[at + 1..].len() - text[at + 1..].trim_start().len();
            return Some(value..text.len());
        }
        from = at + 1;
    }
    None
}

/// Whether a key is probably a mistyped `password` or the like.
fn is_nearly_secret(key: &str) -> bool {
    !key.ends_with("_file") && !key.ends_with("_credential") && nearest(key, SECRET_NAMES).is_some()
}

fn user_info(text: &str) -> Vec<Range<usize>> {
    text.match_indices("://")
        .filter_map(|(at, sign)| {
            let from = at + sign.len();
            let end = text[from..].find(['/', '"', '\'', ' ', '?', '#']).map_or(text.len(), |end| from + end);
            text[from..end].rfind('@').map(|sign| from..from + sign)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_secrets_only() {
        for (address, shown) in [
            ("https://example.org/a?page=2", "https://example.org/a?page=2"),
            ("https://me:pw@example.org/", "https://***@example.org/"),
            ("https://example.org/?q=x&api_key=abc", "https://example.org/?q=x&api_key=***"),
            ("https://example.org/?key=abc&monkey=1", "https://example.org/?key=***&monkey=1"),
        ] {
            assert_eq!(mask_url(&Url::parse(address).unwrap()), shown);
        }
        assert_eq!(mask_webhook("https://hooks.example.org/T0/B1/xyz"), "https://hooks.example.org/***");
        assert_eq!(mask_webhook("nonsense"), "***");
    }

    #[test]
    fn lines_keep_their_columns() {
        for (text, shown) in [
            ("password = \"hunter2\"", "password = *********"),
            ("pasword = \"hunter2", "pasword = ********"),
            ("password_file = \"/run/pw\"", "password_file = \"/run/pw\""),
            ("a = { Authorization = \"Bearer x\" }", "a = { Authorization = ************"),
            ("url = \"https://me:pw@example.org/x\"", "url = \"https://*****@example.org/x\""),
            ("interval = \"5x\"", "interval = \"5x\""),
        ] {
            assert_eq!(line(text, 0, &[]), shown);
            assert_eq!(line(text, 0, &[]).chars().count(), text.chars().count());
        }
        assert_eq!(line("url = \"abc\"", 100, std::slice::from_ref(&(106..111))), "url = *****");
    }
}
