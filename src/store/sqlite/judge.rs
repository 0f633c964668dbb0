//! The desk's decisions become rows: stories, placements, hits, and the alerts that follow.
//!
//! The order for each judgement: an entry that is not pending, or whose text changed since it was judged, is left
//! as it is (stale); its story is made or joined; each hit is stored; a hit with receivers alerts those of them
//! who were not told about this story and topic before, in this batch or ever. The entry stops being pending.
//! A revised entry that is judged again keeps its place in the order and replaces its hits, topic by topic; a hit
//! that alerted somebody keeps saying so.

use super::row::to_json;
use super::{alerts, outlets, stories};
use crate::model::*;
use crate::store::{Judgement, NewHit, Recorded, Result, StoreError};
use rusqlite::{Connection, OptionalExtension, params};

/// Said of a hit whose receivers all knew about the story and topic.
const ALREADY_TOLD: &str = "already-told";

/// The columns of the judged entry that its story and hits repeat.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) id: i64,
    pub(super) feed: i64,
    pub(super) title: String,
    pub(super) outlet: String,
    pub(super) lang: Option<String>,
}

pub(super) fn record(conn: &Connection, judgements: &[Judgement], now: Time) -> Result<Recorded> {
    let mut recorded = Recorded::default();
    for judgement in judgements {
        match still_pending(conn, judgement)? {
            None => recorded.stale += 1,
            Some(entry) => {
                stories::place(conn, &entry, judgement, now)?;
                for hit in &judgement.hits {
                    record_hit(conn, &entry, judgement, hit, now, &mut recorded)?;
                }
                conn.prepare_cached("DELETE FROM pending WHERE entry = ?1")?.execute([entry.id])?;
            }
        }
    }
    Ok(recorded)
}

fn still_pending(conn: &Connection, judgement: &Judgement) -> Result<Option<Judged>> {
    let mut find = conn.prepare_cached(
        "SELECT e.id, e.feed, e.title, e.publisher, e.lang, f.name FROM pending w JOIN entries e ON e.id = w.entry
            JOIN feeds f ON f.id = e.feed
         WHERE w.entry = ?1 AND e.revision = ?2",
    )?;
    let judged = find.query_row(params![judgement.entry.0, judgement.revision], |row| {
        let (publisher, feed): (Option<String>, String) = (row.get(3)?, row.get(5)?);
        Ok(Judged {
            id: row.get(0)?,
            feed: row.get(1)?,
            title: row.get(2)?,
            outlet: outlets::key(publisher.as_deref(), &feed),
            lang: row.get(4)?,
        })
    });
    Ok(judged.optional()?)
}

fn record_hit(
    conn: &Connection,
    entry: &Judged,
    judgement: &Judgement,
    hit: &NewHit,
    now: Time,
    recorded: &mut Recorded,
) -> Result<()> {
    let story = judgement.story;
    let fresh = alerts::untold(conn, &hit.topic, story, &hit.receivers)?;
    let silent = match () {
        () if !fresh.is_empty() => None,
        () if !hit.receivers.is_empty() => Some(ALREADY_TOLD.to_owned()),
        () => Some(hit.silent.clone().unwrap_or_else(|| "no-route".to_owned())),
    };
    let known = insert_hit(conn, entry, judgement, hit, silent.as_deref(), now)?;
    recorded.hits += usize::from(!known);
    if !fresh.is_empty() {
        let content = hit.alert.as_ref().ok_or_else(|| {
            StoreError::Database(format!(
                "a hit of topic {} has receivers but nothing to tell them",
                hit.topic
            ))
        })?;
        let alert = alerts::insert(conn, content, &hit.topic, story, now)?;
        recorded.deliveries += alerts::post(conn, alert, &hit.topic, story, &fresh, now)?;
        recorded.alerts.push(alert);
    }
    Ok(())
}

/// Stores a hit, or what a judged-again entry hits now; tells whether it was known.
fn insert_hit(
    conn: &Connection,
    entry: &Judged,
    judgement: &Judgement,
    hit: &NewHit,
    silent: Option<&str>,
    now: Time,
) -> Result<bool> {
    let mut find = conn.prepare_cached("SELECT 1 FROM hits WHERE entry = ?1 AND topic = ?2")?;
    // Only a revised entry can have been judged before.
    let known = judgement.revision > 0 && find.exists(params![entry.id, hit.topic.as_str()])?;
    conn.prepare_cached(
        "INSERT INTO hits (topic, topic_version, story, entry, revision, feed, lang, score, at, silent, evidence)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (entry, topic) DO UPDATE SET topic_version = excluded.topic_version,
            story = excluded.story, revision = excluded.revision, lang = excluded.lang, score = excluded.score,
            at = excluded.at, evidence = excluded.evidence,
            silent = CASE WHEN hits.silent IS NULL THEN NULL ELSE excluded.silent END",
    )?
    .execute(params![
        hit.topic.as_str(),
        hit.topic_version,
        judgement.story.0,
        entry.id,
        judgement.revision,
        entry.feed,
        entry.lang,
        hit.score,
        now.0,
        silent,
        to_json(&hit.evidence)?,
    ])?;
    Ok(known)
}
