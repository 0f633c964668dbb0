//! Where nodes are found: spans for proximity, sentences for SENTENCE.

use super::super::query::{Fields, Nearness};
use super::super::spans::{STRIDE, Span, relate, sloppy, tidy};
use super::eval::{Eval, text_of};
use super::nodes::{Node, Place, Ref, Tag};
use crate::text::ends_sentence;

impl Eval<'_> {
    /// Everything a node finds, tidy. Only for nodes that have places.
    pub(super) fn spans(&mut self, at: Ref) -> Vec<Span> {
        let engine = self.engine;
        if let Some(sym) = at.as_symbol() {
            return self.word_spans(Place::symbol(sym), Fields::TEXT);
        }
        let node = engine.code.get(at);
        match node.tag {
            Tag::Word => self.word_spans(Place(node.operands[0]), node.fields),
            Tag::Phrase | Tag::Pair => self.phrase_spans(node.operands, node.fields),
            Tag::Sloppy => {
                let mut found = Vec::new();
                self.each_sloppy(&node, |span| {
                    found.push(span);
                    false
                });
                tidy(found)
            }
            Tag::Or => tidy(node.operands.iter().flat_map(|part| self.spans(Ref(*part))).collect()),
            Tag::Near | Tag::Before | Tag::NotNear => self.related(&node),
            Tag::Regex | Tag::And | Tag::Not | Tag::Sentence | Tag::AtLeast | Tag::Score => Vec::new(),
        }
    }

    fn related(&mut self, node: &Node<'_>) -> Vec<Span> {
        let reach = node.operands[0];
        let nearness = match node.tag {
            Tag::Near => Nearness::Near(reach),
            Tag::Before => Nearness::Before(reach),
            _ => Nearness::NotNear(reach),
        };
        let left = self.spans(Ref(node.operands[1]));
        if left.is_empty() {
            return left;
        }
        let right = self.spans(Ref(node.operands[2]));
        relate(nearness, &left, &right)
    }

    fn word_spans(&self, place: Place, fields: Fields) -> Vec<Span> {
        let mut found = Vec::new();
        self.somewhere(place, fields, &mut |index| {
            found.push(self.span(index, index));
            false
        });
        tidy(found)
    }

    fn phrase_spans(&self, places: &[u32], fields: Fields) -> Vec<Span> {
        let mut found = Vec::new();
        let Some(rarest) = self.rarest(places, fields) else { return found };
        self.somewhere(Place(places[rarest]), fields, &mut |index| {
            if self.phrase_at(places, rarest, index) {
                let first = index - rarest as u32;
                found.push(self.span(first, first + places.len() as u32 - 1));
            }
            false
        });
        tidy(found)
    }

    pub(super) fn sloppy(&mut self, node: &Node<'_>) -> bool {
        self.each_sloppy(node, |_| true)
    }

    /// Spans of a phrase with slack until `sink` says yes.
    fn each_sloppy(&mut self, node: &Node<'_>, sink: impl FnMut(Span) -> bool) -> bool {
        let places = &node.operands[1..];
        if self.rarest(places, node.fields).is_none() {
            return false;
        }
        let mut shifted = std::mem::take(&mut self.memo.shifted);
        shifted.clear();
        for (nth, place) in places.iter().enumerate() {
            self.somewhere(Place(*place), node.fields, &mut |index| {
                shifted.push((i64::from(self.span(index, index).first) - nth as i64, nth as u32));
                false
            });
        }
        shifted.sort_unstable();
        let found = sloppy(&shifted, places.len(), node.operands[0], sink);
        self.memo.shifted = shifted;
        found
    }

    fn span(&self, first: u32, last: u32) -> Span {
        let shift = self.scan.segment(first) as u32 * STRIDE;
        Span { first: first + shift, last: last + shift }
    }

    /// The index of a place.
    fn index(&self, place: u32) -> u32 {
        let mut shift = 0;
        for (nth, segment) in self.scan.segments.iter().enumerate() {
            let shifted = nth as u32 * STRIDE;
            if place >= segment.start + shifted {
                shift = shifted;
            }
        }
        place - shift
    }

    /// The sentences in which a node is true, ascending. Sentences are numbered through the document.
    pub(super) fn sentences(&mut self, at: Ref) -> Vec<u32> {
        self.mark_sentences();
        self.true_sentences(at)
    }

    fn true_sentences(&mut self, at: Ref) -> Vec<u32> {
        let engine = self.engine;
        let node = match at.as_symbol() {
            Some(_) => None,
            None => Some(engine.code.get(at)),
        };
        match node {
            Some(Node { tag: Tag::And, operands, .. }) => self.common_sentences(operands),
            Some(Node { tag: Tag::Or, operands, .. }) => {
                let mut all: Vec<u32> =
                    operands.iter().flat_map(|part| self.true_sentences(Ref(*part))).collect();
                all.sort_unstable();
                all.dedup();
                all
            }
            Some(Node { tag: Tag::Not, operands, .. }) => {
                let not = self.true_sentences(Ref(operands[0]));
                (0..self.sentence_count()).filter(|sentence| not.binary_search(sentence).is_err()).collect()
            }
            _ => self.span_sentences(at),
        }
    }

    fn common_sentences(&mut self, operands: &[u32]) -> Vec<u32> {
        let mut parts = operands.iter();
        let Some(first) = parts.next() else { return Vec::new() };
        let mut common = self.true_sentences(Ref(*first));
        for part in parts {
            if common.is_empty() {
                break;
            }
            let others = self.true_sentences(Ref(*part));
            common.retain(|sentence| others.binary_search(sentence).is_ok());
        }
        common
    }

    /// Sentences that hold a whole span of the node.
    fn span_sentences(&mut self, at: Ref) -> Vec<u32> {
        let spans = self.spans(at);
        let sentence = |place: u32| self.memo.sentences[self.index(place) as usize];
        let whole = spans.iter().map(|span| (sentence(span.first), sentence(span.last)));
        let mut found: Vec<u32> =
            whole.filter(|(first, last)| first == last).map(|(first, _)| first).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn sentence_count(&self) -> u32 {
        self.memo.sentences.last().map_or(0, |last| last + 1)
    }

    fn mark_sentences(&mut self) {
        if !self.memo.sentences.is_empty() {
            return;
        }
        let mut sentence = 0;
        for segment in &self.scan.segments {
            let text = text_of(self.document, segment.field, segment.nth);
            let word = |index: u32| {
                let (start, end) = self.scan.offsets[index as usize];
                (start as usize, end as usize)
            };
            for index in segment.start..segment.end {
                if index > segment.start {
                    let (before, now) = (word(index - 1), word(index));
                    let part = |from, to| text.get(from..to).unwrap_or_default();
                    let (word, between) = (part(before.0, before.1), part(before.1, now.0));
                    sentence += u32::from(ends_sentence(word, between, part(now.0, now.1)));
                }
                self.memo.sentences.push(sentence);
            }
            sentence += u32::from(segment.end > segment.start);
        }
    }
}
