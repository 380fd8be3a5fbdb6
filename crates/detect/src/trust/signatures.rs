//! Whose key made which signature: computed once for each certificate and key, or for each signature
//! where `webpki` asks.
//!
//! A signature costs as much as a thousand look-ups, and the same one is asked for by path building
//! without dates, with dates, and by those who ask whether a name is borrowed; and again whenever an
//! intermediate becomes known that a chain without a path may have lacked.

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use dissect::x509::{Certificate, SignatureCheck};
use hashbrown::HashMap;
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

use crate::digest::Key;

/// Most results that are remembered; a full memory starts afresh.
const MAX_RESULTS: usize = 16_384;

/// The results so far.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    /// `webpki` wants algorithms that could be used by several threads.
    known: Mutex<HashMap<Key, SignatureCheck>>,
}

impl Signatures {
    /// Whether the key of this SubjectPublicKeyInfo made the certificate's signature.
    pub(super) fn check(&self, certificate: &Certificate, spki: &[u8]) -> SignatureCheck {
        self.once(&(certificate.sha256, spki), || certificate.verify_signature_with(spki))
    }

    /// Whether the certificate is signed with its own key, whatever its names say.
    pub(super) fn is_self_signed(&self, certificate: &Certificate) -> SignatureCheck {
        self.check(certificate, &certificate.spki)
    }

    /// The same for `webpki`.
    pub(super) fn remember(
        &self,
        algorithm: &'static dyn SignatureVerificationAlgorithm,
    ) -> Remembered<'_> {
        Remembered { algorithm, signatures: self }
    }

    fn once(&self, what: &impl Hash, compute: impl FnOnce() -> SignatureCheck) -> SignatureCheck {
        let key = Key::of(what);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(result) = known.get(&key) {
            return *result;
        }
        let result = compute();
        if known.len() >= MAX_RESULTS {
            known.clear();
        }
        known.insert(key, result);
        result
    }
}

/// An algorithm of `webpki`, whose results are remembered: the same intermediate is behind many leaves.
#[derive(Debug)]
pub(super) struct Remembered<'a> {
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    signatures: &'a Signatures,
}

impl SignatureVerificationAlgorithm for Remembered<'_> {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }

    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let algorithm = (self.public_key_alg_id(), self.signature_alg_id());
        let algorithm = (algorithm.0.as_ref(), algorithm.1.as_ref());
        let what = (algorithm, public_key, message, signature);
        let result = self.signatures.once(&what, || {
            match self.algorithm.verify_signature(public_key, message, signature) {
                Ok(()) => SignatureCheck::Valid,
                Err(InvalidSignature) => SignatureCheck::Invalid,
            }
        });
        if result == SignatureCheck::Valid { Ok(()) } else { Err(InvalidSignature) }
    }
}
