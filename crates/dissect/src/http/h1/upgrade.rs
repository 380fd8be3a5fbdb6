//! From HTTP/1 to HTTP/2 on the same connection (RFC 7540 section 3.2): the request that asked for
//! it is answered there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::connection::{HttpConnection, Next};
use crate::http::{Connection, Exchange, Headers};
use crate::origin::Origin;
use crate::record::Fact;

/// What is known when a server agrees to go on in HTTP/2.
#[derive(Debug)]
pub(crate) struct Upgrade {
    pub(crate) connection: Connection,
    /// The request that asked for it, which is answered in HTTP/2.
    pub(crate) request: Exchange,
    /// What the client sent in its HTTP2-Settings field: the content of a SETTINGS frame.
    pub(crate) settings: Vec<u8>,
    /// The first bytes behind the answer: direction, bytes, where they were.
    pub(crate) held: Vec<(bool, Vec<u8>, Origin)>,
    /// Index of the next exchange.
    pub(crate) index: u32,
}

/// Whether a response with status 101 agrees to HTTP/2.
pub(super) fn names_h2c(headers: &Headers) -> bool {
    headers.all("upgrade").flat_map(|value| value.split(',')).any(|it| it.trim() == "h2c")
}

impl HttpConnection {
    /// The server goes on in HTTP/2, and answers the front of the queue there.
    pub(super) fn upgrade_to_http2(&mut self, facts: &mut Vec<Fact>) -> Next {
        let connection = Connection::clone(self.queue.connection());
        let index = self.queue.index();
        let Some(request) = self.queue.take_request(facts) else { return Next::Over };
        let settings = request.request.headers.first("http2-settings").unwrap_or_default();
        let settings = URL_SAFE_NO_PAD.decode(settings.trim_end_matches('=')).unwrap_or_default();
        Next::Http2(Box::new(Upgrade { connection, request, settings, held: Vec::new(), index }))
    }
}
