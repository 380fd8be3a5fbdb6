//! Surface 2: what lies between app and service.

mod acceptance;
pub(super) mod bad_certificate_accepted;
mod case;
pub(super) mod certificate_refused;
pub(super) mod expired_certificate;
pub(super) mod hostname_mismatch;
pub(super) mod interception_accepted;
pub(super) mod known_interceptor;
pub(super) mod pin_mismatch;
pub(super) mod self_signed_certificate;
pub(super) mod untrusted_issuer;
pub(super) mod weak_certificate;
pub(super) mod weak_protocol;
