//! HTTP/3 (RFC 9114): the streams of a QUIC connection in, exchanges out.
//!
//! ```text
//! connection.rs      all streams: which is which, what they tell each other, how many
//! one_way.rs         control streams, settings
//! request_stream.rs  a request with its response, holes in them
//! frame.rs           from pieces to frames
//! qpack/             field sections
//! ```
//!
//! Fields are told in wire order, split Cookie fields as they are. A CONNECT that is answered with
//! 2xx, extended (RFC 9220) or not, is an exchange; the tunnel behind it is not read. Nor are pushed
//! responses and streams of WebTransport.

mod connection;
mod frame;
mod one_way;
mod qpack;
mod request_stream;

pub(crate) use connection::Http3Connection;

use super::{Connection, Exchange};
use crate::packet::{PacketRef, Timestamp};
use crate::record::Fact;
use crate::session::SessionEnd;

/// The exchanges of one connection that is closed behind its last bytes. `parts`: a stream's number,
/// whether the client sends, what comes next on it, and whether it ends there; part *n*, counted
/// from 1, stands for packet *n*. An empty part that does not end a stream is a hole of 16 bytes.
pub fn exchanges<'a>(
    parts: impl IntoIterator<Item = (u64, bool, &'a [u8], bool)>,
) -> Vec<Exchange> {
    let mut connection = Http3Connection::new(Connection::default());
    let mut facts = Vec::new();
    for (number, (stream, from_client, bytes, fin)) in (1..).zip(parts) {
        let at = PacketRef { number, timestamp: Timestamp::default() };
        if bytes.is_empty() && !fin {
            connection.gap((stream, from_client), 16, &mut facts);
        } else {
            connection.data((stream, from_client), (bytes, fin), at.into(), &mut facts);
        }
    }
    connection.finish(SessionEnd::Closed, &mut facts);
    let found = facts.into_iter().filter_map(|fact| match fact {
        Fact::Exchange(exchange) => Some(std::sync::Arc::unwrap_or_clone(exchange)),
        _ => None,
    });
    found.collect()
}

#[cfg(test)]
mod tests;
