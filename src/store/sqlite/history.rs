//! Judged entries once more, for topics that changed: one cursor over the order of judgement.
//!
//! An entry that waits for the desk again (it was revised) is left out: the desk will judge its new text. So is
//! one whose text retention has removed.

use super::row::{count, json};
use super::search::Matching;
use crate::model::*;
use crate::store::{HistorySize, Result, TextFilter};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

/// Placements are read from the first that can belong, as for the window of stories.
const JUDGED: &str = "e.seen >= ?1 AND e.id NOT IN (SELECT entry FROM pending)
    AND p.id >= (SELECT min(first.id) FROM placements first
        WHERE first.entry >= (SELECT min(id) FROM entries WHERE seen >= ?1))";

/// Read by place, since there are a hundred thousand of them.
const COLUMNS: &str = "e.id, f.name, e.key, e.guid, e.url, e.canonical_url, e.title, e.body, e.author, e.publisher, \
     e.categories, e.lang, e.published, e.seen, e.content_hash, e.backlog, e.revision, p.story";

/// What the text condition rules out is not read: it is asked of the placement, before the entry is looked up.
pub(super) fn stream(
    conn: &Connection,
    since: Time,
    text: Option<&TextFilter>,
    each: &mut dyn FnMut(Entry) -> bool,
) -> Result<()> {
    let mut values: Vec<Value> = vec![since.0.into()];
    let mut narrow = |is: &str, set: String| {
        values.push(set.into());
        format!("p.entry {is} (SELECT rowid FROM search WHERE search MATCH ?2) AND")
    };
    let found = match text.map(Matching::of) {
        None | Some(Matching::All) => String::new(),
        Some(Matching::Nothing) => return Ok(()),
        Some(Matching::Found(set)) => narrow("IN", set),
        Some(Matching::NotFound(set)) => narrow("NOT IN", set),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM placements p CROSS JOIN entries e ON e.id = p.entry JOIN feeds f ON f.id = e.feed
         WHERE {found} {JUDGED} AND e.searchable = 1 ORDER BY p.id"
    );
    let mut judged = conn.prepare_cached(&sql)?;
    let mut rows = judged.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        if !each(entry_of(row)?) {
            break;
        }
    }
    Ok(())
}

fn entry_of(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: EntryId(row.get(0)?),
        feed: FeedId(row.get(1)?),
        key: row.get(2)?,
        guid: row.get(3)?,
        url: row.get(4)?,
        canonical_url: row.get(5)?,
        title: row.get(6)?,
        body: row.get(7)?,
        author: row.get(8)?,
        publisher: row.get(9)?,
        categories: json(row, 10)?,
        lang: row.get(11)?,
        published: row.get::<_, Option<i64>>(12)?.map(Time),
        seen: Time(row.get(13)?),
        content_hash: row.get(14)?,
        backlog: row.get(15)?,
        revision: row.get(16)?,
        state: EntryState::Judged,
        story: row.get::<_, Option<i64>>(17)?.map(StoryId),
    })
}

/// When the oldest entry of it was seen, also one that the text condition would rule out.
pub(super) fn oldest(conn: &Connection, since: Time) -> Result<Option<Time>> {
    let sql = format!(
        "SELECT e.seen FROM placements p CROSS JOIN entries e ON e.id = p.entry
         WHERE {JUDGED} AND e.searchable = 1 ORDER BY p.id LIMIT 1"
    );
    let mut first = conn.prepare_cached(&sql)?;
    let mut rows = first.query([since.0])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?.map(Time))
}

pub(super) fn size(conn: &Connection, since: Time) -> Result<HistorySize> {
    let sql = format!(
        "SELECT coalesce(sum(e.searchable = 1), 0), coalesce(sum(e.searchable = 0), 0)
         FROM placements p CROSS JOIN entries e ON e.id = p.entry WHERE {JUDGED}"
    );
    let both = conn.prepare_cached(&sql)?.query_row([since.0], |row| {
        Ok(HistorySize { entries: count(row, 0)?, without_text: count(row, 1)? })
    });
    Ok(both?)
}
