//! Which vocabulary an element belongs to, whatever prefix and spelling the document uses.
//!
//! First the declared namespace decides, compared without its scheme, letter case and trailing signs, because
//! publishers misspell all of these; then, for prefixes that are undeclared or bound to something unknown, the
//! prefix everybody uses for a vocabulary. RSS in all versions and Atom in all versions are one vocabulary here
//! ([`Space::Core`]): real documents mix them freely.

use super::soup::{Attributes, Tag};

/// A vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// RSS and Atom, any version.
    Core,
    /// Dublin Core elements and terms.
    Dublin,
    /// `content:encoded`.
    Content,
    /// Media RSS.
    Media,
    /// Podcast vocabularies of Apple and Google.
    Itunes,
    /// RSS 1.0 syndication module.
    Syndication,
    /// RDF itself.
    Rdf,
    /// RSS 1.0 taxonomy.
    Taxonomy,
    /// XHTML.
    Xhtml,
    /// FeedBurner.
    Feedburner,
    /// Anything else.
    Other,
}

/// Namespaces by their address without scheme, `www.` and trailing `/` or `#`, in lower case.
const ADDRESSES: &[(&str, Space)] = &[
    ("w3.org/2005/atom", Space::Core),
    ("purl.org/atom/ns", Space::Core),
    ("purl.org/rss/1.0", Space::Core),
    ("purl.org/net/rss1.1", Space::Core),
    ("my.netscape.com/rdf/simple/0.9", Space::Core),
    ("channel.netscape.com/rdf/simple/0.9", Space::Core),
    ("my.netscape.com/publish/formats/rss-0.91.dtd", Space::Core),
    ("backend.userland.com/rss", Space::Core),
    ("blogs.law.harvard.edu/tech/rss", Space::Core),
    ("cyber.law.harvard.edu/rss", Space::Core),
    ("purl.org/dc/elements/1.1", Space::Dublin),
    ("purl.org/dc/elements/1.0", Space::Dublin),
    ("purl.org/dc/terms", Space::Dublin),
    ("purl.org/rss/1.0/modules/content", Space::Content),
    ("search.yahoo.com/mrss", Space::Media),
    ("video.search.yahoo.com/mrss", Space::Media),
    ("tools.search.yahoo.com/mrss", Space::Media),
    ("itunes.com/dtds/podcast-1.0.dtd", Space::Itunes),
    ("itunes.com/dtds/podcast", Space::Itunes),
    ("example.com/dtds/podcast-1.0.dtd", Space::Itunes),
    ("google.com/schemas/play-podcasts/1.0", Space::Itunes),
    ("purl.org/rss/1.0/modules/syndication", Space::Syndication),
    ("w3.org/1999/02/22-rdf-syntax-ns", Space::Rdf),
    ("purl.org/rss/1.0/modules/taxonomy", Space::Taxonomy),
    ("w3.org/1999/xhtml", Space::Xhtml),
    ("rssnamespace.org/feedburner/ext/1.0", Space::Feedburner),
];

/// Vocabularies by the prefix everybody uses.
const PREFIXES: &[(&str, Space)] = &[
    ("atom", Space::Core),
    ("atom10", Space::Core),
    ("a10", Space::Core),
    ("rss", Space::Core),
    ("dc", Space::Dublin),
    ("dcterms", Space::Dublin),
    ("dcq", Space::Dublin),
    ("content", Space::Content),
    ("media", Space::Media),
    ("itunes", Space::Itunes),
    ("googleplay", Space::Itunes),
    ("sy", Space::Syndication),
    ("rdf", Space::Rdf),
    ("taxo", Space::Taxonomy),
    ("xhtml", Space::Xhtml),
    ("feedburner", Space::Feedburner),
];

/// The vocabulary a namespace address stands for.
pub fn space_of_address(address: &str) -> Option<Space> {
    let lower = address.trim().to_ascii_lowercase();
    let bare = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let bare = bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches(['/', '#', ' ']);
    if let Some(&(_, space)) = ADDRESSES.iter().find(|(known, _)| *known == bare) {
        return Some(space);
    }
    // Dialects differ only in their tails: drafts of Atom, userland's rss, rss2, rss091 …
    let families = ["purl.org/atom/", "backend.userland.com/rss", "my.netscape.com/", "purl.org/net/rss"];
    families.iter().any(|family| bare.starts_with(family)).then_some(Space::Core)
}

fn space_of_prefix(prefix: &str) -> Space {
    PREFIXES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(prefix))
        .map_or(Space::Other, |&(_, space)| space)
}

/// Most declarations in force at once: each element looks through them. Real documents have a dozen.
const MOST: usize = 256;

/// The declarations in force, innermost last; those beyond [`MOST`] are not taken in.
#[derive(Debug, Default)]
pub struct Scopes<'a> {
    declared: Vec<(&'a str, Space)>,
}

impl<'a> Scopes<'a> {
    /// How many declarations are in force: to go back to with [`Scopes::leave`].
    pub fn mark(&self) -> usize {
        self.declared.len()
    }

    /// Forgets the declarations made since `mark`.
    pub fn leave(&mut self, mark: usize) {
        self.declared.truncate(mark);
    }

    /// Takes in the declarations of a tag; `root` says whether it is the document's outermost.
    pub fn enter(&mut self, tag: &Tag<'a>, root: bool) {
        if memchr::memmem::find(tag.attributes.as_bytes(), b"xmlns").is_none() {
            return;
        }
        for (name, value) in Attributes::new(tag.attributes) {
            if self.declared.len() >= MOST {
                return;
            }
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => &rest[1..],
                _ => continue,
            };
            let unknown = match prefix {
                // An unknown default namespace on the root is some dialect of the document's own format.
                "" if root || value.is_empty() => Space::Core,
                "" => Space::Other,
                prefix => space_of_prefix(prefix),
            };
            self.declared.push((prefix, space_of_address(value).unwrap_or(unknown)));
        }
    }

    /// The vocabulary and the local name of an element.
    pub fn resolve(&self, name: &'a str) -> (Space, &'a str) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let declared = self.declared.iter().rev().find(|(known, _)| *known == prefix);
        let space = match declared {
            Some(&(_, space)) => space,
            None if prefix.is_empty() => Space::Core,
            None => space_of_prefix(prefix),
        };
        (space, local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_of_a_namespace_does_not_matter() {
        let rows = [
            ("http://www.w3.org/2005/Atom", Some(Space::Core)),
            ("https://www.w3.org/2005/Atom/", Some(Space::Core)),
            ("http://purl.org/atom/ns#", Some(Space::Core)),
            ("http://purl.org/atom/ns#draft-ietf-atompub-format-09", Some(Space::Core)),
            ("http://my.netscape.com/rdf/simple/0.9/", Some(Space::Core)),
            ("http://search.yahoo.com/mrss", Some(Space::Media)),
            ("http://purl.org/RSS/1.0/modules/content/", Some(Space::Content)),
            ("http://nobody.example/", None),
        ];
        for (address, space) in rows {
            assert_eq!(space_of_address(address), space, "{address}");
        }
    }

    #[test]
    fn an_undeclared_prefix_means_what_it_usually_means() {
        let scopes = Scopes::default();
        assert_eq!(scopes.resolve("dc:creator"), (Space::Dublin, "creator"));
        assert_eq!(scopes.resolve("title"), (Space::Core, "title"));
        assert_eq!(scopes.resolve("geo:lat"), (Space::Other, "lat"));
    }
}
