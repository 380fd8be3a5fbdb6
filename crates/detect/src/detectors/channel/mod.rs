//! Surface 2: what lies between app and service.

pub(super) mod arp_spoofed;
mod case;
pub(super) mod expired_certificate;
pub(super) mod hostname_mismatch;
pub(super) mod known_interceptor;
pub(super) mod self_signed_certificate;
pub(super) mod untrusted_issuer;
pub(super) mod weak_certificate;
pub(super) mod weak_protocol;
