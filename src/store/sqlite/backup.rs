//! A consistent copy of a database in use.
//!
//! The order: the target must not exist; the copy grows beside it under another name, readable by its owner
//! only; it is checked whole; then it gets its name. A copy that failed leaves nothing behind. Writers go on
//! meanwhile: the copy is of one snapshot.

use super::error::from_io;
use super::open::{connect, create_private};
use crate::store::{Result, StoreError};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

pub(super) fn copy(conn: &mut Connection, to: &Path) -> Result<()> {
    if to.exists() {
        return Err(StoreError::Database(format!("{}: is there already; name a new file", to.display())));
    }
    let part = part_path(to);
    let copied =
        copy_to(conn, &part).and_then(|()| std::fs::rename(&part, to).map_err(|error| from_io(error, to)));
    if copied.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    copied
}

fn copy_to(conn: &mut Connection, part: &Path) -> Result<()> {
    create_private(part)?;
    let mut target = connect(part, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // The copy is used by nobody else: one plain file, no log beside it.
    target.pragma_update(None, "journal_mode", "OFF")?;
    {
        // All pages in one step: one read lock, so that a busy writer cannot make it start over.
        let done = Backup::new(conn, &mut target)?.step(-1)?;
        if done != StepResult::Done {
            return Err(StoreError::Database("the database is locked by another process".to_owned()));
        }
    }
    check(&target, part)?;
    target.close().map_err(|(_, error)| error)?;
    Ok(())
}

fn check(target: &Connection, part: &Path) -> Result<()> {
    let verdict: String = target.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    let path = part.display().to_string();
    Err(StoreError::NotADatabase { path, reason: format!("the copy failed its check: {verdict}") })
}

fn part_path(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
