//! HTTP/1.0 and 1.1 (RFC 1945, RFC 9112): the bytes of both directions in, exchanges out.
//!
//! ```text
//! connection.rs   both sides, holes in the capture
//! side.rs         what is being read of one
//! gather.rs       a head until its empty line
//! head.rs         start lines, fields, how long a body is
//! messages.rs     what follows from a head: a body, a tunnel, another protocol
//! body.rs         where a body ends, its bytes without chunks
//! contents.rs     what follows from its end
//! queue.rs        requests that wait for their responses, in order
//! doubt.rs        which response is whose, where bytes are missing
//! tunnel.rs       CONNECT
//! upgrade.rs      h2c
//! ```

mod body;
mod connection;
mod contents;
mod doubt;
mod gather;
mod head;
mod messages;
mod queue;
mod side;
mod tunnel;
mod upgrade;

pub(crate) use connection::{HttpConnection, Next};
pub(crate) use head::{Likeness, like_request, like_response};
pub(crate) use tunnel::Tunnel;
pub(crate) use upgrade::Upgrade;

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
            Next::Over | Next::WebSocket(_) => break,
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
mod content_tests;
#[cfg(test)]
mod tests;
