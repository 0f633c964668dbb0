//! Proximity: where nodes are found, and whether that is near enough.
//!
//! In this order, so that most texts cost nothing: are both sides there at all; is what they find near each other; and
//! only for a proximity inside another one, what exactly it finds.

use super::super::query::{Fields, Nearness};
use super::super::spans::{Span, is_related, relate, tidy};
use super::eval::Eval;
use super::layout::Any;
use super::nodes::{Node, Ref, Tag};
use super::pool::List;

impl Eval<'_> {
    /// Whether a proximity finds anything.
    pub(super) fn is_near(&mut self, node: &Node<'_>) -> bool {
        let (left, right) = (Ref(node.operands[1]), Ref(node.operands[2]));
        if !self.is_possible(left) {
            return false;
        }
        if !self.is_possible(right) {
            return node.tag == Tag::NotNear && self.is_true(left);
        }
        let (left, right) = (self.spans(left), self.spans(right));
        let spans = &self.memo.spans;
        let found = is_related(nearness(node), spans.get(left), spans.get(right));
        self.memo.spans.done(left);
        self.memo.spans.done(right);
        found
    }

    /// Everything a node finds, tidy. Only for nodes that have places.
    pub(super) fn spans(&mut self, at: Ref) -> List {
        let shared = self.compound(at).filter(|node| node.shared).map(|_| at);
        if let Some(known) = shared.and_then(|at| self.memo.spans.known(at)) {
            return known;
        }
        let (list, mut found) = self.memo.spans.take();
        self.gather(at, &mut found);
        tidy(&mut found);
        self.memo.spans.put(list, found, shared)
    }

    /// Appends what a node finds, in no order.
    fn gather(&mut self, at: Ref, out: &mut Vec<Span>) {
        let look = self.look;
        let span = |first, last| Span { first: look.scan.place_of(first), last: look.scan.place_of(last) };
        let Some(node) = self.compound(at) else {
            look.each_symbol(at.symbol_bits(), Fields::TEXT, &mut |index| {
                out.push(span(index, index));
                false
            });
            return;
        };
        match node.tag {
            Tag::Any => self.gather_any(Any::of(node.operands), out),
            Tag::Near | Tag::Before | Tag::NotNear => self.gather_related(&node, out),
            _ => {
                look.each(&node, &mut self.memo.shifted, |(first, last)| {
                    out.push(span(first, last));
                    false
                });
            }
        }
    }

    fn gather_any(&mut self, any: Any<'_>, out: &mut Vec<Span>) {
        let look = self.look;
        look.each_word(any.symbols, Fields::TEXT, &mut |index| {
            let place = look.scan.place_of(index);
            out.push(Span { first: place, last: place });
            false
        });
        for part in look.awake(any) {
            if self.compound(part).is_some_and(|node| node.shared) {
                let found = self.spans(part);
                out.extend_from_slice(self.memo.spans.get(found));
                self.memo.spans.done(found);
            } else {
                self.gather(part, out);
            }
        }
    }

    fn gather_related(&mut self, node: &Node<'_>, out: &mut Vec<Span>) {
        let (left, right) = (Ref(node.operands[1]), Ref(node.operands[2]));
        if !self.is_possible(left) || node.tag != Tag::NotNear && !self.is_possible(right) {
            return;
        }
        let (left, right) = (self.spans(left), self.spans(right));
        let spans = &self.memo.spans;
        out.extend(relate(nearness(node), spans.get(left), spans.get(right)));
        self.memo.spans.done(left);
        self.memo.spans.done(right);
    }
}

fn nearness(node: &Node<'_>) -> Nearness {
    let reach = node.operands[0];
    match node.tag {
        Tag::Near => Nearness::Near(reach),
        Tag::Before => Nearness::Before(reach),
        _ => Nearness::NotNear(reach),
    }
}
