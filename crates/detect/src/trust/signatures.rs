//! Whose key made which signature: computed once for each certificate and key.
//!
//! A signature costs as much as a thousand look-ups, and the same one is asked for by path building
//! without dates, with dates, and by those who ask whether a name is borrowed; and again whenever an
//! intermediate becomes known that a chain without a path may have lacked.

use std::cell::RefCell;

use dissect::x509::{Certificate, SignatureCheck};
use hashbrown::HashMap;

use crate::digest::Key;

/// Most results that are remembered; a full memory starts afresh.
const MAX_RESULTS: usize = 16_384;

/// The results so far.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    known: RefCell<HashMap<Key, SignatureCheck>>,
}

impl Signatures {
    /// Whether the key of this SubjectPublicKeyInfo made the certificate's signature.
    pub(super) fn check(&self, certificate: &Certificate, spki: &[u8]) -> SignatureCheck {
        let key = Key::of(&(certificate.sha256, spki));
        let mut known = self.known.borrow_mut();
        if let Some(result) = known.get(&key) {
            return *result;
        }
        let result = certificate.verify_signature_with(spki);
        if known.len() >= MAX_RESULTS {
            known.clear();
        }
        known.insert(key, result);
        result
    }

    /// Whether the certificate is signed with its own key, whatever its names say.
    pub(super) fn is_self_signed(&self, certificate: &Certificate) -> SignatureCheck {
        self.check(certificate, &certificate.spki)
    }
}
