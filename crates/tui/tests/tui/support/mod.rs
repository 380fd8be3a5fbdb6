//! Hand-made findings, certificates and sessions: shared by the tests and the demo.

mod certificates;
mod exchanges;
mod findings;
mod run;
mod sessions;

pub use certificates::{CertificateSketch, chain};
pub use exchanges::{
    ExchangeSketch, body, form, grpc, headers, login, missing, picture, requests, told,
};
pub use findings::{FindingSketch, INTERCEPTED, KNOWN_INTERCEPTOR, REFUSED, all, updates};
pub use run::{
    Ending, FORGED, GENUINE, PHONE, SessionSketch, TABLET, bytes_of, capture, content, device,
    finished, input, progress, sessions, traffic, weird,
};
pub use sessions::{intercepted, refused};

use dissect::{PacketRef, PacketSpan, Timestamp};

/// 2026-08-23 10:15:00 UTC.
pub const START: i64 = 1_787_480_100;

/// A packet that was captured as many milliseconds after the start as its number says.
pub fn packet(number: u64) -> PacketRef {
    let millis = i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    let nanos = Timestamp::from_secs(START).nanos().saturating_add(millis);
    PacketRef { number, timestamp: Timestamp::from_nanos(nanos) }
}

/// The packets of one message.
pub fn packets(first: u64, last: u64) -> PacketSpan {
    PacketSpan { first: packet(first), last: packet(last) }
}
