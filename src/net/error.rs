//! What can go wrong on the way out, by class.

use super::Forbidden;
use std::error::Error as StdError;
use std::fmt;
use std::io;

/// The class of a network failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetErrorKind {
    /// The client could not be made (bad certificate file, bad proxy address).
    Setup,
    /// The guard does not allow the address. Nothing was sent there.
    Forbidden,
    /// The host name does not resolve.
    Dns,
    /// No connection, or it broke before an answer came.
    Connect,
    /// The certificate or handshake was refused.
    Tls,
    /// It took longer than allowed.
    Timeout,
    /// Too many redirects, a loop, or a place that must not be followed to.
    Redirect,
    /// The body passed a cap, or swells suspiciously when decoded.
    TooLarge,
    /// The answer is not proper HTTP, or its body broke off or cannot be decoded.
    Protocol,
}

/// A network failure: its class, and a sentence for people that names at most a host, never a whole URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NetError {
    /// The class.
    pub kind: NetErrorKind,
    /// The sentence.
    pub message: String,
}

impl NetError {
    /// A failure of a class with its sentence.
    pub fn new(kind: NetErrorKind, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string() }
    }
}

impl From<Forbidden> for NetError {
    fn from(why: Forbidden) -> Self {
        Self { kind: NetErrorKind::Forbidden, message: why.0 }
    }
}

impl From<reqwest::Error> for NetError {
    fn from(error: reqwest::Error) -> Self {
        // Addresses can hold passwords and tokens.
        let error = error.without_url();
        if let Some(known) = links(&error).find_map(|link| link.downcast_ref::<NetError>()) {
            return known.clone();
        }
        if let Some(why) = links(&error).find_map(|link| link.downcast_ref::<Forbidden>()) {
            return why.clone().into();
        }
        let cause = links(&error).last().map(ToString::to_string).unwrap_or_default();
        let (kind, what) = classify(&error);
        let said = if cause.starts_with(what) { cause } else { format!("{what}: {cause}") };
        Self::new(kind, said)
    }
}

fn classify(error: &reqwest::Error) -> (NetErrorKind, &'static str) {
    use NetErrorKind::*;
    if links(error).any(|link| link.is::<rustls::Error>()) {
        return (Tls, "TLS failed");
    }
    if error.is_timeout() {
        return (Timeout, "timed out");
    }
    if error.is_dns() {
        return (Dns, "the host name does not resolve");
    }
    if error.is_redirect() {
        return (Redirect, "redirect refused");
    }
    if error.is_builder() {
        return (Setup, "the request cannot be made");
    }
    if error.is_connect() {
        return (Connect, "no connection");
    }
    match links(error).find_map(|link| link.downcast_ref::<io::Error>()) {
        Some(io) if io.kind() != io::ErrorKind::InvalidData => (Connect, "the connection broke"),
        _ if broke_off(error) => (Connect, "the connection broke"),
        _ => (Protocol, "not a proper HTTP answer"),
    }
}

/// hyper tells an early end by its text only; its error type is not a dependency of ours.
fn broke_off(error: &reqwest::Error) -> bool {
    links(error).last().is_some_and(|last| {
        let text = last.to_string();
        text.contains("connection closed") || text.contains("end of file")
    })
}

/// The error and everything behind it. `io::Error` hides what it wraps from `source`, so it is opened here.
fn links<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| behind(*error))
}

fn behind<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}
