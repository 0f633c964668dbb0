//! The dictionary: folded words to symbols, one cache line per probe.
//!
//! An entry holds words of up to eleven bytes itself; longer ones by hash and length, compared with the kept text. Both
//! ways a word is found if and only if it was added.

use super::Sym;

/// No symbol.
pub(super) const NONE: Sym = u32::MAX;

/// Words of at most so many bytes are kept inside the entry.
const SHORT: usize = 11;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    low: u64,
    high: u32,
}

/// Flat, so that it takes sixteen bytes and four of them a cache line.
#[derive(Clone, Copy, Debug)]
struct Entry {
    low: u64,
    high: u32,
    sym: Sym,
}

const EMPTY: Entry = Entry { low: 0, high: 0, sym: NONE };

/// Folded words and their symbols.
#[derive(Debug)]
pub(super) struct Words {
    entries: Vec<Entry>,
    count: usize,
    /// Texts of long words, end to end, and where the text of each begins; ordered as they were added.
    long: Vec<u8>,
    long_at: Vec<(Sym, u32)>,
}

impl Default for Words {
    fn default() -> Self {
        Self { entries: vec![EMPTY; 16], count: 0, long: Vec::new(), long_at: Vec::new() }
    }
}

impl Words {
    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The symbol of a word, or [`NONE`].
    #[inline]
    pub(super) fn get(&self, word: &[u8]) -> Sym {
        let key = Key::of(word);
        let mut at = self.home(key);
        loop {
            let entry = &self.entries[at];
            let same = entry.low == key.low && entry.high == key.high;
            if entry.sym == NONE || same && (word.len() <= SHORT || self.is_long(entry.sym, word)) {
                return entry.sym;
            }
            at = (at + 1) & (self.entries.len() - 1);
        }
    }

    /// The symbol of a word; a new word gets `sym`.
    pub(super) fn add(&mut self, word: &[u8], sym: Sym) -> Sym {
        let known = self.get(word);
        if known != NONE {
            return known;
        }
        if (self.count + 1) * 2 > self.entries.len() {
            self.grow();
        }
        if word.len() > SHORT {
            self.long_at.push((sym, self.long.len() as u32));
            self.long.extend_from_slice(word);
        }
        self.count += 1;
        let Key { low, high } = Key::of(word);
        self.put(Entry { low, high, sym });
        sym
    }

    /// Gives back what growing took too much.
    pub(super) fn shrink(&mut self) {
        self.long.shrink_to_fit();
        self.long_at.shrink_to_fit();
    }

    /// Every word with its symbol, in no order.
    pub(super) fn each(&self, mut sink: impl FnMut(&[u8], Sym)) {
        for entry in self.entries.iter().filter(|entry| entry.sym != NONE) {
            match entry.key().short() {
                Some((bytes, length)) => sink(&bytes[..length], entry.sym),
                None => sink(self.long_text(entry.sym), entry.sym),
            }
        }
    }

    fn put(&mut self, entry: Entry) {
        let mut at = self.home(entry.key());
        while self.entries[at].sym != NONE {
            at = (at + 1) & (self.entries.len() - 1);
        }
        self.entries[at] = entry;
    }

    fn grow(&mut self) {
        let larger = vec![EMPTY; self.entries.len() * 2];
        let entries = std::mem::replace(&mut self.entries, larger);
        entries.into_iter().filter(|entry| entry.sym != NONE).for_each(|entry| self.put(entry));
    }

    #[inline]
    fn home(&self, key: Key) -> usize {
        (key.hash() >> 20) as usize & (self.entries.len() - 1)
    }

    fn long_text(&self, sym: Sym) -> &[u8] {
        // symbols only grow, so the list is sorted
        let Ok(at) = self.long_at.binary_search_by_key(&sym, |long| long.0) else { return &[] };
        let end = self.long_at.get(at + 1).map_or(self.long.len(), |next| next.1 as usize);
        &self.long[self.long_at[at].1 as usize..end]
    }

    #[cold]
    fn is_long(&self, sym: Sym, word: &[u8]) -> bool {
        self.long_text(sym) == word
    }
}

impl Entry {
    fn key(self) -> Key {
        Key { low: self.low, high: self.high }
    }
}

impl Key {
    #[inline]
    fn of(word: &[u8]) -> Key {
        if word.len() > SHORT {
            return Key { low: long_hash(word), high: 0xFF00_0000 | word.len() as u32 & 0x00FF_FFFF };
        }
        let mut bytes = [0; 12];
        bytes[..word.len()].copy_from_slice(word);
        bytes[SHORT] = word.len() as u8;
        let [b0, b1, b2, b3, b4, b5, b6, b7, high @ ..] = bytes;
        Key { low: u64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]), high: u32::from_le_bytes(high) }
    }

    fn short(self) -> Option<([u8; 12], usize)> {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.low.to_le_bytes());
        bytes[8..].copy_from_slice(&self.high.to_le_bytes());
        let length = usize::from(std::mem::take(&mut bytes[SHORT]));
        (length <= SHORT).then_some((bytes, length))
    }

    #[inline]
    fn hash(self) -> u64 {
        fold_multiply(self.low ^ 0x9E37_79B9_7F4A_7C15, u64::from(self.high) ^ 0xD6E8_FEB8_6659_FD93)
    }
}

fn long_hash(word: &[u8]) -> u64 {
    word.chunks(8).fold(word.len() as u64, |hash, chunk| {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        fold_multiply(hash ^ u64::from_le_bytes(bytes), 0xA076_1D64_78BD_642F)
    })
}

#[inline]
fn fold_multiply(left: u64, right: u64) -> u64 {
    let product = u128::from(left).wrapping_mul(u128::from(right));
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_if_and_only_if_they_were_added() {
        let mut words = Words::default();
        let word = |n: u32| format!("{}{n}", "wort".repeat(n as usize % 5));
        for n in 0..3_000 {
            assert_eq!(words.add(word(n).as_bytes(), 2 * n), 2 * n);
        }
        for n in 0..3_000 {
            assert_eq!(words.get(word(n).as_bytes()), 2 * n);
            assert_eq!(words.get(format!("{}x", word(n)).as_bytes()), NONE);
        }
        let mut seen = 0;
        words.each(|text, sym| {
            assert_eq!(text, word(sym / 2).as_bytes());
            seen += 1;
        });
        assert_eq!((seen, words.len()), (3_000, 3_000));
    }

    #[test]
    fn zero_bytes_and_lengths_count() {
        let mut words = Words::default();
        words.add(b"a", 1);
        words.add(b"a\0", 2);
        assert_eq!((words.get(b"a"), words.get(b"a\0"), words.get(b"a\0\0")), (1, 2, NONE));
    }
}
