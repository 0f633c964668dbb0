//! Words that say nothing about an event, in the languages of the shipped feeds.
//!
//! One list for all: an entry's stated language is often wrong or missing. Words that are a stop word in one
//! language and news in another (`die`, `war`, `will`) are here only where the loss is small.

use crate::text::fold;
use hashbrown::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let words = LISTS.iter().flat_map(|list| list.split_whitespace());
    words.flat_map(|word| fold(word).split(' ').map(str::to_owned).collect::<Vec<_>>()).collect()
});

/// Whether a folded word says nothing about an event. Contractions are folded to their parts.
pub fn is_stop_word(folded: &str) -> bool {
    WORDS.contains(folded)
}

const LISTS: &[&str] = &[
    // English
    "a about above after again against all also am amid among an and any are aren't around as at back be became because been \
     before being below between both but by came can can't cannot come could couldn't did didn't do does doesn't doing don't down \
     during each even ever every few first for from further gave get gets getting give go goes going got had hadn't has hasn't have \
     haven't having he her here hers herself him himself his how i i'm if in into is isn't it it's its itself just know last least \
     let like made make makes making many may me might more most much must my new next no nor not now of off on once one only or other \
     our ours out over own per put said same say saying says see set she should since so some still such take takes than that \
     that's the their theirs them themselves then there these they they're this those though three through to told too took toward \
     two under until up upon us use used very via want wants was wasn't way we well were weren't what what's when where whether which while who \
     whom whose why will with within without would wouldn't year years yet you your yours according monday tuesday wednesday thursday \
     friday saturday sunday mr mrs ms today yesterday tomorrow week day days time",
    // German
    "aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist da damit dann das dass dazu \
     dein dem den denn der des dessen dich die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er \
     es etwas euch euer für gegen gewesen hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im \
     in indem ins ist jede jedem jeden jeder jedes jetzt kann kein keine keinem keinen keiner können könnte laut machen man mehr mein meine \
     mit muss müssen nach nicht nichts noch nun nur ob oder ohne rund sagte schon sehr sei sein seine seinem seinen seiner seit sich sie \
     sind so soll sollen sollte sondern sonst um und uns unser unter vom von vor war waren warum was weil weiter weitere wenn wer \
     werden wie wieder wir wird wurde wurden während zu zum zur zwei zwischen worden beiden sowie bereits immer neue neuen neuer jahr jahre \
     jahren uhr montag dienstag mittwoch donnerstag freitag samstag sonntag",
    // French
    "à ai après au aussi autre autres aux avait avant avec avoir c'est ce cela celle ces cet cette ceux chez comme contre d'un d'une dans de \
     depuis des deux dit donc dont du elle elles en encore entre est et était été être fait faire il ils je jusqu la le les leur leurs lors \
     lui mais même moins n'est ne ni non nos notre nous on ont ou où par pas pendant peu peut plus pour qu'il qu'elle quand que quel quelle \
     qui sa sans se selon sera ses si son sont sous sur ta tous tout toute toutes très tu un une vers vos votre vous y an ans jour mardi lundi \
     mercredi jeudi vendredi samedi dimanche",
    // Spanish, Portuguese, Italian
    "al algo ante antes así aún bajo cada como con contra cual cuando de del desde donde dos el ella ellas ellos en entre era es esa ese eso \
     esta está están este esto estos fue fueron ha había han hasta hay la las le les lo los más me mi muy no nos o otra otro otros para pero \
     por porque que qué quien se según ser si sin sobre son su sus también tan tiene todo todos tras tu un una uno unos y ya año años \
     ao aos às até com da das depois do dos e ela ele eles em foi foram isso já mais mas muito na não nas nem no nos num numa pela pelo pelos \
     quando sem seu seus sua suas são também tem uma você ano anos \
     agli ai alla alle anche ancora che chi ci ciò col come cosa cui da dal dalla degli dei del della delle dello di dopo due è essere fa fra \
     gli ha hanno ho il in io la le lo loro ma mi molto nel nella nelle non o ogni più per perché prima quello questa questo se si sia sono \
     su sua sue sui sul sulla suo tra tutti tutto un una uno",
    // Dutch, Swedish, Danish, Norwegian, Icelandic
    "aan al als bij dan dat de deze die door een en er geen haar had heeft het hij hoe hun ik in is je kan maar met meer na naar niet nog nu \
     of om omdat onder ook op over te tegen tot uit van veel voor waar was wat we wel werd wie wij worden zal ze zei zich zij zijn zo zou \
     och att som för på av är med till den det ett om han var inte från har hon men vid kan sig så ska efter under nu eller sin år \
     og at er ikke til på har af med det den som et en i jeg ble seg fra sier skal blir etter mot sa \
     í á að sem og er við um en það hann ekki með til frá af var hún þess þeir því ár verið hefur þar eru upp eftir fyrir voru hafa sé sína",
    // Czech, Polish
    "a aby ale ani až bude budou by byl byla byli bylo být co což další do ho i jak jako je jeho její jejich jen ještě již jsem jsme jsou k \
     kde když která které který ke kteří má mezi mít může na nad ne nebo není o od po pod podle pokud pro proti před při s se si své tak také \
     tedy ten to tom toho tomto této už v ve však z za ze že roku let \
     bardzo być dla do gdy ich ją jego jej jest jeszcze już kiedy która które który którzy lub ma mnie może na nie niż od oraz po przed przez \
     przy są się tak także tego tej ten to tylko tym w we więc z za ze że został roku",
    // Russian, Ukrainian
    "а без более будет будут бы был была были было быть в вам вас весь во вот все всех всего вы где да для до его ее её если есть еще ещё же за \
     здесь и из или им их к как которая которого которые который когда кто ли либо между меня мне может можно мы на над надо нам нас не него нее \
     нет ни них но о об однако он она они оно от по под после потому при про с сам свою своей своих себе себя сейчас со собой так также такие такой \
     там те тем то того тоже той только том тот у уже что чтобы эта эти это этого этой этом этот эту я года году лет \
     та що як із від за про це його її їх він вона вони ми ви є було буде також після щоб та й але року",
    // Turkish, Indonesian, Finnish, Hungarian, Greek
    "ve bir bu da de için ile olarak olan daha çok gibi kadar sonra en ise ne dan yang dan di ini itu dengan untuk pada dari dalam tidak akan \
     adalah ja on ei se että oli ovat mutta kun hän myös ovat joka az és hogy nem egy ez is meg már csak de volt ο η το οι τα του της των τον \
     την και με σε για από που να θα δεν είναι στο στη στην στον ότι ως",
];
