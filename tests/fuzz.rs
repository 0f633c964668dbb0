//! The fuzz targets' checks over a bounded number of random inputs: noise, inputs put together from the pieces of each
//! target's dictionary, and good ones with damage. `make fuzz` goes on from there; what it finds is a row here.

#[path = "../fuzz/src/lib.rs"]
mod entries;

use fastrand::Rng;
use std::fs;
use std::path::{Path, PathBuf};

/// What inputs of a target are made of.
struct Material {
    pieces: Vec<Vec<u8>>,
    good: Vec<Vec<u8>>,
}

impl Material {
    /// The dictionary and the seeds of a target.
    fn of(target: &str) -> Self {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dictionary =
            fs::read_to_string(home.join(format!("fuzz/dict/{target}.dict"))).expect("a dictionary");
        let mut seeds = files(&home.join("fuzz/seeds").join(target));
        if target == "feed" {
            seeds.extend(files(&home.join("tests/data/feeds")));
        }
        Self {
            pieces: dictionary.lines().map(|line| unquoted(line.trim_matches('"'))).collect(),
            good: seeds.iter().map(|path| fs::read(path).expect("a seed")).collect(),
        }
    }

    fn piece(&self, random: &mut Rng) -> &[u8] {
        &self.pieces[random.usize(..self.pieces.len())]
    }

    fn pieces(&self, random: &mut Rng) -> Vec<u8> {
        let count = random.usize(..24);
        (0..count).flat_map(|_| self.piece(random).to_vec()).collect()
    }

    /// A good input with bytes changed, cut out, doubled, or a piece put in.
    fn damaged(&self, random: &mut Rng) -> Vec<u8> {
        let mut data = self.good[random.usize(..self.good.len())].clone();
        for _ in 0..random.usize(..8) {
            let at = random.usize(..data.len());
            let end = (at + random.usize(1..12)).min(data.len());
            match random.u8(..4) {
                0 => data[at] = random.u8(..),
                1 if end - at < data.len() => drop(data.drain(at..end)),
                2 => {
                    let copy = data[at..end].to_vec();
                    data.splice(at..at, copy);
                }
                _ => drop(data.splice(at..at, self.piece(random).to_vec())),
            }
        }
        data
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of seeds");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

/// A word of a dictionary: `\\`, `\"` and `\xNN` mean what they mean in C.
fn unquoted(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digits =
                    [*high, *low].map(|digit| char::from(digit).to_digit(16).expect("a digit") as u8);
                bytes.push(digits[0] * 16 + digits[1]);
                rest = after;
            }
            (b'\\', [sign, after @ ..]) => {
                bytes.push(*sign);
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    bytes
}

fn noise(random: &mut Rng) -> Vec<u8> {
    (0..random.usize(..80)).map(|_| random.u8(..)).collect()
}

fn each_input(target: &str, count: u64, check: fn(&[u8])) {
    let material = Material::of(target);
    for seed in 0..count {
        let mut random = Rng::with_seed(seed);
        check(&noise(&mut random));
        check(&material.pieces(&mut random));
        check(&material.damaged(&mut random));
    }
}

#[test]
fn the_parser_stands_random_queries() {
    each_input("query", 4_000, entries::query);
}

#[test]
fn the_engine_agrees_with_the_query_as_written_on_random_texts() {
    each_input("matching", 1_500, entries::matching);
}

#[test]
fn random_documents_are_read_or_refused() {
    each_input("feed", 1_500, entries::feed);
}

#[test]
fn random_lists_are_read_or_refused() {
    each_input("opml", 4_000, entries::opml);
}

#[test]
fn random_headers_are_understood_or_ignored() {
    each_input("headers", 3_000, entries::headers);
}

#[test]
fn hostile_inputs_are_answered() {
    for text in [
        "(".repeat(10_000),
        "NOT ".repeat(10_000),
        format!("{}a{}", "(".repeat(64), ")".repeat(64)),
        "a OR ".repeat(12_000),
        format!("a{}", "\u{301}".repeat(20_000)),
        "\"".repeat(9_999),
        "title:".repeat(5_000),
        format!("/(a+)+$/\u{0}\u{0}{}b", "a".repeat(50_000)),
        format!("a NEAR/1000 b\u{0}\u{0}{}", "a b ".repeat(10_000)),
    ] {
        entries::query(text.as_bytes());
        entries::matching(text.as_bytes());
    }
    for bytes in [&b"\xff\xfe\xfd"[..], b"chip\x00\xc3\x28\x00\xf0\x9f", b""] {
        entries::query(bytes);
        entries::matching(bytes);
    }
}

/// What the fuzzer found, each the shortest form of it.
#[test]
fn finds_stay_found() {
    let controls_in_a_root = "<rss\u{89}sion=\"2.0\"></rss";
    let controls_in_a_link = "<html><head><link rel=alternate type=text/xml href='/feed.\u{0}l'></head>";
    for document in [controls_in_a_root, controls_in_a_link] {
        entries::feed(document.as_bytes());
        entries::feed(format!("{document} ").as_bytes());
    }
    entries::headers(b"\n\nUser-agent: *\nCrawl-delay: 7777777777777777777\nDisallow: /private");
}
