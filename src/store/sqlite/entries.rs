//! Entries: taking in what is new or changed, and asking for them.
//!
//! The order for each entry of a poll: a key met before in the same document is skipped (the first one counts);
//! a new key is stored; a known key with the same content hash is left alone; a changed one keeps its old text as
//! a revision. New and changed entries are pending for the desk and searchable at once.

use super::narrow::{Conditions, by_feed_name, feed_names, lang_names};
use super::row::{json, to_json};
use super::{feeds, search};
use crate::model::*;
use crate::store::{Absorbed, EntryFilter, Result};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params, params_from_iter};
use std::collections::HashSet;

/// Columns of [`entry_of`]; needs [`JOINS`].
pub(super) const COLUMNS: &str = "e.id, f.name AS feed, e.key, e.guid, e.url, e.canonical_url, e.title, e.body, \
     e.author, e.publisher, e.categories, e.lang, e.published, e.seen, e.content_hash, e.backlog, e.revision, \
     p.story AS story, EXISTS (SELECT 1 FROM pending w WHERE w.entry = e.id) AS waits";
/// Tables of [`COLUMNS`] beside `entries e`.
pub(super) const JOINS: &str = "JOIN feeds f ON f.id = e.feed LEFT JOIN placements p ON p.entry = e.id";

pub(super) fn entry_of(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let waits: bool = row.get("waits")?;
    Ok(Entry {
        id: EntryId(row.get("id")?),
        feed: FeedId(row.get("feed")?),
        key: row.get("key")?,
        guid: row.get("guid")?,
        url: row.get("url")?,
        canonical_url: row.get("canonical_url")?,
        title: row.get("title")?,
        body: row.get("body")?,
        author: row.get("author")?,
        publisher: row.get("publisher")?,
        categories: json(row, "categories")?,
        lang: row.get("lang")?,
        published: row.get::<_, Option<i64>>("published")?.map(Time),
        seen: Time(row.get("seen")?),
        content_hash: row.get("content_hash")?,
        backlog: row.get("backlog")?,
        revision: row.get("revision")?,
        state: if waits { EntryState::Pending } else { EntryState::Judged },
        story: row.get::<_, Option<i64>>("story")?.map(StoryId),
    })
}

pub(super) fn absorb(
    conn: &Connection,
    feed: &FeedId,
    entries: &[NewEntry],
    backlog: bool,
    now: Time,
) -> Result<Absorbed> {
    let feed = feeds::row_id(conn, feed)?;
    let mut met = HashSet::with_capacity(entries.len());
    let mut absorbed = Absorbed::default();
    for entry in entries {
        if !met.insert(entry.key.as_str()) {
            continue;
        }
        match known(conn, feed, &entry.key)? {
            None => {
                insert(conn, feed, entry, backlog, now)?;
                absorbed.new += 1;
            }
            Some((_, hash)) if hash == entry.content_hash => absorbed.known += 1,
            Some((id, _)) => {
                revise(conn, id, entry, now)?;
                absorbed.revised += 1;
            }
        }
    }
    Ok(absorbed)
}

fn known(conn: &Connection, feed: i64, key: &str) -> Result<Option<(i64, String)>> {
    let mut find =
        conn.prepare_cached("SELECT id, content_hash FROM entries WHERE feed = ?1 AND key = ?2")?;
    Ok(find.query_row(params![feed, key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

fn insert(conn: &Connection, feed: i64, entry: &NewEntry, backlog: bool, now: Time) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO entries (feed, key, guid, url, canonical_url, title, author, publisher, categories, lang,
            published, seen, content_hash, backlog, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        feed,
        entry.key,
        entry.guid,
        entry.url,
        entry.canonical_url,
        entry.title,
        entry.author,
        entry.publisher,
        to_json(&entry.categories)?,
        entry.lang,
        entry.published.map(|at| at.0),
        now.0,
        entry.content_hash,
        backlog,
        entry.body,
    ])?;
    let id = conn.last_insert_rowid();
    search::add(conn, id, &entry.title, &entry.body)?;
    make_pending(conn, id)
}

fn make_pending(conn: &Connection, id: i64) -> Result<()> {
    conn.prepare_cached("INSERT INTO pending (entry) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([id])?;
    Ok(())
}

/// The key, the first sight, the backlog flag and the story stay.
fn revise(conn: &Connection, id: i64, entry: &NewEntry, now: Time) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO revisions (entry, revision, title, body, content_hash, replaced_at)
         SELECT id, revision, title, body, content_hash, ?2 FROM entries WHERE id = ?1",
    )?
    .execute(params![id, now.0])?;
    conn.prepare_cached(
        "UPDATE entries SET guid = :guid, url = :url, canonical_url = :canonical_url, title = :title,
            author = :author, publisher = :publisher, categories = :categories, lang = :lang,
            published = :published, content_hash = :content_hash, body = :body, searchable = 1, revision = revision + 1
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id,
        ":guid": entry.guid,
        ":url": entry.url,
        ":canonical_url": entry.canonical_url,
        ":title": entry.title,
        ":author": entry.author,
        ":publisher": entry.publisher,
        ":categories": to_json(&entry.categories)?,
        ":lang": entry.lang,
        ":published": entry.published.map(|at| at.0),
        ":content_hash": entry.content_hash,
        ":body": entry.body,
    })?;
    search::remove(conn, id)?;
    search::add(conn, id, &entry.title, &entry.body)?;
    make_pending(conn, id)
}

pub(super) fn pending(conn: &Connection, limit: usize) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM pending q CROSS JOIN entries e ON e.id = q.entry {JOINS} ORDER BY q.entry LIMIT ?1"
    );
    let mut oldest = conn.prepare_cached(&sql)?;
    let rows = oldest.query_map([super::row::signed(limit)], entry_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn one(conn: &Connection, id: EntryId) -> Result<Option<Entry>> {
    let sql = format!("SELECT {COLUMNS} FROM entries e {JOINS} WHERE e.id = ?1");
    Ok(conn.prepare_cached(&sql)?.query_row([id.0], entry_of).optional()?)
}

pub(super) fn list(conn: &Connection, filter: &EntryFilter) -> Result<Vec<Entry>> {
    let mut conditions = Conditions::default();
    conditions.between("e.seen", &filter.narrow);
    conditions.any_of("name", &feed_names(&filter.narrow.feeds), by_feed_name("e.feed"))?;
    conditions.any_of("e.lang", &lang_names(&filter.narrow.langs), str::to_owned)?;
    let from = conditions.text("e.id", &filter.narrow);
    match filter.state {
        None => {}
        Some(EntryState::Pending) => conditions.add_plain("e.id IN (SELECT entry FROM pending)"),
        Some(EntryState::Judged) => conditions.add_plain("e.id NOT IN (SELECT entry FROM pending)"),
    }
    let order = if from.is_empty() { "e.id DESC" } else { "search.rowid DESC" };
    let (tail, values) = conditions.finish(order, &filter.narrow);
    let sql = format!("SELECT {COLUMNS} FROM {from}entries e {JOINS} {tail}");
    let mut newest = conn.prepare_cached(&sql)?;
    let rows = newest.query_map(params_from_iter(values), entry_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
