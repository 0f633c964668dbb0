//! Cuts the text of a document into tags and text, and never gives up.
//!
//! Feeds in the wild hold what an XML parser must refuse: a `<` or `&` in running text, a comment or CDATA section
//! without its end, a quote that is never closed, tags cut off by the end of the file. Each of these costs at most
//! the markup it stands in; the next `<` starts afresh. References are left as they are (the reader knows
//! whether they stand in XML or in HTML), comments and processing instructions are skipped, a document type is
//! named and never read: no entity it declares is ever expanded and nothing it points to is ever fetched.
//!
//! Three things are refused, because no publisher writes them: a name longer than [`MAX_NAME`], a tag with more
//! than [`MAX_ATTRIBUTES`] attributes, and (by the reader, which keeps the stack) nesting beyond its limit.

use memchr::{memchr, memchr3, memmem};

/// Longest element name in bytes.
pub const MAX_NAME: usize = 4096;
/// Most attributes on one tag.
pub const MAX_ATTRIBUTES: usize = 1024;

/// A piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Running text, references unresolved.
    Text(&'a str),
    /// The inside of a CDATA section.
    Cdata(&'a str),
    /// A start tag, or an empty element.
    Open(Tag<'a>),
    /// An end tag's name.
    Close(&'a str),
    /// The name in a document type declaration.
    Doctype(&'a str),
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// Name with its prefix, as written.
    pub name: &'a str,
    /// Everything between the name and the end of the tag.
    pub attributes: &'a str,
    /// Whether it closes itself.
    pub empty: bool,
    /// The whole tag as written.
    pub raw: &'a str,
}

/// What was put right while cutting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    /// A `<` that starts no markup.
    pub stray_angle: bool,
    /// A comment, CDATA section, quote or tag without its end.
    pub unclosed: bool,
}

/// Where the next end of a kind of markup is, so that a document of unclosed pieces is not searched again for each.
#[derive(Clone, Copy, Debug)]
enum Ahead {
    /// Not looked for from here on.
    Unknown,
    /// At this position.
    At(usize),
    /// Nowhere in the rest.
    Never,
}

/// The ends that are looked for: of a comment, an instruction, a CDATA section.
const ENDS: [&str; 3] = ["-->", "?>", "]]>"];
const COMMENT: usize = 0;
const INSTRUCTION: usize = 1;
const CDATA: usize = 2;

/// Walks over a document.
#[derive(Debug)]
pub struct Soup<'a> {
    text: &'a str,
    at: usize,
    last_open: &'a str,
    ends: [Ahead; 3],
    broken_subset: bool,
    /// What was put right so far.
    pub repairs: Repairs,
    /// Why the document must be refused, once it must.
    pub refused: Option<String>,
}

impl<'a> Soup<'a> {
    /// Starts at the beginning of `text`.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            last_open: "",
            ends: [Ahead::Unknown; 3],
            broken_subset: false,
            repairs: Repairs::default(),
            refused: None,
        }
    }

    /// The next piece; `None` at the end or once the document is refused.
    pub fn next_token(&mut self) -> Option<Token<'a>> {
        while self.refused.is_none() && self.at < self.text.len() {
            let token = match self.markup_at(self.at) {
                true => self.markup(),
                false => Some(self.running_text()),
            };
            if token.is_some() {
                return token;
            }
        }
        None
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The position after the next end of this kind at or after `from`.
    fn find(&mut self, from: usize, kind: usize) -> Option<usize> {
        let stale = match self.ends[kind] {
            Ahead::Unknown => true,
            Ahead::At(at) => at < from,
            Ahead::Never => false,
        };
        if stale {
            let rest = &self.bytes()[from.min(self.text.len())..];
            let found = memmem::find(rest, ENDS[kind].as_bytes());
            self.ends[kind] = found.map_or(Ahead::Never, |offset| Ahead::At(from + offset));
        }
        match self.ends[kind] {
            Ahead::At(at) => Some(at + ENDS[kind].len()),
            _ => None,
        }
    }

    /// Whether a `<` at `at` begins markup rather than being a less-than sign.
    fn markup_at(&self, at: usize) -> bool {
        let bytes = self.bytes();
        bytes[at] == b'<'
            && match bytes.get(at + 1) {
                Some(b'/') => {
                    bytes.get(at + 2).is_some_and(|&byte| starts_name(byte)) || self.spaced_end_at(at + 2)
                }
                Some(b'!' | b'?') => true,
                Some(&byte) => starts_name(byte),
                None => false,
            }
    }

    /// Whether what follows `</` is white space, a name and `>`: an end tag of somebody who types.
    fn spaced_end_at(&self, at: usize) -> bool {
        let near = &self.bytes()[at..self.text.len().min(at + 64)];
        let name = near.trim_ascii_start();
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b':').count();
        name.len() < near.len() && length > 0 && name[length..].trim_ascii_start().starts_with(b">")
    }

    fn running_text(&mut self) -> Token<'a> {
        let start = self.at;
        let mut from = self.at + usize::from(self.bytes()[self.at] == b'<');
        self.repairs.stray_angle |= from > start;
        self.at = loop {
            match memchr(b'<', &self.bytes()[from..]) {
                None => break self.text.len(),
                Some(offset) if self.markup_at(from + offset) => break from + offset,
                Some(offset) => {
                    self.repairs.stray_angle = true;
                    from += offset + 1;
                }
            }
        };
        Token::Text(&self.text[start..self.at])
    }

    fn markup(&mut self) -> Option<Token<'a>> {
        let rest = &self.text[self.at..];
        if rest.starts_with("<![CDATA[") {
            return Some(self.cdata());
        }
        match rest.as_bytes()[1] {
            b'!' if rest.starts_with("<!--") => self.skip_comment(),
            b'!' => return self.declaration(),
            b'?' => self.skip_instruction(),
            b'/' => return Some(self.end_tag()),
            _ => return self.start_tag(),
        }
        None
    }

    fn skip_comment(&mut self) {
        self.at = match self.find(self.at + 4, COMMENT) {
            Some(end) => end,
            None => self.end_of_broken(self.at + 4),
        };
    }

    /// A piece that never ends is taken to end at the next `>`.
    fn end_of_broken(&mut self, from: usize) -> usize {
        self.repairs.unclosed = true;
        memchr(b'>', &self.bytes()[from..]).map_or(self.text.len(), |offset| from + offset + 1)
    }

    fn skip_instruction(&mut self) {
        self.at = match self.find(self.at + 2, INSTRUCTION) {
            Some(end) => end,
            None => self.end_of_broken(self.at + 2),
        };
    }

    /// `<!DOCTYPE html …>` with its internal subset, or any other `<!…>`.
    fn declaration(&mut self) -> Option<Token<'a>> {
        let start = self.at + 2;
        let bytes = self.bytes();
        let mut at = start;
        let mut nested = 0_usize;
        while let Some(offset) = memchr3(b'>', b'[', b']', &bytes[at..]) {
            at += offset + 1;
            match bytes[at - 1] {
                b'[' => nested += usize::from(!self.broken_subset),
                b']' => nested = nested.saturating_sub(1),
                _ if nested == 0 => {
                    self.at = at;
                    return doctype_name(&self.text[start..at - 1]).map(Token::Doctype);
                }
                _ => {}
            }
        }
        self.broken_subset = true;
        self.at = self.end_of_broken(start);
        None
    }

    /// A CDATA section; one that was never closed ends where its element does.
    fn cdata(&mut self) -> Token<'a> {
        let start = self.at + "<![CDATA[".len();
        let end = self.find(start, CDATA);
        let inside = &self.text[start..end.map_or(self.text.len(), |end| end - 3)];
        let swallowed = end.is_none() || memmem::find(inside.as_bytes(), b"<![CDATA[").is_some();
        if let Some(cut) = swallowed.then(|| self.end_of_element(inside)).flatten() {
            self.repairs.unclosed = true;
            self.at = start + cut;
            return Token::Cdata(&inside[..cut]);
        }
        self.repairs.unclosed |= end.is_none();
        self.at = end.unwrap_or(self.text.len());
        Token::Cdata(inside)
    }

    fn end_of_element(&self, inside: &str) -> Option<usize> {
        memmem::find_iter(inside.as_bytes(), b"</").find(|&at| {
            let rest = &inside[at + 2..];
            [self.last_open, "item", "entry"].iter().any(|name| rest.starts_with(name))
        })
    }

    fn end_tag(&mut self) -> Token<'a> {
        let start = self.at + 2;
        let rest = &self.bytes()[start..];
        let end = memchr::memchr2(b'>', b'<', rest).map_or(self.text.len(), |offset| start + offset);
        let closed = self.bytes().get(end) == Some(&b'>');
        self.repairs.unclosed |= !closed;
        self.at = end + usize::from(closed);
        let name = self.text[start..end].split_ascii_whitespace().next().unwrap_or("");
        Token::Close(name)
    }

    fn start_tag(&mut self) -> Option<Token<'a>> {
        let start = self.at + 1;
        let (end, closed) = self.tag_end(start)?;
        self.at = end + usize::from(closed);
        let inside = &self.text[start..end];
        let length = inside.bytes().take_while(|&byte| continues_name(byte)).count();
        let (name, rest) = inside.split_at(length);
        if name.len() > MAX_NAME {
            self.refused = Some(format!("an element name is longer than {MAX_NAME} bytes"));
            return None;
        }
        if rest.len() > MAX_ATTRIBUTES * 2 && Attributes::new(rest).nth(MAX_ATTRIBUTES).is_some() {
            self.refused = Some(format!("a tag has more than {MAX_ATTRIBUTES} attributes"));
            return None;
        }
        let empty = rest.ends_with('/');
        let attributes = rest.strip_suffix('/').unwrap_or(rest);
        if !empty {
            self.last_open = name;
        }
        Some(Token::Open(Tag { name, attributes, empty, raw: &self.text[start - 1..self.at] }))
    }

    /// Where the tag that began before `start` ends, and whether by `>`. A tag cut off by the end of the document
    /// is dropped.
    fn tag_end(&mut self, start: usize) -> Option<(usize, bool)> {
        let bytes = self.bytes();
        let mut at = start;
        loop {
            let stop = bytes[at..].iter().position(|byte| matches!(byte, b'>' | b'<' | b'"' | b'\''));
            let Some(offset) = stop else {
                self.repairs.unclosed = true;
                self.at = self.text.len();
                return None;
            };
            at += offset;
            match bytes[at] {
                b'>' => return Some((at, true)),
                b'<' => {
                    self.repairs.unclosed = true;
                    return Some((at, false));
                }
                quote => at = self.after_quote(at, quote),
            }
        }
    }

    /// The position after a quoted value. A quote counts as closed only if something follows that may follow a
    /// value; otherwise the first one was never closed and is stepped over.
    fn after_quote(&mut self, at: usize, quote: u8) -> usize {
        let bytes = self.bytes();
        let Some(length) = memchr(quote, &bytes[at + 1..]) else { return at + 1 };
        let end = at + 1 + length;
        let crosses_tags = memchr(b'<', &bytes[at..end]).is_some();
        let sound =
            matches!(bytes.get(end + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/' | b'?'));
        match crosses_tags && !sound {
            true => at + 1,
            false => end + 1,
        }
    }
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' || byte >= 0x80
}

fn continues_name(byte: u8) -> bool {
    !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b'/' | b'>' | b'<' | b'=' | b'"' | b'\'')
}

fn doctype_name(declaration: &str) -> Option<&str> {
    let mut words = declaration.split_ascii_whitespace();
    words.next().filter(|word| word.eq_ignore_ascii_case("doctype"))?;
    words.next()
}

/// The attributes of a tag: names as written and raw values.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    /// Reads what stands between a tag's name and its end.
    pub fn new(rest: &'a str) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches(|c: char| {
            c.is_ascii_whitespace() || matches!(c, '/' | '=' | '"' | '\'' | '<')
        });
        let length = rest.bytes().take_while(|&byte| continues_name(byte)).count();
        if length == 0 {
            return None;
        }
        let (name, after) = rest.split_at(length);
        let Some(value) = after.trim_start().strip_prefix('=') else {
            self.rest = after;
            return Some((name, ""));
        };
        let (value, rest) = split_value(value.trim_start());
        self.rest = rest;
        Some((name, value))
    }
}

fn split_value(text: &str) -> (&str, &str) {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote {
        Some(quote) => text[1..].split_once(quote).unwrap_or((&text[1..], "")),
        None => text.split_at(text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len())),
    }
}

impl<'a> Tag<'a> {
    /// The raw value of the attribute named `name` (letter case ignored).
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        if self.attributes.is_empty() {
            return None;
        }
        Attributes::new(self.attributes)
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        let mut soup = Soup::new(text);
        let mut out = String::new();
        while let Some(token) = soup.next_token() {
            match token {
                Token::Text(text) => out.push_str(&format!("T({text})")),
                Token::Cdata(text) => out.push_str(&format!("C({text})")),
                Token::Open(tag) => {
                    out.push_str(&format!("<{}{}>", tag.name, if tag.empty { "/" } else { "" }))
                }
                Token::Close(name) => out.push_str(&format!("</{name}>")),
                Token::Doctype(name) => out.push_str(&format!("D({name})")),
            }
        }
        out
    }

    #[test]
    fn cuts_what_an_xml_parser_would_refuse() {
        let rows = [
            ("well-formed text is cut at its tags", "<a x='1'>b<c/></a>", "<a>T(b)<c/></a>"),
            ("a less-than sign in text is text", "<t>1 < 2 <3</t>", "<t>T(1 < 2 <3)</t>"),
            (
                "an unclosed CDATA ends with its element",
                "<t><![CDATA[x</t><u>y</u>",
                "<t>C(x)</t><u>T(y)</u>",
            ),
            (
                "an unclosed CDATA does not swallow the next one",
                "<t><![CDATA[x</t><u><![CDATA[y]]></u>",
                "<t>C(x)</t><u>C(y)</u>",
            ),
            (
                "an unclosed quote costs one tag",
                "<a href=\"x>y</a><b c=\"d\">e</b>",
                "<a>T(y)</a><b>T(e)</b>",
            ),
            ("a tag sign inside a sound quote is no end", "<a b=\"1>0\">c</a>", "<a>T(c)</a>"),
            ("a start tag without its end stops at the next tag", "<a <b>c</b>", "<a><b>T(c)</b>"),
            ("an end tag without its end stops at the next tag", "<a>b</a<c>", "<a>T(b)</a><c>"),
            ("a tag cut off by the end is dropped", "<a>b<c d=\"e", "<a>T(b)"),
            ("comments and instructions vanish", "<?xml version='1.0'?><!-- <x> --><a/>", "<a/>"),
            ("an unclosed comment ends at the next tag end", "<!-- x ><a/>", "<a/>"),
            ("an internal subset is skipped whole", "<!DOCTYPE r [<!ENTITY a \"b\">]><r/>", "D(r)<r/>"),
            ("a bare angle at the end is text", "a <", "T(a <)"),
        ];
        for (says, text, expected) in rows {
            assert_eq!(cut(text), expected, "{says}");
        }
    }

    #[test]
    fn attributes_are_read_leniently() {
        let pairs: Vec<_> = Attributes::new(" a = 'x y' b=\"z\"c=1 d e='open").collect();
        assert_eq!(pairs, [("a", "x y"), ("b", "z"), ("c", "1"), ("d", ""), ("e", "open")]);
    }

    #[test]
    fn absurd_tags_are_refused() {
        let long = format!("<{}>", "n".repeat(MAX_NAME + 1));
        let many = format!("<a {}>", "b='c' ".repeat(MAX_ATTRIBUTES + 1));
        for text in [long, many] {
            let mut soup = Soup::new(&text);
            assert_eq!(soup.next_token(), None);
            assert!(soup.refused.is_some());
        }
    }
}
