//! HTTP: one type for what was asked and answered, whatever carried it (RFC 9110).
//!
//! ```text
//! exchange.rs     a request with its response
//! connection.rs   what the exchanges of a connection share
//! credential.rs   who asks
//! content.rs      bodies: collected, content coding taken off
//! h1/ h2/ h3/     from the bytes of a connection to exchanges
//! websocket.rs    what follows an upgrade
//! ```

mod connection;
mod content;
mod credential;
mod exchange;
pub mod h1;
pub mod h2;
pub mod h3;
mod websocket;

pub use connection::{ClientIdentity, Connection, Http2Setup};
pub use content::{Body, Coding};
pub use credential::{Credential, CredentialKind, is_session_cookie};
pub use exchange::{
    Exchange, Header, Headers, HttpVersion, Incomplete, PseudoFields, Request, Response, Scheme,
};
pub use websocket::{WebSocketKind, WebSocketMessage};
