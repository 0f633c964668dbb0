//! What changed between two versions of a text, word by word.
//!
//! The order: both texts are cut into words, single characters of scripts without spaces, runs of blanks and single other
//! characters; what they share at both ends is set aside; the shortest way from one middle to the other is looked for
//! (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986). Texts that have more than [`MOST_STEPS`] pieces
//! to change are told as replaced in the middle: nobody reads a longer list. Joined again, the pieces that stayed or went
//! are the old text, and those that stayed or came are the new one.

use super::chars::is_unspaced;
use serde::Serialize;

/// Most pieces removed and added that are told one by one: bounds time and memory (a few megabytes).
const MOST_STEPS: usize = 800;

/// A piece of a text and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// In both versions.
    Same(String),
    /// In the old one only.
    Gone(String),
    /// In the new one only.
    New(String),
}

/// The way from `old` to `new`; neighbouring pieces of one kind are joined, what went stands before what came.
pub fn word_diff(old: &str, new: &str) -> Vec<Change> {
    let (old, new) = (pieces(old), pieces(new));
    let head = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let (a, b) = (&old[head..], &new[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(one, other)| one == other).count();
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    let mut told = Told::default();
    told.same(&old[..head]);
    let (mut x, mut y) = (0, 0);
    for (stays_a, stays_b) in shared(a, b) {
        told.went(&a[x..stays_a]);
        told.came(&b[y..stays_b]);
        told.same(&a[stays_a..=stays_a]);
        (x, y) = (stays_a + 1, stays_b + 1);
    }
    told.went(&a[x..]);
    told.came(&b[y..]);
    told.same(&old[old.len() - tail..]);
    told.finish()
}

/// Words, characters of scripts without spaces, runs of blanks, other characters.
fn pieces(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if is_unspaced(c) => None,
        c if c.is_alphanumeric() => Some(true),
        c if c.is_whitespace() => Some(false),
        _ => None,
    };
    let mut pieces = Vec::new();
    let (mut start, mut last) = (0, None);
    for (at, c) in text.char_indices() {
        if at > start && (kind(c).is_none() || kind(c) != last) {
            pieces.push(&text[start..at]);
            start = at;
        }
        last = kind(c);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// How far into the old text the furthest way reaches on each diagonal (old place minus new place).
#[derive(Clone)]
struct Reach(Vec<i32>);

impl Reach {
    fn of(most: i32) -> Self {
        Self(vec![0; 2 * index(most) + 3])
    }

    fn at(&self, diagonal: i32) -> i32 {
        self.0[index(diagonal + self.middle())]
    }

    fn set(&mut self, diagonal: i32, place: i32) {
        let at = index(diagonal + self.middle());
        self.0[at] = place;
    }

    fn middle(&self) -> i32 {
        length(self.0.len() / 2)
    }

    /// Whether a way of so many steps comes to this diagonal by a piece of the new text, else by one of the old.
    fn by_new(&self, steps: i32, diagonal: i32) -> bool {
        diagonal == -steps || (diagonal != steps && self.at(diagonal - 1) < self.at(diagonal + 1))
    }
}

/// Texts are far shorter than two thousand million pieces.
fn length(pieces: usize) -> i32 {
    i32::try_from(pieces).unwrap_or(i32::MAX)
}

fn index(place: i32) -> usize {
    usize::try_from(place).unwrap_or(0)
}

/// Places of the pieces that stay, in both texts, in order; none where the way is too long.
fn shared(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let (all_old, all_new) = (length(old.len()), length(new.len()));
    let most = length(MOST_STEPS.min(old.len() + new.len()));
    let mut reach = Reach::of(most);
    let mut trace = Vec::new();
    for steps in 0..=most {
        trace.push(reach.clone());
        for diagonal in (-steps..=steps).step_by(2) {
            let mut x = match reach.by_new(steps, diagonal) {
                true => reach.at(diagonal + 1),
                false => reach.at(diagonal - 1) + 1,
            };
            while x < all_old && x - diagonal < all_new && old[index(x)] == new[index(x - diagonal)] {
                x += 1;
            }
            reach.set(diagonal, x);
            if x >= all_old && x - diagonal >= all_new {
                return walk_back(&trace, all_old, all_new);
            }
        }
    }
    Vec::new()
}

/// Reads the way from its end; the trace has the reach before each step.
fn walk_back(trace: &[Reach], old: i32, new: i32) -> Vec<(usize, usize)> {
    let (mut x, mut y) = (old, new);
    let mut stays = Vec::new();
    for (steps, reach) in trace.iter().enumerate().rev() {
        let (steps, diagonal) = (length(steps), x - y);
        let before = if reach.by_new(steps, diagonal) { diagonal + 1 } else { diagonal - 1 };
        let from = reach.at(before);
        while x > from && y > from - before {
            (x, y) = (x - 1, y - 1);
            stays.push((index(x), index(y)));
        }
        (x, y) = (from, from - before);
    }
    stays.reverse();
    stays
}

/// Changes as they are told: runs of one kind joined.
#[derive(Default)]
struct Told {
    changes: Vec<Change>,
    gone: String,
    new: String,
}

impl Told {
    fn went(&mut self, pieces: &[&str]) {
        self.gone.extend(pieces.iter().copied());
    }

    fn came(&mut self, pieces: &[&str]) {
        self.new.extend(pieces.iter().copied());
    }

    fn same(&mut self, pieces: &[&str]) {
        if pieces.is_empty() {
            return;
        }
        self.close();
        match self.changes.last_mut() {
            Some(Change::Same(text)) => text.extend(pieces.iter().copied()),
            _ => self.changes.push(Change::Same(pieces.concat())),
        }
    }

    fn close(&mut self) {
        let (gone, new) = (std::mem::take(&mut self.gone), std::mem::take(&mut self.new));
        if !gone.is_empty() {
            self.changes.push(Change::Gone(gone));
        }
        if !new.is_empty() {
            self.changes.push(Change::New(new));
        }
    }

    fn finish(mut self) -> Vec<Change> {
        self.close();
        self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[-gone-]{+new+}`
    fn shown(changes: &[Change]) -> String {
        let piece = |change: &Change| match change {
            Change::Same(text) => text.clone(),
            Change::Gone(text) => format!("[-{text}-]"),
            Change::New(text) => format!("{{+{text}+}}"),
        };
        changes.iter().map(piece).collect()
    }

    #[test]
    fn what_changed_is_told_word_by_word() {
        for (why, old, new, told) in [
            ("nothing changed", "one two", "one two", "one two"),
            ("both empty", "", "", ""),
            ("a text appeared", "", "one two", "{+one two+}"),
            ("a text is gone", "one two", "", "[-one two-]"),
            (
                "a word replaced",
                "seven dead in flood",
                "nine dead in flood",
                "[-seven-]{+nine+} dead in flood",
            ),
            ("a word added", "dead in flood", "dead in the flood", "dead in {+the +}flood"),
            ("words at both ends", "a b c", "x b y", "[-a-]{+x+} b [-c-]{+y+}"),
            ("a number with a comma", "costs 1,200", "costs 1,300", "costs 1,[-200-]{+300+}"),
            ("case is a change", "Port closes", "port closes", "[-Port-]{+port+} closes"),
            ("characters of Han", "出口管制升级", "出口管制放松", "出口管制[-升级-]{+放松+}"),
            ("right to left", "شركة كبيرة", "شركة صغيرة", "شركة [-كبيرة-]{+صغيرة+}"),
            ("only pictures", "🙂🙂", "🙂🎉", "🙂[-🙂-]{+🎉+}"),
            ("a doubled word", "the the port", "the port", "the [-the -]port"),
        ] {
            assert_eq!(shown(&word_diff(old, new)), told, "{why}");
        }
    }

    #[test]
    fn both_texts_can_be_read_back_whatever_they_are() {
        let words = ["port", " ", "closes", "管", "制", "🙂", ",", "\n", "the"];
        let mut state = 7_u64;
        let mut text = |length: u64| -> String {
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> 33
            };
            (0..length).map(|_| words[(next() % words.len() as u64) as usize]).collect()
        };
        for round in 0..200 {
            let (old, new) = (text(round % 40), text(round * 7 % 45));
            let changes = word_diff(&old, &new);
            let side = |new_side: bool| -> String {
                let part = |change: &Change| match change {
                    Change::Same(text) => text.clone(),
                    Change::Gone(text) if !new_side => text.clone(),
                    Change::New(text) if new_side => text.clone(),
                    _ => String::new(),
                };
                changes.iter().map(part).collect()
            };
            assert_eq!((side(false), side(true)), (old, new));
        }
    }

    #[test]
    fn a_text_with_too_many_changes_is_told_as_replaced() {
        let old: String = (0..3_000).map(|number| format!("a{number} ")).collect();
        let new: String = (0..3_000).map(|number| format!("b{number} ")).collect();
        let changes = word_diff(&format!("Head {old}tail"), &format!("Head {new}tail"));
        assert_eq!(changes.len(), 4);
        assert_eq!(changes[0], Change::Same("Head ".to_owned()));
        assert_eq!(changes[3], Change::Same(" tail".to_owned()));
        let long = "word ".repeat(200_000);
        assert_eq!(
            word_diff(&format!("{long}old"), &format!("{long}new")).len(),
            3,
            "far apart ends cost nothing"
        );
    }
}
