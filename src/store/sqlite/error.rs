//! SQLite's failures in the words of the seam.
//!
//! The order: a full disk is told apart first (nothing was changed, it can be tried again), then a file that is
//! no database or is damaged, then everything else. The path is filled in where the connection is known.

use crate::store::StoreError;
use rusqlite::{Error, ErrorCode, ffi};
use std::path::Path;

/// What to do about a damaged file; part of every such message.
pub(super) const DAMAGED: &str = "the database is damaged. Stop newswatch, move the file and its -wal and -shm \
     files aside, and put a copy made by `newswatch db backup` in its place";

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match &error {
            Error::SqliteFailure(failure, message) => from_code(*failure, message.as_deref(), &error),
            _ => StoreError::Database(error.to_string()),
        }
    }
}

fn from_code(failure: ffi::Error, message: Option<&str>, error: &Error) -> StoreError {
    let text = message.map_or_else(|| error.to_string(), str::to_owned);
    match failure.code {
        ErrorCode::DiskFull => StoreError::DiskFull(text),
        // The shared-memory file could not grow: SQLite reports a full disk there as an input/output error.
        _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => StoreError::DiskFull(text),
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => {
            StoreError::NotADatabase { path: String::new(), reason: format!("{DAMAGED} ({text})") }
        }
        ErrorCode::ReadOnly => StoreError::Database(format!("the file cannot be written ({text})")),
        ErrorCode::DatabaseBusy => StoreError::Database(format!("another process is writing ({text})")),
        _ => StoreError::Database(text),
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        StoreError::Database(format!("unreadable JSON in a column: {error}"))
    }
}

/// A failure of the file system in making, locking or renaming a file.
pub(super) fn from_io(error: std::io::Error, file: &Path) -> StoreError {
    let text = format!("{}: {error}", file.display());
    match error.kind() {
        std::io::ErrorKind::StorageFull => StoreError::DiskFull(text),
        _ => StoreError::Database(text),
    }
}

/// Names the file in an error that could not know it.
pub(super) fn at_path(error: StoreError, file: &Path) -> StoreError {
    match error {
        StoreError::NotADatabase { path, reason } if path.is_empty() => {
            StoreError::NotADatabase { path: file.display().to_string(), reason }
        }
        StoreError::Database(text) if !text.contains(&*file.to_string_lossy()) => {
            StoreError::Database(format!("{}: {text}", file.display()))
        }
        StoreError::DiskFull(text) if !text.contains(&*file.to_string_lossy()) => {
            StoreError::DiskFull(format!("{}: {text}", file.display()))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> StoreError {
        Error::SqliteFailure(ffi::Error::new(code), Some("words".to_owned())).into()
    }

    #[test]
    fn full_disks_and_damage_are_told_apart() {
        assert!(matches!(failure(ffi::SQLITE_FULL), StoreError::DiskFull(_)));
        assert!(matches!(failure(ffi::SQLITE_IOERR_SHMSIZE), StoreError::DiskFull(_)));
        assert!(matches!(failure(ffi::SQLITE_NOTADB), StoreError::NotADatabase { .. }));
        assert!(matches!(failure(ffi::SQLITE_CORRUPT_INDEX), StoreError::NotADatabase { .. }));
        assert!(matches!(failure(ffi::SQLITE_IOERR_READ), StoreError::Database(_)));
    }

    #[test]
    fn the_file_is_named_once() {
        let once = at_path(failure(ffi::SQLITE_CORRUPT), Path::new("/x/y.db"));
        assert!(once.to_string().starts_with("/x/y.db: the database is damaged"), "{once}");
        let twice = at_path(at_path(failure(ffi::SQLITE_FULL), Path::new("/x")), Path::new("/x"));
        assert_eq!(twice.to_string(), "the disk is full: /x: words");
    }
}
