//! Reads any feed in the wild: bytes in, plain facts out.
//!
//! In this order: cap and gunzip (`unpack`); bytes to text (`charset`); JSON Feed or XML by the first sign; for XML
//! one walk (`reader`) over the tags as they stand (`soup`), which puts namespaces, dialects, bare signs, missing and
//! mismatched tags right on the way, turns every text into what a person would read (`plain`), dates into times
//! (`date`) and links into absolute ones (`address`), and stops at the cap on entries; then a look at the entries
//! together (`finish`). What was odd is a warning; one broken entry never costs the others.
//!
//! The walk is our own and not feed-rs behind a repairing rewriter, by measurement: feed-rs 3.0 keeps half of a title with
//! markup, drops sources, ids and syndication hints and fails whole documents for one empty element, so that a suite of
//! other parsers' expectations comes to 85 % behind a repairing rewriter and to 99 % here; its memory grows with the items
//! and not with the cap (524 MB for 9 MB of empty ones, 5 MB here); three of its panics are known; and one walk costs about
//! half of what it costs without any repair. `benches/parse.rs` keeps that comparison.
//!
//! Never: a panic (one is caught and reported), a hang (all steps are linear), markup or control characters in a
//! text, a link that is not `http`, `https` or `mailto`, an expanded entity of a document type, a fetch.
//!
//! [`to_json`] is the form that `feeds parse --json` shows.

mod address;
mod autodiscover;
mod capture;
mod charset;
mod commit;
mod date;
mod date_words;
mod draft;
mod elements;
mod finish;
mod json;
mod json_mend;
mod json_tree;
mod names;
mod notes;
mod output;
mod person;
mod plain;
mod reader;
mod refs;
mod soup;
mod unpack;

#[cfg(test)]
mod tests;

pub use autodiscover::FoundFeed;
pub use output::to_json;

use crate::model::{ParsedFeed, Time};
use notes::Notes;
use reader::NoFeed;
use std::panic::{AssertUnwindSafe, catch_unwind};
use url::Url;

/// What is known about a document beside its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Its final address: the base of relative links.
    pub url: Option<&'a Url>,
    /// The `Content-Type` it came with.
    pub content_type: Option<&'a str>,
    /// Entries read at most; the first ones in the document.
    pub max_entries: usize,
    /// The present time: dates more than a day ahead of it are not believed.
    pub now: Time,
}

/// Why a document gives no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// There is nothing but white space.
    #[error("the document is empty")]
    Empty,
    /// It is a web page.
    #[error("a web page came instead of a feed{}", page_in_words(.title.as_deref(), .feeds))]
    Html {
        /// The page's title.
        title: Option<String>,
        /// Feeds the page names.
        feeds: Vec<FoundFeed>,
        /// WebSub hubs the page names.
        hubs: Vec<String>,
        /// The page's own address (`rel=self`).
        self_link: Option<String>,
    },
    /// It is something else; the text says what, in words.
    #[error("not a feed but {0}")]
    NotAFeed(String),
    /// It is broken beyond repair; the text says where or how.
    #[error("the document cannot be read: {0}")]
    Malformed(String),
    /// It passes a cap, in bytes.
    #[error("the document is larger than {0} bytes")]
    TooLarge(usize),
    /// The parser crashed; nothing else was harmed.
    #[error("the parser crashed on this document: {0}")]
    Panic(String),
}

impl ParseError {
    /// A short stable name of the class.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Html { .. } => "html",
            Self::NotAFeed(_) => "not-a-feed",
            Self::Malformed(_) => "malformed",
            Self::TooLarge(_) => "too-large",
            Self::Panic(_) => "panic",
        }
    }
}

fn page_in_words(title: Option<&str>, feeds: &[FoundFeed]) -> String {
    let title = title.map(|title| format!(" (\"{title}\")")).unwrap_or_default();
    match feeds {
        [] => title,
        [feed] => format!("{title}; it names the feed {}", feed.url),
        [first, ..] => format!("{title}; it names {} feeds, the first is {}", feeds.len(), first.url),
    }
}

/// Reads a feed document in any dialect and any state. Never panics: a crash inside is [`ParseError::Panic`].
pub fn parse(bytes: &[u8], context: &Context<'_>) -> Result<ParsedFeed, ParseError> {
    guarded(|| document(bytes, context))
}

fn guarded(work: impl FnOnce() -> Result<ParsedFeed, ParseError>) -> Result<ParsedFeed, ParseError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(ParseError::Panic(message.unwrap_or_else(|| "unknown cause".to_owned())))
    })
}

/// The feeds a web page names in its `link` elements, absolute where `base` allows.
pub fn feed_links(html: &[u8], base: Option<&Url>) -> Vec<FoundFeed> {
    autodiscover::page(html, base).feeds
}

/// Title and running text of a web page, without its markup.
///
/// # Errors
/// [`ParseError`], when the bytes are too many once unpacked or the parser crashed.
pub fn page_text(bytes: &[u8], context: &Context<'_>) -> Result<(String, String), ParseError> {
    let page = || {
        let bytes = unpack::unpack(bytes)?;
        let decoded = charset::decode(&bytes, context.content_type, context.url);
        let title = autodiscover::page(&bytes, context.url).title.unwrap_or_default();
        Ok((title, plain::body(&decoded.text, plain::Markup::Html)))
    };
    catch_unwind(AssertUnwindSafe(page))
        .unwrap_or_else(|_| Err(ParseError::Panic("unknown cause".to_owned())))
}

fn document(bytes: &[u8], context: &Context<'_>) -> Result<ParsedFeed, ParseError> {
    let bytes = unpack::unpack(bytes)?;
    let decoded = charset::decode(&bytes, context.content_type, context.url);
    let mut notes = Notes::default();
    if let Some(oddity) = &decoded.oddity {
        notes.document("charset", oddity.as_str());
    }
    let text = decoded.text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'));
    if text.is_empty() {
        return Err(ParseError::Empty);
    }
    if text.starts_with(['{', '[']) {
        return json::read(text, context, notes);
    }
    reader::read(text, context, notes).map_err(|reason| explain(reason, text, context))
}

/// Says what a document without a feed is.
fn explain(reason: NoFeed, text: &str, context: &Context<'_>) -> ParseError {
    match reason {
        NoFeed::Html => {
            let page = autodiscover::page(text.as_bytes(), context.url);
            let autodiscover::Page { title, feeds, hubs, self_link } = page;
            ParseError::Html { title, feeds, hubs, self_link }
        }
        NoFeed::Refused(reason) => ParseError::Malformed(reason),
        NoFeed::Root(name) => ParseError::NotAFeed(root_in_words(&name)),
        NoFeed::NoElement => ParseError::NotAFeed(sign_in_words(text)),
    }
}

fn root_in_words(name: &str) -> String {
    let local = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
    match local.as_str() {
        "opml" => "an OPML list of feeds (import it instead)".to_owned(),
        "urlset" | "sitemapindex" => "a sitemap".to_owned(),
        "svg" => "an SVG picture".to_owned(),
        "error" => "an XML error message".to_owned(),
        _ => {
            let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            format!("an XML document with the root <{name}>")
        }
    }
}

fn sign_in_words(text: &str) -> String {
    const BINARY: &[(&str, &str)] =
        &[("%PDF", "a PDF document"), ("PK\u{3}", "a ZIP archive"), ("GIF8", "a picture")];
    if let Some((_, words)) = BINARY.iter().find(|(sign, _)| text.starts_with(sign)) {
        return (*words).to_owned();
    }
    let start: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
    format!("plain text beginning \"{start}\"")
}
