//! From a path to a checked [`Config`]: read everything, then check references, then say all that is wrong.
//!
//! The main file may hold every table. Files it includes may hold feeds, topics, terms and samples; they cannot
//! include others, so there are no cycles. Both kinds must lie in the directory of the main file or below it, symbolic
//! links followed. A file with broken TOML is still read for what certainly stands in it.

use super::feeds::Feeds;
use super::files::Unread;
use super::findings::{Findings, Origin};
use super::names::Names;
use super::node::{self, Entry, Node, Place, Raw, SourceId};
use super::receivers::{self, RouteParts};
use super::secret::Vault;
use super::settings::Settings;
use super::suggest::nearest;
use super::topics::Topics;
use super::*;
use std::collections::HashMap;
use std::path::Path;

/// Keys of the main file besides the tables of settings.
const MAIN: [&str; 9] = ["include", "opml", "names", "feed", "topic", "terms", "sample", "receiver", "route"];

/// Keys of an included file.
const INCLUDED: [&str; 4] = ["feed", "topic", "terms", "sample"];

/// Reads the configuration at `path` with what comes from outside. Every mistake is in the error, in file order.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Config, ConfigErrors> {
    Loader::default().load(path, overrides)
}

/// Topic files alone, without a main file: their topics, terms and samples, everything else by default. Term lists are
/// also taken from a `terms.toml` beside a file, as the shipped topics share one.
pub fn load_topics(files: &[PathBuf]) -> Result<Config, ConfigErrors> {
    let mut loader = Loader::default();
    let shared = files.iter().map(|file| file.with_file_name("terms.toml")).filter(|path| path.is_file());
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in files.iter().cloned().chain(shared) {
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        match files::read(&path) {
            Ok(text) => loader.read_toml(&path, text, false),
            Err(unread) => {
                let source =
                    loader.findings.source(&path.display().to_string(), String::new(), Origin::Outside);
                loader.findings.wrong(&Place { source, span: 0..0 }, unread.why);
            }
        }
    }
    let mut config = defaults(&nowhere())?;
    loader.topics(&mut config);
    loader.finish(Some(config))
}

/// Overrides under which no option is missing, whatever the environment.
fn nowhere() -> Overrides {
    Overrides::default().with_flag("store.path", "newswatch.db")
}

/// The configuration of an empty file in the working directory: for what can be done without a file.
pub fn defaults(overrides: &Overrides) -> Result<Config, ConfigErrors> {
    let path = Path::new("newswatch.toml");
    let mut config = load_replacing(path, overrides, path, "")?;
    config.files.clear();
    Ok(config)
}

/// The same as if `file`, one of its files, held `text`: to see whether an edit would load.
pub(super) fn load_replacing(
    path: &Path,
    overrides: &Overrides,
    file: &Path,
    text: &str,
) -> Result<Config, ConfigErrors> {
    Loader { replaced: Some((file.to_owned(), text.to_owned())), ..Loader::default() }.load(path, overrides)
}

/// One file of the configuration as read.
struct Document {
    root: Node,
}

#[derive(Default)]
struct Loader {
    findings: Findings,
    documents: Vec<Document>,
    files: Vec<PathBuf>,
    /// A file and the text to take in its place.
    replaced: Option<(PathBuf, String)>,
}

impl Loader {
    fn load(mut self, path: &Path, overrides: &Overrides) -> Result<Config, ConfigErrors> {
        let directory = files::directory(path);
        let vault = Vault::new(overrides);
        match self.text(path) {
            Ok(text) => self.read_toml(path, text, true),
            Err(unread) => {
                self.report_unread(path, unread);
                return self.finish(None);
            }
        }
        self.read_included(path, &directory);
        let outside = overrides::read(overrides, &mut self.findings);
        let main = self.documents.first().map(|document| document.root.clone());
        let Some(main) = main else { return self.finish(None) };
        let settings = Settings { root: &main, outside: &outside, overrides, vault: &vault };
        let f = &mut self.findings;
        let mut config = Config {
            store: settings.store(f),
            net: settings.net(f),
            intake: settings.intake(f),
            desk: settings.desk(f),
            embeddings: settings.embeddings(f),
            alert: settings.alert(f),
            http: settings.http(f),
            log: settings.log(f),
            feeds: Vec::new(),
            topics: Vec::new(),
            terms: Vec::new(),
            names: Vec::new(),
            name_files: Vec::new(),
            samples: Vec::new(),
            receivers: Vec::new(),
            routes: Vec::new(),
            files: Vec::new(),
            warnings: Vec::new(),
        };
        self.topics(&mut config);
        self.names(&mut config, &directory);
        self.feeds(&mut config, &vault, &directory);
        self.receivers(&mut config, &main, &vault);
        settings.weigh(&config, &mut self.findings);
        self.warn_of_readable_secrets();
        self.finish(Some(config))
    }

    fn report_unread(&mut self, path: &Path, unread: Unread) {
        let offset = unread.good.len();
        let source = self.findings.source(&path.display().to_string(), unread.good, Origin::Outside);
        self.findings.wrong(&Place { source, span: offset..offset }, unread.why);
    }

    fn text(&self, path: &Path) -> Result<String, Unread> {
        match &self.replaced {
            Some((file, text)) if file == path => Ok(text.clone()),
            _ => files::read(path),
        }
    }

    fn finish(self, config: Option<Config>) -> Result<Config, ConfigErrors> {
        match (self.findings.errors(), config) {
            (None, Some(mut config)) => {
                config.files = self.files;
                config.warnings = self.findings.warnings();
                Ok(config)
            }
            (errors, _) => Err(errors.unwrap_or_else(|| ConfigErrors { problems: Vec::new() })),
        }
    }

    /// Takes in one TOML file: its syntax errors and keys that do not belong there.
    fn read_toml(&mut self, path: &Path, text: String, main: bool) {
        let origin = Origin::File(files::directory(path));
        let source = self.findings.source(&path.display().to_string(), text, origin);
        let (root, errors) = node::parse(source, self.findings.text(source));
        for (span, message) in errors {
            self.findings.syntax(&Place { source, span }, format!("not TOML: {message}"));
        }
        for entry in root.entries() {
            self.check_top_key(entry, main);
        }
        self.files.push(path.to_owned());
        self.documents.push(Document { root });
    }

    fn check_top_key(&mut self, entry: &Entry, main: bool) {
        let key = entry.key.as_str();
        let known: Vec<&str> =
            if main { MAIN.iter().chain(&options::SETTINGS).copied().collect() } else { INCLUDED.to_vec() };
        if known.contains(&key) {
            return;
        }
        if mask::is_secret_name(key) {
            self.findings.hide(&entry.node);
        }
        let hint = match nearest(key, known.iter().copied()) {
            _ if !main && (MAIN.contains(&key) || options::SETTINGS.contains(&key)) => {
                "; an included file may hold only feeds, topics, terms and samples".to_owned()
            }
            Some(meant) => format!("; did you mean `{meant}`?"),
            None => home_of(key).map_or(String::new(), |table| format!("; `{key}` is a key of [{table}]")),
        };
        self.findings.wrong(&entry.key_at, format!("unknown key `{key}`{hint}"));
    }

    fn read_included(&mut self, main: &Path, directory: &Path) {
        let mut seen = vec![main.canonicalize().unwrap_or_else(|_| main.to_owned())];
        for (path, at) in self.listed("include", directory) {
            match path.canonicalize() {
                Ok(real) if seen.first() == Some(&real) => {
                    self.findings.wrong(&at, "`include` names the file it stands in");
                }
                Ok(real) if seen.contains(&real) => {}
                _ => match self.text(&path) {
                    Ok(text) => {
                        seen.push(path.canonicalize().unwrap_or_else(|_| path.clone()));
                        self.read_toml(&path, text, false);
                    }
                    Err(unread) if unread.good.is_empty() => {
                        self.findings.wrong(&at, format!("{}: {}", path.display(), unread.why));
                    }
                    Err(unread) => self.report_unread(&path, unread),
                },
            }
        }
    }

    /// The files that `include` or `opml` of the main file names, with where each is named.
    fn listed(&mut self, key: &str, directory: &Path) -> Vec<(PathBuf, Place)> {
        let entry =
            self.documents.first().and_then(|d| d.root.entries().iter().find(|e| e.key == key)).cloned();
        let Some(entry) = entry else { return Vec::new() };
        let items = match &entry.node.value {
            Raw::List(items) => items.clone(),
            _ => vec![entry.node.clone()],
        };
        let mut found = Vec::new();
        for item in items {
            match item.text() {
                Some(pattern) => match files::matching(pattern, directory) {
                    Ok(paths) if paths.is_empty() => {
                        self.findings.warn(&item.at, format!("no file matches \"{pattern}\""));
                    }
                    Ok(paths) => found.extend(paths.into_iter().map(|path| (path, item.at.clone()))),
                    Err(why) => self.findings.wrong(&item.at, format!("`{key}` {why}")),
                },
                None => {
                    let message = format!(
                        "`{key}` is {}; expected a list of files such as [\"topics/*.toml\"]",
                        item.value.kind()
                    );
                    self.findings.wrong(&item.at, message);
                }
            }
        }
        found
    }

    fn topics(&mut self, config: &mut Config) {
        let mut topics = Topics::default();
        for document in &self.documents {
            for node in members(&document.root, "topic") {
                topics.topic(node, &mut self.findings);
            }
            let only = match members(&document.root, "topic") {
                [_] => written(&document.root, "topic", "id").next().map(TopicId::from),
                _ => None,
            };
            if let Some(entry) = document.root.entries().iter().find(|entry| entry.key == "terms") {
                topics.terms(&entry.node, &mut self.findings);
            }
            for node in members(&document.root, "sample") {
                topics.sample(node, only.as_ref(), &mut self.findings);
            }
        }
        let known: Vec<&str> = topics.list.iter().map(|topic| topic.id.as_str()).collect();
        for (sample, at) in &topics.samples {
            dangling("topic", "[[sample]]", sample.topic.as_str(), &known, at, &mut self.findings);
        }
        config.samples = topics.samples.into_iter().map(|(sample, _)| sample).collect();
        config.topics = topics.list;
        config.terms = topics.terms;
    }

    fn feeds(&mut self, config: &mut Config, vault: &Vault, directory: &Path) {
        let mut feeds = Feeds::default();
        for document in &self.documents {
            for node in members(&document.root, "feed") {
                feeds.table(node, vault, config.intake.min_interval, &mut self.findings);
            }
        }
        for (path, at) in self.listed("opml", directory) {
            if let Some((source, list)) = self.read_opml(&path, &at) {
                for outline in list.outlines {
                    let at = Place { source, span: outline.offset..outline.offset };
                    let place = self.findings.locate(&at);
                    feeds.outline(outline, &at, place);
                }
            }
        }
        config.feeds = feeds.list;
    }

    fn names(&mut self, config: &mut Config, directory: &Path) {
        let mut names = Names::default();
        for (path, at) in self.listed("names", directory) {
            match self.text(&path) {
                Ok(text) => {
                    let source = self.findings.source(
                        &path.display().to_string(),
                        text,
                        Origin::File(files::directory(&path)),
                    );
                    names.file(source, &mut self.findings);
                    self.files.push(path.clone());
                    config.name_files.push(path);
                }
                Err(unread) if unread.good.is_empty() => {
                    self.findings.wrong(&at, format!("{}: {}", path.display(), unread.why));
                }
                Err(unread) => self.report_unread(&path, unread),
            }
        }
        config.names = names.list;
    }

    fn read_opml(&mut self, path: &Path, at: &Place) -> Option<(SourceId, opml::OpmlList)> {
        let bytes = files::read_bytes(path, opml::MAX_BYTES);
        let read = bytes.and_then(|bytes| {
            let text = opml::decode(&bytes);
            opml::read(&text).map(|list| (text, list))
        });
        match read {
            Ok((text, list)) => {
                let origin = Origin::File(files::directory(path));
                let source = self.findings.source(&path.display().to_string(), text, origin);
                self.files.push(path.to_owned());
                for refused in &list.refused {
                    let place = Place { source, span: refused.offset..refused.offset };
                    self.findings.warn(&place, refused.reason.clone());
                }
                Some((source, list))
            }
            Err(why) => {
                self.findings.wrong(at, format!("{}: {why}", path.display()));
                None
            }
        }
    }

    fn receivers(&mut self, config: &mut Config, main: &Node, vault: &Vault) {
        let mut seen: HashMap<ReceiverName, Location> = HashMap::new();
        // A receiver with a mistake in it is known all the same: routes to it do not dangle.
        let mut names: Vec<String> = Vec::new();
        for node in members(main, "receiver") {
            names.extend(
                node.entries()
                    .iter()
                    .find(|e| e.key == "name")
                    .and_then(|e| e.node.text())
                    .map(str::to_owned),
            );
            let Some((receiver, at)) = receivers::receiver(node, vault, &mut self.findings) else { continue };
            if let Some(first) = seen.get(&receiver.name) {
                let message = format!("receiver `{}` is configured twice; first at {first}", receiver.name);
                self.findings.wrong(&at, message);
                continue;
            }
            seen.insert(receiver.name.clone(), receiver.at.clone());
            config.receivers.push(receiver);
        }
        for node in members(main, "route") {
            if let Some(parts) = receivers::route(node, &mut self.findings) {
                self.check_route(&parts, config, &names);
                config.routes.push(parts.route);
            }
        }
        if config.routes.is_empty() && !config.topics.is_empty() {
            self.findings.warn(&main.at, "there is no [[route]]: hits are kept, and nobody is told");
        }
    }

    fn check_route(&mut self, parts: &RouteParts<'_>, config: &Config, receivers: &[String]) {
        let f = &mut self.findings;
        let topics = self.documents.iter().flat_map(|d| written(&d.root, "topic", "id"));
        let topics: Vec<&str> = topics.chain(config.topics.iter().map(|topic| topic.id.as_str())).collect();
        let feeds = self.documents.iter().flat_map(|d| written(&d.root, "feed", "id"));
        let feeds: Vec<&str> = feeds.chain(config.feeds.iter().map(|feed| feed.id.as_str())).collect();
        let receivers: Vec<&str> = receivers.iter().map(String::as_str).collect();
        for (what, node, known) in [
            ("topic", parts.topics, &topics),
            ("feed", parts.feeds, &feeds),
            ("receiver", parts.to, &receivers),
        ] {
            for (name, at) in node.map(texts).unwrap_or_default() {
                dangling(what, "[[route]]", name, known, at, f);
            }
        }
        for (tag, at) in parts.tags.map(texts).unwrap_or_default() {
            if !config.feeds.iter().any(|feed| feed.tags.iter().any(|known| known == tag)) {
                f.warn(at, format!("no feed has the tag \"{tag}\""));
            }
        }
    }

    fn warn_of_readable_secrets(&mut self) {
        for (document, path) in self.documents.iter().zip(&self.files) {
            let source = document.root.at.source;
            if self.findings.holds_secrets(source) && files::world_readable(path) {
                let message = "everybody on this machine can read this file and the secrets in it; chmod 640 it, or use `_file` keys";
                self.findings.warn(&Place { source, span: 0..0 }, message);
            }
        }
    }
}

/// The table a misplaced key belongs to.
fn home_of(key: &str) -> Option<&'static str> {
    options::OPTIONS.iter().find(|o| o.key == key && options::SETTINGS.contains(&o.table)).map(|o| o.table)
}

/// The tables of a list; a single table or another value counts as a list of one, to be complained about there.
fn members<'a>(root: &'a Node, key: &str) -> &'a [Node] {
    match root.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node) {
        Some(Node { value: Raw::List(items), .. }) => items,
        Some(node) => std::slice::from_ref(node),
        None => &[],
    }
}

/// What is written under `key` in every table `name`, right or wrong: a reference to it does not dangle.
fn written<'a>(root: &'a Node, name: &str, key: &'a str) -> impl Iterator<Item = &'a str> {
    members(root, name).iter().flat_map(move |node| {
        node.entries().iter().filter(move |entry| entry.key == key).filter_map(|entry| entry.node.text())
    })
}

/// The texts of a list with their places.
fn texts(node: &Node) -> Vec<(&str, &Place)> {
    let items = match &node.value {
        Raw::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    items.iter().filter_map(|item| Some((item.text()?, &item.at))).collect()
}

fn dangling(what: &str, table: &str, name: &str, known: &[&str], at: &Place, findings: &mut Findings) {
    if known.contains(&name) {
        return;
    }
    let hint = nearest(name, known.iter().copied())
        .map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    findings.absent(at, format!("{table} names the {what} `{name}`, which is not configured{hint}"));
}
