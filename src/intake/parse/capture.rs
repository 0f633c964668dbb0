//! The text of one element while it is gathered.

use super::elements::Field;
use super::names::Space;
use super::plain::Markup;
use super::refs;
use super::soup::Tag;
use crate::model::FeedFormat;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// In which form a text stands in its element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Escaped HTML, or HTML as elements.
    Html,
    /// Text that may be HTML.
    Perhaps,
    /// XHTML as elements: references belong to the HTML, not to the XML around it.
    Xhtml,
    /// Base64 of one of the above.
    Base64,
}

impl Form {
    /// The form an element's attributes and its format's default say. Unknown types are text.
    pub fn of(tag: &Tag<'_>, field: Field, format: FeedFormat) -> Self {
        if !field.holds_markup() || tag.attributes.is_empty() {
            return Self::usual(format);
        }
        if tag.attribute("mode").is_some_and(|mode| mode.eq_ignore_ascii_case("base64")) {
            return Self::Base64;
        }
        let kind = tag.attribute("type").unwrap_or("").trim().to_ascii_lowercase();
        match kind.as_str() {
            "xhtml" => Self::Xhtml,
            kind if kind.ends_with("/xml") || kind.ends_with("+xml") => Self::Xhtml,
            "html" | "text/html" => Self::Html,
            "text" | "text/plain" => Self::Perhaps,
            kind if ["image/", "audio/", "video/"].iter().any(|media| kind.starts_with(media)) => {
                Self::Base64
            }
            "application/octet-stream" => Self::Base64,
            _ => Self::usual(format),
        }
    }

    fn usual(format: FeedFormat) -> Self {
        match format {
            FeedFormat::Atom => Self::Perhaps,
            _ => Self::Html,
        }
    }
}

/// Elements of HTML whose end tag may be left out, or that have none: they do not nest.
const UNCLOSED: &[&str] = &[
    "p", "br", "hr", "img", "li", "dt", "dd", "td", "th", "tr", "option", "input", "link", "meta", "area",
    "col", "embed", "source", "wbr", "param",
];

/// Elements of feeds that HTML does not have.
const NEVER_HTML: &[&str] = &[
    "description",
    "guid",
    "pubdate",
    "author",
    "category",
    "comments",
    "enclosure",
    "item",
    "entry",
    "id",
    "updated",
    "published",
    "issued",
    "modified",
    "language",
    "copyright",
    "rights",
    "managingeditor",
    "webmaster",
    "lastbuilddate",
    "generator",
    "docs",
    "ttl",
    "cloud",
    "skiphours",
    "skipdays",
    "subtitle",
];
/// Elements of feeds whose names HTML has as well.
const PERHAPS_HTML: &[&str] = &["title", "link", "summary", "content", "source"];

/// Text being gathered.
#[derive(Debug)]
pub struct Capture<'a> {
    /// The fact it is.
    pub field: Field,
    /// The element's name as written.
    pub name: &'a str,
    form: Form,
    buffer: String,
    same_name: usize,
    depth: usize,
}

impl<'a> Capture<'a> {
    /// Begins to gather the text of `name`.
    pub fn new(field: Field, name: &'a str, form: Form) -> Self {
        Self { field, name, form, buffer: String::new(), same_name: 0, depth: 0 }
    }

    /// How deeply elements are nested inside it.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Takes in running text; tells whether its references were sound.
    pub fn text(&mut self, raw: &str) -> bool {
        match self.form {
            Form::Xhtml => {
                self.buffer.push_str(raw);
                true
            }
            _ => refs::resolve_xml(raw, &mut self.buffer),
        }
    }

    /// Takes in a CDATA section.
    pub fn cdata(&mut self, text: &str) {
        self.buffer.push_str(text);
    }

    /// Takes in a start tag as markup.
    pub fn open(&mut self, tag: &Tag<'_>) {
        if !tag.empty {
            self.same_name += usize::from(tag.name == self.name);
            self.depth += usize::from(!UNCLOSED.iter().any(|name| tag.name.eq_ignore_ascii_case(name)));
        }
        if self.field.holds_markup() {
            self.buffer.push_str(tag.raw);
        }
    }

    /// Whether an end tag of this name ends the text.
    pub fn closes(&self, name: &str) -> bool {
        let alike = name == self.name || (self.depth == 0 && name.eq_ignore_ascii_case(self.name));
        alike && self.same_name == 0
    }

    /// Takes in an end tag as markup.
    pub fn close(&mut self, name: &str) {
        self.same_name = self.same_name.saturating_sub(usize::from(name == self.name));
        self.depth = self.depth.saturating_sub(1);
        if self.field.holds_markup() {
            self.buffer.push_str("</");
            self.buffer.push_str(name);
            self.buffer.push('>');
        }
    }

    /// Whether a start tag shows that this text's end tag is missing: a one-line fact never holds another fact, a
    /// title holds no element that stands beside it, and a body holds none that no HTML has.
    pub fn ends_before(&self, space: Space, local: &str) -> bool {
        let listed = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(local));
        match self.form {
            Form::Xhtml | Form::Base64 => false,
            _ if self.field.is_body() => match space {
                Space::Core => listed(NEVER_HTML),
                space => matches!(space, Space::Dublin | Space::Content | Space::Media | Space::Itunes),
            },
            _ => space == Space::Core && self.depth == 0 && (listed(NEVER_HTML) || listed(PERHAPS_HTML)),
        }
    }

    /// The text, and whether it is HTML.
    pub fn finish(self) -> (String, Markup) {
        match self.form {
            Form::Html | Form::Xhtml => (self.buffer, Markup::Html),
            Form::Perhaps => (self.buffer, Markup::Perhaps),
            Form::Base64 => (from_base64(self.buffer), Markup::Perhaps),
        }
    }
}

/// What is no Base64 stays as it is; Base64 of no text, a picture for example, says nothing.
fn from_base64(text: String) -> String {
    let compact: String = text.split_ascii_whitespace().collect();
    match STANDARD.decode(compact.as_bytes()) {
        Ok(bytes) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => text,
    }
}
