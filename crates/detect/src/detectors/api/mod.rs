//! What is asked for that was not given, and tokens that are not what they should be.

pub(crate) mod object_id_walk;
pub(crate) mod object_of_another_user;
pub(crate) mod parameter_pollution;
pub(crate) mod token_tampered_accepted;
pub(crate) mod token_weak;
mod viewer;
