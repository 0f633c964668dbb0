//! The facts that stand in attributes: bases and languages, links, files, categories, and what RDF and CDF say there.

use super::Reader;
use crate::intake::parse::address::LONGEST;
use crate::intake::parse::draft::MOST;
use crate::intake::parse::elements::{Field, Meaning, Scope};
use crate::intake::parse::soup::Tag;
use crate::intake::parse::{plain, refs};
use crate::model::{Enclosure, FeedFormat, Person, Source};
use url::Url;

impl<'a> Reader<'a, '_> {
    /// Takes in `xml:base` and `xml:lang`.
    pub(super) fn scope_attributes(&mut self, tag: &Tag<'a>) {
        if !tag.attributes.contains("xml:") {
            return;
        }
        if let Some(raw) = tag.attribute("xml:base") {
            let value = decoded(raw);
            let joined = match self.base() {
                Some(base) => base.join(value.trim()).ok(),
                None => Url::parse(value.trim()).ok(),
            };
            self.bases.extend(joined.filter(|base| base.as_str().len() <= LONGEST));
        }
        if let Some(language) = tag.attribute("xml:lang").map(decoded) {
            self.draft().language(2, &language);
        }
    }

    /// Acts on an element whose facts are attributes; returns the part it opens.
    pub(super) fn attributes(&mut self, meaning: Meaning, tag: &Tag<'a>) -> Scope {
        match meaning {
            Meaning::Enter(scope) => {
                self.enter(scope, tag);
                return scope;
            }
            Meaning::Entry => {
                self.entry_attributes(tag);
                return Scope::Entry;
            }
            Meaning::Link => self.link(tag),
            // Categories of podcasts are nested.
            Meaning::Category if self.scope() == Scope::Feed => return Scope::Feed,
            Meaning::Category => {}
            Meaning::Enclosure => self.enclosure(tag),
            Meaning::MediaFile => {
                self.media_file(tag);
                return Scope::Media;
            }
            Meaning::ImageHref => {
                if let Some(url) = tag.attribute("href").and_then(|raw| self.absolute(&decoded(raw))) {
                    self.image.offer(2, url);
                }
            }
            Meaning::Cloud => {
                self.document.cloud =
                    tag.attribute("domain").map(decoded).filter(|domain| !domain.is_empty());
            }
            Meaning::Text(_) => {}
        }
        Scope::Other
    }

    fn enter(&mut self, scope: Scope, tag: &Tag<'a>) {
        match scope {
            Scope::Person(_) => {
                self.loose.clear();
                self.person = Person::default();
            }
            Scope::Source => {
                self.loose.clear();
                let url = tag.attribute("url").or_else(|| tag.attribute("href"));
                self.source = Source { title: None, link: url.and_then(|raw| self.absolute(&decoded(raw))) };
            }
            Scope::Image => {
                let url = tag.attribute("href").or_else(|| tag.attribute("rdf:resource"));
                if let Some(url) = url.and_then(|raw| self.absolute(&decoded(raw))) {
                    self.image.offer(4, url);
                }
            }
            Scope::Feed => self.feed_attributes(tag),
            _ => {}
        }
    }

    pub(super) fn feed_attributes(&mut self, tag: &Tag<'a>) {
        if let Some(about) = tag.attribute("rdf:about").map(decoded) {
            self.feed.id.offer(2, about);
        }
        if let Some(url) = tag.attribute("href").and_then(|raw| self.absolute(&decoded(raw))) {
            self.feed.link.offer(1, url);
        }
        self.last_modified(tag);
    }

    /// RDF names an item in an attribute; CDF says all in attributes.
    pub(super) fn entry_attributes(&mut self, tag: &Tag<'a>) {
        if tag.attributes.is_empty() {
            return;
        }
        if let Some(about) = tag.attribute("rdf:about").or_else(|| tag.attribute("about")).map(decoded) {
            let link = self.absolute(&about);
            let draft = self.draft();
            if let Some(link) = link {
                draft.link.offer(4, link);
            }
            draft.id.offer(2, about);
        }
        if let Some(url) = tag.attribute("href").and_then(|raw| self.absolute(&decoded(raw))) {
            self.draft().link.offer(1, url);
        }
        self.last_modified(tag);
    }

    /// CDF has the time of change as an attribute.
    fn last_modified(&mut self, tag: &Tag<'a>) {
        if let Some(date) = tag.attribute("lastmod").map(decoded)
            && let Some(time) = self.date(&date)
        {
            self.draft().updated.offer(1, time);
        }
    }

    /// Attributes that say something beside the text.
    pub(super) fn text_attributes(&mut self, field: Field, tag: &Tag<'a>) {
        match field {
            Field::Guid => {
                let stated = tag.attribute("isPermaLink");
                self.draft().is_permalink = stated.map(|value| !value.trim().eq_ignore_ascii_case("false"));
            }
            Field::Content(_) => {
                if let Some(url) = tag.attribute("src").and_then(|raw| self.absolute(&decoded(raw))) {
                    self.draft().link.offer(5, url);
                }
            }
            Field::Link(rank) => {
                if let Some(url) = tag.attribute("rdf:resource").and_then(|raw| self.absolute(&decoded(raw)))
                {
                    self.draft().link.offer(rank, url);
                }
            }
            _ => {}
        }
    }

    /// Whether a category says its name in attributes.
    pub(super) fn category_attributes(&mut self, tag: &Tag<'a>) -> bool {
        let named = ["term", "text", "label"]
            .iter()
            .filter_map(|name| tag.attribute(name))
            .map(|raw| plain::line(&decoded(raw)))
            .find(|name| !name.is_empty());
        let Some(name) = named else { return false };
        self.draft().category(name);
        true
    }

    fn link(&mut self, tag: &Tag<'a>) {
        let rel = tag.attribute("rel").map(decoded).unwrap_or_default().to_ascii_lowercase();
        let rel = rel.rsplit('/').next().unwrap_or("").trim();
        let Some(url) = tag.attribute("href").and_then(|raw| self.absolute(&decoded(raw))) else { return };
        if self.scope() == Scope::Source {
            if self.source.link.is_none() || matches!(rel, "" | "alternate") {
                self.source.link = Some(url);
            }
            return;
        }
        let kind = tag.attribute("type").map(decoded).unwrap_or_default().to_ascii_lowercase();
        match rel {
            // RSS with an Atom-like link of its own: of several links the last one counts.
            "" if self.document.format != FeedFormat::Atom && !tag.name.contains(':') => {
                self.draft().link.renew(0, url);
            }
            "" | "alternate" => self.alternate(url, &kind),
            "enclosure" => self.push_enclosure(url, tag),
            "replies" if kind.is_empty() || kind.contains("html") => {
                self.draft().comments.get_or_insert(url);
            }
            "via" | "canonical" | "shorturl" => self.draft().link.offer(6, url),
            "self" if self.entry.is_some() => self.draft().link.offer(7, url),
            "self" => {
                self.remember_site(&url);
                self.document.self_link.get_or_insert(url);
            }
            "hub" if self.document.hubs.contains(&url) || self.document.hubs.len() >= MOST => {}
            "hub" => self.document.hubs.push(url),
            "next" | "prev-archive" if self.entry.is_none() => {
                self.document.next_page.get_or_insert(url);
            }
            _ => {}
        }
    }

    /// A page for people goes before other forms of it.
    fn alternate(&mut self, url: String, kind: &str) {
        let page = kind.is_empty() || kind.contains("html");
        self.remember_site(&url);
        self.draft().link.offer(if page { 1 } else { 3 }, url);
    }

    fn enclosure(&mut self, tag: &Tag<'a>) {
        let raw =
            tag.attribute("url").or_else(|| tag.attribute("href")).or_else(|| tag.attribute("rdf:resource"));
        if let Some(url) = raw.and_then(|raw| self.absolute(&decoded(raw))) {
            self.push_enclosure(url, tag);
        }
    }

    fn push_enclosure(&mut self, url: String, tag: &Tag<'a>) {
        let enclosure = enclosure(url, tag, "length");
        self.draft().enclosure(enclosure);
    }

    fn media_file(&mut self, tag: &Tag<'a>) {
        if let Some(url) = tag.attribute("url").and_then(|raw| self.absolute(&decoded(raw))) {
            let file = enclosure(url, tag, "fileSize");
            self.draft().media(file);
        }
    }
}

fn enclosure(url: String, tag: &Tag<'_>, length: &str) -> Enclosure {
    Enclosure {
        url,
        media_type: tag.attribute("type").map(decoded).filter(|kind| !kind.is_empty()),
        length: tag.attribute(length).and_then(|raw| raw.trim().parse().ok()),
    }
}

/// An attribute's value with its references resolved.
fn decoded(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    refs::resolve_xml(raw, &mut value);
    value
}

/// The version a document states, or its namespace implies.
pub(super) fn version(format: FeedFormat, tag: &Tag<'_>) -> Option<String> {
    let stated =
        tag.attribute("version").map(|raw| decoded(raw).trim().to_owned()).filter(|text| !text.is_empty());
    let namespaces = tag.attributes.to_ascii_lowercase();
    let implied = match format {
        FeedFormat::Atom if namespaces.contains("purl.org/atom") => "0.3",
        FeedFormat::Atom => "1.0",
        FeedFormat::Rdf if namespaces.contains("netscape.com/rdf/simple/0.9") => "0.90",
        FeedFormat::Rdf => "1.0",
        _ => return stated,
    };
    stated.or_else(|| Some(implied.to_owned()))
}

/// Whether a credit of Media RSS is for the text and not for a picture.
pub(super) fn credits_writer(tag: &Tag<'_>) -> bool {
    let role = tag.attribute("role").map(decoded).unwrap_or_default().to_ascii_lowercase();
    matches!(role.trim(), "author" | "writer" | "reporter")
}
