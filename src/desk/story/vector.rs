//! Vectors of texts: one more piece of evidence for the join decision, where an embedding model is configured.
//!
//! A vector is kept as whole numbers of eight bits, scaled to its largest component: what is stored and what is compared are
//! the same, before a restart and after. From a threshold on, likeness raises the odds that two entries tell one event;
//! below it says nothing, for vectors of unlike events lie close, too. It never joins look-alikes, never brings an entry
//! before the decision that shares no words, names or numbers with a story, and never speaks against a join. How much it
//! weighs is a choice, not fitted: there is no model that everybody has.

use super::candidates::Candidate;
use super::memory::Memory;
use crate::model::EntryId;
use hashbrown::HashMap;

/// Log odds that identical vectors add; half of it lifts one in three to seven in nine.
const WEIGHT: f32 = 4.0;
/// Vectors of forgotten entries that may pile up before they are cleared away.
const SLACK: usize = 1_024;

/// The vector of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector(Box<[i8]>);

impl Vector {
    /// From components; `None` for none, and for those that have no direction.
    pub fn of(components: &[f32]) -> Option<Self> {
        let largest = components.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let sound = largest.is_finite() && largest > 0.0 && components.iter().all(|value| value.is_finite());
        sound.then(|| Self(components.iter().map(|value| (value / largest * 127.0).round() as i8).collect()))
    }

    /// From what [`Vector::bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|byte| byte.cast_signed()).collect())
    }

    /// For the store: one byte for each component.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.iter().map(|value| value.cast_unsigned()).collect()
    }

    /// Cosine of two vectors, -1 to 1; `None` if they are of different length.
    pub fn similarity(&self, other: &Self) -> Option<f32> {
        if self.0.len() != other.0.len() {
            return None;
        }
        let dot = |one: &Self, two: &Self| -> i64 {
            one.0.iter().zip(&two.0).map(|(a, b)| i64::from(i32::from(*a) * i32::from(*b))).sum()
        };
        let norms = (dot(self, self) as f64 * dot(other, other) as f64).sqrt();
        (norms > 0.0).then(|| (dot(self, other) as f64 / norms) as f32)
    }
}

/// The vectors of the window.
#[derive(Debug, Default)]
pub struct Vectors {
    /// `None` for an entry whose vector did not come.
    by_entry: HashMap<EntryId, Option<Vector>>,
    threshold: f32,
}

impl Vectors {
    /// Likeness counts from `threshold` on.
    pub fn new(threshold: f32) -> Self {
        Self { by_entry: HashMap::new(), threshold }
    }

    /// Remembers the vector of an entry, or that there is none.
    pub fn know(&mut self, entry: EntryId, vector: Option<Vector>, memory: &Memory) {
        if self.by_entry.len() > 2 * memory.len() + SLACK {
            self.by_entry.retain(|&known, _| memory.slot_of(known).is_some());
        }
        self.by_entry.insert(entry, vector);
    }

    /// Adds to each candidate how alike its nearest member is, where both have a vector.
    pub fn compare(&self, entry: EntryId, found: &mut [Candidate], memory: &Memory) {
        let Some(Some(mine)) = self.by_entry.get(&entry) else { return };
        for candidate in found {
            let other =
                memory.get(candidate.nearest).and_then(|nearest| self.by_entry.get(&nearest.id)?.as_ref());
            candidate.similar = other.and_then(|other| mine.similarity(other));
        }
    }

    /// A probability in the light of a likeness.
    pub fn lift(&self, probability: f32, similar: Option<f32>) -> f32 {
        let Some(similar) = similar.filter(|similar| *similar >= self.threshold) else { return probability };
        let gain = WEIGHT * (similar - self.threshold) / (1.0 - self.threshold).max(0.01);
        let odds = probability / (1.0 - probability).max(f32::EPSILON) * gain.exp();
        odds / (1.0 + odds)
    }

    /// What there is to say of the vector of an entry beside the words' decision.
    pub fn words(&self, entry: EntryId, similar: Option<f32>) -> Option<String> {
        match (self.by_entry.get(&entry)?, similar) {
            (None, _) => Some("no vector came in time, the words alone decided".to_owned()),
            (Some(_), None) => None,
            (Some(_), Some(similar)) => {
                let counts = if similar >= self.threshold { "counts" } else { "too little to count" };
                Some(format!("vectors {similar:.2} alike, {counts} from {:.2} on", self.threshold))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::story::join::decide;
    use crate::desk::story::likeness::Likeness;
    use crate::desk::story::veto::Lookalike;
    use crate::model::StoryId;

    #[test]
    fn vectors_keep_their_angle() {
        let vector = |components: &[f32]| Vector::of(components).expect("a direction");
        let (one, two) = (vector(&[0.5, 0.1, -0.2]), vector(&[5.0, 1.0, -2.0]));
        assert_eq!(one, two, "length does not matter");
        assert_eq!(Vector::from_bytes(&one.bytes()), one);
        let close = |one: &Vector, two: &Vector, expected: f32| {
            let found = one.similarity(two).expect("of one length");
            assert!((found - expected).abs() < 0.01, "{found} for {expected}");
        };
        close(&one, &two, 1.0);
        close(&vector(&[1.0, 0.0]), &vector(&[0.0, 1.0]), 0.0);
        close(&vector(&[1.0, 1.0]), &vector(&[1.0, 0.0]), 0.707);
        close(&vector(&[1.0, 0.0]), &vector(&[-1.0, 0.0]), -1.0);
        assert_eq!(one.similarity(&vector(&[1.0])), None, "another length");
        for nothing in [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY]] {
            assert_eq!(Vector::of(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn likeness_lifts_from_the_threshold_on_and_never_lowers() {
        let vectors = Vectors::new(0.6);
        assert_eq!(vectors.lift(0.3, None), 0.3);
        assert_eq!(vectors.lift(0.3, Some(0.59)), 0.3);
        assert_eq!(vectors.lift(0.3, Some(-1.0)), 0.3);
        let lifted = vectors.lift(0.3, Some(0.8));
        assert!((0.7..0.8).contains(&lifted), "{lifted}");
        assert!(vectors.lift(0.01, Some(1.0)) < 0.4, "thin evidence alone does not do");
        assert!(vectors.lift(1.0, Some(1.0)) <= 1.0);
    }

    #[test]
    fn likeness_joins_what_words_alone_nearly_did_and_no_lookalikes() {
        let nearly = (0..100).rev().find_map(|percent| {
            let near = percent as f32 / 100.0;
            let likeness = Likeness {
                pairs: 0.4,
                near,
                centre: near,
                size: 1.0,
                shorter: 20.0,
                evidence: 6.0,
                unlisted: 6.0,
                ..Likeness::default()
            };
            let candidate = Candidate {
                story: StoryId(1),
                nearest: 0,
                likeness,
                lookalike: Lookalike::default(),
                similar: None,
            };
            decide(vec![candidate.clone()], &Vectors::new(0.6)).is_err().then_some(candidate)
        });
        let nearly = nearly.expect("some likeness is too little");
        let vectors = Vectors::new(0.6);
        let close = Candidate { similar: Some(0.95), ..nearly.clone() };
        let join = decide(vec![close.clone()], &vectors).expect("joined");
        assert!(join.by_vector, "marked as joined by its vector");
        let far = Candidate { similar: Some(0.5), ..nearly };
        assert!(decide(vec![far], &vectors).is_err());
        let lookalike = Lookalike { template: true, numbers: 1, fillers: 0 };
        assert!(
            decide(vec![Candidate { lookalike, ..close }], &vectors).is_err(),
            "a look-alike stays apart"
        );
    }
}
