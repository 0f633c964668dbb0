//! F23: fifty feeds of one host over one connection, with HTTP/2 and with HTTP/1.1, both over TLS.

use super::*;
use axum::body::Bytes;
use axum::http::{Response, Version};
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What a server of HTTP/2 has seen.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    paths: Mutex<Vec<String>>,
}

/// Starts a server that speaks HTTP/2 and nothing else. Its address, root certificate and what it has seen.
async fn serve() -> (SocketAddr, Vec<u8>, Arc<Seen>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = tokio_rustls::rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.expect("a key"))
        .expect("a certificate");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tls = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let seen = Arc::new(Seen::default());
    let shared = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(connection(stream, tls.clone(), shared.clone()));
        }
    });
    (address, made.cert.pem().into_bytes(), seen)
}

async fn connection(stream: TcpStream, tls: TlsAcceptor, seen: Arc<Seen>) {
    let Ok(stream) = tls.accept(stream).await else { return };
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        assert_eq!(request.version(), Version::HTTP_2);
        seen.paths.lock().expect("paths").push(request.uri().path().to_owned());
        let conditional = request.headers().contains_key("if-none-match");
        let status = if conditional { 304 } else { 200 };
        let head = Response::builder().status(status).header("etag", "\"1\"").body(()).expect("a head");
        let mut body = respond.send_response(head, conditional).expect("an open stream");
        if !conditional {
            body.send_data(Bytes::from(rss(&[("a", "First")])), true).expect("an open stream");
        }
    }
}

#[tokio::test]
async fn fifty_feeds_of_a_host_share_a_connection_over_http_2() {
    let (address, root, seen) = serve().await;
    let url = |index: usize| format!("https://localhost:{}/{index}", address.port());
    let feeds = (0..50).map(|index| feed(&format!("feed-{index:02}"), url(index))).collect();
    let mut config = config(feeds);
    config.net.allow_addresses.push("::1/128".parse().expect("a range"));
    let room = TestRoom::with(config, Arc::new(newswatch::net::SystemLookup::default()), vec![root]);
    for (new_entries, unchanged) in [(50, 0), (0, 50)] {
        let summary = room.pass_all().await;
        assert_eq!((summary.polls, summary.failed.len()), (50, 0), "{summary:?}");
        assert_eq!((summary.new_entries, summary.unchanged), (new_entries, unchanged));
    }
    assert_eq!(seen.paths.lock().expect("paths").len(), 100);
    assert_eq!(seen.connections.load(Ordering::SeqCst), 1, "one connection for all of them");
}

#[tokio::test]
async fn fifty_feeds_of_a_host_share_a_connection_over_http_1() {
    let server = FeedServer::start_tls().await;
    server.otherwise(static_feed);
    let feeds =
        (0..50).map(|index| feed(&format!("feed-{index:02}"), server.url(&format!("/{index}")))).collect();
    let room = TestRoom::trusting(&server, feeds);
    room.reconfigure(|config| config.net.allow_addresses.push("::1/128".parse().expect("a range")));
    let summary = room.pass().await;
    assert_eq!((summary.polls, summary.failed.len()), (50, 0), "{summary:?}");
    assert_eq!((server.requests().len(), server.connections()), (50, 1));
}
