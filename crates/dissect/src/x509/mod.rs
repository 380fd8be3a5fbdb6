//! Certificates as sent (RFC 5280): what they say, in order, without any judgement.

pub mod certificate;
pub mod chain;
pub mod name;

pub use certificate::{
    Certificate, CertificateError, ExtensionEntry, GeneralName, PublicKey, SignatureCheck,
    SignedCertificateTimestamp,
};
pub use chain::{Chain, ChainEntry};
pub use name::{Attribute, Name};
