//! Net: the one way out. Every HTTP connection, to feeds and to receivers alike, starts here.
//!
//! Order of rules: [`Guard`] looks at scheme, port and literal address of a URL before anything is sent, and at
//! every address a name resolves to before anything is connected; [`client`] builds a connection pool that
//! carries the guard with it; [`read_body`] takes the answer in with a cap on both its wire and its decoded
//! size. What went wrong is a [`NetError`] with a [`NetErrorKind`] that says which class of trouble it was.
//!
//! Never: cookies, referrers, a proxy from the environment, plain-text requests after encrypted ones,
//! an error text that holds more of a URL than its host.

mod body;
mod client;
mod error;
mod guard;
mod ranges;

pub use body::{ACCEPT_ENCODING, Body, Encoding, WireBody, read_body, read_wire, read_wire_counting};
pub use client::{ClientOptions, client, user_agent};
pub use error::{NetError, NetErrorKind};
pub use guard::{Forbidden, Guard, Looking, Lookup, SystemLookup};
