//! Writing OPML 2.0.

use super::super::FeedConfig;
use std::collections::HashMap;

/// Writes feeds as OPML 2.0: those with tags in a folder named for the first, further tags as `category`. Secrets
/// in addresses are part of the list; headers are not.
pub fn write(title: &str, feeds: &[FeedConfig]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str("<opml version=\"2.0\" xmlns:newswatch=\"urn:newswatch:opml\">\n");
    text.push_str(&format!("  <head>\n    <title>{}</title>\n  </head>\n  <body>\n", escape(title)));
    for (folder, members) in folders(feeds) {
        match folder {
            Some(tag) => {
                text.push_str(&format!("    <outline text=\"{}\">\n", escape(tag)));
                members.iter().for_each(|feed| text.push_str(&element(feed, "      ")));
                text.push_str("    </outline>\n");
            }
            None => members.iter().for_each(|feed| text.push_str(&element(feed, "    "))),
        }
    }
    text.push_str("  </body>\n</opml>\n");
    text
}

/// Feeds by first tag, in order of first appearance.
fn folders(feeds: &[FeedConfig]) -> Vec<(Option<&str>, Vec<&FeedConfig>)> {
    let mut folders: Vec<(Option<&str>, Vec<&FeedConfig>)> = Vec::new();
    let mut index: HashMap<Option<&str>, usize> = HashMap::new();
    for feed in feeds {
        let tag = feed.tags.first().map(String::as_str);
        let at = *index.entry(tag).or_insert(folders.len());
        if at == folders.len() {
            folders.push((tag, Vec::new()));
        }
        folders[at].1.push(feed);
    }
    folders
}

fn element(feed: &FeedConfig, indent: &str) -> String {
    let title = feed.title.as_deref().unwrap_or(feed.id.as_str());
    let mut pairs = vec![("text", title), ("title", title), ("type", "rss"), ("xmlUrl", feed.url.as_str())];
    let category = feed.tags.iter().skip(1).cloned().collect::<Vec<_>>().join(",");
    if !category.is_empty() {
        pairs.push(("category", &category));
    }
    pairs.extend(feed.lang.as_deref().map(|lang| ("language", lang)));
    pairs.push(("newswatch:id", feed.id.as_str()));
    let written: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{key}=\"{}\"", escape(value))).collect();
    format!("{indent}<outline {}/>\n", written.join(" "))
}

/// Escapes for text and attributes; characters that XML 1.0 forbids are dropped, line ends and tabs kept by
/// reference.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_well_formed() {
        assert_eq!(escape("a<&>\"\u{1}\n"), "a&lt;&amp;&gt;&quot;&#10;");
    }
}
