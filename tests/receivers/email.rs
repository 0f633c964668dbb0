//! Mail against a real SMTP server (aiosmtpd) on loopback, with certificates made here.

use super::*;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Debian's own Python: the one its packages install for.
const PYTHON: &str = "/usr/bin/python3";
const MISSING: &str = "the tests of the mail receiver need a real SMTP server: install the Debian package \
     python3-aiosmtpd (apt-get install python3-aiosmtpd)";

/// A running server; ends with the test, because its standard input is closed then.
struct Server {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Server {
    fn start(settings: &Value) -> Self {
        let known = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        assert!(known.is_ok_and(|status| status.success()), "{MISSING}");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/smtp.py");
        let mut process = Command::new(PYTHON)
            .args([script, &settings.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = output.next().expect("the SMTP server starts").unwrap().parse().unwrap();
        Self { process, output, port }
    }

    fn mail(&mut self) -> Value {
        serde_json::from_str(&self.output.next().expect("a mail").unwrap()).unwrap()
    }

    /// Ends the server; what it had accepted and nobody looked at.
    fn end(mut self) -> Vec<String> {
        drop(self.process.stdin.take());
        let rest = self.output.by_ref().map(Result::unwrap).collect();
        self.process.wait().unwrap();
        rest
    }
}

/// A certificate authority, and a certificate of it for `localhost`, as PEM files.
struct Certificates {
    dir: tempfile::TempDir,
}

impl Certificates {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &ca).unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ca.pem"), ca.pem()).unwrap();
        std::fs::write(dir.path().join("cert.pem"), leaf.pem()).unwrap();
        std::fs::write(dir.path().join("key.pem"), key.serialize_pem()).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn settings(&self, tls: &str) -> Value {
        json!({"tls": tls, "cert": self.path("cert.pem"), "key": self.path("key.pem")})
    }
}

fn plain(port: u16) -> EmailConfig {
    EmailConfig {
        host: "localhost".into(),
        port,
        tls: SmtpTls::None,
        ca_file: None,
        username: None,
        password: None,
        from: "newswatch <alerts@desk.example>".into(),
        to: vec!["Ärztin Li <li@desk.example>".into(), "second@desk.example".into()],
    }
}

async fn send(settings: EmailConfig, message: &Message) -> Result<String, newswatch::alert::SendError> {
    receiver(ReceiverKind::Email(settings), PATIENCE).send(message).await
}

#[tokio::test]
async fn starttls_with_login_and_every_header() {
    let certificates = Certificates::new();
    let mut settings = certificates.settings("starttls");
    settings["user"] = "desk".into();
    settings["password"] = "canary-password".into();
    let mut server = Server::start(&settings);
    let mail = EmailConfig {
        tls: SmtpTls::StartTls,
        ca_file: Some(certificates.path("ca.pem")),
        username: Some("desk".into()),
        password: Some(Secret::new("canary-password")),
        ..plain(server.port)
    };
    let mut alert = message("商务部 über Ausfuhr & <b>Chips</b>", "Die Ausfuhr von KI-Chips wird begrenzt.");
    alert.alert.content.evidence = vec![Evidence {
        field: Field::Body,
        start: 4,
        end: 11,
        text: "Ausfuhr".into(),
        term: "ausfuhr*".into(),
    }];
    alert.earlier = vec!["key-a".into(), "key-b".into()];
    let answer = send(mail, &alert).await.unwrap();
    assert_eq!(answer, "250 2.0.0 taken as number 1");
    let got = server.mail();
    assert_eq!((&got["encrypted"], &got["login"]), (&json!(true), &json!(true)));
    assert_eq!(got["from"], "alerts@desk.example");
    assert_eq!(got["to"], json!(["li@desk.example", "second@desk.example"]));
    assert_eq!(got["defects"], json!([]));
    let headers = &got["headers"];
    for (name, value) in [
        ("subject", "[Chip export controls] 商务部 über Ausfuhr & <b>Chips</b> (Harbour Post)"),
        ("from", "newswatch <alerts@desk.example>"),
        ("to", "Ärztin Li <li@desk.example>, second@desk.example"),
        ("message-id", "<key-1@desk.example>"),
        ("in-reply-to", "<key-b@desk.example>"),
        ("references", "<key-a@desk.example> <key-b@desk.example>"),
        ("date", "Mon, 23 Nov 2026 12:00:00 +0000"),
        ("auto-submitted", "auto-generated"),
        ("x-newswatch-topic", "chips"),
        ("x-newswatch-priority", "normal"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    assert_eq!(got["parts"][0]["type"], "text/plain");
    let text = got["parts"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("Die *Ausfuhr* von KI-Chips") && text.contains("https://harbour.example/1"),
        "{text}"
    );
    assert_eq!(got["parts"][1]["type"], "text/html");
    let html = got["parts"][1]["text"].as_str().unwrap();
    assert!(html.contains("<mark>Ausfuhr</mark>") && html.contains("&lt;b&gt;Chips"), "{html}");
    assert!(!html.contains("<b>") && !html.contains("<img"), "{html}");
    assert_eq!(server.end(), Vec::<String>::new(), "one mail and no more");
}

#[tokio::test]
async fn tls_from_the_first_byte() {
    let certificates = Certificates::new();
    let mut server = Server::start(&certificates.settings("tls"));
    let ca_file = Some(certificates.path("ca.pem"));
    let mail = EmailConfig { tls: SmtpTls::Tls, ca_file, ..plain(server.port) };
    send(mail, &message("t", "b")).await.unwrap();
    assert_eq!(server.mail()["headers"]["message-id"], "<key-1@desk.example>");
}

#[tokio::test]
async fn headers_cannot_be_forged() {
    let mut server = Server::start(&json!({}));
    let mut evil =
        message("Ban\r\nBcc: victim@x.example\r\n\r\nbody", "\r\n.\r\nMAIL FROM:<x@x.example>\r\n");
    evil.alert.content.topic = "t\r\nX-Forged: 1".into();
    evil.alert.content.topic_title = "T\nX-Forged: 2\u{202e}".into();
    evil.alert.content.publisher = Some("P\r\n X-Forged: 3\u{1b}[31m".into());
    evil.key = "k\r\nX-Forged: 4".into();
    evil.earlier = vec!["e>\r\nX-Forged: 5".into()];
    send(plain(server.port), &evil).await.unwrap();
    let got = server.mail();
    let mut names: Vec<String> = serde_json::from_value(got["names"].clone()).unwrap();
    names.sort();
    assert_eq!(
        names,
        [
            "Auto-Submitted",
            "Content-Type",
            "Date",
            "From",
            "In-Reply-To",
            "MIME-Version",
            "Message-ID",
            "References",
            "Subject",
            "To",
            "X-Newswatch-Priority",
            "X-Newswatch-Source",
            "X-Newswatch-Topic"
        ]
    );
    assert_eq!(got["to"], json!(["li@desk.example", "second@desk.example"]));
    assert_eq!(got["defects"], json!([]));
    let subject = got["headers"]["subject"].as_str().unwrap();
    assert!(!subject.contains(['\u{202e}', '\u{1b}', '\n']), "{subject:?}");
    assert_eq!(server.end(), Vec::<String>::new(), "no second mail was smuggled in");
}

#[tokio::test]
async fn long_and_foreign_texts_survive() {
    let mut server = Server::start(&json!({}));
    let title = "人工智能创始人与研究人员被建议避免前往美国".repeat(12);
    let body = "出口管制".repeat(600);
    send(plain(server.port), &message(&title, &body)).await.unwrap();
    let got = server.mail();
    let subject = got["headers"]["subject"].as_str().unwrap();
    assert_eq!(subject.chars().count(), 150);
    assert!(
        subject.starts_with("[Chip export controls] 人工智能创始人") && subject.ends_with('…'),
        "{subject}"
    );
    assert_eq!(got["defects"], json!([]));
    assert!(got["parts"][0]["text"].as_str().unwrap().contains(&title));
    // RFC 5322 allows 998 bytes in a line.
    assert!(got["longest_line"].as_u64().unwrap() <= 998);
}

#[tokio::test]
async fn replies_decide() {
    let rows = [
        ("rcpt", "550 5.1.1 no such user", true, "localhost: the server answered 550 5.1.1 no such user"),
        ("rcpt", "450 4.2.1 mailbox busy", false, "localhost: the server answered 450 4.2.1 mailbox busy"),
        (
            "data",
            "554 5.7.1 looks like spam",
            true,
            "localhost: the server answered 554 5.7.1 looks like spam",
        ),
        ("data", "451 4.3.0 disk full", false, "localhost: the server answered 451 4.3.0 disk full"),
    ];
    for (command, reply, permanent, words) in rows {
        let server = Server::start(&json!({command: reply}));
        let error = send(plain(server.port), &message("t", "b")).await.unwrap_err();
        assert_eq!((error.permanent, error.message.as_str()), (permanent, words));
        assert_eq!(server.end(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_wrong_password_is_permanent_and_not_shown() {
    let server = Server::start(&json!({"user": "desk", "password": "right"}));
    let mail = EmailConfig {
        username: Some("desk".into()),
        password: Some(Secret::new("canary-password")),
        ..plain(server.port)
    };
    let error = send(mail.clone(), &message("t", "b")).await.unwrap_err();
    assert!(error.permanent && error.message.contains("535"), "{error}");
    assert!(!format!("{error:?} {mail:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn nothing_is_sent_where_it_is_not_safe() {
    let certificates = Certificates::new();
    let strangers = Certificates::new();
    // A certificate of an unknown authority.
    let server = Server::start(&certificates.settings("starttls"));
    let ca_file = Some(strangers.path("ca.pem"));
    let mail = EmailConfig { tls: SmtpTls::StartTls, ca_file, ..plain(server.port) };
    let error = send(mail, &message("t", "b")).await.unwrap_err();
    assert!(!error.permanent && error.message.starts_with("localhost: TLS failed: "), "{error}");
    assert_eq!(server.end(), Vec::<String>::new());
    // A certificate for another name than the configured one.
    let server = Server::start(&certificates.settings("tls"));
    let (host, ca_file) = ("127.0.0.1".to_owned(), Some(certificates.path("ca.pem")));
    let mail = EmailConfig { host, tls: SmtpTls::Tls, ca_file, ..plain(server.port) };
    let error = send(mail, &message("t", "b")).await.unwrap_err();
    assert!(error.message.starts_with("127.0.0.1: TLS failed: "), "{error}");
    assert_eq!(server.end(), Vec::<String>::new());
    // STARTTLS demanded of a server that does not offer it.
    let server = Server::start(&json!({}));
    let mail = EmailConfig { tls: SmtpTls::StartTls, ..plain(server.port) };
    let error = send(mail, &message("t", "b")).await.unwrap_err();
    assert!(!error.permanent && error.message.contains("STARTTLS"), "{error}");
    assert_eq!(server.end(), Vec::<String>::new());
    // No TLS to a public address; refused before any connection.
    let mail = EmailConfig { host: "9.9.9.9".into(), ..plain(25) };
    let error = send(mail, &message("t", "b")).await.unwrap_err();
    assert!(error.message.contains("a mail is not sent there without TLS"), "{error}");
    // A private address that the configuration does not allow.
    let mut closed = config(ReceiverKind::Email(plain(25)), PATIENCE);
    closed.net.allow_addresses.clear();
    let error = try_receiver(&closed).unwrap().send(&message("t", "b")).await.unwrap_err();
    assert!(!error.permanent && error.message.contains("not a public address"), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mail = plain(listener.local_addr().unwrap().port());
    let silent = receiver(ReceiverKind::Email(mail.clone()), Duration::from_millis(300));
    let error = silent.send(&message("t", "b")).await.unwrap_err();
    assert_eq!(error.message, "localhost did not answer within 0.3 s");
    drop(listener);
    let error = send(mail, &message("t", "b")).await.unwrap_err();
    assert!(!error.permanent && error.message.starts_with("localhost: no connection: "), "{error}");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let base = || plain(25);
    let rows = [
        ("a sender that is no address", EmailConfig { from: "nobody".into(), ..base() }, "`nobody`"),
        ("nobody to write to", EmailConfig { to: Vec::new(), ..base() }, "to names nobody"),
        (
            "half a login",
            EmailConfig { username: Some("desk".into()), ..base() },
            "username without password",
        ),
        (
            "a certificate file that is not there",
            EmailConfig { tls: SmtpTls::Tls, ca_file: Some("/nonexistent.pem".into()), ..base() },
            "ca_file /nonexistent.pem",
        ),
    ];
    for (sentence, settings, words) in rows {
        let problem = try_receiver(&config(ReceiverKind::Email(settings), PATIENCE)).err().expect(sentence);
        assert!(problem.starts_with("receiver `it`: ") && problem.contains(words), "{sentence}: {problem}");
    }
}
