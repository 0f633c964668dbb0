//! Why a topic matches a document, and why not: the query as a tree with the truth of every node and what it found.
//!
//! This evaluates the query as written, node by node, and is slower than the engine by far; it runs for topics that hit
//! (for their evidence) and for those somebody asks about.
//!
//! `witness` says what is true and where; `evidence` and `tree` make of that what a hit keeps and what people read.

mod evidence;
mod tree;
mod witness;

pub(super) use witness::{Trees, Witness};

use super::Document;
use super::reading::Reading;
use super::watchlist::Watchlist;
use serde::Serialize;
use witness::Scope;

/// One node of a query and how it fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The clause as written.
    pub clause: String,
    /// Whether it is true of the document.
    pub truth: bool,
    /// What came of it beyond yes or no: a count, a score, the nearest miss.
    pub note: Option<String>,
    /// What it found, for terms.
    pub found: Vec<Finding>,
    /// Its operands; of a term list, only those that found something.
    pub parts: Vec<Explanation>,
}

/// Something found: the same as evidence, without the term that stands above it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Where.
    pub field: crate::model::Field,
    /// First byte in the text of that field.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The text found.
    pub text: String,
}

impl Explanation {
    /// For a miss: the innermost clauses that would have to come out otherwise. For a hit: those that decided.
    pub fn deciding(&self) -> Vec<&Explanation> {
        let negated = self.clause.starts_with("NOT ") && self.parts.len() == 1;
        let same: Vec<&Explanation> =
            self.parts.iter().filter(|part| part.truth == (self.truth != negated)).collect();
        if same.is_empty() || negated {
            vec![self]
        } else {
            same.into_iter().flat_map(Self::deciding).collect()
        }
    }
}

/// Explains one topic, by its index in the sources; `None` when there is none or it could not be compiled.
pub fn explain(watchlist: &Watchlist, topic: usize, document: &Document<'_>) -> Option<Explanation> {
    if !watchlist.is_usable(topic) {
        return None;
    }
    let reading = Reading::new(document);
    let mut trees = Trees::default();
    let mut witness = Witness::new(watchlist, &reading, &mut trees);
    let query = witness.query(topic)?;
    Some(witness.tree(&query.root, Scope::of(&query)))
}
