//! The alias list: one name for what languages spell differently.
//!
//! A list is TOML: every key is the canonical name, every value the spellings that stand for it, where a `*` at the
//! end stands for any ending. Spellings are found as whole words, in scripts without spaces anywhere; case, traditional against simplified Chinese and
//! kinds of quotes do not matter. Where two spellings begin at one place the longest counts. The shipped list is
//! `config/names.toml`; [`Aliases::parse`] reads a user's own, [`Aliases::extend`] adds it.

use super::exact::is_unspaced;
use super::han::simplified;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use unicode_normalization::UnicodeNormalization;

const SHIPPED: &str = include_str!("../../../config/names.toml");

/// A compiled alias list.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    names: BTreeMap<String, Vec<String>>,
    spellings: Vec<Spelling>,
    automaton: Option<AhoCorasick>,
}

/// What is wrong with an alias list.
#[derive(Debug, thiserror::Error)]
pub enum AliasError {
    /// Not TOML, or a value is not a list of texts.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// A spelling is empty.
    #[error("`{0}` has an empty spelling")]
    Empty(String),
    /// A `*` that is not the last character.
    #[error("`{0}`: `*` may only end a spelling")]
    Star(String),
    /// The spellings could not be compiled.
    #[error("the spellings cannot be compiled: {0}")]
    TooLarge(#[from] aho_corasick::BuildError),
}

impl Aliases {
    /// The shipped list, compiled once.
    pub fn shipped() -> Arc<Self> {
        static LIST: LazyLock<Arc<Aliases>> =
            LazyLock::new(|| Arc::new(Aliases::parse(SHIPPED).unwrap_or_default()));
        Arc::clone(&LIST)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// Text that is not TOML of that form, and empty spellings.
    pub fn parse(toml: &str) -> Result<Self, AliasError> {
        Self::compile(toml::from_str(toml)?)
    }

    /// A list of these names with their spellings.
    ///
    /// # Errors
    /// Empty spellings, and a `*` that does not end one.
    pub fn of(names: impl IntoIterator<Item = (String, Vec<String>)>) -> Result<Self, AliasError> {
        let mut list: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, spellings) in names {
            list.entry(name).or_default().extend(spellings);
        }
        Self::compile(list)
    }

    /// Whether it has the same names with the same spellings.
    pub fn same(&self, other: &Self) -> bool {
        self.names == other.names
    }

    /// This list and the names of `other`; a canonical name in both gets the spellings of both.
    ///
    /// # Errors
    /// More spellings than the matcher can hold.
    pub fn extend(mut self, other: Self) -> Result<Self, AliasError> {
        for (name, spellings) in other.names {
            self.names.entry(name).or_default().extend(spellings);
        }
        Self::compile(self.names)
    }

    /// Canonical names in the list.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The canonical names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// All spellings, canonical names included; a `*` at the end is left out.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        let spellings = self.names.iter().flat_map(|(name, texts)| texts.iter().chain([name]));
        spellings.map(|text| text.strip_suffix('*').unwrap_or(text))
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The canonical names found in a line, in order of appearance, repeats included.
    pub fn find<'s>(&'s self, line: &str) -> Vec<&'s str> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let folded = fold_normal(line);
        let hits = automaton.find_iter(&*folded).filter_map(|hit| {
            let spelling = self.spellings.get(hit.pattern().as_usize())?;
            spelling.stands_at(&folded, hit.start(), hit.end()).then_some(spelling.canonical.as_str())
        });
        hits.collect()
    }

    /// The canonical name of a text that is one of its spellings as a whole.
    pub fn whole(&self, text: &str) -> Option<&str> {
        let [name] = self.find(text)[..] else { return None };
        let wanted = fold(text);
        let same = |spelling: &str| fold(spelling.strip_suffix('*').unwrap_or(spelling)) == wanted;
        let spelled = self.names.get(name).is_some_and(|texts| texts.iter().any(|text| same(text)));
        (spelled || same(name)).then_some(name)
    }

    fn compile(names: BTreeMap<String, Vec<String>>) -> Result<Self, AliasError> {
        let mut patterns = Vec::new();
        let mut spellings = Vec::new();
        for (canonical, texts) in &names {
            for text in texts.iter().chain([canonical]) {
                let open_end = text.ends_with('*');
                let folded = fold(text.strip_suffix('*').unwrap_or(text).trim());
                if folded.contains('*') {
                    return Err(AliasError::Star(canonical.clone()));
                }
                if folded.is_empty() {
                    return Err(AliasError::Empty(canonical.clone()));
                }
                patterns.push(folded);
                spellings.push(Spelling { canonical: canonical.clone(), open_end });
            }
        }
        // A full automaton takes 15 MB, a third of what an idle daemon holds, and is no faster.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns)?;
        Ok(Self { names, spellings, automaton: Some(automaton) })
    }
}

#[derive(Clone, Debug)]
struct Spelling {
    canonical: String,
    /// Written with `*`: endings may follow.
    open_end: bool,
}

impl Spelling {
    /// Whether a hit is a whole word; scripts without spaces have no borders.
    fn stands_at(&self, line: &str, start: usize, end: usize) -> bool {
        let joins = |one: Option<char>, two: Option<char>| match (one, two) {
            (Some(one), Some(two)) => is_letter(one) && is_letter(two),
            _ => false,
        };
        let hit = &line[start..end];
        let before = joins(line[..start].chars().next_back(), hit.chars().next());
        let after = joins(hit.chars().next_back(), line[end..].chars().next());
        !before && (self.open_end || !after)
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !is_unspaced(c) && !matches!(c, '\u{AC00}'..='\u{D7AF}')
}

/// Forms of Han characters and kinds of apostrophe away. Case stays: `US` is a country, `us` is not.
fn fold(text: &str) -> String {
    let apostrophe = |c| if c == '’' { '\'' } else { c };
    text.nfkc().map(simplified).map(apostrophe).collect()
}

/// The same for a text that is in normal form already; plain ASCII stays where it is.
fn fold_normal(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if c == '’' { '\'' } else { simplified(c) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_become_the_canonical_name() {
        let list = Aliases::parse(
            "China = [\"中国\", \"Кита*\", \"الصين\"]\n'United States' = [\"US\", \"米国\", \"美國\"]",
        )
        .expect("a list");
        let rows: [(&str, &[&str], &str); 6] = [
            ("中國對美国施壓", &["China", "United States"], "traditional and simplified"),
            ("Власти Китая ответили", &["China"], "an ending after *"),
            ("the US answers us, China", &["United States", "China"], "whole words, case as written"),
            ("bus and muscle", &[], "inside of words is no hit"),
            ("米国が発表", &["United States"], "Japanese"),
            ("", &[], "nothing"),
        ];
        for (line, expected, why) in rows {
            assert_eq!(list.find(line), expected, "{why}");
        }
    }

    #[test]
    fn bad_lists_are_refused() {
        assert!(matches!(Aliases::parse("China = 3"), Err(AliasError::Syntax(_))));
        assert!(matches!(Aliases::parse("China = [\"\"]"), Err(AliasError::Empty(_))));
    }

    #[test]
    fn the_shipped_list_is_read_and_can_be_extended() {
        let shipped = Aliases::parse(SHIPPED).expect("config/names.toml");
        assert!(shipped.len() > 100);
        let more = shipped
            .extend(Aliases::parse("Ruritania = [\"Рурита*\"]").expect("a list"))
            .expect("a longer list");
        assert_eq!(more.find("В Руритании"), ["Ruritania"]);
    }
}
