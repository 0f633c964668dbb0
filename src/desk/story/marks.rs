//! What of a text survives translation: names by their sound, numbers, and names the alias list knows.
//!
//! In order of appearance: aliases ([`super::alias`]) become their canonical name; names (words with a capital
//! that nothing explains, katakana runs, any word of a script without capitals) become the skeleton of their
//! consonants after transliteration, so that Трамп, トランプ, ترامب and Trump's meet; numbers of two digits and more
//! stay. Never translates words.

use super::alias::Aliases;
use super::hash::{pair, word};
use super::normal::Normal;
use super::scan::Scan;
use any_ascii::any_ascii_char;

/// Marks kept of one entry.
pub const MARKS: usize = 24;

/// One mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark<'t> {
    /// Hash of kind and key.
    pub hash: u64,
    /// What stands for it in reasons.
    pub label: Label<'t>,
}

/// How a mark is told to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label<'t> {
    /// By the canonical name.
    Name(&'t str),
    /// As it stood in the text: bytes of title or body.
    Place {
        /// In the title, else in the body.
        in_title: bool,
        /// From and to.
        place: (u32, u32),
    },
}

/// The marks of a text.
pub fn marks<'t>(text: &Normal<'_>, scan: &Scan, aliases: &'t Aliases) -> Vec<Mark<'t>> {
    let mut out: Vec<Mark<'t>> = Vec::with_capacity(MARKS);
    let mut push = |mark: Mark<'t>| {
        if out.len() < MARKS && !out.iter().any(|known| known.hash == mark.hash) {
            out.push(mark);
        }
    };
    for line in [&text.title, &text.body] {
        for name in aliases.find(line) {
            push(Mark { hash: of_alias(name), label: Label::Name(name) });
        }
    }
    scan.marks().for_each(push);
    out
}

/// The mark of a canonical name.
pub fn of_alias(name: &str) -> u64 {
    pair(ALIAS, word(name)) & !1
}

/// The mark of a name by its sound; `None` if it is too short to have one.
pub fn of_sound(name: &str) -> Option<u64> {
    skeleton(name).map(|sound| pair(SOUND, word(&sound)) & !1)
}

const ALIAS: u64 = 1;
const FIGURE: u64 = 2;
const SOUND: u64 = 3;

/// The mark of a number; `None` if it is not worth comparing.
pub fn of_number(text: &str) -> Option<u64> {
    telling_number(text).map(|number| pair(FIGURE, word(&number)) & !1)
}

/// Digits of a number that is worth comparing: two at least, decimals included; years of this century are not.
fn telling_number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '.' | '-' | '\'')).collect();
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    let year = plain && digits.len() == 4 && digits.starts_with("20");
    (digits.len() >= 2 && !year).then_some(digits)
}

/// Letters of a skeleton that are compared; endings of cases and plurals come later in most names.
const SKELETON: usize = 5;

/// The consonants of a name after transliteration, by classes that scripts confuse; `None` if too few.
pub fn skeleton(name: &str) -> Option<String> {
    let mut ascii = String::with_capacity(name.len() + 4);
    for c in name.chars().take(24) {
        match any_ascii_char(c) {
            "" => {}
            letters => ascii.push_str(letters),
        }
    }
    ascii.make_ascii_lowercase();
    let classes = classes(ascii.as_bytes());
    let kept = &classes[..classes.len().min(SKELETON)];
    (kept.len() >= 3).then(|| kept.to_owned())
}

fn classes(ascii: &[u8]) -> String {
    let mut out = String::with_capacity(8);
    let mut at = 0;
    let mut before = 0;
    while at < ascii.len() {
        let (class, length) = class(&ascii[at..], at == 0);
        if class != 0 && class != before {
            out.push(char::from(class));
        }
        before = class;
        at += length;
    }
    out
}

/// The class of the first letters of `rest` (0 for none), and how many letters it took.
fn class(rest: &[u8], initial: bool) -> (u8, usize) {
    const GROUPS: [(&[u8], u8); 16] = [
        (b"shch", b's'),
        (b"tsch", b'c'),
        (b"dzh", b'j'),
        (b"sch", b's'),
        (b"tch", b'c'),
        (b"sh", b's'),
        (b"ch", b'c'),
        (b"zh", b'j'),
        (b"ph", b'f'),
        (b"kh", b'k'),
        (b"th", b't'),
        (b"ts", b's'),
        (b"tz", b's'),
        (b"ng", b'n'),
        (b"ck", b'k'),
        (b"x", b'k'),
    ];
    if let Some((group, class)) = GROUPS.iter().find(|(group, _)| rest.starts_with(group)) {
        return (*class, group.len());
    }
    let class = match rest[0] {
        b'a' | b'e' | b'i' | b'o' | b'u' if initial => b'a',
        b'b' | b'p' | b'v' | b'w' => b'b',
        b'c' if rest.get(1).is_some_and(|next| matches!(next, b'e' | b'i' | b'y')) => b's',
        b'c' | b'k' | b'q' => b'k',
        b's' | b'z' => b's',
        b'l' | b'r' => b'r',
        b'm' | b'n' => b'n',
        letter @ (b'd' | b't' | b'f' | b'g' | b'j') => letter,
        _ => 0,
    };
    (class, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_meet_across_scripts() {
        let rows = [
            ["Trump", "Трамп", "トランプ", "트럼프"],
            ["Macron", "Макрон", "マクロン", "Макрона"],
            ["Washington", "Вашингтон", "ワシントン", "Вашингтона"],
            ["Mambourin", "Мамбурин", "マンブーリン", "Мамбурине"],
            ["Zuckerberg", "Цукерберг", "Zuckerbergs", "Zuckerbergová"],
        ];
        for row in rows {
            let sounds: Vec<_> = row.iter().map(|name| skeleton(name)).collect();
            assert!(sounds.iter().all(|sound| sound.is_some() && *sound == sounds[0]), "{row:?}: {sounds:?}");
        }
    }

    #[test]
    fn short_or_empty_names_have_no_skeleton() {
        for name in ["", "Li", "Ian", "🎉", "ー"] {
            assert_eq!(skeleton(name), None, "{name}");
        }
    }
}
