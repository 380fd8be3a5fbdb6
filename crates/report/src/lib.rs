//! Findings and records as text, JSON and JSON Lines: a crate of its own so that the formats, which
//! are public API, depend on nothing but what is to be said.
//!
//! The promises: same findings in, same bytes out (no clock, no locale, no terminal is asked
//! anything), and no byte that came off the wire reaches a terminal unescaped. Everything is
//! written to an [`std::io::Write`] that the caller gives; the only errors are that writer's.

pub mod catalogue;
pub mod escape;
pub mod evidence;
pub mod har;
pub mod input;
pub mod json;
pub mod pins;
pub mod records;
pub mod redact;
pub mod schema;
pub mod text;
pub mod time;

#[cfg(test)]
mod samples;

pub use input::{Document, Input, Summary};

/// Name and version of the JSON document (`"schema"`); the number changes when a consumer has to.
pub const SCHEMA: &str = "interloper/1";

/// The tool's version, as all formats state it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
