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
pub(super) fn tidy(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    spans.dedup();
    spans
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
            tidy(found)
        }
        Nearness::NotNear(reach) => near(left, right, reach, false),
        Nearness::Before(reach) => tidy(before(left, right, reach)),
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
pub(super) fn sloppy(
    shifted: &[(i64, u32)],
    words: usize,
    slop: u32,
    mut found: impl FnMut(Span) -> bool,
) -> bool {
    let mut last = [i64::MIN; MAX_WORDS];
    let last = &mut last[..words];
    for (shift, nth) in shifted {
        last[*nth as usize] = *shift;
        let least = last.iter().copied().min().unwrap_or(i64::MIN);
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
    fn long_spans_reach_from_their_ends() {
        let long = [Span { first: 0, last: 10 }, Span { first: 2, last: 3 }];
        let found = relate(Nearness::Near(2), &spans(&[12]), &long);
        assert_eq!(found, [Span { first: 0, last: 10 }, Span { first: 12, last: 12 }]);
    }
}
