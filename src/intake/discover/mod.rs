//! Discover: where the feeds of a site may be, and which of those found is the best.
//!
//! In this order: what the address itself tells of ([`sites`]: a channel, a repository, a community whose feed has a
//! known address); what the page names in its `link` elements (`parse::feed_links`); the paths at which feeds commonly
//! lie ([`well_known`]), only when the others gave nothing, because they are guesses that cost a stranger's server a
//! request each. [`best_first`] orders what was checked.
//!
//! Pure: it fetches nothing. Whoever does follows the order, keeps the pause between requests to one host, and asks
//! no more than [`CHECKED`] addresses.

mod sites;

pub use sites::sites;

use crate::model::{ParsedFeed, Time};
use crate::text::link::canonical_url;
use serde::Serialize;
use std::collections::HashSet;
use url::Url;

/// Addresses that one search may ask at most, besides the page itself.
pub const CHECKED: usize = 10;

/// How an address came to be thought a feed. Earlier ways are surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    /// It is the address that was asked for.
    Itself,
    /// The kind of site has its feeds there.
    Site,
    /// The page names it.
    Page,
    /// Feeds commonly lie there.
    WellKnown,
}

impl FoundBy {
    /// In words, for lists.
    pub fn words(self) -> &'static str {
        match self {
            Self::Itself => "the address",
            Self::Site => "kind of site",
            Self::Page => "named by the page",
            Self::WellKnown => "usual place",
        }
    }
}

/// An address that may be a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Where.
    pub url: Url,
    /// Why there.
    pub found_by: FoundBy,
    /// What the page calls it.
    pub title: Option<String>,
}

/// A feed that was found and read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedFeed {
    /// Its address: as typed, named or derived, not where redirects led.
    pub url: Url,
    /// How it was found.
    pub found_by: FoundBy,
    /// Title: the document's own, else the page's word for it.
    pub title: Option<String>,
    /// Entries in the document.
    pub entries: usize,
    /// Publication time of the newest entry, where entries have times.
    pub newest: Option<Time>,
    /// Language tag as the document states it.
    pub lang: Option<String>,
    /// Comments under the site's entries, not the entries.
    pub comments: bool,
}

impl CheckedFeed {
    /// What is worth knowing about a feed that was read at the address of `lead`.
    pub fn new(lead: Lead, feed: &ParsedFeed) -> Self {
        let title = feed.title.clone().or(lead.title);
        let newest = feed.entries.iter().filter_map(|entry| entry.published.or(entry.updated)).max();
        Self {
            comments: about_comments(&lead.url, title.as_deref()),
            url: lead.url,
            found_by: lead.found_by,
            title,
            entries: feed.entries.len(),
            newest,
            lang: feed.language.clone(),
        }
    }
}

/// WordPress and others announce a feed of comments beside the feed of articles.
fn about_comments(url: &Url, title: Option<&str>) -> bool {
    const WORDS: &[&str] =
        &["comments", "kommentar", "commentaires", "comentarios", "commenti", "评论", "comentários"];
    let path = url.path().to_ascii_lowercase();
    let title = title.unwrap_or_default().to_lowercase();
    path.split('/').any(|part| part == "comments") || WORDS.iter().any(|word| title.contains(word))
}

/// Orders feeds with the best first: articles before comments, feeds with entries before empty ones, surer ways
/// before guesses; then as they were found, which is the site's own order. A feed that is named in two spellings of
/// one address is left out the second time.
pub fn best_first(mut feeds: Vec<CheckedFeed>) -> Vec<CheckedFeed> {
    let mut seen = HashSet::new();
    // http and https, with and without the last slash: one feed.
    feeds
        .retain(|feed| seen.insert(canonical_url(feed.url.as_str()).unwrap_or_else(|| feed.url.to_string())));
    feeds.sort_by_key(|feed| (feed.comments, feed.entries == 0, feed.found_by));
    feeds
}

/// The places at which feeds commonly lie: below the page's own directory first, then below the root. Never more
/// than [`CHECKED`].
pub fn well_known(page: &Url) -> Vec<Lead> {
    const BELOW: &[&str] = &["feed/", "index.xml", "rss.xml", "atom.xml"];
    const ROOT: &[&str] =
        &["feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss", "feed.json", "?feed=rss2"];
    let mut root = page.clone();
    root.set_path("/");
    root.set_query(None);
    root.set_fragment(None);
    let mut below = root.clone();
    let directory = directory(page.path());
    below.set_path(&directory);
    let below = (directory != "/").then_some(below);
    let guesses = BELOW.iter().filter_map(|path| below.as_ref()?.join(path).ok());
    let guesses = guesses.chain(ROOT.iter().filter_map(|path| root.join(path).ok()));
    guesses.take(CHECKED).map(|url| Lead { url, found_by: FoundBy::WellKnown, title: None }).collect()
}

/// The directory of a path; a last part without a dot is one (`/blog` is a place, `/blog/about.html` a page in it).
fn directory(path: &str) -> String {
    let (above, last) = path.rsplit_once('/').unwrap_or(("", path));
    if last.is_empty() || last.contains('.') { format!("{above}/") } else { format!("{path}/") }
}

/// An address as people type it: without a scheme it is https.
///
/// # Errors
/// A sentence saying why it is none.
pub fn address(typed: &str) -> Result<Url, String> {
    let typed = typed.trim();
    let full = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let url = Url::parse(&full).map_err(|error| format!("{typed:?} is no address: {error}"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        "feed" => Url::parse(&full.replacen("feed://", "https://", 1)).map_err(|error| error.to_string()),
        other => Err(format!("{typed:?} has the scheme {other}; only http and https can be fetched")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    fn feed(address: &str, found_by: FoundBy, title: &str, entries: usize) -> CheckedFeed {
        let lead = Lead { url: url(address), found_by, title: None };
        let entry = crate::model::ParsedEntry::default();
        let document = ParsedFeed {
            title: Some(title.to_owned()),
            entries: vec![entry; entries],
            ..ParsedFeed::default()
        };
        CheckedFeed::new(lead, &document)
    }

    #[test]
    fn the_best_comes_first() {
        let ordered = best_first(vec![
            feed("https://a.example/comments/feed/", FoundBy::Page, "Comments for A", 10),
            feed("https://a.example/empty", FoundBy::Page, "A, empty", 0),
            feed("https://a.example/guess", FoundBy::WellKnown, "A", 5),
            feed("https://a.example/feed/", FoundBy::Page, "A", 10),
            feed("https://a.example/de/", FoundBy::Page, "Kommentare zu A", 10),
            feed("http://a.example/feed", FoundBy::Page, "A", 10),
        ]);
        let paths: Vec<&str> = ordered.iter().map(|feed| feed.url.path()).collect();
        assert_eq!(paths, ["/feed/", "/guess", "/empty", "/comments/feed/", "/de/"]);
    }

    #[test]
    fn places_are_guessed_from_the_page_down_to_the_root() {
        let at = |page: &str| -> Vec<String> {
            well_known(&url(page)).iter().map(|lead| lead.url.to_string()).collect()
        };
        let root = at("https://a.example/?x=1#top");
        assert_eq!((root[0].as_str(), root.len()), ("https://a.example/feed", 8));
        assert!(root.contains(&"https://a.example/?feed=rss2".to_owned()));
        let blog = at("https://a.example/blog");
        assert_eq!((blog[0].as_str(), blog.len()), ("https://a.example/blog/feed/", CHECKED));
        assert_eq!(at("https://a.example/blog/about.html")[0], "https://a.example/blog/feed/");
    }

    #[test]
    fn addresses_as_people_type_them() {
        for (typed, read) in [
            ("example.org/blog", Some("https://example.org/blog")),
            (" http://example.org ", Some("http://example.org/")),
            ("feed://example.org/x", Some("https://example.org/x")),
            ("file:///etc/passwd", None),
            ("", None),
        ] {
            let found = address(typed).ok();
            assert_eq!(found.as_ref().map(Url::as_str), read, "{typed:?}");
        }
    }
}
