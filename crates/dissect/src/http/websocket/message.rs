//! A message in the making.

use super::inflate::{Broken, Inflater};
use super::{Coding, Incomplete, PacketSpan, WebSocketKind};
use crate::limits::HTTP_BODY_BYTES;

/// What came of a message so far.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) kind: WebSocketKind,
    pub(super) packets: PacketSpan,
    pub(super) bytes: Vec<u8>,
    pub(super) length: u64,
    pub(super) coding: Coding,
    pub(super) incomplete: Option<Incomplete>,
    /// The first bytes as sent, should it turn out that they are not what they claim.
    sent: Vec<u8>,
}

impl Message {
    pub(super) fn new(kind: WebSocketKind, packed: bool, packets: PacketSpan) -> Self {
        let coding = if packed { Coding::Decoded } else { Coding::Identity };
        let (bytes, sent) = (Vec::new(), Vec::new());
        Self { kind, packets, bytes, length: 0, coding, incomplete: None, sent }
    }

    /// Takes in bytes of its payload, unmasked.
    pub(super) fn take(&mut self, bytes: &[u8], inflater: &mut Inflater) -> Result<(), Broken> {
        self.length = self.length.saturating_add(bytes.len() as u64);
        let as_sent = match self.coding {
            Coding::Decoded => &mut self.sent,
            Coding::Identity | Coding::Left => &mut self.bytes,
        };
        let room = HTTP_BODY_BYTES.saturating_sub(as_sent.len()).min(bytes.len());
        as_sent.extend(bytes.get(..room).unwrap_or_default());
        if self.coding != Coding::Decoded {
            return Ok(());
        }
        let taken = inflater.take(bytes, &mut self.bytes);
        self.unpacked(taken)
    }

    /// Its last byte was seen.
    pub(super) fn end(&mut self, inflater: &mut Inflater) -> Result<(), Broken> {
        if self.coding != Coding::Decoded {
            return Ok(());
        }
        let ended = inflater.end(&mut self.bytes);
        self.unpacked(ended)
    }

    /// Leaves it packed where it cannot be unpacked; what was unpacked of it is kept.
    fn unpacked(&mut self, result: Result<(), Broken>) -> Result<(), Broken> {
        if result.is_err() && self.bytes.is_empty() {
            self.bytes = std::mem::take(&mut self.sent);
            self.coding = Coding::Left;
        }
        result
    }
}
