//! Who had it first: the outlets that a text cites as its source.
//!
//! Phrases of attribution in several languages stand before the name ("according to the Wall Street Journal",
//! "wie das WSJ berichtet", "unter Berufung auf …", "selon …", "según …", "据…报道") or behind it ("…, Reuters
//! reported", "…によると"). The name is what is written with capitals there, or stands between the Chinese or
//! Japanese marks. A name counts if it is a known outlet or looks like one (… Times, … Post, … Zeitung, 社, 报);
//! people, ministries and firms do not. Never guesses from the address or the feed.

use hashbrown::HashSet;
use regex::Regex;
use std::sync::LazyLock;

/// Characters of a body that are looked at: attributions stand in the lead.
const BODY_CHARS: usize = 3_000;

/// The outlets a text names as where it has the news from, in order of appearance, each once, by their common
/// name ("WSJ" and "Wall Street Journal" are one).
pub fn cited_outlets(title: &str, body: &str) -> Vec<String> {
    let body_end = body.char_indices().nth(BODY_CHARS).map_or(body.len(), |(end, _)| end);
    let mut found: Vec<(usize, String)> = Vec::new();
    for (offset, text) in [(0, title), (title.len(), &body[..body_end])] {
        for pattern in PATTERNS.iter() {
            for hit in pattern.captures_iter(text) {
                let Some(name) = hit.name("name") else { continue };
                for (at, outlet) in outlets(name.as_str()) {
                    found.push((offset + name.start() + at, outlet));
                }
            }
        }
    }
    found.sort();
    let mut seen = HashSet::new();
    found.into_iter().map(|(_, name)| name).filter(|name| seen.insert(name.to_lowercase())).collect()
}

/// One or two names with capitals: `the Wall Street Journal`, `Reuters and the Financial Times`.
const NAMES: &str = r#"(?P<name>(?:the |The |der |die |das |dem |den |des |le |la |les |l['’]|du |el |il |газет[аыеу] |агентств[оау] )?[«"“„‘']?[\p{Lu}][\p{L}\p{N}.&'’-]*(?:[ -](?:of|de|du|des|la|le|für|and|und|et|y|the|[\p{Lu}][\p{L}\p{N}.&'’-]*)){0,8})"#;

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let before = [
        r"(?i:according to(?: (?:a|an|the))?(?: (?:report|reporting|story|article|sources cited|news agency)s?(?: (?:by|in|from|of))?)?|citing(?: (?:a|the)? ?report(?: (?:by|in|from))?)?|as (?:first )?reported by|first reported by|reported by|told|in an interview with|a report (?:by|in|from)|reports? (?:by|in|from)) ",
        r"(?i:laut(?: einem Bericht)?(?: (?:von|der|des))?|nach (?:Angaben|Informationen|Berichten|einem Bericht)(?: (?:von|der|des))?|unter Berufung auf(?: (?:einen Bericht|Informationen))?(?: (?:von|der|des))?|wie|berichtet|berichtete|meldet|meldete|sagte|gegenüber) ",
        r"(?i:selon|d['’]après|citant|rapporte|rapportent|a rapporté|révèle|a révélé|cité par|citée par|a déclaré à|affirme) ",
        r"(?i:según(?: (?:informó|informa|publica|publicó|reveló|un informe de|un reporte de))?|de acuerdo con|citando a|informó|publicó|secondo(?: quanto riporta)?|segundo|de acordo com|volgens|enligt|ifølge|podle|według|jak podaje) ",
        r"(?i:по (?:данным|информации|сообщению|сведениям|словам)|со ссылкой на|сообщает|сообщило|сообщила|пишет|передает|передаёт) ",
    ];
    let behind = [
        r",? (?:(?:has )?(?:first )?reported|reports|said in a report|wrote|revealed)\b",
        r",? (?:berichtet|berichtete|meldet|meldete|schreibt|zufolge)\b",
        r",? (?:rapporte|rapportait|a rapporté|écrit|a révélé|informó|informa|publicó|reveló|ha riportato|сообщает|сообщило|пишет)\b",
    ];
    let unspaced = [
        r"(?:据|根据|援引|引述|引用)(?P<name>[^，。,、；;：:（）()《》\s]{2,24}?)(?:的?(?:报道|報道|报导|報導|消息|披露|透露))",
        r"據(?P<name>[^，。,、；;：:（）()《》\s]{2,24}?)(?:的?(?:報導|報道|消息|披露))",
        r"(?:据|據|根据|援引|引述)?《(?P<name>[^》]{2,24})》(?:[^，。]{0,12}?)(?:报道|報道|报导|報導|披露|称|稱|消息)",
        r"(?P<name>[\p{Han}\p{Katakana}ーA-Za-z・.]{2,24}?)(?:が|は|も)(?:[^。、]{0,16})?(?:報じた|伝えた|報道した|報じている)",
        r"(?P<name>[\p{Han}\p{Katakana}ーA-Za-z・.]{2,24}?)(?:の報道)?によると",
        r"(?P<name>[\p{Hangul}A-Za-z]{2,20})(?:은|는|이|가|에 따르면|의 보도에 따르면)[^.]{0,40}?(?:보도|전했|따르면)",
        r"(?:وفقا|وفقًا|نقلا عن|نقلاً عن|بحسب|حسب|ذكرت|أفادت|قالت)(?: ل| )?(?:صحيفة|وكالة|قناة|شبكة)? ?(?P<name>[\p{Arabic}]+(?: [\p{Arabic}]+){0,2})",
    ];
    let mut patterns: Vec<String> =
        before.iter().map(|lead| format!("(?:^|[^\\p{{L}}]){lead}{NAMES}")).collect();
    patterns.extend(behind.iter().map(|tail| format!("{NAMES}[»\"”“’']?{tail}")));
    patterns.extend(unspaced.iter().map(|&whole| whole.to_owned()));
    patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
});

/// The outlets in what a phrase points at, with their places.
fn outlets(phrase: &str) -> Vec<(usize, String)> {
    let whole = clean(phrase);
    if let Some(name) = common_name(whole) {
        return vec![(0, name)];
    }
    let mut found = Vec::new();
    let mut from = 0;
    for part in phrase
        .split([',', ';', '、'])
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" und "))
    {
        let at = phrase[from..].find(part).map_or(from, |at| from + at);
        from = at + part.len();
        if let Some(name) = common_name(clean(part)) {
            found.push((at, name));
        }
    }
    found
}

fn clean(name: &str) -> &str {
    let mut name = name.trim_matches(|c: char| !c.is_alphanumeric());
    loop {
        let article = [
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
            "газета ",
            "газеты ",
            "газете ",
            "газету ",
            "агентство ",
            "агентства ",
            "агентству ",
        ];
        let Some(rest) = article.iter().find_map(|article| name.strip_prefix(article)) else { break };
        name = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    }
    let name = name.strip_suffix("'s").or_else(|| name.strip_suffix("’s")).unwrap_or(name);
    name.trim_end_matches(|c: char| !c.is_alphanumeric())
}

/// The common name of an outlet: known ones by the table, others as written if they look like one.
fn common_name(name: &str) -> Option<String> {
    let known = KNOWN.iter().find(|(_, spellings)| spellings.iter().any(|spelling| same(spelling, name)));
    if let Some((common, _)) = known {
        return Some((*common).to_owned());
    }
    looks_like_outlet(name).then(|| name.to_owned())
}

fn same(spelling: &str, name: &str) -> bool {
    spelling == name || (spelling.len() > 4 && spelling.eq_ignore_ascii_case(name))
}

fn looks_like_outlet(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "Times",
        "Post",
        "Journal",
        "Herald",
        "Tribune",
        "Chronicle",
        "Gazette",
        "Telegraph",
        "Observer",
        "Standard",
        "Examiner",
        "Inquirer",
        "Courier",
        "Zeitung",
        "Nachrichten",
        "Rundschau",
        "Tageblatt",
        "Anzeiger",
        "Allgemeine",
        "Kurier",
        "Tagblatt",
        "Abendblatt",
        "News",
        "Daily",
        "Weekly",
        "Magazine",
        "Review",
        "TV",
        "Radio",
        "Press",
        "Agency",
        "Today",
        "Insider",
    ];
    let words: Vec<&str> = name.split_whitespace().collect();
    let latin = words.len() >= 2 && words.len() <= 6 && words.last().is_some_and(|last| ENDS.contains(last));
    let starts = words.len() >= 2
        && ["Radio", "Agence", "Agencia", "Daily", "Diario", "Journal", "Corriere", "Gazeta"]
            .contains(&words[0]);
    let han = [
        "日报",
        "日報",
        "时报",
        "時報",
        "晚报",
        "晚報",
        "新闻",
        "新聞",
        "通讯社",
        "通訊社",
        "新闻网",
        "电视台",
        "電視台",
        "周刊",
        "週刊",
        "通信",
        "テレビ",
        "신문",
        "일보",
        "뉴스",
        "통신",
    ];
    latin || starts || han.iter().any(|end| name.ends_with(end) && name.chars().count() > end.chars().count())
}

/// Outlets that are cited often, with the spellings they are cited under.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "Wall Street Journal",
        &[
            "Wall Street Journal",
            "WSJ",
            "华尔街日报",
            "華爾街日報",
            "ウォール・ストリート・ジャーナル",
            "월스트리트저널",
            "Уолл-стрит джорнэл",
            "وول ستريت جورنال",
        ],
    ),
    (
        "New York Times",
        &[
            "New York Times",
            "NYT",
            "NY Times",
            "纽约时报",
            "紐約時報",
            "ニューヨーク・タイムズ",
            "뉴욕타임스",
            "Нью-Йорк таймс",
            "نيويورك تايمز",
        ],
    ),
    (
        "Washington Post",
        &[
            "Washington Post",
            "WaPo",
            "华盛顿邮报",
            "華盛頓郵報",
            "ワシントン・ポスト",
            "워싱턴포스트",
            "واشنطن بوست",
        ],
    ),
    (
        "Financial Times",
        &[
            "Financial Times",
            "FT",
            "金融时报",
            "金融時報",
            "フィナンシャル・タイムズ",
            "英紙フィナンシャル・タイムズ",
            "파이낸셜타임스",
            "فايننشال تايمز",
        ],
    ),
    (
        "Reuters",
        &[
            "Reuters",
            "Reuters news agency",
            "Thomson Reuters",
            "路透社",
            "路透",
            "ロイター",
            "ロイター通信",
            "로이터",
            "로이터통신",
            "Рейтер",
            "رويترز",
        ],
    ),
    (
        "Bloomberg",
        &[
            "Bloomberg",
            "Bloomberg News",
            "彭博社",
            "彭博",
            "ブルームバーグ",
            "블룸버그",
            "블룸버그통신",
            "Блумберг",
            "بلومبرغ",
        ],
    ),
    (
        "Associated Press",
        &["Associated Press", "AP", "AP News", "美联社", "美聯社", "AP通信", "AP통신", "أسوشيتد برس"],
    ),
    ("AFP", &["AFP", "Agence France-Presse", "Agence France Presse", "法新社", "AFP通信", "فرانس برس"]),
    ("dpa", &["dpa", "DPA", "Deutsche Presse-Agentur", "德新社"]),
    (
        "Xinhua",
        &["Xinhua", "Xinhua News Agency", "新华社", "新華社", "新华网", "新華網", "Синьхуа", "شينخوا"],
    ),
    ("Global Times", &["Global Times", "环球时报", "環球時報"]),
    ("People's Daily", &["People's Daily", "People’s Daily", "人民日报", "人民日報"]),
    ("CCTV", &["CCTV", "央视", "央視", "央视新闻", "中央电视台"]),
    ("Caixin", &["Caixin", "财新", "財新", "财新网"]),
    (
        "South China Morning Post",
        &["South China Morning Post", "SCMP", "南华早报", "南華早報", "サウスチャイナ・モーニング・ポスト"],
    ),
    (
        "Nikkei",
        &["Nikkei", "Nikkei Asia", "日经", "日経", "日本経済新聞", "日本经济新闻", "日経新聞", "日经亚洲"],
    ),
    ("Kyodo", &["Kyodo", "Kyodo News", "共同社", "共同通信"]),
    ("NHK", &["NHK"]),
    ("Yonhap", &["Yonhap", "Yonhap News Agency", "韩联社", "聯合ニュース", "연합뉴스"]),
    ("BBC", &["BBC", "BBC News", "英国广播公司", "英国放送協会", "Би-би-си", "بي بي سي"]),
    ("Guardian", &["Guardian", "卫报", "衛報", "ガーディアン", "الغارديان"]),
    ("The Times", &["Times", "Times of London"]),
    ("Economist", &["Economist", "经济学人", "エコノミスト"]),
    ("CNN", &["CNN", "美国有线电视新闻网"]),
    ("CNBC", &["CNBC"]),
    ("NBC News", &["NBC", "NBC News"]),
    ("ABC News", &["ABC News", "ABC"]),
    ("CBS News", &["CBS", "CBS News"]),
    ("Fox News", &["Fox News", "Fox", "Fox Business"]),
    ("NPR", &["NPR"]),
    ("Politico", &["Politico", "POLITICO"]),
    ("Axios", &["Axios"]),
    ("Semafor", &["Semafor"]),
    ("The Information", &["Information", "The Information"]),
    ("The Verge", &["Verge"]),
    ("Wired", &["Wired", "WIRED"]),
    ("TechCrunch", &["TechCrunch", "Techcrunch"]),
    ("Business Insider", &["Business Insider"]),
    ("Forbes", &["Forbes", "福布斯"]),
    ("Al Jazeera", &["Al Jazeera", "Al-Jazeera", "半岛电视台", "الجزيرة"]),
    ("Spiegel", &["Spiegel", "SPIEGEL", "Der Spiegel", "明镜周刊"]),
    ("Süddeutsche Zeitung", &["Süddeutsche Zeitung", "Süddeutschen Zeitung", "SZ"]),
    (
        "Frankfurter Allgemeine Zeitung",
        &["Frankfurter Allgemeine Zeitung", "Frankfurter Allgemeinen Zeitung", "FAZ", "F.A.Z."],
    ),
    ("Handelsblatt", &["Handelsblatt", "Handelsblatts", "德国商报"]),
    ("Bild", &["Bild", "Bild-Zeitung", "BILD"]),
    ("Zeit", &["Zeit", "Die Zeit", "Zeit Online", "ZEIT"]),
    ("Welt", &["Welt", "Die Welt", "WELT"]),
    ("tagesschau", &["tagesschau", "Tagesschau", "ARD"]),
    ("ZDF", &["ZDF"]),
    ("Neue Zürcher Zeitung", &["Neue Zürcher Zeitung", "Neuen Zürcher Zeitung", "NZZ"]),
    ("Le Monde", &["Monde", "Le Monde"]),
    ("Le Figaro", &["Figaro", "Le Figaro"]),
    ("Les Echos", &["Echos", "Les Echos", "Les Échos"]),
    ("El País", &["País", "El País", "El Pais"]),
    ("El Mundo", &["Mundo", "El Mundo"]),
    ("Corriere della Sera", &["Corriere della Sera", "Corriere"]),
    ("TASS", &["TASS", "Tass", "ТАСС", "塔斯社", "タス通信"]),
    ("RIA Novosti", &["RIA Novosti", "РИА Новости", "РИА", "俄新社"]),
    ("Interfax", &["Interfax", "Интерфакс", "Интерфакса"]),
    ("Kommersant", &["Kommersant", "Коммерсант", "Коммерсантъ"]),
    ("Vedomosti", &["Vedomosti", "Ведомости"]),
    ("Asahi Shimbun", &["Asahi", "Asahi Shimbun", "朝日新聞"]),
    ("Yomiuri Shimbun", &["Yomiuri", "Yomiuri Shimbun", "読売新聞"]),
    ("The Paper", &["澎湃新闻", "澎湃"]),
    ("36Kr", &["36Kr", "36氪"]),
    ("DigiTimes", &["DigiTimes", "Digitimes", "電子時報"]),
    ("NRC", &["NRC", "NRC Handelsblad"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str], why: &str) {
        assert_eq!(cited_outlets("", text), expected, "{why}: {text}");
        assert_eq!(cited_outlets(text, ""), expected, "{why}, as a title: {text}");
    }

    #[test]
    fn cited_outlets_are_named() {
        check(
            "Researchers were told to stay home, according to the Wall Street Journal.",
            &["Wall Street Journal"],
            "English",
        );
        check("The order was first reported by Bloomberg News on Monday.", &["Bloomberg"], "first report");
        check(
            "Exports will stop, the Financial Times reported.",
            &["Financial Times"],
            "phrase behind the name",
        );
        check(
            "Officials are weighing curbs, citing a report in the Kent Courier.",
            &["Kent Courier"],
            "unknown outlet by its look",
        );
        check(
            "Peking warnt Forscher vor Reisen, wie das WSJ berichtet.",
            &["Wall Street Journal"],
            "German, short name",
        );
        check(
            "Das geschah unter Berufung auf die Nachrichtenagentur, laut Reuters am Montag.",
            &["Reuters"],
            "German",
        );
        check("Pékin déconseille ces voyages, selon Le Monde.", &["Le Monde"], "French");
        check("Pekín desaconseja los viajes, según El País.", &["El País"], "Spanish");
        check(
            "据《华尔街日报》报道，有关部门已发出通知。",
            &["Wall Street Journal"],
            "Chinese, with title marks",
        );
        check("据路透社报道，有关部门已发出通知。", &["Reuters"], "Chinese");
        check("據彭博社報導，相關部門已通知。", &["Bloomberg"], "traditional characters");
        check("ロイター通信によると、当局が通知した。", &["Reuters"], "Japanese");
        check("Об этом сообщает ТАСС.", &["TASS"], "Russian");
        check("Сделка сорвалась, по данным Коммерсантъ.", &["Kommersant"], "Russian");
    }

    #[test]
    fn people_and_offices_are_no_outlets() {
        check("Exports will stop, according to the Ministry of Commerce.", &[], "a ministry");
        check("The deal is dead, according to John Smith.", &[], "a person");
        check("Laut Polizei wurde niemand verletzt.", &[], "the police");
        check("根据新规定，企业须申请许可。", &[], "a rule");
        check("", &[], "nothing");
    }

    #[test]
    fn each_outlet_is_named_once_in_order() {
        let body = "According to Reuters, the WSJ reported it. Reuters reported more, according to the Wall Street Journal.";
        assert_eq!(cited_outlets("", body), ["Reuters", "Wall Street Journal"]);
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), 15);
    }
}
