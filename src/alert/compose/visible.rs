//! Visible: text from outside made safe for one line of a terminal, a log or a mail header.
//!
//! Controls (C0, DEL, C1), line and paragraph separators and everything that reorders or hides its neighbours (bidi
//! marks, embeddings, overrides and isolates, invisible tags) are written out as escapes. Joiners
//! stay: emoji and Persian need them. Never drops a character, never touches printable text.

use std::borrow::Cow;

/// `text` with every dangerous character written as an escape: `\n`, `\r`, `\t`, else `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_dangerous) else { return Cow::Borrowed(text) };
    let mut safe = String::with_capacity(text.len() + 16);
    safe.push_str(&text[..first]);
    for c in text[first..].chars() {
        if is_dangerous(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Whether a character could steer a terminal, forge a line or reorder what people read.
pub fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}'      // bidi marks
            | '\u{2028}' | '\u{2029}'                 // line and paragraph separator
            | '\u{202a}'..='\u{202e}'                 // bidi embeddings and overrides
            | '\u{2066}'..='\u{206f}'                 // bidi isolates, deprecated format characters
            | '\u{fff9}'..='\u{fffb}'                 // interlinear annotation
            | '\u{e0000}'..='\u{e007f}') // tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let rows = [
            ("plain text is borrowed as it is", "Chip-Export: 出口管制 ✓", "Chip-Export: 出口管制 ✓"),
            (
                "joiners stay",
                "\u{1f468}\u{200d}\u{1f4bb} می\u{200c}خواهم",
                "\u{1f468}\u{200d}\u{1f4bb} می\u{200c}خواهم",
            ),
            ("a line break cannot forge a line", "one\r\ntwo", "one\\r\\ntwo"),
            ("colours are not obeyed", "\u{1b}[31mred", "\\u{1b}[31mred"),
            ("nor is the clipboard (OSC 52)", "\u{1b}]52;c;aGk=\u{7}", "\\u{1b}]52;c;aGk=\\u{7}"),
            ("C1 controls are escapes too", "\u{9b}2J", "\\u{9b}2J"),
            ("DEL and NUL", "a\u{7f}b\0c", "a\\u{7f}b\\u{0}c"),
            ("reordering is shown", "\u{202e}txt.exe\u{202c}", "\\u{202e}txt.exe\\u{202c}"),
            ("isolates too", "\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("Unicode line ends", "a\u{2028}b\u{85}c", "a\\u{2028}b\\u{85}c"),
            ("hidden tags", "a\u{e0041}", "a\\u{e0041}"),
        ];
        for (sentence, text, expected) in rows {
            assert_eq!(visible(text), expected, "{sentence}");
        }
        assert!(matches!(visible("plain"), Cow::Borrowed(_)));
    }
}
