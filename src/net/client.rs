//! The client: one connection pool with the guard built in.

use super::{Guard, NetError, NetErrorKind};
use crate::config::NetConfig;
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Certificate, Client, ClientBuilder, Proxy};
use std::time::Duration;

/// How a client behaves beyond `[net]`.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Time allowed for name look-up, connection and handshake.
    pub connect_timeout: Duration,
    /// Whole time allowed for one request with its body; `None` where the caller times it.
    pub timeout: Option<Duration>,
    /// Redirects followed at most; with 0 a redirect is an answer like any other.
    pub max_redirects: usize,
    /// Idle connections kept per host: 0 where hosts are many and seldom visited.
    pub idle_per_host: usize,
    /// Root certificates to trust besides the system's, in PEM.
    pub extra_roots: Vec<Vec<u8>>,
}

impl Default for ClientOptions {
    /// 10 s to connect, 30 s in all, no redirects, one idle connection per host, the system's roots.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Some(Duration::from_secs(30)),
            max_redirects: 0,
            idle_per_host: 1,
            extra_roots: Vec::new(),
        }
    }
}

/// How long an idle connection is kept: long enough for the next feed of the same host.
const IDLE: Duration = Duration::from_secs(15);

/// Builds a client whose every connection passes `guard`. The first URL of a request must be checked by the
/// caller with [`Guard::check`]: a literal address never reaches a resolver. Redirects are checked here.
///
/// # Errors
/// [`NetErrorKind::Setup`] for a bad root certificate or proxy address; [`NetErrorKind::Forbidden`] for a proxy
/// at an address that is not allowed.
pub fn client(net: &NetConfig, guard: &Guard, options: &ClientOptions) -> Result<Client, NetError> {
    install_crypto();
    let roots = certificates(&options.extra_roots)?;
    let trusting = builder(net, guard, options)?.tls_certs_merge(roots.clone()).build();
    let client = match trusting {
        Ok(client) => Ok(client),
        // A machine without any root certificates must still be able to read plain http.
        Err(_) => builder(net, guard, options)?.tls_certs_only(roots).build(),
    };
    client.map_err(|error| NetError::new(NetErrorKind::Setup, error.without_url()))
}

/// `newswatch/VERSION (+contact)`; without a contact just name and version.
pub fn user_agent(net: &NetConfig) -> String {
    let plain: String = net.contact.chars().filter(|char| matches!(char, ' '..='~')).collect();
    let name = concat!("newswatch/", env!("CARGO_PKG_VERSION"));
    if plain.trim().is_empty() { name.to_owned() } else { format!("{name} (+{})", plain.trim()) }
}

/// Two crates that both bring a provider make rustls panic at first use unless one is named.
fn install_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error only says that somebody else was quicker.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    }
}

fn builder(net: &NetConfig, guard: &Guard, options: &ClientOptions) -> Result<ClientBuilder, NetError> {
    let mut builder = Client::builder()
        .user_agent(user_agent(net))
        .referer(false)
        .redirect(redirects(guard.clone(), options.max_redirects))
        .dns_resolver(guard.clone())
        .connect_timeout(options.connect_timeout)
        .pool_max_idle_per_host(options.idle_per_host)
        .pool_idle_timeout(IDLE)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .no_proxy();
    if let Some(timeout) = options.timeout {
        builder = builder.timeout(timeout);
    }
    match &net.proxy {
        Some(address) => Ok(builder.proxy(proxy(address, guard)?)),
        None => Ok(builder),
    }
}

fn proxy(address: &str, guard: &Guard) -> Result<Proxy, NetError> {
    let refused =
        |error: &dyn std::fmt::Display| NetError::new(NetErrorKind::Setup, format!("[net] proxy: {error}"));
    let url: url::Url = address.parse().map_err(|error| refused(&error))?;
    guard.check_proxy(&url)?;
    Proxy::all(url).map_err(|error| refused(&error.without_url()))
}

fn certificates(roots: &[Vec<u8>]) -> Result<Vec<Certificate>, NetError> {
    let mut all = Vec::new();
    for pem in roots {
        let some = Certificate::from_pem_bundle(pem)
            .map_err(|error| NetError::new(NetErrorKind::Setup, format!("root certificate: {error}")))?;
        all.extend(some);
    }
    Ok(all)
}

fn redirects(guard: Guard, most: usize) -> Policy {
    if most == 0 {
        return Policy::none();
    }
    Policy::custom(move |attempt| follow(&guard, most, attempt))
}

fn follow(guard: &Guard, most: usize, attempt: Attempt<'_>) -> Action {
    let refuse = |what: String| NetError::new(NetErrorKind::Redirect, what);
    if attempt.previous().len() > most {
        return attempt.error(refuse(format!("more than {most} redirects")));
    }
    if attempt.previous().contains(attempt.url()) {
        return attempt.error(refuse("redirects in a circle".to_owned()));
    }
    let encrypted = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if encrypted && attempt.url().scheme() == "http" {
        return attempt.error(refuse("redirected from https to http".to_owned()));
    }
    match guard.check_url(attempt.url()) {
        Ok(()) => attempt.follow(),
        Err(why) => attempt.error(NetError::from(why)),
    }
}
