//! A webhook on loopback: keeps every delivery, answers as told, and holds answers back until released.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// A delivery that does not come within this time never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// One POST as it came.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// The idempotency key.
    pub key: String,
    /// The JSON.
    pub body: Value,
}

impl Delivered {
    /// Title of the entry it tells of.
    pub fn title(&self) -> &str {
        self.body["data"]["title"].as_str().unwrap_or_default()
    }
}

struct Manner {
    status: u16,
    held: bool,
}

/// The webhook; its thread ends with the process.
pub struct Hook {
    port: u16,
    manner: Arc<(Mutex<Manner>, Condvar)>,
    seen: Receiver<Delivered>,
}

impl Hook {
    /// Starts on a free port of 127.0.0.1, answering 204.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let port = listener.local_addr().expect("an address").port();
        let manner = Arc::new((Mutex::new(Manner { status: 204, held: false }), Condvar::new()));
        let (told, seen) = channel();
        let shared = manner.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manner, told) = (shared.clone(), told.clone());
                std::thread::spawn(move || answer_all(stream, &manner, &told));
            }
        });
        Self { port, manner, seen }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// What to answer from now on.
    pub fn answer(&self, status: u16) {
        self.manner.0.lock().expect("manner").status = status;
    }

    /// Keeps answers back from now on, or lets them go.
    pub fn hold(&self, held: bool) {
        self.manner.0.lock().expect("manner").held = held;
        self.manner.1.notify_all();
    }

    /// The next delivery.
    pub fn next(&self) -> Delivered {
        self.seen.recv_timeout(PATIENCE).expect("a delivery")
    }

    /// What has come that nobody asked for yet.
    pub fn rest(&self) -> Vec<Delivered> {
        self.seen.try_iter().collect()
    }
}

fn answer_all(stream: TcpStream, manner: &(Mutex<Manner>, Condvar), told: &Sender<Delivered>) -> Option<()> {
    let mut out = stream.try_clone().ok()?;
    let mut input = BufReader::new(stream);
    loop {
        let delivered = read(&mut input)?;
        told.send(delivered).ok()?;
        let manner = manner.1.wait_while(manner.0.lock().ok()?, |manner| manner.held).ok()?;
        let status = manner.status;
        drop(manner);
        out.write_all(format!("HTTP/1.1 {status} Scripted\r\nContent-Length: 0\r\n\r\n").as_bytes()).ok()?;
    }
}

fn read(input: &mut impl BufRead) -> Option<Delivered> {
    let (mut length, mut key) = (0, String::new());
    loop {
        let mut line = String::new();
        input.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "webhook-id" => value.trim().clone_into(&mut key),
                _ => {}
            }
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    Some(Delivered { key, body: serde_json::from_slice(&body).expect("a delivery is JSON") })
}
