//! Stages one to three: the keys under which an entry is found again without comparing texts.
//!
//! In order: the same guid in the same feed, the same canonical address, the same text after normalising. A
//! text is a key only if it says something: at least a few words that are not the furniture of headlines
//! ("Newsticker", "Morning briefing", weekdays, months, numbers), so that columns which carry the same title
//! every day stay apart. Never looks at similarity.

use super::Item;
use super::hash::{key, mix, pair};
use super::scan::{Scan, Token};
use crate::model::Stage;
use crate::text::fold;
use hashbrown::HashSet;
use std::sync::LazyLock;

pub use crate::text::is_unspaced;

/// The keys of one entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Feed and guid.
    pub guid: u64,
    /// Canonical address.
    pub url: Option<u64>,
    /// Normalised title and body, where they say enough.
    pub content: Option<u64>,
}

impl Keys {
    /// Keys of an entry whose text was read.
    pub fn of(item: &Item<'_>, text: &Scan) -> Self {
        Self {
            guid: key("guid", &[item.feed, item.key]),
            url: item.canonical_url.filter(|url| !url.is_empty()).map(|url| key("url", &[url])),
            content: content_key(text),
        }
    }

    /// The keys that are there, in the order in which they are tried.
    pub fn in_order(&self) -> impl Iterator<Item = (Stage, u64)> + use<> {
        let rest = [(Stage::Url, self.url), (Stage::Content, self.content)];
        std::iter::once((Stage::Guid, self.guid))
            .chain(rest.into_iter().filter_map(|(stage, key)| Some((stage, key?))))
    }
}

impl Keys {
    /// The keys that are there with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u8, u64)> + use<> {
        [Some(self.guid), self.url, self.content]
            .into_iter()
            .zip(0..)
            .filter_map(|(key, at)| Some((at, key?)))
    }

    /// The key with a number.
    pub fn get(&self, number: u8) -> Option<u64> {
        match number {
            0 => Some(self.guid),
            1 => self.url,
            _ => self.content,
        }
    }
}

/// Telling words a text needs before an equal text counts as the same entry.
const TELLING_WORDS: usize = 3;

/// Who crafts a text with another's key gains no more than by copying it, so quick hashes of the words will do.
fn content_key(text: &Scan) -> Option<u64> {
    let lines = text.title_and_body();
    let telling: usize = lines.iter().map(|line| telling_words(line)).sum();
    let of_line = |line: &[Token]| line.iter().fold(1, |all, token| pair(all, token.meaning.word));
    (telling >= TELLING_WORDS).then(|| mix(pair(of_line(lines[0]), of_line(lines[1])) ^ CONTENT))
}

/// Whether the title names a format or a date only, as columns and tickers do that tell of many events.
pub fn is_column(text: &Scan) -> bool {
    let [title, _] = text.title_and_body();
    !title.is_empty() && telling_words(title) == 0
}

/// Keeps the keys of texts apart from those of guids and addresses.
const CONTENT: u64 = 0x636F_6E74_656E_7431;

/// How many words of a line carry news, counted up to [`TELLING_WORDS`]. Scripts without spaces count three
/// characters as a word.
fn telling_words(line: &[Token]) -> usize {
    let mut seen: Vec<u64> = Vec::with_capacity(TELLING_WORDS);
    let (mut count, mut at) = (0, 0);
    while at < line.len() && count < TELLING_WORDS {
        let run = 1 + line[at..].windows(2).take_while(|two| two[1].continues(&two[0])).count();
        let (word, furniture) = match line[at].is_character() {
            true => (run_hash(&line[at..at + run]), is_furniture_run(&line[at..at + run])),
            false => (line[at].meaning.word, line[at].meaning.furniture),
        };
        if !furniture && !seen.contains(&word) {
            seen.push(word);
            count += run.div_ceil(3);
        }
        at += run;
    }
    count.min(TELLING_WORDS)
}

fn run_hash(run: &[Token]) -> u64 {
    run.iter().fold(0, |all, token| pair(all, token.meaning.word))
}

fn is_furniture_run(run: &[Token]) -> bool {
    static RUNS: LazyLock<HashSet<u64>> = LazyLock::new(|| {
        let wide = FURNITURE.iter().filter(|word| word.chars().all(is_unspaced));
        wide.map(|word| word.chars().fold(0, |all, c| pair(all, super::scan::of_character(c)))).collect()
    });
    RUNS.contains(&run_hash(run))
}

/// Words of a headline that name a format or a date, in the languages of the shipped feeds.
pub const FURNITURE: &[&str] = &[
    "a",
    "about",
    "abend",
    "actualité",
    "all",
    "am",
    "an",
    "and",
    "april",
    "at",
    "august",
    "avril",
    "az",
    "best",
    "big",
    "blog",
    "breaking",
    "brief",
    "briefing",
    "briefs",
    "by",
    "cartoon",
    "crossword",
    "d",
    "daily",
    "das",
    "day",
    "de",
    "del",
    "dem",
    "den",
    "der",
    "des",
    "dezember",
    "december",
    "die",
    "digest",
    "du",
    "edition",
    "editorial",
    "ein",
    "el",
    "en",
    "evening",
    "february",
    "februar",
    "five",
    "for",
    "freitag",
    "friday",
    "from",
    "guten",
    "headlines",
    "here",
    "heute",
    "horoscope",
    "how",
    "im",
    "in",
    "is",
    "it",
    "january",
    "januar",
    "jour",
    "juli",
    "july",
    "june",
    "juni",
    "kompakt",
    "know",
    "kurz",
    "la",
    "latest",
    "le",
    "les",
    "letters",
    "live",
    "liveblog",
    "liveticker",
    "los",
    "lunch",
    "mai",
    "march",
    "markets",
    "matin",
    "may",
    "mittag",
    "mittwoch",
    "monday",
    "montag",
    "month",
    "morgen",
    "morning",
    "märz",
    "nachrichten",
    "need",
    "new",
    "news",
    "newsblog",
    "newsletter",
    "newsticker",
    "night",
    "noon",
    "noticias",
    "november",
    "now",
    "nyheter",
    "october",
    "of",
    "oktober",
    "on",
    "open",
    "opinion",
    "our",
    "photos",
    "pictures",
    "podcast",
    "quiz",
    "recap",
    "round",
    "roundup",
    "s",
    "samstag",
    "saturday",
    "september",
    "seven",
    "sonntag",
    "stories",
    "story",
    "sudoku",
    "summary",
    "sunday",
    "tag",
    "tages",
    "tagesschau",
    "ten",
    "that",
    "the",
    "things",
    "this",
    "three",
    "thread",
    "thursday",
    "ticker",
    "to",
    "today",
    "todays",
    "tonight",
    "top",
    "tuesday",
    "und",
    "update",
    "updates",
    "us",
    "video",
    "videos",
    "von",
    "we",
    "weather",
    "wednesday",
    "week",
    "weekend",
    "weekly",
    "wetter",
    "what",
    "whats",
    "woche",
    "world",
    "wrap",
    "year",
    "yesterday",
    "you",
    "your",
    "zum",
    "новости",
    "дня",
    "главное",
    "сегодня",
    "утро",
    "вечер",
    "обзор",
    "早报",
    "晚报",
    "新闻",
    "要闻",
    "早餐",
    "日报",
];

/// Whether a folded word says nothing about an event: a number, or the name of a format or date.
pub fn is_furniture(folded: &str) -> bool {
    static WORDS: LazyLock<HashSet<String>> =
        LazyLock::new(|| FURNITURE.iter().map(|word| fold(word)).collect());
    folded.bytes().all(|b| b.is_ascii_digit()) || WORDS.contains(folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::story::normal::normal;
    use crate::desk::story::words::Lexicon;

    fn key_of(title: &str, body: &str) -> Option<u64> {
        let mut scan = Scan::default();
        scan.read(&normal(title, body, None), &mut Lexicon::default());
        content_key(&scan)
    }

    fn has_content_key(title: &str, body: &str) -> bool {
        key_of(title, body).is_some()
    }

    #[test]
    fn only_telling_texts_are_keys() {
        let rows = [
            ("Newsticker", "", false, "one word of furniture"),
            ("Morning briefing: what you need to know today", "", false, "eight words of furniture"),
            ("Top 10 stories of the week, 3 November 2025", "", false, "a list and a date"),
            ("🎉🎉🎉", "", false, "emoji only"),
            ("", "", false, "nothing at all"),
            ("Open thread", "", false, "a standing column"),
            ("Port minister resigns over sale", "", true, "an event"),
            (
                "Newsticker",
                "The port minister resigned on Monday over the sale of two docks.",
                true,
                "the body tells it",
            ),
            ("部长因港口出售辞职", "", true, "Chinese headline"),
            ("早报", "", false, "Chinese column title"),
        ];
        for (title, body, expected, why) in rows {
            assert_eq!(has_content_key(title, body), expected, "{why}: {title}");
        }
    }

    #[test]
    fn copies_share_the_content_key() {
        let one = key_of("Port minister resigns over sale", "BERLIN (dpa) - “It’s over”, he said.");
        let two = key_of("UPDATE 1-Port minister resigns over sale - Reuters", "\"It's over\", he said");
        assert_eq!(one, two);
        assert_ne!(one, key_of("Port minister resigns over sale", "It's not over, he said"));
    }
}
