//! The filter language: what the terminal UI types behind `/`, and what `--filter` takes.
//!
//! ```text
//! cart                      "cart" in any field; also in titles and quoted facts of findings
//! host:shop  path:/^\/v1/   text is in it, an expression fits; case does not count
//! host:=api.shop.test       the whole text; so is host:*.shop.test, with * for any text
//! sev:>=high  status:4xx    severities, ports and statuses compare
//! ip:10.0.0.0/8             either side; client: is the client
//! "two words"               quotes make all of it text
//! a b    a | b    !a        and, or, not; ( … ) around several
//! ```
//!
//! mitmproxy's `~m ~d ~u ~c ~t ~e` are understood, too. A thing is asked through [`Fields`], so
//! that views which hold less than a whole session can be filtered as well. Filters come from
//! files and users: their length, their depth and the size of expressions are limited, and expressions
//! take linear time.

mod ask;
mod complete;
mod field;
mod needle;
mod network;
mod of;
mod paint;
mod parse;
mod read;
mod session;
mod short;
mod token;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use complete::{Completion, complete};
pub use field::{FINDING_FIELDS, Field, Fields, RECORD_FIELDS, RESULTS};
pub use of::{OfExchange, OfRecord, OfSession};
pub use paint::{Paint, paint};

use ask::Ask;

/// Longest filter, in bytes.
pub const MAX_FILTER_BYTES: usize = 1_000;

/// What must be true of a thing. The default lets everything pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    ask: Ask,
}

/// What is wrong with a filter.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// Where: bytes of the text, between characters.
    pub at: Range<usize>,
    /// What is wrong there, and what would be right.
    pub message: String,
}

impl Default for Filter {
    fn default() -> Self {
        Self { ask: Ask::All(Vec::new()) }
    }
}

impl Filter {
    /// Reads a filter.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text).map(|ask| Self { ask })
    }

    /// Nothing is asked, so that all pass.
    pub fn is_empty(&self) -> bool {
        matches!(&self.ask, Ask::All(asks) if asks.is_empty())
    }

    /// Whether a thing passes.
    pub fn matches(&self, thing: &dyn Fields) -> bool {
        self.ask.is_true_of(thing)
    }

    /// Whether every term asks for one of these fields. Words without a key ask for what a thing
    /// has, whatever that is, and do not count.
    pub fn asks_only(&self, fields: &[Field]) -> bool {
        self.ask.asks_only(fields)
    }
}
