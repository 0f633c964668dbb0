//! Asking for hits. A hit is shown with the text it was found in, also after the entry was revised.
//!
//! Newest first is by the time of the decision and, within one time, by row; with a text condition it is by the
//! row of the entry, the order in which the index gives them. Every condition but the text's is answered from
//! an index on `hits` alone.

use super::narrow::{Conditions, by_feed_name, feed_names, lang_names, topic_names};
use super::row::{count, json, maybe_named};
use crate::model::*;
use crate::store::{HitFilter, Result, TopicCount};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

const COLUMNS: &str = "h.id, h.topic, h.topic_version, h.story, h.entry, h.score, h.evidence, h.at, h.silent";
const VIEW: &str = "f.name AS feed, coalesce(r.title, e.title) AS title, coalesce(r.body, e.body) AS body, e.url, \
     e.publisher, h.lang, e.published, e.seen, (SELECT m.mark FROM marks m WHERE m.hit = h.id) AS mark";
const JOINS: &str = "CROSS JOIN entries e ON e.id = h.entry CROSS JOIN feeds f ON f.id = h.feed \
     LEFT JOIN revisions r ON r.entry = h.entry AND r.revision = h.revision";

fn hit_of(row: &Row<'_>) -> rusqlite::Result<Hit> {
    Ok(Hit {
        id: HitId(row.get("id")?),
        topic: TopicId(row.get("topic")?),
        topic_version: row.get("topic_version")?,
        story: StoryId(row.get("story")?),
        entry: EntryId(row.get("entry")?),
        score: row.get("score")?,
        evidence: json(row, "evidence")?,
        at: Time(row.get("at")?),
        silent: row.get("silent")?,
    })
}

fn view_of(row: &Row<'_>) -> rusqlite::Result<HitView> {
    Ok(HitView {
        hit: hit_of(row)?,
        feed: FeedId(row.get("feed")?),
        title: row.get("title")?,
        body: row.get("body")?,
        url: row.get("url")?,
        publisher: row.get("publisher")?,
        lang: row.get("lang")?,
        published: row.get::<_, Option<i64>>("published")?.map(Time),
        seen: Time(row.get("seen")?),
        mark: maybe_named(row, "mark")?,
    })
}

pub(super) fn list(conn: &Connection, filter: &HitFilter) -> Result<Vec<HitView>> {
    let mut conditions = Conditions::default();
    conditions.between("h.at", &filter.narrow);
    conditions.any_of("h.topic", &topic_names(&filter.topics), str::to_owned)?;
    conditions.any_of("name", &feed_names(&filter.narrow.feeds), by_feed_name("h.feed"))?;
    conditions.any_of("h.lang", &lang_names(&filter.narrow.langs), str::to_owned)?;
    let from = conditions.text("h.entry", &filter.narrow);
    if let Some(story) = filter.story {
        conditions.add("h.story = (SELECT coalesce(merged_into, id) FROM stories WHERE id = ?)", story.0);
    }
    match filter.told {
        None => {}
        Some(true) => conditions.add_plain("h.silent IS NULL"),
        Some(false) => conditions.add_plain("h.silent IS NOT NULL"),
    }
    if filter.first_only {
        conditions.add_plain(
            "NOT EXISTS (SELECT 1 FROM hits o WHERE o.story = h.story AND o.topic = h.topic AND o.id < h.id)",
        );
    }
    let (order, page_order) = match from {
        "" => ("h.at DESC, h.id DESC", "h.at DESC, h.id DESC"),
        _ => ("search.rowid DESC", "h.entry DESC, h.topic"),
    };
    let (tail, values) = conditions.finish(order, &filter.narrow);
    let sql = match filter.narrow.limit {
        0 => format!("SELECT {COLUMNS}, {VIEW} FROM {from}hits h {JOINS} {tail}"),
        // The page is found first, from indexes as far as they go; only its rows are then read in full.
        _ => format!(
            "SELECT {COLUMNS}, {VIEW} FROM (SELECT h.id FROM {from}hits h {tail}) page
                CROSS JOIN hits h ON h.id = page.id {JOINS} ORDER BY {page_order}"
        ),
    };
    let mut newest = conn.prepare_cached(&sql)?;
    let rows = newest.query_map(params_from_iter(values), view_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn one(conn: &Connection, id: HitId) -> Result<Option<HitView>> {
    let sql = format!("SELECT {COLUMNS}, {VIEW} FROM hits h {JOINS} WHERE h.id = ?1");
    Ok(conn.prepare_cached(&sql)?.query_row([id.0], view_of).optional()?)
}

pub(super) fn of_story(conn: &Connection, story: StoryId) -> Result<Vec<Hit>> {
    let sql = format!("SELECT {COLUMNS} FROM hits h WHERE h.story = ?1 ORDER BY h.id");
    let mut oldest = conn.prepare_cached(&sql)?;
    let rows = oldest.query_map([story.0], hit_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn topic_counts(conn: &Connection, since: Time) -> Result<Vec<TopicCount>> {
    let mut counts = conn.prepare_cached(
        "SELECT topic, sum(at >= ?1), count(*), max(at) FROM hits GROUP BY topic ORDER BY topic",
    )?;
    let rows = counts.query_map([since.0], |row| {
        let newest: Option<i64> = row.get(3)?;
        Ok((TopicId(row.get(0)?), count(row, 1)?, count(row, 2)?, newest.map(Time)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
