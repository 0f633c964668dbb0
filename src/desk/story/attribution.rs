//! Who had it first: the outlets that a text cites as its source.
//!
//! Phrases of attribution in a dozen languages stand before the name ("according to the Wall Street Journal", "wie das WSJ
//! berichtet", "unter Berufung auf …", "selon …", "según …", "据…报道") or behind it ("…, Reuters reported", "…によると").
//! What stands there in capitals, between marks, or in a script without capitals, is tried in all its parts, the longest
//! first. A part is an outlet if it is, in this order: in the list of large outlets (`text::common_name`), one whose
//! entries are stored or that the alias list leads to such a one ([`Outlets`]), built like an outlet's name (… Ledger,
//! …zeitung, …日报), or called an outlet by the word before it ("the newspaper …", "die Zeitung …", "英字紙…"). People,
//! police, ministries and firms are none. Never guesses from the address or the feed.

use super::alias::Aliases;
use crate::text::{common_name, has_look, outlet_key};
use hashbrown::{HashMap, HashSet};
use regex::Regex;
use std::sync::{Arc, LazyLock};

/// Characters of a body that are looked at: attributions stand in the lead.
const BODY_CHARS: usize = 3_000;
/// Words of a phrase that are looked at.
const WORDS: usize = 10;

/// The outlets that are known beside the large ones.
#[derive(Clone, Debug, Default)]
pub struct Outlets {
    by_key: HashMap<String, String>,
    aliases: Option<Arc<Aliases>>,
}

impl Outlets {
    /// Outlets by the names of publishers; names that `aliases` holds lead to their canonical name first.
    pub fn new(publishers: impl IntoIterator<Item = String>, aliases: Arc<Aliases>) -> Self {
        let outlets = publishers.into_iter().filter(|name| !is_office(name));
        let by_key = outlets.map(|name| (outlet_key(&name), name)).collect();
        Self { by_key, aliases: Some(aliases) }
    }

    /// The name under which an outlet is known.
    fn known(&self, name: &str) -> Option<String> {
        if let Some(common) = common_name(name) {
            return Some(common.to_owned());
        }
        let own = |name: &str| self.by_key.get(&outlet_key(name)).cloned();
        own(name).or_else(|| {
            let canonical = self.aliases.as_ref()?.whole(name)?;
            common_name(canonical).map(str::to_owned).or_else(|| own(canonical))
        })
    }
}

/// The outlets a text names as where it has the news from, in order of appearance, each once, by their common
/// name ("WSJ" and "Wall Street Journal" are one).
pub fn cited_outlets(title: &str, body: &str, outlets: &Outlets) -> Vec<String> {
    let body_end = body.char_indices().nth(BODY_CHARS).map_or(body.len(), |(end, _)| end);
    let mut found: Vec<(usize, String)> = Vec::new();
    for (offset, text) in [(0, title), (title.len(), &body[..body_end])] {
        for pattern in PATTERNS.iter() {
            for hit in pattern.regex.captures_iter(text) {
                let Some(name) = hit.name("name") else { continue };
                let called = pattern.called || hit.name("noun").is_some();
                for (at, outlet) in in_phrase(name.as_str(), called, outlets) {
                    found.push((offset + name.start() + at, outlet));
                }
            }
        }
    }
    found.sort();
    let mut seen = HashSet::new();
    found.into_iter().map(|(_, name)| name).filter(|name| seen.insert(outlet_key(name))).collect()
}

/// The outlets in what a phrase points at, with their places; `called` tells that the phrase calls it an outlet.
fn in_phrase(phrase: &str, called: bool, outlets: &Outlets) -> Vec<(usize, String)> {
    let whole = clean(phrase);
    if let Some(name) = outlets.known(whole) {
        return vec![(0, name)];
    }
    if !whole.contains(' ') {
        return unspaced(whole, called, outlets).into_iter().map(|name| (0, name)).collect();
    }
    let mut found = Vec::new();
    for part in parts(phrase) {
        if let Some(name) = best(part.1, called && found.is_empty(), outlets) {
            found.push((part.0, name));
        }
    }
    found
}

/// The pieces of an enumeration, with their places.
fn parts(phrase: &str) -> Vec<(usize, &str)> {
    static AND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[,;、،]| (?:and|und|et|y|e|en|och|og|i|и) ").unwrap_or_else(|_| never())
    });
    let mut parts = Vec::new();
    let mut from = 0;
    for hit in AND.find_iter(phrase) {
        parts.push((from, &phrase[from..hit.start()]));
        from = hit.end();
    }
    parts.push((from, &phrase[from..]));
    parts
}

/// The longest run of words that is an outlet, the first among equals; names that are known before names that look so.
fn best(part: &str, called: bool, outlets: &Outlets) -> Option<String> {
    let words: Vec<&str> = part.split_whitespace().take(WORDS).collect();
    let article = words.first().is_some_and(|word| ["the", "The"].contains(word))
        || part.contains(['"', '“', '«', '„']);
    let runs =
        || (1..=words.len()).rev().flat_map(|length| (0..=words.len() - length).map(move |at| (at, length)));
    let run = |(at, length): (usize, usize)| words[at..at + length].join(" ");
    let known = runs().find_map(|place| outlets.known(clean(&run(place))));
    known
        .or_else(|| {
            let named = runs().map(|place| clean(&run(place)).to_owned());
            named.filter(|name| has_look(name) && !is_office(name)).find(|name| article || !is_surname(name))
        })
        .or_else(|| {
            let name = clean(part);
            (called && !is_office(name) && name.chars().next().is_some_and(char::is_uppercase))
                .then(|| name.to_owned())
        })
}

/// A name in a script without spaces, or of one word: known as a whole or from some character on, like an outlet's, or
/// called one.
fn unspaced(name: &str, called: bool, outlets: &Outlets) -> Option<String> {
    let mut ends = name.char_indices().map(|(at, _)| &name[at..]);
    let joined = name.chars().any(|c| !c.is_ascii() && !c.is_lowercase() && !c.is_uppercase());
    let known = if joined { ends.find_map(|end| outlets.known(end)) } else { None };
    let looks = || (has_look(name) && !is_office(name)).then(|| name.to_owned());
    let plain = || {
        let named = called && !is_office(name) && !name.chars().next().is_some_and(char::is_lowercase);
        named.then(|| name.to_owned())
    };
    known.or_else(looks).or_else(plain)
}

fn clean(name: &str) -> &str {
    const BEFORE: [&str; 29] = [
        "the ",
        "The ",
        "der ",
        "die ",
        "das ",
        "dem ",
        "den ",
        "des ",
        "le ",
        "la ",
        "les ",
        "l'",
        "l’",
        "du ",
        "el ",
        "il ",
        "lo ",
        "o ",
        "a ",
        "het ",
        "de ",
        "dell'",
        "dell’",
        "al ",
        "del ",
        "do ",
        "da ",
        "quotidiano ",
        "newspaper ",
    ];
    let mut name = name.trim_matches(|c: char| !c.is_alphanumeric());
    while let Some(rest) = BEFORE.iter().find_map(|before| name.strip_prefix(before)) {
        name = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    }
    let name = name.strip_suffix("'s").or_else(|| name.strip_suffix("’s")).unwrap_or(name);
    name.trim_end_matches(|c: char| !c.is_alphanumeric())
}

/// Whether the last word is a family name as well: such a name without an article is a person.
fn is_surname(name: &str) -> bool {
    const NAMES: [&str; 8] = ["Post", "Sun", "Star", "Mail", "Leader", "Day", "Record", "Reporter"];
    name.split_whitespace().count() == 2
        && name.split_whitespace().last().is_some_and(|last| NAMES.contains(&last))
}

/// Whether a name is that of an office, a court, a firm: it speaks for itself, and has no news from elsewhere.
fn is_office(name: &str) -> bool {
    const WORDS: &str = "ministry minister department commission committee council government police office bureau agency authority \
        court university institute bank union party parliament congress senate house army navy company corporation group inc ltd \
        ministerium ministerin polizei behörde amt regierung kommission gericht universität institut verband konzern bundesamt \
        ministère police gouvernement commission préfecture université parquet ministerio policía gobierno comisión fiscalía \
        ministero polizia governo procura ministério polícia ministerie politie regering министерство правительство полиция мвд мид";
    let lower = name.to_lowercase();
    let outlet = common_name(name).is_some() || lower.contains("news agency") || lower.contains("press");
    !outlet
        && (lower.split([' ', '-']).any(|word| WORDS.split_whitespace().any(|office| office == word))
            || [
                "部",
                "局",
                "委",
                "院",
                "法",
                "警方",
                "警察",
                "政府",
                "公司",
                "当局",
                "委员会",
                "省",
                "庁",
                "社長",
                "장관",
                "경찰",
                "정부",
                "وزارة",
                "الشرطة",
            ]
            .iter()
            .any(|end| lower.ends_with(end) || lower.starts_with("وزارة")))
}

/// A phrase of attribution.
struct Pattern {
    regex: Regex,
    /// The phrase itself says that the name is an outlet's.
    called: bool,
}

/// Names with capitals, quoted or not: `the Wall Street Journal`, `Reuters and the Financial Times`.
const NAMES: &str = r#"(?P<name>«[^»]{2,40}»|„[^“”]{2,40}[“”]|(?:(?:the|The|der|die|das|dem|den|des|le|la|les|du|el|il|lo|o|a|het|de|al|del|do|da) |l['’]|dell['’]|all['’])?[«"“„‘'»]?\p{Lu}[\p{L}\p{N}.&'’-]*(?:[»"”“’']?(?:,? (?:and|und|et|y|e|en|и) (?:the |The |die |der |le |la |el |il )?|[ -])[«"“„‘']?(?:of |de |du |des |la |le |les |für |della |di |do |da |dos |van |het |the )?\p{Lu}[\p{L}\p{N}.&'’-]*){0,8})"#;

/// Words that call what follows an outlet.
const NOUN: &str = r"(?P<noun>(?i:(?:daily |financial |business |local |state |online |weekly )*(?:newspaper|paper|daily|broadcaster|news agency|news site|news outlet|magazine|outlet|website|wire service|tabloid)|(?:tages|wochen|wirtschafts|boulevard|fach|online)?(?:zeitung|magazin|portal|sender|nachrichtenagentur|agentur|blatt)|nachrichtenmagazin|fachdienst|quotidien|journal|hebdomadaire|magazine|chaîne|agence|site|diario|periódico|semanario|revista|cadena|agencia|portal|rotativo|quotidiano|giornale|settimanale|rivista|emittente|agenzia|sito|jornal|revista|emissora|agência|krant|dagblad|omroep|persbureau|weekblad|nieuwssite|tidningen|avisen|dziennik|gazeta|tygodnik|agencja|portal|газет[аыеу]|издани[ея]|журнал[ауе]?|агентств[оаеу]|телеканал[ауе]?|портал[ауе]?) )";

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let article = r"(?:(?:a|an|the|one|der|die|das|dem|den|des|eine[rms]?|le|la|les|l['’]|du|un|une|au|el|al|del|una|il|lo|al|dal|dalla|della|del|dell['’]|o|a|do|da|um|uma|het|de|een) )?";
    let before = [
        r"according to|citing|as (?:first )?reported by|(?:first )?reported by|told|in an interview with|an? (?:\w+ )?report (?:by|in|from|of)|reports? (?:by|in|from)|in a report by|published by|seen by|reviewed by|obtained by",
        r"laut(?: einem)?(?: Bericht| Berichten)?(?: von)?|nach (?:Angaben|Informationen|Berichten|Recherchen|einem Bericht)(?: von)?|unter Berufung auf(?: einen Bericht| Informationen| Berichte)?(?: von)?|wie|berichtet(?:e|en)?|meldet(?:e|en)?|schreibt|sagte|gegenüber|Bericht(?: von)?|zitiert",
        r"selon(?: les informations de)?|d['’]après|citant|rapporte(?:nt)?|a rapporté|révèle|a révélé|cité[e]? par|a déclaré à|a indiqué à|affirme|annonce|indique|informations? d[eu]|dans un entretien (?:à|au|avec)",
        r"según(?: informó| informa| publica| publicó| reveló| adelantó| un informe de| un reporte de| recoge)?|de acuerdo con|citando a?|informó|publicó|reveló|adelantó|declaró a|dijo a",
        r"secondo(?: quanto (?:riporta|riportato da|scrive|riferisce|anticipato da))?|come (?:riporta|scrive|riferisce|riportato da)|stando a(?: quanto riporta)?|citando|riporta|riferisce|ha detto a",
        r"segundo(?: informou| informa| publicou| apurou)?|de acordo com|conforme (?:noticiou|publicou|informou)|noticiou|citando|disse a[o]?",
        r"volgens|meldt|schrijft|bericht|zegt tegen|zei tegen|op gezag van|in gesprek met",
        r"enligt|uppger|rapporterar|ifølge|melder|skriver|według|jak (?:podaje|donosi|informuje|pisze)|podał[ao]?|poinformował[ao]?|podle|uvedl[ao]?",
        r"по (?:данным|информации|сообщению|сообщениям|сведениям|версии)|со ссылкой на|ссылаясь на|как (?:сообщает|пишет|передает|передаёт|сообщило|сообщила)|сообщает|сообщило|сообщила|сообщил|пишет|передает|передаёт|за даними|повідомляє",
    ];
    let behind = [
        r",? (?:(?:has |had )?(?:first |also |earlier )?reported|reports|said in a report|wrote|revealed|writes)\b",
        r",? (?:berichtet|berichtete|berichteten|meldet|meldete|schreibt|schrieb|zufolge)\b",
        r",? (?:rapporte|rapportait|a rapporté|écrit|a révélé|informó|informa|publicó|reveló|ha riportato|riporta|scrive|noticiou|informou|publicou|meldt|schrijft|сообщает|сообщило|сообщила|пишет|передает|передаёт)\b",
    ];
    let mut list: Vec<(String, bool)> = Vec::new();
    for lead in before {
        list.push((format!(r"(?:^|[^\p{{L}}])(?i:{lead}) {article}{NOUN}?{NAMES}"), false));
    }
    for tail in behind {
        list.push((format!(r#"(?:(?:^|[^\p{{L}}]){NOUN})?{NAMES}[»"”“’']?{tail}"#), false));
    }
    list.extend(without_capitals());
    let compile = |(pattern, called): &(String, bool)| {
        Regex::new(pattern).ok().map(|regex| Pattern { regex, called: *called })
    };
    list.iter().filter_map(compile).collect()
});

/// The phrases of scripts without capitals; the second says that the phrase itself calls its name an outlet.
fn without_capitals() -> Vec<(String, bool)> {
    let report = "(?:报道|報道|报导|報導|消息|披露|透露|独家|獨家|引述|援引)";
    let name = r"[^，。,、；;：:（）()《》「」\s]{2,24}?";
    let rows: [(String, bool); 12] = [
        (format!(r"(?:据|據|根据|根據|援引|引述|引用)(?P<name>{name})(?:\d+日)?(?:的|独家|獨家)?{report}"), false),
        (format!(r"(?:据|據|根据|根據|援引|引述|引用)?[《「](?P<name>[^》」]{{2,24}})[》」][^，。]{{0,12}}?(?:{report}|称|稱)"), true),
        (r"(?P<noun>[米英仏独露韓]紙|英字紙|経済紙|地元紙|中国紙|国営紙|通信社|放送局|専門誌|経済誌)(?P<name>[\p{Katakana}ー・A-Za-z]{2,24}|「[^」]{2,24}」)".to_owned(), true),
        (r"(?P<name>[\p{Han}\p{Katakana}ーA-Za-z・.]{2,24}?)(?:が|は|も)(?:[^。]{0,30})?(?:報じた|伝えた|報道した|報じている|明らかにした)".to_owned(), false),
        (r"(?P<name>[\p{Han}\p{Katakana}ーA-Za-z・.]{2,24}?)(?:の報道|の取材)?(?:によると|によれば)".to_owned(), false),
        (r"(?P<name>[\p{Hangul}A-Za-z]{2,20}?)(?:\([A-Za-z]+\))?(?:은|는|이|가)(?: [^.]{0,60}?)? ?(?:보도했|보도하|전했|밝혔|보도됐)".to_owned(), false),
        (r"(?P<name>[\p{Hangul}A-Za-z]{2,20}?)(?:\([A-Za-z]+\))?(?:의 보도에 따르면|에 따르면|에 의하면|을 인용|를 인용| 보도를 인용| 보도에 따르면)".to_owned(), false),
        (r"(?:일간지|신문|통신사|방송사|매체|경제지) (?P<name>[\p{Hangul}A-Za-z]{2,20}?)(?:\([A-Za-z]+\))?(?:은|는|이|가|에|를|을)".to_owned(), true),
        (r"(?:^|[^\p{L}])(?:و)?(?:ذكرت|أفادت|قالت|نقلت|كشفت|أوردت|نشرت|كتبت)(?: ?عن)? (?:صحيفة|وكالة|قناة|شبكة|مجلة|موقع) (?P<name>\p{Arabic}+(?: \p{Arabic}+){0,3})".to_owned(), false),
        (r"(?:^|[^\p{L}])(?:وفقا|وفقًا|وفقاً|استنادا|نقلا|نقلاً|بحسب|حسب)(?: ?(?:عن|إلى|ما ذكرت|ما أوردته|ما نقلت))? ?(?:لـ?|ل)? ?(?:صحيفة|وكالة|قناة|شبكة|مجلة|موقع)? ?(?P<name>\p{Arabic}+(?: \p{Arabic}+){0,3})".to_owned(), false),
        (r"(?:صحيفة|وكالة|قناة|شبكة|مجلة) [«“](?P<name>[^»”]{2,40})[»”]".to_owned(), true),
        (r"(?:ตามรายงานของ|สำนักข่าว|theo|Theo) (?P<name>[\p{Thai}A-Za-z]{2,24})".to_owned(), false),
    ];
    rows.into()
}

/// A pattern that finds nothing.
fn never() -> Regex {
    #[expect(clippy::expect_used, reason = "the pattern is the empty character class")]
    Regex::new(r"[^\s\S]").expect("an empty class")
}

#[cfg(test)]
#[path = "attribution_tests.rs"]
mod tests;
