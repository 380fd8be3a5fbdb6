//! Surface 2: what lies between app and service.

pub(super) mod arp_spoofed;
mod case;
pub(super) mod dns_spoofed;
pub(super) mod expired_certificate;
pub(super) mod hostname_mismatch;
pub(super) mod icmp_redirect;
pub(super) mod known_interceptor;
pub(super) mod rogue_dhcp;
pub(super) mod rogue_router;
pub(super) mod self_signed_certificate;
pub(super) mod untrusted_issuer;
pub(super) mod weak_certificate;
pub(super) mod weak_protocol;
