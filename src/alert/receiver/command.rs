//! Command: an alert to a program of the user's, as JSON on its standard input.
//!
//! The program gets exactly the configured arguments: no shell, nothing of the alert in them or in the environment
//! but the key and the attempt number, and for an update its kind and the key of the alert it follows. Its environment is short (see [`KEPT`]): no settings, no credentials. It
//! runs in its own process group; when its time is up the whole group is killed. The exit status decides by
//! [`verdict`]; the first line of standard error goes into the message. A program that reads none of its
//! input, or leaves a child behind that holds its output open, does not hold up the alert.

use super::*;
use crate::alert::compose::json;
use rustix::process::{Pid, Signal, kill_process_group};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};

/// Variables handed on from newswatch's own environment: what programs need to find files, speak the user's
/// language and reach the desktop.
pub const KEPT: [&str; 15] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "TZ",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
];

/// Bytes kept of standard error.
const HEAD: usize = 4_096;
/// How long the output of a program that has ended is still waited for.
const LINGER: Duration = Duration::from_millis(200);

/// The command receiver.
pub struct Command {
    program: String,
    arguments: Vec<String>,
    timeout: Duration,
}

/// What an exit status means for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Delivered.
    Sent,
    /// Try again later.
    Later,
    /// Give up.
    Refused,
}

/// What an exit code means; after `sysexits.h`.
///
/// | code | meaning |
/// |---|---|
/// | 0 | sent |
/// | 64 to 69 | usage, data, input, user, host, service unavailable for good: give up |
/// | 77, 78 | no permission, bad configuration: give up |
/// | any other, 75 (try later) among them; a signal | try again |
pub fn verdict(code: Option<i32>) -> Verdict {
    match code {
        Some(0) => Verdict::Sent,
        Some(64..=69 | 77 | 78) => Verdict::Refused,
        _ => Verdict::Later,
    }
}

impl Command {
    /// A command that may run for `timeout`.
    ///
    /// # Errors
    /// A sentence when there is no program, or an argument holds a NUL character.
    pub fn new(argv: &[String], timeout: Duration) -> Result<Self, String> {
        let (program, arguments) = argv.split_first().ok_or("argv names no program")?;
        if program.is_empty() {
            return Err("argv names no program".to_owned());
        }
        if argv.iter().any(|argument| argument.contains('\0')) {
            return Err("argv holds a NUL character".to_owned());
        }
        Ok(Self { program: program.clone(), arguments: arguments.to_vec(), timeout })
    }

    async fn run(&self, message: &Message) -> Result<String, SendError> {
        let input = json::bytes(message);
        let mut child = self.start(message)?;
        let group = Group::of(&child);
        let mut said = Vec::new();
        let ended = tokio::time::timeout(self.timeout, talk(&mut child, &input, &mut said)).await;
        match ended {
            Err(_) => {
                drop(group);
                // The group is dead: this only collects the exit status.
                drop(child.wait().await);
                let after = self.timeout.as_secs_f64();
                Err(SendError::passing(with_stderr(format!("still running after {after} s, killed"), &said)))
            }
            Ok(Err(error)) => Err(SendError::passing(format!("waiting for the program failed: {error}"))),
            Ok(Ok(status)) => {
                group.release();
                outcome(status, &said)
            }
        }
    }

    fn start(&self, message: &Message) -> Result<Child, SendError> {
        let mut command = tokio::process::Command::new(&self.program);
        command.args(&self.arguments).env_clear().envs(environment(message));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        // Not permanent: a typing error is mended by editing the file, and then the alert still goes out.
        command.spawn().map_err(|error| SendError::passing(format!("cannot start {}: {error}", self.program)))
    }
}

impl Receiver for Command {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.run(message))
    }
}

fn environment(message: &Message) -> Vec<(String, std::ffi::OsString)> {
    let kept = KEPT.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?)));
    let own = [("NEWSWATCH_KEY", message.key.clone()), ("NEWSWATCH_ATTEMPT", message.attempt.to_string())];
    let update = message.content().update.as_ref().map(|update| update.kind.name().to_owned());
    let update = [("NEWSWATCH_UPDATE", update), ("NEWSWATCH_FIRST_KEY", message.first.clone())];
    let update = update.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let own = own.into_iter().chain(update);
    kept.chain(own.map(|(name, value)| (name.to_owned(), value.into()))).collect()
}

/// Gives the input, takes standard error, and waits for the end.
async fn talk(child: &mut Child, input: &[u8], said: &mut Vec<u8>) -> std::io::Result<ExitStatus> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let pipes = async { tokio::join!(give(stdin, input), take_head(stderr, said)) };
    tokio::pin!(pipes);
    let status = tokio::select! {
        _ = &mut pipes => return child.wait().await,
        status = child.wait() => status,
    };
    // A child left behind may hold the pipe open for ever: what has been said by now is enough.
    drop(tokio::time::timeout(LINGER, pipes).await);
    status
}

async fn give(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        // A program may well not read its input; a broken pipe is no failure.
        drop(stdin.write_all(input).await);
    }
}

/// Keeps the first bytes and lets the rest run through, so that a talkative program never blocks.
async fn take_head(pipe: Option<impl AsyncRead + Unpin>, head: &mut Vec<u8>) {
    let Some(mut pipe) = pipe else { return };
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut chunk).await {
        let room = HEAD - head.len();
        head.extend_from_slice(&chunk[..read.min(room)]);
    }
}

fn outcome(status: ExitStatus, said: &[u8]) -> Result<String, SendError> {
    let words = match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => "ended without a status".to_owned(),
    };
    match verdict(status.code()) {
        Verdict::Sent => Ok(words),
        Verdict::Later => Err(SendError::passing(with_stderr(words, said))),
        Verdict::Refused => Err(SendError::permanent(with_stderr(words, said))),
    }
}

/// The words with the first line of standard error that holds anything.
fn with_stderr(words: String, said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    match said.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) => format!("{words}: {line}"),
        None => words,
    }
}

/// The process group of a running program; killed when dropped, unless released.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// The program has ended: its group is left to itself.
    fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // An error means that nobody is left in the group.
            kill_process_group(group, Signal::KILL).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code() {
        for code in 0..=255 {
            let expected = match code {
                0 => Verdict::Sent,
                64 | 65 | 66 | 67 | 68 | 69 | 77 | 78 => Verdict::Refused,
                _ => Verdict::Later,
            };
            assert_eq!(verdict(Some(code)), expected, "{code}");
        }
        assert_eq!(verdict(None), Verdict::Later, "a signal");
    }

    #[test]
    fn unusable_commands() {
        let timeout = Duration::from_secs(1);
        for argv in [vec![], vec![String::new()], vec!["a".to_owned(), "b\0c".to_owned()]] {
            assert!(Command::new(&argv, timeout).is_err(), "{argv:?}");
        }
    }
}
