//! Mail: an alert as an e-mail message.
//!
//! Plain text and HTML say the same. The Message-ID follows from the delivery's key, so a mail sent twice is the same
//! mail; In-Reply-To and References name the earlier alerts of the story, an update's the first alert that it follows, so
//! that a mail program shows one thread per story. The date is the alert's, equal in every attempt. Nothing from outside reaches a
//! header but the subject, and that as one safe line. Never sends.

use super::*;
use crate::alert::compose::{html, text};
use crate::alert::route::priority_name;
use crate::model::Time;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest subject, in characters: what lists of mails show, with some to spare.
const SUBJECT: usize = 150;
/// Columns of text around the evidence.
const WIDTH: usize = 480;
/// Earlier mails named in References besides the first: mail programs need the root and the nearest ones.
const NEAREST: usize = 20;

/// Who writes to whom.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Sender.
    pub from: Mailbox,
    /// Recipients.
    pub to: Vec<Mailbox>,
}

/// The mail of a message.
///
/// # Errors
/// A permanent [`SendError`] when the mail cannot be put together.
pub fn compose(
    message: &Message,
    addresses: &Addresses,
    zone: &TimeZone,
) -> Result<lettre::Message, SendError> {
    let content = message.content();
    let domain = addresses.from.email.domain();
    let mut mail = lettre::Message::builder()
        .from(addresses.from.clone())
        .date(system_time(message.alert.at))
        .message_id(Some(message_id(&message.key, domain)))
        .subject(text::headline(content, SUBJECT));
    for to in &addresses.to {
        mail = mail.to(to.clone());
    }
    // An update answers the first alert it follows; any other one the newest of its story.
    if let Some(answered) = message.first.as_ref().or(message.earlier.last()) {
        mail = mail.in_reply_to(message_id(answered, domain)).references(references(
            &message.earlier,
            answered,
            domain,
        ));
    }
    marked(mail, content)
        .multipart(MultiPart::alternative_plain_html(
            text::plain(content, zone, WIDTH),
            html::document(content, zone),
        ))
        .map_err(|error| SendError::permanent(format!("the mail cannot be put together: {error}")))
}

/// Headers for mail filters, and to keep holiday notices from answering (RFC 3834).
fn marked(mail: MessageBuilder, content: &crate::model::AlertContent) -> MessageBuilder {
    let header =
        |name, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), visible(value).into());
    mail.raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Newswatch-Source", content.origin().name()))
        .raw_header(header("X-Newswatch-Topic", content.topic.as_str()))
        .raw_header(header("X-Newswatch-Priority", priority_name(content.priority)))
}

/// `<key@domain>`; characters of the key that a Message-ID cannot hold are written as hex.
pub fn message_id(key: &str, domain: &str) -> String {
    let mut local = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => local.push(byte.into()),
            other => local += &format!("={other:02x}"),
        }
    }
    format!("<{local}@{domain}>")
}

/// The thread so far: the first mail, the one that is answered, and the nearest ones.
fn references(earlier: &[String], answered: &str, domain: &str) -> String {
    let nearest = earlier.len().saturating_sub(NEAREST).max(1);
    let kept = |(at, key): &(usize, &String)| *at == 0 || *at >= nearest || *key == answered;
    let kept: Vec<&str> = earlier.iter().enumerate().filter(kept).map(|(_, key)| key.as_str()).collect();
    let answered = (!kept.contains(&answered)).then_some(answered);
    answered.into_iter().chain(kept).map(|key| message_id(key, domain)).collect::<Vec<_>>().join(" ")
}

fn system_time(time: Time) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(time.0.max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_any_key() {
        let rows = [
            ("plain", "3f-a_0", "<3f-a_0@x.example>"),
            ("odd characters cannot end the id", "a>\r\nBcc: b@c", "<a=3e=0d=0aBcc=3a=20b=40c@x.example>"),
            ("different keys stay different", "a=3e", "<a=3d3e@x.example>"),
        ];
        for (sentence, key, expected) in rows {
            assert_eq!(message_id(key, "x.example"), expected, "{sentence}");
        }
    }

    #[test]
    fn threads_name_the_root_and_the_nearest() {
        let keys: Vec<String> = (0..30).map(|n| format!("k{n}")).collect();
        assert_eq!(references(&keys[..1], "k0", "x"), "<k0@x>");
        assert_eq!(references(&keys[..3], "k2", "x"), "<k0@x> <k1@x> <k2@x>");
        let long = references(&keys, "k29", "x");
        assert!(long.starts_with("<k0@x> <k10@x> ") && long.ends_with(" <k29@x>"), "{long}");
        assert_eq!(long.split(' ').count(), 21);
        let answered = references(&keys, "k5", "x");
        assert!(answered.starts_with("<k0@x> <k5@x> <k10@x> "), "what is answered is named: {answered}");
        assert_eq!(references(&[], "k5", "x"), "<k5@x>");
    }

    #[test]
    fn an_update_answers_the_alert_it_follows() {
        let mailbox = || "news@x.example".parse::<Mailbox>().unwrap();
        let addresses = Addresses { from: mailbox(), to: vec![mailbox()] };
        let content = crate::alert::test_content(Time(0));
        let alert = crate::model::Alert { id: crate::model::AlertId(2), at: Time(0), content };
        let earlier: Vec<String> = ["k0", "other"].map(str::to_owned).to_vec();
        let mut message = Message { key: "k2".into(), alert, earlier, first: None, attempt: 1, at: Time(0) };
        let headers = |message: &Message| {
            String::from_utf8(compose(message, &addresses, &TimeZone::UTC).unwrap().formatted()).unwrap()
        };
        assert!(headers(&message).contains("In-Reply-To: <other@x.example>\r\n"), "the newest of the story");
        message.first = Some("k0".into());
        let mail = headers(&message);
        assert!(mail.contains("In-Reply-To: <k0@x.example>\r\n"), "{mail}");
        assert!(mail.contains("References: <k0@x.example> <other@x.example>\r\n"), "{mail}");
    }
}
