//! Surface 2: what lies between app and service.

pub(super) mod answered_locally;
mod case;
pub(super) mod expired_certificate;
pub(super) mod hostname_mismatch;
pub(super) mod known_interceptor;
mod leg;
pub(super) mod not_end_to_end;
pub(super) mod replayed_handshake;
pub(super) mod self_signed_certificate;
pub(super) mod terminated_here;
pub(super) mod untrusted_issuer;
pub(super) mod weak_certificate;
pub(super) mod weak_protocol;
