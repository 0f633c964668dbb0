//! The plain text a reader would see.
//!
//! In this order: doubly encoded UTF-8 and stray Windows-1252 are put right, tags go (block elements become line
//! breaks, scripts, styles and the like go with their contents), references are resolved, white space is folded,
//! control characters are removed. One pass over the bytes without building a tree, so nesting costs nothing.
//! Never: sanitised HTML; there is no markup in anything that leaves here.

use super::refs;
use memchr::{memchr, memmem};
use std::borrow::Cow;

/// Elements that stand on their own line.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];

/// Elements that separate words without starting a line.
const SPACERS: &[&str] = &["img", "td", "th", "video", "audio", "iframe", "button", "input", "select"];

/// Elements whose contents nobody reads.
const UNSEEN: &[&str] =
    &["script", "style", "noscript", "template", "textarea", "object", "svg", "math", "head", "title"];

/// Further elements of HTML: with the lists above, what counts as a tag in a title.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "body", "caption", "cite", "code", "col", "data",
    "del", "dfn", "em", "embed", "font", "head", "html", "i", "ins", "kbd", "label", "mark", "noscript",
    "object", "q", "rp", "rt", "ruby", "s", "samp", "script", "small", "source", "span", "strike", "strong",
    "style", "sub", "sup", "svg", "time", "tt", "u", "var", "wbr", "picture",
];

/// What a piece of text is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// HTML: every tag goes.
    Html,
    /// Plain text that publishers often fill with HTML: tags go only if it looks like HTML.
    Perhaps,
}

/// One line: for titles, names and categories. Tags go only where the text looks like HTML, so that
/// "Vec<T>" and "a < b" survive.
pub fn line(text: &str) -> String {
    let mut text = Writer::new(true).write(&repair(text), looks_like_html(text));
    if text.contains('\n') {
        text = text.replace('\n', " ");
    }
    text
}

/// Running text with line breaks between blocks: for summaries and bodies.
pub fn body(text: &str, markup: Markup) -> String {
    let html = markup == Markup::Html || looks_like_html(text);
    Writer::new(false).write(&repair(text), html)
}

/// Whether a text that may be plain is HTML: it closes an element of HTML, or holds one that needs no closing.
fn looks_like_html(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(last_end) = memchr::memrchr(b'>', bytes) else { return false };
    memchr::memchr_iter(b'<', &bytes[..last_end]).any(|at| {
        let rest = &text[at + 1..];
        let (closing, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
        let name = tag_name(rest);
        let stands_alone =
            ["br", "img", "hr", "p", "wbr"].iter().any(|known| name.eq_ignore_ascii_case(known));
        (closing || stands_alone) && is_html(name)
    })
}

/// The name of the tag that begins before `text`, without a prefix.
fn tag_name(text: &str) -> &str {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-'));
    let name = &text[..length.count()];
    name.rsplit(':').next().unwrap_or(name)
}

fn is_html(name: &str) -> bool {
    [BLOCKS, SPACERS, UNSEEN, INLINE].iter().any(|list| listed(list, name))
}

fn listed(list: &[&str], name: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Puts doubly encoded UTF-8 and C1 controls right.
fn repair(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    if let Some(once) = undo_double_encoding(text) {
        return Cow::Owned(once);
    }
    match has_c1(text) {
        true => Cow::Owned(text.chars().filter_map(seen_character).collect()),
        false => Cow::Borrowed(text),
    }
}

fn has_c1(text: &str) -> bool {
    memmem::find_iter(text.as_bytes(), b"\xc2").any(|at| text.as_bytes()[at + 1] < 0xa0)
}

fn seen_character(c: char) -> Option<char> {
    match c {
        '\u{85}' => Some('…'),
        '\u{80}'..='\u{9f}' => refs::windows_1252(c as u8),
        c => Some(c),
    }
}

/// "Ã¼" back to "ü": only when every character is a byte of Latin-1 or Windows-1252 and the bytes are UTF-8.
fn undo_double_encoding(text: &str) -> Option<String> {
    let mut beyond = text.chars().skip_while(char::is_ascii);
    let first = beyond.next()?;
    // Doubly encoded UTF-8 begins with a lead byte, C2 to F4, and goes on with a byte from 80 to BF.
    let continues = |c: char| byte_of(c).is_some_and(|byte| (0x80..0xc0).contains(&byte));
    if !('\u{c2}'..='\u{f4}').contains(&first) || !beyond.next().is_some_and(continues) {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(byte_of).collect();
    String::from_utf8(bytes?).ok()
}

fn byte_of(c: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(u32::from(c)) {
        return Some(byte);
    }
    let mut buffer = [0; 4];
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
    (!unmappable && bytes.len() == 1).then(|| bytes[0])
}

/// White space that is due before the next visible character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
}

#[derive(Debug)]
struct Writer {
    out: String,
    gap: Gap,
    one_line: bool,
    /// Unseen elements known to have no end tag ahead, by their place in [`UNSEEN`]: not looked for again.
    endless: [bool; UNSEEN.len()],
}

impl Writer {
    fn new(one_line: bool) -> Self {
        Self { out: String::new(), gap: Gap::None, one_line, endless: [false; UNSEEN.len()] }
    }

    fn write(mut self, text: &str, html: bool) -> String {
        self.out.reserve(if html { text.len() / 2 } else { text.len() });
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let end = at + plain_length(&bytes[at..]);
            self.visible(&text[at..end]);
            if end == bytes.len() {
                break;
            }
            at = end + self.special(&text[end..], html);
        }
        self.out
    }

    fn visible(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.flush_gap();
        self.out.push_str(text);
    }

    fn flush_gap(&mut self) {
        match self.gap {
            Gap::None => return,
            _ if self.out.is_empty() => {}
            Gap::Space => self.out.push(' '),
            Gap::Line => self.out.push('\n'),
        }
        self.gap = Gap::None;
    }

    fn owe(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    /// Handles the special byte `text` begins with; returns how many bytes it took.
    fn special(&mut self, text: &str, html: bool) -> usize {
        match text.as_bytes()[0] {
            b'<' if html => self.tag(text),
            b'&' => self.reference(text),
            b'<' => self.keep(text),
            byte if byte.is_ascii_whitespace() => self.white_space(text, html),
            0..=0x1f | 0x7f => 1,
            _ => self.wide(text),
        }
    }

    fn keep(&mut self, text: &str) -> usize {
        self.visible(&text[..1]);
        1
    }

    /// A run of ASCII white space. In plain text an empty line parts paragraphs.
    fn white_space(&mut self, text: &str, html: bool) -> usize {
        let length = text.bytes().take_while(u8::is_ascii_whitespace).count();
        let breaks = !html && !self.one_line && text[..length].bytes().filter(|&b| b == b'\n').count() > 1;
        self.owe(if breaks { Gap::Line } else { Gap::Space });
        length
    }

    /// A character that may be white space or a control character beyond ASCII.
    fn wide(&mut self, text: &str) -> usize {
        let Some(c) = text.chars().next() else { return 1 };
        match c {
            c if c.is_whitespace() => self.owe(Gap::Space),
            '\u{80}'..='\u{9f}' | '\u{feff}' => {}
            _ => self.visible(&text[..c.len_utf8()]),
        }
        c.len_utf8()
    }

    fn reference(&mut self, text: &str) -> usize {
        let mut resolved = String::new();
        let used = refs::reference(text, &mut resolved, true);
        if used == 0 {
            return self.keep(text);
        }
        for c in resolved.chars() {
            match c.is_whitespace() {
                true => self.owe(Gap::Space),
                false => {
                    self.flush_gap();
                    self.out.push(c);
                }
            }
        }
        used
    }

    /// A tag, a comment, or a less-than sign.
    fn tag(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        match bytes.get(1) {
            Some(b'!') if text.starts_with("<!--") => {
                memmem::find(&bytes[4..], b"-->").map_or(text.len(), |end| end + 7)
            }
            Some(b'!' | b'?') => memchr(b'>', bytes).map_or(text.len(), |end| end + 1),
            Some(b'/') if bytes.get(2).is_some_and(u8::is_ascii_alphabetic) => self.element(text, true),
            Some(byte) if byte.is_ascii_alphabetic() => self.element(text, false),
            _ => self.keep(text),
        }
    }

    fn element(&mut self, text: &str, closing: bool) -> usize {
        let name = tag_name(&text[1 + usize::from(closing)..]);
        // A title keeps what is no element of HTML: generics, placeholders, mail addresses in angles.
        if self.one_line && !is_html(name) {
            return self.keep(text);
        }
        if listed(BLOCKS, name) {
            self.owe(Gap::Line);
        } else if listed(SPACERS, name) {
            self.owe(Gap::Space);
        }
        let end = end_of_tag(text);
        match !closing && !text[..end].ends_with("/>") {
            true => self.after_unseen(text, end, name),
            false => end,
        }
    }

    /// Where the element whose start tag ends at `from` ends, if nobody reads what is in it; one without an end
    /// loses only its tag.
    fn after_unseen(&mut self, text: &str, from: usize, name: &str) -> usize {
        let Some(which) = UNSEEN.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
            return from;
        };
        if self.endless[which] {
            return from;
        }
        let bytes = text.as_bytes();
        let end = memmem::find_iter(&bytes[from..], b"</")
            .map(|offset| from + offset)
            .find(|&at| tag_name(&text[at + 2..]).eq_ignore_ascii_case(name));
        self.endless[which] = end.is_none();
        end.map_or(from, |at| at + end_of_tag(&text[at..]))
    }
}

/// Where the tag at the start of `text` ends: at the first `>` outside quotes, or at the first at all if a quote
/// is never closed. A tag without any end is the rest of a text that was cut.
fn end_of_tag(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate() {
        match (byte, quote) {
            (b'>', None) => return at + 1,
            (b'"' | b'\'', None) if bytes[at - 1] == b'=' => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    memchr(b'>', bytes).map_or(text.len(), |end| end + 1)
}

/// How far text goes on before something needs a look: markup, white space, or a control character.
fn plain_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(offset) = bytes[at..].iter().position(|&byte| SPECIAL[usize::from(byte)]) {
        at += offset;
        if bytes[at] < 0x80 || is_wide_special(&bytes[at..]) {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// Whether a character beyond ASCII is white space, a C1 control character or a byte order mark.
fn is_wide_special(bytes: &[u8]) -> bool {
    match *bytes {
        [0xc2, second, ..] => second <= 0xa0,
        [0xe1, 0x9a, 0x80, ..] | [0xe2, 0x81, 0x9f, ..] | [0xe3, 0x80, 0x80, ..] | [0xef, 0xbb, 0xbf, ..] => {
            true
        }
        [0xe2, 0x80, third, ..] => third <= 0x8a || matches!(third, 0xa8 | 0xa9 | 0xaf),
        _ => false,
    }
}

/// ASCII bytes that need a look, and the first bytes of the characters that do.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte <= 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[0x7f] = true;
    table[b'<' as usize] = true;
    table[b'&' as usize] = true;
    table[0xc2] = true;
    table[0xe1] = true;
    table[0xe2] = true;
    table[0xe3] = true;
    table[0xef] = true;
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_read_as_a_reader_sees_them() {
        let rows = [
            ("white space is folded", "  a \n\t b\u{a0}\u{3000}c ", "a b c"),
            ("tags of HTML go", "Foo <b>bar</b> baz", "Foo bar baz"),
            ("a generic type stays", "Vec<T> and <b>bold</b>", "Vec<T> and bold"),
            ("a lonely tag is talked about", "How to use <b>", "How to use <b>"),
            ("less-than is no tag", "1 < 2 and 3 <4", "1 < 2 and 3 <4"),
            ("references are resolved", "AT&amp;T &mdash; caf&eacute; R&D", "AT&T — café R&D"),
            ("doubly encoded UTF-8 is put right", "fÃ¼r GrÃ¶ÃŸe â€“ ja", "für Größe – ja"),
            ("good text with such letters stays", "São Tomé für Ã", "São Tomé für Ã"),
            ("stray Windows-1252 is put right", "\u{93}quote\u{94} \u{80}", "“quote” €"),
            ("controls go", "a\u{0}b\u{7}c\u{1b}[31md", "abc[31md"),
            ("CJK stays", "美国扩大对华芯片出口管制、日本政府", "美国扩大对华芯片出口管制、日本政府"),
            ("line breaks become spaces", "a<br>b", "a b"),
        ];
        for (says, text, expected) in rows {
            assert_eq!(line(text), expected, "{says}");
        }
    }

    #[test]
    fn bodies_keep_their_lines() {
        let rows = [
            ("blocks become lines", "<p>One</p><p>Two<br/>Three</p>", "One\nTwo\nThree"),
            ("inline elements do not", "un<b>believ</b>able", "unbelievable"),
            ("scripts and styles go", "a<script>if (a<b) {}</script><style>p{}</style>b", "ab"),
            ("an unclosed script loses only its tag", "a<script>b", "ab"),
            ("comments go", "a<!-- <p>no</p> -->b", "ab"),
            ("attributes with angles go", "<a title=\"x>y\">z</a>", "z"),
            ("unclosed quotes cost one tag", "<a href=\"x>z</a> w", "z w"),
            ("cut off markup goes", "text <a href=\"http://exa", "text"),
            ("prefixes do not matter", "<x:p>a</x:p><x:p>b</x:p>", "a\nb"),
            ("cells are parted", "<tr><td>a</td><td>b</td></tr>", "a b"),
        ];
        for (says, text, expected) in rows {
            assert_eq!(body(text, Markup::Html), expected, "{says}");
        }
        assert_eq!(body("one\ntwo\n\nthree", Markup::Perhaps), "one two\nthree");
    }

    #[test]
    fn deep_nesting_costs_nothing() {
        let deep = format!("{}x{}", "<div>".repeat(200_000), "</div>".repeat(200_000));
        assert_eq!(body(&deep, Markup::Html), "x");
    }

    #[test]
    fn unclosed_markup_does_not_cost_square_time() {
        for piece in ["<a b=\"", "<script>", "<script></a>", "<a b='>", "<!--", "<", "</b", "<p "] {
            let hostile = piece.repeat(200_000);
            assert!(body(&hostile, Markup::Html).len() <= hostile.len(), "{piece}");
            assert!(line(&hostile).len() <= hostile.len(), "{piece}");
        }
    }
}
