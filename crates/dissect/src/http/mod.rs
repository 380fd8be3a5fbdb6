//! HTTP: one type for what was asked and answered, whatever carried it (RFC 9110).

mod exchange;
pub mod h1;

pub use exchange::{
    Body, Exchange, Header, Headers, HttpVersion, Incomplete, Request, Response, Scheme,
};
