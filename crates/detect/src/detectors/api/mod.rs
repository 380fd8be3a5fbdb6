//! Surface 1: what is asked for that was not given, and tokens that are not what they should be.

mod known_keys;
pub(super) mod object_id_walk;
pub(super) mod object_of_another_user;
pub(super) mod parameter_pollution;
pub(super) mod secret_in_url;
pub(super) mod static_api_key;
pub(super) mod token_tampered_accepted;
pub(super) mod token_weak;
