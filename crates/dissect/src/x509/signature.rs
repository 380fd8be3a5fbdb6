//! Whether a key made a certificate's signature.

use super::certificate::{Certificate, SignatureCheck};

impl Certificate {
    /// Whether `issuer`'s key made this certificate's signature. Names are not compared.
    pub fn verify_signature(&self, _issuer: &Self) -> SignatureCheck {
        SignatureCheck::Unsupported
    }

    /// Whether the certificate is signed with its own key, whatever its names say.
    pub fn is_self_signed(&self) -> SignatureCheck {
        self.verify_signature(self)
    }
}
