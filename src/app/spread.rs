//! How a story spread: who had it first, which outlets carried it when, in which languages, and how many of the entries are
//! reports of their own.
//!
//! The order: entries by the time they count from; an entry that repeats another one of the story is a copy, every other
//! one a report; outlets are told apart by publisher, whatever the feed. Who had it first is whom the others cite: the
//! outlet that most outlets cite in reports of their own, if two do or the earliest report does; if that outlet itself
//! cites another, the one it cites; where nobody is cited so, the outlet of the earliest report. One cited in passing
//! late in the day is no origin. Never looks at addresses or feeds for a name, and never asks a clock.

use super::stories::StoryEntry;
use crate::desk::story::attribution::{Outlets, cited_outlets};
use crate::model::*;
use crate::text::outlet_key as key;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// So many reports are searched for whom they cite: a bound on the time a page takes. The earliest ones say it.
const MOST_READ: usize = 400;
/// Citations by so many outlets make an origin, even if the earliest report cites nobody.
const CITED_ENOUGH: usize = 2;

/// How a story spread.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Who had it first; `None` for a story without entries.
    pub origin: Option<Origin>,
    /// Entries that are reports of their own.
    pub reports: usize,
    /// Entries that repeat another one: wire copies, the same page in another feed.
    pub copies: usize,
    /// The outlets, in the order in which they came to it.
    pub outlets: Vec<Outlet>,
    /// The languages, in the order in which they came to it.
    pub languages: Vec<Language>,
    /// The entries in the order of time.
    pub steps: Vec<Step>,
}

/// Who had a story first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Origin {
    /// The outlet.
    pub outlet: String,
    /// Outlets that cite it in reports of their own; 0 where the earliest report decided.
    pub cited_by: usize,
    /// When we first saw an entry of it; `None` if it is no outlet of this story.
    pub first_seen: Option<Time>,
    /// That entry.
    pub entry: Option<EntryId>,
}

/// One outlet's part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outlet {
    /// Its name: the publisher, else the feed.
    pub name: String,
    /// Time of its first entry.
    pub first: Time,
    /// Reports of its own.
    pub reports: usize,
    /// Copies.
    pub copies: usize,
}

/// One language's part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Language {
    /// Primary subtag.
    pub lang: String,
    /// Time of the first entry in it.
    pub first: Time,
    /// Entries in it.
    pub entries: usize,
}

/// One entry on the way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The entry.
    pub entry: EntryId,
    /// The time it counts from: its publication as stated, but not later than when we saw it.
    pub at: Time,
    /// Its outlet.
    pub outlet: String,
    /// Its language.
    pub lang: Option<String>,
    /// It is only probably of this story.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub probable: bool,
    /// The entry it repeats.
    pub copy_of: Option<EntryId>,
    /// The outlets it names as where it has the news from, itself left out.
    pub cites: Vec<String>,
    /// Nobody of this outlet was earlier.
    pub first_of_outlet: bool,
    /// Nobody was earlier in this language.
    pub first_in_language: bool,
    /// The outlet as it is compared.
    #[serde(skip)]
    key: String,
}

/// How a story spread, from its entries in any order; `known` are the outlets that texts may cite.
pub fn spread(timeline: &[StoryEntry], known: &Outlets) -> Spread {
    let mut entries: Vec<&StoryEntry> = timeline.iter().collect();
    entries.sort_by_key(|known| (known.entry.time(), known.entry.seen, known.entry.id));
    let here: BTreeSet<EntryId> = entries.iter().map(|known| known.entry.id).collect();
    let mut spread = Spread::default();
    let mut outlets = BTreeMap::new();
    for entry in &entries {
        let step = step(entry, &here, known, &mut spread, &mut outlets);
        spread.steps.push(step);
    }
    spread.origin = origin(&spread.steps, &entries);
    spread
}

/// Counts one entry in; `outlets` has the place of each outlet by its key.
fn step(
    known: &StoryEntry,
    here: &BTreeSet<EntryId>,
    citable: &Outlets,
    spread: &mut Spread,
    outlets: &mut BTreeMap<String, usize>,
) -> Step {
    let entry = &known.entry;
    let (at, outlet) = (entry.time(), outlet_of(entry));
    let key = key(outlet);
    let copy_of = known.why.partner.filter(|partner| {
        // What was split off from its partner stands for itself.
        known.why.stage.is_copy() && *partner != entry.id && here.contains(partner)
    });
    let read = copy_of.is_none() && spread.reports < MOST_READ;
    let cites = if read { cited(entry, &key, citable) } else { Vec::new() };
    let (report, copy) = (usize::from(copy_of.is_none()), usize::from(copy_of.is_some()));
    spread.reports += report;
    spread.copies += copy;
    let first_of_outlet = !outlets.contains_key(&key);
    let place = *outlets.entry(key.clone()).or_insert(spread.outlets.len());
    if first_of_outlet {
        spread.outlets.push(Outlet { name: outlet.to_owned(), first: at, reports: 0, copies: 0 });
    }
    spread.outlets[place].reports += report;
    spread.outlets[place].copies += copy;
    let first_in_language = entry.lang.as_deref().is_some_and(|lang| count_language(spread, lang, at));
    Step {
        entry: entry.id,
        at,
        outlet: outlet.to_owned(),
        lang: entry.lang.clone(),
        probable: known.why.probable,
        copy_of,
        cites,
        first_of_outlet,
        first_in_language,
        key,
    }
}

/// Counts an entry of a language; tells whether it is the first.
fn count_language(spread: &mut Spread, lang: &str, at: Time) -> bool {
    match spread.languages.iter_mut().find(|known| known.lang == lang) {
        Some(known) => {
            known.entries += 1;
            false
        }
        None => {
            spread.languages.push(Language { lang: lang.to_owned(), first: at, entries: 1 });
            true
        }
    }
}

/// The outlet of an entry: its publisher, whatever the feed; without one, the feed.
fn outlet_of(entry: &Entry) -> &str {
    entry.publisher.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(entry.feed.as_str())
}

/// The outlets an entry cites, each once, without itself.
fn cited(entry: &Entry, own: &str, known: &Outlets) -> Vec<String> {
    let mut seen = BTreeSet::from([own.to_owned()]);
    let mut names = cited_outlets(&entry.title, &entry.body, known);
    names.retain(|name| seen.insert(key(name)));
    names
}

/// Who cites whom: for each cited outlet the name it was first cited by, and the outlets that cite it.
struct Citations {
    by: Vec<(String, String, BTreeSet<String>)>,
}

impl Citations {
    fn of(steps: &[Step]) -> Self {
        let mut by: Vec<(String, String, BTreeSet<String>)> = Vec::new();
        for (step, name) in steps.iter().flat_map(|step| step.cites.iter().map(move |name| (step, name))) {
            let (cited, citing) = (key(name), step.key.clone());
            match by.iter_mut().find(|(known, ..)| *known == cited) {
                Some((.., outlets)) => drop(outlets.insert(citing)),
                None => by.push((cited, name.clone(), BTreeSet::from([citing]))),
            }
        }
        Self { by }
    }

    /// How many outlets cite the outlet of this key.
    fn count(&self, key: &str) -> usize {
        self.by.iter().find(|(known, ..)| known == key).map_or(0, |(.., outlets)| outlets.len())
    }

    /// The most cited of these, the one cited first among equals.
    fn most<'a>(&self, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        names.fold(None, |best: Option<&str>, name| match best {
            Some(best) if self.count(&key(best)) >= self.count(&key(name)) => Some(best),
            _ => Some(name),
        })
    }
}

/// `entries` in the order of the steps.
fn origin(steps: &[Step], entries: &[&StoryEntry]) -> Option<Origin> {
    let earliest = steps.iter().find(|step| step.copy_of.is_none()).or(steps.first())?;
    let citations = Citations::of(steps);
    let mut enough = citations
        .by
        .iter()
        .filter(|(.., outlets)| outlets.len() >= CITED_ENOUGH)
        .map(|(_, name, _)| name.as_str())
        .chain(earliest.cites.iter().map(String::as_str))
        .peekable();
    let cited = enough.peek().is_some().then(|| citations.most(enough)).flatten();
    let name = cited.map_or(earliest.outlet.as_str(), |name| source_of(name, steps, &citations));
    let wanted = key(name);
    let own = steps.iter().zip(entries).filter(|(step, _)| step.key == wanted);
    let own = own.map(|(_, known)| &known.entry).min_by_key(|entry| (entry.seen, entry.id));
    Some(Origin {
        outlet: own.map_or(name, outlet_of).to_owned(),
        cited_by: citations.count(&wanted),
        first_seen: own.map(|entry| entry.seen),
        entry: own.map(|entry| entry.id),
    })
}

/// Follows citations back: whom the first report of an outlet cites had it before. Two that cite each other end it.
fn source_of<'a>(name: &'a str, steps: &'a [Step], citations: &Citations) -> &'a str {
    let (mut name, mut met) = (name, BTreeSet::new());
    while met.insert(key(name)) {
        let here = key(name);
        let own = steps.iter().find(|step| step.copy_of.is_none() && step.key == here);
        let further = own.into_iter().flat_map(|step| step.cites.iter().map(String::as_str));
        match citations.most(further.filter(|next| !met.contains(&key(next)))) {
            Some(next) => name = next,
            None => break,
        }
    }
    name
}

#[cfg(test)]
mod tests;
