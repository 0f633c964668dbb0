//! What is true of a document, and where: the query as written, node by node.

use super::Finding;
use crate::desk::topic::engine;
use crate::desk::topic::query::{Expr, Fields, Kind, Query, compile_regex, parse, tree};
use crate::desk::topic::reading::Reading;
use crate::desk::topic::spans::{Span, relate, tidied};
use crate::desk::topic::watchlist::Watchlist;
use hashbrown::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Parsed queries and lists, kept from document to document.
#[derive(Debug, Default)]
pub(in crate::desk::topic) struct Trees {
    queries: HashMap<usize, Option<Arc<Query>>>,
    /// Bytes of those queries as written; a tree takes about thirty times as much.
    bytes: usize,
    lists: HashMap<String, Arc<Vec<Query>>>,
}

/// Bytes of queries whose trees are kept at most: with fewer, a hundred thousand topics are parsed again and again.
const KEPT: usize = 8 << 20;

impl Trees {
    fn query(&mut self, topic: usize, watchlist: &Watchlist) -> Option<Arc<Query>> {
        let bytes = &mut self.bytes;
        let read = || {
            let text = watchlist.query(topic);
            *bytes += text.len();
            parse(text).ok().map(Arc::new)
        };
        self.queries.entry(topic).or_insert_with(read).clone()
    }

    fn forget(&mut self) {
        if self.bytes > KEPT {
            self.queries.clear();
            self.bytes = 0;
        }
    }
}

/// Pieces of evidence for one term at most.
pub(super) const PER_TERM: usize = 10;

/// The text a node belongs to and the fields it is narrowed to.
#[derive(Clone, Copy)]
pub(super) struct Scope<'q> {
    pub(super) text: &'q str,
    pub(super) fields: Option<Fields>,
}

impl<'q> Scope<'q> {
    /// A whole query.
    pub(super) fn of(query: &'q Query) -> Self {
        Self { text: &query.text, fields: None }
    }

    /// A term of a list, in the fields of the place that names the list.
    pub(super) fn within(self, term: &Query) -> Scope<'_> {
        Scope { text: &term.text, fields: self.fields }
    }

    /// The same text in whichever field.
    pub(super) fn anywhere(self) -> Self {
        Self { fields: None, ..self }
    }

    pub(super) fn fields(self) -> Fields {
        self.fields.unwrap_or(Fields::TEXT)
    }

    pub(super) fn inside(self, inner: Fields) -> Self {
        Self { fields: Some(self.fields.map_or(inner, |outer| Fields(outer.0 & inner.0))), ..self }
    }

    pub(super) fn clause(self, expr: &Expr) -> &'q str {
        &self.text[expr.span.clone()]
    }
}

/// One document under questioning.
pub(in crate::desk::topic) struct Witness<'w, 'd> {
    pub(super) watchlist: &'w Watchlist,
    pub(super) reading: &'w Reading<'d>,
    trees: &'w mut Trees,
    /// Truth of the topics that others build on.
    topics: HashMap<usize, bool>,
    pub(super) sentences: Option<Vec<u32>>,
    /// What lists find: a list is named by many clauses, and by several topics.
    found: HashMap<ListKey, Found>,
}

/// A list (by the address of its terms, which stay where they are) and the fields it is narrowed to.
type ListKey = (*const Vec<Query>, Option<Fields>);

/// What is known of a list so far.
#[derive(Default)]
struct Found {
    truth: Option<bool>,
    spans: Option<Rc<[Span]>>,
    sentences: Option<Rc<[u32]>>,
}

impl<'w, 'd> Witness<'w, 'd> {
    pub(in crate::desk::topic) fn new(
        watchlist: &'w Watchlist,
        reading: &'w Reading<'d>,
        trees: &'w mut Trees,
    ) -> Self {
        trees.forget();
        Self { watchlist, reading, trees, topics: HashMap::new(), sentences: None, found: HashMap::new() }
    }

    pub(super) fn query(&mut self, topic: usize) -> Option<Arc<Query>> {
        self.trees.query(topic, self.watchlist)
    }

    pub(super) fn list(&mut self, name: &str) -> Arc<Vec<Query>> {
        if let Some(known) = self.trees.lists.get(name) {
            return known.clone();
        }
        let terms = self.watchlist.list(name).map(|list| list.terms.as_slice()).unwrap_or_default();
        let read = |term: &String| Some(Query { text: term.clone(), root: tree(term).ok()? });
        let parsed = Arc::new(terms.iter().filter_map(read).collect::<Vec<_>>());
        self.trees.lists.insert(name.to_owned(), parsed.clone());
        parsed
    }

    /// Whether a node is true of the document.
    pub(super) fn truth(&mut self, expr: &Expr, scope: Scope<'_>) -> bool {
        match &expr.kind {
            Kind::And(parts) => parts.iter().all(|part| self.truth(part, scope)),
            Kind::Or(parts) => parts.iter().any(|part| self.truth(part, scope)),
            Kind::Not(part) => !self.truth(part, scope),
            Kind::In(fields, part) => self.truth(part, scope.inside(*fields)),
            Kind::Regex { .. } => !self.regex(expr, scope).is_empty(),
            Kind::Topic(id) => self.topic(id),
            Kind::List(name) => self.list_truth(name, scope),
            Kind::AtLeast(count, parts) => self.count(parts, scope) >= *count as usize,
            Kind::Score(threshold, parts) => self.score(parts, scope) >= *threshold,
            Kind::Sentence(parts) => !self.true_sentences(parts, scope).is_empty(),
            Kind::Term(_) | Kind::Near(..) => !self.spans(expr, scope).is_empty(),
        }
    }

    fn topic(&mut self, id: &str) -> bool {
        let Some(topic) = self.watchlist.find(id) else { return false };
        if let Some(known) = self.topics.get(&topic) {
            return *known;
        }
        let Some(query) = self.query(topic) else { return false };
        let truth = self.truth(&query.root, Scope::of(&query));
        self.topics.insert(topic, truth);
        truth
    }

    pub(super) fn count(&mut self, parts: &[Expr], scope: Scope<'_>) -> usize {
        if let [Expr { kind: Kind::List(name), .. }] = parts {
            let list = self.list(name);
            let inner = |term: &Query| self.truth(&term.root, scope.within(term));
            return list.iter().map(inner).filter(|truth| *truth).count();
        }
        parts.iter().filter(|part| self.truth(part, scope)).count()
    }

    pub(super) fn score(&mut self, parts: &[(Expr, f64)], scope: Scope<'_>) -> f64 {
        parts.iter().map(|(part, weight)| if self.truth(part, scope) { *weight } else { 0.0 }).sum()
    }

    /// Everything a node with places finds.
    pub(super) fn spans(&mut self, expr: &Expr, scope: Scope<'_>) -> Vec<Span> {
        match &expr.kind {
            Kind::Term(term) => self.reading.term(term, scope.fields()),
            Kind::Or(parts) => tidied(parts.iter().flat_map(|part| self.spans(part, scope)).collect()),
            Kind::In(fields, part) => self.spans(part, scope.inside(*fields)),
            Kind::Near(nearness, left, right) => {
                let (left, right) = (self.spans(left, scope), self.spans(right, scope));
                relate(*nearness, &left, &right)
            }
            Kind::List(name) => self.list_spans(name, scope).to_vec(),
            _ => Vec::new(),
        }
    }

    pub(super) fn list_truth(&mut self, name: &str, scope: Scope<'_>) -> bool {
        let list = self.list(name);
        let key = (Arc::as_ptr(&list), scope.fields);
        if let Some(known) = self.found.get(&key).and_then(|found| found.truth) {
            return known;
        }
        let truth = list.iter().any(|term| self.truth(&term.root, scope.within(term)));
        self.found.entry(key).or_default().truth = Some(truth);
        truth
    }

    fn list_spans(&mut self, name: &str, scope: Scope<'_>) -> Rc<[Span]> {
        let list = self.list(name);
        let key = (Arc::as_ptr(&list), scope.fields);
        if let Some(known) = self.found.get(&key).and_then(|found| found.spans.clone()) {
            return known;
        }
        let inner = |term: &Query| self.spans(&term.root, scope.within(term));
        let spans: Rc<[Span]> = tidied(list.iter().flat_map(inner).collect()).into();
        self.found.entry(key).or_default().spans = Some(spans.clone());
        spans
    }

    fn list_sentences(&mut self, name: &str, scope: Scope<'_>) -> Rc<[u32]> {
        let list = self.list(name);
        let key = (Arc::as_ptr(&list), scope.fields);
        if let Some(known) = self.found.get(&key).and_then(|found| found.sentences.clone()) {
            return known;
        }
        let inner = |term: &Query| self.sentences_of(&term.root, scope.within(term));
        let sentences: Rc<[u32]> = sorted(list.iter().flat_map(inner).collect()).into();
        self.found.entry(key).or_default().sentences = Some(sentences.clone());
        sentences
    }

    /// The sentences in which all parts are true.
    pub(super) fn true_sentences(&mut self, parts: &[Expr], scope: Scope<'_>) -> Vec<u32> {
        if self.sentences.is_none() {
            self.sentences = Some(self.reading.sentences());
        }
        let mut parts = parts.iter();
        let mut common = parts.next().map(|part| self.sentences_of(part, scope)).unwrap_or_default();
        for part in parts {
            if common.is_empty() {
                break;
            }
            let others = self.sentences_of(part, scope);
            common.retain(|sentence| others.binary_search(sentence).is_ok());
        }
        common
    }

    fn sentences_of(&mut self, expr: &Expr, scope: Scope<'_>) -> Vec<u32> {
        match &expr.kind {
            Kind::And(parts) => self.true_sentences(parts, scope),
            Kind::Or(parts) => sorted(parts.iter().flat_map(|part| self.sentences_of(part, scope)).collect()),
            Kind::In(fields, part) => self.sentences_of(part, scope.inside(*fields)),
            Kind::Not(part) => {
                let not = self.sentences_of(part, scope);
                let count = self.sentences.as_ref().and_then(|all| all.last()).map_or(0, |last| last + 1);
                (0..count).filter(|sentence| not.binary_search(sentence).is_err()).collect()
            }
            Kind::List(name) => self.list_sentences(name, scope).to_vec(),
            _ => {
                let spans = self.spans(expr, scope);
                let sentences = self.sentences.as_deref().unwrap_or_default();
                sorted(spans.iter().filter_map(|span| self.reading.sentence(sentences, *span)).collect())
            }
        }
    }

    /// What a regular expression finds: the first few matches of every field.
    pub(super) fn regex(&self, expr: &Expr, scope: Scope<'_>) -> Vec<Finding> {
        let Kind::Regex { pattern, ignore_case } = &expr.kind else { return Vec::new() };
        let Ok(regex) = compile_regex(pattern, *ignore_case) else { return Vec::new() };
        let matches = self.reading.texts(scope.fields()).flat_map(|(field, text)| {
            let found: Vec<_> = regex.find_iter(engine::window(text)).take(PER_TERM).collect();
            found.into_iter().map(move |found| Finding {
                field,
                start: found.start(),
                end: found.end(),
                text: found.as_str().to_owned(),
            })
        });
        matches.take(PER_TERM).collect()
    }

    pub(super) fn finding(&self, span: Span) -> Finding {
        let (field, nth, bytes) = self.reading.bytes(span);
        let text = self.reading.text(field, nth, bytes.clone()).to_owned();
        Finding { field, start: bytes.start, end: bytes.end, text }
    }
}

fn sorted(mut list: Vec<u32>) -> Vec<u32> {
    list.sort_unstable();
    list.dedup();
    list
}
