//! HTTP/1.0 and 1.1 (RFC 1945, RFC 9112): the bytes of both directions in, exchanges out.
//!
//! ```text
//! connection.rs   both sides: heads, bodies, tunnels, holes in the capture
//! queue.rs        requests that wait for their responses, in order
//! head.rs         start lines, fields, how long a body is
//! body.rs         where a body ends, its bytes without chunks
//! ```

mod body;
mod connection;
mod head;
mod queue;

pub(crate) use connection::{HttpConnection, Next, Tunnel, Upgrade};
pub(crate) use head::{Likeness, like_request, like_response};

use super::{Connection, Exchange};
use crate::packet::{PacketRef, Timestamp};
use crate::record::Fact;
use crate::session::SessionEnd;

/// The exchanges of one connection that is closed behind its last bytes. `parts`: what each side
/// sent, in order (`true`: the client); part *n*, counted from 1, stands for packet *n*.
pub fn exchanges<'a>(parts: impl IntoIterator<Item = (bool, &'a [u8])>) -> Vec<Exchange> {
    let mut connection = HttpConnection::new(Connection::default(), 0);
    let (mut facts, mut opened) = (Vec::new(), Vec::new());
    for (number, (from_client, bytes)) in (1..).zip(parts) {
        let at = PacketRef { number, timestamp: Timestamp::default() };
        match connection.data(from_client, bytes, at.into(), &mut facts) {
            Next::Same => {}
            Next::Over => break,
            Next::Http2(upgrade) => {
                opened.push(upgrade.request);
                break;
            }
            Next::Tunnel(tunnel) => {
                opened.extend(tunnel.opened);
                break;
            }
        }
    }
    connection.finish(SessionEnd::Closed, true, &mut facts);
    let found = facts.into_iter().filter_map(|fact| match fact {
        Fact::Exchange(exchange) => Some(std::sync::Arc::unwrap_or_clone(exchange)),
        _ => None,
    });
    found.chain(opened).collect()
}

#[cfg(test)]
mod tests;
