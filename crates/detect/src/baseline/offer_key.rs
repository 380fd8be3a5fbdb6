//! Whether two clients offer the same, without working out what they offer.

use dissect::tls::registry::is_grease;
use dissect::tls::{Offer, TlsVersion};
use dissect::{Carrier, Session};
use hashbrown::HashMap;

use super::observe::{first_suite, is_readable};
use crate::digest::Key;

/// Versions that a JA4 tells apart; all others are one to it.
const VERSIONS: [TlsVersion; 9] = [
    TlsVersion::SSL2,
    TlsVersion::SSL3,
    TlsVersion::TLS10,
    TlsVersion::TLS11,
    TlsVersion::TLS12,
    TlsVersion::TLS13,
    TlsVersion::DTLS10,
    TlsVersion::DTLS12,
    TlsVersion::DTLS13,
];

/// Hellos that are remembered; a full memory starts afresh. Clients have one for each library, but
/// for those that shuffle what they send.
const MAX_HELLOS: usize = 1_024;

/// Keys of offers, worked out once for hellos that say the same in the same order.
#[derive(Default)]
pub(crate) struct OfferKeys {
    known: HashMap<Key, Key>,
}

impl OfferKeys {
    /// A key that two sessions have in common exactly if [`offer`](super::offer) is the same for
    /// both; `None` where there is none.
    pub(crate) fn of(&mut self, session: &Session) -> Option<Key> {
        let hello = &session.client_hello.as_ref()?.value;
        if session.carrier == Carrier::Dtls || hello.truncated || hello.offer.ssl2_framing {
            return None;
        }
        let is_tcp = session.carrier == Carrier::Tcp;
        let as_sent = Key::of(&(is_tcp, &hello.offer));
        if let Some(key) = self.known.get(&as_sent) {
            return Some(*key);
        }
        let key = key(is_tcp, &hello.offer);
        if self.known.len() >= MAX_HELLOS {
            self.known.clear();
        }
        self.known.insert(as_sent, key);
        Some(key)
    }
}

fn key(is_tcp: bool, offer: &Offer) -> Key {
    let (mut suites, mut extensions) =
        (without_grease(&offer.cipher_suites), without_grease(&offer.extensions));
    // JA4 sorts both: some clients shuffle.
    suites.sort_unstable();
    extensions.sort_unstable();
    let version = TlsVersion(offer.highest_version());
    let readable = offer.alpn.iter().filter(|protocol| is_readable(protocol));
    Key::of(&(
        is_tcp,
        VERSIONS.contains(&version).then_some(version.0),
        suites,
        extensions,
        without_grease(&offer.signature_algorithms),
        without_grease(&offer.key_share_groups),
        first_suite(offer),
        first_protocol(offer),
        readable.collect::<Vec<_>>(),
    ))
}

fn without_grease(values: &[u16]) -> Vec<u16> {
    let mut known = Vec::with_capacity(values.len());
    known.extend(values.iter().filter(|value| !is_grease(**value)));
    known
}

/// What a JA4 tells of the first protocol, which may be no text.
fn first_protocol(offer: &Offer) -> Option<(u8, u8)> {
    let protocol = offer.alpn.first()?;
    let (first, last) = (*protocol.first()?, *protocol.last()?);
    let is_text = first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric();
    Some(if is_text { (first, last) } else { (0, first & 0xf0 | last & 0x0f) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dissect::tls::ClientHello;
    use dissect::tls::group::group_name;
    use dissect::tls::registry::cipher_suite_name;
    use dissect::{PacketSpan, Seen};

    use super::super::offer;
    use super::*;

    fn of(carrier: Carrier, change: impl FnOnce(&mut ClientHello, &mut Offer)) -> Session {
        let mut offer = Offer {
            legacy_version: 0x0303,
            cipher_suites: vec![0x2a2a, 0x1301, 0x1302, 0xc02b],
            extensions: vec![0x3a3a, 0, 16, 10, 13, 43, 51],
            alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            supported_versions: vec![0x4a4a, 0x0304, 0x0303],
            signature_algorithms: vec![0x0403, 0x0804],
            key_share_groups: vec![0x5a5a, 29],
            ..Offer::default()
        };
        let mut hello = ClientHello::default();
        change(&mut hello, &mut offer);
        hello.offer = offer.into();
        let mut session = Session::new(carrier);
        let packets = PacketSpan::default();
        session.client_hello = Some(Seen { value: Arc::new(hello), packets });
        session
    }

    #[test]
    fn keys_are_the_same_exactly_where_offers_are() {
        let tcp = |change: fn(&mut ClientHello, &mut Offer)| of(Carrier::Tcp, change);
        let all = [
            tcp(|_, _| {}),
            tcp(|_, offer| offer.cipher_suites = vec![0x8a8a, 0x1301, 0xc02b, 0x1302]),
            tcp(|_, offer| offer.cipher_suites = vec![0x1302, 0x1301, 0xc02b]),
            tcp(|_, offer| offer.cipher_suites.push(0xc02c)),
            tcp(|_, offer| offer.extensions.reverse()),
            tcp(|_, offer| offer.extensions.push(27)),
            tcp(|_, offer| offer.extensions = vec![16, 10, 13, 43, 51]),
            tcp(|_, offer| offer.signature_algorithms.reverse()),
            tcp(|_, offer| offer.key_share_groups = vec![29]),
            tcp(|_, offer| offer.key_share_groups = vec![23, 29]),
            tcp(|_, offer| offer.alpn.truncate(1)),
            tcp(|_, offer| offer.alpn.insert(0, vec![0x0a, 0x0a])),
            tcp(|_, offer| offer.alpn.insert(0, vec![0x1a, 0x1a])),
            tcp(|_, offer| offer.alpn.push(vec![0x1a, 0x1a])),
            tcp(|_, offer| offer.alpn.clear()),
            tcp(|_, offer| offer.supported_versions = vec![0x0304]),
            tcp(|_, offer| offer.supported_versions = vec![0x0303]),
            tcp(|_, offer| offer.supported_versions = vec![0x7f1c]),
            tcp(|_, offer| offer.supported_versions = vec![0x7f1b]),
            tcp(|_, offer| offer.supported_versions.clear()),
            tcp(|hello, _| hello.sni = Some(String::from("other.test"))),
            tcp(|_, offer| offer.groups = vec![23]),
            tcp(|hello, _| hello.truncated = true),
            tcp(|_, offer| offer.ssl2_framing = true),
            of(Carrier::Quic { version: 1 }, |_, _| {}),
            of(Carrier::Quic { version: 2 }, |_, _| {}),
            of(Carrier::Dtls, |_, _| {}),
        ];
        let mut keys = OfferKeys::default();
        for (at, one) in all.iter().enumerate() {
            for (to, other) in all.iter().enumerate() {
                let same = offer(one) == offer(other);
                assert_eq!(keys.of(one) == keys.of(other), same, "{at} {to}");
            }
        }
        assert_eq!(all.iter().filter(|one| keys.of(one) == keys.of(&all[0])).count(), 8);
    }

    #[test]
    fn the_memory_of_hellos_is_bounded() {
        let mut keys = OfferKeys::default();
        for suite in 0..5_000 {
            let session = of(Carrier::Tcp, |_, offer| offer.cipher_suites.push(suite));
            assert!(keys.of(&session).is_some() && keys.known.len() <= MAX_HELLOS);
        }
    }

    /// Offers are compared by names, keys by numbers.
    #[test]
    fn names_tell_numbers_apart() {
        for name in [cipher_suite_name, group_name] {
            let mut names: Vec<&str> = (0..=u16::MAX).filter_map(name).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count);
        }
    }
}
