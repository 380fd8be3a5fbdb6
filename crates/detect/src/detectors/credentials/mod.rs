//! Surface 5: the users' secrets.

pub(super) mod brute_force;
mod guesses;
pub(super) mod sent_in_cleartext;
pub(super) mod stuffing;
pub(super) mod token_shared;
