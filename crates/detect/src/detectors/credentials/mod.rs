//! Surface 5: the users' secrets.

pub(super) mod sent_in_cleartext;
