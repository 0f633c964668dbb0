//! The store on SQLite, the default: one file, one writing connection, readers beside it (write-ahead log,
//! `synchronous=FULL`, so that what was acknowledged survives a power cut).
//!
//! [`open`] decides whether a file can be trusted, [`group`] runs transactions, [`session`] is the seam's list
//! of questions and changes, and each noun's statements stand in a file of its own. This is the only place that
//! knows rusqlite.

mod open;

mod lock;
pub use lock::lock_holder;

mod group;

mod session;

mod feeds;

mod polls;

mod sources;

mod subscriptions;

mod entries;

mod revisions;

mod judge;

mod stories;

mod outlets;

mod updates;

mod vectors;

mod corrections;

mod window;

mod history;

mod rejudge;

mod marks;

mod hits;

mod alerts;

mod outbox;

mod search;

mod narrow;

mod stats;

mod prune;

mod backup;

mod row;

mod error;

mod migrations {
    refinery::embed_migrations!("src/store/sqlite/migrations");
    pub(super) use migrations::runner;
}

use super::{Backend, OpenReader, Reader, Result, Work};
use error::at_path;
use rusqlite::Connection;
use session::Session;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long closing waits for foreign readers before it leaves the log for the next start.
const CLOSE_WAIT: Duration = Duration::from_millis(500);

/// A database file opened for writing.
pub struct Sqlite {
    conn: Connection,
    path: PathBuf,
    // Dropped after the connection, so that the next process finds the file at rest.
    _lock: Option<lock::ProcessLock>,
}

impl Sqlite {
    /// For the process that runs the loops: takes the process lock.
    pub fn open_daemon(path: &Path) -> Result<Self> {
        Self::open(path, true)
    }

    /// For single changes, also while a daemon runs on the file.
    pub fn open_writer(path: &Path) -> Result<Self> {
        Self::open(path, false)
    }

    /// Lets the file grow to so many pages (of 4 KiB) at most; what needs more fails as on a full disk.
    pub fn limit_pages(&mut self, pages: u32) -> Result<()> {
        self.conn.pragma_update(None, "max_page_count", pages)?;
        Ok(())
    }

    fn open(path: &Path, exclusive: bool) -> Result<Self> {
        let (conn, lock) = open::for_writing(path, exclusive)?;
        Ok(Self { conn, path: path.to_owned(), _lock: lock })
    }
}

impl Backend for Sqlite {
    fn write(&mut self, work: &mut [Work<'_>]) -> Vec<Result<()>> {
        let results = group::write(&mut self.conn, &self.path, work);
        results.into_iter().map(|result| result.map_err(|error| at_path(error, &self.path))).collect()
    }

    fn readers(&self) -> OpenReader {
        reader_factory(&self.path)
    }

    fn set_busy_timeout(&mut self, timeout: Duration) -> Result<()> {
        Ok(self.conn.busy_timeout(timeout)?)
    }

    fn close(&mut self) -> Result<()> {
        self.conn.busy_timeout(CLOSE_WAIT)?;
        // A reader of another process keeps the log alive; that is no failure.
        let _busy: i64 = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(())
    }
}

/// Opens an existing file for reading only: a first reader, checked, and the way to get more.
pub fn open_reader(path: &Path) -> Result<(Box<dyn Reader>, OpenReader)> {
    let first = SqliteReader { conn: open::for_reading(path)?, path: path.to_owned() };
    Ok((Box::new(first), reader_factory(path)))
}

fn reader_factory(path: &Path) -> OpenReader {
    let path = path.to_owned();
    Box::new(move || {
        let conn = open::further_reader(&path)?;
        Ok(Box::new(SqliteReader { conn, path: path.clone() }))
    })
}

struct SqliteReader {
    conn: Connection,
    path: PathBuf,
}

impl Reader for SqliteReader {
    fn read(&mut self, question: &mut dyn FnMut(&dyn super::Read) -> Result<()>) -> Result<()> {
        // Rolled back when dropped: a question changes nothing.
        let snapshot = self.conn.transaction().map_err(super::StoreError::from)?;
        let session = Session::new(&snapshot, &self.path);
        question(&session).map_err(|error| at_path(error, &self.path))
    }

    fn backup(&mut self, to: &Path) -> Result<()> {
        backup::copy(&mut self.conn, to)
    }
}
