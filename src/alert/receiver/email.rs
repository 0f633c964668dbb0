//! Email: a mail by SMTP.
//!
//! The server's name is looked up through the address guard and only the addresses found there are connected to. TLS
//! is demanded unless the configuration says `none`, and `none` is accepted for a non-public address only: a mail
//! in the clear never crosses the internet. One connection per mail: alerts are few, and an idle connection
//! that died is the commonest way to lose one. A 5xx reply is permanent, everything else may pass. Either all
//! recipients get the mail or the attempt failed.

use super::mail::{Addresses, compose};
use super::*;
use crate::config::{EmailConfig, NetConfig, SmtpTls};
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use std::net::SocketAddr;

/// The mail receiver.
pub struct Email {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    addresses: Addresses,
    guard: Guard,
    zone: TimeZone,
    timeout: Duration,
    hidden: Hidden,
}

enum Security {
    StartTls(TlsParameters),
    Tls(TlsParameters),
    None,
}

impl Email {
    /// A mail receiver whose attempts take at most `timeout`.
    ///
    /// # Errors
    /// A sentence when an address is none, the certificate file cannot be used, or only half of a login is given.
    pub fn new(settings: &EmailConfig, around: &Surroundings, timeout: Duration) -> Result<Self, String> {
        let password = settings.password.as_ref().map(|password| password.expose().to_owned());
        let credentials = match (settings.username.clone(), password.clone()) {
            (Some(name), Some(password)) => Some(Credentials::new(name, password)),
            (None, None) => None,
            (Some(_), None) => return Err("username without password".to_owned()),
            (None, Some(_)) => return Err("password without username".to_owned()),
        };
        if settings.to.is_empty() {
            return Err("to names nobody".to_owned());
        }
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            security: security(settings)?,
            credentials,
            addresses: Addresses {
                from: mailbox(&settings.from)?,
                to: settings.to.iter().map(|to| mailbox(to)).collect::<Result<_, _>>()?,
            },
            guard: around.guard.clone(),
            zone: around.zone.clone(),
            timeout,
            hidden: Hidden::new(password),
        })
    }

    async fn deliver(&self, message: &Message) -> Result<String, SendError> {
        let mail = compose(message, &self.addresses, &self.zone)?;
        let servers = self.servers().await?;
        let sending = self.converse(&servers, &mail);
        match tokio::time::timeout(self.timeout, sending).await {
            Ok(result) => result.map_err(|error| self.failed(&error)),
            Err(_) => Err(SendError::passing(format!(
                "{} did not answer within {} s",
                self.host,
                self.timeout.as_secs_f64()
            ))),
        }
    }

    /// The server's addresses that may be connected to.
    async fn servers(&self) -> Result<Vec<SocketAddr>, SendError> {
        let found = self.guard.resolve(&self.host, self.port).await;
        let found = found.map_err(|error| SendError::passing(format!("{}: {error}", self.host)))?;
        let public = public_only();
        let open = |address: &&SocketAddr| public.check_address(address.ip()).is_ok();
        match (&self.security, found.iter().find(open)) {
            (Security::None, Some(address)) => Err(SendError::passing(format!(
                "{} is at the public address {}: a mail is not sent there without TLS",
                self.host,
                address.ip()
            ))),
            _ => Ok(found),
        }
    }

    async fn converse(&self, servers: &[SocketAddr], mail: &lettre::Message) -> Result<String, Error> {
        let hello = ClientId::default();
        let wrapped = match &self.security {
            Security::Tls(parameters) => Some(parameters.clone()),
            Security::StartTls(_) | Security::None => None,
        };
        let mut server =
            AsyncSmtpConnection::connect_tokio1(servers, Some(self.timeout), &hello, wrapped, None).await?;
        if let Security::StartTls(parameters) = &self.security {
            server.starttls(parameters.clone(), &hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            server.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        let reply = server.send(mail.envelope(), &mail.formatted()).await?;
        // The mail is accepted: a farewell that fails changes nothing.
        drop(server.quit().await);
        let words = reply.message().collect::<Vec<_>>().join(" ");
        Ok(one_line(&self.hidden.hide(&format!("{} {words}", reply.code()))))
    }

    fn failed(&self, error: &Error) -> SendError {
        let words = self.hidden.hide(&format!("{}: {}", self.host, in_words(error)));
        if error.is_permanent() { SendError::permanent(words) } else { SendError::passing(words) }
    }
}

impl Receiver for Email {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.deliver(message))
    }
}

/// A guard that allows public addresses and nothing else: it tells which addresses those are.
fn public_only() -> Guard {
    let (allow_addresses, allow_ports) = (Vec::new(), Vec::new());
    Guard::new(&NetConfig { allow_addresses, allow_ports, contact: String::new(), proxy: None })
}

/// What the server or the network said: the innermost cause, for the outer ones only repeat their own kind.
fn in_words(error: &Error) -> String {
    let causes = || std::iter::successors(Some(error as &dyn std::error::Error), |error| behind(*error));
    let cause = causes().last().map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => format!("the server answered {code} {cause}"),
        None if error.is_tls() || causes().any(|cause| cause.is::<rustls::Error>()) => {
            format!("TLS failed: {cause}")
        }
        None if error.is_client() || error.is_response() => cause,
        None => format!("no connection: {cause}"),
    }
}

/// The cause of an error. `io::Error` hides what it wraps from `source`, so it is opened here.
fn behind<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a (dyn std::error::Error + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn security(settings: &EmailConfig) -> Result<Security, String> {
    Ok(match settings.tls {
        SmtpTls::StartTls => Security::StartTls(tls(settings)?),
        SmtpTls::Tls => Security::Tls(tls(settings)?),
        SmtpTls::None => Security::None,
    })
}

fn tls(settings: &EmailConfig) -> Result<TlsParameters, String> {
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.ca_file {
        let problem = |error: &dyn std::fmt::Display| format!("ca_file {}: {error}", file.display());
        let pem = std::fs::read(file).map_err(|error| problem(&error))?;
        let root = Certificate::from_pem(&pem).map_err(|error| problem(&error))?;
        parameters = parameters.add_root_certificate(root);
    }
    parameters.build().map_err(|error| format!("TLS: {error}"))
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|error| format!("`{}` is no mail address: {error}", visible(text)))
}
