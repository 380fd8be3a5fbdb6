//! Surface 4: what the app runs on.

pub(super) mod proxy_setup;
