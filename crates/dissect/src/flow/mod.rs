//! Flows: both directions of one five-tuple.

mod community_id;
mod summary;
mod tuple;

pub use summary::{FlowEnd, FlowSummary};
pub use tuple::{Endpoint, Flow, FlowId, Transport, Tunnel};
