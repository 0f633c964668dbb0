//! Stages one to three: the keys under which an entry is found again without comparing texts.
//!
//! In order: the same guid in the same feed, the same canonical address, the same text after normalising. A
//! text is a key only if it says something: at least a few words that are not the furniture of headlines
//! ("Newsticker", "Morning briefing", weekdays, months, numbers), so that columns which carry the same title
//! every day stay apart. Never looks at similarity.

use super::Item;
use super::hash::key;
use super::normal::{Normal, plain_words};
use crate::model::Stage;

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
    /// Keys of an entry whose text is already in normal form.
    pub fn of(item: &Item<'_>, text: &Normal) -> Self {
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

/// Telling words a text needs before an equal text counts as the same entry.
const TELLING_WORDS: usize = 3;

fn content_key(text: &Normal) -> Option<u64> {
    let (title, body) = (plain_words(&text.title), plain_words(&text.body));
    let telling = telling_words(&title, TELLING_WORDS) + telling_words(&body, TELLING_WORDS);
    (telling >= TELLING_WORDS).then(|| key("content", &[&title, &body]))
}

/// How many words of a plain text carry news, counted up to `enough`. Scripts without spaces count two
/// characters as a word.
pub fn telling_words(plain: &str, enough: usize) -> usize {
    let mut seen: Vec<&str> = Vec::new();
    let mut count = 0;
    for word in plain.split(' ').filter(|word| !word.is_empty()) {
        if count >= enough {
            break;
        }
        if is_furniture(word) || seen.contains(&word) {
            continue;
        }
        seen.push(word);
        let wide = word.chars().filter(|&c| is_unspaced(c)).count();
        count += if wide > 0 { wide.div_ceil(3) } else { 1 };
    }
    count.min(enough)
}

/// Scripts that put no space between words: Han, kana, Thai and its neighbours.
pub fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
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

/// Whether a word says nothing about an event: a number, or the name of a format or date.
pub fn is_furniture(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit()) || FURNITURE.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::story::normal::normal;

    fn has_content_key(title: &str, body: &str) -> bool {
        content_key(&normal(title, body, None)).is_some()
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
        let one = content_key(&normal(
            "Port minister resigns over sale",
            "BERLIN (dpa) - “It’s over”, he said.",
            None,
        ));
        let two = content_key(&normal(
            "UPDATE 1-Port minister resigns over sale - Reuters",
            "\"It's over\", he said",
            None,
        ));
        assert_eq!(one, two);
        assert_ne!(
            one,
            content_key(&normal("Port minister resigns over sale", "It's not over, he said", None))
        );
    }
}
