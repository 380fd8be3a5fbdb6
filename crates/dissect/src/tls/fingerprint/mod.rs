//! Fingerprints of hellos: JA3, JA3S (Salesforce, BSD-3) and JA4 (FoxIO, BSD-3).
//!
//! Nothing else of the JA4+ family: those methods are under a licence that forbids commercial use.
//! All are computed on demand, from a hello that was read, never while reading.

mod ja3;
mod ja4;

pub use ja3::{Ja3, ja3, ja3s};
pub use ja4::{Ja4Carrier, ja4, ja4_raw};
