//! Parts that views are put together from. Each is a pure function of what it is given.

pub(crate) mod body;
pub(crate) mod candidates;
pub(crate) mod chain;
pub(crate) mod columns;
pub(crate) mod comparison;
pub(crate) mod connection;
pub(crate) mod diff;
pub(crate) mod handshake;
pub(crate) mod header;
mod hello;
pub(crate) mod hex;
pub(crate) mod json;
pub(crate) mod ladder;
pub(crate) mod line;
pub(crate) mod message;
pub(crate) mod oid;
pub(crate) mod packet;
pub(crate) mod page;
#[cfg(test)]
pub(crate) mod samples;
pub(crate) mod status;
