//! Whether a client is the app that it says it is.
