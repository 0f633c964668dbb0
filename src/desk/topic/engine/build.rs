//! Gathers the nodes of all topics and makes an engine of them.

use super::super::query::{Fields, Glob, GlobPart, Nearness, Term, WordTest};
use super::super::required::Piece;
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

/// How likely nodes are to be true and how dear their access groups are, guessed from how often topics use each word:
/// people ask for what is in the news.
pub(super) struct Estimate {
    syms: Vec<f32>,
    likely: Vec<f32>,
    costs: Vec<f32>,
}

impl Estimate {
    /// Works the guesses out from the leaves up and puts the operands of every AND and OR into the order in which they
    /// are best tried: cheap tests first, then what decides soonest.
    fn new(
        nodes: &mut Nodes,
        words: &Words,
        patterns: Option<&Patterns>,
        uses: Vec<u32>,
        topics: usize,
    ) -> Self {
        let scale = 1.0 / (topics.max(100) as f32);
        let mut syms: Vec<f32> = uses.iter().map(|uses| (*uses as f32 * scale).min(0.9)).collect();
        if let Some(patterns) = patterns {
            let of_words = syms.clone();
            words.each(|_, sym| {
                for pattern in patterns.of_symbol(sym) {
                    let sum = &mut syms[*pattern as usize];
                    *sum = (*sum + of_words[sym as usize]).min(0.9);
                }
            });
        }
        let mut estimate = Self { syms, likely: Vec::new(), costs: Vec::new() };
        for at in 0..nodes.len() as u32 {
            estimate.add(nodes, Ref(at));
        }
        estimate
    }

    fn add(&mut self, nodes: &mut Nodes, at: Ref) {
        let (tag, operands) = (nodes.get(at).tag, nodes.get(at).operands.to_vec());
        let each = |from: usize| operands[from..].iter().map(|part| Ref(*part));
        let cheapest = |from: usize| each(from).map(|part| self.cost(part)).fold(f32::INFINITY, f32::min);
        let (likely, cost) = match tag {
            Tag::Word => self.row(nodes, &operands, 0.5),
            Tag::AnyWord => self.any_word(&operands),
            Tag::Phrase | Tag::Pair => self.row(nodes, &operands, 0.2),
            Tag::Sloppy => self.row(nodes, &operands[1..], 0.3),
            Tag::Regex => self.regex(&operands[1..]),
            Tag::And => (each(0).map(|part| self.likely(part)).product(), cheapest(0)),
            Tag::Or => {
                let none: f32 = each(0).map(|part| 1.0 - self.likely(part)).product();
                (1.0 - none, each(0).map(|part| self.cost(part)).sum())
            }
            Tag::Any => (1.0, f32::INFINITY),
            Tag::Not => (1.0 - self.likely(Ref(operands[0])), f32::INFINITY),
            Tag::Near | Tag::Before => {
                (0.3 * each(1).map(|part| self.likely(part)).fold(1.0, f32::min), cheapest(1))
            }
            Tag::NotNear => (0.8 * self.likely(Ref(operands[1])), self.cost(Ref(operands[1]))),
            Tag::Sentence => (0.5 * self.likely(Ref(operands[0])), self.cost(Ref(operands[0]))),
            Tag::AtLeast => (0.2, self.at_least_cost(&operands)),
            Tag::Score => (0.2, self.score_cover(&operands).iter().map(|part| self.cost(*part)).sum()),
        };
        self.likely.push(likely);
        self.costs.push(cost);
        if matches!(tag, Tag::And | Tag::Or) {
            self.reorder(nodes, at, tag);
        }
    }

    fn any_word(&self, symbols: &[u32]) -> (f32, f32) {
        let each = || symbols.iter().map(|sym| self.syms[*sym as usize]);
        (1.0 - each().map(|likely| 1.0 - 0.5 * likely).product::<f32>(), each().sum())
    }

    /// Running an expression is dear: a word is better to wait for where it is nearly as rare.
    fn regex(&self, needed: &[u32]) -> (f32, f32) {
        let (likely, cost) = self.any_word(needed);
        if needed.is_empty() { (0.1, f32::INFINITY) } else { (0.1 * likely, 2.0 * cost + 0.001) }
    }

    fn at_least_cost(&self, operands: &[u32]) -> f32 {
        let mut costs: Vec<f32> = operands[1..].iter().map(|part| self.cost(Ref(*part))).collect();
        costs.sort_by(f32::total_cmp);
        costs.iter().take(operands.len() - operands[0] as usize).sum()
    }

    fn row(&self, nodes: &Nodes, places: &[u32], factor: f32) -> (f32, f32) {
        let rarest =
            places.iter().map(|place| self.place(nodes, Place(*place))).fold(f32::INFINITY, f32::min);
        let likely = if places.len() == 1 { rarest } else { rarest * factor };
        (likely.min(1.0), likely)
    }

    fn reorder(&self, nodes: &mut Nodes, at: Ref, tag: Tag) {
        let mut parts = nodes.operands_mut(at).to_vec();
        let key = |part: &u32| {
            let part = Ref(*part);
            let likely = self.likely(part);
            (effort(nodes, part), if tag == Tag::And { likely } else { 1.0 - likely })
        };
        parts.sort_by(|a, b| {
            let (a, b) = (key(a), key(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        nodes.operands_mut(at).copy_from_slice(&parts);
    }

    /// How likely a node is to be true, 0 to 1.
    fn likely(&self, at: Ref) -> f32 {
        at.as_symbol().map_or_else(|| self.likely[at.0 as usize], |sym| self.syms[sym as usize])
    }

    /// How often the access group of a node wakes; infinite when it has none.
    pub(super) fn cost(&self, at: Ref) -> f32 {
        at.as_symbol().map_or_else(|| self.costs[at.0 as usize], |sym| self.syms[sym as usize])
    }

    /// How common a word test is; infinite for a gap.
    pub(super) fn place(&self, nodes: &Nodes, place: Place) -> f32 {
        match place.as_symbol() {
            Ok(sym) => self.syms[sym as usize],
            Err(at) => match &nodes.atoms[at] {
                Atom::Any => f32::INFINITY,
                Atom::OneOf(syms) => syms.iter().map(|sym| self.syms[*sym as usize]).sum(),
                Atom::Exactly(sym, _) => self.syms[*sym as usize],
            },
        }
    }
}

/// Classes of work: presence, groups, positions, whole texts.
fn effort(nodes: &Nodes, at: Ref) -> u8 {
    if at.as_symbol().is_some() {
        return 0;
    }
    let node = nodes.get(at);
    match node.tag {
        Tag::Word | Tag::AnyWord | Tag::Phrase | Tag::Pair => 1,
        Tag::And | Tag::Or | Tag::Any | Tag::Not | Tag::AtLeast | Tag::Score => 2,
        Tag::Sloppy | Tag::Near | Tag::Before | Tag::NotNear => 3,
        Tag::Sentence => 4,
        Tag::Regex => 5,
    }
}
