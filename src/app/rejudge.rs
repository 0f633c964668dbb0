//! Changed topics applied to the stored history, without alerting.
//!
//! In this order: the topics to apply are those named, or those whose version in force was not in force at the beginning
//! of the time asked for, or was replaced in between; every stored entry since then is judged by them; what they
//! find and was no hit of the topic before is stored, silent as `rejudged`. A stored hit stays as it was made, also where
//! the changed topic would not make it any more: it happened, and names its version. Doing it twice changes nothing.
//! A later entry of such a story still alerts, since nobody was told of it.

use super::history::{THREADS, narrowed, walk};
use super::{App, plan};
use crate::config::Config;
use crate::desk::topic::TopicMatch;
use crate::desk::{Plan, document_of};
use crate::model::*;
use crate::store::{self, PastHit, Read};
use serde::Serialize;
use std::collections::HashSet;

/// Hits per commit: a daemon beside it is not held up.
const STEP: usize = 500;

/// What applying topics to history came to.
#[derive(Clone, Debug, Serialize)]
pub struct Rejudged {
    /// From when on.
    pub since: Time,
    /// Entries judged, and those that cannot be.
    #[serde(flatten)]
    pub size: store::HistorySize,
    /// One for each topic applied.
    pub topics: Vec<TopicRejudged>,
}

/// What one topic came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TopicRejudged {
    /// The topic.
    pub topic: String,
    /// Its version in force.
    pub version: String,
    /// Hits that were added.
    pub added: usize,
    /// Entries it hits that had a hit of it before.
    pub known: usize,
    /// Entries with an older hit that it would not make any more; they are kept.
    pub kept: usize,
}

/// Whether a version in force has judged everything since a time; `versions` are those ever in force, oldest first.
///
/// Only a version that came in force before that time and was not followed by another one has: when a topic is changed
/// and changed back, the version between has judged some of it.
pub fn has_judged_all(version: &str, versions: &[(String, Time)], since: Time) -> bool {
    versions.last().is_some_and(|(newest, at)| newest == version && *at <= since)
}

impl App {
    /// Applies topics (the changed ones where none is named) to the history since a time. `progress` hears how many of how
    /// many entries were read.
    ///
    /// # Errors
    /// [`store::StoreError::NotFound`] for a topic that is not configured or broken, or the store's.
    pub fn rejudge(
        &self,
        named: &[TopicId],
        since: Time,
        progress: &dyn Fn(u64, u64),
    ) -> store::Result<Rejudged> {
        let (plan, _) = plan::compile(&self.config);
        let topics = match named {
            [] => changed(&self.store.read_blocking(|read| newest_versions(read, &plan, since))?),
            named => known(&plan, named)?,
        };
        let (size, found) = self.store.read_blocking(|read| {
            let size = if topics.is_empty() { Default::default() } else { read.history_size(since)? };
            let judges = (0..THREADS).map(|_| judge(&plan, &topics)).collect();
            let found = match topics.as_slice() {
                [] => Vec::new(),
                topics => {
                    let text = narrowed(topics.iter().map(|topic| (&*plan.watchlist, *topic)));
                    walk(read, since, text.as_ref(), judges, &|done| progress(done, size.entries))?
                }
            };
            Ok((size, found.into_iter().flatten().collect::<Vec<PastHit>>()))
        })?;
        let results = topics.iter().map(|topic| self.apply(&plan, &self.config, *topic, &found, since));
        Ok(Rejudged { since, size, topics: results.collect::<store::Result<_>>()? })
    }

    /// Stores what one topic found.
    fn apply(
        &self,
        plan: &Plan,
        config: &Config,
        topic: usize,
        found: &[PastHit],
        since: Time,
    ) -> store::Result<TopicRejudged> {
        let (id, version) =
            (TopicId::from(plan.watchlist.id(topic)), plan.watchlist.version_of(topic).to_owned());
        let before: HashSet<EntryId> =
            self.store.read_blocking(|read| read.entries_hit(&id, since))?.into_iter().collect();
        let ours: Vec<&PastHit> = found.iter().filter(|hit| hit.topic == id).collect();
        let fresh: Vec<PastHit> =
            ours.iter().filter(|hit| !before.contains(&hit.entry)).map(|hit| (*hit).clone()).collect();
        let known = ours.len() - fresh.len();
        let now = self.clock.now();
        let mut added = 0;
        for step in fresh.chunks(STEP) {
            let step = step.to_vec();
            added += self.store.write_blocking(move |tx| tx.add_past_hits(&step, now))?;
        }
        if let Some(topic) = config.topics.iter().find(|topic| topic.id == id) {
            let (id, version, query) = (id.clone(), version.clone(), topic.query.clone());
            self.store.write_blocking(move |tx| tx.record_topic_version(&id, &version, &query, now))?;
        }
        Ok(TopicRejudged { topic: id.to_string(), version, added, known, kept: before.len() - known })
    }
}

/// The usable topics, each with whether its version has judged all of it already.
fn newest_versions(read: &dyn Read, plan: &Plan, since: Time) -> store::Result<Vec<(usize, bool)>> {
    let usable = (0..plan.watchlist.len()).filter(|topic| plan.watchlist.is_usable(*topic));
    usable
        .map(|topic| {
            let versions = read.topic_versions(&TopicId::from(plan.watchlist.id(topic)))?;
            Ok((topic, has_judged_all(plan.watchlist.version_of(topic), &versions, since)))
        })
        .collect()
}

fn changed(topics: &[(usize, bool)]) -> Vec<usize> {
    topics.iter().filter(|(_, done)| !done).map(|(topic, _)| *topic).collect()
}

fn known(plan: &Plan, named: &[TopicId]) -> store::Result<Vec<usize>> {
    let find = |id: &TopicId| {
        let topic = plan.watchlist.find(id.as_str()).filter(|topic| plan.watchlist.is_usable(*topic));
        super::found(topic, "usable topic", id)
    };
    named.iter().map(find).collect()
}

fn judge<'p>(plan: &'p Plan, topics: &'p [usize]) -> impl FnMut(Entry) -> Option<Vec<PastHit>> + Send + 'p {
    let mut matcher = plan.watchlist.matcher();
    let mut matches: Vec<TopicMatch> = Vec::new();
    move |entry| {
        matcher.judge_some(&document_of(&entry, &plan.tags_of(&entry)), topics, &mut matches);
        let hits = matches.drain(..).map(|found| PastHit {
            entry: entry.id,
            revision: entry.revision,
            topic_version: plan.watchlist.version_of(found.topic).to_owned(),
            topic: found.id,
            score: found.score,
            evidence: found.evidence,
        });
        let hits: Vec<PastHit> = hits.collect();
        (!hits.is_empty()).then_some(hits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_judged_all_only_if_nothing_came_between() {
        let at = |days: i64| Time(days * 86_400_000);
        let (old, new) = (("old".to_owned(), at(1)), ("new".to_owned(), at(5)));
        let both = [old.clone(), new];
        for (version, versions, since, expected, why) in [
            ("old", &[old][..], at(3), true, "in force before and ever since"),
            ("new", &both, at(6), true, "changed before the time asked for"),
            ("new", &both, at(5), true, "changed at that very time"),
            ("new", &both, at(3), false, "changed within it"),
            ("old", &both, at(3), false, "changed back: another version was in force between"),
            ("other", &both, at(6), false, "never in force yet"),
            ("old", &[], at(3), false, "nothing is known"),
        ] {
            assert_eq!(has_judged_all(version, versions, since), expected, "{why}");
        }
    }
}
