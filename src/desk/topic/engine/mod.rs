//! The machine behind a watchlist: asks all topics about one document at the cost of the few that could match.
//!
//! 1. Every word of the document becomes a symbol by one probe ([`words`]); the patterns it fits come from a table
//!    ([`patterns`]); where symbols stand is noted ([`scan`]).
//! 2. Each present symbol wakes the topics whose access group it belongs to ([`presearch`]): the rarest group of terms of
//!    which a topic needs at least one.
//! 3. A woken topic is evaluated once ([`eval`]), cheapest and rarest operands first; a node that several topics share
//!    is evaluated once for all of them. Positions are looked at last.
//!
//! The engine is read-only and shared by threads; each thread has a [`Run`] of its own. It never says which words were
//! found: that is worked out for the topics that hit ([`super::explain`]).

mod build;
mod estimate;
mod eval;
mod layout;
mod look;
mod nodes;
mod patterns;
mod pool;
mod presearch;
mod proximity;
mod scan;
mod sentences;
mod words;

pub(super) use build::{Builder, NodeRef};
pub(super) use look::{text_of, window};

use super::Document;
use super::query::Fields;
use eval::{Eval, Memo};
use layout::Code;
use look::Look;
use nodes::{Ref, has_bit};
use patterns::Patterns;
use presearch::Wakes;
use scan::Scan;
use words::Words;

/// A word of the dictionary or a pattern, by number.
type Sym = u32;

/// All topics of one compilation.
#[derive(Debug)]
pub(super) struct Engine {
    words: Words,
    patterns: Option<Patterns>,
    code: Code,
    wakes: Wakes,
    /// How many topics there are, broken ones included.
    topics: usize,
    /// The whole condition of every topic that could be compiled.
    #[cfg(test)]
    roots: Vec<Option<Ref>>,
    /// Words and patterns together.
    syms: usize,
    /// A bit for every symbol that is a pattern.
    pattern_bits: Vec<u64>,
    /// Fields that any topic looks into.
    fields: Fields,
}

/// What one thread needs to ask an engine; its memory is used again for every document.
#[derive(Debug, Default)]
pub(super) struct Run {
    scan: Scan,
    memo: Memo,
    judged: Vec<u32>,
    epoch: u32,
    /// Topics woken by the present document and what is left to test of each.
    awake: Vec<(u32, Ref)>,
    /// Keeps reads that only bring memory near from being dropped.
    touched: u32,
}

/// Topics whose nodes are brought near together.
const BLOCK: usize = 16;

impl Engine {
    /// Puts the numbers of the topics that match into `hits`, each once, in no order.
    pub(super) fn judge(&self, run: &mut Run, document: &Document<'_>, hits: &mut Vec<u32>) {
        self.begin(run, document);
        let Run { scan, memo, judged, epoch, awake, touched } = run;
        let mut eval = Eval { look: Look { engine: self, scan, document }, memo };
        awake.clear();
        self.wakes.each(self, scan, |sym, wake| {
            if judged[wake.topic as usize] == *epoch || !wake.holds(sym, &mut eval) {
                return;
            }
            judged[wake.topic as usize] = *epoch;
            match wake.rest() {
                Some(rest) => awake.push((wake.topic, rest)),
                None => hits.push(wake.topic),
            }
        });
        for block in awake.chunks(BLOCK) {
            // the reads of a block do not wait for each other, those of an evaluation do
            *touched = block.iter().fold(*touched, |all, (_, rest)| all ^ self.code.touch(*rest));
            hits.extend(block.iter().filter(|(_, rest)| eval.is_true(*rest)).map(|(topic, _)| *topic));
        }
    }

    /// The same without presearch: every topic is evaluated. For tests and for explaining.
    #[cfg(test)]
    pub(super) fn judge_each(&self, run: &mut Run, document: &Document<'_>, hits: &mut Vec<u32>) {
        self.begin(run, document);
        let look = Look { engine: self, scan: &run.scan, document };
        let mut eval = Eval { look, memo: &mut run.memo };
        let roots = self.roots.iter().enumerate().filter_map(|(at, root)| Some((at, (*root)?)));
        hits.extend(roots.filter(|(_, root)| eval.is_true(*root)).map(|(at, _)| at as u32));
    }

    /// Whether a symbol is a pattern.
    #[inline]
    fn is_pattern(&self, sym: Sym) -> bool {
        has_bit(&self.pattern_bits, sym)
    }

    fn begin(&self, run: &mut Run, document: &Document<'_>) {
        run.scan.read(self, document);
        run.memo.begin(self.code.slots);
        if run.epoch == u32::MAX || run.judged.len() != self.topics {
            run.judged.clear();
            run.judged.resize(self.topics, 0);
            run.epoch = 0;
        }
        run.epoch += 1;
    }
}

/// Where the entries of each key begin in a list sorted by keys below `keys`; one longer than `keys`.
fn starts_of(keys: usize, sorted: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0; keys + 1];
    for key in sorted {
        starts[key as usize + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    starts
}
