//! Wildcards inside one word: `*` is any run of characters, also none; `?` is exactly one.

/// A folded pattern for one folded word. Begins and ends at the word's ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Glob {
    /// Literals and wildcards in order; no two literals and no two stars touch.
    pub parts: Vec<GlobPart>,
}

/// One part of a [`Glob`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GlobPart {
    /// These folded characters.
    Text(String),
    /// Exactly one character.
    One,
    /// Any characters, also none.
    Many,
}

/// The shapes that need no search with backtracking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape<'a> {
    /// `abc*`
    Prefix(&'a str),
    /// `*abc`
    Suffix(&'a str),
    /// `*abc*`
    Infix(&'a str),
    /// Anything else.
    Mixed,
}

impl Glob {
    /// The glob of these parts, with neighbours joined.
    pub fn new(parts: impl IntoIterator<Item = GlobPart>) -> Self {
        let mut joined: Vec<GlobPart> = Vec::new();
        for part in parts {
            match (joined.last_mut(), part) {
                (Some(GlobPart::Text(text)), GlobPart::Text(more)) => text.push_str(&more),
                (Some(GlobPart::Many), GlobPart::Many) => {}
                (_, part) => joined.push(part),
            }
        }
        Self { parts: joined }
    }

    /// What kind of pattern this is.
    pub fn shape(&self) -> Shape<'_> {
        use GlobPart::*;
        match self.parts.as_slice() {
            [Text(text), Many] => Shape::Prefix(text),
            [Many, Text(text)] => Shape::Suffix(text),
            [Many, Text(text), Many] => Shape::Infix(text),
            _ => Shape::Mixed,
        }
    }

    /// Literal characters in all.
    pub fn letters(&self) -> usize {
        let texts = self
            .parts
            .iter()
            .map(|part| if let GlobPart::Text(text) = part { text.chars().count() } else { 0 });
        texts.sum()
    }

    /// The longest literal, and whether it is anchored at the word's start or end.
    pub fn anchor(&self) -> Option<(&str, bool, bool)> {
        let last = self.parts.len().wrapping_sub(1);
        let texts = self.parts.iter().enumerate().filter_map(|(at, part)| match part {
            GlobPart::Text(text) => Some((text.as_str(), at == 0, at == last)),
            _ => None,
        });
        texts.max_by_key(|(text, ..)| text.len())
    }

    /// Whether a folded word fits. Time is at most the product of both lengths.
    pub fn matches(&self, word: &str) -> bool {
        match self.shape() {
            Shape::Prefix(text) => word.starts_with(text),
            Shape::Suffix(text) => word.ends_with(text),
            Shape::Infix(text) => word.contains(text),
            Shape::Mixed => fits(&self.parts, word),
        }
    }
}

/// Matches parts in order; on failure goes back to the latest star only, which is enough.
fn fits(parts: &[GlobPart], word: &str) -> bool {
    let (mut part, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if let Some(GlobPart::Many) = parts.get(part) {
            part += 1;
            star = Some((part, at));
            continue;
        }
        if part == parts.len() && at == word.len() {
            return true;
        }
        if let Some(length) = parts.get(part).and_then(|part| step(part, &word[at..])) {
            part += 1;
            at += length;
            continue;
        }
        let Some((after, from)) = star else { return false };
        let Some(skipped) = word[from..].chars().next() else { return false };
        star = Some((after, from + skipped.len_utf8()));
        (part, at) = (after, from + skipped.len_utf8());
    }
}

fn step(part: &GlobPart, rest: &str) -> Option<usize> {
    match part {
        GlobPart::Text(text) => rest.starts_with(text.as_str()).then_some(text.len()),
        GlobPart::One => rest.chars().next().map(char::len_utf8),
        GlobPart::Many => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str) -> Glob {
        Glob::new(pattern.chars().map(|c| match c {
            '*' => GlobPart::Many,
            '?' => GlobPart::One,
            c => GlobPart::Text(c.to_string()),
        }))
    }

    #[test]
    fn words_that_fit() {
        let rows = [
            ("export*", "export", true),
            ("export*", "exports", true),
            ("export*", "reexport", false),
            ("*kontrolle", "exportkontrolle", true),
            ("*kontrolle", "exportkontrollen", false),
            ("*kontroll*", "exportkontrollen", true),
            ("w?rld", "world", true),
            ("w?rld", "wrld", false),
            ("w?rld", "wérld", true),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXcXb", false),
            ("*ab", "aab", true),
            ("?*?", "a", false),
            ("?*?", "ab", true),
        ];
        for (pattern, word, expected) in rows {
            assert_eq!(glob(pattern).matches(word), expected, "{pattern} {word}");
        }
    }

    #[test]
    fn stars_do_not_explode() {
        assert!(!glob(&"*a".repeat(200)).matches(&"a".repeat(150)));
        assert!(!glob(&format!("{}b", "*a".repeat(100))).matches(&"a".repeat(1000)));
    }

    #[test]
    fn the_anchor_is_the_longest_literal() {
        assert_eq!(glob("ab*cde*f").anchor(), Some(("cde", false, false)));
        assert_eq!(glob("abc?d").anchor(), Some(("abc", true, false)));
        assert_eq!(glob("?d").anchor(), Some(("d", false, true)));
    }
}
