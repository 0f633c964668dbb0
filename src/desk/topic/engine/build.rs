//! Gathers the nodes of all topics and makes an engine of them.

use super::super::query::{Fields, Glob, GlobPart, Nearness, Term, WordTest};
use super::super::required::Piece;
use super::estimate::Estimate;
use super::eval::halves;
use super::layout::Layout;
use super::nodes::{Atom, Interner, Nodes, Place, Ref, Tag};
use super::patterns::Patterns;
use super::presearch::Planner;
use super::words::Words;
use super::{Engine, Sym};
use std::collections::BTreeMap;

/// An engine being put together.
#[derive(Default)]
pub(in super::super) struct Builder {
    words: Words,
    interner: Interner,
    /// How often topics use each symbol: the best guess at how common it is in the news.
    uses: Vec<u32>,
    pattern_syms: Vec<Sym>,
    fields: u8,
}

/// The operands of an AND exclude each other.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Contradiction;

/// Operands of a nested AND or OR up to which it is merged into the outer one.
const MERGED: usize = 16;

impl Builder {
    /// Words, a phrase, or a phrase with slack.
    pub(in super::super) fn term(&mut self, term: &Term, fields: Fields) -> NodeRef {
        self.fields |= fields.0;
        if let [test] = term.words.as_slice() {
            return NodeRef(self.single(test, fields));
        }
        let places: Vec<u32> = term.words.iter().map(|test| self.place(test).0).collect();
        let node = match term.slop {
            None => self.interner.node(Tag::Phrase, fields, places),
            Some(slop) => self.interner.node(Tag::Sloppy, fields, std::iter::once(slop).chain(places)),
        };
        NodeRef(node)
    }

    fn single(&mut self, test: &WordTest, fields: Fields) -> Ref {
        let place = self.place(test);
        match place.as_symbol() {
            Ok(sym) if fields == Fields::TEXT => Ref::symbol(sym),
            Err(at) if fields == Fields::TEXT => match self.interner.nodes.atoms[at].clone() {
                Atom::OneOf(syms) => {
                    let mut parts: Vec<u32> = syms.into_iter().map(|sym| Ref::symbol(sym).0).collect();
                    parts.sort_unstable();
                    self.interner.node(Tag::Or, Fields::TEXT, parts)
                }
                _ => self.interner.node(Tag::Word, fields, [place.0]),
            },
            Err(at) => match self.interner.nodes.atoms[at].clone() {
                Atom::OneOf(syms) => self.interner.node(Tag::AnyWord, fields, syms),
                _ => self.interner.node(Tag::Word, fields, [place.0]),
            },
            _ => self.interner.node(Tag::Word, fields, [place.0]),
        }
    }

    fn place(&mut self, test: &WordTest) -> Place {
        match test {
            WordTest::Is(word) => Place::symbol(self.word(word)),
            WordTest::OneOf(words) => {
                let syms = words.iter().map(|word| self.word(word)).collect();
                self.interner.atom(Atom::OneOf(syms))
            }
            WordTest::Fits(globs) => {
                let syms: Vec<Sym> = globs.iter().map(|glob| self.glob(glob)).collect();
                if let [sym] = syms.as_slice() {
                    Place::symbol(*sym)
                } else {
                    self.interner.atom(Atom::OneOf(syms))
                }
            }
            WordTest::Exactly { folded, written } => {
                let sym = self.word(folded);
                self.interner.atom(Atom::Exactly(sym, written.clone()))
            }
            WordTest::Any => self.interner.atom(Atom::Any),
        }
    }

    fn word(&mut self, word: &str) -> Sym {
        let fresh = self.uses.len() as Sym;
        let sym = self.words.add(word.as_bytes(), fresh);
        self.used(sym, fresh)
    }

    fn glob(&mut self, glob: &Glob) -> Sym {
        let fresh = self.uses.len() as Sym;
        let (sym, new) = self.interner.glob(glob, fresh);
        if new {
            self.pattern_syms.push(sym);
        }
        self.used(sym, fresh)
    }

    fn used(&mut self, sym: Sym, fresh: Sym) -> Sym {
        if sym == fresh {
            self.uses.push(0);
        }
        self.uses[sym as usize] = self.uses[sym as usize].saturating_add(1);
        sym
    }

    /// A regular expression (its pattern, and whether case does not count) that needs one of `pieces`, where they are known;
    /// the error is that of `compile`.
    pub(in super::super) fn regex(
        &mut self,
        (pattern, ignore_case): (&str, bool),
        pieces: Option<Vec<Piece>>,
        fields: Fields,
        compile: impl FnOnce() -> Result<regex::Regex, String>,
    ) -> Result<NodeRef, String> {
        self.fields |= fields.0;
        let at = self.interner.regex(pattern, ignore_case, compile)?;
        let symbol = |piece: &Piece| match piece {
            Piece::Word(word) => self.word(word),
            Piece::Inside(text) => {
                self.glob(&Glob::new([GlobPart::Many, GlobPart::Text(text.clone()), GlobPart::Many]))
            }
        };
        let needed: Vec<Sym> = pieces.iter().flatten().map(symbol).collect();
        let operands = std::iter::once(at).chain(needed);
        Ok(NodeRef(self.interner.node(Tag::Regex, fields, operands)))
    }

    /// All of them; refused when one operand excludes another.
    pub(in super::super) fn and(&mut self, parts: Vec<NodeRef>) -> Result<NodeRef, Contradiction> {
        let parts = self.merged(Tag::And, parts);
        if self.contradicts(&parts) {
            return Err(Contradiction);
        }
        Ok(NodeRef(self.joined(Tag::And, parts)))
    }

    /// Any of them.
    pub(in super::super) fn or(&mut self, parts: Vec<NodeRef>) -> NodeRef {
        let parts = self.merged(Tag::Or, parts);
        let parts = self.words_joined(parts);
        NodeRef(self.joined(Tag::Or, parts))
    }

    /// The words among the operands of an OR that stand in one and the same field as one operand.
    fn words_joined(&mut self, parts: Vec<u32>) -> Vec<u32> {
        let mut words: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
        let mut rest = Vec::with_capacity(parts.len());
        for part in parts {
            match self.words_in_field(Ref(part)) {
                Some((fields, symbols)) => words.entry(fields.0).or_default().extend_from_slice(symbols),
                None => rest.push(part),
            }
        }
        for (fields, mut symbols) in words {
            symbols.sort_unstable();
            symbols.dedup();
            let tag = if symbols.len() == 1 { Tag::Word } else { Tag::AnyWord };
            rest.push(self.interner.node(tag, Fields(fields), symbols).0);
        }
        rest.sort_unstable();
        rest
    }

    fn words_in_field(&self, part: Ref) -> Option<(Fields, &[u32])> {
        let node = part.as_symbol().is_none().then(|| self.interner.nodes.get(part))?;
        let plain = match node.tag {
            Tag::Word => Place(node.operands[0]).as_symbol().is_ok(),
            Tag::AnyWord => node.operands.len() <= MERGED,
            _ => false,
        };
        plain.then_some((node.fields, node.operands))
    }

    fn merged(&self, tag: Tag, parts: Vec<NodeRef>) -> Vec<u32> {
        let mut all = Vec::with_capacity(parts.len());
        for NodeRef(part) in parts {
            let node = part.as_symbol().is_none().then(|| self.interner.nodes.get(part));
            match node.filter(|node| node.tag == tag && node.operands.len() <= MERGED) {
                Some(node) => all.extend_from_slice(node.operands),
                None => all.push(part.0),
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn joined(&mut self, tag: Tag, parts: Vec<u32>) -> Ref {
        if let [single] = parts.as_slice() {
            Ref(*single)
        } else {
            self.interner.node(tag, Fields::TEXT, parts)
        }
    }

    /// Whether a sorted list of operands holds x and NOT x, or x and NOT (x OR …).
    fn contradicts(&self, parts: &[u32]) -> bool {
        let has = |part: &u32| parts.binary_search(part).is_ok();
        let negated = parts.iter().map(|part| Ref(*part)).filter_map(|part| self.negated(part));
        negated.into_iter().any(|inner| {
            let of_or = self.operands(inner, Tag::Or).is_some_and(|parts| parts.iter().any(has));
            has(&inner.0) || of_or || self.excludes_word(parts, inner)
        })
    }

    /// Whether an operand is a word that is among excluded words of its field.
    fn excludes_word(&self, parts: &[u32], excluded: Ref) -> bool {
        let Some(node) = excluded.as_symbol().is_none().then(|| self.interner.nodes.get(excluded)) else {
            return false;
        };
        let inside = |part: &u32| {
            let word = self.operands(Ref(*part), Tag::Word);
            word.is_some_and(|word| {
                self.interner.nodes.get(Ref(*part)).fields == node.fields && node.operands.contains(&word[0])
            })
        };
        node.tag == Tag::AnyWord && parts.iter().any(inside)
    }

    fn negated(&self, part: Ref) -> Option<Ref> {
        self.operands(part, Tag::Not).map(|inner| Ref(inner[0]))
    }

    fn operands(&self, at: Ref, tag: Tag) -> Option<&[u32]> {
        let node = at.as_symbol().is_none().then(|| self.interner.nodes.get(at));
        node.filter(|node| node.tag == tag).map(|node| node.operands)
    }

    /// The opposite.
    pub(in super::super) fn not(&mut self, part: NodeRef) -> NodeRef {
        NodeRef(self.interner.node(Tag::Not, Fields::TEXT, [part.0.0]))
    }

    /// A proximity.
    pub(in super::super) fn near(&mut self, nearness: Nearness, left: NodeRef, right: NodeRef) -> NodeRef {
        let (tag, reach) = match nearness {
            Nearness::Near(reach) => (Tag::Near, reach),
            Nearness::Before(reach) => (Tag::Before, reach),
            Nearness::NotNear(reach) => (Tag::NotNear, reach),
        };
        NodeRef(self.interner.node(tag, Fields::TEXT, [reach, left.0.0, right.0.0]))
    }

    /// All in one sentence.
    pub(in super::super) fn sentence(&mut self, part: NodeRef) -> NodeRef {
        NodeRef(self.interner.node(Tag::Sentence, Fields::TEXT, [part.0.0]))
    }

    /// At least so many of them.
    pub(in super::super) fn at_least(&mut self, count: u32, parts: &[NodeRef]) -> NodeRef {
        let parts = parts.iter().map(|part| part.0.0);
        NodeRef(self.interner.node(Tag::AtLeast, Fields::TEXT, std::iter::once(count).chain(parts)))
    }

    /// Weights against a threshold.
    pub(in super::super) fn score(&mut self, threshold: f64, parts: &[(NodeRef, f64)]) -> NodeRef {
        let weighted = |part: &(NodeRef, f64)| {
            let [low, high] = halves(part.1);
            [part.0.0.0, low, high]
        };
        let operands = halves(threshold).into_iter().chain(parts.iter().flat_map(weighted));
        NodeRef(self.interner.node(Tag::Score, Fields::TEXT, operands))
    }

    /// Whether a node is found at places of the text: what proximity can take.
    pub(in super::super) fn has_places(&self, NodeRef(at): NodeRef) -> bool {
        if at.as_symbol().is_some() {
            return true;
        }
        let node = self.interner.nodes.get(at);
        match node.tag {
            Tag::Word | Tag::AnyWord | Tag::Phrase | Tag::Sloppy | Tag::Near | Tag::Before | Tag::NotNear => {
                true
            }
            Tag::Or => node.operands.iter().all(|part| self.has_places(NodeRef(Ref(*part)))),
            _ => false,
        }
    }

    /// Whether a node can be asked of single sentences.
    pub(in super::super) fn fits_sentence(&self, NodeRef(at): NodeRef) -> bool {
        if self.has_places(NodeRef(at)) {
            return true;
        }
        let node = self.interner.nodes.get(at);
        matches!(node.tag, Tag::And | Tag::Or | Tag::Not)
            && node.operands.iter().all(|part| self.fits_sentence(NodeRef(Ref(*part))))
    }

    /// Notes that a node is used again.
    pub(in super::super) fn share(&mut self, NodeRef(at): NodeRef) {
        self.interner.nodes.share(at);
    }

    /// The engine; a topic without a root never matches.
    pub(in super::super) fn finish(self, roots: Vec<Option<NodeRef>>) -> Engine {
        let Builder { mut words, interner, uses, pattern_syms, fields } = self;
        let mut nodes = interner.nodes;
        let syms = uses.len();
        words.shrink();
        let patterns = learned(&mut nodes, &words, syms);
        let mut pattern_bits = vec![0u64; if pattern_syms.is_empty() { 0 } else { syms / 64 + 1 }];
        pattern_syms.iter().for_each(|sym| pattern_bits[*sym as usize / 64] |= 1 << (sym % 64));
        let estimate = Estimate::new(&mut nodes, &words, patterns.as_ref(), uses, roots.len());
        let roots: Vec<Option<Ref>> = roots.into_iter().map(|root| root.map(|NodeRef(root)| root)).collect();
        let mut planner = Planner::new(&estimate, &pattern_bits);
        roots.iter().for_each(|root| planner.enter(&mut nodes, *root));
        let mut layout = Layout::new(&nodes, &pattern_bits, &estimate.syms);
        let wakes = planner.finish(syms, &mut layout);
        #[cfg(test)]
        let test_roots = roots.iter().map(|root| root.map(|root| layout.place(root))).collect();
        let mut code = layout.finish();
        code.atoms = nodes.atoms;
        code.regexes = nodes.regexes;
        Engine {
            words,
            patterns,
            code,
            wakes,
            topics: roots.len(),
            #[cfg(test)]
            roots: test_roots,
            syms,
            pattern_bits,
            fields: Fields(fields),
        }
    }
}

fn learned(nodes: &mut Nodes, words: &Words, syms: usize) -> Option<Patterns> {
    let mut patterns = Patterns::new(std::mem::take(&mut nodes.globs))?;
    patterns.learn(syms, |sink| words.each(|word, sym| sink(word, sym)));
    Some(patterns)
}

/// A node, as the builder hands it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct NodeRef(pub(super) Ref);
