//! One term as written to a row of word tests: folded, split as texts are split, with spelling variants.

use super::glob::{Glob, GlobPart};
use super::{Term, WordTest};
use crate::text::{Tokenizer, fold};
use unicode_normalization::UnicodeNormalization;

/// Words in one phrase at most.
pub const MAX_WORDS: usize = 64;

/// Why a written term cannot be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TermFault {
    /// No letter or digit in it.
    Empty,
    /// Only wildcards: every text has such a word.
    Everything,
    /// A suffix, infix or wildcard with a single letter.
    TooShort,
    /// More than [`MAX_WORDS`] words.
    TooLong,
    /// `=` together with a wildcard.
    ExactWildcard,
}

/// Reads the text of a term (without quotes and without `=`).
pub(super) fn read_term(written: &str, exact: bool, slop: Option<u32>) -> Result<Term, TermFault> {
    if exact && written.contains(['*', '?']) {
        return Err(TermFault::ExactWildcard);
    }
    let mut words = split(written, exact);
    while words.last().is_some_and(|word| *word == WordTest::Any) {
        words.pop();
    }
    let leading = words.iter().take_while(|word| **word == WordTest::Any).count();
    words.drain(..leading);
    check(written, &words)?;
    Ok(Term { words, slop })
}

fn check(written: &str, words: &[WordTest]) -> Result<(), TermFault> {
    if words.is_empty() {
        return Err(if written.contains(['*', '?']) { TermFault::Everything } else { TermFault::Empty });
    }
    if words.len() > MAX_WORDS {
        return Err(TermFault::TooLong);
    }
    for glob in words.iter().flat_map(WordTest::globs) {
        match (glob.letters(), glob.shape()) {
            (0, _) => return Err(TermFault::Everything),
            (1, super::glob::Shape::Prefix(_)) => {}
            (1, _) => return Err(TermFault::TooShort),
            _ => {}
        }
    }
    Ok(())
}

/// A stretch of the written term: a wildcard, or text between wildcards.
enum Stretch<'a> {
    Text(&'a str),
    Star,
    One,
}

fn stretches(written: &str) -> Vec<Stretch<'_>> {
    let mut found = Vec::new();
    let mut rest = written;
    while let Some(at) = rest.find(['*', '?']) {
        found.push(Stretch::Text(&rest[..at]));
        found.push(if rest[at..].starts_with('*') { Stretch::Star } else { Stretch::One });
        rest = &rest[at + 1..];
    }
    found.push(Stretch::Text(rest));
    found
}

/// A word being put together from touching stretches, as written.
#[derive(Default)]
struct Draft {
    parts: Vec<GlobPart>,
    alone: bool,
}

fn split(written: &str, exact: bool) -> Vec<WordTest> {
    let mut words = Vec::new();
    let mut draft = Draft::default();
    for stretch in stretches(written) {
        match stretch {
            Stretch::Star => draft.parts.push(GlobPart::Many),
            Stretch::One => draft.parts.push(GlobPart::One),
            Stretch::Text(text) => split_text(text, exact, &mut draft, &mut words),
        }
    }
    close(&mut draft, exact, &mut words);
    words
}

/// Adds the words of one stretch; its first word joins the draft if they touch, its last one stays open.
fn split_text(text: &str, exact: bool, draft: &mut Draft, words: &mut Vec<WordTest>) {
    let mut end = 0;
    let mut first = true;
    Tokenizer::default().each(text, |token| {
        if token.piece {
            return;
        }
        if !first || token.start > 0 && !unseen(&text[..token.start]) {
            close(draft, exact, words);
        }
        if is_unspaced(token.text) {
            // beside a character that is a word of its own a star says nothing new
            if draft.parts.iter().any(|part| matches!(part, GlobPart::Text(_))) {
                close(draft, exact, words);
            }
            draft.parts.clear();
            draft.alone = true;
        } else if draft.alone {
            close(draft, exact, words);
        }
        draft.parts.push(GlobPart::Text(text[token.start..token.end].to_owned()));
        if draft.alone {
            close(draft, exact, words);
            draft.alone = true;
        }
        first = false;
        end = token.end;
    });
    if end < text.len() && !unseen(&text[end..]) {
        close(draft, exact, words);
        draft.alone = false;
    }
}

fn unseen(text: &str) -> bool {
    text.chars().all(|c| !c.is_whitespace() && fold(c.encode_utf8(&mut [0; 4])).is_empty() && !c.is_ascii())
}

fn is_unspaced(folded: &str) -> bool {
    fold(&format!("{folded}x")).contains(' ')
}

fn close(draft: &mut Draft, exact: bool, words: &mut Vec<WordTest>) {
    let parts = std::mem::take(&mut draft.parts);
    let after_single = std::mem::take(&mut draft.alone);
    if parts.is_empty() {
        return;
    }
    if let [GlobPart::Text(written)] = parts.as_slice() {
        words.push(whole_word(written, exact));
    } else if parts.iter().all(|part| !matches!(part, GlobPart::Text(_))) {
        if !after_single && parts == [GlobPart::Many] {
            words.push(WordTest::Any);
        } else if !after_single {
            words.push(WordTest::Fits(vec![Glob::new(parts)]));
        }
    } else {
        words.push(WordTest::Fits(spellings_of(&parts)));
    }
}

fn whole_word(written: &str, exact: bool) -> WordTest {
    if exact {
        let written: String = written.nfc().filter(|c| !fold_is_unseen(*c)).collect();
        return WordTest::Exactly { folded: fold(&written), written };
    }
    let plain = fold(written);
    match spelled_out(written).map(|written| fold(&written)).filter(|other| *other != plain) {
        Some(other) => WordTest::OneOf(vec![plain, other]),
        None => WordTest::Is(plain),
    }
}

fn fold_is_unseen(c: char) -> bool {
    unseen(c.encode_utf8(&mut [0; 4])) && !unicode_normalization::char::is_combining_mark(c)
}

fn spellings_of(parts: &[GlobPart]) -> Vec<Glob> {
    let folded = |spell: &dyn Fn(&str) -> String| {
        Glob::new(parts.iter().map(|part| match part {
            GlobPart::Text(text) => GlobPart::Text(fold(&spell(text))),
            other => other.clone(),
        }))
    };
    let mut globs = vec![folded(&str::to_owned)];
    let other = folded(&|text| spelled_out(text).unwrap_or_else(|| text.to_owned()));
    if other != globs[0] {
        globs.push(other);
    }
    globs
}

/// A word with umlauts as it is written where the keyboard has none: ä as ae, ö and ø as oe, ü as ue, å as aa.
fn spelled_out(written: &str) -> Option<String> {
    if written.is_ascii() {
        return None;
    }
    let mut changed = false;
    let mut out = String::new();
    for c in written.nfc() {
        let digraph = match c {
            'ä' | 'Ä' => "ae",
            'ö' | 'Ö' | 'ø' | 'Ø' => "oe",
            'ü' | 'Ü' => "ue",
            'å' | 'Å' => "aa",
            other => {
                out.push(other);
                continue;
            }
        };
        changed = true;
        out.push_str(digraph);
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(written: &str) -> String {
        match read_term(written, false, None) {
            Err(fault) => format!("{fault:?}"),
            Ok(term) => term.words.iter().map(show).collect::<Vec<_>>().join(" "),
        }
    }

    fn show(word: &WordTest) -> String {
        match word {
            WordTest::Is(word) => word.clone(),
            WordTest::OneOf(words) => words.join("|"),
            WordTest::Exactly { written, .. } => format!("={written}"),
            WordTest::Any => "_".into(),
            WordTest::Fits(globs) => globs.iter().map(show_glob).collect::<Vec<_>>().join("|"),
        }
    }

    fn show_glob(glob: &Glob) -> String {
        let part = |part: &GlobPart| match part {
            GlobPart::Text(text) => text.clone(),
            GlobPart::One => "?".into(),
            GlobPart::Many => "*".into(),
        };
        glob.parts.iter().map(part).collect()
    }

    #[test]
    fn written_terms() {
        let rows = [
            ("one word", "Exports", "exports"),
            ("a hyphen makes a phrase", "Chip-Export", "chip export"),
            ("prefix after a hyphen", "Chip-Export*", "chip export*"),
            ("stars on both sides", "*Kontroll*", "*kontroll*"),
            ("a question mark inside", "w?rld", "w?rld"),
            ("a star inside", "Export*kontrolle", "export*kontrolle"),
            ("umlauts also spelled out", "Müller", "muller|mueller"),
            ("umlauts in a pattern", "Überprüf*", "uberpruf*|ueberpruef*"),
            ("sharp s needs no variant", "Maß*", "mass*"),
            ("gap of one word", "rät * ab", "rat|raet _ ab"),
            ("a star before a blank ends a word", "export* control", "export* control"),
            ("stars beside Chinese say nothing", "*出口*", "出 口"),
            ("Latin beside Chinese", "AI芯片*", "ai 芯 片"),
            ("Chinese then a prefix", "出口 chip*", "出 口 chip*"),
            ("a prefix before Chinese", "chip*出口", "chip* 出 口"),
            ("nothing", "–", "Empty"),
            ("everything", "**", "Everything"),
            ("one letter infix", "*a*", "TooShort"),
            ("one letter prefix", "a*", "a*"),
        ];
        for (why, written, expected) in rows {
            assert_eq!(shown(written), expected, "{why}");
        }
    }

    #[test]
    fn exact_terms_keep_their_case() {
        let term = read_term("BIS", true, None).unwrap();
        assert_eq!(term.words, [WordTest::Exactly { folded: "bis".into(), written: "BIS".into() }]);
        assert_eq!(read_term("BI*", true, None), Err(TermFault::ExactWildcard));
    }
}
