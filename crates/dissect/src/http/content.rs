//! The content of a message (RFC 9110 section 6.4), while it comes and when it is there: transfer
//! coding taken off by whoever reads the connection, content coding taken off here.

use super::Headers;
use crate::limits::HTTP_BODY_BYTES;
use crate::record::Fact;

/// The content of a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Body {
    /// Its first bytes without the content coding, at most
    /// [`HTTP_BODY_BYTES`](crate::limits::HTTP_BODY_BYTES). As sent where `coding` says so.
    pub bytes: Vec<u8>,
    /// All bytes that were seen of it as sent, with the content coding.
    pub length: u64,
    /// What became of the content coding.
    pub coding: Coding,
    /// SHA-256 of all of it as sent, with the content coding. `None` if there is none, or if it is
    /// not whole.
    pub sha256: Option<[u8; 32]>,
}

/// What became of the content coding (RFC 9110 section 8.4).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Coding {
    /// There was none.
    #[default]
    Identity,
    /// It was taken off.
    Decoded,
    /// The bytes are as sent: the coding is not known here, or what came is not that.
    Left,
}

/// Takes a message's content in.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    body: Body,
    lost: bool,
}

impl Collector {
    /// The next bytes as sent, transfer coding off.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.body.length = self.body.length.saturating_add(bytes.len() as u64);
        let room = HTTP_BODY_BYTES.saturating_sub(self.body.bytes.len());
        self.body.bytes.extend(bytes.get(..room.min(bytes.len())).unwrap_or_default());
    }

    /// Some of its bytes are missing.
    pub(crate) const fn lose(&mut self) {
        self.lost = true;
    }

    /// All of it came, or (not `whole`) no more will: what it is without the coding that `headers`
    /// name.
    pub(crate) fn finish(self, _headers: &Headers, _whole: bool, _facts: &mut Vec<Fact>) -> Body {
        self.body
    }
}
