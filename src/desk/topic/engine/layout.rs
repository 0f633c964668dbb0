//! Nodes as they are judged: what a topic needs lies together, in the order in which it is looked at, and a reference is
//! the place of a node, so that following it costs one access to memory.
//!
//! The operands of an OR are laid out so that most of them cost an eighth of a look-up: symbols first, then for every row
//! of words the rarest of them, and only where that is present the row itself.

use super::super::query::Fields;
use super::Sym;
use super::nodes::{Atom, Node, Nodes, PLAIN, Place, Ref, SHARED, Tag, has_bit, head};

/// The operands of an OR, sorted by what it takes to tell that they are not true:
/// `[number of symbols, number of guards, symbol…, guard…, ref guarded…, ref…]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Any<'a> {
    /// One of them being present makes it true.
    pub(super) symbols: &'a [u32],
    /// A symbol that must be present for the operand at the same place in `guarded` to be true.
    pub(super) guards: &'a [u32],
    pub(super) guarded: &'a [u32],
    pub(super) others: &'a [u32],
}

impl<'a> Any<'a> {
    #[inline]
    pub(super) fn of(operands: &'a [u32]) -> Self {
        let (symbols, rest) = operands[2..].split_at(operands[0] as usize);
        let (guards, rest) = rest.split_at(operands[1] as usize);
        let (guarded, others) = rest.split_at(guards.len());
        Self { symbols, guards, guarded, others }
    }
}

/// Nodes as they are judged: `[head, number of operands, slot of a shared one, operand…]` each.
#[derive(Debug, Default)]
pub(super) struct Code {
    words: Vec<u32>,
    /// Slots that shared nodes need.
    pub(super) slots: usize,
    pub(super) atoms: Vec<Atom>,
    pub(super) regexes: Vec<regex::Regex>,
}

impl Code {
    #[inline]
    pub(super) fn get(&self, at: Ref) -> Node<'_> {
        let at = at.0 as usize;
        let (head, count) = (self.words[at], self.words[at + 1] as usize);
        let first = at + 2 + usize::from(head & SHARED != 0);
        Node::of(head, self.words[first - 1], &self.words[first..first + count])
    }

    /// Reads here and there in a node and what lies behind it, only to have it at hand soon.
    #[inline]
    pub(super) fn touch(&self, at: Ref) -> u32 {
        let line = |nth: usize| self.words.get(at.0 as usize + nth * LINE).copied().unwrap_or(0);
        line(0) ^ line(1) ^ line(2) ^ line(3) ^ line(4)
    }
}

/// Word tests up to which a phrase is repeated beside every node that uses it: looking it up elsewhere would cost more
/// than testing it again.
const SMALL: usize = 4;

/// Numbers in a cache line.
const LINE: usize = 16;

/// Lays nodes out for judging.
pub(super) struct Layout<'a> {
    nodes: &'a Nodes,
    code: Code,
    /// Where each node was put, or [`UNPLACED`].
    placed: Vec<u32>,
    pattern_bits: &'a [u64],
    /// How likely each symbol is.
    likely: &'a [f32],
}

const UNPLACED: u32 = u32::MAX;

impl<'a> Layout<'a> {
    pub(super) fn new(nodes: &'a Nodes, pattern_bits: &'a [u64], likely: &'a [f32]) -> Self {
        Self { nodes, code: Code::default(), placed: vec![UNPLACED; nodes.len()], pattern_bits, likely }
    }

    /// The tag that does the same fastest.
    fn tag(&self, node: &Node<'_>) -> Tag {
        if node.tag == Tag::Or {
            return Tag::Any;
        }
        let is_word =
            |place: &u32| Place(*place).as_symbol().is_ok_and(|sym| !has_bit(self.pattern_bits, sym));
        let pair = node.tag == Tag::Phrase && node.fields == Fields::TEXT && node.operands.len() == 2;
        if pair && node.operands.iter().all(is_word) { Tag::Pair } else { node.tag }
    }

    /// Puts a node and all below it; returns where.
    pub(super) fn place(&mut self, at: Ref) -> Ref {
        if at.as_symbol().is_some() {
            return at;
        }
        let node = self.nodes.get(at);
        let small =
            matches!(node.tag, Tag::Word | Tag::Phrase | Tag::AnyWord) && node.operands.len() <= SMALL;
        let known = self.placed[at.0 as usize];
        if known != UNPLACED && !small {
            return Ref(known);
        }
        let start = self.code.words.len();
        self.placed[at.0 as usize] = start as u32;
        let keeps = node.shared && !small;
        let shared = if keeps { SHARED } else { 0 };
        self.code.words.extend([head(self.tag(&node), node.fields) | shared, 0]);
        if keeps {
            self.code.words.push(self.code.slots as u32);
            self.code.slots += 1;
        }
        let plain =
            if node.tag == Tag::Or { self.place_any(&node, start) } else { self.place_parts(&node, start) };
        self.code.words[start] |= if plain { PLAIN } else { 0 };
        Ref(start as u32)
    }

    /// The operands as they are, with the nodes they refer to. Says whether the node is a plain one.
    fn place_parts(&mut self, node: &Node<'_>, start: usize) -> bool {
        let first = self.code.words.len();
        self.code.words[start + 1] = node.operands.len() as u32;
        self.code.words.extend_from_slice(node.operands);
        for nth in node.tag.references(node.operands.len()) {
            self.code.words[first + nth] = self.place(Ref(node.operands[nth])).0;
        }
        matches!(node.tag, Tag::Word | Tag::AnyWord | Tag::Phrase | Tag::Pair)
    }

    /// The operands of an OR, sorted. Says whether all of them are plain.
    fn place_any(&mut self, node: &Node<'_>, start: usize) -> bool {
        let is_symbol = |part: &u32| Ref(*part).as_symbol().is_some();
        let (symbols, rest): (Vec<u32>, Vec<u32>) = node.operands.iter().partition(|part| is_symbol(part));
        let guarded = rest.iter().filter_map(|part| Some((self.guard(Ref(*part))?, *part)));
        let (guards, guarded): (Vec<u32>, Vec<u32>) = guarded.unzip();
        let others = rest.into_iter().filter(|part| self.guard(Ref(*part)).is_none());
        let nodes: Vec<u32> = guarded.into_iter().chain(others).collect();
        let words = &mut self.code.words;
        words[start + 1] = (2 + symbols.len() + guards.len() + nodes.len()) as u32;
        words.extend([symbols.len() as u32, guards.len() as u32]);
        words.extend(symbols.into_iter().chain(guards));
        let first = words.len();
        words.extend_from_slice(&nodes);
        let mut plain = true;
        for (at, part) in (first..).zip(nodes) {
            let placed = self.place(Ref(part));
            self.code.words[at] = placed.0;
            plain &= self.code.get(placed).plain;
        }
        plain
    }

    /// The rarest word that a row of words in title and body cannot do without.
    fn guard(&self, part: Ref) -> Option<Sym> {
        let node = self.nodes.get(part);
        let places = match node.tag {
            Tag::Word | Tag::Phrase => node.operands,
            Tag::Sloppy => &node.operands[1..],
            _ => return None,
        };
        let symbols = places.iter().filter_map(|place| Place(*place).as_symbol().ok());
        let likely = |sym: &Sym| self.likely[*sym as usize];
        let rarest = symbols.min_by(|a, b| likely(a).total_cmp(&likely(b)));
        rarest.filter(|_| node.fields.is_text())
    }

    pub(super) fn finish(self) -> Code {
        let mut code = self.code;
        code.words.shrink_to_fit();
        code
    }
}
