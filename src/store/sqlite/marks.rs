//! What people said of hits.

use super::row::named;
use crate::model::*;
use crate::store::{Result, StoreError};
use rusqlite::{Connection, params};

pub(super) fn set(conn: &Connection, hit: HitId, mark: Mark, now: Time) -> Result<()> {
    known(conn, hit)?;
    conn.prepare_cached(
        "INSERT INTO marks (hit, mark, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (hit) DO UPDATE SET mark = excluded.mark, at = excluded.at",
    )?
    .execute(params![hit.0, mark.name(), now.0])?;
    Ok(())
}

pub(super) fn clear(conn: &Connection, hit: HitId) -> Result<()> {
    known(conn, hit)?;
    conn.prepare_cached("DELETE FROM marks WHERE hit = ?1")?.execute([hit.0])?;
    Ok(())
}

fn known(conn: &Connection, hit: HitId) -> Result<()> {
    match conn.prepare_cached("SELECT 1 FROM hits WHERE id = ?1")?.exists([hit.0])? {
        true => Ok(()),
        false => Err(StoreError::NotFound(format!("there is no hit {hit}"))),
    }
}

pub(super) fn all(conn: &Connection) -> Result<Vec<Marked>> {
    let mut oldest = conn.prepare_cached(
        "SELECT h.id, h.topic, h.at, m.mark FROM marks m JOIN hits h ON h.id = m.hit ORDER BY h.at, h.id",
    )?;
    let rows = oldest.query_map([], |row| {
        let (hit, topic) = (HitId(row.get(0)?), TopicId(row.get(1)?));
        Ok(Marked { hit, topic, at: Time(row.get(2)?), mark: named(row, 3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
