//! Marks of hits: set, taken off, counted per topic over time, and what they say about a noisy topic.

use super::App;
use crate::desk::topic::suggest::{MarkedText, Suggestions, suggest};
use crate::model::*;
use crate::store;
use serde::Serialize;
use std::time::Duration;

/// Days of one period of [`Precision`].
pub const PERIOD_DAYS: u64 = 30;
/// Periods that are told.
const PERIODS: usize = 6;

/// How many marked hits were useful.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rate {
    /// Hits marked useful.
    pub useful: usize,
    /// Hits marked noise.
    pub noise: usize,
    /// `useful / (useful + noise)`; absent where nothing is marked.
    pub precision: Option<f64>,
}

/// The same over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Precision {
    /// All marked hits.
    pub ever: Rate,
    /// Marked hits of the last six periods of thirty days, by the time of the hit, oldest first; the last one ends now.
    pub periods: Vec<Rate>,
}

impl Rate {
    fn of(marks: impl Iterator<Item = Mark>) -> Self {
        let mut rate = Self::default();
        marks.for_each(|mark| match mark {
            Mark::Useful => rate.useful += 1,
            Mark::Noise => rate.noise += 1,
        });
        let all = rate.useful + rate.noise;
        rate.precision = (all > 0).then(|| rate.useful as f64 / all as f64);
        rate
    }
}

/// The precision of one topic, from the marks of all.
pub fn precision(marks: &[Marked], topic: &TopicId, now: Time) -> Precision {
    let ours: Vec<&Marked> = marks.iter().filter(|marked| marked.topic == *topic).collect();
    let back = |periods: usize| now.minus(Duration::from_secs(periods as u64 * PERIOD_DAYS * 86_400));
    let period = |nth: usize| {
        let within = |marked: &&&Marked| marked.at > back(nth + 1) && (marked.at <= back(nth) || nth == 0);
        Rate::of(ours.iter().filter(within).map(|marked| marked.mark))
    };
    Precision {
        ever: Rate::of(ours.iter().map(|marked| marked.mark)),
        periods: (0..PERIODS).rev().map(period).collect(),
    }
}

impl App {
    /// Marks a hit, in place of an earlier mark.
    ///
    /// # Errors
    /// [`store::StoreError::NotFound`], or the store's.
    pub async fn mark(&self, hit: HitId, mark: Mark) -> store::Result<()> {
        let now = self.clock.now();
        self.store.write(move |tx| tx.mark_hit(hit, mark, now)).await
    }

    /// Takes the mark off a hit.
    ///
    /// # Errors
    /// [`store::StoreError::NotFound`], or the store's.
    pub async fn clear_mark(&self, hit: HitId) -> store::Result<()> {
        self.store.write(move |tx| tx.clear_mark(hit)).await
    }

    /// The terms that would separate useful hits of a topic from noise, at most `limit`.
    ///
    /// # Errors
    /// The store's.
    pub async fn suggest(&self, topic: &TopicId, limit: usize) -> store::Result<Suggestions> {
        let topic = topic.clone();
        let texts = self.store.read(move |read| {
            let mut texts = Vec::new();
            for marked in read.marks()?.into_iter().filter(|marked| marked.topic == topic) {
                let Some(view) = read.hit(marked.hit)? else { continue };
                let story = view.hit.story;
                texts.push(MarkedText { story, mark: marked.mark, title: view.title, body: view.body });
            }
            Ok(texts)
        });
        Ok(suggest(&texts.await?, limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_told_by_periods_of_the_hit() {
        let now = Time(1_000 * 86_400_000);
        let marked = |days_ago: i64, topic: &str, mark: Mark| Marked {
            hit: HitId(days_ago),
            topic: TopicId::from(topic),
            at: Time(now.0 - days_ago * 86_400_000),
            mark,
        };
        let marks = [
            marked(0, "a", Mark::Useful),
            marked(29, "a", Mark::Noise),
            marked(30, "a", Mark::Useful),
            marked(-1, "a", Mark::Useful),
            marked(200, "a", Mark::Noise),
            marked(3, "b", Mark::Noise),
        ];
        let told = precision(&marks, &TopicId::from("a"), now);
        assert_eq!((told.ever.useful, told.ever.noise, told.ever.precision), (3, 2, Some(0.6)));
        let periods: Vec<(usize, usize)> =
            told.periods.iter().map(|rate| (rate.useful, rate.noise)).collect();
        assert_eq!(
            periods,
            [(0, 0), (0, 0), (0, 0), (0, 0), (1, 0), (2, 1)],
            "the oldest mark is before all of them"
        );
        let none = precision(&marks, &TopicId::from("c"), now);
        assert_eq!(none.ever, Rate::default(), "nothing marked is no precision");
    }
}
