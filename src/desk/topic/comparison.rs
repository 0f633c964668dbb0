//! Two versions of topics side by side: a text is read once for both, what they have in common is evaluated once, and a
//! topic that did not change is asked once.

use super::compile::{Compiled, compile_into};
use super::engine::{Builder, Engine, Run};
use super::watchlist::Shelf;
use super::{Document, TermSource, TopicSource};
use crate::model::TopicId;

/// Topics and the lists they name.
#[derive(Clone, Copy, Debug)]
pub struct Edition<'a> {
    /// The topics.
    pub topics: &'a [TopicSource],
    /// The term lists.
    pub terms: &'a [TermSource],
}

/// Both versions of the topics asked for, in one machine.
#[derive(Debug)]
pub struct Comparison {
    engine: Engine,
    /// For each topic of the machine: which one asked for, and which version of it.
    meaning: Vec<(usize, Side)>,
}

/// Which version a topic of the machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    New,
    Old,
    /// It did not change.
    Both,
}

/// What became of one topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Which of the topics asked for.
    pub topic: usize,
    /// The new version matches.
    pub new: bool,
    /// The old version matches.
    pub old: bool,
}

impl Comparison {
    /// Compiles both versions of the topics named in `wanted`. A topic that is missing on one side, or broken there,
    /// never matches there.
    pub fn compile(new: Edition<'_>, old: Edition<'_>, wanted: &[&TopicId]) -> Comparison {
        let (shelves, meaning) = ([Shelf::new(new.topics), Shelf::new(old.topics)], Vec::new());
        let mut draft = Draft { builder: Builder::default(), roots: Vec::new(), meaning };
        let [ours, theirs] = [0, 1].map(|side: usize| -> Vec<(usize, usize)> {
            let find = |(nth, id): (usize, &&TopicId)| Some((nth, shelves[side].find(id.as_str())?));
            wanted.iter().enumerate().filter_map(find).collect()
        });
        let versions = draft.add(&shelves[0], new.terms, &ours, Side::New);
        let kept = draft.roots.len();
        let older = draft.add(&shelves[1], old.terms, &theirs, Side::Old);
        draft.join_equal(kept, &versions, &older);
        Comparison { engine: draft.builder.finish(draft.roots), meaning: draft.meaning }
    }

    /// How many topics the machine has to ask: an unchanged one counts once.
    pub fn asked(&self) -> usize {
        self.meaning.len()
    }

    /// Something that asks: one for each thread.
    pub fn matcher(&self) -> ComparisonMatcher<'_> {
        ComparisonMatcher { comparison: self, run: Run::default(), hits: Vec::new() }
    }
}

struct Draft {
    builder: Builder,
    roots: Vec<Option<super::engine::NodeRef>>,
    meaning: Vec<(usize, Side)>,
}

impl Draft {
    /// Adds topics of one side; returns the version of each that can be used, by what was asked for.
    fn add(
        &mut self,
        shelf: &Shelf,
        terms: &[TermSource],
        topics: &[(usize, usize)],
        side: Side,
    ) -> Vec<(usize, super::compile::Version)> {
        let builder = std::mem::take(&mut self.builder);
        let Compiled { builder, roots, versions, .. } =
            compile_into(builder, shelf, terms, topics.iter().map(|(_, topic)| *topic));
        self.builder = builder;
        let usable = topics.iter().zip(versions).zip(&roots).filter(|(_, root)| root.is_some());
        let versions = usable.map(|(((nth, _), version), _)| (*nth, version)).collect();
        self.roots.extend(roots);
        self.meaning.extend(topics.iter().map(|(nth, _)| (*nth, side)));
        versions
    }

    /// Topics of the old side that are the same in the new one are not asked a second time.
    fn join_equal(
        &mut self,
        kept: usize,
        new: &[(usize, super::compile::Version)],
        old: &[(usize, super::compile::Version)],
    ) {
        let same = |nth: usize| old.iter().any(|old| old.0 == nth && new.contains(old));
        for (nth, side) in self.meaning[..kept].iter_mut().filter(|(nth, _)| same(*nth)) {
            debug_assert!(*side == Side::New && same(*nth));
            *side = Side::Both;
        }
        let mut at = 0;
        let keep: Vec<bool> =
            self.meaning.iter().map(|(nth, side)| *side != Side::Old || !same(*nth)).collect();
        self.roots.retain(|_| {
            at += 1;
            keep[at - 1]
        });
        self.meaning.retain(|(nth, side)| *side != Side::Old || !same(*nth));
    }
}

/// Asks a comparison about documents, one after another.
#[derive(Debug)]
pub struct ComparisonMatcher<'c> {
    comparison: &'c Comparison,
    run: Run,
    hits: Vec<u32>,
}

impl ComparisonMatcher<'_> {
    /// Replaces the contents of `out` with the topics of which at least one version matches, in the order asked for.
    pub fn judge(&mut self, document: &Document<'_>, out: &mut Vec<Compared>) {
        self.hits.clear();
        self.comparison.engine.judge(&mut self.run, document, &mut self.hits);
        out.clear();
        for hit in &self.hits {
            let (topic, side) = self.comparison.meaning[*hit as usize];
            let at = out.iter().position(|compared| compared.topic == topic).unwrap_or_else(|| {
                out.push(Compared { topic, ..Compared::default() });
                out.len() - 1
            });
            out[at].new |= side != Side::Old;
            out[at].old |= side != Side::New;
        }
        out.sort_unstable_by_key(|compared| compared.topic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(topics: &[(&str, &str)]) -> Vec<TopicSource> {
        topics
            .iter()
            .map(|(id, query)| TopicSource { id: (*id).into(), query: (*query).to_owned() })
            .collect()
    }

    #[test]
    fn each_version_is_asked_and_what_did_not_change_once() {
        let list = |terms: &[&str]| TermSource {
            name: "chips".to_owned(),
            terms: terms.iter().map(|term| (*term).to_owned()).collect(),
        };
        let new =
            sources(&[("same", "a"), ("changed", "b OR c"), ("list", "@chips"), ("new", "a"), ("bad", "d")]);
        let old =
            sources(&[("same", "a"), ("changed", "b"), ("list", "@chips"), ("other", "c"), ("bad", "(")]);
        let (terms, older) = ([list(&["chip", "wafer"])], [list(&["chip"])]);
        let wanted = ["same", "changed", "list", "new", "bad"].map(TopicId::from);
        let comparison = Comparison::compile(
            Edition { topics: &new, terms: &terms },
            Edition { topics: &old, terms: &older },
            &wanted.iter().collect::<Vec<_>>(),
        );
        assert_eq!(comparison.asked(), 8);
        let mut matcher = comparison.matcher();
        let mut told = |body: &str| {
            let mut out = Vec::new();
            matcher.judge(&Document { body, ..Document::default() }, &mut out);
            out.into_iter().map(|found| (found.topic, found.new, found.old)).collect::<Vec<_>>()
        };
        assert_eq!(told("a"), [(0, true, true), (3, true, false)]);
        assert_eq!(told("c"), [(1, true, false)]);
        assert_eq!(told("b wafer"), [(1, true, true), (2, true, false)]);
        assert_eq!(told("chip d"), [(2, true, true), (4, true, false)]);
    }
}
