//! Flows: both directions of one five-tuple.

mod community_id;
mod connection;
pub(crate) mod entry;
pub(crate) mod eras;
pub(crate) mod expiry;
pub(crate) mod history;
pub(crate) mod key;
pub(crate) mod moves;
#[cfg(test)]
mod moves_tests;
pub(crate) mod shunt;
pub(crate) mod stream;
mod summary;
mod tuple;

pub use shunt::{Counted, Shunt};
pub use summary::{FlowEnd, FlowSummary};
pub use tuple::{Endpoint, Flow, FlowId, Transport, Tunnel};
