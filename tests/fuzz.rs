//! The fuzz targets' checks over a bounded number of random inputs: noise, queries put together from the pieces of the
//! language, and good ones with damage. `cargo +nightly fuzz run query` (or `matching`) in `fuzz/` goes on from there.

#[path = "../fuzz/src/lib.rs"]
mod entries;

use fastrand::Rng;

/// Pieces of the language and of texts that are hard on it.
const PIECES: &[&str] = &[
    "chip",
    "export",
    "ban*",
    "*kontrolle",
    "*bc*",
    "w?rld",
    "\"rare earth\"",
    "\"a * b\"",
    "\"a b\"~3",
    "=BIS",
    "=AI",
    "@list",
    "@none",
    "topic:word",
    "topic:given",
    "topic:none",
    "title:",
    "body:",
    "lang:en",
    "url:",
    "/a+b?/",
    "/(a+)+$/i",
    "出口",
    "出口管制",
    "ガス",
    "Müll",
    "mu\u{308}ll",
    "Ex\u{AD}port",
    "e\u{301}\u{301}\u{301}",
    "\u{202E}abc\u{202C}",
    "\u{200B}",
    "حظر",
    "ราคา",
    " AND ",
    " OR ",
    " NOT ",
    " NEAR/3 ",
    " BEFORE/2 ",
    " NOT NEAR/5 ",
    "SENTENCE(",
    "ATLEAST/2(",
    "SCORE(",
    ") >= 2",
    "^3",
    "^-1",
    "(",
    ")",
    "\"",
    "/",
    "~",
    "*",
    "?",
    "@",
    ":",
    " ",
    " ",
    "\n",
    ". ",
    "\u{0}",
    "\u{0}",
];

const GOOD: &[&str] = &[
    "(chip* OR semiconductor*) NEAR/12 (\"export control*\" OR ban*) AND NOT casino\u{0}Chips\u{0}An export control on chips. Ban!",
    "SCORE(@list^2 export^1 title:chip^-2) >= 2\u{0}Rare earth exports\u{0}rare earth; export",
    "SENTENCE(chip (ban OR =BIS)) OR ATLEAST/2(a b \"c d\")\u{0}A b\u{0}The chip ban. Nothing. c d",
    "出口管制 OR /H[0-9]{2,3}/ OR \"a b\"~3 BEFORE/5 title:(x OR y)\u{0}H20\u{0}中国出口管制升级",
];

fn noise(random: &mut Rng) -> Vec<u8> {
    (0..random.usize(..80)).map(|_| random.u8(..)).collect()
}

fn pieces(random: &mut Rng) -> Vec<u8> {
    let count = random.usize(..24);
    (0..count).flat_map(|_| PIECES[random.usize(..PIECES.len())].bytes()).collect()
}

/// A good input with bytes changed, cut out, doubled, or a piece put in.
fn damaged(random: &mut Rng) -> Vec<u8> {
    let mut data = GOOD[random.usize(..GOOD.len())].as_bytes().to_vec();
    for _ in 0..random.usize(..5) {
        let at = random.usize(..data.len());
        let end = (at + random.usize(1..12)).min(data.len());
        match random.u8(..4) {
            0 => data[at] = random.u8(..),
            1 if end - at < data.len() => drop(data.drain(at..end)),
            2 => {
                let copy = data[at..end].to_vec();
                data.splice(at..at, copy);
            }
            _ => drop(data.splice(at..at, PIECES[random.usize(..PIECES.len())].bytes())),
        }
    }
    data
}

fn each_input(count: usize, check: fn(&[u8])) {
    for seed in 0..count as u64 {
        let mut random = Rng::with_seed(seed);
        for make in [noise, pieces, damaged] {
            check(&make(&mut random));
        }
    }
}

#[test]
fn the_parser_stands_random_queries() {
    each_input(4_000, entries::query);
}

#[test]
fn the_engine_agrees_with_the_query_as_written_on_random_texts() {
    each_input(1_500, entries::matching);
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
