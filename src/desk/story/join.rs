//! The join decision: how probable it is that an entry tells a story, and whether that is enough.
//!
//! In order: a look-alike of the nearest member never joins; near copies join (most word pairs shared); then a
//! logistic model over [`Likeness`] gives a probability. There are three models: for stories of up to three
//! members, where a wrong join swallows a young story; for larger ones, whose centre is well known; and for
//! entries of another language than the nearest member, where names and numbers carry the decision. Of the
//! stories that reach their threshold the most probable wins, larger ones a little before smaller ones, so that
//! one story does not grow in two places. Below [`SURE`] the join is marked "probably the same".
//!
//! The coefficients were fitted offline (Newton's method, ridge 1) on the public clustering sets named in
//! `docs/benchmarks.md`, to the two likeliest stories of each entry while the engine ran over the stream with
//! the model of the round before, three rounds; sets weighed alike, large clusters less in the model of small
//! stories. Halves of the sets judged each other before all were used. `benches/stories.rs` measures them.

use super::candidates::Candidate;
use super::likeness::Likeness;
use crate::model::{Stage, StoryId};

/// From here on a join is silent; below it is "probably the same".
pub const SURE: f32 = 0.8;
/// Share of word pairs that makes a near copy.
pub const NEAR_COPY: f32 = 0.5;
/// Members up to which a story counts as young.
const YOUNG: f32 = 3.0;
/// Least probability to join a young story.
const JOIN_YOUNG: f32 = 0.55;
/// Least probability to join a grown story.
const JOIN_GROWN: f32 = 0.40;
/// Least probability to join across languages.
const JOIN_FOREIGN: f32 = 0.75;
/// Least probability to join titles on thin evidence while the window is cold.
const JOIN_THIN: f32 = 0.8;
/// No probability reaches this.
const NEVER: f32 = 2.0;
/// Windows colder than this know too little of words to join across languages on the places and subjects that both
/// texts are about: up to 1,600 entries.
const COOL: f32 = 0.2;
/// Windows colder than this join on no single word, and ask for evidence also of texts with a body: up to 100
/// entries.
const COLD: f32 = 0.8;
/// Evidence of a single word, or of two that are in the lists.
const LONE: f32 = 1.1;
/// Evidence below this is thin for titles.
const THIN: f32 = 2.0;
/// Evidence below which texts of two languages share no more than the places and subjects they are about.
const THIN_FOREIGN: f32 = 1.4;
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
}

/// Decides among the candidates.
pub fn decide(candidates: Vec<Candidate>) -> Result<Join, Option<Refusal>> {
    let mut best: Option<(f32, Join)> = None;
    let mut closest: Option<Refusal> = None;
    for candidate in candidates {
        let (stage, score, threshold) = judge(&candidate.likeness);
        // Titles of two languages cannot be laid beside each other.
        let forbidden = candidate.lookalike.forbids() && !candidate.likeness.foreign;
        if forbidden || score < threshold {
            let refusal = Refusal {
                story: candidate.story,
                nearest: candidate.nearest,
                score,
                threshold,
                lookalike: forbidden,
            };
            if closest.as_ref().is_none_or(|known| refusal.score > known.score) {
                closest = Some(refusal);
            }
            continue;
        }
        let rank = preference(stage, score, &candidate.likeness);
        if best.as_ref().is_none_or(|(known, _)| rank > *known) {
            best = Some((rank, Join { candidate, stage, score, threshold }));
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
}

/// Near copies come before stories told in other words.
fn preference(stage: Stage, score: f32, likeness: &Likeness) -> f32 {
    let copy = if stage == Stage::NearCopy { 10.0 } else { 0.0 };
    copy + score * likeness.size.max(1.0).powf(CROWD)
}

fn judge(likeness: &Likeness) -> (Stage, f32, f32) {
    if !likeness.foreign && likeness.pairs >= NEAR_COPY && likeness.shorter >= COPY_TERMS {
        return (Stage::NearCopy, likeness.pairs, NEAR_COPY);
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

/// The least probability that the evidence allows in a cold window.
fn least(likeness: &Likeness) -> f32 {
    let l = likeness;
    if l.foreign {
        return if l.cold > COOL && l.evidence + l.mark_evidence < THIN_FOREIGN { NEVER } else { 0.0 };
    }
    if l.cold > COLD && l.evidence < LONE {
        return NEVER;
    }
    if l.shorter < WITH_BODY {
        return if l.unlisted < 1.0 || l.evidence < THIN { JOIN_THIN * l.cold } else { 0.0 };
    }
    let bare = BARE.get(l.unlisted as usize).is_some_and(|&needed| l.evidence < needed);
    if l.cold > COLD && bare { NEVER } else { 0.0 }
}

/// Terms both texts need before shared word pairs prove a copy.
const COPY_TERMS: f32 = 6.0;

fn probability(likeness: &Likeness, model: &[f32; FEATURES]) -> f32 {
    let sum: f32 = features(likeness).iter().zip(model).map(|(value, weight)| value * weight).sum();
    1.0 / (1.0 + (-sum).exp())
}

const FEATURES: usize = 60;

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
    ]
}

/// Coefficients for stories of up to three members.
const SMALL: [f32; FEATURES] = [
    -5.702, -1.606, 2.854, 0.567, 0.511, -0.517, -0.087, -0.958, -0.261, 0.645, -0.504, 2.303, -3.67, 0.265,
    -1.143, -0.883, -0.183, 0.681, 6.041, 0.193, -0.024, 1.049, 0.626, 1.242, 1.933, 1.286, 1.761, -1.655,
    1.546, -0.176, -0.421, -0.633, 0.979, 0.698, 0.23, 0.321, -0.131, -1.005, -0.315, -0.082, -2.141, 2.271,
    -1.072, -0.663, 0.966, 0.034, -0.236, 0.645, 2.682, -0.79, -0.028, 0.771, -0.187, -0.764, 0.647, 2.119,
    1.143, -1.966, -0.803, -0.161,
];

/// Coefficients for larger stories.
const LARGE: [f32; FEATURES] = [
    -4.516, 0.328, 1.569, 1.297, 2.131, -0.411, -1.011, -1.847, -0.903, -1.459, -1.029, 2.741, -0.587,
    -0.324, -1.359, -0.133, 0.434, 0.685, 3.832, 4.772, 0.799, 0.857, 0.931, -0.336, 0.634, 3.732, 0.617,
    -0.425, 2.622, -0.123, -0.706, -0.034, 0.182, -0.003, -0.372, -2.485, -0.114, -0.445, -1.075, -1.068,
    0.206, 0.582, -0.093, -0.136, -0.482, -0.256, -0.467, 0.054, 0.567, 0.564, -0.255, -0.027, -0.213, 0.052,
    -0.304, -0.263, 0.127, -0.573, -0.101, -0.271,
];

/// Coefficients across languages.
const ACROSS: [f32; FEATURES] = [
    -4.395, 0.52, -0.354, 1.466, 8.034, 0.768, -0.593, -0.561, 1.798, -1.021, 0.0, -0.786, 0.123, -0.753,
    -1.394, 0.081, 1.082, -0.486, -2.701, 0.0, -0.115, -1.226, 0.801, -0.741, -1.699, 1.885, 0.177, -1.238,
    0.043, 3.376, -1.072, 0.231, -0.138, 0.636, 3.538, -0.358, -0.256, -0.236, 0.754, -0.087, 0.0, -0.15,
    0.055, -0.161, -0.045, 0.044, 1.33, -0.156, -1.095, 0.0, -0.044, -0.503, 0.274, -0.247, -0.733, 0.752,
    0.081, -0.272, 0.161, 1.467,
];
