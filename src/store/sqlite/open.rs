//! Opening a database file: what is checked, in which order, and how connections are set up.
//!
//! The order: the directory is there; the file is there (or may be made); its header is SQLite's and its length
//! fits; it is ours and no newer than this program; it answers a first question from every table. Nothing of
//! this reads the whole file. A file that fails is left exactly as it was.

use super::error::{DAMAGED, at_path, from_io};
use super::lock::ProcessLock;
use super::{migrations, outlets};
use crate::store::{Result, StoreError};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a writer waits for another process's transaction. Longer than the 30 s that a foreign
/// `sqlite3` shell or a backup tool may reasonably hold the file.
pub(super) const BUSY: Duration = Duration::from_secs(45);
/// The header's `application_id`: `NwST`.
const APPLICATION: i64 = 1_316_443_988;
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Statements kept compiled per connection: all of ours (about 80) with their list variants.
const STATEMENTS: usize = 128;
/// Page cache of the writer and of each reader in KiB: the upper levels of every index at a million entries.
const WRITER_CACHE_KIB: i64 = 8_192;
const READER_CACHE_KIB: i64 = 2_048;
/// The log is copied back into the database at so many pages (16 MiB) and cut to this size afterwards.
const CHECKPOINT_PAGES: i64 = 4_096;
const LOG_LIMIT_BYTES: i64 = 33_554_432;

/// Tables whose last row is read as a probe.
const PROBES: [&str; 9] =
    ["feeds", "polls", "entries", "stories", "placements", "hits", "alerts", "deliveries", "attempts"];

/// Opens for writing, making or upgrading the file where needed. With `exclusive`, the process lock is
/// taken and returned.
pub(super) fn for_writing(path: &Path, exclusive: bool) -> Result<(Connection, Option<ProcessLock>)> {
    check_directory(path)?;
    check_file(path)?;
    let lock = if exclusive { Some(ProcessLock::take(path)?) } else { None };
    create_private(path)?;
    let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    prepare(&mut conn, path, lock.is_some()).map_err(|error| at_path(error, path))?;
    Ok((conn, lock))
}

/// Opens for reading only; the file must exist and be of this program's schema.
pub(super) fn for_reading(path: &Path) -> Result<Connection> {
    if !path.exists() {
        return Err(StoreError::NotFound(format!(
            "{}: there is no database yet; `newswatch run` or `newswatch poll` makes it",
            path.display()
        )));
    }
    check_file(path)?;
    let conn = connect_reading(path)?;
    let checked = set_up_reader(&conn).and_then(|()| check_current(&conn, path));
    checked.map_err(|error| at_path(error, path))?;
    Ok(conn)
}

/// A further reader on a file that was checked before.
pub(super) fn further_reader(path: &Path) -> Result<Connection> {
    let conn = connect_reading(path)?;
    set_up_reader(&conn).map_err(|error| at_path(error, path))?;
    Ok(conn)
}

/// A plain read-write connection, as for the target of a backup.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|error| at_path(error.into(), path))
}

/// A log beside a file in a directory we may not write needs no shared memory if it is not there.
fn connect_reading(path: &Path) -> Result<Connection> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let readable = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    match readable {
        Err(rusqlite::Error::SqliteFailure(failure, _))
            if failure.code == rusqlite::ErrorCode::CannotOpen && !has_log(path) =>
        {
            immutable(path)
        }
        _ => Ok(conn),
    }
}

fn immutable(path: &Path) -> Result<Connection> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = String::from("file:");
    for byte in absolute.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(*byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    connect(Path::new(&uri), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
}

fn check_directory(path: &Path) -> Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if directory.is_dir() {
        return Ok(());
    }
    let why = if directory.exists() { "is not a directory" } else { "does not exist; create it first" };
    Err(StoreError::NotFound(format!("{}: the directory {} {why}", path.display(), directory.display())))
}

/// Header and length of an existing file. An empty file is a database that is about to be made.
fn check_file(path: &Path) -> Result<()> {
    let refuse = |reason: &str| {
        Err(StoreError::NotADatabase { path: path.display().to_string(), reason: reason.to_owned() })
    };
    if path.is_dir() {
        return refuse("is a directory; name the database file itself");
    }
    let length = match std::fs::metadata(path) {
        Ok(facts) => facts.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(from_io(error, path)),
    };
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(100).read_to_end(&mut head))
        .map_err(|error| from_io(error, path))?;
    if length > 0 && !head.starts_with(MAGIC) {
        return refuse("is not a newswatch database (nor any SQLite file); nothing was changed in it");
    }
    if !has_log(path) && stated_length(&head).is_some_and(|stated| stated > length) {
        return refuse(&format!("is shorter than its header says: {DAMAGED}"));
    }
    Ok(())
}

/// The length the header states, in bytes (file format 1.3: page size at 16, pages at 28).
fn stated_length(head: &[u8]) -> Option<u64> {
    let size = u64::from(u16::from_be_bytes(head.get(16..18)?.try_into().ok()?));
    let pages = u64::from(u32::from_be_bytes(head.get(28..32)?.try_into().ok()?));
    Some(if size == 1 { 65_536 } else { size } * pages)
}

/// Whether a write-ahead log with content lies beside the file. Then the file alone says little.
fn has_log(path: &Path) -> bool {
    std::fs::metadata(log_path(path)).is_ok_and(|facts| facts.len() > 0)
}

/// Where SQLite keeps the write-ahead log of the file.
pub(super) fn log_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Makes the file, readable by its owner only: it holds what people watch. SQLite gives the log the same mode.
pub(super) fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ()).map_err(|error| from_io(error, path))
}

fn prepare(conn: &mut Connection, path: &Path, locked: bool) -> Result<()> {
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    let found = schema(conn, path)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    conn.pragma_update(None, "journal_size_limit", LOG_LIMIT_BYTES)?;
    if found < newest_schema() {
        // Two processes must not upgrade at once; whoever runs on the file holds the lock already.
        let _lock = if locked { None } else { Some(ProcessLock::take(path)?) };
        migrate(conn)?;
    }
    outlets::fill(conn)?;
    probe(conn)
}

fn set_up_reader(conn: &Connection) -> Result<()> {
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    Ok(())
}

fn check_current(conn: &Connection, path: &Path) -> Result<()> {
    let found = schema(conn, path)?;
    if found < newest_schema() {
        return Err(StoreError::Database(format!(
            "has schema {found}, this newswatch needs {}: start `newswatch run` or `newswatch poll` once, they \
             upgrade it",
            newest_schema()
        )));
    }
    Ok(())
}

/// The schema of the file; 0 for an empty one. Refuses files of other programs and of a newer newswatch.
pub(super) fn schema(conn: &Connection, path: &Path) -> Result<i64> {
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(0);
    }
    let application: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION && !upgrading(conn)? {
        return Err(StoreError::NotADatabase {
            path: path.display().to_string(),
            reason: "is an SQLite database of another program; nothing was changed in it".to_owned(),
        });
    }
    let found = recorded_schema(conn)?;
    if found > newest_schema() {
        let path = path.display().to_string();
        return Err(StoreError::NewerSchema { path, found, known: newest_schema() });
    }
    Ok(found)
}

/// Whether only the table of migrations is there: a first start was cut short.
fn upgrading(conn: &Connection) -> Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE tbl_name <> 'refinery_schema_history')";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

fn recorded_schema(conn: &Connection) -> Result<i64> {
    let sql = "SELECT max(version) FROM refinery_schema_history";
    let found: Option<Option<i64>> = conn.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(found.flatten().unwrap_or(0))
}

/// The newest schema this program knows.
pub(super) fn newest_schema() -> i64 {
    migrations::runner().get_migrations().iter().map(|step| i64::from(step.version())).max().unwrap_or(0)
}

/// All steps in one transaction: a start that is killed in the middle begins again from the old schema.
fn migrate(conn: &mut Connection) -> Result<()> {
    migrations::runner()
        .set_grouped(true)
        .run(conn)
        .map(|_| ())
        .map_err(|error| StoreError::Database(format!("the schema could not be upgraded: {error}")))
}

/// The last row of every table: finds most of what a torn copy or a bad disk does, in a millisecond.
fn probe(conn: &Connection) -> Result<()> {
    for table in PROBES {
        let sql = format!("SELECT * FROM {table} ORDER BY id DESC LIMIT 1");
        conn.query_row(&sql, [], |_| Ok(())).optional()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_states_the_length() {
        let mut head = vec![0; 100];
        head[16..18].copy_from_slice(&4096_u16.to_be_bytes());
        head[28..32].copy_from_slice(&3_u32.to_be_bytes());
        assert_eq!(stated_length(&head), Some(12_288));
        head[16..18].copy_from_slice(&1_u16.to_be_bytes());
        assert_eq!(stated_length(&head), Some(3 * 65_536));
        assert_eq!(stated_length(&head[..20]), None);
    }
}
