//! What can go wrong with the store, in words for people.

/// What can go wrong with the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is not a newswatch database, or is damaged.
    #[error("{path}: {reason}")]
    NotADatabase {
        /// The file.
        path: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Another process runs on the same file.
    #[error("{path} is in use by newswatch process {pid}")]
    InUse {
        /// The file.
        path: String,
        /// Its process id.
        pid: u32,
    },
    /// The file was written by a newer newswatch.
    #[error("{path} has schema {found}, this newswatch knows up to {known}: use the newer newswatch")]
    NewerSchema {
        /// The file.
        path: String,
        /// Version found.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// No room left; nothing was changed.
    #[error("the disk is full: {0}")]
    DiskFull(String),
    /// Any other failure of the database; nothing was changed.
    #[error("database: {0}")]
    Database(String),
    /// The named thing is not there.
    #[error("{0}")]
    NotFound(String),
    /// The change asked for makes no sense; nothing was changed.
    #[error("{0}")]
    Refused(String),
    /// The store thread has stopped.
    #[error("the store is closed")]
    Closed,
}

/// Result of store calls.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
