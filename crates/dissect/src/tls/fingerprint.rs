//! Fingerprints of hellos: JA3, JA3S (Salesforce, BSD-3) and JA4 (FoxIO, BSD-3).
//!
//! Nothing else of the JA4+ family: those methods are under a licence that forbids commercial use.
