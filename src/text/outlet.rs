//! Outlets by name: one key for what one outlet is called, and what names outlets have.
//!
//! In order: the sections that feeds hang behind a name ("Harbour Post - Business") and articles and domains around it
//! are taken off; a name in the list of large outlets (`outlets.txt`, with short forms and the spellings of other
//! scripts) gets its common name; every other one is compared folded. [`has_look`] tells names that are built like an
//! outlet's (… Times, … Zeitung, …日报) from people, offices and firms. Never guesses from an address or a feed.

use super::fold;
use std::collections::HashMap;
use std::sync::LazyLock;

const LIST: &str = include_str!("outlets.txt");

/// Spellings shorter than this count only as they are written: `Time` is an outlet, `time` is not.
const ANY_CASE: usize = 5;
/// Most letters of a case ending.
const ENDING: usize = 3;

/// The large outlets.
struct Known {
    /// Spellings as written.
    exact: HashMap<&'static str, &'static str>,
    /// Longer ones in lower case.
    lower: HashMap<String, &'static str>,
    /// Stems that take endings, in lower case.
    stems: Vec<(String, &'static str)>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known { exact: HashMap::new(), lower: HashMap::new(), stems: Vec::new() };
    for line in LIST.lines().filter(|line| !line.starts_with('#')) {
        let mut names = line.split('|').map(str::trim).filter(|name| !name.is_empty()).peekable();
        let Some(common) = names.peek().copied() else { continue };
        for name in names {
            match name.strip_suffix('*') {
                Some(stem) => known.stems.push((stem.to_lowercase(), common)),
                None => known.add(name, common),
            }
        }
    }
    known
});

impl Known {
    fn add(&mut self, name: &'static str, common: &'static str) {
        self.exact.entry(name).or_insert(common);
        if name.chars().count() >= ANY_CASE {
            self.lower.entry(name.to_lowercase()).or_insert(common);
        }
    }

    fn find(&self, name: &str) -> Option<&'static str> {
        if let Some(common) = self.exact.get(name) {
            return Some(common);
        }
        let lower = name.to_lowercase();
        let stem = || {
            self.stems.iter().find(|(stem, _)| {
                lower
                    .strip_prefix(stem.as_str())
                    .is_some_and(|end| end.chars().count() <= ENDING && end.chars().all(char::is_alphabetic))
            })
        };
        self.lower.get(&lower).copied().or_else(|| stem().map(|(_, common)| *common))
    }
}

/// The common name of a large outlet under any of its spellings.
pub fn common_name(name: &str) -> Option<&'static str> {
    let name = name.trim();
    KNOWN.find(name).or_else(|| KNOWN.find(plain(name)))
}

/// A name without the article before it and the domain behind it.
fn plain(name: &str) -> &str {
    const ARTICLES: [&str; 16] = [
        "the ", "The ", "der ", "Der ", "die ", "Die ", "das ", "Das ", "le ", "Le ", "la ", "La ", "el ",
        "El ", "il ", "Il ",
    ];
    const DOMAINS: [&str; 9] =
        [".com", ".net", ".org", ".co.uk", ".de", ".fr", " Online", " online", " Official"];
    let name = ARTICLES.iter().find_map(|article| name.strip_prefix(article)).unwrap_or(name);
    let name = name.strip_prefix("www.").unwrap_or(name);
    DOMAINS
        .iter()
        .find_map(|domain| name.strip_suffix(domain))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(name)
}

/// An outlet as it is compared: equal for all spellings of one outlet.
pub fn outlet_key(name: &str) -> String {
    let name = without_section(name.trim());
    let bare = plain(name);
    // A domain is written small, whatever it stands for.
    let acronym = || (bare != name).then(|| common_name(&bare.to_uppercase())).flatten();
    let name = common_name(name).or_else(acronym).unwrap_or(bare);
    let folded = fold(name);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let words = words.strip_prefix(&["the"]).filter(|rest| !rest.is_empty()).unwrap_or(&words);
    let words = match words {
        [rest @ .., "com" | "net" | "org" | "online"] if !rest.is_empty() => rest,
        all => all,
    };
    if words.is_empty() { name.to_owned() } else { words.join(" ") }
}

/// A name without the section a feed puts beside it; only where the rest is certainly an outlet.
fn without_section(name: &str) -> &str {
    const MARKS: [&str; 8] = [" - ", " – ", " — ", " | ", " > ", " » ", " / ", ": "];
    for mark in MARKS {
        let Some((head, tail)) = name.split_once(mark) else { continue };
        let certain = |part: &&str| common_name(part).is_some() || has_look(plain(part));
        if let Some(part) = [head.trim(), tail.trim()].into_iter().find(certain) {
            return part;
        }
    }
    name
}

/// Whether a name is built like an outlet's.
pub fn has_look(name: &str) -> bool {
    let words: Vec<&str> = name.split([' ', '-']).filter(|word| !word.is_empty()).collect();
    let named = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    let several = (2..=6).contains(&words.len()) && words.iter().any(named);
    let one_of = |list: &str, word: Option<&&str>| {
        word.is_some_and(|word| list.split(' ').any(|known| known == *word))
    };
    let ends = |list: &str, least: usize| {
        let fits = |end: &str| name.ends_with(end) && name.chars().count() >= end.chars().count() + least;
        list.split(' ').any(|end| !end.is_empty() && fits(end))
    };
    let compound = words.last().is_some_and(named) && words.len() <= 6 && ends(COMPOUND, 3);
    let single = words.len() == 1;
    (several && (one_of(LAST, words.last()) || one_of(FIRST, words.first())))
        || compound
        || (single && ends(DOMAIN, 3))
        || ends(UNSPACED, 1)
}

/// Last words of outlets' names.
const LAST: &str = "\
    Times Post Journal Herald Tribune Chronicle Gazette Telegraph Observer Standard Examiner Inquirer \
    Enquirer Courier Ledger Mercury Sentinel Bulletin Dispatch Globe Star Sun Mirror Echo Argus Recorder \
    Register Reporter Record Mail Express Independent Guardian Advertiser Advocate Messenger Republic \
    Leader Monitor Spectator Statesman Citizen Wire Newswire Nation News Daily Weekly Magazine Review \
    Quarterly TV Television Radio Broadcasting Press Presse Today Insider Tageblatt Zeitung Nachrichten \
    Rundschau Anzeiger Allgemeine Allgemeinen Kurier Tagblatt Abendblatt Morgenpost Volksblatt Rundfunk \
    Fernsehen Presseagentur Shimbun Ilbo Dagblad Dagblat Courant Nieuws Krant Blad Nyheter Dagbladet \
    Tidning Matin Dépêche Quotidien Quotidiano Gazzetta Giornale Notícias Noticias Diário Diario Prensa \
    Imprensa Ilustrowana Codzienna Zpravodaj Gazetesi Haber Ajansı таймс Таймс пост Пост газета Газета \
    Новости новости правда Правда Вестник Известия Ведомости Курьер";

/// First words of outlets' names.
const FIRST: &str = "\
    Radio Agence Agencia Agência Agenzia Daily Diario Diário Journal Jornal Giornale Corriere Gazeta \
    Gazette Gazzetta Courrier Correo Correio Tribuna Tribune Periódico Noticias Nieuwsblad Dagens \
    Tageszeitung Nachrichtenagentur Новая Вечерняя";

/// Ends of names in one word, of languages that join words.
const COMPOUND: &str = "\
    zeitung tageblatt tagblatt abendblatt rundschau anzeiger kurier nachrichten morgenpost courant \
    dagblad bladet posten tidningen nytt avisen blatt krant nieuws news";

/// Ends of addresses that stand for outlets.
const DOMAIN: &str = "\
    .com .net .org .ru .de .fr .nl .it .es .pl .io .news";

/// Ends of names in scripts that join words.
const UNSPACED: &str = "\
    日报 日報 时报 時報 晚报 晚報 早报 早報 邮报 郵報 商报 商報 周报 週報 新闻 新聞 通讯社 通訊社 新闻网 新聞網 电视台 電視台 广播电台 周刊 週刊 杂志 通信 通信社 テレビ \
    タイムズ ポスト ジャーナル 放送 신문 일보 뉴스 통신 타임스 저널 방송 헤럴드 매일경제";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlet_has_one_key() {
        let rows: [(&str, &[&str]); 9] = [
            (
                "wall street journal",
                &["Wall Street Journal", "The Wall Street Journal", "WSJ", "华尔街日报", "wsj.com"],
            ),
            ("reuters", &["Reuters", "REUTERS", "ロイター通信", "Reuters.com", "Reuters - World"]),
            ("bbc", &["BBC News", "BBC", "BBC News - Technology"]),
            ("suddeutsche zeitung", &["Süddeutsche Zeitung", "SZ", "Süddeutschen Zeitung"]),
            (
                "harbour post",
                &["The Harbour Post", "Harbour Post", "HARBOUR POST", "Harbour Post | Business"],
            ),
            ("interfax", &["Интерфакс", "Интерфаксу", "Interfax"]),
            ("kent courier", &["Kent Courier", "kent courier", "Kent Courier Online"]),
            ("ministry of commerce", &["Ministry of Commerce"]),
            ("*", &["*"]),
        ];
        for (key, names) in rows {
            for name in names {
                assert_eq!(outlet_key(name), key, "{name}");
            }
        }
    }

    #[test]
    fn different_outlets_stay_apart() {
        let names = [
            "Home - Kent Courier",
            "Home - Dover Ledger",
            "The Times",
            "Financial Times",
            "Welt",
            "Weltwoche",
            "Science",
            "Time",
        ];
        for (at, one) in names.iter().enumerate() {
            for two in &names[at + 1..] {
                assert_ne!(outlet_key(one), outlet_key(two), "{one} and {two}");
            }
        }
        assert_eq!(outlet_key("Home - Kent Courier"), "kent courier", "the outlet stands behind the section");
    }

    #[test]
    fn names_built_like_an_outlets() {
        for name in [
            "Harbour Ledger",
            "Neue Küstenzeitung",
            "Küstenzeitung",
            "Radio Cape",
            "港口日报",
            "항구일보",
            "Diario Costa",
            "harbourwire.com",
        ] {
            assert!(has_look(name), "{name}");
        }
        for name in [
            "John Smith",
            "Ministry of Commerce",
            "Times",
            "Police",
            "Nvidia",
            "European Commission",
            "商务部",
            "times of trouble",
        ] {
            assert!(!has_look(name), "{name}");
        }
    }

    #[test]
    fn the_list_is_sound() {
        assert!(KNOWN.exact.len() > 500, "{}", KNOWN.exact.len());
        for line in LIST.lines().filter(|line| !line.starts_with('#')) {
            let common = line.split('|').next().unwrap_or_default().trim();
            assert_eq!(common_name(common), Some(common), "its own name leads to an outlet");
        }
    }
}
