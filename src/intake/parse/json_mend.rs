//! Puts broken JSON right, so that a strict reader can read what is there.
//!
//! In one pass over the signs: a document that was cut off is closed (a string where it stands, a name without a value
//! gets `null`); commas too many go and missing ones come; names without quotes get them; words that are no values
//! become `null`; inside strings line breaks and tabs become spaces, unknown escapes lose their backslash, and halves
//! of surrogate pairs become the replacement character. What follows the first value is left out.

/// What may come next in an open list or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Name,
    Colon,
    Value,
    Comma,
}

/// An open list or object.
#[derive(Clone, Copy, Debug)]
struct Level {
    object: bool,
    next: Next,
}

/// The document as JSON that can be read, or nearly: whoever reads it decides.
pub fn mend(text: &str) -> String {
    let mut mender = Mender { out: String::with_capacity(text.len() + 64), levels: Vec::new() };
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
        if rest.is_empty() {
            break;
        }
        rest = mender.take(rest);
        if mender.levels.is_empty() {
            return mender.out;
        }
    }
    while !mender.levels.is_empty() {
        mender.close();
    }
    mender.out
}

struct Mender {
    out: String,
    levels: Vec<Level>,
}

impl Mender {
    /// Takes in the sign or value that `rest` begins with; returns what follows it.
    fn take<'a>(&mut self, rest: &'a str) -> &'a str {
        match rest.as_bytes()[0] {
            open @ (b'{' | b'[') => self.open(open == b'{'),
            b'}' | b']' => self.close(),
            b',' => self.comma(),
            b':' => self.colon(),
            b'"' => {
                self.begin_value();
                let used = string(rest, &mut self.out);
                return &rest[used..];
            }
            _ => return self.word(rest),
        }
        &rest[1..]
    }

    fn next(&self) -> Option<Next> {
        self.levels.last().map(|level| level.next)
    }

    fn expect(&mut self, next: Next) {
        if let Some(level) = self.levels.last_mut() {
            level.next = next;
        }
    }

    fn open(&mut self, object: bool) {
        if self.next() == Some(Next::Name) {
            self.out.push_str("\"\":");
            self.expect(Next::Value);
        }
        self.begin_value();
        self.out.push(if object { '{' } else { '[' });
        self.levels.push(Level { object, next: if object { Next::Name } else { Next::Value } });
    }

    /// Before a string or another value: a comma if one is missing, and what may come after it.
    fn begin_value(&mut self) {
        match self.levels.last().copied() {
            Some(Level { next: Next::Comma, .. }) => {
                self.comma();
                self.begin_value();
            }
            Some(Level { next: Next::Colon, .. }) => {
                self.colon();
                self.expect(Next::Comma);
            }
            Some(Level { next: Next::Name, .. }) => self.expect(Next::Colon),
            Some(Level { next: Next::Value, .. }) => self.expect(Next::Comma),
            None => {}
        }
    }

    fn colon(&mut self) {
        if self.next() == Some(Next::Colon) {
            self.out.push(':');
            self.expect(Next::Value);
        }
    }

    /// A comma counts only behind a value.
    fn comma(&mut self) {
        self.complete();
        if let Some(Level { object, next: Next::Comma }) = self.levels.last().copied() {
            self.out.push(',');
            self.expect(if object { Next::Name } else { Next::Value });
        }
    }

    /// A name gets the value it lacks.
    fn complete(&mut self) {
        match self.levels.last().copied() {
            Some(Level { next: Next::Colon, .. }) => self.out.push_str(":null"),
            Some(Level { object: true, next: Next::Value }) => self.out.push_str("null"),
            _ => return,
        }
        self.expect(Next::Comma);
    }

    /// Closes the innermost level, whatever sign its end has.
    fn close(&mut self) {
        self.complete();
        if let Some(level) = self.levels.pop() {
            if self.out.ends_with(',') {
                self.out.pop();
            }
            self.out.push(if level.object { '}' } else { ']' });
        }
    }

    /// A number, a word, or signs that mean nothing.
    fn word<'a>(&mut self, rest: &'a str) -> &'a str {
        let ends = |c: char| c.is_whitespace() || c.is_control() || "{}[],:\"".contains(c);
        let (word, rest) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        let name = self.next() == Some(Next::Name);
        self.begin_value();
        let sound = matches!(word, "true" | "false" | "null") || serde_json::from_str::<f64>(word).is_ok();
        match (name, sound) {
            (true, _) => {
                let bare: String = word.chars().filter(|c| !matches!(c, '\\' | '\'')).collect();
                self.out.push('"');
                self.out.push_str(&bare);
                self.out.push('"');
            }
            (false, true) => self.out.push_str(word),
            (false, false) => self.out.push_str("null"),
        }
        rest
    }
}

/// Takes in the string that `text` begins with, closed where the document ends; returns its length.
fn string(text: &str, out: &mut String) -> usize {
    out.push('"');
    let mut at = 1;
    while let Some(offset) = text[at..].find(|c: char| c == '"' || c == '\\' || c.is_ascii_control()) {
        out.push_str(&text[at..at + offset]);
        at += offset;
        if text.as_bytes()[at] == b'"' {
            out.push('"');
            return at + 1;
        }
        let (used, seen) = escape(&text[at..]);
        out.push_str(seen);
        at += used;
    }
    out.push_str(&text[at..]);
    out.push('"');
    text.len()
}

/// How long the control character or escape at the start of `text` is, and what stands for it.
fn escape(text: &str) -> (usize, &str) {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    match (unit(0), unit(6)) {
        _ if !text.starts_with('\\') => (1, " "),
        (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (12, &text[..12]),
        (Some(0xd800..0xe000), _) => (6, "\u{fffd}"),
        (Some(_), _) => (6, &text[..6]),
        _ => match text.as_bytes().get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => (2, &text[..2]),
            _ => (1, ""),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_is_broken_is_read_as_it_was_meant() {
        let rows = [
            ("sound", r#"{"a":[1,"b",{"c":null}]}"#, r#"{"a":[1,"b",{"c":null}]}"#),
            ("cut in a string", r#"{"a":[{"b":"one tw"#, r#"{"a":[{"b":"one tw"}]}"#),
            ("cut behind a name", r#"{"a":[{"b""#, r#"{"a":[{"b":null}]}"#),
            ("cut behind a colon", r#"{"a":[{"b":"#, r#"{"a":[{"b":null}]}"#),
            ("cut in a word", r#"{"a":tru"#, r#"{"a":null}"#),
            ("cut in a number", r#"{"a":12.,"b":1"#, r#"{"a":null,"b":1}"#),
            ("cut in an escape", r#"{"a":"x\u00"#, r#"{"a":"xu00"}"#),
            ("cut behind a comma", r#"{"a":[1,"#, r#"{"a":[1]}"#),
            ("commas too many", r#"{"a":[1,,2,],"b":{"c":1,},}"#, r#"{"a":[1,2],"b":{"c":1}}"#),
            ("commas too few", r#"{"a":1 "b":[1 2 "x"]}"#, r#"{"a":1,"b":[1,2,"x"]}"#),
            ("line breaks and tabs", "{\"a\":\"x\ny\tz\"}", r#"{"a":"x y z"}"#),
            ("unknown escapes", r#"{"a":"it\'s \x41"}"#, r#"{"a":"it's x41"}"#),
            ("half a pair", r#"{"a":"\ud83d \ud83d\ude00"}"#, "{\"a\":\"\u{fffd} \u{1f600}\"}"),
            ("bare names and words", r#"{a:NaN,b:undefined,'c':1}"#, r#"{"a":null,"b":null,"c":1}"#),
            ("another end", r#"{"a":[1}}"#, r#"{"a":[1]}"#),
            ("something behind", r#"{"a":1}; callback()"#, r#"{"a":1}"#),
            ("no name", r#"{{"a":1}}"#, r#"{"":{"a":1}}"#),
        ];
        for (says, text, expected) in rows {
            let read = |text: &str| serde_json::from_str::<Value>(text);
            let mended = mend(text);
            assert_eq!(read(&mended).ok(), read(expected).ok(), "{says}: {mended}");
        }
    }

    #[test]
    fn any_cut_of_a_sound_document_can_be_read() {
        let text =
            r#"{"a":[{"b":"c \" \\ \u00e9 \ud83d\ude00","d":-1.5e3,"e":[true,false,null]},{}],"f":"é"}"#;
        for end in (1..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let mended = mend(&text[..end]);
            assert!(serde_json::from_str::<Value>(&mended).is_ok(), "{} -> {mended}", &text[..end]);
        }
    }

    #[test]
    fn it_takes_linear_time() {
        for piece in ["[", "{", ",", ":", "\"", "\\", "a", "}", "]", "{\"", "1 "] {
            assert!(mend(&format!("[{}", piece.repeat(300_000))).len() < 3_000_000, "{piece}");
        }
    }
}
