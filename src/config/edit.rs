//! Adding and removing feeds in the configuration file, keeping comments and formatting.
//!
//! The text is spliced, not rewritten: every byte outside the one `[[feed]]` stays. The result is loaded before it is
//! written, and must be the old configuration with that one feed more or less; otherwise nothing is changed. Writing
//! goes through a temporary file beside the old one, with its permissions, and a rename.

use super::load::load_replacing;
use super::node::{self, Node, Raw};
use super::*;
use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use toml_edit::{Array, Value};

/// A feed to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFeed {
    /// Id; made from the address where not given.
    pub id: Option<FeedId>,
    /// Address.
    pub url: url::Url,
    /// Title for people.
    pub title: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Language.
    pub lang: Option<String>,
    /// Outlet.
    pub publisher: Option<String>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The configuration does not load, or would not after the edit.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// The edit makes no sense here; in words.
    #[error("{0}")]
    Refused(String),
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What happened.
        source: std::io::Error,
    },
}

/// Adds a feed to the main file, after the last `[[feed]]` there, and returns its id.
pub fn add_feed(path: &Path, feed: &NewFeed, overrides: &Overrides) -> Result<FeedId, EditError> {
    let before = load(path, overrides)?;
    if let Some(known) = before.feeds.iter().find(|known| known.url == feed.url) {
        return refuse(format!(
            "this address is already the feed `{}`, configured at {}",
            known.id, known.at
        ));
    }
    let id = feed.id.clone().unwrap_or_else(|| FeedId(id_from_url(&feed.url)));
    if let Some(known) = before.feeds.iter().find(|known| known.id == id) {
        return refuse(format!(
            "there is already a feed `{id}`, configured at {}; choose another id",
            known.at
        ));
    }
    let text = read(path)?;
    let (at, blank) = insertion(&text)?;
    let added = format!("{}{}{}", &text[..at], written(feed, &id, &text[..at], blank), &text[at..]);
    let after = load_replacing(path, overrides, path, &added)?;
    let rest = without(&after, &id);
    if after.feeds.len() != before.feeds.len() + 1 || dump(&rest) != dump(&before) {
        return refuse(format!("{} cannot be edited by program; add the feed by hand", path.display()));
    }
    replace(path, &text, &added)?;
    Ok(id)
}

/// What became of a list of feeds to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Added, in order, with their ids.
    pub added: Vec<(FeedId, url::Url)>,
    /// Not added: the address is configured already, or came twice; with the feed that has it.
    pub known: Vec<(FeedId, url::Url)>,
}

/// Adds many feeds to the main file in one edit: all of those that are new, or on an error none. A feed whose id is
/// taken gets one made from its address.
pub fn add_feeds(path: &Path, feeds: &[NewFeed], overrides: &Overrides) -> Result<Additions, EditError> {
    let before = load(path, overrides)?;
    let text = read(path)?;
    let (at, mut blank) = insertion(&text)?;
    let mut names = Names::of(&before);
    let (mut done, mut tables) = (Additions::default(), String::new());
    for feed in feeds {
        match names.take(feed) {
            Ok(id) => {
                // Only the end of what stands before matters: how lines end, and whether the last one does.
                let above = if tables.is_empty() { &text[..at] } else { "\n" };
                tables.push_str(&written(feed, &id, above, blank));
                blank = true;
                done.added.push((id, feed.url.clone()));
            }
            Err(known) => done.known.push((known, feed.url.clone())),
        }
    }
    if done.added.is_empty() {
        return Ok(done);
    }
    if text.contains("\r\n") {
        tables = tables.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    let added = format!("{}{tables}{}", &text[..at], &text[at..]);
    let after = load_replacing(path, overrides, path, &added)?;
    let new: HashSet<&FeedId> = done.added.iter().map(|(id, _)| id).collect();
    let mut rest = after.clone();
    rest.feeds.retain(|feed| !new.contains(&feed.id));
    if after.feeds.len() != before.feeds.len() + new.len() || dump(&rest) != dump(&before) {
        return refuse(format!("{} cannot be edited by program; name the list in `opml`", path.display()));
    }
    replace(path, &text, &added)?;
    Ok(done)
}

/// Ids and addresses that are taken.
struct Names {
    ids: HashSet<FeedId>,
    by_url: HashMap<String, FeedId>,
}

impl Names {
    fn of(config: &Config) -> Self {
        Self {
            ids: config.feeds.iter().map(|feed| feed.id.clone()).collect(),
            by_url: config.feeds.iter().map(|feed| (feed.url.to_string(), feed.id.clone())).collect(),
        }
    }

    /// An id for a new feed, or the feed that has its address. Both the short and the long form of an id made from
    /// an address can be taken only by that address or by a hand that typed them: then a number follows.
    fn take(&mut self, feed: &NewFeed) -> Result<FeedId, FeedId> {
        if let Some(known) = self.by_url.get(feed.url.as_str()) {
            return Err(known.clone());
        }
        let long = feeds::long_id_from_url(&feed.url);
        let numbered = (2..).map(|number| FeedId(format!("{long}-{number}")));
        let wanted = [feed.id.clone(), Some(FeedId(id_from_url(&feed.url))), Some(FeedId(long.clone()))];
        let id = wanted.into_iter().flatten().chain(numbered).find(|id| !self.ids.contains(id));
        let id = id.unwrap_or(FeedId(long));
        self.ids.insert(id.clone());
        self.by_url.insert(feed.url.to_string(), id.clone());
        Ok(id)
    }
}

/// Removes a feed from the file it is configured in and returns that file.
pub fn remove_feed(path: &Path, id: &FeedId, overrides: &Overrides) -> Result<PathBuf, EditError> {
    let before = load(path, overrides)?;
    let Some(feed) = before.feeds.iter().find(|feed| feed.id == *id) else {
        let known = before.feeds.iter().map(|feed| feed.id.as_str());
        let hint = suggest::nearest(id.as_str(), known)
            .map_or(String::new(), |name| format!("; did you mean `{name}`?"));
        return refuse(format!("there is no feed `{id}`{hint}"));
    };
    let named = |file: &&PathBuf| file.display().to_string() == *feed.at.file;
    let Some(file) = before.files.iter().find(named).cloned() else {
        return refuse(format!("{} is not a file of this configuration", feed.at.file));
    };
    let text = read(&file)?;
    let Some(span) = extent(&text, feed.at.line) else {
        return refuse(format!("feed `{id}` stands in the list {}; remove it there", feed.at));
    };
    let removed = format!("{}{}", &text[..span.start], &text[span.end..]);
    let after = load_replacing(path, overrides, &file, &removed)?;
    if dump(&without(&before, id)) != dump(&after) {
        return refuse(format!("feed `{id}` at {} cannot be removed by program; remove it by hand", feed.at));
    }
    replace(&file, &text, &removed)?;
    Ok(file)
}

fn refuse<T>(why: String) -> Result<T, EditError> {
    Err(EditError::Refused(why))
}

fn without(config: &Config, id: &FeedId) -> Config {
    let mut rest = config.clone();
    rest.feeds.retain(|feed| feed.id != *id);
    rest
}

fn read(path: &Path) -> Result<String, EditError> {
    std::fs::read_to_string(path).map_err(|source| io(path, source))
}

fn io(path: &Path, source: std::io::Error) -> EditError {
    EditError::Io { path: path.display().to_string(), source }
}

/// Where a new `[[feed]]` goes: after the last one, else at the end; and whether a blank line must go before it.
fn insertion(text: &str) -> Result<(usize, bool), EditError> {
    let feeds = tables(text);
    if feeds.iter().any(|feed| !text[feed.at.span.clone()].starts_with('[')) {
        return refuse(
            "`feed` is written as an inline list; write [[feed]] tables, or add the feed by hand".to_owned(),
        );
    }
    let at = feeds.last().map_or(text.len(), |feed| line_end(text, last_byte(feed)));
    Ok((at, !text[..at].trim().is_empty()))
}

/// The `[[feed]]` that starts on this line: with the comment directly above it, to its last line, and the blank
/// lines after it where there are some before it, too.
fn extent(text: &str, line: usize) -> Option<Range<usize>> {
    let feed = tables(text).into_iter().find(|feed| line_of(text, feed.at.span.start) == line)?;
    if !text[feed.at.span.clone()].starts_with('[') {
        return None;
    }
    let mut start = line_start(text, feed.at.span.start);
    while start > 0 {
        let above = line_start(text, start - 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    let mut end = line_end(text, last_byte(&feed));
    let blank_before = start == 0 || text[line_start(text, start - 1)..start].trim().is_empty();
    while blank_before && end < text.len() && text[end..line_end(text, end)].trim().is_empty() {
        end = line_end(text, end);
    }
    Some(start..end)
}

fn tables(text: &str) -> Vec<Node> {
    let (root, _) = node::parse(0, text);
    match root.entries().iter().find(|entry| entry.key == "feed").map(|entry| &entry.node.value) {
        Some(Raw::List(feeds)) => feeds.clone(),
        _ => Vec::new(),
    }
}

/// Last byte of a table with all that belongs to it.
fn last_byte(node: &Node) -> usize {
    let own = node.at.span.end.saturating_sub(1);
    let inner = node.entries().iter().map(|entry| last_byte(&entry.node)).max();
    inner.map_or(own, |inner| inner.max(own))
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text.as_bytes()[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| at + end + 1)
}

/// The table as TOML with the line ends of the file, set off from the text before it.
fn written(feed: &NewFeed, id: &FeedId, before: &str, blank: bool) -> String {
    let tags: Array = feed.tags.iter().map(String::as_str).collect();
    let pairs = [
        ("id", Some(Value::from(id.as_str()))),
        ("url", Some(feed.url.as_str().into())),
        ("title", feed.title.as_deref().map(Value::from)),
        ("tags", (!tags.is_empty()).then_some(tags.into())),
        ("lang", feed.lang.as_deref().map(Value::from)),
        ("publisher", feed.publisher.as_deref().map(Value::from)),
    ];
    let mut table = String::from("[[feed]]\n");
    for (key, value) in pairs {
        if let Some(value) = value {
            table.push_str(&format!("{key} = {value}\n"));
        }
    }
    let unfinished = !before.is_empty() && !before.ends_with('\n');
    let table = format!("{}{}{table}", if unfinished { "\n" } else { "" }, if blank { "\n" } else { "" });
    if before.contains("\r\n") { table.replace('\n', "\r\n") } else { table }
}

/// Writes `new` in place of `old`: readers see the one or the other, never half of it.
fn replace(path: &Path, old: &str, new: &str) -> Result<(), EditError> {
    // A link stays a link: its target is replaced.
    let target = path.canonicalize().map_err(|source| io(path, source))?;
    let directory = target.parent().unwrap_or(Path::new("/")).to_owned();
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let temporary = directory.join(format!(".{name}.{}.tmp", std::process::id()));
    let done = write_temporary(&temporary, &target, new).and_then(|()| {
        if std::fs::read_to_string(&target)? != old {
            return Err(std::io::Error::other("was changed by somebody else meanwhile; try again"));
        }
        std::fs::rename(&temporary, &target)?;
        File::open(&directory)?.sync_all()
    });
    if done.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    done.map_err(|source| io(path, source))
}

fn write_temporary(temporary: &Path, target: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Nobody may read secrets in it before the permissions of the old file are on it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(temporary)?;
    file.write_all(text.as_bytes())?;
    let meta = target.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Only root may give a file away; anybody else owns it already or cannot keep the owner.
        let _ = std::os::unix::fs::fchown(&file, Some(meta.uid()), Some(meta.gid()));
    }
    file.set_permissions(meta.permissions())?;
    file.sync_all()
}
