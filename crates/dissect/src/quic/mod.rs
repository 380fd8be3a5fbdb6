//! QUIC as far as it is readable without keys: the Initial packets, whose keys follow from the
//! client's first destination connection id (RFC 9001 section 5.2, RFC 9369 section 3.3), and
//! the TLS hellos in their CRYPTO frames. With a key log the rest is readable too: Handshake packets
//! (`protected`), then 0-RTT and 1-RTT packets and the streams in them (`application`).
//!
//! Read are version 1, version 2 and the drafts since draft 22 with their deployed relatives;
//! gQUIC is recognised by its version number and no more. [`looks_like_initial`] is the cheap
//! first look at any datagram; a [`QuicHandshake`] then follows one flow until both hellos are
//! complete. Bytes that belong to no readable packet are counted, never an error: UDP carries
//! anything.

pub(crate) mod application;
#[cfg(test)]
mod application_tests;
mod crypto_stream;
mod facts;
mod frame;
mod half;
mod handshake;
mod header;
pub(crate) mod keys;
mod phase;
mod protected;
mod ranges;
mod retry;
#[cfg(test)]
mod rfc_vectors;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
pub(crate) mod seal;
pub(crate) mod streams;
pub(crate) mod varint;
mod version;

pub use application::read_payloads;
pub use facts::{QuicClose, QuicFacts, QuicProgress};
pub(crate) use handshake::Beyond;
pub use handshake::{MAX_DATAGRAMS, QuicHandshake};
pub(crate) use header::glance;
pub use header::looks_like_initial;
