//! Whether two clients offer the same, without working out what they offer.

use dissect::tls::registry::is_grease;
use dissect::tls::{ClientHello, TlsVersion};
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
        if session.carrier == Carrier::Dtls || hello.truncated || hello.ssl2_framing {
            return None;
        }
        let is_tcp = session.carrier == Carrier::Tcp;
        let as_sent = Key::of(&(
            is_tcp,
            hello.legacy_version,
            &hello.supported_versions,
            &hello.cipher_suites,
            &hello.extensions,
            &hello.signature_algorithms,
            &hello.key_share_groups,
            &hello.alpn,
        ));
        if let Some(key) = self.known.get(&as_sent) {
            return Some(*key);
        }
        let key = key(is_tcp, hello);
        if self.known.len() >= MAX_HELLOS {
            self.known.clear();
        }
        self.known.insert(as_sent, key);
        Some(key)
    }
}

fn key(is_tcp: bool, hello: &ClientHello) -> Key {
    let (mut suites, mut extensions) =
        (without_grease(&hello.cipher_suites), without_grease(&hello.extensions));
    // JA4 sorts both: some clients shuffle.
    suites.sort_unstable();
    extensions.sort_unstable();
    let version = TlsVersion(hello.highest_version());
    let readable = hello.alpn.iter().filter(|protocol| is_readable(protocol));
    Key::of(&(
        is_tcp,
        VERSIONS.contains(&version).then_some(version.0),
        suites,
        extensions,
        without_grease(&hello.signature_algorithms),
        without_grease(&hello.key_share_groups),
        first_suite(hello),
        first_protocol(hello),
        readable.collect::<Vec<_>>(),
    ))
}

fn without_grease(values: &[u16]) -> Vec<u16> {
    let mut known = Vec::with_capacity(values.len());
    known.extend(values.iter().filter(|value| !is_grease(**value)));
    known
}

/// What a JA4 tells of the first protocol, which may be no text.
fn first_protocol(hello: &ClientHello) -> Option<(u8, u8)> {
    let protocol = hello.alpn.first()?;
    let (first, last) = (*protocol.first()?, *protocol.last()?);
    let is_text = first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric();
    Some(if is_text { (first, last) } else { (0, first & 0xf0 | last & 0x0f) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dissect::tls::group::group_name;
    use dissect::tls::registry::cipher_suite_name;
    use dissect::{PacketSpan, Seen};

    use super::super::offer;
    use super::*;

    fn of(carrier: Carrier, change: impl FnOnce(&mut ClientHello)) -> Session {
        let mut hello = ClientHello {
            legacy_version: 0x0303,
            cipher_suites: vec![0x2a2a, 0x1301, 0x1302, 0xc02b],
            extensions: vec![0x3a3a, 0, 16, 10, 13, 43, 51],
            alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            supported_versions: vec![0x4a4a, 0x0304, 0x0303],
            signature_algorithms: vec![0x0403, 0x0804],
            key_share_groups: vec![0x5a5a, 29],
            ..ClientHello::default()
        };
        change(&mut hello);
        let mut session = Session::new(carrier);
        let packets = PacketSpan::default();
        session.client_hello = Some(Seen { value: Arc::new(hello), packets });
        session
    }

    #[test]
    fn keys_are_the_same_exactly_where_offers_are() {
        let tcp = |change: fn(&mut ClientHello)| of(Carrier::Tcp, change);
        let all = [
            tcp(|_| {}),
            tcp(|hello| hello.cipher_suites = vec![0x8a8a, 0x1301, 0xc02b, 0x1302]),
            tcp(|hello| hello.cipher_suites = vec![0x1302, 0x1301, 0xc02b]),
            tcp(|hello| hello.cipher_suites.push(0xc02c)),
            tcp(|hello| hello.extensions.reverse()),
            tcp(|hello| hello.extensions.push(27)),
            tcp(|hello| hello.extensions = vec![16, 10, 13, 43, 51]),
            tcp(|hello| hello.signature_algorithms.reverse()),
            tcp(|hello| hello.key_share_groups = vec![29]),
            tcp(|hello| hello.key_share_groups = vec![23, 29]),
            tcp(|hello| hello.alpn.truncate(1)),
            tcp(|hello| hello.alpn.insert(0, vec![0x0a, 0x0a])),
            tcp(|hello| hello.alpn.insert(0, vec![0x1a, 0x1a])),
            tcp(|hello| hello.alpn.push(vec![0x1a, 0x1a])),
            tcp(|hello| hello.alpn.clear()),
            tcp(|hello| hello.supported_versions = vec![0x0304]),
            tcp(|hello| hello.supported_versions = vec![0x0303]),
            tcp(|hello| hello.supported_versions = vec![0x7f1c]),
            tcp(|hello| hello.supported_versions = vec![0x7f1b]),
            tcp(|hello| hello.supported_versions.clear()),
            tcp(|hello| hello.sni = Some(String::from("other.test"))),
            tcp(|hello| hello.groups = vec![23]),
            tcp(|hello| hello.truncated = true),
            tcp(|hello| hello.ssl2_framing = true),
            of(Carrier::Quic { version: 1 }, |_| {}),
            of(Carrier::Quic { version: 2 }, |_| {}),
            of(Carrier::Dtls, |_| {}),
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
            let session = of(Carrier::Tcp, |hello| hello.cipher_suites.push(suite));
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
