//! What the fuzz targets check, for any bytes whatever. The random test of the repository runs the same functions.

mod documents;
mod headers;
mod topics;

pub use documents::{feed, opml};
pub use headers::headers;
pub use topics::{matching, query};

/// Bytes of an input that are used: more finds nothing that less does not.
const WINDOW: usize = 64 * 1024;
