//! The user's own rules: what is allowed, and how grave things are.

/// What is allowed. Empty unless one was given.
#[derive(Clone, Debug, Default)]
pub struct Policy {}
