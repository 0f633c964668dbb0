//! The join decision: how probable it is that an entry tells a story, and whether that is enough.
//!
//! In order: a look-alike of the nearest member never joins; near copies join (most word pairs shared); columns
//! whose title says nothing ("Newsticker") join nothing else, since they tell of many events; an entry that shares
//! nothing with what a large story began with does not join it; then a
//! logistic model over [`Likeness`] gives a probability. There are three models: for stories of up to three
//! members, where a wrong join swallows a young story; for larger ones, whose centre is well known; and for
//! entries of another language than the nearest member, where names and numbers carry the decision. Of the
//! stories that reach their threshold the most probable wins, larger ones a little before smaller ones, so that
//! one story does not grow in two places. Below [`SURE`] the join is marked "probably the same".
//!
//! The coefficients were fitted offline (Newton's method, ridge 2) to labelled streams of news of the kinds that
//! `docs/benchmarks.md` names: to the likeliest stories of each entry while the engine ran over a stream with the
//! model of the round before, three rounds; whole streams, and short ones of 10, 60 and 300 entries for the
//! coefficients of a cold window; sets weighed alike, large clusters less in the model of small stories. What to measure and
//! where the bars lie was chosen on halves of the stories that had no part in the fit (a hash of the story's name
//! tells the halves apart); what is here was then fitted to both halves. `benches/stories.rs` measures it.

use super::candidates::Candidate;
use super::likeness::Likeness;
use super::vector::Vectors;
use crate::model::{Stage, StoryId};

/// From here on a join is silent; below it is "probably the same".
pub const SURE: f32 = 0.8;
/// Share of word pairs that makes a near copy.
pub const NEAR_COPY: f32 = 0.5;
/// The same for two columns, whose furniture and subjects are the same every day.
pub const COLUMN_COPY: f32 = 0.8;
/// Members from which a story must still know what it began with.
const DRIFT_SIZE: f32 = 30.0;
/// Share of an entry's weight that the oldest members of a large story must hold.
const DRIFT_ORIGIN: f32 = 0.02;
/// Members up to which a story counts as young.
const YOUNG: f32 = 3.0;
/// Least probability to join a young story.
const JOIN_YOUNG: f32 = 0.38;
/// Least probability to join a grown story.
const JOIN_GROWN: f32 = 0.4;
/// Least probability to join across languages.
const JOIN_FOREIGN: f32 = 0.9;
/// Least probability to join titles on thin evidence while the window is cold.
const JOIN_THIN: f32 = 0.8;
/// No probability reaches this.
const NEVER: f32 = 2.0;
/// Windows colder than this know too little of words to join across languages on the places and subjects that both
/// texts are about: up to 1,600 entries.
const COOL: f32 = 0.2;
/// Windows this cold know too little of words to join on thin evidence at all: up to 55 entries.
const FROZEN: f32 = 0.88;
/// From here on thin evidence is as good as the models say: 76 entries.
const THAWED: f32 = 0.84;
/// Cosine from which texts are so alike that they need no rare word in common.
const ALIKE: f32 = 0.6;
/// Evidence of a single word, or of two that are in the lists.
const LONE: f32 = 1.1;
/// Evidence below this is thin for titles.
const THIN: f32 = 2.0;
/// Evidence below which texts of two languages share no more than the places and subjects they are about.
const THIN_FOREIGN: f32 = 1.4;
/// The same in a window that knows which words are rare: numbers alone, say, are no event.
const BARE_FOREIGN: f32 = 1.0;
/// Evidence that texts with a body need if they share one term outside the lists, or none.
const BARE: [f32; 2] = [3.0, 2.5];
/// Terms from which a text is more than a title.
const WITH_BODY: f32 = 9.0;
/// How much a story's size counts when several fit: probability times size to this power.
const CROWD: f32 = 0.15;

/// A story to join.
#[derive(Clone, Debug)]
pub struct Join {
    /// The candidate that won.
    pub candidate: Candidate,
    /// The rule that decided.
    pub stage: Stage,
    /// Probability, or share of word pairs for near copies.
    pub score: f32,
    /// What it had to reach.
    pub threshold: f32,
    /// The words alone would not have done.
    pub by_vector: bool,
}

/// Decides among the candidates.
pub fn decide(candidates: Vec<Candidate>, vectors: &Vectors) -> Result<Join, Option<Refusal>> {
    let mut best: Option<(f32, Join)> = None;
    let mut closest: Option<Refusal> = None;
    for candidate in candidates {
        let (stage, words, threshold) = judge(&candidate.likeness);
        // Near copies are told by what they share; everything else may be told by vectors, too.
        let copy = stage == Stage::NearCopy;
        let score = if copy { words } else { vectors.lift(words, candidate.similar) };
        // Titles of two languages cannot be laid beside each other.
        let forbidden = candidate.lookalike.forbids(candidate.likeness.pairs) && !candidate.likeness.foreign;
        if forbidden || score < threshold {
            let refusal = Refusal {
                story: candidate.story,
                nearest: candidate.nearest,
                score,
                threshold,
                lookalike: forbidden,
                similar: candidate.similar,
            };
            if closest.as_ref().is_none_or(|known| refusal.score > known.score) {
                closest = Some(refusal);
            }
            continue;
        }
        let rank = preference(stage, score, &candidate.likeness);
        if best.as_ref().is_none_or(|(known, _)| rank > *known) {
            let by_vector = words < threshold;
            best = Some((rank, Join { candidate, stage, score, threshold, by_vector }));
        }
    }
    best.map(|(_, join)| join).ok_or(closest)
}

/// The nearest story that was not joined.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The story.
    pub story: StoryId,
    /// Its member nearest in text.
    pub nearest: u32,
    /// Its probability.
    pub score: f32,
    /// What it had to reach.
    pub threshold: f32,
    /// Whether it was refused as a look-alike.
    pub lookalike: bool,
    /// How alike the vectors are.
    pub similar: Option<f32>,
}

/// Near copies come before stories told in other words.
fn preference(stage: Stage, score: f32, likeness: &Likeness) -> f32 {
    let copy = if stage == Stage::NearCopy { 10.0 } else { 0.0 };
    copy + score * likeness.size.max(1.0).powf(CROWD)
}

fn judge(likeness: &Likeness) -> (Stage, f32, f32) {
    let copy = if likeness.columns > 0 { COLUMN_COPY } else { NEAR_COPY };
    if !likeness.foreign && likeness.columns != 1 && likeness.pairs >= copy && likeness.shorter >= COPY_TERMS
    {
        return (Stage::NearCopy, likeness.pairs, copy);
    }
    if likeness.columns > 0 || drifted(likeness) {
        return (Stage::SameStory, likeness.near, NEVER);
    }
    let (stage, model, threshold) = if likeness.foreign {
        (Stage::CrossLingual, &ACROSS, JOIN_FOREIGN)
    } else if likeness.size > YOUNG {
        (Stage::SameStory, &LARGE, JOIN_GROWN)
    } else {
        (Stage::SameStory, &SMALL, JOIN_YOUNG)
    };
    (stage, probability(likeness, model), threshold.max(least(likeness)))
}

/// Whether the entry is near to what a large story has come to, but not to what it began with: so it grows by neighbours
/// of neighbours, and would never end.
fn drifted(likeness: &Likeness) -> bool {
    likeness.size >= DRIFT_SIZE && likeness.origin < DRIFT_ORIGIN
}

/// The least probability that the evidence allows while the window is cold.
fn least(likeness: &Likeness) -> f32 {
    let l = likeness;
    if l.foreign {
        let needed = if l.cold > COOL { THIN_FOREIGN } else { BARE_FOREIGN };
        return if l.evidence + l.mark_evidence < needed { NEVER } else { 0.0 };
    }
    let bare = BARE.get(l.unlisted as usize).is_some_and(|&needed| l.evidence < needed);
    let with_body = l.shorter >= WITH_BODY;
    if l.near < ALIKE && (l.evidence < LONE || (with_body && bare)) {
        return faded(l.cold);
    }
    let thin = !with_body && (l.unlisted < 1.0 || l.evidence < THIN);
    if thin { JOIN_THIN * l.cold } else { 0.0 }
}

/// A bar that none passes while the window is frozen, and that is gone when it has thawed.
fn faded(cold: f32) -> f32 {
    if cold >= FROZEN { NEVER } else { ((cold - THAWED) / (FROZEN - THAWED)).clamp(0.0, 1.0) }
}

/// Terms both texts need before shared word pairs prove a copy.
const COPY_TERMS: f32 = 6.0;

fn probability(likeness: &Likeness, model: &[f32; FEATURES]) -> f32 {
    let sum: f32 = features(likeness).iter().zip(model).map(|(value, weight)| value * weight).sum();
    1.0 / (1.0 + (-sum).exp())
}

const FEATURES: usize = 66;

/// What a model weighs.
const MEASURES: usize = FEATURES / 2;

/// What the models weigh, in the order of their coefficients: each measure, and each as far as the window is cold.
fn features(l: &Likeness) -> [f32; FEATURES] {
    let measures = measures(l);
    let mut out = [0.0; FEATURES];
    out[..MEASURES].copy_from_slice(&measures);
    for (cold, value) in out[MEASURES..].iter_mut().zip(measures) {
        *cold = l.cold * value;
    }
    out
}

fn measures(l: &Likeness) -> [f32; MEASURES] {
    let days = l.gap_hours / 24.0;
    let short = 1.0 / (1.0 + l.shorter / 8.0);
    let size = if l.foreign { 0.0 } else { l.size.max(1.0).ln() };
    [
        1.0,
        l.near,
        l.centre,
        l.title,
        l.marks,
        l.mark_mass.min(4.0),
        l.pairs,
        l.known,
        (l.mass / 4.0).min(3.0),
        days.min(3.0),
        size,
        short,
        l.near * short,
        f32::from(u8::from(l.numbers_differ)),
        l.numbers_shared.min(3.0),
        l.names,
        f32::from(u8::from(l.unlisted < 1.0)),
        l.near.sqrt(),
        l.centre.sqrt(),
        size * l.centre,
        l.title_in,
        l.title_back,
        l.rarest,
        l.names_known,
        l.title_known,
        l.lead,
        (-days).exp() * l.near,
        days.min(3.0).powi(2),
        (1.0 + l.evidence).ln(),
        (1.0 + l.unlisted).ln(),
        (1.0 + l.name_evidence).ln(),
        (1.0 + l.mark_evidence).ln(),
        (1.0 + l.title_evidence).ln(),
    ]
}

/// Coefficients for stories of up to three members.
const SMALL: [f32; FEATURES] = [
    -4.957, -0.71, 2.393, 0.581, 1.136, 0.711, 0.404, -0.931, -0.831, 0.185, -0.308, 0.665, -2.834, -0.186,
    -0.858, -0.399, -0.481, 2.254, 6.093, 0.13, 0.155, 0.53, 0.025, 0.824, 1.473, 2.303, 1.332, -1.397,
    1.098, -0.396, -1.464, -1.644, 0.262, -1.688, -1.491, 1.001, 0.976, -0.241, -0.702, -0.037, -2.258,
    -0.392, 0.292, -1.777, 1.764, -2.439, -0.385, 0.609, -0.2, -0.082, 1.677, 4.813, -1.427, -0.246, 0.951,
    -0.342, 0.012, 1.024, 1.388, 0.825, -1.984, 0.56, 0.08, 0.777, 0.804, -0.609,
];

/// Coefficients for larger stories.
const LARGE: [f32; FEATURES] = [
    -3.646, -0.333, 1.629, -0.018, 1.766, -0.447, 0.361, -1.807, -0.518, -2.181, -0.569, 1.51, -0.79, -0.622,
    -1.158, 0.266, 0.309, -0.369, 3.213, 4.368, 0.63, 0.558, 0.669, -0.076, 0.55, 4.591, 0.56, -0.959, 1.446,
    -0.044, 0.539, -0.745, 0.657, -1.205, -0.005, 0.996, 0.656, -0.526, -1.308, 0.535, -0.215, -1.189,
    -0.666, -0.014, 1.066, -0.278, -0.548, 0.192, -0.775, -0.777, -0.033, 1.547, 1.522, 0.144, 0.279, -0.663,
    0.949, -0.015, 0.729, 0.452, -0.408, -0.019, 0.349, -2.05, -1.305, 0.014,
];

/// Coefficients across languages.
const ACROSS: [f32; FEATURES] = [
    -2.58, -0.119, -0.552, 0.232, 5.016, 0.527, 1.231, -0.697, 1.118, -0.885, 0.0, -0.003, 0.009, -0.503,
    -0.307, -0.638, -0.732, -1.404, -2.426, 0.0, -1.11, -1.762, -0.019, -0.469, -1.864, 0.485, -0.355,
    -1.151, 0.052, 1.889, 1.22, 0.308, 1.548, -0.97, -0.076, -0.42, 0.219, 4.455, -0.177, 1.063, -0.565,
    1.031, -0.11, 0.0, 0.274, 0.014, -0.196, 0.709, -0.382, 1.09, -1.072, -1.884, 0.0, -0.925, -1.469,
    -0.026, -0.187, -1.59, 0.361, -0.293, -0.54, 0.152, 1.343, 0.907, 0.638, 1.452,
];
