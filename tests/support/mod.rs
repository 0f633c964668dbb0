//! Fakes that whole-journey tests share: a scripted feed server on loopback, an intake room wired to it, a webhook that
//! writes down what it gets, and the real program in a directory of its own.
//!
//! Nothing here sleeps: delays are held and released by the test.

pub mod disk;
pub mod hook;
pub mod program;
pub mod room;
pub mod server;
