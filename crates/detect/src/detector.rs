//! What a detector is, and what it gets to see.

use std::sync::Arc;

use dissect::{PacketRef, Record, Session};

use crate::call::Call;
use crate::comparison::Comparison;
use crate::finding::{Confidence, Evidence, Subject};
use crate::rule::{Rule, Severity};
use crate::settings::{Known, VantagePoint};
use crate::trust::Trust;

/// Code that reads records and raises sightings. One file each.
pub trait Detector: Send {
    /// Looks at one record. Records come in their total order; `scene` is shared by all detectors.
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>);

    /// An input is over: the last word on what only its end can tell. Packet and flow numbers
    /// start again with the next one, so state that holds them is dropped here.
    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {}
}

/// A line of the registry: the rule, and how to make the detector with its default tunables.
pub struct Registration {
    /// The metadata.
    pub rule: &'static Rule,
    /// Makes a detector without state.
    pub build: fn() -> Box<dyn Detector>,
}

/// What detectors share while one record is looked at.
pub struct Scene<'a> {
    /// The record as a call, if it is an exchange.
    #[allow(dead_code, reason = "detectors of requests read it")]
    pub(crate) call: Option<&'a Call<'a>>,
    /// What the user said is known: baseline, pins, policy, vantage points.
    pub known: &'a Known,
    /// Index of the input that is read.
    pub input: usize,
    /// Trust roots and what is known about chains.
    pub trust: &'a mut Trust,
    /// What comparing two vantage points gave; `None` before, and where nothing is compared.
    pub comparison: &'a mut Option<Comparison>,
    /// Where sightings go.
    pub sightings: &'a mut Vec<Sighting>,
}

/// One raise of a rule; the ledger joins those about the same thing to a finding.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The rule.
    pub rule: &'static Rule,
    /// What tells this finding from others of the same rule, host and client: a certificate's
    /// hash, a cipher suite, … Part of the finding's id.
    pub key: String,
    /// The rule's severity, unless circumstances that the rule names make it another.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One sentence.
    pub title: String,
    /// Whom it is about.
    pub subject: Subject,
    /// The proof.
    pub evidence: Vec<Evidence>,
    /// What else it could be.
    pub alternatives: Vec<String>,
    /// The packet on which it was raised.
    pub packet: PacketRef,
    /// The session it is about, if it is about one.
    pub session: Option<Arc<Session>>,
    /// The input of `packet`, where it is not the one that is read.
    pub input: Option<usize>,
    /// Where each piece of evidence was captured, by its place in `evidence`. Empty unless vantage
    /// points are compared.
    pub captures: Vec<Option<VantagePoint>>,
}
