//! The words of dates: months in the languages feeds are written in, zones by name, halves of the day.

/// What a word of a date means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A month, 1 to 12.
    Month(i32),
    /// A zone, in minutes east of Greenwich.
    Zone(i32),
    /// Before noon (false) or after (true).
    Afternoon(bool),
    /// A day of the week, 1 for Monday to 7 for Sunday.
    Weekday(i8),
    /// March or Tuesday.
    MarchOrTuesday,
}

/// The meaning of a word, letter case ignored; `None` for everything unknown.
pub fn meaning(word: &str) -> Option<Word> {
    let lower = word.to_lowercase();
    if lower == "mar" {
        return Some(Word::MarchOrTuesday);
    }
    let afternoon = |list: &[&str]| list.contains(&lower.as_str());
    if afternoon(&["pm", "오후", "下午", "午後"]) {
        return Some(Word::Afternoon(true));
    }
    if afternoon(&["am", "오전", "上午", "午前"]) {
        return Some(Word::Afternoon(false));
    }
    if let Some(&(_, minutes)) = ZONES.iter().find(|(name, _)| *name == lower) {
        return Some(Word::Zone(minutes));
    }
    month(&lower).map(Word::Month).or_else(|| weekday(&lower).map(Word::Weekday))
}

/// Weekdays of the languages that write a date in numbers behind them; only names that are nothing else.
fn weekday(lower: &str) -> Option<i8> {
    const DAYS: [&str; 7] = [
        "mon monday mo montag lun lundi lunes lunedì seg",
        "tue tues tuesday di dienstag mardi martes martedì ter",
        "wed wednesday mi mittwoch mer mercredi mié miércoles mercoledì qua",
        "thu thur thurs thursday do donnerstag jeu jeudi jue jueves gio giovedì qui",
        "fri friday fr freitag ven vendredi vie viernes venerdì sex",
        "sat saturday sa samstag sam samedi sáb sábado sab sabato",
        "sun sunday so sonntag dim dimanche dom domingo domenica",
    ];
    let at = DAYS.iter().position(|names| names.split(' ').any(|name| name == lower))?;
    i8::try_from(at + 1).ok()
}

fn month(lower: &str) -> Option<i32> {
    let at = MONTHS.iter().position(|names| names.split(' ').any(|name| name == lower))?;
    i32::try_from(at + 1).ok()
}

/// English, German (also Austrian), French, Spanish, Portuguese, Italian, Dutch, Russian (nominative, genitive,
/// short), Ukrainian, Polish, Czech, Hungarian, Greek, Scandinavian, Turkish and Indonesian names and their short
/// forms, in lower case and without their dots. A short form that two languages use for different months
/// (Italian "mar" and Czech "srp" are none) stands only where it is safe.
const MONTHS: [&str; 12] = [
    "january jan janu januar jänner jän jaenner janvier janv enero ene janeiro gennaio gen januari \
     января январь янв січня січень січ styczeń stycznia sty leden ledna led január ιανουαρίου ιανουάριος ιαν \
     janúar ocak oca ιανουαριου tammikuu",
    "february feb febr februar feber février fevrier févr fevr fév fev febrero fevereiro febbraio februari \
     февраля февраль фев февр лютого лютий лют luty lutego lut únor února úno február φεβρουαρίου φεβρουάριος \
     φεβ şubat şub helmikuu",
    "march märz maerz mär mrz mars marzo março marco maart mrt марта март мар березня березень бер marzec \
     marca březen března bře március márc μαρτίου μάρτιος μάρ μαρ mart maret maaliskuu",
    "april apr avril avr abril abr aprile апреля апрель апр квітня квітень кві kwiecień kwietnia kwi duben dubna \
     dub április ápr απριλίου απρίλιος απρ nisan nis huhtikuu",
    "may mai mayo maio maggio mag mei maj мая май травня травень тра maja květen května kvě május máj μαΐου μάϊος \
     μάιος μαϊ μαι mayıs toukokuu",
    "june jun juni juin junio junho jun giugno giu июня июнь июн червня червень чер czerwiec czerwca cze červen \
     června čer június jún ιουνίου ιούνιος ιουν ιούν haziran haz juno kesäkuu",
    "july jul juli juillet juil julio julho luglio lug июля июль июл липня липень лип lipiec lipca lip červenec \
     července čvc július júl ιουλίου ιούλιος ιουλ ιούλ temmuz tem heinäkuu",
    "august aug août aout aoû agosto ago augustus августа август авг серпня серпень сер sierpień sierpnia sie \
     srpen srpna srp augusztus αυγούστου αύγουστος αυγ αύγ ağustos ağu agustus agu elokuu",
    "september sep sept septembre septiembre setiembre septembro setembro set settembre сентября сентябрь сен \
     сент вересня вересень вер wrzesień września wrz září zář szeptember szept σεπτεμβρίου σεπτέμβριος σεπ σεπτ \
     eylül eyl syyskuu",
    "october oct oktober okt octobre octubre outubro out ottobre ott октября октябрь окт жовтня жовтень жов \
     październik października paź říjen října říj október οκτωβρίου οκτώβριος οκτ ekim eki lokakuu",
    "november nov novembre noviembre novembro ноября ноябрь ноя нояб листопада листопад лис listopad listopada \
     νοεμβρίου νοέμβριος νοε νοέ kasım kas nopember marraskuu",
    "december dec dezember dez décembre decembre déc diciembre dic dezembro dicembre декабря декабрь дек грудня \
     грудень гру grudzień grudnia gru prosinec prosince pro δεκεμβρίου δεκέμβριος δεκ δεκέ desember des aralık \
     ara desembre december joulukuu",
];

/// Zone names in lower case. Ambiguous ones have the meaning they have in feeds: IST is India, BST is Britain,
/// CST is North America.
const ZONES: &[(&str, i32)] = &[
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("mez", 60),
    ("cet", 60),
    ("met", 60),
    ("west", 60),
    ("bst", 60),
    ("mesz", 120),
    ("cest", 120),
    ("mest", 120),
    ("eet", 120),
    ("sast", 120),
    ("cat", 120),
    ("eest", 180),
    ("msk", 180),
    ("eat", 180),
    ("trt", 180),
    ("msd", 240),
    ("gst", 240),
    ("pkt", 300),
    ("ist", 330),
    ("wib", 420),
    ("ict", 420),
    ("wita", 480),
    ("hkt", 480),
    ("sgt", 480),
    ("awst", 480),
    ("pht", 480),
    ("jst", 540),
    ("kst", 540),
    ("wit", 540),
    ("acst", 570),
    ("aest", 600),
    ("acdt", 630),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("ndt", -150),
    ("nst", -210),
    ("brt", -180),
    ("art", -180),
    ("clst", -180),
    ("adt", -180),
    ("ast", -240),
    ("clt", -240),
    ("edt", -240),
    ("et", -300),
    ("est", -300),
    ("cdt", -300),
    ("ct", -360),
    ("cst", -360),
    ("mdt", -360),
    ("mt", -420),
    ("mst", -420),
    ("pdt", -420),
    ("pt", -480),
    ("pst", -480),
    ("akdt", -480),
    ("akst", -540),
    ("hst", -600),
];
