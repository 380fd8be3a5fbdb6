//! TLS as far as it is readable without keys: SSL 3.0 to TLS 1.3, and the same handshake
//! messages where QUIC and DTLS carry them.

pub mod alert;
pub mod client_extension;
pub mod client_hello;
pub(crate) mod connection;
pub mod dtls;
pub mod fingerprint;
pub mod flight;
pub mod group;
pub mod hello;
pub mod pieces;
pub(crate) mod reader;
pub(crate) mod record_layer;
pub mod registry;
pub mod server_hello;
pub(crate) mod session_builder;

pub use alert::Alert;
pub use client_hello::ClientHello;
pub use hello::HelloError;
pub use registry::TlsVersion;
pub use server_hello::ServerHello;
