//! Splitting a text into folded tokens, one pass, nothing allocated per token.
//!
//! Plain ASCII runs take a short path; everything else goes through the table of [`Class`].

use super::chars::{Class, Folded, is_kana};
use super::fold::fold_char;
use unicode_normalization::UnicodeNormalization;

/// Folded bytes of a token that are kept; the rest of a longer run belongs to the token but is not looked at.
pub const MAX_TOKEN: usize = 1024;

/// One token as it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The folded word; never empty, at most [`MAX_TOKEN`] bytes.
    pub text: &'a str,
    /// First byte in the original text.
    pub start: usize,
    /// One past the last byte in the original text.
    pub end: usize,
    /// A piece of the token told just before it (a word with an unseen character inside): it has that token's place
    /// in the order of words, and offsets of its own.
    pub piece: bool,
}

/// Splits texts; keep one and use it again, its buffers are reused.
#[derive(Debug, Default)]
pub struct Tokenizer {
    word: String,
    /// Pieces of the present word: where each begins in `word` and in the original, and where it ends there.
    pieces: Vec<Piece>,
    jamo: bool,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    at: usize,
    start: usize,
    end: usize,
}

impl Tokenizer {
    /// Calls `sink` with every token in the order of the text.
    pub fn each(&mut self, text: &str, mut sink: impl FnMut(Token<'_>)) {
        let bytes = text.as_bytes();
        let mut at = 0;
        loop {
            while at < bytes.len() && KIND[bytes[at] as usize] == SEPARATOR {
                at += 1;
            }
            if at >= bytes.len() {
                return;
            }
            let start = at;
            while at < bytes.len() && KIND[bytes[at] as usize] == LETTER {
                at += 1;
            }
            if at < bytes.len() && bytes[at] >= 0x80 {
                at = self.mixed(text, start, at, &mut sink);
                continue;
            }
            self.word.clear();
            push_lower(&mut self.word, &text[start..cut(start, at)]);
            sink(Token { text: &self.word, start, end: at, piece: false });
        }
    }

    /// A run that is not ASCII alone: `text[start..at]` is its ASCII beginning. Returns where it ends.
    fn mixed(&mut self, text: &str, start: usize, at: usize, sink: &mut impl FnMut(Token<'_>)) -> usize {
        self.begin(start);
        push_lower(&mut self.word, &text[start..cut(start, at)]);
        let mut end = at;
        for (offset, c) in text[at..].char_indices() {
            let (from, to) = (at + offset, at + offset + c.len_utf8());
            let class = Class::of(c);
            if class.is_ignored() {
                self.seam(end);
            } else if !class.is_word() {
                self.finish(end, sink);
                return to;
            } else if class.is_unspaced() {
                self.finish(end, sink);
                let to = self.single(text, c, from, to);
                self.finish(to, sink);
                end = to;
                self.begin(to);
            } else {
                self.push(c, class, from);
                end = if self.word.is_empty() { end } else { to };
            }
        }
        self.finish(end, sink);
        text.len()
    }

    fn begin(&mut self, start: usize) {
        self.word.clear();
        self.pieces.clear();
        self.pieces.push(Piece { at: 0, start, end: start });
        self.jamo = false;
    }

    /// Appends one character; the token begins at the first that leaves something.
    fn push(&mut self, c: char, class: Class, from: usize) {
        let folded = class.folded();
        if matches!(folded, Folded::Nothing) || self.word.len() >= MAX_TOKEN {
            return;
        }
        if let Some(piece) = self.pieces.last_mut().filter(|piece| piece.at == self.word.len()) {
            piece.start = from;
        }
        match folded {
            Folded::One(folded) => self.word.push(folded),
            _ => fold_char(c, &mut self.word),
        }
        self.jamo |= class.is_jamo();
    }

    /// An unseen character: what came before it is one piece of the word.
    fn seam(&mut self, end: usize) {
        let at = self.word.len();
        if let Some(piece) = self.pieces.last_mut().filter(|piece| piece.at < at) {
            piece.end = end;
            self.pieces.push(Piece { at, start: end, end });
        }
    }

    /// One character of a script without spaces, with a voicing mark that follows it. Returns its end.
    fn single(&mut self, text: &str, c: char, from: usize, to: usize) -> usize {
        self.begin(from);
        fold_char(c, &mut self.word);
        let mark = text[to..].chars().next().filter(|mark| is_kana(c) && Class::of(*mark).is_voicing());
        let Some(mark) = mark else { return to };
        let voiced = self.word.chars().chain(loose(mark)).nfc().collect::<String>();
        self.word.clear();
        self.word.extend(voiced.chars().take(1));
        to + mark.len_utf8()
    }

    fn finish(&mut self, end: usize, sink: &mut impl FnMut(Token<'_>)) {
        if self.word.is_empty() {
            return;
        }
        if self.jamo {
            self.word = self.word.nfc().collect();
        }
        self.seam(end);
        let seen = self.pieces.iter().filter(|piece| piece.at < self.word.len()).count();
        let start = self.pieces.first().map_or(end, |piece| piece.start);
        sink(Token { text: &self.word, start, end, piece: false });
        if seen > 1 && !self.jamo {
            self.tell_pieces(seen, sink);
        }
        self.word.clear();
    }

    fn tell_pieces(&self, seen: usize, sink: &mut impl FnMut(Token<'_>)) {
        for (nth, piece) in self.pieces[..seen].iter().enumerate() {
            let to = self.pieces.get(nth + 1).map_or(self.word.len(), |next| next.at);
            sink(Token { text: &self.word[piece.at..to], start: piece.start, end: piece.end, piece: true });
        }
    }
}

/// The combining form of a kana voicing mark.
fn loose(mark: char) -> Option<char> {
    match mark {
        '\u{FF9E}' => Some('\u{3099}'),
        '\u{FF9F}' => Some('\u{309A}'),
        _ => Some(mark),
    }
}

fn cut(start: usize, end: usize) -> usize {
    end.min(start + MAX_TOKEN)
}

/// Appends ASCII letters and digits in lower case: setting one bit lower-cases a letter and leaves a digit alone.
fn push_lower(word: &mut String, run: &str) {
    word.extend(run.bytes().map(|byte| char::from(byte | 0x20)));
}

const SEPARATOR: u8 = 0;
const LETTER: u8 = 1;
const OTHER: u8 = 2;

static KIND: [u8; 256] = {
    let mut kind = [SEPARATOR; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte >= 128 {
            kind[byte] = OTHER;
        } else if (byte as u8).is_ascii_alphanumeric() {
            kind[byte] = LETTER;
        }
        byte += 1;
    }
    kind
};

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(String, &str, bool)> {
        let mut found = Vec::new();
        Tokenizer::default().each(text, |token| {
            found.push((token.text.to_owned(), &text[token.start..token.end], token.piece));
        });
        found
    }

    fn words(text: &str) -> Vec<(String, &str)> {
        tokens(text).into_iter().filter(|token| !token.2).map(|(folded, text, _)| (folded, text)).collect()
    }

    #[test]
    fn words_and_their_places() {
        type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);
        let rows: [Row; 9] = [
            (
                "punctuation splits",
                "U.S. Indonesia’s",
                &[("u", "U"), ("s", "S"), ("indonesia", "Indonesia"), ("s", "s")],
            ),
            (
                "letters beside digits stay together",
                "H20 5G-Netz",
                &[("h20", "H20"), ("5g", "5G"), ("netz", "Netz")],
            ),
            ("accents inside and at the ends", "«Élan» naïveté", &[("elan", "Élan"), ("naivete", "naïveté")]),
            ("loose marks belong to the word", "e\u{301}te\u{301}", &[("ete", "e\u{301}te\u{301}")]),
            ("a mark at the start of a run is not in the word", " \u{301}a", &[("a", "a")]),
            (
                "Han splits, Latin inside it does not",
                "AI芯片x",
                &[("ai", "AI"), ("芯", "芯"), ("片", "片"), ("x", "x")],
            ),
            ("kana takes its voicing mark along", "ｶﾞス", &[("ガ", "ｶﾞ"), ("ス", "ス")]),
            ("Thai vowels that are marks go", "ที่", &[("ท", "ท")]),
            ("right to left with Latin", "شركة NVIDIA ـ", &[("شركه", "شركة"), ("nvidia", "NVIDIA")]),
        ];
        for (why, text, expected) in rows {
            let expected: Vec<_> =
                expected.iter().map(|(folded, text)| ((*folded).to_owned(), *text)).collect();
            assert_eq!(words(text), expected, "{why}");
        }
    }

    #[test]
    fn a_word_with_unseen_characters_is_told_whole_and_in_pieces() {
        let told = tokens("\u{200B}Ex\u{AD}port\u{AD} b");
        let expected = [
            ("export", "Ex\u{AD}port", false),
            ("ex", "Ex", true),
            ("port", "port", true),
            ("b", "b", false),
        ];
        assert_eq!(told, expected.map(|(folded, text, piece)| (folded.to_owned(), text, piece)));
    }

    #[test]
    fn long_runs_are_cut_but_keep_their_place() {
        for run in ["a".repeat(5000), "é".repeat(5000), "a\u{301}".repeat(5000)] {
            let text = format!("{run} b");
            let found = words(&text);
            assert_eq!(found.len(), 2);
            assert!(found[0].0.len() <= MAX_TOKEN && found[0].1 == run);
        }
    }

    #[test]
    fn offsets_are_exact_for_any_text() {
        let alphabet: Vec<char> =
            "aZ9 .'’ßéİﬁ\u{AD}\u{200B}\u{301}ガ\u{3099}ﾞ芯คำ수\u{1109}\u{116E}م\u{64E}ـ𠀀🙂".chars().collect();
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let text: String =
                (0..random.usize(..12)).map(|_| alphabet[random.usize(..alphabet.len())]).collect();
            let mut last = 0;
            Tokenizer::default().each(&text, |token| {
                assert!(!token.text.is_empty() && token.start < token.end, "{text:?}");
                assert!(!text[token.start..token.end].contains([' ', '.']), "{text:?}");
                assert!(token.piece || token.start >= last, "{text:?}");
                last = if token.piece { last } else { token.end };
            });
        }
    }
}
