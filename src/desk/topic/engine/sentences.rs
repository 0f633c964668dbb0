//! SENTENCE: in which sentences nodes are true, one bit for each sentence of the document.
//!
//! Sentences are told apart only when some text has everything that a SENTENCE asks for.

use super::super::query::Fields;
use super::eval::Eval;
use super::layout::Any;
use super::look::text_of;
use super::nodes::{Node, Ref, Tag};
use super::pool::List;
use crate::text::ends_sentence;

impl Eval<'_> {
    /// Whether a node is true in any sentence.
    pub(super) fn in_sentence(&mut self, at: Ref) -> bool {
        if !self.is_possible(at) {
            return false;
        }
        self.mark_sentences();
        let set = self.sentences(at);
        let found = self.memo.sets.get(set).iter().any(|bits| *bits != 0);
        self.memo.sets.done(set);
        found
    }

    /// The sentences in which a node is true.
    fn sentences(&mut self, at: Ref) -> List {
        let shared = self.compound(at).filter(|node| node.shared).map(|_| at);
        if let Some(known) = shared.and_then(|at| self.memo.sets.known(at)) {
            return known;
        }
        let (list, mut set) = self.memo.sets.take();
        set.resize(self.sentence_count().div_ceil(64), 0);
        self.mark(at, &mut set);
        self.memo.sets.put(list, set, shared)
    }

    /// Adds the sentences in which a node is true.
    fn mark(&mut self, at: Ref, set: &mut [u64]) {
        let Some(node) = self.compound(at) else { return self.mark_words(&[at.0], Fields::TEXT, set) };
        match node.tag {
            Tag::And => self.mark_all(node.operands, set),
            Tag::Any => {
                let any = Any::of(node.operands);
                self.mark_words(any.symbols, Fields::TEXT, set);
                self.look.awake(any).for_each(|part| self.mark_part(part, set));
            }
            Tag::Not => {
                let inner = self.sentences(Ref(node.operands[0]));
                self.add_missing(inner, set);
                self.memo.sets.done(inner);
            }
            Tag::AnyWord => self.mark_words(node.operands, node.fields, set),
            Tag::Near | Tag::Before | Tag::NotNear => self.mark_spans(at, set),
            _ => {
                let (look, sentences) = (self.look, &self.memo.sentences);
                look.each(&node, &mut self.memo.shifted, |(first, last)| {
                    mark_whole(sentences, first, last, set);
                    false
                });
            }
        }
    }

    fn mark_words(&self, words: &[u32], fields: Fields, set: &mut [u64]) {
        let sentences = &self.memo.sentences;
        self.look.each_word(words, fields, &mut |index| {
            mark_whole(sentences, index, index, set);
            false
        });
    }

    /// An operand of an OR: what is worked out apart is added, what finds words adds them itself.
    fn mark_part(&mut self, at: Ref, set: &mut [u64]) {
        let apart = |node: &Node<'_>| node.shared || matches!(node.tag, Tag::And | Tag::Not);
        if !self.compound(at).is_some_and(|node| apart(&node)) {
            return self.mark(at, set);
        }
        let part = self.sentences(at);
        set.iter_mut().zip(self.memo.sets.get(part)).for_each(|(all, part)| *all |= part);
        self.memo.sets.done(part);
    }

    /// Adds the sentences that all operands have; stops when none is left.
    fn mark_all(&mut self, operands: &[u32], set: &mut [u64]) {
        let (list, mut all) = self.memo.sets.take();
        all.resize(set.len(), u64::MAX);
        for part in operands {
            let part = self.sentences(Ref(*part));
            all.iter_mut().zip(self.memo.sets.get(part)).for_each(|(all, part)| *all &= part);
            self.memo.sets.done(part);
            if all.iter().all(|bits| *bits == 0) {
                break;
            }
        }
        set.iter_mut().zip(&all).for_each(|(set, all)| *set |= all);
        let list = self.memo.sets.put(list, all, None);
        self.memo.sets.done(list);
    }

    /// Adds the sentences that are not in the list.
    fn add_missing(&self, list: List, set: &mut [u64]) {
        let count = self.sentence_count();
        for ((nth, all), there) in set.iter_mut().enumerate().zip(self.memo.sets.get(list)) {
            let bits = (count - 64 * nth).min(64);
            *all |= !there & (u64::MAX >> (64 - bits));
        }
    }

    fn mark_spans(&mut self, at: Ref, set: &mut [u64]) {
        let found = self.spans(at);
        for span in self.memo.spans.get(found) {
            let [first, last] = [span.first, span.last].map(|place| self.look.scan.index_of(place));
            mark_whole(&self.memo.sentences, first, last, set);
        }
        self.memo.spans.done(found);
    }

    fn sentence_count(&self) -> usize {
        self.memo.sentences.last().map_or(0, |last| *last as usize + 1)
    }

    /// Numbers the sentences of all texts.
    fn mark_sentences(&mut self) {
        let sentences = &mut self.memo.sentences;
        if !sentences.is_empty() {
            return;
        }
        let (mut sentence, scan) = (0, self.look.scan);
        for segment in &scan.segments {
            let text = text_of(self.look.document, segment.field, segment.nth);
            let part = |from: u32, to: u32| text.get(from as usize..to as usize).unwrap_or_default();
            let words = &scan.offsets[segment.start as usize..segment.end as usize];
            sentences.extend(words.first().map(|_| sentence));
            for pair in words.windows(2) {
                let (before, now) = (pair[0], pair[1]);
                let ends = ends_sentence(part(before.0, before.1), part(before.1, now.0), part(now.0, now.1));
                sentence += u32::from(ends);
                sentences.push(sentence);
            }
            sentence += u32::from(!words.is_empty());
        }
    }
}

/// Marks the sentence that holds both indexes, if one does.
fn mark_whole(sentences: &[u32], first: u32, last: u32, set: &mut [u64]) {
    let sentence = sentences[first as usize];
    if first == last || sentences[last as usize] == sentence {
        set[sentence as usize / 64] |= 1 << (sentence % 64);
    }
}
