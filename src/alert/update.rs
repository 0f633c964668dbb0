//! Update: what is told of a story after its first alert.
//!
//! Asked after each report that joins a story somebody was told about, and after each edit that corrects something. In
//! order: the route that carries the first alert to its receiver under the configuration in force says what it wants
//! (`updates`, nothing by default); a correction; the first report in a language that the story did not have when the
//! alert was made; enough independent outlets beyond those it had then. Of several numbers of outlets reached at once only
//! the largest is told, and no smaller one later. Entries that repeat another one count neither as outlets nor as a
//! language. What was told once is not told again. Never looks at a clock, and never reads the store.

use super::route::routed_by;
use crate::config::{RouteConfig, UpdatePolicy};
use crate::model::*;
use std::collections::BTreeSet;

/// Names of outlets that an update mentions.
const NAMED: usize = 5;

/// What happened to a story.
#[derive(Clone, Copy, Debug)]
pub struct Happened<'a> {
    /// The entry that was judged.
    pub entry: EntryId,
    /// The entries of its story, in the order of judgement.
    pub carried: &'a [Carried],
    /// What the entry puts right.
    pub correction: Option<&'a Correction>,
    /// The entry that the first alert told of.
    pub first: Option<&'a Entry>,
}

/// The updates that are due to the receiver of a first alert; `feed_tags` are those of the feed that brought that one, and
/// `matches` says whether a candidate matches the query of the route at an index.
pub fn updates(
    routes: &[RouteConfig],
    told: &Told,
    feed_tags: &[String],
    happened: &Happened<'_>,
    matches: &dyn Fn(&Candidate<'_>, usize) -> bool,
) -> Vec<Update> {
    let Some(route) = routed_by(routes, told, feed_tags, happened.first, matches) else { return Vec::new() };
    let policy = &route.updates;
    let news = News::since(told, happened.carried);
    let found = [
        policy.corrections.then(|| correction(happened)).flatten(),
        policy.languages.then(|| language(&news, told)).flatten(),
        outlets(policy, &news, told, happened.entry),
    ];
    found.into_iter().flatten().filter(|update| !told.causes.contains(&update.cause)).collect()
}

/// The reports of a story, apart by whether a first alert knew them.
struct News<'a> {
    known_outlets: BTreeSet<&'a str>,
    known_langs: BTreeSet<&'a str>,
    reports: Vec<&'a Carried>,
}

impl<'a> News<'a> {
    fn since(told: &'a Told, carried: &'a [Carried]) -> Self {
        let reports = carried.iter().filter(|entry| !entry.copy);
        let (before, reports): (Vec<&Carried>, Vec<&Carried>) =
            reports.partition(|entry| entry.placement <= told.placed);
        let langs = before.iter().filter_map(|entry| entry.lang.as_deref());
        Self {
            known_outlets: before.iter().map(|entry| entry.outlet.as_str()).collect(),
            // The alert itself may be of an entry that a user moved away since.
            known_langs: langs.chain(told.content.lang.as_deref()).collect(),
            reports,
        }
    }

    /// The outlets that have come since, each with its first report.
    fn outlets(&self) -> Vec<&'a Carried> {
        let mut met = self.known_outlets.clone();
        self.reports.iter().copied().filter(|entry| met.insert(&entry.outlet)).collect()
    }
}

fn correction(happened: &Happened<'_>) -> Option<Update> {
    let correction = happened.correction?;
    let own = happened.carried.iter().find(|entry| entry.entry == happened.entry);
    let by = own.map(|entry| format!(" by {}", entry.name)).unwrap_or_default();
    Some(Update {
        kind: UpdateKind::Correction,
        cause: format!("correction:{}", correction.key),
        reason: format!("a correction{by}: {}", correction.what),
        entry: happened.entry,
    })
}

/// The first language that is new and was not told yet.
fn language(news: &News<'_>, told: &Told) -> Option<Update> {
    let cause = |lang: &str| format!("language:{lang}");
    let fresh = |lang: &str| !news.known_langs.contains(lang) && !told.causes.contains(&cause(lang));
    // Without a language of its own nobody can say what is another one.
    if news.known_langs.is_empty() {
        return None;
    }
    let first = news.reports.iter().find(|entry| entry.lang.as_deref().is_some_and(fresh))?;
    let lang = first.lang.as_deref()?;
    let doubt = if first.probable { " (probably the same story)" } else { "" };
    Some(Update {
        kind: UpdateKind::Language,
        cause: cause(lang),
        reason: format!("the first report in another language, {lang}, by {}{doubt}", first.name),
        entry: first.entry,
    })
}

/// The largest number of outlets that was reached and not told, if none beyond it was told.
fn outlets(policy: &UpdatePolicy, news: &News<'_>, told: &Told, entry: EntryId) -> Option<Update> {
    let largest =
        told.causes.iter().filter_map(|cause| cause.strip_prefix("outlets:")?.parse::<u32>().ok()).max();
    let new = news.outlets();
    let count = u32::try_from(new.len()).unwrap_or(u32::MAX);
    let reached = policy.outlets.iter().copied().filter(|&number| number <= count).max()?;
    if largest.is_some_and(|told| told >= reached) {
        return None;
    }
    let mut names: Vec<&str> = new.iter().take(NAMED).map(|entry| entry.name.as_str()).collect();
    let more = format!("{} more", new.len() - names.len());
    if new.len() > NAMED {
        names.push(&more);
    }
    let outlets = if count == 1 { "outlet" } else { "outlets" };
    Some(Update {
        kind: UpdateKind::Outlets,
        cause: format!("outlets:{reached}"),
        reason: format!(
            "carried by {count} more independent {outlets} since the first alert: {}",
            names.join(", ")
        ),
        entry: new.last().map_or(entry, |entry| entry.entry),
    })
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
