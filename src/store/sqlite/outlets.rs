//! The outlet of each placed entry as it is compared, and the entries that repeat others.
//!
//! An entry's outlet is its publisher, without one its feed; spellings of one outlet have one key (`text::outlet_key`). Keys
//! are written with the placement; those of a database from before there were keys are filled in when it is opened.

use crate::model::*;
use crate::store::Result;
use crate::text::outlet_key;
use rusqlite::{Connection, params};

/// The outlet of entry `e` from feed `f`, as written.
pub(super) const NAME: &str = "coalesce(nullif(trim(e.publisher), ''), f.name)";

/// Placement `p` repeats an entry that is in the same story; what was split off from its original stands for itself.
pub(super) const IS_COPY: &str = "p.copy_of IS NOT NULL AND EXISTS (SELECT 1 FROM placements original \
     WHERE original.entry = p.copy_of AND original.story = p.story)";

/// The key of an outlet's name.
pub(super) fn key(publisher: Option<&str>, feed: &str) -> String {
    outlet_key(publisher.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(feed))
}

/// The entry that a reason says is repeated.
pub(super) fn copied(entry: i64, reason: &StoryReason) -> Option<i64> {
    let partner = reason.partner.filter(|_| reason.stage.is_copy())?;
    (partner.0 != entry).then_some(partner.0)
}

/// Fills in keys that are missing, and counts the stories afresh by them.
pub(super) fn fill(conn: &mut Connection) -> Result<()> {
    let missing =
        "SELECT EXISTS (SELECT 1 FROM placements INDEXED BY placements_unfilled WHERE outlet IS NULL)";
    if !conn.query_row(missing, [], |row| row.get(0))? {
        return Ok(());
    }
    let tx = conn.transaction()?;
    tx.execute_batch("CREATE TEMP TABLE keys (name TEXT PRIMARY KEY, key TEXT NOT NULL)")?;
    for name in names(&tx)? {
        tx.prepare_cached("INSERT INTO temp.keys VALUES (?1, ?2)")?
            .execute(params![name, outlet_key(&name)])?;
    }
    tx.execute(
        &format!(
            "UPDATE placements SET outlet = (SELECT k.key FROM entries e JOIN feeds f ON f.id = e.feed
                JOIN temp.keys k ON k.name = {NAME} WHERE e.id = placements.entry)
             WHERE outlet IS NULL"
        ),
        [],
    )?;
    tx.execute_batch(&format!(
        "DROP TABLE temp.keys;
         UPDATE stories SET
            publishers = (SELECT count(DISTINCT outlet) FROM placements p WHERE p.story = stories.id),
            copies = (SELECT count(*) FROM placements p WHERE p.story = stories.id AND {IS_COPY})"
    ))?;
    Ok(tx.commit()?)
}

fn names(conn: &Connection) -> Result<Vec<String>> {
    let sql = format!("SELECT DISTINCT {NAME} FROM entries e JOIN feeds f ON f.id = e.feed");
    let mut all = conn.prepare(&sql)?;
    let rows = all.query_map([], |row| row.get::<_, Option<String>>(0))?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The entries of a story, in the order of judgement.
pub(super) fn carried(conn: &Connection, story: StoryId) -> Result<Vec<Carried>> {
    let sql = format!(
        "SELECT p.id, p.entry, p.outlet, {NAME}, e.lang, {IS_COPY}, json_extract(p.reason, '$.probable')
         FROM placements p JOIN entries e ON e.id = p.entry JOIN feeds f ON f.id = e.feed
         WHERE p.story = ?1 ORDER BY p.id"
    );
    let mut all = conn.prepare_cached(&sql)?;
    let rows = all.query_map([story.0], |row| {
        Ok(Carried {
            placement: row.get(0)?,
            entry: EntryId(row.get(1)?),
            outlet: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
            name: row.get(3)?,
            lang: row.get(4)?,
            copy: row.get(5)?,
            probable: row.get::<_, Option<bool>>(6)?.unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The outlets whose entries are stored, as written: the names that a text may cite. The index is asked for the next name
/// after each, since there are few outlets and many entries.
pub(super) fn known(conn: &Connection) -> Result<Vec<String>> {
    let mut all = conn.prepare_cached(
        "WITH RECURSIVE outlet (name) AS (
            SELECT min(publisher) FROM entries WHERE publisher IS NOT NULL
            UNION ALL
            SELECT (SELECT min(publisher) FROM entries WHERE publisher IS NOT NULL AND publisher > outlet.name)
            FROM outlet WHERE outlet.name IS NOT NULL)
         SELECT trim(name) FROM outlet WHERE name IS NOT NULL AND trim(name) <> ''",
    )?;
    let rows = all.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
