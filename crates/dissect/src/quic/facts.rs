//! What was seen of a QUIC connection besides its hellos.

/// Facts of one connection so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct QuicFacts {
    /// The server sent a Retry (with a valid integrity tag, where the version has one).
    pub retry: bool,
    /// Versions in the server's Version Negotiation packet; empty if there was none. At most 32.
    pub offered_versions: Vec<u32>,
    /// 0-RTT packets that the client sent.
    pub zero_rtt_packets: u32,
    /// Initial packets that were decrypted, of both sides.
    pub initial_packets: u32,
    /// Initial packets that no known key opens, or that the capture has cut.
    pub undecryptable: u32,
    /// The first CONNECTION_CLOSE in an Initial packet, or in a Handshake packet that was opened.
    pub close: Option<QuicClose>,
}

/// A CONNECTION_CLOSE frame (RFC 9000 section 19.19).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct QuicClose {
    /// The client sent it.
    pub from_client: bool,
    /// RFC 9000 section 20.1.
    pub error_code: u64,
}

impl QuicClose {
    /// AlertDescription of the TLS alert that it stands for: codes 0x0100 to 0x01ff
    /// (RFC 9001 section 4.8).
    pub const fn alert_description(self) -> Option<u8> {
        let [.., high, low] = self.error_code.to_be_bytes();
        if self.error_code <= 0x01ff && high == 1 { Some(low) } else { None }
    }
}

/// What one datagram brought.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct QuicProgress {
    /// There are new contiguous CRYPTO bytes of the side that sent the datagram.
    pub crypto: bool,
    /// The same of Handshake packets, which need keys.
    pub protected: bool,
    /// A new connection attempt began on the flow: the CRYPTO bytes of both sides start over.
    pub restarted: bool,
    /// Initial packets in it that could not be decrypted.
    pub undecryptable: u32,
    /// Version of a packet in it whose Initial keys are not known here.
    pub unknown_version: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_in_close_codes() {
        let alert = |error_code| QuicClose { from_client: true, error_code }.alert_description();
        assert_eq!((alert(0x0100), alert(0x0130), alert(0x01ff)), (Some(0), Some(48), Some(255)));
        assert_eq!(
            (alert(0), alert(0xff), alert(0x0200), alert(0x1_0130)),
            (None, None, None, None)
        );
    }
}
