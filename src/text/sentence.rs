//! Where sentences end.

/// Whether a sentence ends in `between`, the text between one word and the next.
///
/// A line end always ends one, and so do the full stops of scripts without spaces. A full stop, question or
/// exclamation mark followed by a blank does unless the next word goes on in lower case, or the word before is a
/// single letter, a number or a common abbreviation (`U. S.`, `3. Mai`, `Dr. Li`).
pub fn ends_sentence(before: &str, between: &str, after: &str) -> bool {
    // nearly all words are parted by one blank
    if between == " " || between.is_empty() {
        return false;
    }
    if between.contains(['\n', '\r', '\u{2028}', '\u{2029}', '。', '！', '？', '｡', '।']) {
        return true;
    }
    let Some(mark) = between.find(['.', '!', '?', '…', '؟', '۔']) else { return false };
    if !between[mark..].contains(char::is_whitespace) || after.chars().next().is_some_and(char::is_lowercase)
    {
        return false;
    }
    !between[mark..].starts_with('.') || !is_abbreviation(before)
}

fn is_abbreviation(word: &str) -> bool {
    let mut chars = word.chars();
    let single = chars.next().is_some_and(char::is_alphanumeric) && chars.next().is_none();
    single
        || word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit())
        || ABBREVIATIONS.contains(&word)
}

/// Titles and short forms that stand before capitals.
const ABBREVIATIONS: [&str; 36] = [
    "Mr", "Mrs", "Ms", "Dr", "Prof", "Sen", "Rep", "Gov", "Gen", "Col", "Lt", "Sgt", "Capt", "St", "Jr",
    "Sr", "Inc", "Ltd", "Co", "Corp", "No", "vs", "Nr", "Abs", "Art", "bzw", "ca", "evtl", "ggf", "inkl",
    "Mio", "Mrd", "Sra", "Mme", "Mlle", "Dott",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_sentences() {
        let rows = [
            ("a full stop before a capital", "chips", ". ", "China", true),
            ("a full stop before lower case", "approx", ". ", "three", false),
            ("no blank behind it", "U", ".", "S", false),
            ("initials", "U", ". ", "Officials", false),
            ("a title", "Dr", ". ", "Li", false),
            ("an ordinal", "3", ". ", "Mai", false),
            ("a year ends one", "2025", ". ", "Die", true),
            ("a question with a closing quote", "so", "?” ", "She", true),
            ("a line end", "Überschrift", "\n", "text", true),
            ("Chinese", "片", "。", "美", true),
            ("a comma", "a", ", ", "B", false),
            ("scripts without capitals", "مصر", ". ", "قال", true),
        ];
        for (why, before, between, after, expected) in rows {
            assert_eq!(ends_sentence(before, between, after), expected, "{why}");
        }
    }
}
