//! The evidence of a hit: what speaks for it, and the score it reached.

use super::Finding;
use super::witness::{PER_TERM, Scope, Witness};
use crate::desk::topic::MAX_EVIDENCE;
use crate::desk::topic::query::{Expr, Kind, Nearness};
use crate::desk::topic::spans::Span;
use crate::model::Evidence;

impl Witness<'_, '_> {
    /// Score and evidence of a topic that hits.
    pub(in crate::desk::topic) fn testify(&mut self, topic: usize) -> (f64, Vec<Evidence>) {
        let Some(query) = self.query(topic) else { return (1.0, Vec::new()) };
        let scope = Scope::of(&query);
        let mut gathered = Gathered::default();
        gathered.topics.push(topic);
        self.gather(&query.root, scope, None, &mut gathered);
        gathered.evidence.sort();
        gathered.evidence.dedup();
        gathered.evidence.truncate(MAX_EVIDENCE);
        (gathered.score.unwrap_or(1.0), gathered.evidence)
    }

    /// Gathers what speaks for a true node; `within` limits it to spans that took part in a proximity.
    fn gather(&mut self, expr: &Expr, scope: Scope<'_>, within: Option<&[Span]>, out: &mut Gathered) {
        match &expr.kind {
            Kind::Term(_) => {
                let spans = limit(self.spans(expr, scope), within);
                let found = spans.into_iter().take(PER_TERM).map(|span| self.finding(span));
                out.evidence.extend(found.map(|found| found.evidence(scope.clause(expr))));
            }
            Kind::Regex { .. } => {
                out.evidence.extend(
                    self.regex(expr, scope).into_iter().map(|found| found.evidence(scope.clause(expr))),
                );
            }
            Kind::And(parts) | Kind::Or(parts) | Kind::AtLeast(_, parts) => {
                parts.iter().for_each(|part| self.gather_if_true(part, scope, within, out));
            }
            Kind::Score(_, parts) => {
                let score = self.score(parts, scope);
                out.score = Some(out.score.map_or(score, |other| other.max(score)));
                let positive = parts.iter().filter(|(_, weight)| *weight > 0.0);
                positive.for_each(|(part, _)| self.gather_if_true(part, scope, within, out));
            }
            Kind::Not(_) => {}
            Kind::In(fields, part) => self.gather(part, scope.inside(*fields), within, out),
            Kind::Near(nearness, left, right) => {
                let spans = limit(self.spans(expr, scope), within);
                self.gather(left, scope, Some(&spans), out);
                if !matches!(nearness, Nearness::NotNear(_)) {
                    self.gather(right, scope, Some(&spans), out);
                }
            }
            Kind::Sentence(parts) => self.gather_sentences(parts, scope, out),
            Kind::List(name) => {
                let list = self.list(name);
                let fields = scope.fields;
                if !self.list_truth(name, scope) {
                    return;
                }
                list.iter().for_each(|term| {
                    self.gather_if_true(&term.root, Scope { text: &term.text, fields }, within, out);
                });
            }
            Kind::Topic(id) => self.gather_topic(id, out),
        }
    }

    fn gather_if_true(&mut self, part: &Expr, scope: Scope<'_>, within: Option<&[Span]>, out: &mut Gathered) {
        // these gather nothing when they are not true
        let simple = matches!(
            part.kind,
            Kind::Term(_) | Kind::List(_) | Kind::Near(..) | Kind::Or(_) | Kind::Regex { .. }
        );
        if out.evidence.len() < 4 * MAX_EVIDENCE && (simple || self.truth(part, scope)) {
            self.gather(part, scope, within, out);
        }
    }

    fn gather_sentences(&mut self, parts: &[Expr], scope: Scope<'_>, out: &mut Gathered) {
        let numbers = self.true_sentences(parts, scope);
        let sentences = self.sentences.as_deref().unwrap_or_default();
        let spans: Vec<Span> =
            numbers.iter().filter_map(|number| self.reading.span_of_sentence(sentences, *number)).collect();
        parts.iter().for_each(|part| self.gather(part, scope, Some(&spans), out));
    }

    fn gather_topic(&mut self, id: &str, out: &mut Gathered) {
        let Some(topic) = self.watchlist.find(id).filter(|topic| !out.topics.contains(topic)) else { return };
        out.topics.push(topic);
        if let Some(query) = self.query(topic) {
            self.gather(&query.root, Scope::of(&query), None, out);
        }
    }
}

/// Evidence being gathered.
#[derive(Default)]
struct Gathered {
    evidence: Vec<Evidence>,
    score: Option<f64>,
    /// Topics already told, so that none is told twice.
    topics: Vec<usize>,
}

impl Finding {
    fn evidence(self, term: &str) -> Evidence {
        let Finding { field, start, end, text } = self;
        Evidence { field, start, end, text, term: term.to_owned() }
    }
}

/// The spans that lie inside one of the others (both tidy).
fn limit(spans: Vec<Span>, within: Option<&[Span]>) -> Vec<Span> {
    let Some(within) = within else { return spans };
    let mut furthest: Vec<u32> = Vec::with_capacity(within.len());
    for span in within {
        furthest.push(furthest.last().map_or(span.last, |last| span.last.max(*last)));
    }
    let inside = |span: &Span| {
        let starting = within.partition_point(|outer| outer.first <= span.first);
        starting > 0 && furthest[starting - 1] >= span.last
    };
    spans.into_iter().filter(inside).collect()
}
