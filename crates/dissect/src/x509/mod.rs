//! Certificates as sent (RFC 5280): what they say, in order, without any judgement.

pub mod cache;
pub mod certificate;
pub mod chain;
pub mod name;
pub mod validity;

mod asn1;
mod extension;
mod parse;
mod public_key;
mod signature;
mod text;

pub use cache::CertificateCache;
pub use certificate::{
    Certificate, CertificateError, ExtensionEntry, GeneralName, PublicKey, SignatureCheck,
    SignedCertificateTimestamp,
};
pub use chain::{Chain, ChainEntry};
pub use name::{Attribute, Name};
pub use validity::ValidityTime;
