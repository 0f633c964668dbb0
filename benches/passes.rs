//! What whole passes cost: CPU (user + system), peak memory, wall time of `newswatch poll --all` over 1,000 loopback feeds of 20
//! entries with 60-word summaries and the ready-made topics; memory of the idle daemon; time of `hits list` over 100,000
//! entries. Loopback only; run with `cargo bench --bench passes`.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use newswatch::model::*;
use newswatch::store::{Judgement, NewHit, StoreHandle};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const FEEDS: usize = 1_000;
const ENTRIES: usize = 20;
const STORED: i64 = 100_000;

fn main() {
    let round = Arc::new(AtomicUsize::new(0));
    let port = serve(round.clone());
    let dir = tempfile::tempdir().expect("a temporary directory");
    let config = write_config(dir.path(), port);
    println!("{FEEDS} feeds, {ENTRIES} entries each, one process per pass");
    println!("{:<34} {:>9} {:>9} {:>10}", "pass", "CPU s", "wall s", "peak MB");
    pass("cold", &config);
    pass("all 304", &config);
    round.store(1, Ordering::SeqCst);
    pass("one feed in ten with 2 new entries", &config);
    idle(&config);
    list(dir.path());
}

fn pass(name: &str, config: &Path) {
    let (before, started) = (children(), Instant::now());
    let output = newswatch(config, &["poll", "--all", "--json"]).output().expect("newswatch runs");
    let wall = started.elapsed();
    let after = children();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cpu = seconds(&after) - seconds(&before);
    // Linux counts ru_maxrss in KiB, and for children the largest so far.
    let peak = after.max_rss() as f64 / 1_024.0;
    println!("{name:<34} {cpu:>9.2} {:>9.2} {peak:>10.1}", wall.as_secs_f64());
    println!(
        "  {}",
        String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
    );
}

fn newswatch(config: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_newswatch"));
    command.arg("-c").arg(config).args(["--log-level", "error"]).args(args);
    command
}

fn children() -> Usage {
    getrusage(UsageWho::RUSAGE_CHILDREN).expect("resource usage")
}

fn seconds(usage: &Usage) -> f64 {
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

/// Starts the daemon with everything polled and nothing due, and reads its resident memory once it is ready.
fn idle(config: &Path) {
    let mut daemon = newswatch(config, &["run"]).stdout(Stdio::null()).spawn().expect("newswatch runs");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !ready(config) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep(Duration::from_secs(5));
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap_or_default();
    let line = |key: &str| status.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    println!("idle daemon, {FEEDS} feeds: {} {}", line("VmRSS"), line("VmHWM"));
    let stop = nix::unistd::Pid::from_raw(i32::try_from(daemon.id()).expect("a process id"));
    nix::sys::signal::kill(stop, nix::sys::signal::Signal::SIGTERM).expect("the daemon can be stopped");
    daemon.wait().expect("the daemon stops");
}

fn ready(config: &Path) -> bool {
    let address = std::fs::read_to_string(config.with_extension("http")).unwrap_or_default();
    let Ok(mut stream) = TcpStream::connect(address.trim()) else { return false };
    let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut first = String::new();
    asked.is_ok() && BufReader::new(stream).read_line(&mut first).is_ok() && first.contains(" 200 ")
}

/// `hits list` with 100,000 stored entries, one in a hundred of them a hit; best of five, process start included.
fn list(dir: &Path) {
    let path = dir.join("list.db");
    fill(&path);
    let config = dir.join("list.toml");
    std::fs::write(&config, format!("[store]\npath = {path:?}\n")).expect("a file");
    let time = || {
        let started = Instant::now();
        let output = newswatch(&config, &["hits", "list"]).output().expect("newswatch runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        started.elapsed()
    };
    let best = (0..5).map(|_| time()).min().unwrap_or_default();
    println!("hits list, {STORED} entries stored: {:.1} ms", best.as_secs_f64() * 1e3);
}

fn fill(path: &Path) {
    let store = StoreHandle::open_daemon(path).expect("a store");
    for batch in 0..STORED / 1_000 {
        store.write_blocking(move |tx| batch_of(tx, batch)).expect("a batch is stored");
    }
    store.close_blocking().expect("the store closes");
}

fn batch_of(tx: &mut dyn newswatch::store::Tx, batch: i64) -> newswatch::store::Result<()> {
    let feed = FeedId(format!("feed-{}", batch % 50));
    let now = Time(1_790_000_000_000 + batch * 60_000);
    let seed =
        newswatch::store::FeedSeed { feed: feed.clone(), url: "http://localhost/".into(), first_due: now };
    if batch < 50 {
        tx.sync_feeds(
            &(0..=batch)
                .map(|n| newswatch::store::FeedSeed { feed: FeedId(format!("feed-{n}")), ..seed.clone() })
                .collect::<Vec<_>>(),
            now,
        )?;
    }
    let entries: Vec<NewEntry> = (0..1_000).map(|n| entry(batch * 1_000 + n)).collect();
    tx.absorb_entries(&feed, &entries, false, now)?;
    let pending = tx.pending_entries(1_000)?;
    let last = tx.last_story()?.0;
    let judgements: Vec<Judgement> =
        pending.iter().zip(1..).map(|(entry, n)| judgement(entry, StoryId(last + n))).collect();
    tx.record_judgements(&judgements, now).map(drop)
}

fn entry(number: i64) -> NewEntry {
    NewEntry {
        key: number.to_string(),
        guid: None,
        url: Some(format!("https://news.example/{number}")),
        canonical_url: Some(format!("news.example/{number}")),
        title: words(number as usize, 9),
        body: words(number as usize + 7, 60),
        author: None,
        publisher: Some("Example".into()),
        categories: Vec::new(),
        lang: Some("en".into()),
        published: None,
        content_hash: number.to_string(),
    }
}

fn judgement(entry: &Entry, story: StoryId) -> Judgement {
    let hit = NewHit {
        topic: TopicId::from("chip-export-controls"),
        topic_version: "1".into(),
        score: 1.0,
        evidence: Vec::new(),
        receivers: Vec::new(),
        silent: Some("no-route".into()),
        alert: None,
    };
    let reason = StoryReason {
        stage: Stage::Opened,
        partner: None,
        score: 1.0,
        threshold: 1.0,
        probable: false,
        terms: Vec::new(),
        gap_ms: None,
        similarity: None,
        text: "nothing like it in the window".into(),
    };
    let hits = if story.0 % 100 == 0 { vec![hit] } else { Vec::new() };
    Judgement { entry: entry.id, revision: entry.revision, story, opened: true, reason, hits }
}

fn write_config(dir: &Path, port: u16) -> std::path::PathBuf {
    let http = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
    copy_topics(dir);
    let mut text = format!(
        "include = [\"topics/*.toml\"]\n[store]\npath = {:?}\n[net]\nallow_addresses = [\"127.0.0.0/8\"]\n[intake]\nhost_spacing = \"0s\"\n[http]\nlisten = \"{http}\"\n",
        dir.join("passes.db")
    );
    for number in 0..FEEDS {
        text.push_str(&format!(
            "[[feed]]\nid = \"feed-{number}\"\nurl = \"http://127.0.0.1:{port}/{number}\"\n"
        ));
    }
    text.push_str("[[receiver]]\nname = \"log\"\nkind = \"log\"\n[[route]]\nto = [\"log\"]\n");
    let path = dir.join("passes.toml");
    std::fs::write(&path, text).expect("a file");
    std::fs::write(path.with_extension("http"), http.to_string()).expect("a file");
    path
}

fn copy_topics(dir: &Path) {
    let (from, to) = (concat!(env!("CARGO_MANIFEST_DIR"), "/config/topics"), dir.join("topics"));
    std::fs::create_dir(&to).expect("a directory");
    for file in std::fs::read_dir(from).expect("the shipped topics").flatten() {
        std::fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
    }
}

/// A server of feeds in threads of its own; the round says which documents changed.
fn serve(round: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let round = round.clone();
            std::thread::spawn(move || answer_all(stream, &round));
        }
    });
    port
}

fn answer_all(stream: TcpStream, round: &AtomicUsize) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut out = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    loop {
        let request = lines.next()?.ok()?;
        let mut validator = None;
        loop {
            let line = lines.next()?.ok()?.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("if-none-match:") {
                validator = Some(value.trim().to_owned());
            }
            if line.is_empty() {
                break;
            }
        }
        let number: usize = request.split(['/', ' ']).nth(2)?.parse().ok()?;
        let round = if number.is_multiple_of(10) { round.load(Ordering::SeqCst) } else { 0 };
        let tag = format!("\"{number}-{round}\"");
        if validator.as_deref() == Some(&tag) {
            out.write_all(format!("HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n").as_bytes()).ok()?;
            continue;
        }
        let body = document(number, round);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: {tag}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        out.write_all((head + &body).as_bytes()).ok()?;
    }
}

fn document(feed: usize, round: usize) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Feed {feed}</title><link>http://news.example/{feed}</link><description>x</description>"
    );
    for item in (round * 2..ENTRIES + round * 2).rev() {
        let number = feed * 1_000 + item;
        xml.push_str(&format!(
            "<item><title>{}</title><link>http://news.example/{feed}/{item}</link><guid>{feed}-{item}</guid><pubDate>Mon, 02 Nov 2026 10:{:02}:00 GMT</pubDate><description>{}</description></item>",
            words(number, 9), item % 60, words(number + 13, 60)
        ));
    }
    xml.push_str("</channel></rss>");
    xml
}

/// Text of made-up words with the frequencies of a language: few common ones, many rare ones.
fn words(seed: usize, count: usize) -> String {
    let common =
        ["the", "of", "and", "to", "in", "a", "is", "for", "on", "with", "that", "said", "from", "was"];
    let mut state = seed as u64 * 0x9E37_79B9_7F4A_7C15 + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut text = String::new();
    for _ in 0..count {
        let draw = next();
        if draw % 3 == 0 {
            text.push_str(common[(draw >> 8) as usize % common.len()]);
        } else {
            let rank = ((draw >> 8) % 1_000) * ((draw >> 20) % 40);
            let syllables = ["ka", "ro", "min", "tel", "su", "pra", "den", "lo", "vi", "gar"];
            for digit in rank.to_string().bytes() {
                text.push_str(syllables[usize::from(digit - b'0')]);
            }
        }
        text.push(' ');
    }
    text.trim_end().to_owned()
}
