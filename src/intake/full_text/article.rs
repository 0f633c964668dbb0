//! From a page to the text of its article. Pure, and blocking: up to a second for a large page.
//!
//! Order of rules: the charset (byte order mark, header, `meta`, valid UTF-8, a guess); a look at the nesting, streaming,
//! because a tree of deep nesting costs time in its square; then readability. A page without a readable article gives
//! nothing rather than its menus.

use dom_smoothie::{Config, Readability, TextMode};
use encoding_rs::{Encoding, UTF_8};
use lol_html::{EndTagHandler, HtmlRewriter, MemorySettings, Settings, element};
use std::cell::Cell;
use std::rc::Rc;
use url::Url;

/// Largest page a tree is built of, in bytes of text.
const LARGEST: usize = 2_000_000;
/// Deepest nesting and most elements a tree is built of.
const DEEPEST: usize = 512;
const MOST: usize = 50_000;
/// Memory of the look at the nesting, in bytes.
const MEMORY: usize = 4 * 1024 * 1024;
/// Shorter articles are none: a notice about cookies, a paywall's first words.
const SHORTEST: usize = 200;
/// Longest article kept, in bytes.
const LONGEST: usize = 200_000;

/// Whether a media type is a web page's; no type may be anything.
pub(super) fn is_page(kind: Option<&str>) -> bool {
    let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    kind.is_none_or(|kind| matches!(kind.as_str(), "text/html" | "application/xhtml+xml" | ""))
}

/// The article of a page as plain text, paragraphs on lines of their own.
pub(super) fn article(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Option<String> {
    let html = decode(bytes, content_type);
    if html.len() > LARGEST || !is_flat(&html) {
        return None;
    }
    let config = Config { max_elements_to_parse: MOST, text_mode: TextMode::Formatted, ..Config::default() };
    let mut page = Readability::new(html, Some(url.as_str()), Some(config)).ok()?;
    let found = page.parse().ok()?;
    let text = tidy(&found.text_content);
    (text.chars().count() >= SHORTEST).then(|| text[..text.floor_char_boundary(LONGEST)].to_owned())
}

/// Lines without blanks at their ends, no line empty, no control characters.
fn tidy(text: &str) -> String {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = text.lines().map(line).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n").chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    let label = |text: &str| {
        let (_, rest) = text.split_once("charset=")?;
        let name = rest.trim_start_matches(['"', '\'', ' ']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.' | ':'));
        Encoding::for_label(&name.as_bytes()[..end.unwrap_or(name.len())])
    };
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let stated =
        content_type.map(str::to_ascii_lowercase).as_deref().and_then(label).or_else(|| label(&head));
    let encoding = match stated {
        Some(stated) => stated,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => {
            let mut guess = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
            guess.feed(bytes, true);
            guess.guess(None, chardetng::Utf8Detection::Allow)
        }
    };
    encoding.decode(bytes).0.into_owned()
}

/// Elements that end by themselves where the next of their kind begins: they do not nest without one that counts.
const SHALLOW: &[&str] = &[
    "p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup",
    "caption", "rb", "rp", "rt", "rtc", "html", "head", "body",
];

/// Whether a tree of this page can be built in good time.
fn is_flat(html: &str) -> bool {
    let (depth, elements, flat) = (Rc::new(Cell::new(0_usize)), Cell::new(0_usize), Cell::new(true));
    let settings = Settings::new()
        .with_strict(false)
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MEMORY))
        .append_element_content_handler(element!("*", |tag| {
            elements.set(elements.get() + 1);
            let counts = !SHALLOW.contains(&tag.tag_name().as_str());
            if let Some(ends) = tag.end_tag_handlers().filter(|_| counts) {
                depth.set(depth.get() + 1);
                let depth = depth.clone();
                let ended: EndTagHandler<'static> = Box::new(move |_| {
                    depth.set(depth.get().saturating_sub(1));
                    Ok(())
                });
                ends.push(ended);
            }
            if depth.get() > DEEPEST || elements.get() > MOST {
                flat.set(false);
                return Err("too deep or too large".into());
            }
            Ok(())
        }));
    let mut walk = HtmlRewriter::new(settings, |_: &[u8]| {});
    let read = walk.write(html.as_bytes()).is_ok() && walk.end().is_ok();
    read && flat.get()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    const TEXT: &str = "The ministry said on Monday that exports of the metal need a licence from December on, \
        and that applications are decided within forty-five days. Traders expect prices to rise, while smelters in the \
        north doubt that the rule can be enforced at small ports.";

    fn page(body: &str) -> String {
        format!(
            "<html><head><meta charset='utf-8'><title>T</title></head><body><nav><ul><li><a href='/'>Home</a></li>\
             <li><a href='/shop'>Shop</a></li></ul></nav>{body}<footer>Imprint and cookies</footer></body></html>"
        )
    }

    fn read(html: &[u8]) -> Option<String> {
        article(html, Some("text/html"), &Url::parse("https://news.example/a").expect("a URL"))
    }

    #[test]
    fn the_article_is_found_and_nothing_else() {
        let html = page(&format!(
            "<article><h1>Licences</h1><p>{TEXT}</p><p>{TEXT}</p><script>x()</script></article>"
        ));
        let text = read(html.as_bytes()).expect("an article");
        assert!(text.contains("forty-five days") && text.lines().count() >= 2, "{text}");
        for word in ["Shop", "Imprint", "x()", "<p>"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }

    #[test]
    fn a_page_without_an_article_gives_nothing() {
        assert_eq!(read(page("<p>Please accept cookies.</p>").as_bytes()), None);
        assert_eq!(read(b""), None);
    }

    #[test]
    fn charsets_are_understood() {
        let html = page(&format!("<article><p>Ausfuhrbeschränkungen für Gallium. {TEXT}</p></article>"));
        let latin = encoding_rs::WINDOWS_1252.encode(&html.replace("utf-8", "windows-1252")).0.into_owned();
        assert!(read(&latin).expect("an article").contains("Ausfuhrbeschränkungen"));
        assert!(read(html.as_bytes()).expect("an article").contains("Ausfuhrbeschränkungen"));
    }

    #[test]
    fn hostile_pages_cost_nothing() {
        let began = Instant::now();
        for part in ["<div>", "<b><i>", "<table><tr><td>", "<a><p>", "<svg><g>"] {
            assert_eq!(read(page(&part.repeat(60_000)).as_bytes()), None, "{part}");
        }
        assert_eq!(read(page(&"<p>x".repeat(60_000)).as_bytes()), None, "too many elements");
        assert!(began.elapsed() < Duration::from_secs(10), "took {:?}", began.elapsed());
    }

    #[test]
    fn long_lists_are_not_deep() {
        let list: String =
            (0..2_000).map(|n| format!("<p>Paragraph {n}<br>and a line more<img src=x>")).collect();
        assert!(is_flat(&page(&format!("<article>{list}</article>"))));
        assert!(!is_flat(&"<div>".repeat(600)));
    }

    #[test]
    fn only_pages_are_read() {
        for (kind, page) in [
            (Some("text/html; charset=utf-8"), true),
            (None, true),
            (Some("application/pdf"), false),
            (Some("image/png"), false),
        ] {
            assert_eq!(is_page(kind), page, "{kind:?}");
        }
    }
}
