//! Protocol anomalies: what a well-behaved peer or capture would not have produced.
//!
//! The word is Zeek's. A weird is a fact, not a judgement: broken stacks, offloading network cards
//! and cut captures produce them every day.

use std::fmt;

/// One anomaly.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Weird {
    /// What kind.
    pub kind: WeirdKind,
    /// Values that explain it, for people; empty if there are none.
    pub detail: String,
}

/// The kinds of anomalies, alphabetical.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum WeirdKind {
    /// An encrypted record that the key for it does not open.
    BadRecordMac,
    /// A certificate that cannot be parsed as X.509.
    CertificateMalformed,
    /// Fragments that overlap, or do not fit together.
    FragmentOverlap,
    /// More fragments than are kept were waiting; the oldest were dropped.
    FragmentsDropped,
    /// Stream bytes that never came; the following ones were read without them.
    Gap,
    /// A handshake message with lengths that do not add up.
    HandshakeMalformed,
    /// A handshake message longer than is kept.
    HandshakeTooLong,
    /// An entry of a HAR file that names no request that can be read.
    HarEntryMalformed,
    /// An entry of a HAR file that is longer than is read.
    HarEntryTooLong,
    /// A message's content ended before as many bytes as its head had promised, although the
    /// connection was closed in order.
    HttpBodyCut,
    /// Content that unpacks to far more than it is: the rest of it is left packed.
    HttpContentExpands,
    /// A head with more fields, or longer ones, than are kept.
    HttpFieldsDropped,
    /// Frames or compressed fields of HTTP/2 or 3, frames of a WebSocket, or a Content-Length, that
    /// no peer understands.
    HttpMalformed,
    /// More requests at the same time than are followed.
    HttpStreamsDropped,
    /// The link type is not one that is read.
    LinkTypeUnknown,
    /// A header whose lengths contradict the bytes that follow.
    PacketMalformed,
    /// QUIC Initial packets that cannot be decrypted with the keys of their version.
    QuicInitialUndecryptable,
    /// More out-of-order bytes than are kept.
    StreamBufferFull,
    /// A segment that repeats stream bytes with other values.
    StreamOverlapDiffers,
    /// A TLS record header that no version allows.
    TlsRecordMalformed,
}

impl WeirdKind {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BadRecordMac => "bad-record-mac",
            Self::CertificateMalformed => "certificate-malformed",
            Self::FragmentOverlap => "fragment-overlap",
            Self::FragmentsDropped => "fragments-dropped",
            Self::Gap => "gap",
            Self::HandshakeMalformed => "handshake-malformed",
            Self::HandshakeTooLong => "handshake-too-long",
            Self::HarEntryMalformed => "har-entry-malformed",
            Self::HarEntryTooLong => "har-entry-too-long",
            Self::HttpBodyCut => "http-body-cut",
            Self::HttpContentExpands => "http-content-expands",
            Self::HttpFieldsDropped => "http-fields-dropped",
            Self::HttpMalformed => "http-malformed",
            Self::HttpStreamsDropped => "http-streams-dropped",
            Self::LinkTypeUnknown => "link-type-unknown",
            Self::PacketMalformed => "packet-malformed",
            Self::QuicInitialUndecryptable => "quic-initial-undecryptable",
            Self::StreamBufferFull => "stream-buffer-full",
            Self::StreamOverlapDiffers => "stream-overlap-differs",
            Self::TlsRecordMalformed => "tls-record-malformed",
        }
    }
}

impl fmt::Display for WeirdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
