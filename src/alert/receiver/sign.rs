//! Sign: webhook signatures after the Standard Webhooks specification (symmetric, `v1`).
//!
//! The signature covers `id.timestamp.body` with HMAC-SHA256. A secret written `whsec_…` is base64 and decoded; any
//! other text is the key as it stands. Never prints a key.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A signing key.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// The key of a configured secret.
    ///
    /// # Errors
    /// A sentence when the secret is empty, or `whsec_` is not followed by base64.
    pub fn new(secret: &str) -> Result<Self, String> {
        let bytes = match secret.trim().strip_prefix("whsec_") {
            Some(encoded) => STANDARD_NO_PAD
                .decode(encoded.trim_end_matches('='))
                .map_err(|_| "the secret says whsec_, but what follows is not base64".to_owned())?,
            None => secret.trim().as_bytes().to_vec(),
        };
        if bytes.is_empty() {
            return Err("the secret is empty".to_owned());
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(|error| error.to_string())
    }

    /// The value of `webhook-signature` for a message.
    pub fn signature(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf 'msg_1.1700000000.{}' | openssl dgst -sha256 -hmac newswatch -binary | base64`.
    const EXPECTED: &str = "v1,0A51kO/JdMZcT2BeR0WS8qBtoYwSCiQkfmZOS3pM9XM=";

    #[test]
    fn raw_and_encoded_secrets_give_the_same_signature() {
        for secret in ["newswatch", "whsec_bmV3c3dhdGNo", " newswatch\n"] {
            assert_eq!(
                Key::new(secret).unwrap().signature("msg_1", 1_700_000_000, b"{}"),
                EXPECTED,
                "{secret}"
            );
        }
    }

    #[test]
    fn padding_may_be_missing() {
        let padded = Key::new("whsec_YWI=").unwrap().signature("m", 1, b"");
        assert_eq!(Key::new("whsec_YWI").unwrap().signature("m", 1, b""), padded);
    }

    #[test]
    fn unusable_secrets() {
        for secret in ["", "  ", "whsec_", "whsec_*"] {
            let error = Key::new(secret).err().expect(secret);
            assert!(!error.contains('*'), "{error}");
        }
    }
}
