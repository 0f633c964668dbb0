//! Finds the feeds and hubs a web page names in its `link` elements, and the page's title.
//!
//! Streaming (lol_html), so the nesting of the page costs nothing; memory is bounded, and what was found before
//! a page breaks the bound is kept.

use super::address;
use super::plain;
use lol_html::{HtmlRewriter, MemorySettings, Settings, element, text};
use std::cell::{Cell, RefCell};
use url::Url;

/// A feed a page names.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FoundFeed {
    /// Absolute address, or as written where there is nothing to resolve it against.
    pub url: String,
    /// The link's title.
    pub title: Option<String>,
    /// The link's media type.
    pub media_type: Option<String>,
}

/// What a page says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its title, plain text.
    pub title: Option<String>,
    /// The feeds it names, in document order.
    pub feeds: Vec<FoundFeed>,
    /// The WebSub hubs it names.
    pub hubs: Vec<String>,
    /// Its own address (`rel=self`).
    pub self_link: Option<String>,
}

/// Feeds taken from one page at most: no page for people names more.
const MOST: usize = 100;

/// Memory the reader of a page may use, in bytes.
const MEMORY: usize = 4 * 1024 * 1024;

/// Reads a page; `base` is its own address.
pub fn page(html: &[u8], base: Option<&Url>) -> Page {
    let title = RefCell::new(String::new());
    let links: RefCell<Vec<Link>> = RefCell::default();
    let push: RefCell<Vec<(bool, String)>> = RefCell::default();
    let own_base: RefCell<Option<String>> = RefCell::default();
    let titled = Cell::new(false);
    let settings = Settings::new()
        .with_strict(false)
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MEMORY))
        .append_element_content_handler(element!("base[href]", |base| {
            own_base.borrow_mut().get_or_insert_with(|| base.get_attribute("href").unwrap_or_default());
            Ok(())
        }))
        .append_element_content_handler(element!("link[href]", |link| {
            // A page may name the same feed several times.
            if links.borrow().len() < 10 * MOST {
                links.borrow_mut().extend(Link::of(link));
            }
            if push.borrow().len() < MOST {
                push.borrow_mut().extend(push_link(link));
            }
            Ok(())
        }))
        // The first title is the page's; pictures in the page have titles too.
        .append_element_content_handler(text!("title", |chunk| {
            if !titled.get() {
                title.borrow_mut().push_str(chunk.as_str());
                titled.set(chunk.last_in_text_node());
            }
            Ok(())
        }));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // A page that breaks the bound has given what stands before the break.
    if rewriter.write(html).is_ok() {
        drop(rewriter.end());
    }
    let own = own_base.take().and_then(|href| match base {
        Some(base) => base.join(&unescaped(&href)).ok(),
        None => Url::parse(&unescaped(&href)).ok(),
    });
    let base = own.as_ref().or(base);
    let title = plain::line(&title.take());
    let (hubs, own) = push.take().into_iter().partition::<Vec<_>, _>(|(hub, _)| *hub);
    let absolute = |links: Vec<(bool, String)>| {
        links.into_iter().filter_map(|(_, href)| address::resolve(&href, base).absolute()).collect::<Vec<_>>()
    };
    Page {
        title: (!title.is_empty()).then_some(title),
        feeds: found(links.take(), base),
        hubs: absolute(hubs),
        self_link: absolute(own).into_iter().next(),
    }
}

/// Where a link says who pushes this page (true) or which address it goes by (false).
fn push_link(element: &lol_html::html_content::Element<'_, '_>) -> Option<(bool, String)> {
    let rel = element.get_attribute("rel")?.to_ascii_lowercase();
    let is = |wanted: &str| rel.split_ascii_whitespace().any(|word| word == wanted);
    let hub = is("hub");
    (hub || is("self")).then(|| element.get_attribute("href").map(|href| (hub, unescaped(&href))))?
}

fn found(links: Vec<Link>, base: Option<&Url>) -> Vec<FoundFeed> {
    let mut feeds: Vec<FoundFeed> = Vec::new();
    for link in links {
        let resolved = address::resolve(&link.href, base);
        let url = match resolved {
            address::Address::Absolute(url) => url,
            address::Address::Relative => address::tidy(&link.href),
            _ => continue,
        };
        if feeds.len() >= MOST {
            break;
        }
        if feeds.iter().all(|feed| feed.url != url) {
            feeds.push(FoundFeed { url, title: link.title, media_type: link.media_type });
        }
    }
    feeds
}

/// A link element that may name a feed.
#[derive(Debug)]
struct Link {
    href: String,
    title: Option<String>,
    media_type: Option<String>,
}

impl Link {
    fn of(element: &lol_html::html_content::Element<'_, '_>) -> Option<Self> {
        let attribute = |name: &str| element.get_attribute(name).map(|value| unescaped(&value));
        let rel = attribute("rel")?.to_ascii_lowercase();
        let media_type = attribute("type").map(|kind| kind.trim().to_ascii_lowercase());
        let words: Vec<&str> = rel.split_ascii_whitespace().collect();
        let alternate = words.contains(&"alternate") && !words.contains(&"stylesheet");
        let named = media_type.as_deref().is_some_and(is_feed_type);
        if !(alternate && named || words.contains(&"feed")) {
            return None;
        }
        let title = attribute("title").map(|title| plain::line(&title)).filter(|title| !title.is_empty());
        Some(Self { href: attribute("href")?, title, media_type })
    }
}

/// Media types of feeds, with the general ones some sites use for them. Plain JSON is no feed: sites announce their
/// programming interfaces that way.
fn is_feed_type(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or("").trim();
    matches!(
        kind,
        "application/rss+xml"
            | "application/atom+xml"
            | "application/feed+json"
            | "application/rdf+xml"
            | "application/x.atom+xml"
            | "application/x-atom+xml"
            | "application/xml"
            | "text/xml"
            | "text/rss+xml"
            | "application/rss"
            | "application/atom"
    )
}

fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    super::refs::resolve_xml(value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_elements_that_name_feeds_are_found() {
        let html = br#"<!doctype html><html><head><base href="/news/"><title> A &amp; B </title>
            <LINK REL="Alternate" TYPE="application/rss+xml" href="feed.xml?a=1&amp;b=2" title="All &quot;news&quot;">
            <link rel="alternate stylesheet" type="text/xml" href="style.xml">
            <link rel="alternate" hreflang="de" href="/de/">
            <link rel="alternate" type="application/json" href="/wp-json/">
            <link rel="feed" href="https://example.net/x"><link rel=alternate type=application/atom+xml href=feed.xml?a=1&b=2>
            <link rel="alternate" type="application/feed+json" href="javascript:alert(1)">
            <link rel="hub" href="//hub.example/?a&amp;b"><link rel="hub" href="javascript:x"><link rel=self href=me>"#;
        let base = Url::parse("https://example.org/a/b").ok();
        let page = page(html, base.as_ref());
        assert_eq!(page.title.as_deref(), Some("A & B"));
        let urls: Vec<&str> = page.feeds.iter().map(|feed| feed.url.as_str()).collect();
        assert_eq!(urls, ["https://example.org/news/feed.xml?a=1&b=2", "https://example.net/x"]);
        assert_eq!(page.feeds[0].title.as_deref(), Some("All \"news\""));
        assert_eq!(page.hubs, ["https://hub.example/?a&b"]);
        assert_eq!(page.self_link.as_deref(), Some("https://example.org/news/me"));
    }

    #[test]
    fn nesting_does_not_hurt() {
        let mut html = b"<head><title>Deep</title></head>".to_vec();
        html.extend(b"<div>".repeat(300_000));
        assert_eq!(page(&html, None).title.as_deref(), Some("Deep"));
    }
}
