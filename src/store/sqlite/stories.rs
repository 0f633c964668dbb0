//! Stories: placing a judged entry, and asking for stories.
//!
//! The order of placing: a story that is not there yet is made with this entry as its first, whatever the
//! desk calls it (the entry that should have opened it may have turned out stale); an entry placed before keeps
//! its order, and its reason while it stays (an edit does not change why it is there); moved to another story, it takes
//! the new reason and both are counted afresh; else the story counts one entry more, and its outlet and language if they are new to it.

use super::judge::Judged;
use super::narrow::{Conditions, by_feed_name, feed_names, lang_names, topic_names};
use super::outlets::{self, IS_COPY};
use super::row::{json, to_json};
use crate::model::*;
use crate::store::{Judgement, Result, StoryFilter};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

const COLUMNS: &str = "s.id, s.first_entry, s.title, s.opened, s.last, s.entries, s.publishers, s.langs, \
     s.copies";

fn story_of(row: &Row<'_>) -> rusqlite::Result<Story> {
    Ok(Story {
        id: StoryId(row.get(0)?),
        first_entry: EntryId(row.get(1)?),
        title: row.get(2)?,
        opened: Time(row.get(3)?),
        last: Time(row.get(4)?),
        entries: row.get(5)?,
        publishers: row.get(6)?,
        langs: json(row, 7)?,
        copies: row.get(8)?,
    })
}

pub(super) fn place(conn: &Connection, entry: &Judged, judgement: &Judgement, now: Time) -> Result<()> {
    let story = judgement.story.0;
    let opened = open_if_missing(conn, entry, story, now)?;
    match placed(conn, entry.id)? {
        Some(old) => move_entry(conn, entry, judgement, old),
        None => {
            if !opened {
                join(conn, entry, judgement, now)?;
            }
            conn.prepare_cached(
                "INSERT INTO placements (entry, story, at, reason, outlet, copy_of) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                entry.id,
                story,
                now.0,
                to_json(&judgement.reason)?,
                entry.outlet,
                outlets::copied(entry.id, &judgement.reason),
            ])?;
            Ok(())
        }
    }
}

fn open_if_missing(conn: &Connection, entry: &Judged, story: i64, now: Time) -> Result<bool> {
    let langs: Vec<&str> = entry.lang.as_deref().into_iter().collect();
    let made = conn
        .prepare_cached(
            "INSERT INTO stories (id, first_entry, title, opened, last, entries, publishers, langs)
             VALUES (?1, ?2, ?3, ?4, ?4, 1, 1, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![story, entry.id, entry.title, now.0, to_json(&langs)?])?;
    Ok(made > 0)
}

fn placed(conn: &Connection, entry: i64) -> Result<Option<i64>> {
    let mut find = conn.prepare_cached("SELECT story FROM placements WHERE entry = ?1")?;
    Ok(find.query_row([entry], |row| row.get(0)).optional()?)
}

fn join(conn: &Connection, entry: &Judged, judgement: &Judgement, now: Time) -> Result<()> {
    let story = judgement.story.0;
    let mut known = conn.prepare_cached("SELECT 1 FROM placements WHERE story = ?1 AND outlet = ?2")?;
    let outlet = i64::from(!known.exists(params![story, entry.outlet])?);
    let mut original = conn.prepare_cached("SELECT 1 FROM placements WHERE story = ?1 AND entry = ?2")?;
    let copy = match outlets::copied(entry.id, &judgement.reason) {
        Some(partner) => i64::from(original.exists(params![story, partner])?),
        None => 0,
    };
    conn.prepare_cached(
        "UPDATE stories SET entries = entries + 1, last = max(last, ?2), publishers = publishers + ?3,
            copies = copies + ?4
         WHERE id = ?1",
    )?
    .execute(params![story, now.0, outlet, copy])?;
    match &entry.lang {
        Some(lang) => add_lang(conn, story, lang),
        None => Ok(()),
    }
}

fn add_lang(conn: &Connection, story: i64, lang: &str) -> Result<()> {
    let mut find = conn.prepare_cached("SELECT langs FROM stories WHERE id = ?1")?;
    let mut langs: Vec<String> = find.query_row([story], |row| json(row, 0))?;
    if let Err(at) = langs.binary_search_by(|known| known.as_str().cmp(lang)) {
        langs.insert(at, lang.to_owned());
        conn.prepare_cached("UPDATE stories SET langs = ?2 WHERE id = ?1")?
            .execute(params![story, to_json(&langs)?])?;
    }
    Ok(())
}

fn move_entry(conn: &Connection, entry: &Judged, judgement: &Judgement, old: i64) -> Result<()> {
    let story = judgement.story.0;
    conn.prepare_cached(
        "UPDATE placements SET story = ?2, outlet = ?4, reason = CASE WHEN story = ?2 THEN reason ELSE ?3 END,
            copy_of = CASE WHEN story = ?2 THEN copy_of ELSE ?5 END
         WHERE entry = ?1",
    )?
    .execute(params![
        entry.id,
        story,
        to_json(&judgement.reason)?,
        entry.outlet,
        outlets::copied(entry.id, &judgement.reason),
    ])?;
    conn.prepare_cached("UPDATE stories SET title = ?2 WHERE id = ?1 AND first_entry = ?3")?
        .execute(params![story, entry.title, entry.id])?;
    recount(conn, story)?;
    if old != story {
        recount(conn, old)?;
    }
    Ok(())
}

/// Entries, outlets, copies and languages of a story, from the entries it has now.
pub(super) fn recount(conn: &Connection, story: i64) -> Result<()> {
    let sql = format!(
        "UPDATE stories SET (entries, publishers, copies, langs) =
            (SELECT count(*), count(DISTINCT p.outlet), coalesce(sum({IS_COPY}), 0),
                (SELECT coalesce(json_group_array(lang), '[]') FROM
                    (SELECT DISTINCT l.lang AS lang FROM placements q JOIN entries l ON l.id = q.entry
                     WHERE q.story = ?1 AND l.lang IS NOT NULL ORDER BY l.lang))
             FROM placements p WHERE p.story = ?1)
         WHERE id = ?1"
    );
    conn.prepare_cached(&sql)?.execute([story])?;
    Ok(())
}

pub(super) fn last(conn: &Connection) -> Result<StoryId> {
    let mut highest = conn.prepare_cached("SELECT coalesce(max(id), 0) FROM stories")?;
    Ok(StoryId(highest.query_row([], |row| row.get(0))?))
}

pub(super) fn one(conn: &Connection, id: StoryId) -> Result<Option<Story>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM stories s
         WHERE s.id = (SELECT coalesce(merged_into, id) FROM stories WHERE id = ?1)"
    );
    Ok(conn.prepare_cached(&sql)?.query_row([id.0], story_of).optional()?)
}

pub(super) fn list(conn: &Connection, filter: &StoryFilter) -> Result<Vec<Story>> {
    let mut conditions = Conditions::default();
    conditions.add_plain("s.merged_into IS NULL");
    conditions.between("s.last", &filter.narrow);
    let having = |entries: &str| {
        format!("s.id IN (SELECT p.story FROM entries e JOIN placements p ON p.entry = e.id WHERE {entries})")
    };
    let by_feed = by_feed_name("e.feed");
    conditions.any_of("name", &feed_names(&filter.narrow.feeds), |compare| having(&by_feed(compare)))?;
    conditions.any_of("e.lang", &lang_names(&filter.narrow.langs), having)?;
    conditions.any_of("topic", &topic_names(&filter.topics), |compare| {
        format!("s.id IN (SELECT story FROM hits WHERE {compare})")
    })?;
    conditions.text_in("s.id IN (SELECT p.story FROM placements p WHERE ", "p.entry", &filter.narrow);
    if filter.min_entries > 1 {
        conditions.add("s.entries >= ?", filter.min_entries);
    }
    let (tail, values) = conditions.finish("s.last DESC, s.id DESC", &filter.narrow);
    let sql = format!("SELECT {COLUMNS} FROM stories s {tail}");
    let mut newest = conn.prepare_cached(&sql)?;
    let rows = newest.query_map(params_from_iter(values), story_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
