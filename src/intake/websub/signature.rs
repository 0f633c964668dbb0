//! The signature of a push: HMAC over the body, `X-Hub-Signature: method=hex`.
//!
//! SHA-256 and longer; SHA-1 is not taken. Compared in constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};

/// Whether the header signs the body with the secret. No header signs nothing.
pub(super) fn is_genuine(header: Option<&str>, secret: &str, body: &[u8]) -> bool {
    let Some((method, digits)) = header.and_then(|header| header.trim().split_once('=')) else {
        return false;
    };
    let Some(signature) = bytes(digits) else { return false };
    match method.to_ascii_lowercase().as_str() {
        "sha256" => Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok()),
        "sha384" => Hmac::<Sha384>::new_from_slice(secret.as_bytes())
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok()),
        "sha512" => Hmac::<Sha512>::new_from_slice(secret.as_bytes())
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok()),
        _ => false,
    }
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

    #[test]
    fn only_good_signatures_pass() {
        let off = SHA256.replace("dc46", "dc47");
        for (header, genuine, why) in [
            (Some(SHA256), true, "as the hub makes it"),
            (Some(&*SHA256.to_uppercase().replace("SHA256", "sha256")), true, "digits of either case"),
            (Some(&*off), false, "one digit off"),
            (Some(&SHA256[..40]), false, "a beginning only"),
            (Some("sha256="), false, "empty"),
            (Some("sha256=zz"), false, "no digits"),
            (Some("sha1=0000000000000000000000000000000000000000"), false, "a method we do not take"),
            (None, false, "none at all"),
        ] {
            assert_eq!(is_genuine(header, "secret", b"body"), genuine, "{why}");
        }
        assert!(!is_genuine(Some(SHA256), "other", b"body") && !is_genuine(Some(SHA256), "secret", b"bodY"));
    }
}
