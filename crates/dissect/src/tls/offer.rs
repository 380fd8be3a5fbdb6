//! What a client offers, without what is new in every hello: the same for all connections of one
//! library with one configuration.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::client_extension;
use super::fingerprint::{Ja3, Ja4Carrier, ja3, ja4};
use super::reader::{Reader, u16_list};
use super::registry::{TlsVersion, is_grease};
use crate::seeded;

/// What a client offers. Lists are in wire order and hold GREASE values (RFC 8701) as sent.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Offer {
    /// `legacy_version`: 0x0303 for TLS 1.2 and 1.3.
    pub legacy_version: u16,
    /// Cipher suites. Of an SSL 2.0 hello only the ones that TLS has too.
    pub cipher_suites: Vec<u16>,
    /// Compression methods.
    pub compression_methods: Vec<u8>,
    /// Extension types.
    pub extensions: Vec<u16>,
    /// Protocols of the ALPN extension (RFC 7301).
    pub alpn: Vec<Vec<u8>>,
    /// Versions of the supported_versions extension; empty if it was not sent.
    pub supported_versions: Vec<u16>,
    /// Groups of the supported_groups extension.
    pub groups: Vec<u16>,
    /// Formats of the ec_point_formats extension.
    pub point_formats: Vec<u8>,
    /// Schemes of the signature_algorithms extension.
    pub signature_algorithms: Vec<u16>,
    /// Groups of the key_share extension.
    pub key_share_groups: Vec<u16>,
    /// The early_data extension is there.
    pub early_data: bool,
    /// The encrypted_client_hello extension (0xfe0d) is there: real or GREASE, which looks the same.
    pub encrypted_client_hello: bool,
    /// It came in an SSL 2.0 record.
    pub ssl2_framing: bool,
}

impl Offer {
    /// Reads the outline of a hello, as [`Offers`](super::offers::Offers) draws it: it is whole.
    pub(super) fn of_outline(outline: &[u8]) -> Self {
        let mut reader = Reader::new(outline);
        let mut offer = Self {
            legacy_version: reader.u16().unwrap_or_default(),
            cipher_suites: reader.vector16().map(u16_list).unwrap_or_default(),
            compression_methods: reader.vector8().unwrap_or_default().to_vec(),
            ..Self::default()
        };
        while let (Some(kind), Some(content)) = (reader.u16(), reader.vector16()) {
            // RFC 8446 section 4.2 allows a type once; of a repeated one the first counts.
            let repeated = offer.extensions.contains(&kind);
            offer.extensions.push(kind);
            if !repeated {
                client_extension::read(&mut offer, kind, content);
            }
        }
        offer
    }

    /// The highest version offered: of supported_versions without GREASE, else `legacy_version`.
    /// DTLS counts downwards (0xfefd is above 0xfeff), drafts of TLS 1.3 stand above 0x0304.
    pub fn highest_version(&self) -> u16 {
        self.supported_versions
            .iter()
            .copied()
            .filter(|version| !is_grease(*version))
            .max_by_key(|version| if TlsVersion(*version).is_dtls() { !*version } else { *version })
            .unwrap_or(self.legacy_version)
    }
}

/// An offer that many hellos share, with what is worked out of it once. Comparing two costs no more
/// than comparing two numbers, unless they are equal and of different origin; so does hashing.
#[derive(Clone, Debug)]
pub struct SharedOffer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    offer: Offer,
    /// Seeded per process: nobody can make offers on purpose whose hashes are equal.
    hash: u64,
    ja3: OnceLock<Option<Ja3>>,
    /// One for each carrier.
    ja4: [OnceLock<Option<Arc<str>>>; 3],
}

impl SharedOffer {
    /// Its JA3; see [`ja3`].
    pub fn ja3(&self) -> Option<&Ja3> {
        self.0.ja3.get_or_init(|| ja3(self)).as_ref()
    }

    /// Its JA4; see [`ja4`].
    pub fn ja4(&self, carrier: Ja4Carrier) -> Option<&Arc<str>> {
        let [dtls, quic, tcp] = &self.0.ja4;
        let slot = match carrier {
            Ja4Carrier::Dtls => dtls,
            Ja4Carrier::Quic => quic,
            Ja4Carrier::Tcp => tcp,
        };
        slot.get_or_init(|| ja4(self, carrier).map(Arc::from)).as_ref()
    }
}

impl From<Offer> for SharedOffer {
    fn from(offer: Offer) -> Self {
        let hash = seeded::hash(&offer);
        Self(Arc::new(Shared { offer, hash, ja3: OnceLock::new(), ja4: Default::default() }))
    }
}

impl Default for SharedOffer {
    fn default() -> Self {
        Offer::default().into()
    }
}

impl Deref for SharedOffer {
    type Target = Offer;

    #[inline]
    fn deref(&self) -> &Offer {
        &self.0.offer
    }
}

impl Eq for SharedOffer {}

impl PartialEq for SharedOffer {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.hash == other.0.hash && **self == **other)
    }
}

impl Hash for SharedOffer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highest_version_knows_both_ways_of_counting() {
        let cases: [(&[u16], u16); 5] = [
            (&[], 0x0303),
            (&[0x3a3a, 0x0303, 0x0304], 0x0304),
            (&[0x0304, 0x7f1c], 0x7f1c),
            (&[0xfefd, 0xfefc, 0xfeff], 0xfefc),
            (&[0x3a3a], 0x0303),
        ];
        for (versions, highest) in cases {
            let offer = Offer {
                legacy_version: 0x0303,
                supported_versions: versions.to_vec(),
                ..Offer::default()
            };
            assert_eq!(offer.highest_version(), highest, "{versions:04x?}");
        }
    }

    #[test]
    fn shared_offers_are_equal_if_what_they_offer_is() {
        let of =
            |suite| SharedOffer::from(Offer { cipher_suites: vec![suite], ..Offer::default() });
        let one = of(1);
        assert_eq!((&one, &one), (&one.clone(), &of(1)));
        assert_ne!(one, of(2));
        let set: std::collections::HashSet<SharedOffer> = [one, of(2), of(1)].into();
        assert_eq!(set.len(), 2);
    }

    #[test]
    fn fingerprints_are_worked_out_once_and_for_each_carrier() {
        let offer = SharedOffer::from(Offer { cipher_suites: vec![1], ..Offer::default() });
        for carrier in [Ja4Carrier::Dtls, Ja4Carrier::Quic, Ja4Carrier::Tcp] {
            let first = offer.ja4(carrier).unwrap();
            assert_eq!(Some(first.to_string()), ja4(&offer, carrier));
            assert!(Arc::ptr_eq(first, offer.clone().ja4(carrier).unwrap()));
        }
        assert_eq!(offer.ja3(), ja3(&offer).as_ref());
    }
}
