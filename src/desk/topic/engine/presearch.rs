//! Which topics to ask: every topic is entered under its access group, the cheapest set of terms of which a matching
//! text must hold at least one.
//!
//! AND needs one operand's group, the cheapest; OR all of them; ATLEAST/k of n any n−k+1; SCORE enough operands that
//! the others cannot reach the threshold; proximity one side; a regular expression the pieces of words that its matches
//! must have, if there are any; NOT has none. A topic without a group is asked about every document. What is left to test once a topic is woken is its rest: of an AND whose
//! access group is one whole operand, the other operands.

use super::super::query::Fields;
use super::estimate::Estimate;
use super::eval::Eval;
use super::layout::Layout;
use super::nodes::{Atom, Nodes, Place, Ref, Tag, has_bit};
use super::scan::Scan;
use super::words::NONE;
use super::{Engine, Sym, starts_of};
use hashbrown::{HashMap, HashSet};

/// One topic to be woken by a symbol.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wake {
    /// A second symbol that must be present, or [`NONE`].
    guard: Sym,
    /// What else must hold: a node, or one of [`NONE`], [`FOLLOWS`], [`PRECEDES`].
    check: u32,
    /// The topic.
    pub(super) topic: u32,
    /// What is left to test of the topic, or [`NONE`].
    rest: u32,
}

/// The guard must stand right behind the waking word: a phrase of two words, the most frequent kind.
const FOLLOWS: u32 = NONE - 1;
/// The guard must stand right before it.
const PRECEDES: u32 = NONE - 2;

impl Wake {
    /// What is left to test once the topic is awake; nothing when waking proves it.
    #[inline]
    pub(super) fn rest(&self) -> Option<Ref> {
        (self.rest != NONE).then_some(Ref(self.rest))
    }

    /// Whether what woke the topic is really there.
    #[inline]
    pub(super) fn holds(&self, sym: Sym, eval: &mut Eval<'_>) -> bool {
        match self.check {
            NONE => true,
            FOLLOWS => eval.look.scan.has_pair(sym, self.guard),
            PRECEDES => eval.look.scan.has_pair(self.guard, sym),
            node => eval.is_true(Ref(node)),
        }
    }
}

/// All topics by what wakes them.
#[derive(Debug, Default)]
pub(super) struct Wakes {
    starts: Vec<u32>,
    wakes: Vec<Wake>,
    /// Woken by words of the other fields.
    others: HashMap<Sym, Vec<Wake>>,
    always: Vec<Wake>,
    /// Woken by a word so long that it was cut, which may hide what a regular expression needs.
    cut: Vec<Wake>,
}

impl Wakes {
    /// Calls `sink` with every topic that the document might match and the symbol that woke it; some more than once.
    #[inline]
    pub(super) fn each(&self, engine: &Engine, scan: &Scan, mut sink: impl FnMut(Sym, &Wake)) {
        for sym in scan.present().filter(|sym| (*sym as usize) < engine.syms) {
            let range = self.starts[sym as usize] as usize..self.starts[sym as usize + 1] as usize;
            for wake in &self.wakes[range] {
                if wake.guard == NONE || scan.has(wake.guard) {
                    sink(sym, wake);
                }
            }
        }
        if !self.others.is_empty() {
            self.each_other(engine, scan, &mut sink);
        }
        let cut = self.cut.iter().filter(|_| scan.cut);
        self.always.iter().chain(cut).for_each(|wake| sink(NONE, wake));
    }

    fn each_other(&self, engine: &Engine, scan: &Scan, sink: &mut impl FnMut(Sym, &Wake)) {
        let other = scan.segments.iter().filter(|segment| !Fields::TEXT.has(segment.field));
        for index in other.flat_map(|segment| segment.start..segment.end) {
            let word = scan.tokens[index as usize];
            let patterns = scan.patterns(engine, word).iter();
            for sym in std::iter::once(&word).chain(patterns) {
                self.others.get(sym).into_iter().flatten().for_each(|wake| sink(*sym, wake));
            }
        }
    }
}

/// Enters topics.
pub(super) struct Planner<'a> {
    estimate: &'a Estimate,
    pattern_bits: &'a [u64],
    entries: Vec<(Sym, Wake)>,
    wakes: Wakes,
    seen: HashSet<Ref>,
    topics: u32,
}

impl<'a> Planner<'a> {
    pub(super) fn new(estimate: &'a Estimate, pattern_bits: &'a [u64]) -> Self {
        let (entries, wakes, seen) = (Vec::new(), Wakes::default(), HashSet::new());
        Self { estimate, pattern_bits, entries, wakes, seen, topics: 0 }
    }

    /// Enters the next topic; topics that could not be compiled are entered as `None` and never woken.
    pub(super) fn enter(&mut self, nodes: &mut Nodes, root: Option<Ref>) {
        let topic = self.topics;
        self.topics += 1;
        let Some(root) = root else { return };
        if self.estimate.cost(root).is_infinite() {
            self.wakes.always.push(Wake { guard: NONE, check: NONE, topic, rest: root.0 });
            return;
        }
        let rest = self.rest(nodes, root).map_or(NONE, |rest| rest.0);
        self.seen.clear();
        self.wake(nodes, root, Wake { guard: NONE, check: NONE, topic, rest });
    }

    /// The wakes by symbol, with their nodes put into `layout`.
    pub(super) fn finish(mut self, syms: usize, layout: &mut Layout<'_>) -> Wakes {
        let mut place = |wake: &mut Wake| {
            if wake.rest != NONE {
                wake.rest = layout.place(Ref(wake.rest)).0;
            }
            if wake.check < PRECEDES {
                wake.check = layout.place(Ref(wake.check)).0;
            }
        };
        // in the order of topics, so that what one topic needs lies together
        self.entries.iter_mut().for_each(|(_, wake)| place(wake));
        self.wakes.others.values_mut().flatten().for_each(&mut place);
        self.wakes.always.iter_mut().chain(&mut self.wakes.cut).for_each(&mut place);
        self.entries.sort_by_key(|(sym, _)| *sym);
        self.wakes.starts = starts_of(syms, self.entries.iter().map(|(sym, _)| *sym));
        self.wakes.wakes = self.entries.into_iter().map(|(_, wake)| wake).collect();
        self.wakes
    }

    /// Enters a topic under the access group of a node.
    fn wake(&mut self, nodes: &Nodes, at: Ref, wake: Wake) {
        if !self.seen.insert(at) {
            return;
        }
        if let Some(sym) = at.as_symbol() {
            self.entries.push((sym, wake));
            return;
        }
        let node = nodes.get(at);
        match node.tag {
            Tag::Word => self.wake_words(nodes, at, node.operands, node.fields, wake),
            Tag::AnyWord => self.wake_any_word(at, node.operands, node.fields, wake),
            Tag::Phrase | Tag::Pair => self.wake_words(nodes, at, node.operands, node.fields, wake),
            Tag::Sloppy => self.wake_words(nodes, at, &node.operands[1..], node.fields, wake),
            Tag::Or => node.operands.iter().for_each(|part| self.wake(nodes, Ref(*part), wake)),
            Tag::And => self.wake_cheapest(nodes, node.operands, 1, wake),
            Tag::Near | Tag::Before => self.wake_cheapest(nodes, &node.operands[1..], 1, wake),
            Tag::NotNear => self.wake(nodes, Ref(node.operands[1]), wake),
            Tag::Sentence => self.wake(nodes, Ref(node.operands[0]), wake),
            Tag::AtLeast => {
                let enough = node.operands.len() - node.operands[0] as usize;
                self.wake_cheapest(nodes, &node.operands[1..], enough, wake);
            }
            Tag::Score => {
                let needed = self.estimate.score_cover(node.operands);
                needed.into_iter().for_each(|part| self.wake(nodes, part, wake));
            }
            Tag::Regex => {
                self.wake_any_word(at, &node.operands[1..], node.fields, wake);
                self.wakes.cut.push(Wake { check: at.0, ..wake });
            }
            Tag::Not | Tag::Any => {}
        }
    }

    fn wake_cheapest(&mut self, nodes: &Nodes, parts: &[u32], count: usize, wake: Wake) {
        let mut parts: Vec<Ref> = parts.iter().map(|part| Ref(*part)).collect();
        parts.sort_by(|a, b| self.estimate.cost(*a).total_cmp(&self.estimate.cost(*b)));
        parts.into_iter().take(count).for_each(|part| self.wake(nodes, part, wake));
    }

    fn wake_any_word(&mut self, at: Ref, symbols: &[u32], fields: Fields, wake: Wake) {
        let wake = Wake { check: at.0, ..wake };
        symbols.iter().for_each(|sym| self.enter_under(*sym, fields, wake));
    }

    fn enter_under(&mut self, sym: Sym, fields: Fields, wake: Wake) {
        if fields.is_text() {
            self.entries.push((sym, wake));
        } else {
            self.wakes.others.entry(sym).or_default().push(wake);
        }
    }

    /// A row of word tests hangs on its rarest word, guarded by the rarest other one.
    fn wake_words(&mut self, nodes: &Nodes, at: Ref, places: &[u32], fields: Fields, wake: Wake) {
        let written: Vec<Place> = places.iter().map(|place| Place(*place)).collect();
        let mut places = written.clone();
        places.sort_by(|a, b| self.estimate.place(nodes, *a).total_cmp(&self.estimate.place(nodes, *b)));
        let in_text = fields.is_text();
        let guard =
            places.get(1).and_then(|place| place.as_symbol().ok()).filter(|_| in_text).unwrap_or(NONE);
        let wake = self.check(nodes, at, &written, Wake { guard, ..wake });
        anchors(nodes, places[0]).into_iter().for_each(|sym| self.enter_under(sym, fields, wake));
    }

    /// Two plain words in title and body need no node to be checked.
    fn check(&self, nodes: &Nodes, at: Ref, places: &[Place], wake: Wake) -> Wake {
        let is_word = |sym: Sym| !has_bit(self.pattern_bits, sym);
        let pair = match places.iter().map(|place| place.as_symbol()).collect::<Vec<_>>().as_slice() {
            [Ok(first), Ok(second)] if wake.guard != NONE && is_word(*first) && is_word(*second) => {
                Some(*second == wake.guard)
            }
            _ => None,
        };
        let node = nodes.get(at);
        match pair.filter(|_| node.tag == Tag::Phrase && node.fields == Fields::TEXT) {
            Some(true) => Wake { check: FOLLOWS, ..wake },
            Some(false) => Wake { check: PRECEDES, ..wake },
            None => Wake { check: at.0, ..wake },
        }
    }

    /// What an awake topic has still to pass.
    fn rest(&self, nodes: &mut Nodes, root: Ref) -> Option<Ref> {
        if is_whole(nodes, root) {
            return None;
        }
        if root.as_symbol().is_some() || nodes.get(root).tag != Tag::And {
            return Some(root);
        }
        let parts = nodes.get(root).operands.to_vec();
        let access = parts
            .iter()
            .copied()
            .min_by(|a, b| self.estimate.cost(Ref(*a)).total_cmp(&self.estimate.cost(Ref(*b))))?;
        if !is_whole(nodes, Ref(access)) {
            return Some(root);
        }
        let rest: Vec<u32> = parts.into_iter().filter(|part| *part != access).collect();
        match rest.as_slice() {
            [single] => Some(Ref(*single)),
            _ => Some(nodes.push(Tag::And, &rest)),
        }
    }
}

/// The symbols one of which must be there for a word test to hold.
fn anchors(nodes: &Nodes, place: Place) -> Vec<Sym> {
    match place.as_symbol() {
        Ok(sym) => vec![sym],
        Err(at) => match &nodes.atoms[at] {
            Atom::Any => Vec::new(),
            Atom::OneOf(syms) => syms.clone(),
            Atom::Exactly(sym, _) => vec![*sym],
        },
    }
}

/// Whether a member of the access group being true makes the node true.
fn is_whole(nodes: &Nodes, at: Ref) -> bool {
    if at.as_symbol().is_some() {
        return true;
    }
    let node = nodes.get(at);
    match node.tag {
        Tag::Or => node.operands.iter().all(|part| {
            let part = Ref(*part);
            part.as_symbol().is_some() || is_row(nodes.get(part).tag)
        }),
        tag => is_row(tag),
    }
}

fn is_row(tag: Tag) -> bool {
    matches!(tag, Tag::Word | Tag::AnyWord | Tag::Phrase | Tag::Sloppy | Tag::Regex)
}
