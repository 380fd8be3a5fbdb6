//! Records in, findings out: a crate of its own so that every judgement is pure and deterministic.
//!
//! Like `dissect` it has no I/O, no clock and no threads. It holds every detector, the trust roots
//! and the ledger that joins sightings to findings.

pub mod baseline;
pub mod detector;
pub mod detectors;
pub mod filter;
pub mod finding;
pub mod hostname;
pub mod ledger;
pub mod outcome;
pub mod pins;
pub mod policy;
pub mod rule;
pub mod settings;
pub mod trust;
pub mod verdict;

#[allow(dead_code, reason = "detectors of requests read it")]
mod call;
mod comparison;
mod detection;
#[allow(dead_code, reason = "tables are keyed by it")]
mod digest;
mod har;
mod held;
mod host_names;
mod issuing;
mod loopback;
mod pattern;
#[allow(dead_code, reason = "detectors of requests remember in it")]
mod table;
mod when;
mod words;

pub use comparison::Comparison;
pub use detection::{Detection, NotObservable};
pub use detector::{Detector, Registration, Scene, Sighting};
pub use detectors::DETECTORS;
pub use finding::{Confidence, Evidence, Finding, Subject};
pub use held::MAX_HELD_SESSIONS;
pub use ledger::{Change, Ledger};
pub use rule::{Need, Rule, Severity, Surface};
pub use settings::{Known, Settings, VantagePoint};
pub use trust::{Assessment, PathStatus, RootOrigin, Trust, UndecidedReason};
pub use verdict::{Signs, Verdict};
