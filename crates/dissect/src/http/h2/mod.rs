//! HTTP/2 (RFC 9113): the bytes of both directions in, exchanges out.
//!
//! ```text
//! connection.rs   both directions: streams, what frames do to them, holes in the capture
//! reader.rs       from pieces to frames
//! frame.rs        heads of frames
//! hpack/          header blocks
//! streams.rs      those that are open
//! setup.rs        the client's first frames
//! ```
//!
//! Fields are told in wire order. A Cookie field that was split into crumbs (RFC 9113 section
//! 8.2.3) stays split: [`Headers::all`](super::Headers::all) gives the crumbs.

mod connection;
mod frame;
mod hpack;
mod reader;
mod setup;
mod streams;

use std::sync::Arc;

pub(crate) use connection::Http2Connection;

use super::{Connection, Exchange};
use crate::packet::{PacketRef, Timestamp};
use crate::record::Fact;
use crate::session::SessionEnd;

/// How the client's side begins (RFC 9113 section 3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether the server's first bytes may be its preface, a SETTINGS frame: it need not wait for the
/// client's.
pub(crate) fn like_settings(bytes: &[u8]) -> bool {
    let length = bytes.get(2).is_none_or(|length| length.is_multiple_of(6));
    begins_at(bytes, 0, &[0, 0]) && length && begins_at(bytes, 3, &[4, 0, 0, 0, 0, 0])
}

fn begins_at(bytes: &[u8], at: usize, expected: &[u8]) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().zip(expected).all(|(byte, expected)| byte == expected)
}

/// The exchanges of one connection that is closed behind its last bytes. `parts`: what each side
/// sent, in order (`true`: the client), the client's preface first; part *n*, counted from 1,
/// stands for packet *n*. An empty part is a hole.
pub fn exchanges<'a>(parts: impl IntoIterator<Item = (bool, &'a [u8])>) -> Vec<Exchange> {
    let mut connection = Http2Connection::new(Connection::default(), 0);
    let mut facts = Vec::new();
    for (number, (from_client, bytes)) in (1..).zip(parts) {
        let at = PacketRef { number, timestamp: Timestamp::default() };
        if bytes.is_empty() {
            connection.gap(from_client, None, &mut facts);
        } else if !connection.data(from_client, bytes, at.into(), &mut facts) {
            break;
        }
    }
    connection.finish(SessionEnd::Closed, &mut facts);
    let exchange = |fact| match fact {
        Fact::Exchange(exchange) => Some(Arc::unwrap_or_clone(exchange)),
        _ => None,
    };
    facts.into_iter().filter_map(exchange).collect()
}

#[cfg(test)]
mod tests;
