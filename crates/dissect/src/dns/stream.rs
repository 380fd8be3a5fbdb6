//! DNS over TCP: each message behind its length (RFC 1035 section 4.2.2).

use std::sync::Arc;

use super::{DnsMessage, DnsProtocol};
use crate::bytes::u16_at;
use crate::packet::PacketRef;
use crate::record::Fact;

/// Both directions of a connection.
#[derive(Debug, Default)]
pub(crate) struct DnsStream {
    client: Side,
    server: Side,
    used: bool,
}

/// Holds one message at the most, whose length has 16 bits.
#[derive(Debug, Default)]
struct Side {
    held: Vec<u8>,
    /// Bytes were missing: where messages begin is not known any more.
    lost: bool,
}

impl DnsStream {
    /// Whether nothing was taken in yet.
    pub(crate) const fn is_fresh(&self) -> bool {
        !self.used
    }

    /// The next bytes of one direction. Gives back whether they are still DNS.
    pub(crate) fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        at: PacketRef,
        facts: &mut Vec<Fact>,
    ) -> bool {
        self.used = true;
        let side = if from_client { &mut self.client } else { &mut self.server };
        if side.lost {
            return true;
        }
        side.held.extend(bytes);
        let mut used = 0_usize;
        while let Some(length) = u16_at(&side.held, used) {
            let start = used.saturating_add(2);
            let end = start.saturating_add(usize::from(length));
            let Some(message) = side.held.get(start..end) else { break };
            match DnsMessage::read(message, DnsProtocol::Dns, at, from_client) {
                Some(message) => facts.push(Fact::Dns(Arc::new(message))),
                None => return false,
            }
            used = end;
        }
        side.held.drain(..used.min(side.held.len()));
        true
    }

    /// Bytes of one direction are missing.
    pub(crate) fn gap(&mut self, from_client: bool) {
        let side = if from_client { &mut self.client } else { &mut self.server };
        *side = Side { held: Vec::new(), lost: true };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_in_any_pieces() {
        let query = b"\0\x1d\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03api\x04test\0\0\x01\0\x01";
        let query = [&[0, 26], &query[2..]].concat();
        let two = query.repeat(2);
        for size in 1..two.len() {
            let (mut stream, mut facts) = (DnsStream::default(), Vec::new());
            for piece in two.chunks(size) {
                assert!(stream.data(true, piece, PacketRef::default(), &mut facts));
            }
            assert_eq!(facts.len(), 2, "{size}");
        }
        let (mut stream, mut facts) = (DnsStream::default(), Vec::new());
        assert!(!stream.data(true, &[0, 3, 1, 2, 3], PacketRef::default(), &mut facts));
        stream.gap(false);
        assert!(stream.data(false, &query, PacketRef::default(), &mut facts));
        assert!(facts.is_empty());
    }
}
