//! Sources to nodes: term lists and other topics are put in where they are named.
//!
//! Topics are lowered on demand, so that their order does not matter; one that refers to itself, even through others,
//! is refused, as is one that builds on more than [`MAX_LEVELS`] others in a row.

use super::engine::{Builder, NodeRef};
use super::query::{Expr, Fields, Kind, QueryError, compile_regex, nearest, parse, tree};
use super::required::required;
use super::{TermSource, TopicError};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Topics that may build on each other in a row.
const MAX_LEVELS: u32 = 8;
/// Lists that may name each other in a row.
const MAX_LIST_LEVELS: usize = 8;

/// First hex digits of the hash of a topic's whole text.
pub(super) type Version = [u8; 12];

/// Everything one compilation yields, by topic.
pub(super) struct Compiled {
    pub(super) builder: Builder,
    pub(super) roots: Vec<Option<NodeRef>>,
    pub(super) versions: Vec<Version>,
    pub(super) errors: Vec<TopicError>,
    /// Which topic is built on by which.
    pub(super) built_on: Vec<(usize, usize)>,
}

/// How far a topic is.
#[derive(Clone, Copy)]
enum State {
    Busy,
    Done(NodeRef, u32),
    Failed,
}

/// Lowers the topics for which `wanted` says so, and those they build on.
pub(super) fn compile<'a>(
    topics: &'a dyn Topics,
    terms: &'a [TermSource],
    wanted: impl Iterator<Item = usize>,
) -> Compiled {
    compile_into(Builder::default(), topics, terms, wanted)
}

/// The same beside what a builder holds already; equal parts become one.
pub(super) fn compile_into<'a>(
    builder: Builder,
    topics: &'a dyn Topics,
    terms: &'a [TermSource],
    wanted: impl Iterator<Item = usize>,
) -> Compiled {
    let lists = terms.iter().map(|list| (list.name.as_str(), list)).collect();
    let mut compiler = Compiler {
        topics,
        lists,
        lowered_lists: HashMap::new(),
        busy_lists: Vec::new(),
        states: HashMap::new(),
        builder,
        errors: Vec::new(),
        versions: HashMap::new(),
        scopes: Vec::new(),
        built_on: Vec::new(),
    };
    let (mut roots, mut versions) = (Vec::new(), Vec::new());
    for topic in wanted {
        let state = compiler.topic(topic);
        roots.push(if let State::Done(root, _) = state { Some(root) } else { None });
        versions.push(compiler.versions.get(&topic).copied().unwrap_or_default());
    }
    let mut errors = compiler.errors;
    errors.sort_by_key(|(topic, _)| *topic);
    let errors =
        errors.into_iter().map(|(topic, error)| TopicError { topic: topics.id(topic).into(), error });
    Compiled {
        builder: compiler.builder,
        roots,
        versions,
        errors: errors.collect(),
        built_on: compiler.built_on,
    }
}

/// The topics to choose from.
pub(super) trait Topics {
    /// The id of a topic.
    fn id(&self, topic: usize) -> &str;
    /// Its query.
    fn query(&self, topic: usize) -> &str;
    /// The topic with an id.
    fn find(&self, id: &str) -> Option<usize>;
    /// Some ids, to propose one for a mistyped one.
    fn some_ids(&self) -> Vec<&str>;
}

struct Compiler<'a> {
    topics: &'a dyn Topics,
    lists: HashMap<&'a str, &'a TermSource>,
    lowered_lists: HashMap<(&'a str, Option<Fields>), NodeRef>,
    busy_lists: Vec<&'a str>,
    states: HashMap<usize, State>,
    builder: Builder,
    errors: Vec<(usize, QueryError)>,
    versions: HashMap<usize, Version>,
    /// One for every topic being lowered: what its version depends on, and how many levels it builds on.
    scopes: Vec<Scope>,
    built_on: Vec<(usize, usize)>,
}

#[derive(Default)]
struct Scope {
    topic: usize,
    parts: Vec<String>,
    levels: u32,
}

type Lowered = Result<NodeRef, QueryError>;

impl<'a> Compiler<'a> {
    /// Lowers a topic, or says how it went before.
    fn topic(&mut self, topic: usize) -> State {
        if let Some(state) = self.states.get(&topic) {
            if let State::Done(root, _) = *state {
                self.builder.share(root);
            }
            return *state;
        }
        self.states.insert(topic, State::Busy);
        self.scopes.push(Scope { topic, ..Scope::default() });
        let query = self.topics.query(topic);
        let lowered = match parse(query) {
            Ok(parsed) => self.lower(&parsed.root, None).map_err(|error| vec![error]),
            Err(errors) => Err(errors),
        };
        let scope = self.scopes.pop().unwrap_or_default();
        self.versions.insert(topic, version(query, &scope.parts));
        let state = match lowered {
            Ok(root) => State::Done(root, scope.levels),
            Err(errors) => {
                self.errors.extend(errors.into_iter().map(|error| (topic, error)));
                State::Failed
            }
        };
        self.states.insert(topic, state);
        state
    }

    fn lower(&mut self, expr: &Expr, fields: Option<Fields>) -> Lowered {
        let text = fields.unwrap_or(Fields::TEXT);
        match &expr.kind {
            Kind::Term(term) => Ok(self.builder.term(term, text)),
            Kind::Regex { pattern, ignore_case } => {
                let compile = || compile_regex(pattern, *ignore_case);
                let pieces = required(pattern, *ignore_case);
                let lowered = self.builder.regex((pattern, *ignore_case), pieces, text, compile);
                lowered.map_err(|message| QueryError::new(expr.span.clone(), message))
            }
            Kind::List(name) => self.list(name, expr, fields),
            Kind::Topic(id) => self.other_topic(id, expr),
            Kind::And(parts) => {
                let parts = self.all(parts, fields)?;
                self.and(parts, expr)
            }
            Kind::Or(parts) => self.all(parts, fields).map(|parts| self.builder.or(parts)),
            Kind::Not(part) => self.lower(part, fields).map(|part| self.builder.not(part)),
            Kind::Near(nearness, left, right) => {
                let (left, right) = (self.placed(left, fields)?, self.placed(right, fields)?);
                Ok(self.builder.near(*nearness, left, right))
            }
            Kind::Sentence(parts) => {
                let parts = self.all(parts, fields)?;
                let inside = self.and(parts, expr)?;
                if !self.builder.fits_sentence(inside) {
                    return Err(no_place(expr, "SENTENCE"));
                }
                Ok(self.builder.sentence(inside))
            }
            Kind::AtLeast(count, parts) => self.at_least(*count, parts, expr, fields),
            Kind::Score(threshold, parts) => {
                let mut weighted = Vec::with_capacity(parts.len());
                for (part, weight) in parts {
                    weighted.push((self.lower(part, fields)?, *weight));
                }
                Ok(self.builder.score(*threshold, &weighted))
            }
            Kind::In(inner, part) => {
                self.lower(part, Some(fields.map_or(*inner, |outer| Fields(outer.0 & inner.0))))
            }
        }
    }

    /// A side of a proximity: the terms of a list must have places there.
    fn placed(&mut self, side: &Expr, fields: Option<Fields>) -> Lowered {
        let lowered = self.lower(side, fields)?;
        if self.builder.has_places(lowered) { Ok(lowered) } else { Err(no_place(side, "proximity")) }
    }

    fn all(&mut self, parts: &[Expr], fields: Option<Fields>) -> Result<Vec<NodeRef>, QueryError> {
        parts.iter().map(|part| self.lower(part, fields)).collect()
    }

    fn and(&mut self, parts: Vec<NodeRef>, expr: &Expr) -> Lowered {
        self.builder.and(parts).map_err(|_| {
            QueryError::new(expr.span.clone(), "this can never match: one operand excludes another")
                .help("remove the NOT or the operand it repeats")
        })
    }

    fn at_least(&mut self, count: u32, parts: &[Expr], expr: &Expr, fields: Option<Fields>) -> Lowered {
        let parts = match parts {
            [Expr { kind: Kind::List(name), .. }] => {
                let list = self.find_list(name, expr)?;
                self.list_terms(list, expr, fields)?
            }
            parts => self.all(parts, fields)?,
        };
        if count as usize > parts.len() {
            let message = format!("ATLEAST/{count} of {} terms can never match", parts.len());
            return Err(QueryError::new(expr.span.clone(), message));
        }
        Ok(self.builder.at_least(count, &parts))
    }

    fn list(&mut self, name: &str, expr: &Expr, fields: Option<Fields>) -> Lowered {
        let list = self.find_list(name, expr)?;
        if let Some(known) = self.lowered_lists.get(&(list.name.as_str(), fields)).copied() {
            self.builder.share(known);
            return Ok(known);
        }
        let parts = self.list_terms(list, expr, fields)?;
        let lowered = self.builder.or(parts);
        self.lowered_lists.insert((&list.name, fields), lowered);
        Ok(lowered)
    }

    fn find_list(&mut self, name: &str, expr: &Expr) -> Result<&'a TermSource, QueryError> {
        let Some(list) = self.lists.get(name).copied() else {
            let error = QueryError::new(expr.span.clone(), format!("there is no term list @{name}"));
            return Err(match nearest(name, self.lists.keys().copied()) {
                Some(known) => error.help(format!("did you mean @{known}?")),
                None => error.help(format!("add {name} = [\"…\"] under [terms]")),
            });
        };
        self.depend(|| format!("@{name}={}", list.terms.join("\u{0}")));
        Ok(list)
    }

    fn depend(&mut self, part: impl FnOnce() -> String) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.parts.push(part());
        }
    }

    /// The terms of a list, one node each.
    fn list_terms(
        &mut self,
        list: &'a TermSource,
        expr: &Expr,
        fields: Option<Fields>,
    ) -> Result<Vec<NodeRef>, QueryError> {
        let at = |message: String| QueryError::new(expr.span.clone(), message);
        if self.busy_lists.contains(&list.name.as_str()) || self.busy_lists.len() > MAX_LIST_LEVELS {
            return Err(at(format!(
                "list @{} names itself, through {}",
                list.name,
                self.busy_lists.join(", ")
            )));
        }
        if list.terms.is_empty() {
            return Err(at(format!("list @{} is empty", list.name)));
        }
        self.busy_lists.push(&list.name);
        let lowered = list.terms.iter().enumerate().map(|(nth, term)| {
            let fault =
                |error: QueryError| at(format!("list @{}, term {} `{term}`: {error}", list.name, nth + 1));
            let parsed = tree(term).map_err(fault)?;
            placed_term(&parsed).map_err(fault)?;
            self.lower(&parsed, fields).map_err(fault)
        });
        let lowered = lowered.collect();
        self.busy_lists.pop();
        lowered
    }

    fn other_topic(&mut self, id: &str, expr: &Expr) -> Lowered {
        let at = |message: String| QueryError::new(expr.span.clone(), message);
        let Some(other) = self.topics.find(id) else {
            let error = at(format!("there is no topic {id}"));
            return Err(match nearest(id, self.topics.some_ids()) {
                Some(known) => error.help(format!("did you mean topic:{known}?")),
                None => error,
            });
        };
        if self.scopes.len() > 2 * MAX_LEVELS as usize {
            return Err(at(too_many_levels()));
        }
        self.built_on.extend(self.scopes.last().map(|scope| (other, scope.topic)));
        match self.topic(other) {
            State::Done(root, levels) => {
                let version = self.versions.get(&other).copied().unwrap_or_default();
                self.depend(|| format!("topic:{id}={}", String::from_utf8_lossy(&version)));
                self.level(levels + 1).map_err(at)?;
                Ok(root)
            }
            State::Failed => Err(at(format!("topic {id} has an error of its own"))),
            State::Busy if self.scopes.last().is_some_and(|scope| scope.topic == other) => {
                Err(at("this topic builds on itself".to_owned()))
            }
            State::Busy => Err(at(format!("topic {id} builds on this one: a circle"))),
        }
    }

    fn level(&mut self, levels: u32) -> Result<(), String> {
        if let Some(scope) = self.scopes.last_mut() {
            scope.levels = scope.levels.max(levels);
        }
        if levels > MAX_LEVELS { Err(too_many_levels()) } else { Ok(()) }
    }
}

fn no_place(expr: &Expr, operator: &str) -> QueryError {
    let message = format!("a term of this list has no place in the text that {operator} could use");
    QueryError::new(expr.span.clone(), message).help("lists of words and phrases can stand here")
}

fn too_many_levels() -> String {
    format!("more than {MAX_LEVELS} topics build on each other in a row")
}

/// A term of a list says what is found; what must not be found belongs into the topic.
fn placed_term(term: &Expr) -> Result<(), QueryError> {
    let mistakes = super::query::mistakes_of(term);
    mistakes.into_iter().next().map_or(Ok(()), Err)
}

fn version(query: &str, parts: &[String]) -> Version {
    let mut hash = Sha256::new();
    hash.update(query.as_bytes());
    for part in parts {
        hash.update([0]);
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut hex = Version::default();
    for (pair, byte) in hex.chunks_exact_mut(2).zip(digest.iter()) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    hex
}
