//! Corrections by a user: two stories made one, one story made two.
//!
//! The order: the stories are looked up (a number that was merged away stands for the story it went into); what makes
//! no sense is refused; the entries move with their hits and a reason that says so; both stories are counted afresh;
//! the generation goes up, which tells a desk that holds the old state in memory to read it again. Alerts and deliveries
//! stay where they were told: a merged story answers for what its parts told ([`FAMILY`]), a split-off one has told
//! nothing yet.

use super::row::{count, json, to_json};
use super::{outlets, stories};
use crate::model::*;
use crate::store::{Corrected, Result, StoreError};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// The stories that story `?1` speaks for: itself and those merged into it.
pub(super) const FAMILY: &str = "SELECT ?1 UNION ALL SELECT id FROM stories WHERE merged_into = ?1";

/// An entry with the reason it has for being in its story.
type Placed = (EntryId, StoryReason);

/// How often stories were corrected in this database.
pub(super) fn generation(conn: &Connection) -> Result<u64> {
    let mut find =
        conn.prepare_cached("SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'corrections'")?;
    Ok(find.query_row([], |row| count(row, 0)).optional()?.unwrap_or(0))
}

fn next_generation(conn: &Connection) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO meta (name, value) VALUES ('corrections', '1')
         ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)",
    )?
    .execute([])?;
    Ok(())
}

/// The story a number stands for: itself, or the one it was merged into.
pub(super) fn resolve(conn: &Connection, story: StoryId) -> Result<StoryId> {
    let mut find = conn.prepare_cached("SELECT coalesce(merged_into, id) FROM stories WHERE id = ?1")?;
    let found = find.query_row([story.0], |row| row.get(0)).optional()?;
    found.map(StoryId).ok_or_else(|| StoreError::NotFound(format!("there is no story {story}")))
}

/// Moves all entries of `from` into `into`.
pub(super) fn merge(conn: &Connection, into: StoryId, from: StoryId) -> Result<Corrected> {
    let (into, from) = (resolve(conn, into)?, resolve(conn, from)?);
    if into == from {
        return Err(StoreError::Refused(format!("this is one story already: {into}")));
    }
    let moving = entries_of(conn, from)?;
    let words = format!("merged from story {from} by a user");
    move_entries(conn, &moving, into, &words)?;
    conn.prepare_cached("UPDATE stories SET merged_into = ?1 WHERE id = ?2 OR merged_into = ?2")?
        .execute(params![into.0, from.0])?;
    stories::recount(conn, from.0)?;
    retell(conn, into)?;
    next_generation(conn)?;
    Ok(Corrected { story: into, other: from, moved: moving.len() })
}

/// Moves `entries` of a story into a new one.
pub(super) fn split(conn: &Connection, story: StoryId, entries: &[EntryId]) -> Result<Corrected> {
    let story = resolve(conn, story)?;
    let wanted: BTreeSet<EntryId> = entries.iter().copied().collect();
    let (moving, staying): (Vec<Placed>, Vec<Placed>) =
        entries_of(conn, story)?.into_iter().partition(|(entry, _)| wanted.contains(entry));
    let here: BTreeSet<EntryId> = moving.iter().map(|(entry, _)| *entry).collect();
    if let Some(stranger) = wanted.difference(&here).next() {
        return Err(StoreError::NotFound(format!("entry {stranger} is not in story {story}")));
    }
    let Some((first, _)) = moving.first() else {
        return Err(StoreError::Refused("name at least one entry to split off".to_owned()));
    };
    if staying.is_empty() {
        return Err(StoreError::Refused(format!(
            "these are all entries of story {story}: nothing would stay"
        )));
    }
    let new = open(conn, *first)?;
    move_entries(conn, &moving, new, &format!("split off story {story} by a user"))?;
    retell(conn, story)?;
    retell(conn, new)?;
    next_generation(conn)?;
    Ok(Corrected { story: new, other: story, moved: moving.len() })
}

fn entries_of(conn: &Connection, story: StoryId) -> Result<Vec<Placed>> {
    let mut all = conn.prepare_cached("SELECT entry, reason FROM placements WHERE story = ?1 ORDER BY id")?;
    let rows = all.query_map([story.0], |row| Ok((EntryId(row.get(0)?), json(row, 1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A story that holds nothing yet; its row is filled by [`retell`].
fn open(conn: &Connection, first: EntryId) -> Result<StoryId> {
    let new = StoryId(stories::last(conn)?.0.saturating_add(1));
    conn.prepare_cached(
        "INSERT INTO stories (id, first_entry, title, opened, last, entries, publishers, langs)
         VALUES (?1, ?2, '', 0, 0, 0, 0, '[]')",
    )?
    .execute(params![new.0, first.0])?;
    Ok(new)
}

fn move_entries(conn: &Connection, moving: &[Placed], to: StoryId, words: &str) -> Result<()> {
    let mut place =
        conn.prepare_cached("UPDATE placements SET story = ?2, reason = ?3, copy_of = ?4 WHERE entry = ?1")?;
    let mut hits = conn.prepare_cached("UPDATE hits SET story = ?2 WHERE entry = ?1")?;
    let together: BTreeSet<EntryId> = moving.iter().map(|(entry, _)| *entry).collect();
    for (entry, reason) in moving {
        let reason = reason_after(reason, &together, words);
        place.execute(params![entry.0, to.0, to_json(&reason)?, outlets::copied(entry.0, &reason)])?;
        hits.execute(params![entry.0, to.0])?;
    }
    Ok(())
}

/// A copy that moves together with what it copies is still its copy; every other entry is where it is because a user said so.
fn reason_after(reason: &StoryReason, moving: &BTreeSet<EntryId>, words: &str) -> StoryReason {
    if reason.stage.is_copy() && reason.partner.is_some_and(|partner| moving.contains(&partner)) {
        return reason.clone();
    }
    let before =
        if reason.stage == Stage::Manual { String::new() } else { format!("; before: {}", reason.text) };
    StoryReason {
        stage: Stage::Manual,
        partner: None,
        score: 1.0,
        threshold: 1.0,
        probable: false,
        terms: Vec::new(),
        gap_ms: None,
        similarity: None,
        text: format!("{words}{before}"),
    }
}

/// First entry, title, times and counts of a story, from the entries it has now.
fn retell(conn: &Connection, story: StoryId) -> Result<()> {
    conn.prepare_cached(
        "UPDATE stories SET (first_entry, title, opened) =
                (SELECT e.id, e.title, p.at FROM placements p JOIN entries e ON e.id = p.entry
                 WHERE p.story = ?1 ORDER BY p.id LIMIT 1),
            last = (SELECT max(at) FROM placements WHERE story = ?1)
         WHERE id = ?1",
    )?
    .execute([story.0])?;
    stories::recount(conn, story.0)
}
