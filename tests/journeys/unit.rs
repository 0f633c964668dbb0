//! The unit file, by systemd's own judgement.

use std::path::Path;
use std::process::{Command, Output};

fn analyze(args: &[&str]) -> Output {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/newswatch.service");
    let mut command = Command::new("systemd-analyze");
    command.args(args).arg(unit);
    command.output().expect("systemd-analyze runs: `make setup` installs the package systemd")
}

#[test]
fn the_unit_is_hardened() {
    let checked = analyze(&["security", "--offline=yes", "--threshold=15", "--no-pager"]);
    let text = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "exposure is above 1.5:\n{text}");
    assert!(text.contains("Overall exposure level"), "{text}");
}

/// `verify` finds fault with what is not installed here, and systemd before 253 with the reload protocol; with nothing else.
#[test]
fn the_unit_is_sound() {
    let checked = analyze(&["verify"]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    let known = ["is not executable: No such file", "'man newswatch(1)' failed", "ignoring: notify-reload"];
    let unknown: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("newswatch") && !known.iter().any(|known| line.contains(known)))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_unit_says_what_the_program_keeps_to() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/newswatch.service"));
    let text = text.expect("the unit");
    for (line, why) in [
        ("Type=notify-reload", "the program tells of its reloads"),
        ("WatchdogSec=60s", "the program feeds the watchdog"),
        ("TimeoutStopSec=15s", "an orderly end takes ten seconds at most"),
        ("StateDirectory=newswatch", "where the database goes by default"),
        (
            "ExecStart=/usr/local/bin/newswatch run -c /etc/newswatch/newswatch.toml",
            "where the README installs it",
        ),
    ] {
        assert!(text.lines().any(|known| known == line), "{line}: {why}");
    }
}
