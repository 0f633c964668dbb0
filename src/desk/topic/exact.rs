//! Exact spelling: what `=BIS` compares.

use crate::text::fold;
use unicode_normalization::UnicodeNormalization;

/// Whether a word of a text is spelled as written: same characters in the same case, composed or not, unseen characters
/// left out. `written` is composed (NFC) and has none.
pub(super) fn same_spelling(word: &str, written: &str) -> bool {
    if word == written {
        return true;
    }
    if word.is_ascii() {
        return false;
    }
    word.nfc().filter(|c| !is_unseen(*c)).eq(written.chars())
}

/// A character that is neither a mark nor leaves anything when folded.
fn is_unseen(c: char) -> bool {
    !c.is_ascii()
        && !unicode_normalization::char::is_combining_mark(c)
        && fold(c.encode_utf8(&mut [0; 4])).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for (word, written, same) in [
            ("BIS", "BIS", true),
            ("bis", "BIS", false),
            ("B\u{AD}IS", "BIS", true),
            ("e\u{301}lan", "élan", true),
            ("elan", "élan", false),
        ] {
            assert_eq!(same_spelling(word, written), same, "{word}");
        }
    }
}
