//! The layering of ARCHITECTURE.md, checked against the source.
//!
//! Imports go down only and rooms never import each other; each big dependency is named in one place; rules know no
//! clock, no runtime and no SQL; paths named in ARCHITECTURE.md exist; files stay readable. Reads text, not syntax trees:
//! comments and unit tests are cut away first.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module and what it may import besides itself. Every top-level module must stand here.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &["model"]),
    ("text", &["model"]),
    ("config", &["model"]),
    ("net", &["model", "config"]),
    ("store", &["model", "clock", "text", "config", "net"]),
    ("intake", &["model", "clock", "text", "config", "net", "store"]),
    ("desk", &["model", "clock", "text", "config", "net", "store"]),
    ("alert", &["model", "clock", "text", "config", "net", "store"]),
    ("app", &["model", "clock", "text", "config", "net", "store", "intake", "desk", "alert"]),
    ("http", &["model", "clock", "text", "config", "net", "store", "intake", "desk", "alert", "app"]),
    (
        "daemon",
        &["model", "clock", "text", "config", "net", "store", "intake", "desk", "alert", "app", "http"],
    ),
    (
        "demo",
        &[
            "model", "clock", "text", "config", "net", "store", "intake", "desk", "alert", "app", "http",
            "daemon",
        ],
    ),
    (
        "cli",
        &[
            "model", "clock", "text", "config", "net", "store", "intake", "desk", "alert", "app", "http",
            "daemon", "demo",
        ],
    ),
];

/// Dependencies that only the named places may know, so that replacing one is a change in one place.
const OWNED: &[(&str, &[&str])] = &[
    ("feed_rs", &["src/intake/parse"]),
    ("rusqlite", &["src/store/sqlite"]),
    ("refinery", &["src/store/sqlite"]),
    ("dom_smoothie", &["src/intake/full_text"]),
    ("texting_robots", &["src/intake/full_text"]),
    ("lettre", &["src/alert/receiver"]),
    ("reqwest", &["src/net", "src/intake/fetch", "src/alert/receiver", "src/app/embed"]),
    ("tokenizers", &["src/app/embed"]),
    ("axum", &["src/http", "src/demo", "src/cli/demo"]),
    ("clap", &["src/cli", "src/main.rs"]),
    ("toml_edit", &["src/config"]),
];

/// Rules: plain data and `now` in, a value and a reason out.
const RULES: &[&str] = &[
    "src/model",
    "src/text",
    "src/config",
    "src/store/filter.rs",
    "src/intake/parse",
    "src/intake/discover",
    "src/intake/health.rs",
    "src/intake/websub/mod.rs",
    "src/intake/websub/signature.rs",
    "src/intake/full_text/article.rs",
    "src/intake/full_text/robots.rs",
    "src/intake/interval.rs",
    "src/intake/rhythm.rs",
    "src/intake/record.rs",
    "src/intake/meter.rs",
    "src/intake/budget.rs",
    "src/intake/schedule.rs",
    "src/intake/twin.rs",
    "src/intake/key.rs",
    "src/desk/story",
    "src/desk/topic",
    "src/alert/route.rs",
    "src/alert/retry.rs",
    "src/alert/update.rs",
    "src/alert/correction.rs",
    "src/alert/compose",
];

/// What rules must not know.
const IMPURE: &[&str] = &["Instant::now", "tokio::", "rusqlite", "reqwest", "crate::clock", "crate::net"];

/// Reading the wall clock is the business of `src/clock.rs` alone.
const WALL_CLOCK: &[&str] = &["SystemTime::now", "Timestamp::now", "Zoned::now", "Utc::now"];

/// Longest file in lines, tests apart. Look twice at 400; beyond this, split by idea.
const LONGEST: usize = 500;

/// Files that may be longer, with the reason.
const LONG: &[(&str, &str)] = &[
    ("src/intake/parse/reader.rs", "one walk over a feed document, element by element"),
    ("src/cli/args.rs", "the table of every command and option"),
];

/// One source file without comments and unit tests.
struct Code {
    path: PathBuf,
    text: String,
}

/// Every source file of the library and the program. Files of tests (`tests.rs`, `*_tests.rs`) are left out.
fn sources() -> Vec<Code> {
    let mut found = Vec::new();
    walk(Path::new("src"), &mut found);
    assert!(found.len() > 10, "run from the root of the repository");
    found
}

fn walk(directory: &Path, found: &mut Vec<Code>) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs")
            && name != "tests"
            && !name.ends_with("_tests")
        {
            let text = strip(&fs::read_to_string(&path).unwrap());
            found.push(Code { path, text });
        }
    }
}

/// Cuts comments to the end of their line, and everything from the module of unit tests on, which stands last.
fn strip(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let code = |line: &str| match line.find("//") {
        // An address in a string is no comment.
        Some(at) if !line[..at].ends_with(':') => line[..at].to_owned(),
        _ => line.to_owned(),
    };
    text[..end].lines().map(|line| code(line) + "\n").collect()
}

/// The top-level module a file belongs to; `lib` and `main` for the roots.
fn module(path: &Path) -> String {
    let below = path.strip_prefix("src").unwrap();
    let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Depth of the module a file defines: `src/a.rs` and `src/a/mod.rs` are 1.
fn depth(path: &Path) -> usize {
    let below = path.strip_prefix("src").unwrap();
    let count = below.components().count();
    if below.file_name().is_some_and(|name| name == "mod.rs") { count - 1 } else { count }
}

/// The top-level modules that a file names by `crate::…`, `crate::{…}` or enough `super::`.
fn imports(code: &Code) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let climb = "super::".repeat(depth(&code.path));
    for root in ["crate::", climb.as_str()] {
        for (at, _) in code.text.match_indices(root) {
            let before = code.text[..at].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || matches!(before, '_' | ':') {
                continue;
            }
            found.extend(first_names(&code.text[at + root.len()..]));
        }
    }
    found
}

/// The first name of a path, or of each path in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(name(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(name(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn is_module(name: &str) -> bool {
    LAYERS.iter().any(|(module, _)| *module == name)
}

fn under(path: &Path, places: &[&str]) -> bool {
    places.iter().any(|place| path.starts_with(place) || path.starts_with(format!("{place}.rs")))
}

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    for code in sources() {
        let module = module(&code.path);
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: module {module} is not in the table of layers", code.path.display()));
            continue;
        };
        for name in imports(&code).iter().filter(|name| is_module(name) && **name != module) {
            if !allowed.contains(&name.as_str()) {
                wrong
                    .push(format!("{} imports {name}; {module} may import {allowed:?}", code.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The program is thin: arguments and tracing, then the command line.
#[test]
fn main_knows_the_command_line_only() {
    let text = strip(&fs::read_to_string("src/main.rs").unwrap());
    for (at, root) in text.match_indices("newswatch::") {
        for name in first_names(&text[at + root.len()..]).iter().filter(|name| is_module(name)) {
            assert!(["cli", "daemon", "config"].contains(&name.as_str()), "src/main.rs names {name}");
        }
    }
}

#[test]
fn each_dependency_has_its_place() {
    let mut wrong = Vec::new();
    for code in sources() {
        for (name, places) in OWNED {
            let named = [format!("{name}::"), format!("use {name};"), format!("use {name} ")];
            if named.iter().any(|form| contains_word(&code.text, form)) && !under(&code.path, places) {
                wrong.push(format!("{} names {name}, which belongs to {places:?}", code.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Whether the text has the word, not as the end of a longer one.
fn contains_word(text: &str, word: &str) -> bool {
    let boundary =
        |at: usize| text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
    text.match_indices(word).any(|(at, _)| boundary(at))
}

#[test]
fn rules_are_pure() {
    let mut wrong = Vec::new();
    for code in sources() {
        let mut forbidden: Vec<&str> = Vec::new();
        if under(&code.path, RULES) {
            forbidden.extend(IMPURE);
        }
        if !code.path.ends_with("clock.rs") {
            forbidden.extend(WALL_CLOCK);
        }
        for name in forbidden.iter().filter(|name| contains_word(&code.text, name)) {
            wrong.push(format!("{} uses {name}; take `now` and data instead", code.path.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_stay_readable() {
    let mut long = Vec::new();
    for code in sources() {
        let lines = code.text.lines().count();
        let excused = LONG.iter().any(|(path, _)| code.path == Path::new(path));
        if lines > LONGEST && !excused {
            long.push(format!("{} has {lines} lines without its tests", code.path.display()));
        }
    }
    assert!(
        long.is_empty(),
        "longer than {LONGEST} lines; split them, or name a reason in LONG:\n{}",
        long.join("\n")
    );
}

#[test]
fn the_map_names_what_exists() {
    let Ok(text) = fs::read_to_string("ARCHITECTURE.md") else { return };
    let mut missing = Vec::new();
    for part in text.split('`').skip(1).step_by(2) {
        let first = part.split('/').next().unwrap_or_default();
        let rooted = ["src", "tests", "config", "docs", "systemd", "benches", "fuzz"].contains(&first);
        let plain = !part.contains(|c: char| c.is_whitespace() || "{}*<>…".contains(c));
        if rooted && plain && part.contains('/') && !Path::new(part).exists() {
            missing.push(part.to_owned());
        }
    }
    assert!(missing.is_empty(), "ARCHITECTURE.md names what is not there: {missing:?}");
}

/// The scanner itself: it must see what it is to forbid.
#[test]
fn the_scanner_sees_every_form() {
    let code = |path: &str, text: &str| Code { path: PathBuf::from(path), text: strip(text) };
    for (path, text, expected) in [
        ("src/desk/mod.rs", "use crate::intake::x;", vec!["intake"]),
        ("src/desk/mod.rs", "use crate::{alert, model::{A, B}, store::*};", vec!["alert", "model", "store"]),
        ("src/desk/mod.rs", "fn f() { crate::alert::g() }", vec!["alert"]),
        ("src/desk/mod.rs", "use super::alert::g;", vec!["alert"]),
        ("src/desk/story/mod.rs", "use super::super::alert::g; use super::topic::x;", vec!["alert"]),
        ("src/desk/story/a.rs", "use super::super::super::alert::g;", vec!["alert"]),
        (
            "src/desk/mod.rs",
            "// use crate::alert::g;\n#[cfg(test)]\nmod tests {\nuse crate::alert;\n}",
            vec![],
        ),
    ] {
        let found: Vec<String> = imports(&code(path, text)).into_iter().collect();
        assert_eq!(found, expected, "{path}: {text}");
    }
    assert!(
        contains_word("let x = rusqlite::Error", "rusqlite::")
            && !contains_word("my_rusqlite::x", "rusqlite::")
    );
}
