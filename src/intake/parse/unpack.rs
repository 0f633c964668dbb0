//! Takes compression off a document that came without saying so: gzip or zlib by their first bytes, more than once if
//! need be, under a cap.

use super::ParseError;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::borrow::Cow;
use std::io::Read;

/// Cap on a document, in bytes, after decompression; what comes uncompressed was capped by the fetch.
pub const MAX_UNPACKED: usize = 10 * 1024 * 1024;
/// Cap on a document as handed over, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// From this size on a document may not have grown more than [`MAX_RATIO`] times (S5).
const RATIO_FROM: usize = 1024 * 1024;
/// Greatest growth by decompression, of all layers together.
const MAX_RATIO: usize = 100;
/// Layers taken off at most: a file stored compressed and compressed again on its way.
const MAX_LAYERS: usize = 2;

/// The document itself. A damaged end loses only what follows it.
pub fn unpack(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ParseError> {
    if bytes.len() > MAX_BYTES {
        return Err(ParseError::TooLarge(MAX_BYTES));
    }
    let cap = (bytes.len() * MAX_RATIO).clamp(RATIO_FROM, MAX_UNPACKED);
    let mut document = Cow::Borrowed(bytes);
    for _ in 0..MAX_LAYERS {
        match layer(&document, cap)? {
            Some(inner) => document = Cow::Owned(inner),
            None => break,
        }
    }
    Ok(document)
}

/// What is inside one layer; `None` where there is none.
fn layer(bytes: &[u8], cap: usize) -> Result<Option<Vec<u8>>, ParseError> {
    match *bytes {
        [0x1f, 0x8b, ..] => match inflate(MultiGzDecoder::new(bytes), cap)? {
            (inner, Some(error)) if inner.is_empty() => {
                Err(ParseError::Malformed(format!("broken gzip data: {error}")))
            }
            (inner, _) => Ok(Some(inner)),
        },
        // The head of a zlib stream checks itself, but may as well be the beginning of a text ("x^2").
        [0x78, second, ..] if (0x7800 + u16::from(second)) % 31 == 0 && !is_text(bytes) => {
            let (inner, _) = inflate(ZlibDecoder::new(bytes), cap)?;
            Ok(Some(inner).filter(|inner| !inner.is_empty()))
        }
        _ => Ok(None),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().take(16).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// What comes out up to the first error, and the error.
fn inflate(stream: impl Read, cap: usize) -> Result<(Vec<u8>, Option<std::io::Error>), ParseError> {
    let mut inner = Vec::new();
    let outcome = stream.take(cap as u64 + 1).read_to_end(&mut inner);
    match inner.len() > cap {
        true => Err(ParseError::TooLarge(cap)),
        false => Ok((inner, outcome.err())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn every_layer_goes() {
        let text = b"<rss><channel/></rss>";
        let mut with_junk = gzip(text);
        with_junk.extend(b"\0\0 what a server adds");
        for (bytes, says) in [
            (text.to_vec(), "none"),
            (gzip(text), "gzip"),
            (gzip(&gzip(text)), "gzip of gzip"),
            (zlib(text), "zlib"),
            (gzip(&zlib(text)), "zlib in gzip"),
            (with_junk, "junk behind it"),
        ] {
            assert_eq!(unpack(&bytes).as_deref(), Ok(&text[..]), "{says}");
        }
        assert_eq!(unpack(b"x^2 is no zlib stream").as_deref(), Ok(&b"x^2 is no zlib stream"[..]));
        assert!(unpack(b"\x1f\x8b nothing").is_err());
    }

    #[test]
    fn growth_is_counted_over_all_layers() {
        let bomb = gzip(&gzip(&vec![b' '; 8 * RATIO_FROM]));
        assert_eq!(unpack(&bomb), Err(ParseError::TooLarge(RATIO_FROM)));
    }
}
