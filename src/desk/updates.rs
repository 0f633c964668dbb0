//! What is told of a story after its first alert, found in the transaction that stores the judgement.
//!
//! In order: nothing where no route wants updates; nothing for the backlog of a new feed, and nothing for an entry that
//! only repeats another one; the first alerts about the story are looked up; the plan's rule says which updates are due to
//! whom; each goes through the outbox. A judgement and what follows from it are one transaction, so no update is lost and
//! none is made twice. Never decides by itself what is worth telling.

use super::judge::{Plan, alert_body};
use crate::model::*;
use crate::store::{Judgement, Recorded, Result, Tx};

/// What happened to a story that somebody may have been told about.
pub struct StoryNews<'a> {
    /// The entry that was judged.
    pub entry: &'a Entry,
    /// Its text before, if this was an edit.
    pub before: Option<&'a Revision>,
    /// The entries of its story, in the order of judgement.
    pub carried: &'a [Carried],
    /// The entry that the first alert told of.
    pub first: Option<&'a Entry>,
}

/// Stores the updates that follow from a judgement that was just recorded.
///
/// # Errors
/// The store's; then nothing of the transaction stays.
pub fn follow(
    tx: &mut dyn Tx,
    plan: &Plan,
    judgement: &Judgement,
    now: Time,
    recorded: &mut Recorded,
) -> Result<()> {
    let Some(rule) = &plan.updates else { return Ok(()) };
    let report = judgement.revision > 0 || !judgement.reason.stage.is_copy();
    let mut told = if report { tx.told(judgement.story)? } else { Vec::new() };
    // Whoever is told by this very judgement knows all there is.
    told.retain(|told| !recorded.alerts.contains(&told.alert));
    if told.is_empty() {
        return Ok(());
    }
    let Some(entry) = tx.entry(judgement.entry)?.filter(|entry| !entry.backlog) else { return Ok(()) };
    let carried = tx.carried(judgement.story)?;
    let before = if judgement.revision > 0 { tx.revisions(entry.id)?.pop() } else { None };
    for told in &told {
        let first = tx.entry(told.content.entry)?;
        let news =
            StoryNews { entry: &entry, before: before.as_ref(), carried: &carried, first: first.as_ref() };
        let no_tags = Vec::new();
        let tags = plan.feed_tags.get(&told.content.feed).unwrap_or(&no_tags);
        for update in rule(told, tags, &news) {
            let told_by =
                if update.entry == entry.id { Some(entry.clone()) } else { tx.entry(update.entry)? };
            let Some(told_by) = told_by else { continue };
            let content = content(told, update, &told_by, judgement);
            if let Some((alert, deliveries)) =
                tx.add_update(&content, std::slice::from_ref(&told.receiver), now)?
            {
                recorded.alerts.push(alert);
                recorded.deliveries += deliveries;
            }
        }
    }
    Ok(())
}

/// The topic's part is the first alert's, the rest is the entry's; evidence where that entry hit the topic too.
fn content(told: &Told, update: Update, entry: &Entry, judgement: &Judgement) -> AlertContent {
    let first = &told.content;
    let hit = judgement.hits.iter().find(|hit| hit.topic == first.topic && judgement.entry == entry.id);
    let body = alert_body(&entry.body);
    let evidence = hit.map(|hit| hit.evidence.as_slice()).unwrap_or_default();
    let shown = |piece: &&Evidence| piece.field != Field::Body || piece.end <= body.len();
    AlertContent {
        topic: first.topic.clone(),
        topic_title: first.topic_title.clone(),
        priority: first.priority,
        story: judgement.story,
        entry: entry.id,
        feed: entry.feed.clone(),
        title: entry.title.clone(),
        body: body.to_owned(),
        url: entry.url.clone(),
        publisher: entry.publisher.clone(),
        lang: entry.lang.clone(),
        published: entry.published,
        seen: entry.seen,
        score: hit.map_or(first.score, |hit| hit.score),
        evidence: evidence.iter().filter(shown).cloned().collect(),
        update: Some(AlertUpdate {
            kind: update.kind,
            cause: update.cause,
            reason: update.reason,
            first: told.alert,
            first_title: first.title.clone(),
        }),
    }
}
