//! HTTP: one type for what was asked and answered, whatever carried it (RFC 9110).
//!
//! ```text
//! exchange.rs     a request with its response
//! connection.rs   what the exchanges of a connection share
//! credential.rs   who asks
//! content.rs      bodies: collected, content coding taken off
//! coding.rs       gzip, deflate, Brotli and Zstandard
//! fields/         named values of queries and bodies, GraphQL, on demand
//! h1/ h2/ h3/     from the bytes of a connection to exchanges
//! websocket/      what follows an upgrade
//! ```

mod coding;
mod connection;
mod content;
mod credential;
mod exchange;
pub mod fields;
pub mod h1;
pub mod h2;
pub mod h3;
pub mod websocket;

pub use connection::{Connection, Http2Setup};
pub use content::{Body, Coding, decoded};
pub use credential::{Credential, CredentialKind};
pub use exchange::{
    Exchange, Header, Headers, HttpVersion, Incomplete, PseudoFields, Request, Response, Scheme,
};
pub use websocket::{WebSocketKind, WebSocketMessage};
