//! Takes gzip off a document that came without saying so: by its magic bytes, once, under a cap.

use super::ParseError;
use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::io::Read as _;

/// Cap on a document, in bytes, after decompression; what comes uncompressed was capped by the fetch.
pub const MAX_UNPACKED: usize = 10 * 1024 * 1024;
/// Cap on a document as handed over, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// From this size on a document may not have grown more than [`MAX_RATIO`] times (S5).
const RATIO_FROM: usize = 1024 * 1024;
/// Greatest growth by decompression.
const MAX_RATIO: usize = 100;

/// The document itself. A damaged end loses only what follows it.
pub fn unpack(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ParseError> {
    if bytes.len() > MAX_BYTES {
        return Err(ParseError::TooLarge(MAX_BYTES));
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let ratio_cap = (bytes.len() * MAX_RATIO).max(RATIO_FROM);
    let cap = ratio_cap.min(MAX_UNPACKED);
    let mut unpacked = Vec::new();
    let outcome = MultiGzDecoder::new(bytes).take(cap as u64 + 1).read_to_end(&mut unpacked);
    if unpacked.len() > cap {
        return Err(ParseError::TooLarge(cap));
    }
    match outcome {
        Err(error) if unpacked.is_empty() => Err(ParseError::Malformed(format!("broken gzip data: {error}"))),
        _ => Ok(Cow::Owned(unpacked)),
    }
}
