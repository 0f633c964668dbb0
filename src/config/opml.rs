//! OPML subscription lists: reading what other programs export, and writing OPML 2.0.
//!
//! Reading is lenient: any encoding, missing `text`, folders nested or not, tags left open. Folders and `category`
//! become tags; an address that comes twice is one feed with the tags of both. Each outline that cannot be used is
//! refused in one line and the rest goes on. Entities of the document's own are never expanded, nothing is fetched, and
//! only http and https addresses pass: some readers keep shell commands in `xmlUrl`.

mod write;

#[cfg(test)]
mod tests;

pub use write::write;

use super::{is_id, primary_subtag};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;
use url::Url;

/// Outlines read from one file at most; the rest is refused in one line.
pub const MAX_OUTLINES: usize = 20_000;

/// Folders inside folders at most; what lies deeper is refused.
pub const MAX_DEPTH: usize = 32;

/// Largest file in bytes: 20,000 outlines of 800 bytes.
pub const MAX_BYTES: usize = 16 << 20;

/// Lines about refused outlines kept at most; a last line counts the others.
const MAX_REFUSED: usize = 100;

/// Longest title or tag kept, in characters.
const LONGEST: usize = 500;

/// One usable feed of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Id, where newswatch wrote the list.
    pub id: Option<String>,
    /// Address.
    pub url: Url,
    /// Title.
    pub title: Option<String>,
    /// Folders from the outside in, then categories; each once.
    pub tags: Vec<String>,
    /// Primary subtag of its language.
    pub lang: Option<String>,
    /// Byte offset of the outline in the decoded text.
    pub offset: usize,
}

/// An outline that cannot be used, or a place where the file is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Byte offset in the decoded text.
    pub offset: usize,
    /// Why, in one line.
    pub reason: String,
}

/// What was found in a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpmlList {
    /// Usable feeds in file order.
    pub outlines: Vec<Outline>,
    /// What was refused, in file order.
    pub refused: Vec<Refused>,
}

/// The text of a file: by byte order mark, else by the XML declaration, else UTF-8.
pub fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let label = head.split_once("encoding=").and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    let encoding = label.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    encoding.unwrap_or(encoding_rs::UTF_8).decode_without_bom_handling(bytes).0.into_owned()
}

/// Reads a list. `Err` says in one line why the text is no list at all.
pub fn read(text: &str) -> Result<OpmlList, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("is larger than {} MiB", MAX_BYTES >> 20));
    }
    let mut walk = Walk::default();
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    loop {
        let offset = usize::try_from(reader.buffer_position()).unwrap_or_default();
        match reader.read_event() {
            Ok(Event::Start(tag)) => walk.open(&tag, offset, false),
            Ok(Event::Empty(tag)) => walk.open(&tag, offset, true),
            Ok(Event::End(tag)) if is_outline(tag.name().0) => walk.close(),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                walk.refuse(offset, format!("the XML is broken ({error}); what follows is not read"));
                break;
            }
        }
        if walk.full {
            break;
        }
    }
    walk.finish()
}

/// Where we are in the document.
#[derive(Debug, Default)]
struct Walk {
    list: OpmlList,
    /// Open outlines: the tag of a folder, `None` for anything else.
    open: Vec<Option<String>>,
    by_url: HashMap<String, usize>,
    is_opml: bool,
    count: usize,
    unshown: usize,
    full: bool,
}

impl Walk {
    fn open(&mut self, tag: &BytesStart<'_>, offset: usize, empty: bool) {
        let name = tag.name();
        self.is_opml |= local(name.0).eq_ignore_ascii_case("opml");
        if !is_outline(name.0) || !self.is_opml {
            return;
        }
        self.count += 1;
        if self.count > MAX_OUTLINES {
            self.refuse(offset, format!("more than {MAX_OUTLINES} outlines; what follows is not read"));
            self.full = true;
            return;
        }
        let folder = self.outline(&Attributes::of(tag), offset);
        if !empty {
            self.open.push(folder);
        }
    }

    /// Takes in one outline; the tag it gives to those inside it, if it is a folder.
    fn outline(&mut self, attributes: &Attributes, offset: usize) -> Option<String> {
        let title = attributes.get(&["text", "title"]).map(shorten);
        let Some(address) = attributes.get(&["xmlurl"]) else {
            if attributes.get(&["type"]).is_some_and(|kind| kind.eq_ignore_ascii_case("rss")) {
                self.refuse(offset, format!("{} has no xmlUrl", named(title.as_deref())));
            }
            return title;
        };
        if self.open.len() > MAX_DEPTH {
            self.refuse(
                offset,
                format!("{} lies more than {MAX_DEPTH} folders deep", named(title.as_deref())),
            );
            return None;
        }
        match feed_url(&address) {
            Ok(url) => self.add(attributes, url, title, offset),
            Err(why) => self.refuse(offset, format!("{} {why}", named(title.as_deref()))),
        }
        None
    }

    fn add(&mut self, attributes: &Attributes, url: Url, title: Option<String>, offset: usize) {
        let mut tags: Vec<String> = self.open.iter().flatten().cloned().collect();
        let categories = attributes.get(&["category"]).unwrap_or_default();
        tags.extend(categories.split([',', '/']).map(|part| shorten(part.trim().to_owned())));
        let known = self.by_url.get(url.as_str()).copied();
        let at = known.unwrap_or(self.list.outlines.len());
        if known.is_none() {
            self.by_url.insert(url.to_string(), at);
            let id = attributes.get(&["newswatch:id"]).filter(|id| is_id(id));
            let lang = attributes.get(&["language"]).and_then(|tag| primary_subtag(&tag));
            self.list.outlines.push(Outline { id, url, title, tags: Vec::new(), lang, offset });
        }
        let outline = &mut self.list.outlines[at];
        for tag in tags.into_iter().filter(|tag| !tag.is_empty()) {
            if !outline.tags.contains(&tag) {
                outline.tags.push(tag);
            }
        }
    }

    fn close(&mut self) {
        self.open.pop();
    }

    fn refuse(&mut self, offset: usize, reason: String) {
        if self.list.refused.len() < MAX_REFUSED {
            self.list.refused.push(Refused { offset, reason });
        } else {
            self.unshown += 1;
        }
    }

    fn finish(mut self) -> Result<OpmlList, String> {
        if !self.is_opml {
            return Err("is no OPML: it has no <opml> element".to_owned());
        }
        if self.unshown > 0 {
            let offset = self.list.refused.last().map_or(0, |refused| refused.offset);
            let reason = format!("{} more outlines cannot be used", self.unshown);
            self.list.refused.push(Refused { offset, reason });
        }
        Ok(self.list)
    }
}

/// The attributes of an element by lower-case name; the first of a name counts.
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn of(tag: &BytesStart<'_>) -> Self {
        let mut attributes = tag.html_attributes();
        let good = attributes.with_checks(false).flatten();
        // HTML's rules for attribute values leave a bare `&` alone and know no entities of the document's own.
        let pair = |a: quick_xml::events::attributes::Attribute<'_>| {
            (a.key.0.to_lowercase(), htmlize::unescape_attribute(&*a.value).trim().to_owned())
        };
        Self(good.map(pair).collect())
    }

    /// The first of these that is there and not empty.
    fn get(&self, names: &[&str]) -> Option<String> {
        let value = |name: &&str| self.0.iter().find(|(key, value)| key == name && !value.is_empty());
        names.iter().find_map(value).map(|(_, value)| value.clone())
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn is_outline(name: &str) -> bool {
    local(name).eq_ignore_ascii_case("outline")
}

/// An http or https address; `feed:` in front is taken off.
fn feed_url(address: &str) -> Result<Url, String> {
    let plain = match address.get(..5) {
        Some(head) if head.eq_ignore_ascii_case("feed:") => address[5..].trim_start_matches('/'),
        _ => address,
    };
    let plain = if plain.contains("://") || plain.len() == address.len() {
        plain.to_owned()
    } else {
        format!("http://{plain}")
    };
    match Url::parse(&plain) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(url) => Err(format!("has an xmlUrl with scheme {}; only http and https are read", url.scheme())),
        Err(error) => Err(format!("has an xmlUrl that is no address ({error})")),
    }
}

fn named(title: Option<&str>) -> String {
    title.map_or_else(
        || "an outline".to_owned(),
        |title| format!("outline \"{}\"", title.chars().take(60).collect::<String>()),
    )
}

fn shorten(text: String) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}
