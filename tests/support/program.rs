//! The real program in a directory of its own: commands run to their end, the daemon watched line by line.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nothing takes longer than this: a guard against hanging, not a measure.
const PATIENCE: Duration = Duration::from_secs(20);

/// A command that has ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit status.
    pub status: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// A directory with a configuration, and the program run in it.
pub struct Place {
    directory: tempfile::TempDir,
    asked: Mutex<Vec<String>>,
}

impl Place {
    /// A fresh directory, in memory where the system has such a place.
    pub fn new() -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self { directory: directory.expect("a directory"), asked: Mutex::default() }
    }

    /// The same with a configuration: see [`configuration`].
    pub fn with(text: &str) -> Self {
        let place = Self::new();
        place.write("newswatch.toml", text);
        place
    }

    /// A file in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file and gives its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// The program, to be run here: nothing of the surrounding environment reaches it.
    pub fn command(&self, args: &[&str]) -> Command {
        self.asked.lock().expect("commands").push(args.join(" "));
        let mut command = Command::new(env!("CARGO_BIN_EXE_newswatch"));
        command.args(args).current_dir(self.directory.path()).env_clear().env("TZ", "UTC");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Every command run here so far, words joined by spaces.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("commands").clone()
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        finish(self.command(args), b"")
    }

    /// The same with something on standard input.
    pub fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        finish(self.command(args), input)
    }

    /// Standard output of a command that must succeed.
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.status, 0, "{args:?}: {ran:?}");
        assert!(
            !ran.out.contains('\u{1b}'),
            "{args:?}: colours or escapes where no terminal is: {}",
            ran.out
        );
        ran.out
    }

    /// The same, read as JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let out = self.ok(args);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}"))
    }

    /// Standard error of a command that must end with this status.
    pub fn fails(&self, status: i32, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.status, status, "{args:?}: {ran:?}");
        assert!(!ran.err.contains("panicked"), "{args:?}: {}", ran.err);
        ran.err
    }

    /// Starts the daemon and waits until it runs.
    pub fn daemon(&self) -> Daemon {
        self.daemon_as(|_| {})
    }

    /// The same with something added to its command.
    pub fn daemon_as(&self, change: impl FnOnce(&mut Command)) -> Daemon {
        let mut command = self.command(&["run"]);
        change(&mut command);
        let mut daemon = Daemon::watch(command.stdout(Stdio::null()).spawn().expect("newswatch starts"));
        let started = daemon.line("newswatch is running");
        let port = started.split("http=127.0.0.1:").nth(1).and_then(|rest| rest.split(' ').next());
        daemon.port = port.and_then(|port| port.trim().parse().ok()).unwrap_or_default();
        daemon
    }
}

/// Runs a command to its end.
pub fn finish(mut command: Command, input: &[u8]) -> Ran {
    let said = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let id = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
    let mut stdin = child.stdin.take().expect("standard input");
    // A program that does not read its input is no failure of this test.
    let _ = stdin.write_all(input);
    drop(stdin);
    let (ended, end) = channel();
    std::thread::spawn(move || ended.send(child.wait_with_output()));
    let output = end.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let _ = kill(id, Signal::SIGKILL);
        panic!("{said} does not end")
    });
    let output = output.expect("its output");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { status: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// A running daemon. Killed when dropped.
pub struct Daemon {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    /// Where its HTTP side listens.
    pub port: u16,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Daemon {
    fn watch(mut child: Child) -> Self {
        let stderr = BufReader::new(child.stderr.take().expect("standard error"));
        let (told, lines) = channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
        Self { child, lines, said: Vec::new(), port: 0 }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has said so far.
    pub fn said(&mut self) -> String {
        self.said.extend(self.lines.try_iter());
        self.said.join("\n")
    }

    /// Waits for the next line that holds this text.
    pub fn line(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.said.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
        panic!("it never said {text:?}, but:\n{}", self.said.join("\n"))
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id");
        kill(Pid::from_raw(id), signal).expect("it is there");
    }

    /// Waits for its end: its last line is out, and so is it.
    pub fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.said.push(line);
        }
        assert!(Instant::now() < until, "it does not end:\n{}", self.said.join("\n"));
        self.child.wait().expect("its status")
    }

    /// SIGTERM, and the end within the ten seconds it is allowed.
    pub fn stop(mut self) {
        let asked = Instant::now();
        self.signal(Signal::SIGTERM);
        let status = self.ended();
        assert!(status.success(), "{status}:\n{}", self.said.join("\n"));
        assert!(asked.elapsed() < Duration::from_secs(10), "it took {:?} to stop", asked.elapsed());
    }

    /// Asks its HTTP side.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &format!("127.0.0.1:{}", self.port))
    }

    /// The same with method and `Host` header of the test's choice.
    pub fn ask(&self, method: &str, path: &str, host: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("its HTTP side");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        Answer::read(&answer)
    }
}

/// What the HTTP side answered.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Everything before the body.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(!head.to_lowercase().contains("chunked"), "a body with a length: {head}");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A configuration for journeys: loopback allowed, quick rounds, the HTTP side on a free port; `rest` follows.
pub fn configuration(rest: &str) -> String {
    format!(
        "[store]\npath = \"newswatch.db\"\n\n[net]\nallow_addresses = [\"127.0.0.0/8\"]\n\n\
         [intake]\ninterval = \"1s\"\nmin_interval = \"1s\"\nmax_interval = \"1m\"\nhost_spacing = \"0s\"\n\n\
         [alert]\nretry_first = \"1s\"\nretry_max = \"1s\"\n\n[http]\nlisten = \"127.0.0.1:0\"\n\n{rest}"
    )
}

/// A `[[feed]]`.
pub fn feed_table(id: &str, url: impl std::fmt::Display) -> String {
    format!("[[feed]]\nid = \"{id}\"\nurl = \"{url}\"\n\n")
}

/// A `[[topic]]`.
pub fn topic_table(id: &str, query: &str) -> String {
    format!("[[topic]]\nid = \"{id}\"\ntitle = \"About {id}\"\nquery = '''{query}'''\n\n")
}

/// A webhook receiver of this name and a route that tells it everything.
pub fn told_by(name: &str, url: &str) -> String {
    format!(
        "[[receiver]]\nname = \"{name}\"\nkind = \"webhook\"\nurl = \"{url}\"\n\n[[route]]\nto = [\"{name}\"]\n\n"
    )
}
