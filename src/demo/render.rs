//! The demo's outlets as feed documents, sound or damaged as the script asks.

use super::day::{Fault, Outlet};
use crate::model::Time;
use serde::Deserialize;
use serde_json::json;
use std::fmt::Write;

/// A format an outlet publishes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RSS 2.0.
    Rss2,
    /// RSS 1.0 (RDF).
    Rss1,
    /// Atom 1.0.
    Atom,
    /// Atom 0.3.
    Atom03,
    /// JSON Feed 1.1.
    Json,
}

/// One item as an outlet shows it at some moment.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The publisher's id.
    pub guid: String,
    /// Address.
    pub url: String,
    /// Title.
    pub title: String,
    /// Summary.
    pub summary: String,
    /// Author.
    pub author: Option<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// When it was published.
    pub published: Time,
}

/// The document and its content type.
pub fn document(outlet: &Outlet, items: &[Shown]) -> (&'static str, String) {
    let page = Page { outlet, link: format!("https://{}/", outlet.host) };
    let (kind, mut text) = match outlet.format {
        Format::Rss2 => ("application/rss+xml; charset=utf-8", page.rss2(items)),
        Format::Rss1 => ("application/rdf+xml; charset=utf-8", page.rss1(items)),
        Format::Atom => ("application/atom+xml; charset=utf-8", page.atom(items)),
        Format::Atom03 => ("application/atom+xml; charset=utf-8", page.atom03(items)),
        Format::Json => ("application/feed+json", page.json(items)),
    };
    if outlet.faults.contains(&Fault::Truncated)
        && let Some(last) = text.rfind("</item>")
    {
        text.truncate(last);
    }
    (kind, text)
}

struct Page<'a> {
    outlet: &'a Outlet,
    link: String,
}

impl Page<'_> {
    fn rss2(&self, items: &[Shown]) -> String {
        let ttl = self.outlet.ttl.map(|minutes| format!("<ttl>{minutes}</ttl>")).unwrap_or_default();
        let mut xml = format!(
            "{XML}<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>{0}</title>\
             <link>{1}</link><description>{0}</description><language>{2}</language>{ttl}\n",
            self.esc(&self.outlet.title),
            self.esc(&self.link),
            self.outlet.lang
        );
        for item in items {
            let author = self.optional("dc:creator", item.author.as_deref());
            let categories: String =
                item.categories.iter().map(|name| self.optional("category", Some(name))).collect();
            let _ = writeln!(
                xml,
                "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">{}</guid><pubDate>{}</pubDate>\
                 {author}{categories}<description>{}</description></item>",
                self.esc(&item.title),
                self.esc(&item.url),
                self.esc(&item.guid),
                item.published.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT"),
                self.esc(&item.summary)
            );
        }
        xml + "</channel></rss>\n"
    }

    fn rss1(&self, items: &[Shown]) -> String {
        let mut xml = format!(
            "{XML}<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel rdf:about=\"{0}\"><title>{1}</title><link>{0}</link>\
             <description>{1}</description><dc:language>{2}</dc:language></channel>\n",
            self.esc(&self.link),
            self.esc(&self.outlet.title),
            self.outlet.lang
        );
        for item in items {
            let _ = writeln!(
                xml,
                "<item rdf:about=\"{}\"><title>{}</title><link>{}</link><description>{}</description><dc:date>{}</dc:date></item>",
                self.esc(&item.guid),
                self.esc(&item.title),
                self.esc(&item.url),
                self.esc(&item.summary),
                item.published
            );
        }
        xml + "</rdf:RDF>\n"
    }

    fn atom(&self, items: &[Shown]) -> String {
        let newest = items.iter().map(|item| item.published).max().unwrap_or_default();
        let mut xml = format!(
            "{XML}<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\"><title>{}</title><id>{2}</id>\
             <link href=\"{2}\"/><updated>{newest}</updated>\n",
            self.outlet.lang,
            self.esc(&self.outlet.title),
            self.esc(&self.link)
        );
        for item in items {
            let _ = writeln!(
                xml,
                "<entry><id>{}</id><title>{}</title><link href=\"{}\"/><published>{3}</published><updated>{3}</updated>\
                 <author><name>{4}</name></author><summary>{5}</summary></entry>",
                self.esc(&item.guid),
                self.esc(&item.title),
                self.esc(&item.url),
                item.published,
                self.esc(item.author.as_ref().unwrap_or(&self.outlet.title)),
                self.esc(&item.summary)
            );
        }
        xml + "</feed>\n"
    }

    fn atom03(&self, items: &[Shown]) -> String {
        let newest = items.iter().map(|item| item.published).max().unwrap_or_default();
        let mut xml = format!(
            "{XML}<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\" xml:lang=\"{}\"><title>{}</title>\
             <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/><modified>{newest}</modified>\n",
            self.outlet.lang,
            self.esc(&self.outlet.title),
            self.esc(&self.link)
        );
        for item in items {
            let _ = writeln!(
                xml,
                "<entry><title>{}</title><link rel=\"alternate\" type=\"text/html\" href=\"{}\"/><id>{}</id>\
                 <issued>{3}</issued><modified>{3}</modified><summary type=\"text/plain\">{4}</summary></entry>",
                self.esc(&item.title),
                self.esc(&item.url),
                self.esc(&item.guid),
                item.published,
                self.esc(&item.summary)
            );
        }
        xml + "</feed>\n"
    }

    fn json(&self, items: &[Shown]) -> String {
        let author = |name: &String| json!([{ "name": name }]);
        let items: Vec<serde_json::Value> = items
            .iter()
            .map(|item| {
                json!({
                    "id": item.guid, "url": item.url, "title": item.title, "content_text": item.summary,
                    "date_published": item.published, "tags": item.categories,
                    "authors": item.author.as_ref().map(author),
                })
            })
            .collect();
        json!({
            "version": "https://jsonfeed.org/version/1.1", "title": self.outlet.title, "home_page_url": self.link,
            "language": self.outlet.lang, "items": items,
        })
        .to_string()
    }

    fn optional(&self, name: &str, value: Option<&str>) -> String {
        value.map(|value| format!("<{name}>{}</{name}>", self.esc(value))).unwrap_or_default()
    }

    /// Escaped as XML wants it, unless the outlet's faults say otherwise.
    fn esc(&self, text: &str) -> String {
        let has = |fault| self.outlet.faults.contains(&fault);
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' if has(Fault::BareAmpersand) => out.push('&'),
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                _ => match html_entity(c).filter(|_| has(Fault::UndeclaredEntity)) {
                    Some(name) => {
                        let _ = write!(out, "&{name};");
                    }
                    None => out.push(c),
                },
            }
        }
        out
    }
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// Names that HTML knows and XML does not.
fn html_entity(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' => "auml",
        'ö' => "ouml",
        'ü' => "uuml",
        'Ä' => "Auml",
        'Ö' => "Ouml",
        'Ü' => "Uuml",
        'ß' => "szlig",
        '\u{a0}' => "nbsp",
        _ => return None,
    })
}
