//! The tree for people: every node with its truth, what it found, and, for a miss, how near it came.

use super::Explanation;
use super::witness::{PER_TERM, Scope, Witness};
use crate::desk::topic::query::{Expr, Kind, Nearness, Term, WordTest};
use crate::desk::topic::spans::{STRIDE, Span};

impl Witness<'_, '_> {
    /// The tree of a node.
    pub(super) fn tree(&mut self, expr: &Expr, scope: Scope<'_>) -> Explanation {
        let truth = self.truth(expr, scope);
        let mut told = Explanation {
            clause: scope.clause(expr).to_owned(),
            truth,
            note: None,
            found: Vec::new(),
            parts: Vec::new(),
        };
        match &expr.kind {
            Kind::Term(_) => {
                let spans = self.spans(expr, scope);
                told.found = spans.into_iter().take(PER_TERM).map(|span| self.finding(span)).collect();
                told.note = (!truth).then(|| self.nearest_term(expr, scope)).flatten();
            }
            Kind::Regex { .. } => told.found = self.regex(expr, scope),
            Kind::And(parts) | Kind::Or(parts) => told.parts = self.trees(parts, scope),
            Kind::Sentence(parts) => {
                told.parts = self.trees(parts, scope);
                let apart = !truth && told.parts.iter().all(|part| part.truth);
                told.note = apart.then(|| "all of them are there, but never in one sentence".to_owned());
            }
            Kind::Not(part) => told.parts = vec![self.tree(part, scope)],
            Kind::In(fields, part) => {
                told.parts = vec![self.tree(part, scope.inside(*fields))];
                let elsewhere = !truth && self.truth(part, scope.anywhere());
                told.note = elsewhere.then(|| "found, but in another field".to_owned());
            }
            Kind::Near(nearness, left, right) => {
                told.parts = vec![self.tree(left, scope), self.tree(right, scope)];
                told.note = self.distance(*nearness, left, right, scope);
            }
            Kind::AtLeast(count, parts) => {
                told.note = Some(format!("{} found, {count} needed", self.count(parts, scope)));
                told.parts = self.trees(parts, scope);
            }
            Kind::Score(threshold, parts) => {
                told.note = Some(format!("score {} of {threshold}", self.score(parts, scope)));
                for (part, weight) in parts {
                    let mut part = self.tree(part, scope);
                    part.note = Some(format!("weight {weight}"));
                    told.parts.push(part);
                }
            }
            Kind::List(name) => self.list_tree(name, scope, &mut told),
            Kind::Topic(id) => {
                let query = self.watchlist.find(id).and_then(|topic| self.query(topic));
                let inner = query.map(|query| self.tree(&query.root, Scope::of(&query)));
                told.parts.extend(inner);
            }
        }
        told
    }

    fn trees(&mut self, parts: &[Expr], scope: Scope<'_>) -> Vec<Explanation> {
        parts.iter().map(|part| self.tree(part, scope)).collect()
    }

    fn list_tree(&mut self, name: &str, scope: Scope<'_>, told: &mut Explanation) {
        let list = self.list(name);
        for term in list.iter() {
            let inner = scope.within(term);
            if self.truth(&term.root, inner) {
                told.parts.push(self.tree(&term.root, inner));
            }
        }
        told.note = Some(format!("{} of {} terms found", told.parts.len(), list.len()));
    }

    /// For a phrase that is not there: which of its words are.
    fn nearest_term(&self, expr: &Expr, scope: Scope<'_>) -> Option<String> {
        let Kind::Term(term) = &expr.kind else { return None };
        if let [WordTest::Exactly { folded, .. }] = term.words.as_slice() {
            let other = Term { words: vec![WordTest::Is(folded.clone())], slop: None };
            let span = *self.reading.term(&other, scope.fields()).first()?;
            return Some(format!("found in another spelling: {}", self.finding(span).text));
        }
        if term.words.len() < 2 {
            return None;
        }
        let single = |test: &WordTest| Term { words: vec![test.clone()], slop: None };
        let tests = term.words.iter().filter(|test| **test != WordTest::Any);
        let (there, missing): (Vec<_>, Vec<_>) =
            tests.partition(|test| !self.reading.term(&single(test), scope.fields()).is_empty());
        match (there.len(), missing.len()) {
            (0, _) => None,
            (_, 0) => Some("all its words are there, but not next to each other".to_owned()),
            (there, missing) => Some(format!("{there} of its {} words are there", there + missing)),
        }
    }

    /// For a proximity: how far apart its sides are at their nearest.
    fn distance(
        &mut self,
        nearness: Nearness,
        left: &Expr,
        right: &Expr,
        scope: Scope<'_>,
    ) -> Option<String> {
        let (left, right) = (self.spans(left, scope), self.spans(right, scope));
        if left.is_empty() || right.is_empty() {
            return None;
        }
        let nearest = left.iter().filter_map(|a| {
            let at = right.partition_point(|b| b.first < a.first);
            let beside = [at.checked_sub(1), Some(at)].into_iter().flatten().filter_map(|at| right.get(at));
            beside.filter_map(|b| gap(nearness, a, b)).min()
        });
        let plural = |words: u32| if words == 1 { "word" } else { "words" };
        nearest.min().map(|words| format!("nearest: {words} {} apart", plural(words)))
    }
}

/// Words between two spans as the operator counts them; `None` in the wrong order or in different fields.
fn gap(nearness: Nearness, a: &Span, b: &Span) -> Option<u32> {
    let gap = if a.last < b.first {
        b.first - a.last
    } else if matches!(nearness, Nearness::Before(_)) {
        return None;
    } else {
        a.first.saturating_sub(b.last)
    };
    (gap < STRIDE).then_some(gap)
}
