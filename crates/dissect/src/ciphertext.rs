//! What an encrypted TLS record shows without keys: its length, and when it came from whom.
//!
//! RFC 8446 section 5.2 calls such a record a `TLSCiphertext`. The lengths of a handshake's first
//! ones tell what is in them: certificates, Finished, alerts.

use crate::packet::PacketRef;

/// An encrypted record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ciphertext {
    /// The client sent it.
    pub from_client: bool,
    /// Content type as on the wire: 23 in TLS 1.3, whatever is inside; before, the true one
    /// (20 ChangeCipherSpec is never encrypted and not listed).
    pub content_type: u8,
    /// Bytes of the body, without the five of the record's header.
    pub length: u16,
    /// The packet in which its header began.
    pub at: PacketRef,
    /// Content type inside (RFC 8446 section 5.2), if the record could be decrypted: 21 alert,
    /// 22 handshake, 23 application data.
    pub inner_type: Option<u8>,
}
