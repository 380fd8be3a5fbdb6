//! What is asked for that was not given, and tokens that are not what they should be.

mod known_keys;
pub(super) mod secret_in_url;
pub(super) mod static_api_key;
