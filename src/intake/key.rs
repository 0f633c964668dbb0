//! Names an entry for ever, and makes it ready to be stored.
//!
//! The key inside a feed comes, in this order, from: the guid, unless the document uses it for another item
//! too; the canonical link, under the same condition; the content. Neither guid nor link look at the title, so an
//! edited headline keeps its key. The content is the body, or the title (with the stated time) where there is none.
//!
//! Keys and hashes are stored: what they are made of, and how, must never change.

use crate::model::{NewEntry, ParsedEntry, ParsedFeed, Person};
use crate::text::link::canonical_url;
use sha2::{Digest, Sha256};

/// What is known of the feed an entry came from.
#[derive(Clone, Copy, Debug)]
pub struct FeedFacts<'a> {
    /// The outlet's name from the configuration.
    pub feed_publisher: Option<&'a str>,
    /// The document.
    pub document: &'a ParsedFeed,
    /// The feed's language from the configuration.
    pub lang: Option<&'a str>,
}

/// Longest guid kept as it is, in bytes; a longer one is stored cut, its key is made of the whole.
const LONGEST_GUID: usize = 2048;

/// Longest name of a publisher kept, in bytes: every entry carries it.
const LONGEST_PUBLISHER: usize = 500;

/// Makes an entry ready to be stored.
pub fn new_entry(parsed: &ParsedEntry, facts: &FeedFacts<'_>) -> NewEntry {
    let body = parsed.body();
    let canonical = parsed.link.as_deref().and_then(canonical_url);
    NewEntry {
        key: key(parsed, canonical.as_deref(), &body, facts.document),
        guid: parsed.guid.as_deref().map(cut),
        url: parsed.link.clone(),
        canonical_url: canonical,
        content_hash: hash(&["content", &parsed.title, &body]),
        title: parsed.title.clone(),
        author: names(&parsed.authors),
        publisher: publisher(parsed, facts),
        categories: parsed.categories.clone(),
        lang: language(parsed, facts),
        published: parsed.published,
        body,
    }
}

fn key(parsed: &ParsedEntry, canonical: Option<&str>, body: &str, document: &ParsedFeed) -> String {
    let guid = parsed.guid.as_deref().map(str::trim).filter(|guid| !guid.is_empty());
    if let Some(guid) = guid.filter(|_| !guid_is_shared(parsed, document)) {
        return hash(&["guid", guid]);
    }
    if let Some(link) = canonical.filter(|link| !link_is_shared(parsed, link, document)) {
        return hash(&["link", link]);
    }
    let stated = parsed.published.map(|time| time.0.to_string()).unwrap_or_default();
    match body.is_empty() {
        true => hash(&["title", &parsed.title, &stated]),
        false => hash(&["body", body]),
    }
}

/// Whether another item of the document has the same guid, as the parser marked it.
fn guid_is_shared(parsed: &ParsedEntry, document: &ParsedFeed) -> bool {
    marked(document, "repeated-guid").any(|other| other.guid == parsed.guid)
}

/// Most marked links looked at: enough for any real feed, a bound for a hostile one.
const MOST_MARKED: usize = 256;

/// Whether another item of the document has the same link: a feed that gives its home page for every item.
fn link_is_shared(parsed: &ParsedEntry, canonical: &str, document: &ParsedFeed) -> bool {
    marked(document, "repeated-link").take(MOST_MARKED).any(|other| {
        other.link == parsed.link
            || other.link.as_deref().and_then(canonical_url).as_deref() == Some(canonical)
    })
}

/// The entries a warning of this class is about.
fn marked<'a>(document: &'a ParsedFeed, code: &'a str) -> impl Iterator<Item = &'a ParsedEntry> {
    let warnings = document.warnings.iter().filter(move |warning| warning.code == code);
    warnings.filter_map(|warning| document.entries.get(warning.entry?))
}

/// SHA-256 over the parts, each ended by a zero byte, shortened to 32 hex digits.
fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn cut(guid: &str) -> String {
    let end = (0..=LONGEST_GUID.min(guid.len())).rev().find(|&at| guid.is_char_boundary(at)).unwrap_or(0);
    guid[..end].to_owned()
}

fn names(authors: &[Person]) -> Option<String> {
    let names: Vec<&str> =
        authors.iter().filter_map(|person| person.name.as_deref().or(person.email.as_deref())).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The outlet: who the item says it comes from, else the configured name, else the document's title.
fn publisher(parsed: &ParsedEntry, facts: &FeedFacts<'_>) -> Option<String> {
    let source = parsed.source.as_ref().and_then(|source| source.title.as_deref());
    let named = [source, facts.feed_publisher, facts.document.title.as_deref()];
    let name = named.into_iter().flatten().map(str::trim).find(|name| !name.is_empty())?;
    Some(name[..name.floor_char_boundary(LONGEST_PUBLISHER)].to_owned())
}

fn language(parsed: &ParsedEntry, facts: &FeedFacts<'_>) -> Option<String> {
    let tags = [parsed.language.as_deref(), facts.lang, facts.document.language.as_deref()];
    tags.into_iter().flatten().find_map(primary_subtag)
}

/// `de` of `de-AT`; two or three letters, else it is no tag.
fn primary_subtag(tag: &str) -> Option<String> {
    let subtag = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
    let sound = matches!(subtag.len(), 2 | 3) && subtag.bytes().all(|byte| byte.is_ascii_lowercase());
    (sound && subtag != "und").then_some(subtag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ParseWarning, Source, Time};

    fn entry(guid: Option<&str>, link: Option<&str>, title: &str, summary: &str) -> ParsedEntry {
        ParsedEntry {
            guid: guid.map(str::to_owned),
            link: link.map(str::to_owned),
            title: title.to_owned(),
            summary: (!summary.is_empty()).then(|| summary.to_owned()),
            ..ParsedEntry::default()
        }
    }

    /// The entry as new, in a document with `others` before it as the parser marks repeats.
    fn keyed(entry: &ParsedEntry, others: &[ParsedEntry]) -> NewEntry {
        let mark = |code: &str| ParseWarning {
            code: code.into(),
            message: String::new(),
            entry: Some(others.len()),
        };
        let another = |other: &ParsedEntry| other.title != entry.title;
        let mut document = ParsedFeed { entries: others.to_vec(), ..ParsedFeed::default() };
        document.entries.push(entry.clone());
        if others.iter().any(another) {
            document.warnings = vec![mark("repeated-guid"), mark("repeated-link")];
        }
        new_entry(entry, &FeedFacts { feed_publisher: None, document: &document, lang: None })
    }

    /// These values are in databases: if one changes, every entry is new again.
    #[test]
    fn keys_and_hashes_never_change() {
        let link = Some("https://example.org/a");
        let rows = [
            (entry(Some("urn:1"), link, "Title", "Body"), "41aecd05fdf401c68302de94c634634f"),
            (
                entry(None, Some("http://www.example.org/a/?utm_source=x"), "Title", "Body"),
                "e49259439e7315f4473dea202dfefe38",
            ),
            (entry(None, None, "Title", "Body"), "5c0e0c6ac545d62a52927f01a4da8810"),
            (entry(None, None, "Title", ""), "317ef8b91c7c6c4cd6ffcc5664baea97"),
        ];
        for (entry, key) in rows {
            assert_eq!(keyed(&entry, &[]).key, key, "{entry:?}");
        }
        assert_eq!(
            keyed(&entry(None, link, "Title", "Body"), &[]).content_hash,
            "57a954a4de43bc3b5863f4c1b45d7506"
        );
    }

    #[test]
    fn an_edited_headline_keeps_its_key_and_changes_its_hash() {
        for (guid, link) in [(Some("1"), None), (None, Some("https://example.org/a")), (None, None)] {
            let before = keyed(&entry(guid, link, "Before", "Body"), &[]);
            let after = keyed(&entry(guid, link, "After", "Body"), &[]);
            assert_eq!(before.key, after.key, "{guid:?} {link:?}");
            assert_ne!(before.content_hash, after.content_hash);
        }
    }

    #[test]
    fn what_different_items_share_names_none_of_them() {
        let a = entry(Some("x"), Some("https://example.org/a"), "A", "One");
        let b = entry(Some("x"), Some("https://example.org/b"), "B", "Two");
        assert_ne!(keyed(&a, std::slice::from_ref(&b)).key, keyed(&b, std::slice::from_ref(&a)).key);
        let home = Some("https://example.org/");
        let (a, b) = (entry(None, home, "A", "One"), entry(Some(" "), home, "B", "Two"));
        assert_ne!(keyed(&a, std::slice::from_ref(&b)).key, keyed(&b, std::slice::from_ref(&a)).key);
        let twin = entry(Some("y"), home, "A", "One");
        assert_eq!(
            keyed(&twin, std::slice::from_ref(&twin)).key,
            keyed(&twin, &[]).key,
            "the very same item twice"
        );
    }

    #[test]
    fn publisher_and_language_come_from_the_nearest_that_knows() {
        let source = Source { title: Some("Gazette".into()), link: None };
        let named =
            ParsedEntry { source: Some(source), language: Some("zh-Hans".into()), ..ParsedEntry::default() };
        let plain = ParsedEntry { published: Some(Time(5)), ..ParsedEntry::default() };
        let document = ParsedFeed {
            title: Some("Wire".into()),
            language: Some("EN_us".into()),
            ..ParsedFeed::default()
        };
        let facts = |publisher, lang| FeedFacts { feed_publisher: publisher, document: &document, lang };
        let rows = [
            (&named, None, None, "Gazette", "zh"),
            (&plain, Some("Our Wire"), Some("de"), "Our Wire", "de"),
            (&plain, None, None, "Wire", "en"),
            (&plain, Some(" "), Some("nonsense"), "Wire", "en"),
        ];
        for (entry, publisher, lang, outlet, language) in rows {
            let new = new_entry(entry, &facts(publisher, lang));
            assert_eq!((new.publisher.as_deref(), new.lang.as_deref()), (Some(outlet), Some(language)));
        }
    }
}
