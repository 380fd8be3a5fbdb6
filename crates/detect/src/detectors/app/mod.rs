//! Surface 3: whether a client is the app that it says it is.

pub(super) mod call_sequence_broken;
pub(super) mod impersonated_by_script;
mod known;
pub(super) mod unknown_client;
