//! The registry: one line each, alphabetical by rule.

mod api;
mod app;
mod channel;
mod credentials;
mod device;
mod draft;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod testing_http;

use crate::detector::Registration;

/// Every detector.
pub const DETECTORS: &[Registration] = &[
    api::object_id_walk::REGISTRATION,
    api::object_of_another_user::REGISTRATION,
    api::parameter_pollution::REGISTRATION,
    api::secret_in_url::REGISTRATION,
    api::static_api_key::REGISTRATION,
    api::token_tampered_accepted::REGISTRATION,
    api::token_weak::REGISTRATION,
    app::call_sequence_broken::REGISTRATION,
    app::impersonated_by_script::REGISTRATION,
    app::unknown_client::REGISTRATION,
    channel::answered_locally::REGISTRATION,
    channel::arp_spoofed::REGISTRATION,
    channel::bad_certificate_accepted::REGISTRATION,
    channel::captive_portal::REGISTRATION,
    channel::certificate_refused::REGISTRATION,
    channel::cleartext_api::REGISTRATION,
    channel::dns_spoofed::REGISTRATION,
    channel::downgraded::REGISTRATION,
    channel::expired_certificate::REGISTRATION,
    channel::explicit_proxy::REGISTRATION,
    channel::forged_on_the_fly::REGISTRATION,
    channel::freshness_reused::REGISTRATION,
    channel::hostname_mismatch::REGISTRATION,
    channel::icmp_redirect::REGISTRATION,
    channel::incomplete_chain::REGISTRATION,
    channel::interception_accepted::REGISTRATION,
    channel::issuer_changed::REGISTRATION,
    channel::known_interceptor::REGISTRATION,
    channel::not_end_to_end::REGISTRATION,
    channel::pin_mismatch::REGISTRATION,
    channel::replayed_handshake::REGISTRATION,
    channel::request_modified::REGISTRATION,
    channel::request_replayed::REGISTRATION,
    channel::rogue_dhcp::REGISTRATION,
    channel::rogue_router::REGISTRATION,
    channel::self_signed_certificate::REGISTRATION,
    channel::server_fingerprint_changed::REGISTRATION,
    channel::ssl_stripped::REGISTRATION,
    channel::terminated_here::REGISTRATION,
    channel::untrusted_issuer::REGISTRATION,
    channel::weak_certificate::REGISTRATION,
    channel::weak_protocol::REGISTRATION,
    credentials::brute_force::REGISTRATION,
    credentials::sent_in_cleartext::REGISTRATION,
    credentials::stuffing::REGISTRATION,
    credentials::token_shared::REGISTRATION,
    device::proxy_setup::REGISTRATION,
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn ids() -> Vec<&'static str> {
        DETECTORS.iter().map(|registration| registration.rule.id).collect()
    }

    #[test]
    fn ids_are_unique_and_alphabetical() {
        let ids = ids();
        assert!(!ids.is_empty());
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }

    #[test]
    fn ids_begin_with_their_surface() {
        for registration in DETECTORS {
            let rule = registration.rule;
            let (surface, name) = rule.id.split_once('/').expect(rule.id);
            assert_eq!(surface, rule.surface.word());
            let fits = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(!name.is_empty() && name.chars().all(fits), "{}", rule.id);
        }
    }

    #[test]
    fn every_text_says_something() {
        for rule in DETECTORS.iter().map(|registration| registration.rule) {
            for text in [rule.explanation, rule.evidence, rule.false_positives, rule.fix] {
                assert!(text.len() > 40 && text.ends_with('.'), "{}: {text:?}", rule.id);
                assert!(!text.contains("  "), "{}: {text:?}", rule.id);
            }
            assert!(!rule.title.is_empty() && !rule.title.ends_with('.'), "{}", rule.id);
            assert!(!rule.needs.is_empty() && !rule.references.is_empty(), "{}", rule.id);
            assert!(rule.references.iter().all(|reference| !reference.is_empty()), "{}", rule.id);
        }
    }

    #[test]
    fn every_rule_has_a_file_of_its_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/detectors");
        for id in ids() {
            let stem = folder.join(id.replace('-', "_"));
            let file = stem.with_extension("rs");
            assert!(file.is_file() || stem.join("mod.rs").is_file(), "{id}: {}", file.display());
        }
    }
}
