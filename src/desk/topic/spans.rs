//! Spans of words and the meaning of the proximity operators, as pure rules over sorted lists.
//!
//! Numbers are places of words; words of different fields are [`STRIDE`] further apart than they stand, so that
//! nothing reaches from one field into another.

use super::query::{MAX_REACH, MAX_WORDS, Nearness};

/// Extra distance between the words of neighbouring segments: more than any operator reaches.
pub(super) const STRIDE: u32 = 2 * (MAX_REACH + MAX_WORDS as u32);

/// First and last place of something found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Span {
    pub(super) first: u32,
    pub(super) last: u32,
}

/// Sorts a list of spans and removes repeats.
pub(super) fn tidy(spans: &mut Vec<Span>) {
    spans.sort_unstable();
    spans.dedup();
}

/// The same for a list that is passed on.
pub(super) fn tidied(mut spans: Vec<Span>) -> Vec<Span> {
    tidy(&mut spans);
    spans
}

/// Whether [`relate`] finds anything: one walk over both lists where that is enough.
pub(super) fn is_related(nearness: Nearness, left: &[Span], right: &[Span]) -> bool {
    match nearness {
        Nearness::Near(reach) => is_near(left, right, reach),
        Nearness::NotNear(_) if right.is_empty() => !left.is_empty(),
        Nearness::NotNear(reach) => is_far(left, right, reach),
        Nearness::Before(reach) => is_before(left, right, reach),
    }
}

/// Walks both lists in the order of first places. What ends last of one list so far is nearest to what begins next of
/// the other.
fn is_near(left: &[Span], right: &[Span], reach: u32) -> bool {
    let [mut left, mut right] = [left, right].map(|spans| spans.iter().peekable());
    let mut ends: [Option<u32>; 2] = [None; 2];
    while let Some((span, other)) = next(&mut left, &mut right) {
        if ends[other].is_some_and(|end| end.saturating_add(reach) >= span.first) {
            return true;
        }
        let own = &mut ends[1 - other];
        *own = Some(own.map_or(span.last, |end| end.max(span.last)));
    }
    false
}

type Walk<'a> = std::iter::Peekable<std::slice::Iter<'a, Span>>;

/// The span that begins first, and which list it does not come from.
fn next(left: &mut Walk<'_>, right: &mut Walk<'_>) -> Option<(Span, usize)> {
    let from_left = match (left.peek(), right.peek()) {
        (Some(a), Some(b)) => a.first <= b.first,
        (a, _) => a.is_some(),
    };
    let span = if from_left { left.next() } else { right.next() };
    span.map(|span| (*span, usize::from(from_left)))
}

/// Whether some left span has no right one within reach.
fn is_far(left: &[Span], right: &[Span], reach: u32) -> bool {
    if left.len().saturating_mul(right.len()) > FEW {
        return !near(left, right, reach, false).is_empty();
    }
    let within = |a: &Span, b: &Span| {
        b.first <= a.last.saturating_add(reach) && b.last.saturating_add(reach) >= a.first
    };
    left.iter().any(|a| !right.iter().any(|b| within(a, b)))
}

/// Pairs that are compared one by one rather than searched for.
const FEW: usize = 64;

/// Whether some right span begins behind a left one and within its reach.
fn is_before(left: &[Span], right: &[Span], reach: u32) -> bool {
    if !left.is_sorted_by_key(|a| a.last) {
        return !before(left, right, reach).is_empty();
    }
    let mut lefts = left.iter().peekable();
    let mut nearest = None;
    right.iter().any(|b| {
        while let Some(a) = lefts.next_if(|a| a.last < b.first) {
            nearest = Some(a.last);
        }
        nearest.is_some_and(|last| b.first - last <= reach)
    })
}

/// What a proximity operator finds, given what its sides find (both tidy).
///
/// NEAR: the spans of either side that have one of the other within reach. BEFORE: from every left span to the
/// nearest right span after it, and from every right span back to the nearest left one before it. NOT NEAR: the
/// left spans that have no right one within reach.
pub(super) fn relate(nearness: Nearness, left: &[Span], right: &[Span]) -> Vec<Span> {
    match nearness {
        Nearness::Near(reach) => {
            let mut found = near(left, right, reach, true);
            found.extend(near(right, left, reach, true));
            tidied(found)
        }
        Nearness::NotNear(reach) => near(left, right, reach, false),
        Nearness::Before(reach) => tidied(before(left, right, reach)),
    }
}

/// The spans that have (or have not) one of the others within reach. Linear but for one sorted search per span.
fn near(spans: &[Span], others: &[Span], reach: u32, wanted: bool) -> Vec<Span> {
    let mut furthest: Vec<u32> = Vec::with_capacity(others.len());
    for other in others {
        furthest.push(furthest.last().map_or(other.last, |last| other.last.max(*last)));
    }
    let has_near = |span: &Span| {
        let starting = others.partition_point(|other| other.first <= span.last.saturating_add(reach));
        starting > 0 && furthest[starting - 1].saturating_add(reach) >= span.first
    };
    spans.iter().filter(|span| has_near(span) == wanted).copied().collect()
}

fn before(left: &[Span], right: &[Span], reach: u32) -> Vec<Span> {
    let within = |left: &Span, right: &Span| right.first > left.last && right.first - left.last <= reach;
    let mut found = Vec::new();
    for a in left {
        let at = right.partition_point(|b| b.first <= a.last);
        found.extend(right.get(at).filter(|b| within(a, b)).map(|b| Span { first: a.first, last: b.last }));
    }
    let mut by_end = left.to_vec();
    by_end.sort_unstable_by_key(|a| (a.last, a.first));
    for b in right {
        let at = by_end.partition_point(|a| a.last < b.first);
        let nearest = at.checked_sub(1).map(|at| by_end[at]);
        found.extend(nearest.filter(|a| within(a, b)).map(|a| Span { first: a.first, last: b.last }));
    }
    found
}

/// A phrase with slack, after Lucene: some choice of one place per word with max(place − nth) − min(place − nth) at
/// most `slop`. `shifted` holds (place − nth, nth) of every occurrence, sorted; a span per closing occurrence.
///
/// The least of the latest shifts is that of the word met longest ago, since shifts come in ascending order.
pub(super) fn sloppy(
    shifted: &[(i64, u32)],
    words: usize,
    slop: u32,
    mut found: impl FnMut(Span) -> bool,
) -> bool {
    let mut last = [i64::MIN; MAX_WORDS];
    let last = &mut last[..words];
    let mut order = Recency::new(words);
    for (shift, nth) in shifted {
        last[*nth as usize] = *shift;
        let least = last[order.met(*nth as usize)];
        if least == i64::MIN || shift - least > i64::from(slop) {
            continue;
        }
        let places = last.iter().zip(0i64..).map(|(shift, nth)| (shift + nth) as u32);
        let (first, end) = places.fold((u32::MAX, 0), |(low, high), place| (low.min(place), high.max(place)));
        if found(Span { first, last: end }) {
            return true;
        }
    }
    false
}

/// The words of a phrase in a ring, the one met longest ago first.
struct Recency {
    next: [u8; MAX_WORDS + 1],
    before: [u8; MAX_WORDS + 1],
    /// Where the ring begins and ends: no word.
    ends: usize,
}

impl Recency {
    fn new(words: usize) -> Self {
        let mut ring = Self { next: [0; MAX_WORDS + 1], before: [0; MAX_WORDS + 1], ends: words };
        (0..=words).for_each(|at| ring.link(at, (at + 1) % (words + 1)));
        ring
    }

    fn link(&mut self, first: usize, second: usize) {
        self.next[first] = second as u8;
        self.before[second] = first as u8;
    }

    /// Notes that a word was met; says which was met longest ago.
    fn met(&mut self, word: usize) -> usize {
        self.link(self.before[word].into(), self.next[word].into());
        self.link(self.before[self.ends].into(), word);
        self.link(word, self.ends);
        self.next[self.ends].into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(places: &[u32]) -> Vec<Span> {
        places.iter().map(|at| Span { first: *at, last: *at }).collect()
    }

    #[test]
    fn nearness() {
        let rows = [
            ("within reach, either order", Nearness::Near(2), vec![5], vec![3, 20], vec![(3, 3), (5, 5)]),
            ("one word may be both", Nearness::Near(1), vec![5], vec![5], vec![(5, 5)]),
            ("out of reach", Nearness::Near(2), vec![5], vec![8], vec![]),
            ("in order only", Nearness::Before(3), vec![5, 9], vec![4, 8], vec![(5, 8)]),
            ("the same word is not before itself", Nearness::Before(3), vec![5], vec![5], vec![]),
            ("a veto spares the far ones", Nearness::NotNear(2), vec![5, 30], vec![6], vec![(30, 30)]),
            ("nothing to veto", Nearness::NotNear(2), vec![5], vec![], vec![(5, 5)]),
        ];
        for (why, nearness, left, right, expected) in rows {
            let found: Vec<_> = relate(nearness, &spans(&left), &spans(&right))
                .iter()
                .map(|span| (span.first, span.last))
                .collect();
            assert_eq!(found, expected, "{why}");
        }
    }

    #[test]
    fn asking_whether_agrees_with_asking_what() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..5_000 {
            let mut list = || {
                let most = random.usize(0..12);
                let span = |first: u32, length: u32| Span { first, last: first + length };
                tidied((0..most).map(|_| span(random.u32(0..60), random.u32(0..9) / 2 * 3)).collect())
            };
            let (left, right) = (list(), list());
            for nearness in [Nearness::Near(2), Nearness::Before(3), Nearness::NotNear(4), Nearness::Near(9)]
            {
                let found = !relate(nearness, &left, &right).is_empty();
                assert_eq!(is_related(nearness, &left, &right), found, "{nearness:?} {left:?} {right:?}");
            }
        }
    }

    #[test]
    fn the_word_met_longest_ago_is_known() {
        let mut ring = Recency::new(3);
        let told: Vec<usize> = [0, 1, 0, 2, 2, 1, 0].map(|word| ring.met(word)).to_vec();
        assert_eq!(told, [1, 2, 2, 1, 1, 0, 2]);
        assert_eq!(Recency::new(1).met(0), 0);
    }

    #[test]
    fn long_spans_reach_from_their_ends() {
        let long = [Span { first: 0, last: 10 }, Span { first: 2, last: 3 }];
        let found = relate(Nearness::Near(2), &spans(&[12]), &long);
        assert_eq!(found, [Span { first: 0, last: 10 }, Span { first: 12, last: 12 }]);
    }
}
