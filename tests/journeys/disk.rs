//! A full disk under the running daemon: polls pause before validators advance, questions are still answered, and as soon
//! as there is room the daemon goes on by itself with nothing lost.

use crate::support::program::*;
use crate::support::room::rss;
use crate::support::server::Reply;
use crate::world::World;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A file system of a megabyte or two, seen by the daemon alone in a mount namespace of its own; from here it is reached
/// through the daemon's root in /proc. Needs no privileges where the system lets users have namespaces.
const SMALL_DISK: &str =
    "mount -t tmpfs -o size=1500k tmpfs disk && cp newswatch.toml disk/ && cd disk && exec \"$0\" run";

fn small_disks_work_here() -> bool {
    let mut probe = Command::new("unshare");
    probe.args(["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
    probe.output().is_ok_and(|output| output.status.success())
}

/// A question, asked where the daemon's disk is seen.
fn inside(daemon: &Daemon, place: &Place, args: &[&str]) -> Value {
    let mut command = Command::new("nsenter");
    command.args(["--target", &daemon.id().to_string(), "--user", "--preserve-credentials", "--mount"]);
    command.arg(place.command(&[]).get_program()).args(args).arg("-c").arg(place.path("disk/newswatch.toml"));
    let ran = finish(command, b"");
    assert_eq!(ran.status, 0, "{args:?}: {ran:?}");
    serde_json::from_str(&ran.out).expect("JSON")
}

/// Fills what is left.
fn fill(disk: &Path) -> PathBuf {
    let ballast = disk.join("ballast");
    let full = std::fs::write(&ballast, vec![1; 4_000_000]).expect_err("the disk is small");
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    ballast
}

#[test]
fn polls_pause_reads_work_and_all_goes_on_when_there_is_room_again() {
    if !small_disks_work_here() {
        #[expect(clippy::print_stderr, reason = "a test that cannot run must say so")]
        {
            eprintln!("left out: this system grants no user namespaces, so there is no small disk to fill");
        }
        return;
    }
    let world = World::new();
    let full = Arc::new(Semaphore::new(0));
    let gate = full.clone();
    world.server.answer("/cape", move |request| {
        let tag = request.header("if-none-match");
        if tag.as_deref() == Some(b"\"2\"") {
            return Reply::status(304);
        }
        match tag {
            None => Reply::ok(rss(&[("0", "First")])).header("ETag", "\"1\""),
            Some(_) => Reply::ok(long()).header("ETag", "\"2\"").held_by(&gate),
        }
    });
    let place = Place::with(&configuration(&feed_table("cape", world.url("/cape"))));
    std::fs::create_dir(place.path("disk")).expect("a directory");
    let mut daemon = place.daemon_as(|command| {
        let program = command.get_program().to_owned();
        let (directory, mut other) = (place.path("."), Command::new("unshare"));
        other.args(["--user", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK]).arg(program);
        other.current_dir(directory).stderr(std::process::Stdio::piped());
        *command = other;
    });
    let disk = PathBuf::from(format!("/proc/{}/root{}", daemon.id(), place.path("disk").display()));
    daemon.line("feed polled");
    let ballast = fill(&disk);
    full.add_permits(100);
    daemon.line("polling pauses");

    let feed = &inside(&daemon, &place, &["feeds", "list", "--json"])[0];
    assert_ne!(feed["state"]["validators"]["etag"], "\"2\"", "validators wait for their entries: {feed}");
    assert_eq!(daemon.get("/api/v1/hits").status, 200, "questions are answered");

    std::fs::remove_file(ballast).expect("room again");
    daemon.line("the store can be written again");
    let stats = inside(&daemon, &place, &["db", "stats", "--json"]);
    assert_eq!(stats["entries"], Value::from(121), "nothing is lost");
    daemon.stop();
}

/// Enough text not to fit into what is left in the database's own pages.
fn long() -> Vec<u8> {
    let items: String = (0..120)
        .map(|item| {
            format!(
                "<item><guid>x{item}</guid><title>Item {item}</title><description>{}</description></item>",
                "word ".repeat(200)
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>Long</title>{items}</channel></rss>").into_bytes()
}
