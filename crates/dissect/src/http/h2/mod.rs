//! HTTP/2 (RFC 9113): the bytes of both directions in, exchanges out.

use crate::http::Connection;
use crate::origin::Origin;
use crate::record::Fact;
use crate::session::SessionEnd;

/// How the client's side begins (RFC 9113 section 3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// State of a connection.
#[derive(Debug)]
pub(crate) struct Http2Connection {
    _connection: Connection,
}

impl Http2Connection {
    /// A connection of which nothing was read yet, whose next exchange has this index. The
    /// client's preface is the first thing it will see.
    pub(crate) const fn new(connection: Connection, _index: u32) -> Self {
        Self { _connection: connection }
    }

    /// The next bytes of one direction. False if the rest of the connection is not read.
    pub(crate) fn data(
        &mut self,
        _from_client: bool,
        _bytes: &[u8],
        _origin: Origin,
        _facts: &mut Vec<Fact>,
    ) -> bool {
        true
    }

    /// Bytes of one direction are missing; how many, where that is known.
    pub(crate) fn gap(&mut self, _from_client: bool, _length: Option<u32>, _facts: &mut Vec<Fact>) {
    }

    /// The connection is over, or followed no further.
    pub(crate) fn finish(self, _end: SessionEnd, _facts: &mut Vec<Fact>) {}
}
