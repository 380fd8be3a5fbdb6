//! TLS as far as it is readable: SSL 3.0 to TLS 1.3, and the same handshake messages where QUIC and
//! DTLS carry them. With a key log the encrypted handshake of TLS 1.3 is readable too.

pub(crate) mod aead;
pub mod alert;
pub mod certificate_message;
pub mod client_extension;
pub mod client_hello;
pub(crate) mod connection;
#[cfg(test)]
mod connection_tests;
pub(crate) mod decrypt;
mod decryption;
pub mod dtls;
mod early;
pub mod encrypted_extensions;
pub mod fingerprint;
pub mod flight;
pub mod group;
pub mod hello;
pub mod keylog;
pub mod offer;
pub mod offers;
pub mod pieces;
pub(crate) mod prf;
pub(crate) mod protection;
pub(crate) mod reader;
mod record_block;
pub(crate) mod record_cipher;
pub(crate) mod record_layer;
mod record_mac;
pub(crate) mod record_suite;
pub mod registry;
#[cfg(test)]
mod sealer;
pub(crate) mod secret;
pub mod server_hello;
pub(crate) mod session_builder;
mod session_state;
mod surroundings;
mod turn;
mod turn12;
mod waiting;

pub use alert::Alert;
pub use client_hello::{ClientHello, HelloId};
pub use encrypted_extensions::EncryptedExtensions;
pub use hello::HelloError;
pub use keylog::KeyLog;
pub use offer::{Offer, SharedOffer};
pub use offers::Offers;
pub use registry::TlsVersion;
pub use server_hello::ServerHello;
