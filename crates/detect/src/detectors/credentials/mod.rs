//! Surface 5: the users' secrets.

mod attempts;
pub(super) mod brute_force;
pub(super) mod sent_in_cleartext;
pub(super) mod stuffing;
pub(super) mod token_shared;
