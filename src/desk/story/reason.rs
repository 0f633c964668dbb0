//! Reasons in words: one sentence for people beside the figures.

use super::Studied;
use super::join::{Join, Refusal, SURE};
use super::likeness::Likeness;
use super::marks::Label;
use super::memory::{Memory, Remembered};
use super::vocabulary::TERM_BITS;
use super::words::IN_TITLE;
use crate::model::{Stage, StoryReason, Time};

/// Shared terms that are named.
const TERMS: usize = 5;

/// An exact stage found the same entry again.
pub fn exact(stage: Stage, known: &Remembered, time: Time) -> StoryReason {
    let text = match stage {
        Stage::Guid => "same guid in this feed",
        Stage::Url => "same address after cleaning",
        _ => "identical text",
    };
    StoryReason {
        stage,
        partner: Some(known.id),
        score: 1.0,
        threshold: 1.0,
        probable: false,
        terms: Vec::new(),
        gap_ms: Some(time.0.saturating_sub(known.time.0)),
        similarity: None,
        text: text.to_owned(),
    }
}

/// A story was joined for its likeness.
pub fn joined(join: &Join, memory: &Memory, item: &Studied<'_>, time: Time) -> StoryReason {
    let partner = memory.get(join.candidate.nearest);
    let terms = partner.map(|partner| shared(memory, item, partner)).unwrap_or_default();
    let gap_ms = partner.map(|partner| time.0.saturating_sub(partner.time.0));
    let probable = join.stage != Stage::NearCopy && join.score < SURE;
    let text = sentence(join, &terms, gap_ms.unwrap_or_default(), probable);
    StoryReason {
        stage: join.stage,
        partner: partner.map(|partner| partner.id),
        score: rounded(join.score),
        threshold: rounded(join.threshold),
        probable,
        terms,
        gap_ms,
        similarity: None,
        text,
    }
}

/// Nothing fitted; the nearest story that was refused is named.
pub fn opened(refusal: Option<&Refusal>, memory: &Memory, item: &Studied<'_>, time: Time) -> StoryReason {
    let partner = refusal.and_then(|refusal| memory.get(refusal.nearest));
    let text = match refusal {
        None => "nothing like it in the window: opens a story".to_owned(),
        Some(refusal) if refusal.lookalike => {
            format!(
                "opens a story: looks like story {} but names another number, place or name",
                refusal.story
            )
        }
        // A bar above one is a refusal whatever the score: too little is shared to tell events apart.
        Some(refusal) if refusal.threshold > 1.0 => format!(
            "opens a story: shares too little with story {}, the nearest, to say that it is the same event",
            refusal.story
        ),
        Some(refusal) => format!(
            "opens a story: nearest is story {} with {:.0} %, {:.0} % needed",
            refusal.story,
            refusal.score * 100.0,
            refusal.threshold * 100.0
        ),
    };
    StoryReason {
        stage: Stage::Opened,
        partner: partner.map(|partner| partner.id),
        score: refusal.map_or(0.0, |refusal| rounded(refusal.score)),
        threshold: refusal.map_or(1.0, |refusal| rounded(refusal.threshold.min(1.0))),
        probable: false,
        terms: partner.map(|partner| shared(memory, item, partner)).unwrap_or_default(),
        gap_ms: partner.map(|partner| time.0.saturating_sub(partner.time.0)),
        similarity: None,
        text,
    }
}

fn sentence(join: &Join, terms: &[(String, f64)], gap_ms: i64, probable: bool) -> String {
    let likeness: &Likeness = &join.candidate.likeness;
    let names = terms.iter().map(|(term, _)| term.as_str()).collect::<Vec<_>>().join(", ");
    let hours = gap_ms.unsigned_abs() as f64 / 3_600_000.0;
    let sure = if probable { "probably the same" } else { "the same" };
    match join.stage {
        Stage::NearCopy => format!("{:.0} % of phrases shared, {hours:.1} h apart", likeness.pairs * 100.0),
        Stage::CrossLingual => {
            format!(
                "{sure} event in another language ({:.0} %): {names}; {hours:.1} h apart",
                join.score * 100.0
            )
        }
        _ => format!("{sure} event ({:.0} %): {names}; {hours:.1} h apart", join.score * 100.0),
    }
}

/// The heaviest terms and marks both texts hold.
fn shared(memory: &Memory, item: &Studied<'_>, partner: &Remembered) -> Vec<(String, f64)> {
    let held = |feature: u32, features: &[u32]| {
        let id = feature & TERM_BITS;
        features.iter().any(|&known| known & TERM_BITS == id).then(|| memory.vocabulary.idf(id))
    };
    let terms = item.terms.iter().zip(item.term_features()).filter_map(|(term, &feature)| {
        let label = Label::Place { in_title: term.flags & IN_TITLE != 0, place: term.place };
        Some((held(feature, partner.terms())?, label))
    });
    let marks = item.marks.iter().zip(item.mark_features());
    let marks = marks.filter_map(|(mark, &feature)| Some((held(feature, partner.marks())?, mark.label)));
    let mut heaviest: Vec<(f32, Label<'_>)> = terms.chain(marks).collect();
    heaviest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found: Vec<(String, f64)> = Vec::with_capacity(TERMS);
    for (weight, label) in heaviest {
        let text = item.label(label);
        let known = |(other, _): &(String, f64)| other.to_lowercase() == text.to_lowercase();
        if found.len() < TERMS && !found.iter().any(known) {
            found.push((text.to_owned(), rounded(weight)));
        }
    }
    found
}

impl Studied<'_> {
    /// The words of a label.
    fn label<'s>(&'s self, label: Label<'s>) -> &'s str {
        match label {
            Label::Name(name) => name,
            Label::Place { in_title, place: (from, to) } => {
                let line = if in_title { &self.text.title } else { &self.text.body };
                line.get(from as usize..to as usize).unwrap_or_default()
            }
        }
    }
}

/// Three decimals are enough for people and for the store.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}
