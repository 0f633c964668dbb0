//! A SQLite store on a disk that can be full.

use newswatch::store::sqlite::Sqlite;
use newswatch::store::{Backend, OpenReader, Result, StoreError, StoreHandle, Work};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// The disk, in the test's hand.
#[derive(Clone, Default)]
pub struct Disk {
    full: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
}

impl Disk {
    /// Fills it up, or frees it.
    pub fn fill(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// Commits refused so far.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// A store on this disk.
    pub fn store(&self, path: &Path) -> StoreHandle {
        let inner = Sqlite::open_daemon(path).expect("a database");
        StoreHandle::start(Box::new(OnDisk { inner, disk: self.clone() })).expect("a store")
    }
}

struct OnDisk {
    inner: Sqlite,
    disk: Disk,
}

impl Backend for OnDisk {
    fn write(&mut self, work: &mut [Work<'_>]) -> Vec<Result<()>> {
        if !self.disk.full.load(Ordering::SeqCst) {
            return self.inner.write(work);
        }
        self.disk.refused.fetch_add(work.len(), Ordering::SeqCst);
        work.iter().map(|_| Err(StoreError::DiskFull("no space left on device".to_owned()))).collect()
    }

    fn readers(&self) -> OpenReader {
        self.inner.readers()
    }

    fn set_busy_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.inner.set_busy_timeout(timeout)
    }

    fn close(&mut self) -> Result<()> {
        self.inner.close()
    }
}
