//! Guesses by which operands are put in order and access groups chosen: people ask for what is in the news, so a word that many
//! topics use is common.

use super::eval::number;
use super::nodes::{Atom, Nodes, Place, Ref, Tag};
use super::patterns::Patterns;
use super::words::Words;

/// How likely nodes are to be true and how dear their access groups are, guessed from how often topics use each word:
/// people ask for what is in the news.
pub(super) struct Estimate {
    pub(super) syms: Vec<f32>,
    likely: Vec<f32>,
    costs: Vec<f32>,
}

impl Estimate {
    /// Works the guesses out from the leaves up and puts the operands of every AND and OR into the order in which they
    /// are best tried: cheap tests first, then what decides soonest.
    pub(super) fn new(
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

    /// Operands of a SCORE of which one must be true for the threshold to be reached: the dearest are spared as long as
    /// those spared cannot reach it alone.
    pub(super) fn score_cover(&self, operands: &[u32]) -> Vec<Ref> {
        let threshold = number(&operands[..2]);
        let parts = operands[2..].chunks_exact(3).map(|part| (Ref(part[0]), number(&part[1..])));
        let mut parts: Vec<(Ref, f64)> = parts.filter(|(_, weight)| *weight > 0.0).collect();
        parts.sort_by(|a, b| self.cost(b.0).total_cmp(&self.cost(a.0)));
        let mut spared = 0.0;
        parts.retain(|(_, weight)| {
            // a little less than the threshold, since sums of fractions are not exact
            let spare = spared + weight < threshold * (1.0 - 1e-9);
            spared += if spare { *weight } else { 0.0 };
            !spare
        });
        parts.into_iter().map(|(part, _)| part).collect()
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
