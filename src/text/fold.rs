//! Folding: the one form under which spellings that mean the same word meet.
//!
//! Compatibility decomposition (NFKD), nonspacing marks dropped, lower case, then the letters that decomposition
//! leaves (ß to ss, æ to ae, œ to oe, ø to o, ł to l, đ and ð to d, þ to th, dotless ı to i, final ς to σ), Arabic
//! letter forms (alef, yeh, kaf, heh), Arabic-Indic digits, and traditional to simplified Chinese. Hangul syllables
//! and voiced kana stay composed: taking them apart would make other words of them.

use super::chars::{is_ignored, is_kana, is_nonspacing, is_word};
use super::han::simplified;
use super::tokenize::Tokenizer;
use unicode_normalization::UnicodeNormalization;

/// The folded words of a text, joined by single spaces.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    Tokenizer::default().each(text, |token| {
        if !token.piece {
            folded.extend((!folded.is_empty()).then_some(' '));
            folded.push_str(token.text);
        }
    });
    folded
}

/// Appends what one character folds to; nothing for a mark.
pub(super) fn fold_char(c: char, out: &mut String) {
    if matches!(c, '\u{AC00}'..='\u{D7A3}') {
        return out.push(c);
    }
    if is_kana(c) {
        return out.extend(std::iter::once(c).nfkc().filter(|c| !is_nonspacing(*c)));
    }
    for part in std::iter::once(c).nfkd().filter(|c| !is_nonspacing(*c)) {
        for lower in part.to_lowercase().filter(|c| is_kept(*c)) {
            push_letter(lower, out);
        }
    }
}

fn is_kept(c: char) -> bool {
    is_word(c) && !is_nonspacing(c) && !is_ignored(c)
}

fn push_letter(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        _ => out.push(single(c)),
    }
}

fn single(c: char) -> char {
    match c {
        'ø' => 'o',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ı' => 'i',
        'ς' => 'σ',
        'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' | 'ہ' | 'ھ' | 'ە' => 'ه',
        '\u{660}'..='\u{669}' => ascii_digit(c, 0x660),
        '\u{6F0}'..='\u{6F9}' => ascii_digit(c, 0x6F0),
        _ => simplified(c),
    }
}

fn ascii_digit(c: char, zero: u32) -> char {
    char::from_digit(c as u32 - zero, 10).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_meet() {
        let rows = [
            ("plain words are lower-cased", "Chip EXPORTS", "chip exports"),
            ("marks are dropped", "Übergröße café Škoda", "ubergrosse cafe skoda"),
            (
                "letters that decomposition leaves",
                "Ærø œuvre Łódź Đà þing ısı",
                "aero oeuvre lodz da thing isi",
            ),
            ("Turkish dotted capital", "İstanbul", "istanbul"),
            ("ligatures and full width", "ﬁne ＡＩ２０", "fine ai20"),
            ("final sigma", "ΛΌΓΟΣ λόγος", "λογοσ λογοσ"),
            ("Arabic forms, vowels and stretching", "أَمـريكا ٱلمدرسة إلى", "امريكا المدرسه الي"),
            ("Arabic digits", "٢٠٢٥ ۲۰۲۵", "2025 2025"),
            ("traditional Chinese", "貿易戰", "贸 易 战"),
            ("Hangul stays composed", "수출통제", "수출통제"),
            ("decomposed Hangul is composed", "\u{1109}\u{116E}\u{110E}\u{116E}\u{11AF}", "수출"),
            ("voicing is kept, half width or loose", "ガｶﾞか\u{3099}", "ガ ガ が"),
            ("Cyrillic", "Ёлка ЭКСПОРТ", "елка экспорт"),
            (
                "soft hyphens and zero-width characters vanish",
                "Ex\u{AD}port\u{200B}kon\u{2060}trolle",
                "exportkontrolle",
            ),
            ("bidi controls vanish", "\u{202E}abc\u{202C}\u{200F}d", "abcd"),
            ("marks alone are no word", "a \u{301}\u{301} b", "a b"),
        ];
        for (why, text, expected) in rows {
            assert_eq!(fold(text), expected, "{why}");
        }
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for c in (0..0x30000).filter_map(char::from_u32) {
            let once = fold(c.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once).replace(' ', ""), once, "{c:?} {:x}", c as u32);
        }
    }
}
