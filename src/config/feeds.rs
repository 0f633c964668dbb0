//! `[[feed]]` tables and the outlines of OPML files, as one list.
//!
//! A feed written as `[[feed]]` wins over an outline with the same address. An id made from an address depends on
//! that address alone, so that it stays when other feeds come and go.

use super::findings::Findings;
use super::node::{Node, Place};
use super::opml::Outline;
use super::secret::Vault;
use super::table::Table;
use super::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::Duration;

/// The feeds read so far, with where they stand.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    pub list: Vec<FeedConfig>,
    places: Vec<Place>,
    by_id: HashMap<FeedId, usize>,
    by_url: HashMap<String, usize>,
}

impl Feeds {
    /// Reads one `[[feed]]`.
    pub fn table(&mut self, node: &Node, vault: &Vault, min_interval: Duration, findings: &mut Findings) {
        let Some(table) = Table::member(vec!["feed"], node, findings) else { return };
        table.report_unknown(findings);
        if let Some(feed) = read(&table, vault, min_interval, findings) {
            self.add(feed, &table.at, findings);
        }
    }

    fn add(&mut self, feed: FeedConfig, at: &Place, findings: &mut Findings) {
        if let Some(first) = self.by_id.get(&feed.id).map(|index| &self.list[*index].at) {
            findings.wrong(at, format!("feed `{}` is configured twice; first at {first}", feed.id));
            return;
        }
        if let Some(first) = self.by_url.get(feed.url.as_str()).map(|index| &self.list[*index]) {
            findings
                .warn(at, format!("feed `{}` has the address of `{}` at {}", feed.id, first.id, first.at));
        }
        self.push(feed, at);
    }

    fn push(&mut self, feed: FeedConfig, at: &Place) {
        self.by_id.insert(feed.id.clone(), self.list.len());
        self.by_url.entry(feed.url.to_string()).or_insert(self.list.len());
        self.list.push(feed);
        self.places.push(at.clone());
    }

    /// Takes in an outline, unless its address is there already.
    pub fn outline(&mut self, outline: Outline, at: &Place, place: Location) {
        if self.by_url.contains_key(outline.url.as_str()) {
            return;
        }
        let id = [outline.id.clone(), Some(id_from_url(&outline.url)), Some(long_id_from_url(&outline.url))]
            .into_iter()
            .flatten()
            .map(FeedId)
            .find(|id| !self.by_id.contains_key(id));
        let Some(id) = id else { return };
        let feed = FeedConfig {
            id,
            url: outline.url,
            title: outline.title,
            tags: outline.tags,
            lang: outline.lang,
            publisher: None,
            interval: None,
            headers: Vec::new(),
            full_text: false,
            at: place,
        };
        self.push(feed, at);
    }
}

fn read(
    table: &Table<'_>,
    vault: &Vault,
    min_interval: Duration,
    findings: &mut Findings,
) -> Option<FeedConfig> {
    let url = table.read("url", values::url, findings);
    if let (Some(url), Some(node)) = (&url, table.given("url"))
        && mask_url(url) != url.as_str()
    {
        findings.hide(node);
    }
    let id = table.read("id", values::id, findings);
    // The rest is read even without an address, so that all mistakes are found.
    let title = table.text("title", findings);
    let tags = table.list("tags", values::texts, findings);
    let lang = table.read("lang", values::lang, findings);
    let publisher = table.text("publisher", findings);
    let interval = table.read("interval", values::duration, findings);
    let headers = vault.headers(table, "headers", findings);
    let full_text = table.read("full_text", values::boolean, findings).unwrap_or_default();
    if let (Some(own), Some(node)) = (interval.filter(|own| *own < min_interval), table.given("interval")) {
        let (own, least) = (format_duration(own), format_duration(min_interval));
        findings.wrong(
            &node.at,
            format!(
                "`interval` in [[feed]] is {own}; expected at least intake.min_interval, which is {least}"
            ),
        );
    }
    let url = url?;
    if table.given("id").is_some() && id.is_none() {
        return None;
    }
    let id = FeedId(id.unwrap_or_else(|| id_from_url(&url)));
    let at = findings.locate(&table.at);
    Some(FeedConfig { id, url, title, tags, lang, publisher, interval, headers, full_text, at })
}

/// An id for a feed that has none: host and path in the alphabet of ids, at most 60 characters.
pub fn id_from_url(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let whole = format!("{host}{}{}", url.path(), url.query().map(|q| format!("-{q}")).unwrap_or_default());
    let id = slug(&whole);
    if id.len() > 60 || id.is_empty() || whole.contains('%') || mask_url(url) != url.as_str() {
        // Too long, unreadable, or with a secret in it: the host and a hash of the rest.
        return long_id_from_url(url);
    }
    id
}

/// The same with a hash of the whole address: no other address has it.
pub(super) fn long_id_from_url(url: &url::Url) -> String {
    let hash = Sha256::digest(url.as_str().as_bytes());
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let host = slug(url.host_str().unwrap_or_default().trim_start_matches("www."));
    let host: String = host.chars().take(50).collect();
    if host.is_empty() { format!("feed-{hash}") } else { format!("{host}-{hash}") }
}

/// A text in the alphabet of ids: other characters become `-`, several `-` become one.
pub(super) fn slug(text: &str) -> String {
    let mut id = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        let c = if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' };
        if c != '-' || !(id.is_empty() || id.ends_with('-')) {
            id.push(c);
        }
    }
    id.trim_matches(['-', '.', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_addresses() {
        for (address, id) in [
            ("https://www.example.org/feed.xml", "example.org-feed.xml"),
            ("https://example.org/", "example.org"),
            ("https://example.org/a?x=1&y=2", "example.org-a-x-1-y-2"),
            ("https://user:secret@example.org/a", "example.org-"),
            ("https://example.org/f?token=abc", "example.org-"),
            ("https://例え.jp/フィード", "xn-r8jz45g.jp-"),
            ("http://[::1]/", "1"),
        ] {
            let found = id_from_url(&url::Url::parse(address).unwrap());
            assert!(found.starts_with(id) && is_id(&found), "{address}: {found}");
            assert!(!found.contains("secret") && !found.contains("abc"), "{address}: {found}");
        }
    }
}
