//! One running daemon per database: a lock file beside it, with the holder's process id inside.
//!
//! The operating system ends the lock with the process, however that dies, so a stale file means nothing and is
//! never deleted (deleting it would let two processes hold two locks under one name). Lists and single
//! changes from the command line do not take it: SQLite's own locks serve them.

use super::error::from_io;
use crate::store::{Result, StoreError};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Held as long as this value lives.
#[derive(Debug)]
pub(super) struct ProcessLock {
    file: File,
}

impl ProcessLock {
    /// Takes the lock of the database at `path`, or says who has it.
    pub(super) fn take(path: &Path) -> Result<Self> {
        let name = lock_path(path);
        let mut file =
            open(&name).map_err(|error| StoreError::Database(format!("{}: {error}", name.display())))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(path, &mut file)),
            Err(TryLockError::Error(error)) => return Err(from_io(error, &name)),
        }
        // The number is for people only; a full disk must not keep the daemon from starting.
        let _ = write_pid(&mut file);
        Ok(Self { file })
    }
}

impl Drop for ProcessLock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// The process id of the daemon that runs on the database at `path`, if one does; 0 when it could not write its number.
pub fn lock_holder(path: &Path) -> Option<u32> {
    let mut file = File::open(lock_path(path)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.read_to_string(&mut text).ok()?;
            Some(text.trim().parse().unwrap_or(0))
        }
        _ => None,
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn open(name: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(name)
}

fn write_pid(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn in_use(path: &Path, file: &mut File) -> StoreError {
    let mut text = String::new();
    let _ = file.read_to_string(&mut text);
    StoreError::InUse { path: path.display().to_string(), pid: text.trim().parse().unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_learns_the_pid_and_the_next_one_gets_it() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("n.db");
        let first = ProcessLock::take(&path).expect("free");
        match ProcessLock::take(&path) {
            Err(StoreError::InUse { pid, .. }) => assert_eq!(pid, std::process::id()),
            other => panic!("expected a refusal, got {other:?}"),
        }
        assert_eq!(lock_holder(&path), Some(std::process::id()));
        drop(first);
        assert_eq!(lock_holder(&path), None);
        ProcessLock::take(&path).expect("free again");
    }
}
