//! Bytes to text.
//!
//! In this order: a byte order mark; the patterns of UTF-16 and UTF-32 without one; bytes that are valid UTF-8 (they
//! beat every differing label, which is then simply wrong); nearly valid UTF-8 that says it is UTF-8, with its bad bytes
//! read as what they most likely are; the charset of the HTTP header; the document's declaration; a detector. A label is
//! only believed if the bytes decode under it without errors, and a mark of UTF-16 only if the bytes look like it. A header
//! saying Latin-1 is a server's default more often than a statement: a declaration that says otherwise comes first.

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;
use url::Url;

/// A decoded document.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// What was odd, as a sentence.
    pub oddity: Option<String>,
}

/// How far into a document a declaration may stand.
const HEAD: usize = 1024;

/// Decodes a document; `content_type` and `url` are what the server said and where it came from.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>, url: Option<&Url>) -> Decoded<'a> {
    if let Some(decoded) = wide(bytes) {
        return decoded;
    }
    let marks = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"];
    let bytes = marks.iter().find_map(|mark| bytes.strip_prefix(*mark)).unwrap_or(bytes);
    let declared = declared_label(bytes);
    let declared_encoding = declared.as_deref().and_then(known);
    if let Ok(text) = std::str::from_utf8(bytes)
        && !(declared_encoding == Some(ISO_2022_JP) && bytes.contains(&0x1b))
    {
        let differs = declared_encoding.filter(|encoding| *encoding != UTF_8 && !text.is_ascii());
        let oddity = differs.map(|label| format!("declared as {}, but it is UTF-8", label.name()));
        return Decoded { text: Cow::Borrowed(text), oddity };
    }
    legacy(bytes, content_type.and_then(header_label).and_then(|label| known(&label)), declared_encoding, url)
}

fn legacy<'a>(
    bytes: &'a [u8],
    header: Option<&'static Encoding>,
    declared: Option<&'static Encoding>,
    url: Option<&Url>,
) -> Decoded<'a> {
    let claims_utf8 = header == Some(UTF_8) || declared == Some(UTF_8) || declared.is_none();
    if claims_utf8 && let Some(decoded) = damaged_utf8(bytes) {
        return decoded;
    }
    let header_is_default = header == Some(WINDOWS_1252) && declared.is_some();
    let labels = if header_is_default { [declared, header] } else { [header, declared] };
    // A document in UTF-16 was recognised before it came here.
    let eight_bit = |encoding: &&Encoding| ![UTF_8, UTF_16LE, UTF_16BE].contains(encoding);
    for encoding in labels.into_iter().flatten().filter(eight_bit) {
        let (text, errors) = encoding.decode_without_bom_handling(bytes);
        if !errors {
            return Decoded { text, oddity: None };
        }
    }
    let guessed = detect(bytes, url);
    let (text, _) = guessed.decode_without_bom_handling(bytes);
    let oddity = Some(format!("no charset label fits the bytes; read as {}", guessed.name()));
    Decoded { text, oddity }
}

/// UTF-8 with bad bytes in it: cut characters, single characters of Latin-1. Nothing else has more sound characters of
/// several bytes than unsound places.
fn damaged_utf8(bytes: &[u8]) -> Option<Decoded<'_>> {
    let (mut good, mut bad) = (0_usize, 0_usize);
    // Which bytes begin characters here: one of them alone is a character that was cut.
    let mut leads = [false; 256];
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars().filter(|c| !c.is_ascii()) {
            good += 1;
            leads[usize::from(c.encode_utf8(&mut [0; 4]).as_bytes()[0])] = true;
        }
        bad += usize::from(!chunk.invalid().is_empty());
    }
    (good > bad).then(|| Decoded {
        oddity: Some(format!("{bad} bytes are not UTF-8")),
        text: Cow::Owned(mended_utf8(bytes, &leads)),
    })
}

/// A single bad byte is a character of Windows-1252 that came in from elsewhere, unless it begins characters in this
/// document and no letter follows: then the rest of it was cut off.
fn mended_utf8(bytes: &[u8], leads: &[bool; 256]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 16);
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        at += chunk.valid().len() + chunk.invalid().len();
        let letter_follows = bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
        match *chunk.invalid() {
            [] => {}
            [byte] if letter_follows || !leads[usize::from(byte)] => {
                text.push_str(&WINDOWS_1252.decode_without_bom_handling(&[byte]).0);
            }
            _ => text.push('\u{fffd}'),
        }
    }
    text
}

/// Signs that stand at the same place in all of Windows-1250 to 1258: quotes, dashes, spaces, marks.
fn is_common_sign(byte: u8) -> bool {
    matches!(byte, 0x82 | 0x84..=0x87 | 0x89 | 0x8b | 0x91..=0x97 | 0x99 | 0x9b | 0xa0 | 0xa4 | 0xa6 | 0xa7 | 0xa9)
        || matches!(byte, 0xab..=0xae | 0xb0 | 0xb1 | 0xb5..=0xb7 | 0xbb)
}

fn detect(bytes: &[u8], url: Option<&Url>) -> &'static Encoding {
    // Quotes and dashes alone say nothing to a detector, which then guesses wildly.
    if bytes.iter().all(|byte| byte.is_ascii() || is_common_sign(*byte)) {
        return WINDOWS_1252;
    }
    let tld = url.and_then(Url::domain).and_then(|domain| domain.rsplit('.').next());
    let tld =
        tld.map(str::to_ascii_lowercase).filter(|tld| tld.bytes().all(|byte| byte.is_ascii_lowercase()));
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(tld.as_deref().map(str::as_bytes), chardetng::Utf8Detection::Allow)
}

/// UTF-16 and UTF-32, with or without a mark.
fn wide(bytes: &[u8]) -> Option<Decoded<'_>> {
    let (charset, skip) = match bytes {
        // A mark of UTF-16 before text of single bytes: markup in UTF-16 is every other byte zero.
        [0xfe, 0xff, rest @ ..] | [0xff, 0xfe, rest @ ..] if !rest.iter().take(64).any(|byte| *byte == 0) => {
            return None;
        }
        [0, 0, 0xfe, 0xff, ..] => ("UTF-32BE", 4),
        [0xff, 0xfe, 0, 0, ..] => ("UTF-32LE", 4),
        [0, 0, 0, b'<', ..] => ("UTF-32BE", 0),
        [b'<', 0, 0, 0, ..] => ("UTF-32LE", 0),
        [0xfe, 0xff, ..] => ("UTF-16BE", 2),
        [0xff, 0xfe, ..] => ("UTF-16LE", 2),
        [0, b'<' | b'{' | b'\n' | b' ', ..] => ("UTF-16BE", 0),
        [b'<' | b'{' | b'\n' | b' ', 0, ..] => ("UTF-16LE", 0),
        _ => return None,
    };
    let rest = &bytes[skip..];
    let text = match charset {
        "UTF-32BE" => utf32(rest, u32::from_be_bytes),
        "UTF-32LE" => utf32(rest, u32::from_le_bytes),
        "UTF-16BE" => UTF_16BE.decode_without_bom_handling(rest).0,
        _ => UTF_16LE.decode_without_bom_handling(rest).0,
    };
    Some(Decoded { text, oddity: None })
}

fn utf32(bytes: &[u8], number: fn([u8; 4]) -> u32) -> Cow<'static, str> {
    bytes
        .chunks_exact(4)
        .map(|chunk| number([chunk[0], chunk[1], chunk[2], chunk[3]]))
        .map(|value| char::from_u32(value).unwrap_or('\u{fffd}'))
        .collect()
}

fn known(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes()).or_else(|| {
        // Spellings seen in the wild that the WHATWG table lacks.
        let bare: String = label.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let name = match bare.as_str() {
            "utf" | "utf8mb4" | "unicode" => "utf-8",
            "cp1250" | "win1250" => "windows-1250",
            "win1251" | "cp1251" => "windows-1251",
            "cp1252" | "win1252" | "latin" => "windows-1252",
            "cp932" | "windows932" => "shift_jis",
            "cp936" | "gb23121980" => "gbk",
            "cp949" | "uhc" => "euc-kr",
            "cp950" => "big5",
            _ => return None,
        };
        Encoding::for_label(name.as_bytes())
    })
}

/// The charset of a `Content-Type` header.
fn header_label(content_type: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    let (_, value) = lower.split_once("charset")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(['"', '\'', ';', ' ', ',']).unwrap_or(value.len());
    (end > 0).then(|| value[..end].to_owned())
}

/// The encoding of the XML declaration.
fn declared_label(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let start = memchr::memmem::find(head, b"<?xml")?;
    let end = memchr::memchr(b'>', &head[start..])?;
    let declaration = std::str::from_utf8(&head[start..start + end]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (label, _) = value[1..].split_once(quote)?;
    Some(label.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], content_type: Option<&str>) -> String {
        decode(bytes, content_type, None).text.into_owned()
    }

    #[test]
    fn labels_are_weighed_against_the_bytes() {
        let latin = |label: &str| {
            let mut bytes = format!("<?xml version='1.0' encoding='{label}'?><a>").into_bytes();
            bytes.extend(b"gr\xfc\xdfe aus K\xf6ln, sch\xf6ne Tage</a>");
            bytes
        };
        let koi = [b"<a>\xd2\xd5\xd3\xd3\xcb\xc9\xca \xd4\xc5\xcb\xd3\xd4</a>".as_slice()].concat();
        let rows: Vec<(&str, Vec<u8>, Option<&str>, &str)> = vec![
            ("a declared legacy charset", latin("iso-8859-1"), None, "grüße"),
            ("an undeclared one is detected", latin("x-unknown"), None, "grüße"),
            ("a wrong UTF-16 label is not believed either", latin("utf-16"), None, "grüße"),
            ("a wrong UTF-8 label is not believed", latin("utf-8"), Some("text/xml; charset=utf-8"), "grüße"),
            ("UTF-8 beats a Latin-1 label", "<?xml encoding='iso-8859-1'?>für".into(), None, "für"),
            ("the header counts", koi.clone(), Some("text/xml; charset=\"KOI8-R\""), "русский"),
            (
                "a mark beats the header",
                b"\xef\xbb\xbff\xc3\xbcr".to_vec(),
                Some("a/b; charset=koi8-r"),
                "für",
            ),
            ("UTF-16 with a mark", b"\xff\xfe<\0a\0>\0\xfc\0".to_vec(), None, "<a>ü"),
            ("UTF-16 without one", b"\0<\0a\0>\0\xfc".to_vec(), None, "<a>ü"),
            (
                "a mark of UTF-16 before UTF-8",
                [b"\xff\xfe", "<a>für</a>".as_bytes()].concat(),
                None,
                "<a>für",
            ),
            ("UTF-32", b"\0\0\xfe\xff\0\0\0<\0\0\0\xfc".to_vec(), None, "<ü"),
        ];
        for (says, bytes, content_type, expected) in rows {
            let text = read(&bytes, content_type);
            assert!(text.contains(expected), "{says}: {text}");
        }
    }

    #[test]
    fn one_cut_character_does_not_turn_utf8_into_latin1() {
        let mut bytes = "<a>Größe über Köln für Füße</a>".as_bytes().to_vec();
        bytes.push(0xc3);
        assert!(read(&bytes, None).contains("Größe"));
    }

    #[test]
    fn single_bytes_of_latin1_in_utf8_are_read_as_such() {
        let around = "Größe über Köln für Füße aus Österreich";
        let rows: [(&[u8], &str); 5] = [
            (b"caf\xe9 cr\xe8me", "café crème"),
            (b"\x93so\x94 \x96 ja", "“so” – ja"),
            (b"Gr\xc3</title>", "Gr\u{fffd}</title>"),
            (b"cut\xe2\x80</a>", "cut\u{fffd}</a>"),
            (b"\xc3ric", "Ãric"),
        ];
        for (bytes, expected) in rows {
            let text = read(&[around.as_bytes(), b" ", bytes].concat(), None);
            assert_eq!(text, format!("{around} {expected}"));
        }
    }

    #[test]
    fn signs_alone_are_no_reason_to_guess() {
        let text = read(b"<a>the \x93minister\x94 said\xa0\x96 it\x92s \xab new \xbb \xb7</a>", None);
        assert_eq!(text, "<a>the “minister” said\u{a0}– it’s « new » ·</a>");
    }
}
