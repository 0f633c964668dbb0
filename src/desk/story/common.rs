//! How common a word is in news anywhere: what a term weighs before the window knows better.
//!
//! Written by hand in two tiers; a word that is in neither counts as rare. The window's own counts are added to
//! these, so that a small or young window does not take "government" for a name, and a large one is ruled by
//! what it holds.

use super::alias::Aliases;
use super::exact::FURNITURE;
use super::marks;
use super::scan::{Scan, terms_of};
use super::topics;
use super::words::{self, Lexicon};
use hashbrown::HashMap;
use std::sync::LazyLock;

/// Share assumed of words that name a format or a date.
const COLUMN: f32 = 0.05;
/// Share of entries that hold a word of the first tier.
const EVERYDAY: f32 = 0.03;
/// The same for the second tier.
const FREQUENT: f32 = 0.01;
/// The same for words of the standing subjects of news: what a piece is about in general, not what happened.
const TOPICAL: f32 = 0.005;
/// The same for names of the alias list: places and subjects that return every day, or they would not be listed.
const LISTED: f32 = 0.03;

/// How much it tells that two texts share a term of this share, 0 to 1.
pub fn surprise(share: f32) -> f32 {
    if share <= 0.0 { 1.0 } else { (0.5 - 0.2 * (share / TOPICAL).ln()).clamp(0.0, 1.0) }
}

static SHARES: LazyLock<HashMap<u64, f32>> = LazyLock::new(|| {
    let mut shares = Shares::default();
    for (words, share) in [
        (topics::PLACES, TOPICAL),
        (topics::WORDS, TOPICAL),
        (topics::VERBS, FREQUENT),
        (SECOND, FREQUENT),
        (FIRST, EVERYDAY),
    ] {
        words.split_whitespace().for_each(|text| shares.enter(text, share));
    }
    FURNITURE.iter().chain(CALENDAR).for_each(|text| shares.enter(text, COLUMN));
    topics::UNSPACED.split_whitespace().for_each(|run| shares.enter(run, TOPICAL));
    for name in Aliases::shipped().spellings() {
        name.split(' ').for_each(|text| shares.listed(text));
    }
    // Days of the month, ages, parts of large numbers.
    (0..100).map(|n| n.to_string()).chain(ROUND.iter().map(|&n| n.to_owned())).for_each(|number| {
        shares.of.insert(words::number(&number).term, FREQUENT);
        shares.of.extend(marks::of_number(&number).map(|mark| (mark, FREQUENT)));
    });
    let names = Aliases::shipped();
    shares.of.extend(names.names().map(|name| (marks::of_alias(name), LISTED)));
    shares.of
});

/// Numbers of three digits that stand in many texts.
const ROUND: &[&str] = &["000", "100", "150", "200", "250", "300", "400", "500", "600", "700", "800", "900"];

#[derive(Default)]
struct Shares {
    of: HashMap<u64, f32>,
    scan: Scan,
    lexicon: Lexicon,
}

impl Shares {
    /// A word of a listed name; what is known better stays.
    fn listed(&mut self, text: &str) {
        let terms = terms_of(text, &mut self.scan, &mut self.lexicon);
        if terms.iter().all(|term| !self.of.contains_key(term)) {
            self.enter(text, TOPICAL);
        }
    }

    /// A word as a term, and as the name it would be taken for with a capital.
    fn enter(&mut self, text: &str, share: f32) {
        for term in terms_of(text, &mut self.scan, &mut self.lexicon) {
            self.of.insert(term, share);
        }
        if let Some(sound) = marks::of_sound(text) {
            let known = self.of.entry(sound).or_insert(share);
            *known = known.max(share);
        }
    }
}

/// Days and months with a capital are no names.
const CALENDAR: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "januar",
    "februar",
    "märz",
    "mai",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "janvier",
    "février",
    "mars",
    "avril",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// The share of news entries that hold the term with this hash, as far as is known beforehand.
pub fn share(hash: u64) -> f32 {
    SHARES.get(&hash).copied().unwrap_or(0.0)
}

const FIRST: &str = "accused agency american announced attack ban big bill billion black business call called case change \
    chief china city company congress control could country court cut day deal death democrat democratic department die \
    early election end expected face federal fight final find force foreign former found free game general government \
    group hit hold home house international issue job johnson key kill killed law lawmaker lead leader leading left letter life \
    live local long lost man market meeting member military million minister month move nation national need news \
    number office official open order part party pay people percent plan play police policy political power president \
    presidential press price public push question race rate read real release released report reported republican result \
    return right rise rule run school second secretary security senate senator show side sign social source start state \
    statement stop story street support talk tax team term third thousand threat top trade trial trump trying turn united \
    video vote voter want war warn warned washington watch weekend white win woman women work worker world biden \
    regierung präsident deutschland land millionen prozent polizei menschen partei minister gouvernement président pays million \
    pourcent gobierno presidente país millones правительство президент россия человек миллион процент";

const SECOND: &str = "ability able access according account act action activist actor added administration admit adult \
    advance advice adviser affair age agree agreed agreement ahead aid aide air allegation alleged allow allowed ally amendment \
    analyst annual answer appeal appear appeared approach approval approve approved area argue argued argument arm army arrest \
    arrested article ask asked assault assembly asset attempt attend attorney audience august author authority average award \
    aware bad balance ballot bank base based battle began begin beginning behavior believe benefit best better bid bipartisan \
    board body book boost border born boss boy break bring british broad broke brother brought budget build building built \
    buy cabinet california campaign candidate capital capitol car card care career carry cash cause center central century ceo \
    certain chair chairman challenge chance charge charged check child children chinese choice christmas church citizen civil \
    claim class clear climate close closed coalition college comment commission committee common community compared \
    concern condition conference confirm confirmed conflict conservative consider considered constitution consumer contact \
    continue continued contract conversation cost council count county couple course cover create created crime criminal crisis \
    critic critical criticism criticized culture current custody customer daily damage danger dangerous data date daughter debate \
    debt decade december decide decided decision declare declared decline defeat defend defense delay demand deny denied \
    despite detail detention develop development different difficult digital diplomat diplomatic direct director disease district \
    doctor document dollar donald dozen draw dream drive driver drop drug due earlier earnings ease east easy economic \
    economist economy edge editor education effect effort emerged emergency employee energy enforcement enter entire environment \
    episode equal especially europe european evening event eventually evidence exactly executive exit expand expert explain explosion \
    export express extend extra extraordinary eye fact fail failed failure fair faith fall false family fan far father favor fear \
    feature february feel fell field figure file filed fill film finally financial finding fine fire firm fiscal five floor focus \
    follow followed following food football form formal forward four france friend front full fund funding future gain gas gave \
    gender german germany girl global goal gold gop governor grand great ground grow growing growth guard guess guilty gun half hand \
    happen happened hard head health hear heard hearing heart heavy held help high higher highest highly hill historic history home \
    hope hospital host hour huge human hundred hurt husband idea identify illegal image immediate immigrant immigration impact \
    important impose include included including income increase increased independent index indian individual industry inflation \
    influence information injured inside instead institution intelligence interest interview investigation investigator investment \
    investor involved israel january join joined joint journal journalist judge judicial july jump june jury justice keep \
    kept kid kind king knew knows known labor lack large largest late later latest launch launched lawsuit lawyer leak learn \
    leave led legal legislation legislative level liberal lie light likely limit line link list little loan look looking lose loss lot \
    love low lower machine main maintain major majority making manager march mark mass massive match matter mayor mean \
    measure media medical medicine meet memo men mental message met middle mid midterm migrant mile mind minor minority minute \
    miss missing mission mobile model moment monetary money monthly morning mother mountain movement movie multiple murder music name \
    named nearly network never night nine nominee nomination north northern note november nuclear obama october offer offered officer \
    oil old older online operation opinion opponent opportunity opposed opposition option organization original outside overnight owner \
    page paid pandemic panel paper parent parliament particular partner pass passed past patient peace pelosi performance period \
    person personal phone photo physical pick picture piece place planned planning player point poll poor popular population \
    position positive possible post potential powerful practice prepare presence present presidency pressure prevent previous \
    primary prime prior prison private pro probe problem process product production professor profit program progress project promise \
    promised proposal proposed prosecutor protect protection protest protester prove provide public published pull purchase put \
    putin quarter quick quickly quit raise raised rally ran range rare reach reached reaction ready reality reason recall receive \
    received recent recently record recovery red reduce reform refugee refuse refused regime region regional regulation regulator \
    reject rejected relationship religious remain remained remark remember remove removed reopen repeat replace reporter representative \
    request require required rescue research reserve residence resident resign resolution respond response responsibility rest restriction \
    retail revenue review revealed risk rival road rock role room round row running russia russian safe safety sale sanction save saw \
    scale scandal scene schedule scheduled science scientist score screen search season seat secret section seek seeking seen sell \
    send senior sense sent sentence series serious serve served service session set seven several severe sex sexual shared share \
    shift shooting short shot shut shutdown signal signed significant similar simple simply single sister site situation six size \
    slow small society soldier sold son soon sought sound south southern spark speak speaker special speech speed spend spending spent \
    spoke spokesman spokeswoman spread spring staff stage stand standard star started station stay step stock stood store \
    strategy strike strong struggle student study style subject success successful suggest suggested suit summer summit supporter supreme \
    surge surprise survey survive suspect suspected sweeping system table target targeted task teacher tech technology television \
    tell tension term territory terror terrorism terrorist test texas thing think thought threatened threaten thursday tie tied \
    ticket title tomorrow tool total touch tough tour town track traffic train training transfer transition travel treasury treatment \
    tried trip trouble true trust truth try twitter tweet type ukraine understand union unit university unprecedented urge urged \
    user vaccine value various vehicle version veteran vice victim victory view village violence violent virus visit voice vow vowed \
    voting wait walk wall watchdog water wave weapon weather web website weigh welcome west western wide wife winner winter wish \
    wing witness word worry worst worth write wrong wrote yield york young \
    bundesregierung kanzler bundestag ministerium unternehmen stadt deutsche euro milliarden woche tag kinder frau mann frauen \
    gericht krieg wahl ukraine china usa europa leben ende zeit zahl fall weg platz spiel saison corona stunden grund thema \
    france monde ministre politique femme homme enfants ville guerre loi vie ans milliards entreprise europe élection temps \
    ciudad guerra ley vida elecciones empresa mujer hombre europa mundo policía covid \
    года россии сша украины страны москвы область власти глава министр суд компания рублей украина страна города";
