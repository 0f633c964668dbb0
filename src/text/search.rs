//! What the full-text index stores, so that searching it agrees with matching.

use super::chars::is_letter_or_digit;
use super::tokenize::Tokenizer;

/// A text as space-separated folded words for an FTS5 index with the plain `unicode61` tokenizer.
///
/// Marks that survive folding (spacing vowel signs) are left out, since `unicode61` would break a word at them.
/// Search terms must go through the same function. Pieces of words that hold unseen characters stand at the end,
/// so that they part no phrase.
pub fn search_tokens(text: &str) -> String {
    let mut tokens = String::with_capacity(text.len() + text.len() / 8);
    let mut pieces = String::new();
    Tokenizer::default()
        .each(text, |token| push(if token.piece { &mut pieces } else { &mut tokens }, token.text));
    push(&mut tokens, &pieces);
    tokens
}

fn push(tokens: &mut String, word: &str) {
    let before = tokens.len();
    tokens.extend((before > 0).then_some(' '));
    let start = tokens.len();
    if word.is_ascii() {
        tokens.push_str(word);
    } else {
        tokens.extend(word.chars().filter(|c| *c == ' ' || is_letter_or_digit(*c)));
    }
    if tokens.len() == start {
        tokens.truncate(before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_for_the_index() {
        let rows = [
            ("empty", " – ", ""),
            ("German", "Die Übergröße: Maßnahmen", "die ubergrosse massnahmen"),
            ("English", "Indonesia’s U.S. exports", "indonesia s u s exports"),
            ("Chinese, characters one by one", "对華AI芯片", "对 华 ai 芯 片"),
            ("spacing marks go", "भारत", "भरत"),
            ("unseen characters: whole and pieces", "Ex\u{AD}port a", "export a ex port"),
        ];
        for (why, text, expected) in rows {
            assert_eq!(search_tokens(text), expected, "{why}");
        }
    }

    #[test]
    fn sqlite_sees_the_same_words() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch(
            "CREATE VIRTUAL TABLE text USING fts5(words, tokenize = 'unicode61');
             CREATE VIRTUAL TABLE seen USING fts5vocab(text, 'instance');",
        )
        .unwrap();
        let text =
            "Ærø Übergröße İzmir 对華AI芯片 ガス 수출통제 экспорт أمريكا भारत कि H20 ที่ ﬁn ΛΌΓΟΣ Ex\u{AD}port";
        let ours = search_tokens(text);
        db.execute("INSERT INTO text VALUES (?1)", [&ours]).unwrap();
        let mut statement = db.prepare("SELECT term FROM seen ORDER BY offset").unwrap();
        let theirs: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(theirs.join(" "), ours);
    }
}
