//! The guard: which addresses may be reached at all.
//!
//! Order of rules: scheme (http and https only), port (80, 443, 1024 and above, and those allowed), literal address
//! in the URL in whatever spelling, then every address the resolver gives, at the moment of connecting. One
//! forbidden answer refuses the whole name, so that a name cannot be public in one moment and inside in the
//! next; where the configuration allows one of the answers explicitly, the forbidden ones are just left out.
//!
//! Literal addresses never reach a resolver, so both checks are needed, and both again on every redirect.
//!
//! Behind a proxy the same holds: its own address is checked like any other; with `socks5://` names are looked up here
//! and the proxy is given addresses that passed; where the proxy looks names up itself (`http://`, `https://`,
//! `socks5h://`), each name is looked up here as well before the request, and refused if it leads inside ([`Guard::check`]).

use super::ranges;
use crate::config::NetConfig;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Semaphore;
use url::{Host, Url};

/// An address the configuration does not allow, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Forbidden(pub String);

/// A running look-up: the addresses of a name.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Turns names into addresses: the system, or a test's table.
pub trait Lookup: Send + Sync + Debug {
    /// The addresses of `host`, in order of preference.
    fn lookup(&self, host: &str) -> Looking;
}

/// The system's resolver (getaddrinfo), a bounded number of look-ups at once.
#[derive(Debug)]
pub struct SystemLookup(Arc<Semaphore>);

/// Look-ups at once. getaddrinfo cannot be interrupted: with a dead name server each one holds a thread for up
/// to a minute, long after the poll that wanted it has given up.
const LOOKUPS: usize = 32;

impl Default for SystemLookup {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOOKUPS)))
    }
}

impl Lookup for SystemLookup {
    fn lookup(&self, host: &str) -> Looking {
        let (host, permits) = (host.to_owned(), self.0.clone());
        Box::pin(async move {
            let permit = permits.acquire_owned().await.map_err(io::Error::other)?;
            let resolve = move || {
                let found = (host.as_str(), 0).to_socket_addrs().map(|all| all.map(|at| at.ip()).collect());
                drop(permit);
                found
            };
            tokio::task::spawn_blocking(resolve).await.map_err(io::Error::other)?
        })
    }
}

/// Decides which URLs and addresses may be reached. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Guard {
    allow: Arc<[IpNet]>,
    ports: Arc<[u16]>,
    names: Arc<dyn Lookup>,
    /// Names are looked up by a proxy: the connection tells us nothing about where they lead.
    names_elsewhere: bool,
}

impl Guard {
    /// The guard that `[net]` asks for, with the system's resolver.
    pub fn new(net: &NetConfig) -> Self {
        Self::with_lookup(net, Arc::new(SystemLookup::default()))
    }

    /// The same with another resolver.
    pub fn with_lookup(net: &NetConfig, names: Arc<dyn Lookup>) -> Self {
        // With socks5:// the names are looked up here, by us, and the proxy is given addresses.
        let names_elsewhere = net.proxy.as_deref().is_some_and(|proxy| !proxy.starts_with("socks5://"));
        let (allow, ports) = (net.allow_addresses.clone().into(), net.allow_ports.clone().into());
        Self { allow, ports, names, names_elsewhere }
    }

    /// Checks a URL before a request to it: what shows in it and, where a proxy looks names up, where our own resolver
    /// says its name leads. A name that only the proxy knows is the proxy's to judge.
    ///
    /// # Errors
    /// [`Forbidden`] with the reason in words.
    pub async fn check(&self, url: &Url) -> Result<(), Forbidden> {
        self.check_url(url)?;
        let Some(Host::Domain(name)) = url.host().filter(|_| self.names_elsewhere) else { return Ok(()) };
        match self.names.lookup(name).await {
            Ok(found) => self.choose(name, found).map(drop),
            Err(_) => Ok(()),
        }
    }

    /// Checks the address of a proxy: HTTP or SOCKS5, its port, a literal address.
    ///
    /// # Errors
    /// [`Forbidden`] with the reason in words.
    pub fn check_proxy(&self, url: &Url) -> Result<(), Forbidden> {
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return Err(Forbidden("the proxy's address names no host".to_owned()));
        };
        let socks = matches!(url.scheme(), "socks5" | "socks5h");
        if !socks {
            return self.check_url(url);
        }
        self.check_port(url.port().unwrap_or(1080))?;
        // Other than for http, the standard leaves the host of such an address as it is written.
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(address) => self.check_address(address),
            Err(_) => Ok(()),
        }
    }

    /// Checks everything that shows in the URL itself: scheme, port, literal address.
    ///
    /// # Errors
    /// [`Forbidden`] with the reason in words.
    pub fn check_url(&self, url: &Url) -> Result<(), Forbidden> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Forbidden(format!("{}: addresses must be http or https", url.scheme())));
        }
        self.check_port(url.port_or_known_default().unwrap_or_default())?;
        match url.host() {
            Some(Host::Ipv4(address)) => self.check_address(address.into()),
            Some(Host::Ipv6(address)) => self.check_address(address.into()),
            Some(Host::Domain(name)) if !name.is_empty() => Ok(()),
            _ => Err(Forbidden("the address names no host".to_owned())),
        }
    }

    /// Checks a port: 80, 443, 1024 and above, and `allow_ports`.
    ///
    /// # Errors
    /// [`Forbidden`] with the reason in words.
    pub fn check_port(&self, port: u16) -> Result<(), Forbidden> {
        if matches!(port, 80 | 443 | 1024..) || self.ports.contains(&port) {
            return Ok(());
        }
        Err(Forbidden(format!("port {port} is not allowed ([net] allow_ports can allow it)")))
    }

    /// Checks one address: public, or inside a range of `allow_addresses`.
    ///
    /// # Errors
    /// [`Forbidden`] with the reason in words.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Forbidden> {
        match self.refusal(address) {
            None => Ok(()),
            Some(range) => Err(Forbidden(format!(
                "{address} is {range}, not a public address ([net] allow_addresses can allow it)"
            ))),
        }
    }

    /// Looks a name up and returns the addresses that may be connected to, each with `port`. For protocols that
    /// connect by themselves (SMTP). A literal address is checked and returned as it is.
    ///
    /// # Errors
    /// [`Forbidden`] inside an `io::Error` of kind `PermissionDenied`, or the resolver's error.
    pub async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let found = match literal {
            Ok(address) => vec![address],
            Err(_) => self.names.lookup(host).await?,
        };
        let allowed = self.choose(host, found).map_err(denied)?;
        Ok(allowed.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// The addresses of one look-up that may be used (see the module's rules).
    fn choose(&self, host: &str, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, Forbidden> {
        let refused = found.iter().find_map(|address| Some((*address, self.refusal(*address)?)));
        let Some((address, range)) = refused else { return Ok(found) };
        if !found.iter().any(|address| self.allowed(*address)) {
            return Err(Forbidden(format!(
                "{host} is at {address}: {range}, not a public address ([net] allow_addresses can allow it)"
            )));
        }
        Ok(found.into_iter().filter(|address| self.refusal(*address).is_none()).collect())
    }

    /// The special range that makes the address forbidden.
    fn refusal(&self, address: IpAddr) -> Option<&'static str> {
        let range = ranges::special(address)?;
        (!self.allowed(address)).then_some(range)
    }

    /// Whether a range of the configuration holds the address. An IPv4 address in IPv6 clothes must be allowed as what
    /// it is; translated by NAT64 (for people behind DNS64) both its forms must be in order.
    fn allowed(&self, address: IpAddr) -> bool {
        let listed = |address: IpAddr| self.allow.iter().any(|range| range.contains(&address));
        let Some(inner) = ranges::embedded(address).map(IpAddr::V4) else { return listed(address) };
        let mapped = matches!(address, IpAddr::V6(outer) if outer.to_ipv4_mapped().is_some());
        if mapped {
            listed(inner)
        } else {
            listed(address) && (ranges::special(inner).is_none() || listed(inner))
        }
    }
}

fn denied(why: Forbidden) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = Guard::resolve(&guard, name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
