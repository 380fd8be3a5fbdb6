//! Surface 2: what lies between app and service.

mod acceptance;
pub(super) mod answered_locally;
pub(super) mod arp_spoofed;
pub(super) mod bad_certificate_accepted;
pub(super) mod captive_portal;
mod case;
pub(super) mod certificate_refused;
pub(super) mod cleartext_api;
pub(super) mod downgraded;
pub(super) mod expired_certificate;
pub(super) mod explicit_proxy;
pub(super) mod hostname_mismatch;
pub(super) mod interception_accepted;
pub(super) mod issuer_changed;
pub(super) mod known_interceptor;
mod leg;
pub(super) mod not_end_to_end;
pub(super) mod pin_mismatch;
pub(super) mod replayed_handshake;
pub(super) mod self_signed_certificate;
pub(super) mod server_fingerprint_changed;
pub(super) mod ssl_stripped;
pub(super) mod terminated_here;
pub(super) mod untrusted_issuer;
pub(super) mod weak_certificate;
pub(super) mod weak_protocol;
