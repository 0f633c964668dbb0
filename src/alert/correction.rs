//! Correction: whether an entry puts right what was told.
//!
//! In order: an edit that puts one number in the place of another, in words that stayed (digits, and the small numbers in
//! words); a text that calls itself a correction, at its beginning or at that of a line, and did not before ("Correction:",
//! "Berichtigung", "更正", "In an earlier version …"). Clock times, dates, reading times and counters of comments are no
//! news, and a number in a passage that was rewritten is an update, not a correction. Never asks what is true.

use crate::model::Correction;
use crate::text::{Change, word_diff};
use regex::Regex;
use std::sync::LazyLock;

/// Words that may change beside a number before the passage counts as rewritten.
const BESIDE: usize = 3;
/// Pairs of numbers that are told.
const SHOWN: usize = 3;
/// Characters before a number in which a word says that the line only tells the time of an edit.
const STAMP: usize = 40;

/// A text as it stands, or stood.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Title.
    pub title: &'a str,
    /// Body.
    pub body: &'a str,
}

/// What `now` puts right; `before` is the text it replaced, `name` tells this text from all others ("entry 17, revision 2").
pub fn correction(before: Option<Text<'_>>, now: Text<'_>, name: &str) -> Option<Correction> {
    let says = marker(now).filter(|_| before.is_none_or(|before| marker(before).is_none()));
    let numbers = before.map(|before| numbers(before, now)).unwrap_or_default();
    if numbers.is_empty() {
        let what = format!("it says \"{}\"", says?);
        return Some(Correction { key: name.to_owned(), what });
    }
    let told = |(old, new): &(String, String)| format!("{old} became {new}");
    let mut what: Vec<String> = numbers.iter().take(SHOWN).map(told).collect();
    what.extend(says.map(|says| format!("it says \"{says}\"")));
    let key: Vec<String> =
        numbers.iter().map(|(old, new)| format!("{}>{}", value(old), value(new))).collect();
    Some(Correction { key: key.join(","), what: what.join(", ") })
}

/// The words by which a text calls itself a correction.
fn marker(text: Text<'_>) -> Option<String> {
    let title = MARKER.captures(text.title);
    let found = title.or_else(|| text.body.lines().find_map(|line| MARKER.captures(line)))?;
    found.get(1).map(|words| words.as_str().to_owned())
}

static MARKER: LazyLock<Regex> = LazyLock::new(|| {
    // Followed by a mark, since "Market correction" and "Corrections officers" are news of their own.
    let named = "correction|corrections|corrected|corrects|corrected version|clarification|erratum|berichtigung|berichtigt|\
        korrektur|korrigiert|richtigstellung|rectificatif|rectification|correctif|erratum|corrección|corregido|rectificación|\
        fe de errores|fe de erratas|rettifica|correzione|errata corrige|errata|correção|corrigido|retificação|correctie|\
        rectificatie|gecorrigeerd|sprostowanie|korekta|rättelse|rättad|rettelse|korrigering|oikaisu|düzeltme|oprava|helyreigazítás|\
        исправление|исправлено|уточнение|поправка|виправлення|уточнення|διόρθωση|تصحيح|تصويب|정정|정정보도|바로잡습니다|\
        更正|勘误|勘誤|订正|訂正|お詫びと訂正|訂正とお詫び";
    let phrases = "an earlier version of th|a previous version of th|this (?:article|story|report) (?:has been|was) (?:corrected|amended)|\
        in einer (?:früheren|vorherigen) (?:version|fassung)|une (?:première )?version (?:précédente|antérieure)|\
        una versión (?:anterior|previa)|in una versione precedente|uma versão anterior|in een eerdere versie|\
        в (?:более ранней|предыдущей) версии|本文早前版本|此前版本|以前の記事で";
    let pattern = format!(
        r"(?i)^[\s\[(（【〔*_—–-]*((?:{named})(?:\s*[:：\])）】〕—–-]|\s*\d*[:：-]|\s*$|\s*[/|])|(?:editor['’]s note:\s*)?(?:{phrases}))"
    );
    // The pattern is fixed; `every_marker_is_found` would fail if it were broken.
    Regex::new(&pattern).unwrap_or_else(|_| never())
});

/// A pattern that finds nothing.
fn never() -> Regex {
    #[expect(clippy::expect_used, reason = "the pattern is the empty character class")]
    Regex::new(r"[^\s\S]").expect("an empty class")
}

/// The numbers that stand in the place of others, title first.
fn numbers(before: Text<'_>, now: Text<'_>) -> Vec<(String, String)> {
    let mut found = replaced(before.title, now.title);
    // A body that retention removed was not edited.
    if !before.body.is_empty() {
        found.extend(replaced(before.body, now.body));
    }
    let mut seen = Vec::new();
    found.retain(|pair| {
        let fresh = !seen.contains(pair);
        seen.push(pair.clone());
        fresh
    });
    found
}

fn replaced(before: &str, now: &str) -> Vec<(String, String)> {
    let (mut old_at, mut new_at) = (0, 0);
    let mut found = Vec::new();
    let changes = word_diff(before, now);
    for (place, change) in changes.iter().enumerate() {
        match change {
            Change::Same(text) => (old_at, new_at) = (old_at + text.len(), new_at + text.len()),
            Change::New(text) => new_at += text.len(),
            Change::Gone(gone) => {
                if let Some(Change::New(came)) = changes.get(place + 1) {
                    let old = number_in(before, old_at, gone);
                    let new = number_in(now, new_at, came);
                    found.extend(old.zip(new).filter(|(old, new)| value(old) != value(new)));
                }
                old_at += gone.len();
            }
        }
    }
    found
}

/// The whole number that a changed piece at `at` is, or is a part of; `None` for rewritten passages and for numbers that
/// are no news.
fn number_in(text: &str, at: usize, piece: &str) -> Option<String> {
    let end = at + piece.len();
    let whole = NUMBER.find_iter(text).find(|number| number.start() < end && number.end() > at);
    let found = match whole {
        Some(number) if is_news(text, number.start(), number.end()) => number.as_str().to_owned(),
        Some(_) => return None,
        None => piece.split_whitespace().find(|word| word_value(word).is_some())?.to_owned(),
    };
    let beside = piece.split_whitespace().filter(|word| !word.contains(|c: char| c.is_numeric()));
    (beside.filter(|word| word_value(word).is_none()).count() <= BESIDE).then_some(found)
}

/// Digits with what may stand between them: thousands, decimals, clock times, dates.
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d+(?:[.,:/’'\u{a0}\u{202f}-]\d+)*").unwrap_or_else(|_| never()));
/// A clock time, or a date in digits.
static STAMPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\d{1,2}:\d{2}(?::\d{2})?|\d{1,4}[./-]\d{1,2}[./-]\d{1,4})$").unwrap_or_else(|_| never())
});
/// What counts readers or minutes, not events.
static COUNTER: LazyLock<Regex> = LazyLock::new(|| {
    let after = "(?i)^\\s*-?(?:min(?:ute)?s?\\.? (?:read|lesezeit|de lecture)|comments?|kommentare?|commentaires?|comentarios?|shares?|\
        views?|likes?|(?:seconds?|minutes?|hours?|days?) ago|uhr\\b|h\\d{2}\\b|[ap]\\.?m\\b|条评论|評論|コメント)";
    Regex::new(after).unwrap_or_else(|_| never())
});
/// Words of a line that tells when it was edited.
static EDITED: LazyLock<Regex> = LazyLock::new(|| {
    let words = r"(?i)(?:updated|last modified|published|posted|aktualisiert|stand:|veröffentlicht|mis à jour|publié|actualizado|publicado|aggiornato|atualizado|bijgewerkt|обновлено|опубликовано|更新|发布|發布|업데이트|تحديث)";
    Regex::new(words).unwrap_or_else(|_| never())
});

fn is_news(text: &str, start: usize, end: usize) -> bool {
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let near = text[..start].char_indices().rev().take(STAMP).last().map_or(start, |(at, _)| at);
    let before = &text[line.max(near)..start];
    !STAMPED.is_match(&text[start..end]) && !COUNTER.is_match(&text[end..]) && !EDITED.is_match(before)
}

/// A number without the signs between thousands, or the number a word stands for.
fn value(number: &str) -> String {
    word_value(number).map_or_else(|| plain(number), |value| value.to_string())
}

/// `1,200` and `1.200` are 1200, `3.5` and `3,5` are 3.5: a sign before exactly three digits parts thousands.
fn plain(number: &str) -> String {
    let mut groups = number.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty());
    let mut whole = groups.next().unwrap_or_default().to_owned();
    for group in groups {
        if group.len() != 3 {
            whole.push('.');
        }
        whole.push_str(group);
    }
    whole
}

/// The small numbers that news writes in words.
fn word_value(word: &str) -> Option<u64> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    WORDS.iter().find_map(|(number, words)| words.split(' ').any(|known| known == word).then_some(*number))
}

const WORDS: &[(u64, &str)] = &[
    (2, "two zwei deux dos due dois twee två to dwa два две 二 两 兩"),
    (3, "three drei trois tres tre três drie trzy три 三"),
    (4, "four vier quatre cuatro quattro quatro fyra fire cztery четыре 四"),
    (5, "five fünf cinq cinco cinque vijf fem pięć пять 五"),
    (6, "six sechs seis sei zes sex sześć шесть 六"),
    (7, "seven sieben sept siete sette sete zeven sju syv siedem семь 七"),
    (8, "eight acht huit ocho otto oito åtta åtte osiem восемь 八"),
    (9, "nine neun neuf nueve nove negen nio ni dziewięć девять 九"),
    (10, "ten zehn dix diez dieci dez tien tio ti dziesięć десять 十"),
    (11, "eleven elf onze once undici elva elleve jedenaście одиннадцать"),
    (12, "twelve zwölf douze doce dodici doze twaalf tolv dwanaście двенадцать"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(before: &str, now: &str) -> Option<String> {
        let text = |title| Text { title, body: "Some words." };
        correction(Some(text(before)), text(now), "entry 1.1").map(|found| found.key)
    }

    #[test]
    fn edits_that_change_a_number_are_corrections() {
        let rows = [
            ("Seven ships held off the cape", "Nine ships held off the cape", Some("7>9"), "in words"),
            ("7 ships held off the cape", "9 ships held off the cape", Some("7>9"), "in digits"),
            ("Seven ships held", "7 ships held", None, "only written otherwise"),
            ("Fine of 1,200 euros", "Fine of 2,200 euros", Some("1200>2200"), "thousands"),
            ("Fine of 1,200 euros", "Fine of 1.200 euros", None, "the same number"),
            ("Growth of 3.5 per cent", "Growth of 4.5 per cent", Some("3.5>4.5"), "decimals"),
            ("港口扣留七艘船", "港口扣留九艘船", Some("7>9"), "Chinese"),
            ("Порт задержал семь судов", "Порт задержал девять судов", Some("7>9"), "Russian"),
            ("Live at 14:05", "Live at 15:10", None, "a clock time"),
            ("Live, updated 14 November", "Live, updated 15 November", None, "the time of an edit"),
            ("Strike ends, 12 comments", "Strike ends, 15 comments", None, "a counter"),
            ("Strike ends", "Strike ends at port 5", None, "a number that came"),
            ("Port held", "Harbour held", None, "no number"),
            (
                "7 ships of the northern fleet wait for a pilot",
                "After a long night 9 of the captains have now gone ashore",
                None,
                "a passage rewritten",
            ),
        ];
        for (before, now, expected, why) in rows {
            assert_eq!(found(before, now).as_deref(), expected, "{why}: {before} / {now}");
        }
    }

    #[test]
    fn every_marker_is_found() {
        let marked = [
            "Correction: ships held off the cape",
            "CORRECTED-Ships held off the cape",
            "(Corrects) Ships held",
            "Clarification - ships held",
            "Berichtigung: Schiffe festgehalten",
            "Korrektur: Schiffe festgehalten",
            "Rectificatif : des navires retenus",
            "Corrección: barcos retenidos",
            "Fe de errores: barcos retenidos",
            "Errata corrige: navi fermate",
            "Correção: navios retidos",
            "Rectificatie: schepen vastgehouden",
            "Sprostowanie: statki zatrzymane",
            "Rättelse: fartyg stoppade",
            "Исправление: суда задержаны",
            "更正：港口扣留九艘船",
            "【訂正】港が船を留め置き",
            "[정정] 항구, 선박 억류",
            "تصحيح: احتجاز سفن",
            "An earlier version of this article gave the wrong number.",
            "In einer früheren Version stand eine falsche Zahl.",
            "Editor's note: This story was corrected on Monday.",
        ];
        for text in marked {
            let now = Text { title: text, body: "" };
            assert!(correction(None, now, "n").is_some(), "{text}");
            let line = format!("The ships wait.\n\n{text}");
            let body = Text { title: "Ships held", body: &line };
            assert!(correction(None, body, "n").is_some(), "in the body: {text}");
            assert!(correction(Some(body), body, "n").is_none(), "said before: {text}");
        }
    }

    #[test]
    fn news_about_corrections_is_none() {
        for text in [
            "Market correction wipes out gains",
            "Corrections officers walk out",
            "Correction of the border agreed",
            "Korrektur der Rentenpläne verlangt",
            "更正式的协议即将签署",
            "Исправление дорог начнётся весной",
            "Ministry asks for clarification of the rule",
            "",
        ] {
            assert!(correction(None, Text { title: text, body: text }, "n").is_none(), "{text}");
        }
    }

    #[test]
    fn the_words_say_what_changed() {
        let before = Text { title: "Seven ships held", body: "" };
        let now = Text { title: "Nine ships held", body: "Correction: the number of ships." };
        let found = correction(Some(before), now, "entry 1.1").expect("a correction");
        assert_eq!(found.what, "Seven became Nine, it says \"Correction:\"");
    }
}
