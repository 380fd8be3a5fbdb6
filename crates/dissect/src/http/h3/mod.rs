//! HTTP/3 (RFC 9114): the streams of a QUIC connection in, exchanges out.

use crate::http::Connection;
use crate::origin::Origin;
use crate::record::Fact;
use crate::session::SessionEnd;

/// State of a connection.
#[derive(Debug)]
pub(crate) struct Http3Connection {
    _connection: Connection,
}

impl Http3Connection {
    /// A connection of which nothing was read yet.
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { _connection: connection }
    }

    /// The next bytes that one side sent on a stream (RFC 9000 section 2.1 numbers them), in
    /// order. `fin`: they are its last ones; they may be none then.
    pub(crate) fn data(
        &mut self,
        (_stream, _from_client): (u64, bool),
        (_bytes, _fin): (&[u8], bool),
        _origin: Origin,
        _facts: &mut Vec<Fact>,
    ) {
    }

    /// So many of the next bytes of one side of a stream will not come: the capture lacks them.
    pub(crate) fn gap(
        &mut self,
        (_stream, _from_client): (u64, bool),
        _length: u64,
        _facts: &mut Vec<Fact>,
    ) {
    }

    /// One side ended its part of a stream with RESET_STREAM, or (`stop`) asked the other with
    /// STOP_SENDING to do so.
    pub(crate) fn reset(
        &mut self,
        (_stream, _from_client): (u64, bool),
        _stop: bool,
        _facts: &mut Vec<Fact>,
    ) {
    }

    /// The connection is over, or followed no further.
    pub(crate) fn finish(self, _end: SessionEnd, _facts: &mut Vec<Fact>) {}
}
