//! Resolves character references, in XML and in the HTML inside it.
//!
//! Known are the five names of XML and the names of HTML, nothing else: a name that a document declares itself
//! stays in the text as it stands, and nothing is ever expanded twice. Numbers outside Unicode, surrogates and
//! control characters give no character; 128 to 159 mean what Windows-1252 has there, as in every browser.

use memchr::memchr;

/// Longest name of HTML with its `;`.
const LONGEST_NAME: usize = 33;

/// Appends `raw` with its references resolved as XML does; tells whether every `&` began one. A name needs its
/// `;`, so that `?a=1&copy=2` stays an address.
pub fn resolve_xml(raw: &str, out: &mut String) -> bool {
    let mut rest = raw;
    let mut sound = true;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let used = reference(rest, out, false);
        if used == 0 {
            sound = false;
            out.push('&');
        }
        rest = &rest[used.max(1)..];
    }
    out.push_str(rest);
    sound
}

/// Resolves the reference at the start of `text`; returns its length, 0 if there is none. In HTML a few old names
/// work without their `;`.
pub fn reference(text: &str, out: &mut String, html: bool) -> usize {
    let bytes = text.as_bytes();
    if bytes.get(1) == Some(&b'#') {
        return number(bytes, out);
    }
    let window = &bytes[..bytes.len().min(LONGEST_NAME)];
    let length = 1 + window[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let closed = bytes.get(length) == Some(&b';');
    if closed && let Some(known) = common(&bytes[1..length]) {
        out.push(known);
        return length + 1;
    }
    if length < 2 || !(closed || html) {
        return 0;
    }
    let candidate = &text[..length + usize::from(closed)];
    let resolved = htmlize::unescape(candidate);
    if resolved == candidate {
        return 0;
    }
    out.push_str(&resolved);
    candidate.len()
}

fn common(name: &[u8]) -> Option<char> {
    Some(match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"nbsp" => '\u{a0}',
        _ => return None,
    })
}

/// `&#1234;` or `&#x12ab;`, with or without `;`.
fn number(bytes: &[u8], out: &mut String) -> usize {
    let (radix, start) = match bytes.get(2) {
        Some(b'x' | b'X') => (16, 3),
        _ => (10, 2),
    };
    let digits = bytes[start..].iter().take_while(|&&byte| char::from(byte).is_digit(radix)).count();
    if digits == 0 {
        return 0;
    }
    let value = bytes[start..start + digits].iter().fold(0_u32, |value, &byte| {
        value.saturating_mul(radix).saturating_add(char::from(byte).to_digit(radix).unwrap_or(0))
    });
    if let Some(character) = meant(value) {
        out.push(character);
    }
    start + digits + usize::from(bytes.get(start + digits) == Some(&b';'))
}

/// The character a number means, if it means one that text may hold.
fn meant(value: u32) -> Option<char> {
    if (0x80..=0x9f).contains(&value) {
        return windows_1252(value as u8);
    }
    char::from_u32(value).filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
}

/// What Windows-1252 has at a byte from 0x80 to 0x9f.
pub fn windows_1252(byte: u8) -> Option<char> {
    let bytes = [byte];
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
    text.chars().next().filter(|c| !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_give_what_a_browser_shows() {
        let rows = [
            ("the names of XML", "&lt;b&gt; &amp;&quot;&apos;", "<b> &\"'"),
            ("names of HTML", "caf&eacute; &hellip; &Alpha;&mu;", "café … Αμ"),
            ("numbers in both notations", "&#228;&#xe4;&#XE4;", "äää"),
            ("numbers without an end", "&#228 x", "ä x"),
            ("Windows-1252 numbers", "&#147;x&#148; &#128;", "“x” €"),
            ("nothing outside Unicode", "a&#0;b&#xD800;c&#x110000;d&#99999999999;e", "abcde"),
            ("no control characters", "a&#7;b&#27;c&#9;d", "abc\td"),
            ("bare ampersands stay", "AT&T & R&D", "AT&T & R&D"),
            ("unknown names stay", "&myent; &;", "&myent; &;"),
            ("nothing is resolved twice", "&amp;lt;", "&lt;"),
            ("addresses stay whole", "?a=1&copy=2&reg=3", "?a=1&copy=2&reg=3"),
        ];
        for (says, raw, expected) in rows {
            let mut out = String::new();
            resolve_xml(raw, &mut out);
            assert_eq!(out, expected, "{says}");
        }
    }

    #[test]
    fn old_names_need_no_end_in_html() {
        let mut out = String::new();
        assert_eq!(reference("&copy 2020", &mut out, true), 5);
        assert_eq!(reference("&copy 2020", &mut out, false), 0);
        assert_eq!(out, "\u{a9}");
    }
}
