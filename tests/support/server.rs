//! A scripted HTTP/1.1 server on loopback, with or without TLS.
//!
//! Every path has a script: a list of replies, of which the last repeats, or a function of the request. Requests
//! are recorded byte for byte, replies are sent byte for byte. Connections are counted and kept alive.

use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use url::Url;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Everything up to the empty line.
    pub head: Vec<u8>,
}

impl Request {
    /// The first line, for example `GET /feed HTTP/1.1`.
    pub fn line(&self) -> String {
        let end = self.head.windows(2).position(|two| two == b"\r\n").unwrap_or(self.head.len());
        String::from_utf8_lossy(&self.head[..end]).into_owned()
    }

    /// The path with its query.
    pub fn path(&self) -> String {
        self.line().split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// The bytes of a header's value.
    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.headers().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// All headers: names in lower case, values as they came.
    pub fn headers(&self) -> Vec<(String, Vec<u8>)> {
        let mut rest = self.head.as_slice();
        let mut headers = Vec::new();
        while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
            let (line, after) = (&rest[..end], &rest[end + 2..]);
            if let Some(colon) = line.iter().position(|byte| *byte == b':')
                && rest.len() < self.head.len()
            {
                let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
                headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
            }
            rest = after;
        }
        headers
    }

    /// Whether it asked "anything new?".
    pub fn conditional(&self) -> bool {
        self.header("if-none-match").is_some() || self.header("if-modified-since").is_some()
    }
}

/// How a body is sent.
#[derive(Clone)]
enum Body {
    Whole(Vec<u8>),
    /// With a length that is never reached: the connection closes.
    BrokenOff(Vec<u8>),
    /// Chunks of this piece for ever.
    Endless(Vec<u8>),
    /// The first bytes, then nothing.
    Stalled(Vec<u8>),
    /// One byte and one more, with this pause between them.
    Dripping(Vec<u8>, std::time::Duration),
}

/// One scripted answer.
#[derive(Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Body,
    gate: Option<Arc<Semaphore>>,
    silent: bool,
}

impl Reply {
    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Whole(Vec::new()), gate: None, silent: false }
    }

    /// 200 with a body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { body: Body::Whole(body.into()), ..Self::status(200) }
    }

    /// A redirect.
    pub fn redirect(status: u16, to: impl AsRef<[u8]>) -> Self {
        Self::status(status).header("Location", to)
    }

    /// No answer at all, ever.
    pub fn silence() -> Self {
        Self { silent: true, ..Self::status(200) }
    }

    /// Adds a header, byte for byte.
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    /// Compresses the body and says so: `gzip`, `br`, `zstd` or `deflate`.
    pub fn compressed(mut self, encoding: &str) -> Self {
        if let Body::Whole(plain) = &self.body {
            self.body = Body::Whole(compress(encoding, plain));
        }
        self.header("Content-Encoding", encoding)
    }

    /// The body never reaches its stated length.
    pub fn broken_off(mut self) -> Self {
        if let Body::Whole(bytes) = self.body {
            self.body = Body::BrokenOff(bytes);
        }
        self
    }

    /// The body repeats for ever.
    pub fn endless(mut self) -> Self {
        if let Body::Whole(bytes) = self.body {
            self.body = Body::Endless(bytes);
        }
        self
    }

    /// After the first bytes of the body, nothing more comes.
    pub fn stalled(mut self) -> Self {
        if let Body::Whole(bytes) = self.body {
            self.body = Body::Stalled(bytes);
        }
        self
    }

    /// The body comes byte by byte, with a pause before each.
    pub fn dripping(mut self, pause: std::time::Duration) -> Self {
        if let Body::Whole(bytes) = self.body {
            self.body = Body::Dripping(bytes, pause);
        }
        self
    }

    /// Waits for a permit of `gate` before anything is sent.
    pub fn held_by(mut self, gate: &Arc<Semaphore>) -> Self {
        self.gate = Some(gate.clone());
        self
    }
}

/// Compresses as a server would.
pub fn compress(encoding: &str, plain: &[u8]) -> Vec<u8> {
    match encoding {
        "gzip" => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(plain).expect("memory");
            writer.finish().expect("memory")
        }
        "deflate" => {
            let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(plain).expect("memory");
            writer.finish().expect("memory")
        }
        "br" => {
            let mut bytes = Vec::new();
            brotli::CompressorWriter::new(&mut bytes, 4096, 4, 22).write_all(plain).expect("memory");
            bytes
        }
        "zstd" => zstd::encode_all(plain, 3).expect("memory"),
        other => panic!("no such encoding: {other}"),
    }
}

type Answer = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

#[derive(Default)]
struct Shared {
    scripts: Mutex<HashMap<String, Answer>>,
    /// For every path without a script.
    otherwise: Mutex<Option<Answer>>,
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    /// Requests being answered, and the most of them at once.
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
}

/// The server. Stops when dropped.
pub struct FeedServer {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    root: Vec<u8>,
    accepting: JoinHandle<()>,
}

impl Drop for FeedServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl FeedServer {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        Self::listen("127.0.0.1:0", None, Vec::new()).await
    }

    /// Starts on a free port of another loopback address.
    pub async fn start_on(address: &str) -> Self {
        Self::listen(&format!("{address}:0"), None, Vec::new()).await
    }

    /// Starts on a given address and port.
    pub async fn start_at(address: &str) -> Self {
        Self::listen(address, None, Vec::new()).await
    }

    /// Starts on a free port of every address of this machine: each of 127.0.0.0/8 is a host of its own then.
    pub async fn start_everywhere() -> Self {
        Self::listen("0.0.0.0:0", None, Vec::new()).await
    }

    /// Starts with TLS and a certificate of its own for `localhost`, valid to whoever trusts [`root`](Self::root).
    pub async fn start_tls() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = tokio_rustls::rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.expect("a key"))
            .expect("a certificate");
        let root = made.cert.pem().into_bytes();
        Self::listen("127.0.0.1:0", Some(TlsAcceptor::from(Arc::new(config))), root).await
    }

    async fn listen(address: &str, tls: Option<TlsAcceptor>, root: Vec<u8>) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let accepting = tokio::spawn(accept(listener, tls, shared.clone()));
        Self { address, scheme, shared, root, accepting }
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> Url {
        let host =
            if self.scheme == "https" { "localhost".to_owned() } else { self.address.ip().to_string() };
        format!("{}://{host}:{}{path}", self.scheme, self.address.port()).parse().expect("a URL")
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The root certificate in PEM.
    pub fn root(&self) -> Vec<u8> {
        self.root.clone()
    }

    /// Scripts a path: replies in order, the last for ever.
    pub fn on(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let mut replies: Vec<Reply> = replies.into_iter().collect();
        replies.reverse();
        let replies = Mutex::new(replies);
        self.answer(path, move |_| {
            let mut left = replies.lock().expect("a script");
            if left.len() > 1 { left.pop().expect("a reply") } else { left[0].clone() }
        });
    }

    /// Answers a path by a function.
    pub fn answer(&self, path: &str, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) {
        self.shared.scripts.lock().expect("scripts").insert(path.to_owned(), Arc::new(answer));
    }

    /// Answers every path that has no script.
    pub fn otherwise(&self, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) {
        *self.shared.otherwise.lock().expect("a script") = Some(Arc::new(answer));
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().expect("requests").clone()
    }

    /// Requests to one path.
    pub fn requests_to(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path() == path).collect()
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The most requests that were being answered at once.
    pub fn most_under_way(&self) -> usize {
        self.shared.most_under_way.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        // Many small writes; without this, delayed acknowledgements cost 40 ms each.
        stream.set_nodelay(true).expect("a socket");
        tokio::spawn(connection(stream, tls.clone(), shared.clone()));
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    match tls {
        None => serve(stream, &shared).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream, &shared).await;
            }
        }
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared) {
    let mut buffer = Vec::new();
    loop {
        let Some(head) = head(&mut stream, &mut buffer).await else { return };
        let request = Request { head };
        shared.requests.lock().expect("requests").push(request.clone());
        let under_way = shared.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        let answer = shared.scripts.lock().expect("scripts").get(&request.path()).cloned();
        let answer = answer.or_else(|| shared.otherwise.lock().expect("a script").clone());
        let reply = answer.map_or_else(|| Reply::status(404), |answer| answer(&request));
        let sent = send(&mut stream, reply, &shared.under_way).await;
        if !matches!(sent, Ok(true)) {
            return;
        }
    }
}

/// Reads up to and without the empty line.
async fn head(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = buffer[..end + 2].to_vec();
            buffer.drain(..end + 4);
            return Some(head);
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => buffer.extend_from_slice(&piece[..count]),
            _ => return None,
        }
    }
}

/// Sends one reply. `Ok(true)`: the connection can take another request.
async fn send(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    reply: Reply,
    under_way: &AtomicUsize,
) -> std::io::Result<bool> {
    if let Some(gate) = &reply.gate {
        gate.acquire().await.expect("an open gate").forget();
    }
    if reply.silent {
        return hang(stream).await;
    }
    let mut out = format!("HTTP/1.1 {} Scripted\r\n", reply.status).into_bytes();
    for (name, value) in &reply.headers {
        out.extend([name.as_slice(), b": ", value, b"\r\n"].concat());
    }
    let bodyless = matches!(reply.status, 204 | 304);
    let length = match &reply.body {
        Body::Whole(bytes) => format!("Content-Length: {}\r\n\r\n", bytes.len()),
        Body::BrokenOff(bytes) | Body::Stalled(bytes) | Body::Dripping(bytes, _) => {
            format!("Content-Length: {}\r\n\r\n", bytes.len() * 2 + 1)
        }
        Body::Endless(_) => "Transfer-Encoding: chunked\r\n\r\n".to_owned(),
    };
    out.extend_from_slice(if bodyless { b"\r\n" } else { length.as_bytes() });
    if let (Body::Whole(bytes) | Body::BrokenOff(bytes) | Body::Stalled(bytes), false) =
        (&reply.body, bodyless)
    {
        out.extend_from_slice(bytes);
    }
    under_way.fetch_sub(1, Ordering::SeqCst);
    stream.write_all(&out).await?;
    match reply.body {
        Body::Whole(_) => Ok(true),
        Body::BrokenOff(_) => stream.shutdown().await.map(|()| false),
        Body::Stalled(_) => hang(stream).await,
        Body::Dripping(bytes, pause) => {
            for byte in bytes {
                tokio::time::sleep(pause).await;
                stream.write_all(&[byte]).await?;
            }
            Ok(false)
        }
        Body::Endless(piece) => loop {
            stream
                .write_all(&[format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat())
                .await?;
        },
    }
}

/// Holds the connection until the other side gives up.
async fn hang(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<bool> {
    let mut piece = [0; 64];
    while stream.read(&mut piece).await? > 0 {}
    Ok(false)
}
