//! Programs as receivers: what they get, what their end means, and that none of them outlives its time.

use super::*;
use newswatch::alert::SendError;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A shell script as a receiver, with a folder to write to (its first argument).
struct Script {
    dir: tempfile::TempDir,
    receiver: Arc<dyn Receiver>,
}

impl Script {
    fn new(text: &str, arguments: &[&str], timeout: Duration) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("script");
        std::fs::write(&file, text).unwrap();
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let mut argv = vec!["/bin/sh".to_owned(), path(&file), path(dir.path())];
        argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let receiver = receiver(ReceiverKind::Command { argv }, timeout);
        Self { dir, receiver }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    /// A process id the script wrote down; waits until it did.
    async fn pid(&self, name: &str) -> u32 {
        loop {
            let text = std::fs::read_to_string(self.file(name)).unwrap_or_default();
            if let (true, Ok(pid)) = (text.ends_with('\n'), text.trim().parse()) {
                return pid;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Whether a process is dead: gone, or waiting for somebody to collect it.
fn is_dead(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().trim_start().chars().next();
    matches!(state, None | Some('Z' | 'X'))
}

async fn dies(pid: u32) {
    let begun = Instant::now();
    while !is_dead(pid) {
        assert!(begun.elapsed() < PATIENCE, "process {pid} lives on");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_program_gets_json_and_exactly_its_arguments() {
    let script = "cat > \"$1/stdin\"; shift; printf '%s\\n' \"$@\" > \"$0.args\"; env > \"$0.env\"";
    let sh = Script::new(script, &["--to", "two words", "$(touch pwned)", "*"], PATIENCE);
    let mut evil = message("$(touch pwned); `touch pwned` -rf \u{1b}[31m\0", "body");
    evil.attempt = 3;
    assert_eq!(sh.receiver.send(&evil).await.as_deref(), Ok("exit status 0"));
    assert_eq!(sh.read("script.args"), "--to\ntwo words\n$(touch pwned)\n*\n");
    let got: serde_json::Value = serde_json::from_str(&sh.read("stdin")).unwrap();
    assert_eq!(got["type"], "alert.created");
    assert_eq!(got["data"]["title"], evil.content().title);
    assert_eq!(got["data"]["key"], "key-1");
    assert!(!sh.file("pwned").exists() && !Path::new("pwned").exists());
    let env = sh.read("script.env");
    assert!(env.contains("NEWSWATCH_KEY=key-1\n") && env.contains("NEWSWATCH_ATTEMPT=3\n"), "{env}");
    assert!(env.contains("PATH="), "{env}");
    // The tests themselves run with many CARGO_… variables: none is handed on.
    assert!(std::env::vars().any(|(name, _)| name.starts_with("CARGO")) && !env.contains("CARGO"), "{env}");
}

#[tokio::test]
async fn huge_input_is_taken_or_left() {
    let huge = message("Huge", &"出口管制 ".repeat(300_000));
    let reads = Script::new("wc -c < /dev/stdin > \"$1/count\"", &[], PATIENCE);
    reads.receiver.send(&huge).await.unwrap();
    assert!(reads.read("count").trim().parse::<usize>().unwrap() > 3_900_000);
    // A program that reads nothing, and one that stops in the middle, are no failures.
    for text in ["exit 0", "head -c 10 > /dev/null"] {
        let sh = Script::new(text, &[], PATIENCE);
        assert_eq!(sh.receiver.send(&huge).await.as_deref(), Ok("exit status 0"), "{text}");
    }
}

#[tokio::test]
async fn a_talkative_program_is_not_blocked() {
    let sh = Script::new("head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; exit 1", &[], PATIENCE);
    let error = sh.receiver.send(&message("t", "b")).await.unwrap_err();
    assert!(error.message.starts_with("exit status 1"), "{error}");
    assert!(error.message.chars().count() < 500, "{}", error.message.len());
}

#[tokio::test]
async fn the_exit_status_decides() {
    let rows = [
        ("75 asks to be tried again", "echo 'queue full' >&2; exit 75", false, "exit status 75: queue full"),
        ("so does any common failure", "exit 1", false, "exit status 1"),
        ("64 to 69 do not", "exit 65", true, "exit status 65"),
        (
            "nor does a lack of permission",
            "echo >&2; echo ' no entry ' >&2; exit 77",
            true,
            "exit status 77: no entry",
        ),
        ("a signal may pass", "kill -TERM $$", false, "killed by signal 15"),
        (
            "what the program says is shown safely",
            "printf 'a\\033[31m\\007' >&2; exit 1",
            false,
            "exit status 1: a\\u{1b}[31m\\u{7}",
        ),
    ];
    for (sentence, text, permanent, words) in rows {
        let sh = Script::new(text, &[], PATIENCE);
        let error = sh.receiver.send(&message("t", "b")).await.unwrap_err();
        let expected = SendError { message: words.into(), permanent, retry_after: None };
        assert_eq!(error, expected, "{sentence}");
    }
}

#[tokio::test]
async fn a_program_that_hangs_is_killed_with_its_children() {
    let text = "echo waiting >&2; sleep 1000 & echo $! > \"$1/child\"; echo $$ > \"$1/self\"; wait";
    let sh = Script::new(text, &[], Duration::from_millis(400));
    let error = sh.receiver.send(&message("t", "b")).await.unwrap_err();
    assert_eq!(error.message, "still running after 0.4 s, killed: waiting");
    assert!(!error.permanent);
    dies(sh.pid("self").await).await;
    dies(sh.pid("child").await).await;
}

#[tokio::test]
async fn a_send_that_is_dropped_leaves_nothing_running() {
    let text = "sleep 1000 & echo $! > \"$1/child\"; wait";
    let sh = Script::new(text, &[], PATIENCE);
    let alert = message("t", "b");
    let child = tokio::select! {
        ended = sh.receiver.send(&alert) => panic!("ended by itself: {ended:?}"),
        child = sh.pid("child") => child,
    };
    dies(child).await;
}

#[tokio::test]
async fn a_child_left_behind_holds_nothing_up() {
    let text = "sleep 1000 & echo $! > \"$1/child\"; echo done >&2; exit 0";
    let sh = Script::new(text, &[], PATIENCE);
    assert_eq!(sh.receiver.send(&message("t", "b")).await.as_deref(), Ok("exit status 0"));
    let child = sh.pid("child").await;
    assert!(!is_dead(child), "what a program starts on purpose goes on");
    let pid = rustix::process::Pid::from_raw(i32::try_from(child).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_missing_program_is_named_and_tried_again() {
    let argv = vec!["/nonexistent/tell-me".to_owned()];
    let error =
        receiver(ReceiverKind::Command { argv }, PATIENCE).send(&message("t", "b")).await.unwrap_err();
    assert!(!error.permanent && error.message.starts_with("cannot start /nonexistent/tell-me: "), "{error}");
}
