//! The registry: one line each, alphabetical by rule.

mod channel;

use crate::detector::Registration;

/// Every detector.
pub const DETECTORS: &[Registration] = &[];
