//! What is being read of one direction.

use super::body::BodyReader;
use super::gather::Gatherer;
use crate::origin::Origin;

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) state: State,
    /// The head as far as it came.
    pub(super) head: Gatherer,
    /// Bytes behind a CONNECT request, until it is answered.
    pub(super) held: Vec<(Vec<u8>, Origin)>,
}

/// What its next bytes are.
#[derive(Debug, Default)]
pub(super) enum State {
    /// Of a body.
    Body(BodyReader),
    /// Of a head.
    #[default]
    Head,
    /// A CONNECT request was sent: what follows may belong to the tunnel.
    Held,
    /// It is not known where the next message starts.
    Lost,
}
