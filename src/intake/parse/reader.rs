//! Walks once over the text of an XML feed and gathers its facts.
//!
//! In this order for every start tag: find the root (junk before it is stepped over), take in namespaces,
//! `xml:base` and `xml:lang`, look the element up in [`super::elements`], and then either gather its text, enter the
//! part it opens, or read its attributes. End tags close the nearest element of their name and everything
//! inside it; tags that close nothing are passed over; the end of the document closes what is open. Entries are
//! finished one by one, and the walk stops at the cap. Nothing is kept but the facts themselves.
//!
//! It never recurses, so nesting costs nothing; deeper than [`MAX_DEPTH`] is refused all the same.

mod attributes;
mod closing;

use super::address::{Address, Growth};
use super::capture::{Capture, Form};
use super::draft::Draft;
use super::elements::{self, Field, Meaning, Scope};
use super::names::{Scopes, Space};
use super::notes::Notes;
use super::soup::{Soup, Tag, Token};
use super::{Context, refs};
use crate::model::{FeedFormat, ParsedFeed, Person, Source};
use url::Url;

/// Deepest nesting of elements.
pub const MAX_DEPTH: usize = 256;

/// Why there is no feed in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoFeed {
    /// It is a web page.
    Html,
    /// Its root is this element.
    Root(String),
    /// There is no element at all.
    NoElement,
    /// It must be refused, for this reason.
    Refused(String),
}

/// An open element.
#[derive(Debug)]
struct Frame<'a> {
    name: &'a str,
    scope: Scope,
    namespaces: usize,
    bases: usize,
}

/// The walk over one document.
#[derive(Debug)]
pub struct Reader<'a, 'c> {
    context: &'c Context<'c>,
    soup: Soup<'a>,
    scopes: Scopes<'a>,
    stack: Vec<Frame<'a>>,
    capture: Option<Capture<'a>>,
    bases: Vec<Url>,
    growth: Growth,
    site: Option<Url>,
    found: bool,
    first_element: Option<&'a str>,
    /// A web page began before any feed did.
    web_page: bool,
    pub(super) document: ParsedFeed,
    pub(super) feed: Draft,
    pub(super) entry: Option<Draft>,
    pub(super) person: Person,
    pub(super) source: Source,
    loose: String,
    pub(super) bad_dates: usize,
    full: bool,
    pub(super) period: Option<f64>,
    pub(super) frequency: Option<u64>,
    pub(super) image: super::draft::Ranked<String>,
    /// What was odd so far.
    pub notes: Notes,
}

/// Reads the feed in `text`.
pub fn read(text: &str, context: &Context<'_>, notes: Notes) -> Result<ParsedFeed, NoFeed> {
    let mut reader = Reader::new(text, context, notes);
    while !reader.full {
        let Some(token) = reader.soup.next_token() else { break };
        reader.token(token)?;
    }
    reader.finish()
}

impl<'a, 'c> Reader<'a, 'c> {
    fn new(text: &'a str, context: &'c Context<'c>, notes: Notes) -> Self {
        Self {
            context,
            soup: Soup::new(text),
            scopes: Scopes::default(),
            stack: Vec::new(),
            capture: None,
            bases: Vec::new(),
            growth: Growth::default(),
            site: None,
            found: false,
            first_element: None,
            web_page: false,
            document: ParsedFeed::default(),
            feed: Draft::default(),
            entry: None,
            person: Person::default(),
            source: Source::default(),
            loose: String::new(),
            bad_dates: 0,
            full: false,
            period: None,
            frequency: None,
            image: Default::default(),
            notes,
        }
    }

    fn token(&mut self, token: Token<'a>) -> Result<(), NoFeed> {
        match token {
            Token::Doctype(name) => self.web_page |= !self.found && name.eq_ignore_ascii_case("html"),
            Token::Text(raw) => self.text(raw),
            Token::Cdata(text) => self.cdata(text),
            Token::Open(tag) if !self.found => self.look_for_root(tag)?,
            Token::Open(tag) => self.open(tag)?,
            Token::Close(name) => self.close(name),
        }
        Ok(())
    }

    /// A feed's root may stand after junk: warnings of a script, a page's beginning, text.
    fn look_for_root(&mut self, tag: Tag<'a>) -> Result<(), NoFeed> {
        let first = self.first_element.is_none();
        let local = tag.name.rsplit(':').next().unwrap_or(tag.name).to_ascii_lowercase();
        let format = match local.as_str() {
            "rss" => FeedFormat::Rss,
            "rdf" => FeedFormat::Rdf,
            "feed" if first || tag.attribute("xmlns").is_some() => FeedFormat::Atom,
            "channel" if first => FeedFormat::Rss,
            _ => {
                self.web_page |= local == "html" || first && matches!(local.as_str(), "head" | "body");
                self.first_element.get_or_insert(tag.name);
                return Ok(());
            }
        };
        self.found = true;
        if !first {
            self.notes.document("junk-before-root", "there is something else before the feed begins");
        }
        self.document.format = format;
        self.scopes.enter(&tag, true);
        self.document.version = attributes::version(format, &tag);
        let scope = if matches!(local.as_str(), "feed" | "channel") { Scope::Feed } else { Scope::Root };
        self.scope_attributes(&tag);
        self.push(tag, scope, 0, 0)?;
        if scope == Scope::Feed {
            self.feed_attributes(&tag);
        }
        Ok(())
    }

    fn push(&mut self, tag: Tag<'a>, scope: Scope, namespaces: usize, bases: usize) -> Result<(), NoFeed> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep());
        }
        self.stack.push(Frame { name: tag.name, scope, namespaces, bases });
        if tag.empty {
            self.pop();
        }
        Ok(())
    }

    /// The present time, to judge dates by.
    pub(super) fn now(&self) -> crate::model::Time {
        self.context.now
    }

    /// Whether the element whose text just ended stands in this part.
    pub(super) fn scope_is(&self, scope: Scope) -> bool {
        self.stack.iter().rev().nth(1).is_some_and(|frame| frame.scope == scope)
    }

    fn scope(&self) -> Scope {
        self.stack.last().map_or(Scope::Other, |frame| frame.scope)
    }

    fn open(&mut self, tag: Tag<'a>) -> Result<(), NoFeed> {
        if self.capture.is_some() && self.inside_capture(tag)? {
            return Ok(());
        }
        self.close_entry_before(tag.name);
        let namespaces = self.scopes.mark();
        let bases = self.bases.len();
        self.scopes.enter(&tag, self.stack.is_empty());
        let (space, local) = self.scopes.resolve(tag.name);
        let lower = local.to_ascii_lowercase();
        let mut meaning = elements::meaning(self.scope(), space, &lower);
        if meaning == Meaning::Text(Field::Author(elements::CREDIT)) && !attributes::credits_writer(&tag) {
            meaning = Meaning::Enter(Scope::Other);
        }
        if meaning == Meaning::Entry {
            self.begin_entry();
            if self.full {
                return Ok(());
            }
        }
        self.scope_attributes(&tag);
        match meaning {
            Meaning::Text(field) => return self.begin_capture(field, tag, namespaces, bases),
            Meaning::Link if tag.attribute("href").is_none() => {
                let field = if self.scope() == Scope::Source { Field::SourceLink } else { Field::Link(0) };
                return self.begin_capture(field, tag, namespaces, bases);
            }
            Meaning::Category if !self.category_attributes(&tag) => {
                return self.begin_capture(Field::Category, tag, namespaces, bases);
            }
            _ => {}
        }
        let scope = self.attributes(meaning, &tag);
        self.push(tag, scope, namespaces, bases)
    }

    /// An entry inside an entry: the first one's end tag is missing.
    fn close_entry_before(&mut self, name: &str) {
        let open = |frame: &Frame<'_>| frame.scope == Scope::Entry && frame.name == name;
        let Some(at) = self.stack.iter().rposition(open) else { return };
        self.notes.document("unclosed-element", format!("<{name}> has no end tag"));
        while self.stack.len() > at {
            self.pop();
        }
    }

    fn begin_entry(&mut self) {
        self.finish_entry();
        if self.document.entries.len() >= self.context.max_entries {
            self.full = true;
            let cap = self.context.max_entries;
            self.notes.document("too-many-entries", format!("only the first {cap} entries were read"));
            return;
        }
        self.entry = Some(Draft::default());
    }

    /// The facts of the entry, or of the feed outside entries.
    pub(super) fn draft(&mut self) -> &mut Draft {
        self.entry.as_mut().unwrap_or(&mut self.feed)
    }

    /// The index of the entry being read, if one is.
    pub(super) fn entry_index(&self) -> Option<usize> {
        self.entry.is_some().then_some(self.document.entries.len())
    }

    fn base(&self) -> Option<&Url> {
        self.bases.last().or(self.context.url).or(self.site.as_ref())
    }

    /// The link made absolute; what cannot be is noted and left out.
    pub(super) fn absolute(&mut self, raw: &str) -> Option<String> {
        match self.growth.resolve(raw, self.base()) {
            Address::Absolute(url) => Some(url),
            Address::Empty => None,
            Address::Relative => {
                let entry = self.entry_index();
                self.notes.at(
                    entry,
                    "relative-link",
                    "a relative link has no address to be resolved against",
                );
                None
            }
            Address::Refused => None,
        }
    }

    /// An id of Atom may be relative to an `xml:base` (and to nothing else).
    pub(super) fn absolute_id(&self, id: &str) -> String {
        let base = self.bases.last().filter(|_| !id.contains(':'));
        base.and_then(|base| base.join(id).ok()).map_or_else(|| id.to_owned(), String::from)
    }

    /// The feed's link stands once entries have begun: what comes later belongs to broken entries.
    pub(super) fn link_is_settled(&self) -> bool {
        self.entry.is_none() && !self.document.entries.is_empty()
    }

    /// Remembers the site's page as the last resort for relative links.
    pub(super) fn remember_site(&mut self, url: &str) {
        if self.site.is_none() && self.entry.is_none() {
            self.site = Url::parse(url).ok();
        }
    }

    fn begin_capture(
        &mut self,
        field: Field,
        tag: Tag<'a>,
        namespaces: usize,
        bases: usize,
    ) -> Result<(), NoFeed> {
        self.text_attributes(field, &tag);
        if tag.empty {
            self.scopes.leave(namespaces);
            self.bases.truncate(bases);
            return Ok(());
        }
        self.push(tag, Scope::Other, namespaces, bases)?;
        self.capture = Some(Capture::new(field, tag.name, Form::of(&tag, field, self.document.format)));
        Ok(())
    }

    /// A start tag inside gathered text: part of it, unless the text's own end tag is missing. Tells whether the tag
    /// was used up.
    fn inside_capture(&mut self, tag: Tag<'a>) -> Result<bool, NoFeed> {
        let Some(capture) = self.capture.as_mut() else { return Ok(false) };
        let (space, local) = self.scopes.resolve(tag.name);
        let in_entry = self.stack.iter().rev().find(|frame| frame.scope == Scope::Entry);
        let next_entry = match in_entry {
            Some(frame) => frame.name == tag.name,
            None => space == Space::Core && matches!(local, "item" | "entry"),
        };
        if next_entry || capture.ends_before(space, local) {
            self.notes.document("unclosed-element", format!("<{}> has no end tag", capture.name));
            self.end_capture();
            return Ok(false);
        }
        capture.open(&tag);
        if capture.depth() + self.stack.len() > MAX_DEPTH {
            return Err(too_deep());
        }
        Ok(true)
    }

    /// Whether text may stand directly in the present part, as RSS has it for people and sources; markup around
    /// such text does not matter.
    fn takes_loose_text(&self) -> bool {
        let part = self.stack.iter().rev().map(|frame| frame.scope).find(|scope| *scope != Scope::Other);
        matches!(part, Some(Scope::Person(_) | Scope::Source))
    }

    fn text(&mut self, raw: &'a str) {
        let loose = self.takes_loose_text();
        let sound = match self.capture.as_mut() {
            Some(capture) => capture.text(raw),
            None if loose => refs::resolve_xml(raw, &mut self.loose),
            None => true,
        };
        if !sound {
            self.notes.document("bare-ampersand", "an ampersand stands in the text unescaped");
        }
    }

    fn cdata(&mut self, text: &'a str) {
        let loose = self.takes_loose_text();
        match self.capture.as_mut() {
            Some(capture) => capture.cdata(text),
            None if loose => self.loose.push_str(text),
            None => {}
        }
    }

    fn finish(mut self) -> Result<ParsedFeed, NoFeed> {
        let refused = self.soup.refused.take();
        if !self.found {
            return Err(match self.first_element {
                _ if self.web_page => NoFeed::Html,
                _ if refused.is_some() => NoFeed::Refused(refused.unwrap_or_default()),
                Some(name) => NoFeed::Root(name.to_owned()),
                None => NoFeed::NoElement,
            });
        }
        if let Some(reason) = refused {
            return Err(NoFeed::Refused(reason));
        }
        if !self.stack.is_empty() && !self.full {
            self.notes.document("truncated", "the document ends before its elements are closed");
        }
        self.end_capture();
        while !self.stack.is_empty() {
            self.pop();
        }
        self.finish_entry();
        if self.web_page && self.document.entries.is_empty() {
            // Licences and the like are written in RDF on web pages.
            return Err(NoFeed::Html);
        }
        self.note_repairs();
        Ok(super::finish::feed(self))
    }

    fn note_repairs(&mut self) {
        if self.soup.repairs.stray_angle {
            self.notes.document("bare-angle", "a less-than sign stands in the text unescaped");
        }
        if self.soup.repairs.unclosed {
            self.notes.document("unclosed-markup", "a tag, comment, quote or CDATA section is not closed");
        }
    }
}

fn too_deep() -> NoFeed {
    NoFeed::Refused(format!("elements are nested deeper than {MAX_DEPTH}"))
}
