//! What a TLS connection carries, where there are keys: a conversation of its own, which may be a
//! proxy's tunnel with TLS in it again.

use std::sync::Arc;

use super::{Conversation, Outcome, Probe};
use crate::http::Connection;
use crate::http::h2::Http2Connection;
use crate::limits::PRELUDES;
use crate::origin::Origin;
use crate::session::{Session, SessionEnd};
use crate::tls::connection::Inside;
use crate::tls::session_builder::Surroundings;

/// How ALPN names HTTP/2 (RFC 9113 section 3.2).
const ALPN_HTTP2: &[u8] = b"h2";

/// The conversation inside, once there is something of it.
#[derive(Debug, Default)]
pub(crate) struct Inner {
    conversation: Option<Box<Conversation>>,
    /// Whether the first bytes of the client, and of the server, are missing.
    lost: [bool; 2],
}

impl Inner {
    /// The connection is over, or followed no further.
    pub(super) fn finish(&mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        if let Some(mut conversation) = self.conversation.take() {
            conversation.finish(end, around);
        }
    }
}

impl Inside for Inner {
    fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        origin: Origin,
        session: &Session,
        around: &mut Surroundings<'_>,
    ) {
        if self.conversation.is_none() {
            let mut conversation = begin(session, around);
            for (from_client, lost) in [true, false].into_iter().zip(self.lost) {
                if lost {
                    conversation.gap(from_client, None, around);
                }
            }
            self.conversation = Some(Box::new(conversation));
        }
        let Some(conversation) = &mut self.conversation else { return };
        let outcome = conversation.data(from_client, bytes, origin, around);
        // Who is the client is known here; what says otherwise is not understood.
        if matches!(outcome, Outcome::Reversed(_)) {
            **conversation = Conversation::Counted;
        }
    }

    fn gap(&mut self, from_client: bool, around: &mut Surroundings<'_>) {
        let [client, server] = &mut self.lost;
        match &mut self.conversation {
            Some(conversation) => conversation.gap(from_client, None, around),
            None if from_client => *client = true,
            None => *server = true,
        }
    }
}

fn begin(session: &Session, around: &Surroundings<'_>) -> Conversation {
    if session.preludes.len() > PRELUDES {
        return Conversation::Counted;
    }
    let connection = Connection {
        preludes: session.preludes.clone(),
        session: Some(Arc::new(session.clone())),
        tcp: around.tcp.copied().unwrap_or_default(),
        ..Connection::default()
    };
    // It need not be looked for, and is found even if its preface is missing.
    if session.alpn() == Some(ALPN_HTTP2) {
        return Conversation::Http2(Box::new(Http2Connection::new(connection, 0)));
    }
    Conversation::Probe(Box::new(Probe::within(connection, 0)))
}
