//! Young windows: with few entries every word looks rare, and nothing may join for that.

use super::*;

struct Piece {
    group: &'static str,
    lang: &'static str,
    title: &'static str,
    body: &'static str,
}

const fn piece(group: &'static str, lang: &'static str, title: &'static str, body: &'static str) -> Piece {
    Piece { group, lang, title, body }
}

/// Titles only, one subject each: all different events.
const SHIPS: &[Piece] = &[
    piece("held", "en", "Tanker held since last year", ""),
    piece("meals", "en", "Parliament debates school meals", ""),
    piece("seized", "en", "Navy seizes a tanker off the cape", ""),
    piece("spill", "en", "Tanker spills fuel in northern harbour", ""),
    piece("rates", "en", "Tanker rates climb as exports recover", ""),
    piece("tanker-de", "de", "Tanker läuft vor Insel auf Grund", ""),
];

/// One field of news, several events, some told twice.
const MARKETS: &[Piece] = &[
    piece(
        "licences",
        "en",
        "Chip suppliers await decisions on export licences",
        "Suppliers of processors say their applications to sell to China have not been answered for months.",
    ),
    piece(
        "earnings",
        "en",
        "Chipmaker Varnholt raises full-year forecast",
        "Varnholt now expects revenue of 4.1 billion euros after strong orders from data centres in Asia.",
    ),
    piece(
        "earnings",
        "en",
        "Varnholt lifts outlook on data-centre demand",
        "The chipmaker Varnholt said revenue would reach 4.1 billion euros this year; its shares rose nine percent.",
    ),
    piece(
        "plant",
        "en",
        "Chip plant on the river gets its building permit",
        "The factory will employ nine hundred people and make power semiconductors for carmakers.",
    ),
    piece(
        "snacks",
        "en",
        "Snack maker sells its potato chip brand",
        "The company wants to pay down debt and invest in frozen food. The price was not disclosed.",
    ),
    piece(
        "ai-law",
        "en",
        "Senate committee opens hearings on artificial intelligence bill",
        "Lawmakers questioned companies about models, data and the protection of children.",
    ),
    piece(
        "ai-hospital",
        "en",
        "Hospital tests artificial intelligence in its emergency ward",
        "The model reads X-ray images while doctors are busy with other patients. Results are expected next year.",
    ),
    piece(
        "plant-de",
        "de",
        "Chipwerk in Sachsen verschiebt den Produktionsstart",
        "Der Hersteller nennt fehlende Maschinen und steigende Kosten als Grund. Die Gewerkschaft ist enttäuscht.",
    ),
    piece(
        "train-de",
        "de",
        "Bahn verschiebt Neubau der Strecke in Sachsen",
        "Der Konzern nennt steigende Kosten. Pendler und Verbände reagieren enttäuscht.",
    ),
];

/// The same places and subjects in several languages, different events.
const TONGUES: &[Piece] = &[
    piece(
        "visa",
        "en",
        "China shortens visa process for tourists from the United States",
        "Travellers will need fewer documents, the foreign ministry said in Beijing on Monday.",
    ),
    piece(
        "soy",
        "de",
        "China kauft wieder Sojabohnen aus den USA",
        "Händler berichten von drei Schiffsladungen. Das Ministerium in Peking äußerte sich nicht.",
    ),
    piece(
        "film",
        "fr",
        "Le cinéma chinois séduit le public aux États-Unis",
        "Un dessin animé produit à Pékin dépasse les cent millions de dollars de recettes.",
    ),
    piece("space", "zh", "中国航天员完成出舱任务", "神舟飞船乘组在轨工作已四个月，将于下月返回。"),
    piece(
        "ministry",
        "zh",
        "外交部：中美双方保持沟通",
        "发言人在例行记者会上回答提问时作上述表示，未透露细节。",
    ),
    piece(
        "spring",
        "zh",
        "春季旅游升温，热门景区门票提前售罄",
        "平台数据显示，踏青类产品预订量同比增长三成。",
    ),
    piece("circuits", "zh", "前两月集成电路出口同比增长两成", "海关数据显示，出口额创同期新高。"),
    piece(
        "cars",
        "ja",
        "中国の自動車輸出、米国向けが減少",
        "業界団体が発表した統計で、前年同月を一割下回った。",
    ),
    piece(
        "steel",
        "ru",
        "Китай увеличил экспорт стали",
        "По данным таможни, поставки выросли на восемь процентов, в США они почти прекратились.",
    ),
    piece(
        "labels-fr",
        "fr",
        "Intelligence artificielle : un label pour les images de synthèse",
        "Le gouvernement présente un projet de loi ; le Sénat l’examinera à l’automne.",
    ),
];

/// Round-ups and columns around two real events.
const COLUMNS: &[Piece] = &[
    piece(
        "bridge",
        "en",
        "Bridge at Oldmere closed after barge strikes pier",
        "The Oldmere crossing carries 30,000 cars a day; engineers from Tessel Marine will inspect the pier on Friday.",
    ),
    piece(
        "bridge",
        "en",
        "Barge hits Oldmere bridge, traffic diverted",
        "Police closed the bridge at Oldmere when a gravel barge struck a pier. Tessel Marine engineers are to examine it.",
    ),
    piece(
        "roads",
        "en",
        "Drivers face a summer of closed bridges",
        "Repairs on nine crossings in the county begin in May, and traffic will be diverted for weeks.",
    ),
    piece(
        "fraud",
        "en",
        "Treasurer of Hallowick jailed for fraud",
        "Mirela Quist took 2.3 million from the Hallowick housing fund over six years, the court found.",
    ),
    piece(
        "fraud",
        "en",
        "Quist gets four years over missing housing money",
        "A judge in Hallowick sentenced the former treasurer Mirela Quist for taking 2.3 million from a housing fund.",
    ),
    piece(
        "fraud-2",
        "en",
        "Banker jailed for fraud",
        "The court found that he took money from customers over six years. He is to appeal.",
    ),
    piece("market", "en", "Markets today: five things to know", "Rates, oil and earnings are in focus."),
    piece(
        "market-2",
        "en",
        "Morning briefing: what to know today",
        "Earnings, oil and a court ruling are in focus.",
    ),
];

fn place(pieces: &[Piece]) -> Vec<StoryId> {
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    let placed = pieces.iter().zip(1..).map(|(piece, id)| {
        let key = id.to_string();
        let item = Item {
            id: EntryId(id),
            feed: ["north", "south", "east"][id as usize % 3],
            key: &key,
            canonical_url: None,
            title: piece.title,
            body: piece.body,
            lang: Some(piece.lang),
            publisher: None,
            time: Time(1_750_000_000_000 + id * 1_200_000),
        };
        stories.judge(&item).story
    });
    placed.collect()
}

fn wrong_joins(pieces: &[Piece]) -> Vec<(&'static str, &'static str)> {
    let placed = place(pieces);
    let pairs = (0..pieces.len()).flat_map(|one| (0..one).map(move |two| (two, one)));
    let wrong =
        pairs.filter(|&(two, one)| placed[one] == placed[two] && pieces[one].group != pieces[two].group);
    wrong.map(|(two, one)| (pieces[two].title, pieces[one].title)).collect()
}

#[test]
fn a_young_window_joins_no_two_events() {
    for (stream, why) in
        [(SHIPS, "titles only"), (MARKETS, "one field"), (TONGUES, "languages"), (COLUMNS, "columns")]
    {
        assert_eq!(wrong_joins(stream), [], "{why}");
        let backwards: Vec<Piece> =
            stream.iter().rev().map(|p| piece(p.group, p.lang, p.title, p.body)).collect();
        assert_eq!(wrong_joins(&backwards), [], "{why}, the other way round");
    }
    let all: Vec<Piece> = [SHIPS, MARKETS, TONGUES, COLUMNS]
        .into_iter()
        .flatten()
        .map(|p| piece(p.group, p.lang, p.title, p.body))
        .collect();
    assert_eq!(wrong_joins(&all), [], "all together");
}

#[test]
fn a_young_window_still_joins_one_event() {
    for (stream, group) in [(MARKETS, "earnings"), (COLUMNS, "bridge"), (COLUMNS, "fraud")] {
        let placed = place(stream);
        let of_group: Vec<StoryId> = stream
            .iter()
            .zip(placed)
            .filter(|(piece, _)| piece.group == group)
            .map(|(_, story)| story)
            .collect();
        assert!(of_group.windows(2).all(|pair| pair[0] == pair[1]), "{group}: {of_group:?}");
    }
}
