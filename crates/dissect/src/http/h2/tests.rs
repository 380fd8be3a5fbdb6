//! Frames as data.
