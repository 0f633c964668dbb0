//! Hashes that are the same in every process and on every machine, so that a rebuilt memory decides alike.

use sha2::{Digest, Sha256};

/// A key that names one thing (a guid, an address): 64 bits of SHA-256 over the parts, so that nobody can craft one that
/// lands on another's. `domain` keeps the kinds of keys apart.
pub fn key(domain: &str, parts: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&domain).chain(parts) {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().take(8).fold(0, |all, &byte| (all << 8) | u64::from(byte))
}

/// A quick hash of one word, eight bytes at a time.
pub fn word(text: &str) -> u64 {
    let (chunks, tail) = text.as_bytes().as_chunks::<8>();
    let mut state = 0x9E37_79B9_7F4A_7C15u64 ^ (text.len() as u64);
    for chunk in chunks {
        state = stir(state ^ u64::from_le_bytes(*chunk));
    }
    let rest = tail.iter().rev().fold(0u64, |all, &byte| (all << 8) | u64::from(byte));
    mix(state ^ rest)
}

/// Both halves of a product, folded (the step of wyhash).
fn stir(x: u64) -> u64 {
    let product = u128::from(x) * 0xA076_1D64_78BD_642Fu128;
    (product as u64) ^ ((product >> 64) as u64)
}

/// Two hashes in order, as one.
pub fn pair(first: u64, second: u64) -> u64 {
    mix(first.rotate_left(17) ^ second)
}

/// Spreads every input bit over the output (the finaliser of MurmurHash3, a public-domain constant pair).
pub fn mix(mut x: u64) -> u64 {
    x ^= x >> 33;
    x = x.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    x ^= x >> 33;
    x = x.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    x ^ (x >> 33)
}
