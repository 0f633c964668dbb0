//! Brings the same text, published twice, to the same form.
//!
//! In order: compatibility forms and case (NFKC, lower case), then what outlets add to a copy: an outlet behind
//! the title (` - Reuters`, ` | BBC News`), a label before it (`UPDATE 1-`, `BREAKING:`), a dateline before the
//! body (`BERLIN, 3 Nov (dpa) -`), a cut mark behind it. What is left are words in order; quotes, dashes and
//! kinds of space are gone. Never translates, never reorders, never drops a number.

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Characters of a body that are looked at; news leads are far shorter, and a megabyte of one word costs no more.
const BODY_CHARS: usize = 3_000;
/// Characters of a title that are looked at.
const TITLE_CHARS: usize = 600;

/// An entry's text as the stages compare it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normal<'t> {
    /// Title without label and outlet, original case, NFKC.
    pub title: Cow<'t, str>,
    /// Body without dateline and cut mark, original case, NFKC.
    pub body: Cow<'t, str>,
}

/// Title and body in the form that copies share. `publisher` helps to recognise the outlet behind the title.
pub fn normal<'t>(title: &'t str, body: &'t str, publisher: Option<&str>) -> Normal<'t> {
    Normal {
        title: part(compatible(title, TITLE_CHARS), |text| {
            without_outlet(without_label(text.trim()), publisher).trim()
        }),
        body: part(compatible(body, BODY_CHARS), |text| {
            without_cut_mark(without_dateline(text.trim())).trim()
        }),
    }
}

fn part<'t>(text: Cow<'t, str>, of: impl Fn(&str) -> &str) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(of(text)),
        Cow::Owned(text) => Cow::Owned(of(&text).to_owned()),
    }
}

/// Words of a text: lower case, letters and digits only, one space between two.
pub fn plain_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        match c {
            '\'' | '’' | '‘' | '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}' => {}
            c if c.is_alphanumeric() => {
                if gap && !out.is_empty() {
                    out.push(' ');
                }
                gap = false;
                out.extend(c.to_lowercase());
            }
            _ => gap = true,
        }
    }
    out
}

/// Most texts are in compatible form already and stay where they are.
fn compatible(text: &str, limit: usize) -> Cow<'_, str> {
    let cut = match text.len() > limit {
        true => text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end]),
        false => text,
    };
    if cut.is_ascii() || is_nfkc_quick(cut.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(cut);
    }
    Cow::Owned(cut.nfkc().take(2 * limit).collect())
}

/// Labels before a title that say how a piece is published, not what happened.
const LABELS: &[&str] = &[
    "update",
    "updated",
    "updates",
    "breaking",
    "breaking news",
    "exclusive",
    "wrapup",
    "rpt",
    "refile",
    "corrected",
    "correction",
    "urgent",
    "alert",
    "just in",
    "developing",
    "live",
    "watch",
    "video",
    "analysis",
    "factbox",
    "explainer",
    "eil",
    "eilmeldung",
    "exklusiv",
    "update",
    "aktualisiert",
    "korrektur",
    "blitz",
    "ap",
    "afp",
    "dpa",
    "reuters",
    "exclusif",
    "mise à jour",
    "en direct",
    "última hora",
    "exclusiva",
    "actualización",
    "ultim'ora",
    "срочно",
    "обновлено",
    "молния",
    "快讯",
    "快訊",
    "突发",
    "突發",
    "独家",
    "獨家",
    "更新",
    "速報",
    "独自",
    "속보",
    "단독",
    "عاجل",
];

fn without_label(title: &str) -> &str {
    let mut rest = title;
    for _ in 0..2 {
        rest = bracketed_label(rest).or_else(|| plain_label(rest)).unwrap_or(rest);
    }
    rest
}

/// `[UPDATE] …`, `【快讯】…`.
fn bracketed_label(title: &str) -> Option<&str> {
    let close = match title.chars().next()? {
        '[' => ']',
        '【' => '】',
        '(' => ')',
        _ => return None,
    };
    let open = title.chars().next()?.len_utf8();
    let end = title.find(close)?;
    is_label(&title[open..end])
        .then(|| title[end + close.len_utf8()..].trim_start())
        .filter(|s| !s.is_empty())
}

/// `UPDATE 1-…`, `Breaking: …`, `WRAPUP 2 - …`.
fn plain_label(title: &str) -> Option<&str> {
    let (end, mark) =
        title.char_indices().take(30).find(|&(_, c)| matches!(c, ':' | '-' | '–' | '—' | '|' | '!'))?;
    let rest = title[end + mark.len_utf8()..].trim_start();
    (is_label(&title[..end]) && !rest.is_empty()).then_some(rest)
}

fn is_label(text: &str) -> bool {
    let text = text.trim().trim_end_matches(|c: char| c.is_ascii_digit()).trim_end().to_lowercase();
    LABELS.contains(&text.as_str())
}

/// Words an outlet behind a title has at most; longer tails are part of the headline.
const OUTLET_WORDS: usize = 5;

/// Parts behind a title that outlets add at most: section, outlet, edition.
const TAILS: usize = 3;

fn without_outlet<'t>(title: &'t str, publisher: Option<&str>) -> &'t str {
    let mut rest = title;
    for nth in 0..TAILS {
        let Some((at, mark)) = last_separator(rest) else { break };
        let (head, tail) = (rest[..at].trim_end(), rest[at + mark.len()..].trim());
        let enough =
            head.split_whitespace().count() >= 3 || head.chars().filter(|c| !c.is_ascii()).count() >= 6;
        // A second dash is more often part of the headline than a second bar is.
        let again = nth == 0 || mark.contains(['|', '｜']);
        if !enough || !again || !is_outlet(tail, mark, publisher) {
            break;
        }
        rest = head;
    }
    rest
}

/// The last mark that sets an outlet off: a bar, or a dash or dot with a space on either side.
fn last_separator(title: &str) -> Option<(usize, &'static str)> {
    const MARKS: [&str; 9] = [" - ", " | ", " – ", " — ", " :: ", " · ", " » ", "｜", "|"];
    let sign = |c: char| matches!(c, '-' | '|' | '–' | '—' | ':' | '·' | '»' | '｜');
    title.rmatch_indices(sign).find_map(|(at, found)| {
        let start = at - usize::from(at > 0 && title.as_bytes()[at - 1] == b' ');
        let start = if found == ":" { start.saturating_sub(2) } else { start };
        (start..=at).filter(|&from| title.is_char_boundary(from)).find_map(|from| {
            let mark = MARKS.iter().find(|mark| title[from..].starts_with(**mark))?;
            Some((from, *mark))
        })
    })
}

fn is_outlet(tail: &str, mark: &str, publisher: Option<&str>) -> bool {
    let words = tail.split_whitespace().count();
    if words == 0 || words > OUTLET_WORDS || tail.chars().count() > 40 {
        return false;
    }
    if publisher.is_some_and(|name| same_outlet(tail, name)) || looks_like_domain(tail) {
        return true;
    }
    let capital = |word: &str| word.chars().next().is_some_and(|c| !c.is_lowercase() && c.is_alphabetic());
    let names = tail
        .split_whitespace()
        .all(|word| capital(word) || matches!(word, "of" | "the" | "and" | "&" | "de" | "le" | "der" | "la"));
    !tail.chars().any(|c| c.is_ascii_digit()) && (mark.contains('|') || mark.contains('｜') || names)
}

fn same_outlet(tail: &str, publisher: &str) -> bool {
    let (tail, name) = (plain_words(tail), plain_words(publisher));
    !tail.is_empty()
        && (tail == name || name.starts_with(&tail) || tail.starts_with(&name))
        && !name.is_empty()
}

fn looks_like_domain(tail: &str) -> bool {
    !tail.contains(' ')
        && tail.rsplit_once('.').is_some_and(|(host, end)| host.len() > 1 && (2..=6).contains(&end.len()))
}

/// Removes `CITY, 3 Nov (Agency) -`, `(Reuters) -`, `新华社北京11月3日电`.
fn without_dateline(body: &str) -> &str {
    latin_dateline(body).or_else(|| bare_city(body)).or_else(|| chinese_dateline(body)).unwrap_or(body)
}

fn latin_dateline(body: &str) -> Option<&str> {
    let open = body.find('(').filter(|&at| at <= 60)?;
    let place = &body[..open];
    let close = open + body[open..].find(')').filter(|&len| (3..=40).contains(&len))?;
    let agency = &body[open + 1..close];
    let city = place.split(',').next().unwrap_or_default();
    let named = city.split_whitespace().all(|word| word.chars().next().is_some_and(|c| !c.is_lowercase()));
    let placed = named && city.split_whitespace().count() <= 4;
    let dash = body[close + 1..].trim_start().strip_prefix(['-', '–', '—', ':', '―']);
    let capital = agency.chars().next().is_some_and(char::is_uppercase) || LABELS.contains(&agency.trim());
    match dash {
        Some(rest) if placed && !place.contains(". ") => Some(rest.trim_start()),
        None if placed && capital && shouting(place) => Some(body[close + 1..].trim_start()),
        _ => None,
    }
}

/// `WASHINGTON — …`, `PARIS, March 3 – …`: a place in capitals before a dash.
fn bare_city(body: &str) -> Option<&str> {
    let (at, dash) = body.char_indices().take(50).find(|&(_, c)| matches!(c, '—' | '–'))?;
    let city = body[..at].split([',', '.']).next()?.trim();
    (city.chars().count() >= 3 && shouting(city)).then(|| body[at + dash.len_utf8()..].trim_start())
}

fn shouting(place: &str) -> bool {
    place.chars().any(char::is_uppercase)
        && !place.split(',').next().unwrap_or("").chars().any(char::is_lowercase)
}

/// `新华社北京11月3日电（记者…）`, `中新社…讯`: an agency's name and everything up to its 电 or 讯.
fn chinese_dateline(body: &str) -> Option<&str> {
    let first: String = body.chars().take(4).collect();
    let agency = ["社", "网", "網", "报", "報"].iter().any(|mark| first.contains(mark));
    let (at, mark) = body.char_indices().take(30).find(|&(_, c)| matches!(c, '电' | '電' | '讯' | '訊'))?;
    let rest = &body[at + mark.len_utf8()..];
    let rest = rest
        .strip_prefix('(')
        .and_then(|r| r.split_once(')'))
        .filter(|(n, _)| n.len() < 90)
        .map_or(rest, |(_, r)| r);
    agency.then(|| rest.trim_start())
}

/// Characters from the end in which a pointer to the rest is looked for.
const POINTER_CHARS: usize = 120;

/// What a pointer to the rest begins with.
const POINTERS: [&str; 8] = [
    "Read more",
    "Continue reading",
    "The post ",
    "Weiterlesen",
    "Lire la suite",
    "Leer más",
    "Читать далее",
    "阅读全文",
];

/// Removes `…`, `[...]` and a closing `Read more …` or `The post … appeared first on …`.
fn without_cut_mark(body: &str) -> &str {
    let body = body.trim_end();
    let tail = body.char_indices().rev().nth(POINTER_CHARS - 1).map_or(0, |(at, _)| at);
    let first = |c: char| matches!(c, 'R' | 'C' | 'T' | 'W' | 'L' | 'Ч' | '阅');
    let pointer = body[tail..]
        .match_indices(first)
        .find(|&(at, _)| POINTERS.iter().any(|lead| body[tail + at..].starts_with(lead)));
    let rest = pointer.map_or(body, |(at, _)| body[..tail + at].trim_end());
    rest.trim_end_matches(['…', '.', '[', ']', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_what_outlets_add() {
        let rows = [
            (
                "Minister resigns over port deal - Reuters",
                "Minister resigns over port deal",
                "outlet behind a dash",
            ),
            (
                "Minister resigns over port deal | BBC News",
                "Minister resigns over port deal",
                "outlet behind a bar",
            ),
            (
                "UPDATE 2-Minister resigns over port deal",
                "Minister resigns over port deal",
                "wire label with a count",
            ),
            (
                "BREAKING: Minister resigns over port deal",
                "Minister resigns over port deal",
                "label with a colon",
            ),
            ("【快讯】部长因港口协议辞职", "部长因港口协议辞职", "Chinese label"),
            ("Iran: minister resigns", "Iran: minister resigns", "a place is not a label"),
            (
                "Port deal falls - minister to resign today",
                "Port deal falls - minister to resign today",
                "a clause is not an outlet",
            ),
            ("Shares fall - 5", "Shares fall - 5", "a number is not an outlet"),
            ("One\u{a0}deal — example.com", "One deal — example.com", "too little would be left"),
        ];
        for (title, expected, why) in rows {
            assert_eq!(normal(title, "", None).title, expected, "{why}");
        }
    }

    #[test]
    fn bodies_lose_datelines_and_cut_marks() {
        let rows = [
            ("BERLIN, 3 Nov (dpa) - The port was sold.", "The port was sold", "agency and date"),
            ("(Reuters) - The port was sold.", "The port was sold", "agency alone"),
            ("WASHINGTON — The port was sold.", "The port was sold", "city in capitals"),
            ("新华社北京11月3日电(记者王明)港口已出售", "港口已出售", "Chinese agency"),
            (
                "The port (Tilbury) - once busy - was sold",
                "The port (Tilbury) - once busy - was sold",
                "three words, but lower case",
            ),
            ("The port was sold. Read more at Example.", "The port was sold", "pointer to the page"),
            ("The port was […]", "The port was", "cut mark"),
        ];
        for (body, expected, why) in rows {
            assert_eq!(plain_words(&normal("", body, None).body), plain_words(expected), "{why}");
        }
    }

    #[test]
    fn words_ignore_quotes_dashes_and_kinds_of_space() {
        assert_eq!(plain_words("“Don’t”\u{a0}— he said"), plain_words("\"Don't\" - he  said"));
        assert_eq!(plain_words("🎉🎉"), "", "emoji are no words");
    }
}
