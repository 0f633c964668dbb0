//! The signature of a push: HMAC over the body, `X-Hub-Signature: method=hex`.
//!
//! The recommendation knows SHA-1, 256, 384 and 512. Entries are taken under SHA-256 and longer. A good signature under
//! SHA-1, which large hubs still use and nothing else, says as much as a ping: the feed is to be polled. Compared in
//! constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

/// What a signature is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// The hub made it: the body counts.
    Genuine,
    /// The hub made it by a method of old: it is heard, the body does not count.
    Weak,
    /// Nothing.
    None,
}

/// What the header says of the body. No header signs nothing.
pub(super) fn worth(header: Option<&str>, secret: &str, body: &[u8]) -> Worth {
    let signed = header.and_then(|header| header.trim().split_once('='));
    let Some((method, digits)) = signed else { return Worth::None };
    let Some(signature) = bytes(digits) else { return Worth::None };
    let method = method.trim().to_ascii_lowercase();
    let (made, worth) = match method.as_str() {
        "sha1" => (is_made::<Hmac<Sha1>>(&signature, secret, body), Worth::Weak),
        "sha256" => (is_made::<Hmac<Sha256>>(&signature, secret, body), Worth::Genuine),
        "sha384" => (is_made::<Hmac<Sha384>>(&signature, secret, body), Worth::Genuine),
        "sha512" => (is_made::<Hmac<Sha512>>(&signature, secret, body), Worth::Genuine),
        _ => return Worth::None,
    };
    if made { worth } else { Worth::None }
}

fn is_made<M: Mac + KeyInit>(signature: &[u8], secret: &str, body: &[u8]) -> bool {
    let mac = <M as KeyInit>::new_from_slice(secret.as_bytes());
    mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(signature).is_ok())
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 128 {
        return None;
    }
    let value = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf body | openssl dgst -sha256 -hmac secret`, and alike.
    const SHA256: &str = "sha256=dc46983557fea127b43af721467eb9b3fde2338fe3e14f51952aa8478c13d355";

    const SHA1: &str = "sha1=a18991ff7e4513a1c2d2ee51e3a8e99ca891d9cd";

    #[test]
    fn only_good_signatures_pass() {
        let off = SHA256.replace("dc46", "dc47");
        use Worth::{Genuine, None, Weak};
        for (header, expected, why) in [
            (Some(SHA256), Genuine, "as the hub makes it"),
            (Some(&*SHA256.to_uppercase()), Genuine, "of either case"),
            (Some(&*off), None, "one digit off"),
            (Some(&SHA256[..40]), None, "a beginning only"),
            (Some("sha256="), None, "empty"),
            (Some("sha256=zz"), None, "no digits"),
            (Some(SHA1), Weak, "as hubs of old make it"),
            (Some("sha1=0000000000000000000000000000000000000000"), None, "not made by the hub"),
            (Some("md5=841a2d689ad86bd1611447453c22c6fc"), None, "a method nobody knows"),
            (Option::None, None, "none at all"),
        ] {
            assert_eq!(worth(header, "secret", b"body"), expected, "{why}");
        }
        for header in [SHA1, SHA256] {
            assert_eq!(worth(Some(header), "other", b"body"), None);
            assert_eq!(worth(Some(header), "secret", b"bodY"), None);
        }
    }
}
