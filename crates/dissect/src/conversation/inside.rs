//! What a TLS connection carries, where there are keys: a conversation of its own, which may be a
//! proxy's tunnel with TLS in it again.

use std::sync::Arc;

use super::{Conversation, Outcome, Probe};
use crate::http::Connection;
use crate::limits::PRELUDES;
use crate::origin::Origin;
use crate::session::{Session, SessionEnd};
use crate::tls::connection::Inside;
use crate::tls::session_builder::Surroundings;

/// The conversation inside, once there is something of it.
#[derive(Debug, Default)]
pub(crate) struct Inner(Option<Box<Conversation>>);

impl Inner {
    /// The connection is over, or followed no further.
    pub(super) fn finish(&mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        if let Some(mut conversation) = self.0.take() {
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
        let conversation = self.0.get_or_insert_with(|| Box::new(begin(session, around)));
        let outcome = conversation.data(from_client, bytes, origin, around);
        // Who is the client is known here; what says otherwise is not understood.
        if matches!(outcome, Outcome::Reversed(_)) {
            **conversation = Conversation::Counted;
        }
    }

    fn gap(&mut self, from_client: bool, around: &mut Surroundings<'_>) {
        if let Some(conversation) = &mut self.0 {
            conversation.gap(from_client, None, around);
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
    Conversation::Probe(Box::new(Probe::within(connection, 0)))
}
