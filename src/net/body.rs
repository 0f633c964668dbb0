//! Bodies: taken off the wire with a cap, decoded with a cap.
//!
//! Order of rules: a declared length above the cap is refused unread; reading stops at the cap; more than one
//! encoding is refused; decoding stops at the cap, or as soon as the body has swollen a hundredfold beyond 1 MB
//! (S5: a bomb). A compressed body that breaks off yields what was there, marked as not intact.

use super::{NetError, NetErrorKind};
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use std::io::{self, Read};

/// What we can decode, for the request.
pub const ACCEPT_ENCODING: &str = "gzip, br, zstd, deflate";

/// Text seldom compresses better than 30:1; zeros reach 1000:1 with gzip.
const RATIO_MAX: u64 = 100;
/// Below this, a high ratio harms nobody.
const RATIO_FREE: u64 = 1 << 20;
/// RFC 9659: zstd on the web needs a window of at most 8 MB; more would let a sender choose our memory.
const ZSTD_WINDOW_LOG: u32 = 23;
const PIECE: usize = 16 << 10;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    #[default]
    Identity,
    /// gzip.
    Gzip,
    /// deflate: zlib by the standard, raw in the wild.
    Deflate,
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
}

/// A body as it came over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireBody {
    /// The bytes, still compressed.
    pub bytes: Vec<u8>,
    /// How they are compressed.
    pub encoding: Encoding,
}

/// A decoded body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the compressed stream ended properly. If not, the bytes are a beginning only.
    pub intact: bool,
}

/// Takes a whole body in and decodes it: at most `cap` bytes on the wire and `cap` bytes decoded.
///
/// # Errors
/// [`NetErrorKind::TooLarge`] at a cap, [`NetErrorKind::Protocol`] for an encoding we cannot undo, and whatever
/// happens to the connection.
pub async fn read_body(response: Response, cap: u64) -> Result<Body, NetError> {
    read_wire(response, cap).await?.decode(cap)
}

/// Takes a body in without decoding it, so that decoding can be done on another thread.
///
/// # Errors
/// As [`read_body`].
pub async fn read_wire(response: Response, cap: u64) -> Result<WireBody, NetError> {
    read_wire_counting(response, cap, &mut 0).await
}

/// The same; adds every byte that came to `received`, whatever becomes of the body, and while it comes: a caller whose
/// patience ends in the middle still knows what was sent to it.
///
/// # Errors
/// As [`read_body`].
pub async fn read_wire_counting(
    mut response: Response,
    cap: u64,
    received: &mut u64,
) -> Result<WireBody, NetError> {
    let encoding = encoding(&response)?;
    let declared = response.content_length().unwrap_or_default();
    if declared > cap {
        return Err(too_large(cap));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(declared).unwrap_or_default());
    while let Some(piece) = response.chunk().await? {
        *received += piece.len() as u64;
        if (bytes.len() + piece.len()) as u64 > cap {
            return Err(too_large(cap));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(WireBody { bytes, encoding })
}

/// The one encoding named; unknown words (`utf-8`, `none`: seen in the wild) mean none.
fn encoding(response: &Response) -> Result<Encoding, NetError> {
    let mut named = Vec::new();
    for value in response.headers().get_all(CONTENT_ENCODING) {
        let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
        named.extend(text.split(',').filter_map(|word| match word.trim() {
            "gzip" | "x-gzip" => Some(Encoding::Gzip),
            "deflate" => Some(Encoding::Deflate),
            "br" => Some(Encoding::Brotli),
            "zstd" => Some(Encoding::Zstd),
            _ => None,
        }));
    }
    match named[..] {
        [] => Ok(Encoding::Identity),
        [one] => Ok(one),
        _ => Err(NetError::new(NetErrorKind::Protocol, "the body is compressed more than once")),
    }
}

impl WireBody {
    /// Undoes the encoding, to at most `cap` bytes. Works as long as the body is large: not for async threads.
    ///
    /// # Errors
    /// [`NetErrorKind::TooLarge`] at the cap or for a bomb, [`NetErrorKind::Protocol`] for a body that is not what it
    /// says it is.
    pub fn decode(self, cap: u64) -> Result<Body, NetError> {
        let wire = self.bytes.as_slice();
        match self.encoding {
            Encoding::Identity => Ok(Body { bytes: self.bytes, intact: true }),
            // Some servers name gzip and send plain text.
            Encoding::Gzip if !wire.starts_with(&[0x1f, 0x8b]) => {
                Ok(Body { bytes: self.bytes, intact: true })
            }
            Encoding::Gzip => drain(flate2::bufread::MultiGzDecoder::new(wire), wire, cap),
            Encoding::Deflate if zlib(wire) => drain(flate2::bufread::ZlibDecoder::new(wire), wire, cap),
            Encoding::Deflate => drain(flate2::bufread::DeflateDecoder::new(wire), wire, cap),
            Encoding::Brotli => drain(brotli_decompressor::Decompressor::new(wire, PIECE), wire, cap),
            Encoding::Zstd => drain(zstd_reader(wire).map_err(|error| undecodable(&error))?, wire, cap),
        }
    }
}

/// A zlib header (RFC 1950): method 8, and a check that makes the two bytes divisible by 31.
fn zlib(wire: &[u8]) -> bool {
    matches!(wire, [method, flags, ..] if method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0)
}

fn zstd_reader(wire: &[u8]) -> io::Result<impl Read + '_> {
    let mut reader = zstd::stream::read::Decoder::with_buffer(wire)?;
    reader.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(reader)
}

fn drain(mut reader: impl Read, wire: &[u8], cap: u64) -> Result<Body, NetError> {
    let bomb = RATIO_FREE.max(wire.len() as u64 * RATIO_MAX);
    let mut bytes = Vec::with_capacity(wire.len() * 4);
    let mut piece = [0; PIECE];
    loop {
        let count = match reader.read(&mut piece) {
            Ok(0) => return Ok(Body { bytes, intact: true }),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) if !bytes.is_empty() => return Ok(Body { bytes, intact: false }),
            Err(error) => return Err(undecodable(&error)),
        };
        let size = (bytes.len() + count) as u64;
        if size > bomb {
            let said = format!("the body swells more than {RATIO_MAX} times when decoded");
            return Err(NetError::new(NetErrorKind::TooLarge, said));
        }
        if size > cap {
            return Err(too_large(cap));
        }
        bytes.extend_from_slice(&piece[..count]);
    }
}

fn undecodable(error: &io::Error) -> NetError {
    NetError::new(NetErrorKind::Protocol, format!("the body cannot be decoded: {error}"))
}

fn too_large(cap: u64) -> NetError {
    NetError::new(NetErrorKind::TooLarge, format!("the body is larger than {cap} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(plain).expect("memory");
        writer.finish().expect("memory")
    }

    fn pack(encoding: Encoding, plain: &[u8]) -> WireBody {
        let bytes = match encoding {
            Encoding::Identity => plain.to_vec(),
            Encoding::Gzip => gzip(plain),
            Encoding::Deflate => {
                let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
                writer.write_all(plain).expect("memory");
                writer.finish().expect("memory")
            }
            Encoding::Brotli => {
                let mut bytes = Vec::new();
                brotli::CompressorWriter::new(&mut bytes, PIECE, 9, 22).write_all(plain).expect("memory");
                bytes
            }
            Encoding::Zstd => zstd::encode_all(plain, 9).expect("memory"),
        };
        WireBody { bytes, encoding }
    }

    const PACKED: [Encoding; 4] = [Encoding::Gzip, Encoding::Deflate, Encoding::Brotli, Encoding::Zstd];

    #[test]
    fn every_encoding_comes_back() {
        let plain = "<rss>für 出口</rss>".repeat(50).into_bytes();
        for encoding in PACKED {
            let body = pack(encoding, &plain).decode(1 << 20).expect("decodes");
            assert_eq!(body, Body { bytes: plain.clone(), intact: true }, "{encoding:?}");
        }
    }

    #[test]
    fn bombs_of_every_encoding_stop_early() {
        let zeros = vec![0; 12 << 20];
        for encoding in PACKED {
            let refused = pack(encoding, &zeros).decode(10 << 20).expect_err("a bomb");
            assert_eq!(refused.kind, NetErrorKind::TooLarge, "{encoding:?}");
        }
    }

    #[test]
    fn the_cap_counts_decoded_bytes() {
        let mut state = 7_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + (state >> 28) as u8
        })
        .take(100_000)
        .collect();
        for encoding in PACKED {
            let wire = pack(encoding, &noise);
            assert!(wire.bytes.len() < 80_000, "smaller than the cap on the wire");
            let refused = wire.decode(80_000).expect_err("larger than the cap");
            assert!(refused.message.contains("80000"), "{encoding:?}: {refused}");
        }
    }

    #[test]
    fn servers_that_misname_the_encoding_are_understood() {
        let plain = b"<rss/>".to_vec();
        let named = WireBody { bytes: plain.clone(), encoding: Encoding::Gzip };
        assert_eq!(named.decode(100).expect("plain text"), Body { bytes: plain.clone(), intact: true });
        let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(&plain).expect("memory");
        let raw = WireBody { bytes: writer.finish().expect("memory"), encoding: Encoding::Deflate };
        assert_eq!(raw.decode(100).expect("raw deflate"), Body { bytes: plain, intact: true });
    }

    #[test]
    fn a_body_that_breaks_off_is_marked() {
        let plain = "<item>one</item>".repeat(5_000).into_bytes();
        let mut wire = pack(Encoding::Gzip, &plain);
        wire.bytes.truncate(wire.bytes.len() - 9);
        let body = wire.decode(1 << 20).expect("the beginning");
        assert!(!body.intact && !body.bytes.is_empty() && plain.starts_with(&body.bytes));
    }
}
