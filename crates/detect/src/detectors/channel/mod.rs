//! Surface 2: what lies between app and service.

mod case;
pub(super) mod expired_certificate;
pub(super) mod forged_on_the_fly;
pub(super) mod hostname_mismatch;
pub(super) mod incomplete_chain;
pub(super) mod known_interceptor;
pub(super) mod self_signed_certificate;
pub(super) mod untrusted_issuer;
pub(super) mod weak_certificate;
pub(super) mod weak_protocol;
