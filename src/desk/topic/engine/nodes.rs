//! The nodes of all topics, each distinct one once.
//!
//! While topics are gathered ([`Interner`]), a [`Ref`] is either a symbol that is looked for in title and body (by far the most) or a node. A node is a row of
//! numbers: a head (tag, fields, whether several refer to it) and its operands; equal rows are one node. Operands
//! always have smaller numbers than the nodes made of them. For judging they are laid out anew ([`super::layout`]).

use super::super::query::{Fields, Glob};
use super::Sym;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;

/// A symbol in title and body (highest bit set) or the number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Ref(pub(super) u32);

const SYMBOL: u32 = 1 << 31;

impl Ref {
    pub(super) fn symbol(sym: Sym) -> Ref {
        Ref(sym | SYMBOL)
    }

    /// The symbol of a reference that is known to be one.
    #[inline]
    pub(super) fn symbol_bits(self) -> Sym {
        self.0 & !SYMBOL
    }

    #[inline]
    pub(super) fn as_symbol(self) -> Option<Sym> {
        (self.0 & SYMBOL != 0).then_some(self.0 & !SYMBOL)
    }
}

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    /// `[place]`: one word test in the given fields.
    Word,
    /// `[symbol…]`: any of these words and patterns in the given fields, which are not title and body together.
    AnyWord,
    /// `[place…]`: consecutive words.
    Phrase,
    /// `[slop, place…]`
    Sloppy,
    /// `[regex, symbol…]`: a match needs one of the symbols, if there are any.
    Regex,
    /// `[ref…]`
    And,
    /// `[ref…]`
    Or,
    /// `[ref]`
    Not,
    /// `[n, ref, ref]`
    Near,
    /// `[n, ref, ref]`
    Before,
    /// `[n, ref, ref]`
    NotNear,
    /// `[ref]`
    Sentence,
    /// `[count, ref…]`
    AtLeast,
    /// `[threshold bits, (ref, weight bits)…]`, each number in two halves
    Score,
    /// `[symbol, symbol]`: two plain words next to each other in title or body. Made when nodes are laid out.
    Pair,
    /// An OR as it is laid out, see [`super::layout::Any`].
    Any,
}

const TAGS: [Tag; 16] = [
    Tag::Word,
    Tag::AnyWord,
    Tag::Phrase,
    Tag::Sloppy,
    Tag::Regex,
    Tag::And,
    Tag::Or,
    Tag::Not,
    Tag::Near,
    Tag::Before,
    Tag::NotNear,
    Tag::Sentence,
    Tag::AtLeast,
    Tag::Score,
    Tag::Pair,
    Tag::Any,
];

/// One word test of a phrase: a symbol, or (highest bit set) an [`Atom`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place(pub(super) u32);

impl Place {
    pub(super) fn symbol(sym: Sym) -> Place {
        Place(sym)
    }

    #[inline]
    pub(super) fn as_symbol(self) -> Result<Sym, usize> {
        if self.0 & SYMBOL == 0 { Ok(self.0) } else { Err((self.0 & !SYMBOL) as usize) }
    }
}

/// A word test that is more than one symbol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Atom {
    Any,
    OneOf(Vec<Sym>),
    Exactly(Sym, String),
}

/// A node taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    pub(super) tag: Tag,
    pub(super) fields: Fields,
    /// More than one node or topic refers to it: its value is worth keeping for the rest of the text.
    pub(super) shared: bool,
    /// Words and phrases, or an OR of them: whether it is true is soon told.
    pub(super) plain: bool,
    /// Where the value of a shared node is kept.
    pub(super) slot: u32,
    pub(super) operands: &'a [u32],
}

const FIELDS_SHIFT: u32 = 8;
pub(super) const SHARED: u32 = 1 << 16;
/// Set when nodes are laid out.
pub(super) const PLAIN: u32 = 1 << 17;

impl<'a> Node<'a> {
    #[inline]
    pub(super) fn of(head: u32, slot: u32, operands: &'a [u32]) -> Self {
        Self {
            tag: TAGS[(head & 0xFF) as usize],
            fields: Fields((head >> FIELDS_SHIFT) as u8),
            shared: head & SHARED != 0,
            plain: head & PLAIN != 0,
            slot,
            operands,
        }
    }
}

/// All nodes.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    code: Vec<u32>,
    starts: Vec<u32>,
    pub(super) atoms: Vec<Atom>,
    pub(super) globs: Vec<(Sym, Glob)>,
    pub(super) regexes: Vec<regex::Regex>,
}

impl Nodes {
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    #[inline]
    pub(super) fn get(&self, at: Ref) -> Node<'_> {
        let at = at.0 as usize;
        let start = self.starts[at] as usize;
        let end = self.starts.get(at + 1).map_or(self.code.len(), |next| *next as usize);
        Node::of(self.code[start], 0, &self.code[start + 1..end])
    }

    /// The operands of an AND or OR, to be put into another order.
    pub(super) fn operands_mut(&mut self, at: Ref) -> &mut [u32] {
        let at = at.0 as usize;
        let end = self.starts.get(at + 1).map_or(self.code.len(), |next| *next as usize);
        &mut self.code[self.starts[at] as usize + 1..end]
    }

    /// Adds a node without looking for an equal one.
    pub(super) fn push(&mut self, tag: Tag, operands: &[u32]) -> Ref {
        self.starts.push(self.code.len() as u32);
        self.code.push(head(tag, Fields::TEXT));
        self.code.extend_from_slice(operands);
        Ref(self.starts.len() as u32 - 1)
    }

    /// Notes that more than one node or topic refers to a node.
    pub(super) fn share(&mut self, at: Ref) {
        if at.as_symbol().is_none() {
            let start = self.starts[at.0 as usize] as usize;
            self.code[start] |= SHARED;
        }
    }
}

pub(super) fn head(tag: Tag, fields: Fields) -> u32 {
    tag as u32 | u32::from(fields.0) << FIELDS_SHIFT
}

/// Nodes being gathered: finds equal ones.
#[derive(Default)]
pub(super) struct Interner {
    pub(super) nodes: Nodes,
    known: HashTable<u32>,
    atoms: HashMap<Atom, u32>,
    globs: HashMap<Glob, Sym>,
    regexes: HashMap<(String, bool), u32>,
    scratch: Vec<u32>,
    state: FixedState,
}

impl Interner {
    /// The node with this tag, these fields and these operands.
    pub(super) fn node(&mut self, tag: Tag, fields: Fields, operands: impl IntoIterator<Item = u32>) -> Ref {
        let mut code = std::mem::take(&mut self.scratch);
        code.clear();
        code.push(head(tag, fields));
        code.extend(operands);
        let found = self.find_or_add(&code);
        self.scratch = code;
        found
    }

    fn find_or_add(&mut self, code: &[u32]) -> Ref {
        let hash = self.state.hash_one(code);
        let nodes = &mut self.nodes;
        let row = |nodes: &Nodes, at: u32| -> (usize, usize) {
            let end = nodes.starts.get(at as usize + 1).map_or(nodes.code.len(), |next| *next as usize);
            (nodes.starts[at as usize] as usize, end)
        };
        let same = |at: &u32| {
            let (start, end) = row(nodes, *at);
            nodes.code[start] & !SHARED == code[0] && nodes.code[start + 1..end] == code[1..]
        };
        if let Some(at) = self.known.find(hash, same).copied() {
            let start = nodes.starts[at as usize] as usize;
            nodes.code[start] |= SHARED;
            return Ref(at);
        }
        let at = nodes.starts.len() as u32;
        nodes.starts.push(nodes.code.len() as u32);
        nodes.code.extend_from_slice(code);
        let state = &self.state;
        self.known.insert_unique(hash, at, |other| {
            let (start, end) = row(nodes, *other);
            let mut unmarked: Vec<u32> = nodes.code[start..end].to_vec();
            unmarked[0] &= !SHARED;
            state.hash_one(unmarked.as_slice())
        });
        Ref(at)
    }

    pub(super) fn atom(&mut self, atom: Atom) -> Place {
        let nodes = &mut self.nodes;
        let at = *self.atoms.entry(atom).or_insert_with_key(|atom| {
            nodes.atoms.push(atom.clone());
            nodes.atoms.len() as u32 - 1
        });
        Place(at | SYMBOL)
    }

    /// The symbol of a pattern; a new one takes `fresh`. Says whether it was new.
    pub(super) fn glob(&mut self, glob: &Glob, fresh: Sym) -> (Sym, bool) {
        if let Some(sym) = self.globs.get(glob) {
            return (*sym, false);
        }
        self.globs.insert(glob.clone(), fresh);
        self.nodes.globs.push((fresh, glob.clone()));
        (fresh, true)
    }

    pub(super) fn regex(
        &mut self,
        pattern: &str,
        ignore_case: bool,
        compile: impl FnOnce() -> Result<regex::Regex, String>,
    ) -> Result<u32, String> {
        let key = (pattern.to_owned(), ignore_case);
        if let Some(at) = self.regexes.get(&key) {
            return Ok(*at);
        }
        let at = self.nodes.regexes.len() as u32;
        self.nodes.regexes.push(compile()?);
        self.regexes.insert(key, at);
        Ok(at)
    }
}

impl Tag {
    /// Which of so many operands refer to other nodes.
    pub(super) fn references(self, operands: usize) -> std::iter::StepBy<std::ops::Range<usize>> {
        match self {
            Tag::Word | Tag::AnyWord | Tag::Phrase | Tag::Pair | Tag::Sloppy | Tag::Regex | Tag::Any => {
                (0..0).step_by(1)
            }
            Tag::And | Tag::Or | Tag::Not | Tag::Sentence => (0..operands).step_by(1),
            Tag::Near | Tag::Before | Tag::NotNear | Tag::AtLeast => (1..operands).step_by(1),
            Tag::Score => (2..operands).step_by(3),
        }
    }
}

/// Whether the bit of a symbol is set.
#[inline]
pub(super) fn has_bit(bits: &[u64], sym: Sym) -> bool {
    bits.get(sym as usize / 64).is_some_and(|bits| bits >> (sym % 64) & 1 != 0)
}
