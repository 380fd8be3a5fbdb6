//! HTTP: one type for what was asked and answered, whatever carried it (RFC 9110).
//!
//! ```text
//! exchange.rs     a request with its response
//! connection.rs   what the exchanges of a connection share
//! credential.rs   who asks
//! content.rs      bodies: collected, content coding taken off
//! content_hash.rs their SHA-256, on demand
//! field_code.rs   integers and strings of compressed fields
//! coding.rs       gzip, deflate, Brotli and Zstandard
//! grpc.rs         calls of gRPC, and their messages
//! huffman.rs      the code of their strings
//! fields.rs       fields of a head or trailers of HTTP/2 and 3
//! jwt.rs          JSON Web Tokens, taken apart
//! stream.rs       a request with its response in HTTP/2 and 3, while they come
//! values/         named values of queries and bodies, GraphQL, on demand
//! h1/ h2/ h3/     from the bytes of a connection to exchanges
//! websocket/      what follows an upgrade
//! ```

mod coding;
mod connection;
mod content;
mod content_hash;
mod credential;
mod exchange;
mod field_code;
mod fields;
mod grpc;
pub mod h1;
pub mod h2;
pub mod h3;
mod huffman;
mod jwt;
mod stream;
pub mod values;
pub mod websocket;

pub use connection::{ClientIdentity, Connection, Http2Setup, Http3Setup};
pub use content::{Body, Coding, decoded};
pub use content_hash::ContentHash;
pub(crate) use content_hash::sha256;
pub use credential::{
    Credential, CredentialKind, is_credential_header, is_key_header, is_session_cookie,
};
pub use exchange::{
    Exchange, Header, Headers, HttpVersion, Incomplete, PseudoFields, Request, Response, Scheme,
};
pub use grpc::{Grpc, GrpcMessage, grpc_messages};
pub use jwt::Jwt;
pub use websocket::{WebSocketKind, WebSocketMessage};
