//! All topics compiled, and the matchers that ask them.
//!
//! A watchlist never changes. [`Watchlist::with_changed`] makes a new one that shares the machine of the old one and
//! adds a small second machine for the topics that changed, so that editing one of a hundred thousand topics does
//! not compile them all; compile anew when many have changed.

use super::compile::{Compiled, Topics, Version, compile};
use super::engine::{Engine, Run};
use super::explain::{Trees, Witness};
use super::query::{self, Kind, QueryWarning};
use super::reading::Reading;
use super::{Document, TermSource, TopicError, TopicMatch, TopicSource};
use crate::model::TopicId;
use crate::store::TextFilter;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// All topics, ready to be asked.
#[derive(Debug)]
pub struct Watchlist {
    base: Arc<Base>,
    /// Topics that changed since the base was compiled, by index; `None` for a removed one.
    changed: HashMap<usize, Option<Changed>>,
    /// The changed topics by id.
    by_id: HashMap<String, usize>,
    /// The machine of the changed topics and of those that build on them, and the index of each of its topics.
    delta: Option<(Engine, Vec<usize>)>,
    /// Topics of the base whose machine must not be asked any more.
    retired: HashSet<usize>,
    count: usize,
}

/// What was compiled together.
#[derive(Debug)]
struct Base {
    engine: Engine,
    topics: Shelf,
    versions: Vec<Version>,
    usable: Vec<bool>,
    terms: Vec<TermSource>,
    /// Which topic is built on by which.
    built_on: Vec<(usize, usize)>,
}

/// Ids and queries of all topics; each kind end to end, since ids are asked for with every hit and queries seldom.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    ids: Strip,
    queries: Strip,
    /// Topics in the order of their ids.
    by_id: Vec<u32>,
}

/// Texts end to end.
#[derive(Debug, Default)]
struct Strip {
    text: String,
    ends: Vec<usize>,
}

impl Strip {
    fn new<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Self {
        let mut strip =
            Self { text: String::with_capacity(texts.clone().map(str::len).sum()), ends: Vec::new() };
        for text in texts {
            strip.text.push_str(text);
            strip.ends.push(strip.text.len());
        }
        strip
    }

    fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[at]]
    }
}

#[derive(Clone, Debug)]
struct Changed {
    source: TopicSource,
    version: Version,
    usable: bool,
}

/// A warning and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicWarning {
    /// The topic, when it is about one.
    pub topic: Option<TopicId>,
    /// The term list, when it is about one.
    pub list: Option<String>,
    /// The warning; for a topic its span is in the query.
    pub warning: QueryWarning,
}

impl Shelf {
    pub(super) fn new(sources: &[TopicSource]) -> Self {
        let ids = Strip::new(sources.iter().map(|source| source.id.as_str()));
        let queries = Strip::new(sources.iter().map(|source| source.query.as_str()));
        let mut by_id: Vec<u32> = (0..sources.len() as u32).collect();
        by_id.sort_by_key(|topic| (ids.get(*topic as usize), *topic));
        Self { ids, queries, by_id }
    }

    fn id(&self, topic: usize) -> &str {
        self.ids.get(topic)
    }

    fn query(&self, topic: usize) -> &str {
        self.queries.get(topic)
    }

    pub(super) fn find(&self, id: &str) -> Option<usize> {
        let at = self.by_id.partition_point(|topic| self.id(*topic as usize) < id);
        self.by_id.get(at).map(|topic| *topic as usize).filter(|topic| self.id(*topic) == id)
    }
}

impl Topics for Shelf {
    fn id(&self, topic: usize) -> &str {
        self.id(topic)
    }

    fn query(&self, topic: usize) -> &str {
        self.query(topic)
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.find(id)
    }

    fn some_ids(&self) -> Vec<&str> {
        (0..self.by_id.len().min(SOME)).map(|topic| self.id(topic)).collect()
    }
}

/// Ids that are compared with a mistyped one at most.
const SOME: usize = 10_000;

impl Topics for Watchlist {
    fn id(&self, topic: usize) -> &str {
        Watchlist::id(self, topic)
    }

    fn query(&self, topic: usize) -> &str {
        Watchlist::query(self, topic)
    }

    fn find(&self, id: &str) -> Option<usize> {
        Watchlist::find(self, id)
    }

    fn some_ids(&self) -> Vec<&str> {
        (0..self.count.min(SOME)).map(|topic| Watchlist::id(self, topic)).collect()
    }
}

impl Watchlist {
    /// Compiles topics and term lists. Broken topics are reported, never match, and keep their index; the others work.
    pub fn compile(topics: &[TopicSource], terms: &[TermSource]) -> (Watchlist, Vec<TopicError>) {
        let shelf = Shelf::new(topics);
        let Compiled { builder, roots, versions, errors, built_on } = compile(&shelf, terms, 0..topics.len());
        let usable = roots.iter().map(Option::is_some).collect();
        let engine = builder.finish(roots);
        let base = Base { engine, topics: shelf, versions, usable, terms: terms.to_vec(), built_on };
        let watchlist = Watchlist {
            base: Arc::new(base),
            changed: HashMap::new(),
            by_id: HashMap::new(),
            delta: None,
            retired: HashSet::new(),
            count: topics.len(),
        };
        (watchlist, errors)
    }

    /// The same with some topics changed or added (by id) and some removed. A changed topic keeps its index, an added one
    /// gets the next; the index of a removed one stays empty. Topics that build on a changed one follow it. Term lists
    /// stay as they are.
    pub fn with_changed(&self, changes: &[TopicSource], removed: &[TopicId]) -> (Watchlist, Vec<TopicError>) {
        let mut next = Watchlist {
            base: self.base.clone(),
            changed: self.changed.clone(),
            by_id: self.by_id.clone(),
            delta: None,
            retired: HashSet::new(),
            count: self.count,
        };
        for id in removed {
            next.find(id.as_str()).map(|topic| next.changed.insert(topic, None));
            next.by_id.remove(id.as_str());
        }
        for source in changes {
            let topic = next.find(source.id.as_str()).unwrap_or(next.count);
            next.count = next.count.max(topic + 1);
            let changed = Changed { source: source.clone(), version: Version::default(), usable: false };
            next.changed.insert(topic, Some(changed));
            next.by_id.insert(source.id.0.clone(), topic);
        }
        let errors = next.compile_changed();
        (next, errors)
    }

    fn compile_changed(&mut self) -> Vec<TopicError> {
        let wanted = self.affected();
        let Compiled { builder, roots, versions, errors, .. } =
            compile(&*self, &self.base.terms, wanted.iter().copied());
        for ((topic, root), version) in wanted.iter().zip(&roots).zip(versions) {
            let source = TopicSource {
                id: Watchlist::id(self, *topic).into(),
                query: Watchlist::query(self, *topic).to_owned(),
            };
            self.by_id.insert(source.id.0.clone(), *topic);
            self.changed.insert(*topic, Some(Changed { source, version, usable: root.is_some() }));
        }
        self.delta = Some((builder.finish(roots), wanted));
        self.retired = self.changed.keys().copied().collect();
        errors
    }

    /// The changed topics and those that build on them, removed ones left out.
    fn affected(&self) -> Vec<usize> {
        let mut affected: Vec<usize> = self.changed.keys().copied().collect();
        let mut seen: HashSet<usize> = affected.iter().copied().collect();
        let mut at = 0;
        while let Some(topic) = affected.get(at).copied() {
            let dependents =
                self.base.built_on.iter().filter(|(other, _)| *other == topic).map(|(_, by)| *by);
            affected.extend(dependents.filter(|by| seen.insert(*by)));
            at += 1;
        }
        affected.retain(|topic| !matches!(self.changed.get(topic), Some(None)));
        affected.sort_unstable();
        affected
    }

    /// Number of topics, broken and removed ones included: one more than the highest index.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no topic.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many topics the second machine holds: a caller compiles anew when this grows large.
    pub fn changes(&self) -> usize {
        self.delta.as_ref().map_or(0, |(_, topics)| topics.len())
    }

    /// The id of a topic; empty for one that was removed.
    pub fn id(&self, topic: usize) -> &str {
        match self.changed.get(&topic) {
            Some(changed) => changed.as_ref().map_or("", |changed| changed.source.id.as_str()),
            None => self.base.topics.id(topic),
        }
    }

    /// The query of a topic; empty for one that was removed.
    pub fn query(&self, topic: usize) -> &str {
        match self.changed.get(&topic) {
            Some(changed) => changed.as_ref().map_or("", |changed| &changed.source.query),
            None => self.base.topics.query(topic),
        }
    }

    /// The index of the topic with an id.
    pub fn find(&self, id: &str) -> Option<usize> {
        let known = || self.base.topics.find(id).filter(|topic| !self.changed.contains_key(topic));
        self.by_id.get(id).copied().or_else(known)
    }

    /// Short hex hash of a topic's whole text: its query, and the lists and topics it names. Empty for one that was
    /// removed or never was.
    pub fn version_of(&self, topic: usize) -> &str {
        let version = match self.changed.get(&topic) {
            Some(changed) => changed.as_ref().map(|changed| &changed.version),
            None => self.base.versions.get(topic),
        };
        version.and_then(|version| std::str::from_utf8(version).ok()).unwrap_or_default()
    }

    /// Whether a topic is there and could be compiled.
    pub fn is_usable(&self, topic: usize) -> bool {
        match self.changed.get(&topic) {
            Some(changed) => changed.as_ref().is_some_and(|changed| changed.usable),
            None => self.base.usable.get(topic).copied().unwrap_or(false),
        }
    }

    /// The term list of a name.
    pub(super) fn list(&self, name: &str) -> Option<&TermSource> {
        self.base.terms.iter().find(|list| list.name == name)
    }

    /// What the store's full-text index can tell of a topic: true of every text that the topic matches. `None` where the
    /// index cannot help.
    pub fn text_filter(&self, topic: usize) -> Option<TextFilter> {
        query::text_filter(&query::parse(self.query(topic)).ok()?, self)
    }

    /// What is odd in the topics and lists: worked out when asked, by reading all of them again. Lists that the queries
    /// `elsewhere` name are in use.
    pub fn warnings(&self, elsewhere: &[&str]) -> Vec<TopicWarning> {
        let mut found = Vec::new();
        let mut used = HashSet::new();
        for tree in elsewhere.iter().filter_map(|query| query::tree(query).ok()) {
            lists_named(&tree, &mut used);
        }
        for topic in (0..self.count).filter(|topic| self.is_usable(*topic)) {
            let Ok(parsed) = query::parse(self.query(topic)) else { continue };
            lists_named(&parsed.root, &mut used);
            let id = || Some(TopicId::from(self.id(topic)));
            found.extend(parsed.warnings().into_iter().map(|warning| TopicWarning {
                topic: id(),
                list: None,
                warning,
            }));
        }
        self.base.terms.iter().flat_map(|list| &list.terms).for_each(|term| {
            query::tree(term).iter().for_each(|tree| lists_named(tree, &mut used));
        });
        let unused = self.base.terms.iter().filter(|list| !used.contains(&list.name));
        found.extend(unused.map(|list| TopicWarning {
            topic: None,
            list: Some(list.name.clone()),
            warning: QueryWarning {
                span: 0..0,
                message: format!("nothing uses the list @{}", list.name),
                help: Some("remove it or use it".to_owned()),
            },
        }));
        found
    }

    /// Something that asks this watchlist: one for each thread, kept and used again.
    pub fn matcher(self: &Arc<Self>) -> Matcher {
        Matcher {
            watchlist: self.clone(),
            base: Run::default(),
            delta: Run::default(),
            hits: Vec::new(),
            trees: Trees::default(),
        }
    }
}

impl query::Names for Watchlist {
    fn terms(&self, list: &str) -> Option<&[String]> {
        self.list(list).map(|list| list.terms.as_slice())
    }

    fn query(&self, topic: &str) -> Option<&str> {
        self.find(topic).map(|topic| Watchlist::query(self, topic))
    }
}

fn lists_named(expr: &query::Expr, used: &mut HashSet<String>) {
    if let Kind::List(name) = &expr.kind {
        used.insert(name.clone());
    }
    query::children(expr).for_each(|part| lists_named(part, used));
}

/// Asks a watchlist about documents, one after another.
#[derive(Debug)]
pub struct Matcher {
    watchlist: Arc<Watchlist>,
    base: Run,
    delta: Run,
    hits: Vec<u32>,
    trees: Trees,
}

impl Matcher {
    /// The watchlist it asks.
    pub fn watchlist(&self) -> &Arc<Watchlist> {
        &self.watchlist
    }

    /// Replaces the contents of `out` with the topics that match, in the order of their index, with evidence.
    pub fn judge(&mut self, document: &Document<'_>, out: &mut Vec<TopicMatch>) {
        let mut hits = std::mem::take(&mut self.hits);
        self.judge_ids(document, &mut hits);
        self.testify(document, &hits, out);
        self.hits = hits;
    }

    fn testify(&mut self, document: &Document<'_>, hits: &[u32], out: &mut Vec<TopicMatch>) {
        out.clear();
        if hits.is_empty() {
            return;
        }
        let reading = Reading::new(document);
        let mut witness = Witness::new(&self.watchlist, &reading, &mut self.trees);
        out.extend(hits.iter().map(|topic| {
            let topic = *topic as usize;
            let (score, evidence) = witness.testify(topic);
            TopicMatch { topic, id: self.watchlist.id(topic).into(), score, evidence }
        }));
    }

    /// The same for the topics among `wanted` alone.
    pub fn judge_some(&mut self, document: &Document<'_>, wanted: &[usize], out: &mut Vec<TopicMatch>) {
        let mut hits = std::mem::take(&mut self.hits);
        self.judge_ids(document, &mut hits);
        hits.retain(|topic| wanted.contains(&(*topic as usize)));
        self.testify(document, &hits, out);
        self.hits = hits;
    }

    /// Replaces the contents of `out` with the indexes of the topics that match, ascending.
    pub fn judge_ids(&mut self, document: &Document<'_>, out: &mut Vec<u32>) {
        out.clear();
        self.watchlist.base.engine.judge(&mut self.base, document, out);
        if !self.watchlist.retired.is_empty() {
            out.retain(|topic| !self.watchlist.retired.contains(&(*topic as usize)));
        }
        if let Some((engine, topics)) = &self.watchlist.delta {
            let first = out.len();
            engine.judge(&mut self.delta, document, out);
            out[first..].iter_mut().for_each(|topic| *topic = topics[*topic as usize] as u32);
        }
        out.sort_unstable();
    }

    /// The same by evaluating every topic, for comparison.
    #[cfg(test)]
    pub(super) fn judge_each(&mut self, document: &Document<'_>) -> Vec<u32> {
        let mut hits = Vec::new();
        self.watchlist.base.engine.judge_each(&mut self.base, document, &mut hits);
        hits
    }
}
