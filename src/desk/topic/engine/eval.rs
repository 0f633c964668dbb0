//! The truth of nodes for one document. A node that several others or several topics refer to is evaluated once.

use super::super::spans::Span;
use super::layout::Any;
use super::look::{Look, Shifted};
use super::nodes::{Node, Place, Ref, Tag};
use super::pool::Pool;

/// Values of shared nodes for the present document, and what is worked out at most once for it.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Epoch and value of every shared node: `2 * epoch + value`.
    values: Vec<u32>,
    epoch: u32,
    /// What nodes find, for proximity.
    pub(super) spans: Pool<Span>,
    /// The sentences in which nodes are true, a bit for each.
    pub(super) sets: Pool<u64>,
    /// Sentence of every index; worked out when first asked for.
    pub(super) sentences: Vec<u32>,
    /// Reused by phrases with slack.
    pub(super) shifted: Shifted,
}

impl Memo {
    pub(super) fn begin(&mut self, slots: usize) {
        if self.epoch >= u32::MAX / 2 || self.values.len() != slots {
            self.values.clear();
            self.values.resize(slots, 0);
            self.epoch = 0;
        }
        self.epoch += 1;
        self.sentences.clear();
        self.spans.begin();
        self.sets.begin();
    }
}

/// One document against one engine, with what is remembered of it.
pub(super) struct Eval<'a> {
    pub(super) look: Look<'a>,
    pub(super) memo: &'a mut Memo,
}

impl<'a> Eval<'a> {
    /// Whether a node is true of the document.
    #[inline]
    pub(super) fn is_true(&mut self, at: Ref) -> bool {
        match at.as_symbol() {
            Some(sym) => self.look.scan.has(sym),
            None => self.node(at),
        }
    }

    fn node(&mut self, at: Ref) -> bool {
        let engine = self.look.engine;
        let node = engine.code.get(at);
        if !node.shared {
            return self.value(&node);
        }
        let known = self.memo.values[node.slot as usize];
        if known >> 1 == self.memo.epoch {
            return known & 1 != 0;
        }
        let value = self.value(&node);
        self.memo.values[node.slot as usize] = self.memo.epoch << 1 | u32::from(value);
        value
    }

    /// The frequent kinds first and apart from the others, which need room on the stack.
    #[inline]
    fn value(&mut self, node: &Node<'_>) -> bool {
        if node.tag == Tag::Any {
            return self.any(Any::of(node.operands));
        }
        if node.tag == Tag::Pair {
            let (first, second) = (node.operands[0], node.operands[1]);
            let scan = self.look.scan;
            return scan.has(first) && scan.has(second) && scan.has_pair(first, second);
        }
        if node.tag == Tag::And {
            return node.operands.iter().all(|part| self.is_true(Ref(*part)));
        }
        self.other_value(node)
    }

    #[inline(never)]
    fn other_value(&mut self, node: &Node<'_>) -> bool {
        match node.tag {
            Tag::Any | Tag::Pair | Tag::And => self.value(node),
            Tag::Or => false,
            Tag::Not => !self.is_true(Ref(node.operands[0])),
            Tag::Word => self.look.word(Place(node.operands[0]), node.fields),
            Tag::AnyWord => self.look.any_word(node.operands, node.fields),
            Tag::Phrase => self.look.each_phrase(node.operands, node.fields, &mut |_| true),
            Tag::Sloppy => self.look.each(node, &mut self.memo.shifted, |_| true),
            Tag::Regex => self.regex(node),
            Tag::AtLeast => self.at_least(node.operands),
            Tag::Score => self.score(node.operands),
            Tag::Near | Tag::Before | Tag::NotNear => self.is_near(node),
            Tag::Sentence => self.in_sentence(Ref(node.operands[0])),
        }
    }

    /// Whether any operand is true.
    #[inline]
    fn any(&mut self, any: Any<'_>) -> bool {
        self.look.any_symbol(any.symbols) || self.look.awake(any).any(|part| self.is_true(part))
    }

    /// Whether a node could find something at some place or in some sentence: looks at no position, and its no is certain.
    pub(super) fn is_possible(&mut self, at: Ref) -> bool {
        let Some(node) = self.compound(at).filter(|node| !node.plain) else { return self.is_true(at) };
        let mut each = node.operands.iter().map(|part| Ref(*part));
        match node.tag {
            Tag::And => each.all(|part| self.is_possible(part)),
            Tag::Any => {
                let any = Any::of(node.operands);
                self.look.any_symbol(any.symbols) || self.look.awake(any).any(|part| self.is_possible(part))
            }
            Tag::Near | Tag::Before => each.skip(1).all(|part| self.is_possible(part)),
            Tag::NotNear => self.is_possible(Ref(node.operands[1])),
            Tag::Sloppy => self.look.rarest(&node.operands[1..], node.fields).is_some(),
            _ => true,
        }
    }

    /// The node of a reference that is no symbol.
    #[inline]
    pub(super) fn compound(&self, at: Ref) -> Option<Node<'a>> {
        let engine = self.look.engine;
        at.as_symbol().is_none().then(|| engine.code.get(at))
    }

    /// A regular expression is run only where the words are that its matches need.
    fn regex(&self, node: &Node<'_>) -> bool {
        let (regex, needed) = (node.operands[0], &node.operands[1..]);
        let possible = needed.is_empty() || self.look.scan.cut || self.look.any_word(needed, node.fields);
        possible && self.look.regex(regex, node.fields)
    }

    fn at_least(&mut self, operands: &[u32]) -> bool {
        let mut missing = operands[0];
        let mut left = operands.len() as u32 - 1;
        for part in &operands[1..] {
            if missing == 0 || left < missing {
                break;
            }
            missing -= u32::from(self.is_true(Ref(*part)));
            left -= 1;
        }
        missing == 0
    }

    fn score(&mut self, operands: &[u32]) -> bool {
        let threshold = number(&operands[..2]);
        let parts = operands[2..].chunks_exact(3);
        // summed in the order of the operands: sums of decimal fractions depend on it
        let sum: f64 =
            parts.map(|part| if self.is_true(Ref(part[0])) { number(&part[1..]) } else { 0.0 }).sum();
        sum >= threshold
    }
}

/// A number kept in two halves.
pub(super) fn number(halves: &[u32]) -> f64 {
    f64::from_bits(u64::from(halves[0]) | u64::from(halves[1]) << 32)
}

/// The halves of a number.
pub(super) fn halves(number: f64) -> [u32; 2] {
    let bits = number.to_bits();
    [bits as u32, (bits >> 32) as u32]
}
