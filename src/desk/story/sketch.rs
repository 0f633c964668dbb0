//! A sketch of a text's pairs of neighbouring words, by which near copies are told without keeping the text.
//!
//! One hash for each pair (one-permutation MinHash): its upper bits choose a place, and each place keeps the least of
//! its hashes. Places that got none borrow from another by a fixed rule, so that sketches of short texts compare
//! too (Shrivastava 2017). The share of equal places estimates the share of pairs in common.

use super::hash::mix;

/// Places of a sketch: the standard error of the estimated share is then at most 0.09.
pub const PLACES: usize = 32;

/// Least hashes of the word pairs, 8 bits each.
pub type Sketch = [u8; PLACES];

/// The sketch of words in order.
pub fn sketch(words: &[u64]) -> Sketch {
    let mut least = [u64::MAX; PLACES];
    for pair in words.windows(2) {
        let hash = mix(pair[0].rotate_left(17) ^ pair[1]);
        let place = &mut least[(hash >> 59) as usize];
        *place = (*place).min(hash & EMPTY);
    }
    std::array::from_fn(|at| (mix(borrowed(&least, at)) & 0xFF) as u8)
}

/// Hashes without the bits that chose their place are below this.
const EMPTY: u64 = u64::MAX >> 5;
/// Tries to borrow from a filled place.
const TRIES: u64 = 128;

fn borrowed(least: &[u64; PLACES], at: usize) -> u64 {
    let filled = |place: &usize| least[*place] <= EMPTY;
    let tries = (1..=TRIES).map(|nth| (mix(at as u64 | (nth << 32)) >> 59) as usize);
    std::iter::once(at)
        .chain(tries)
        .find(filled)
        .map_or(u64::MAX, |place| least[place] | ((place as u64) << 59))
}

/// The share of word pairs two texts have in common, estimated from their sketches: 0 to 1.
pub fn shared_pairs(one: &Sketch, two: &Sketch) -> f32 {
    let equal = one.iter().zip(two).map(|(a, b)| u8::from(a == b)).sum::<u8>();
    let chance = 1.0 / 256.0;
    ((f32::from(equal) / PLACES as f32 - chance) / (1.0 - chance)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(from: u64, to: u64) -> Vec<u64> {
        (from..to).map(mix).collect()
    }

    #[test]
    fn shares_are_estimated() {
        for (one, two, share, why) in [
            (words(0, 100), words(0, 100), 1.0, "the same"),
            (words(0, 100), words(200, 300), 0.0, "nothing in common"),
            (words(0, 120), words(40, 160), 0.5, "80 of 158 pairs"),
            (words(0, 8), words(0, 8), 1.0, "a title and itself"),
            (words(0, 8), words(100, 108), 0.0, "two titles"),
        ] {
            let found = shared_pairs(&sketch(&one), &sketch(&two));
            assert!((found - share).abs() < 0.2, "{why}: {found}");
        }
    }
}
