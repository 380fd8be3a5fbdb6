//! Tests of all parts.
