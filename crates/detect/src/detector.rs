//! What a detector is, and what it gets to see.

use std::borrow::Cow;
use std::sync::Arc;

use dissect::{Fact, PacketRef, Record, Session, Stage};

use crate::call::Call;
use crate::comparison::Comparison;
use crate::finding::{Confidence, Evidence, Subject};
use crate::ledger::Ledger;
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

/// A set of kinds of records. Most detectors look at one kind, and most records are of interest to
/// few: who watches what is looked up once, so that the others cost nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Kinds(u16);

impl Kinds {
    /// A server's chain was seen.
    pub const CERTIFIED: Self = Self(1 << 0);
    /// A message of DNS.
    pub const DNS: Self = Self(1 << 1);
    /// A session ended.
    pub const ENDED: Self = Self(1 << 2);
    /// An HTTP exchange.
    pub const EXCHANGE: Self = Self(1 << 3);
    /// A flow ended.
    pub const FLOW: Self = Self(1 << 4);
    /// A message about the link.
    pub const LAN: Self = Self(1 << 5);
    /// A server answered a ClientHello.
    pub const NEGOTIATED: Self = Self(1 << 6);
    /// Messages of WebSockets, anomalies, and whatever comes.
    pub const OTHER: Self = Self(1 << 7);
    /// A session, at each of its stages.
    pub const SESSION: Self = Self::NEGOTIATED.and(Self::CERTIFIED).and(Self::ENDED);
    /// Every record.
    pub const ALL: Self = Self(u16::MAX);

    /// How many kinds there are.
    pub(crate) const COUNT: usize = 8;

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the kind with this place is one of them.
    pub(crate) const fn has(self, place: usize) -> bool {
        self.0 >> place & 1 == 1
    }

    /// The place of a fact's kind, below [`Self::COUNT`].
    pub(crate) const fn place(fact: &Fact) -> usize {
        let kind = match fact {
            Fact::Dns(_) => Self::DNS,
            Fact::Exchange(_) => Self::EXCHANGE,
            Fact::Flow(_) => Self::FLOW,
            Fact::Lan(_) => Self::LAN,
            Fact::Session(Stage::Negotiated, _) => Self::NEGOTIATED,
            Fact::Session(Stage::Certified, _) => Self::CERTIFIED,
            Fact::Session(Stage::Ended, _) => Self::ENDED,
            _ => Self::OTHER,
        };
        kind.0.trailing_zeros() as usize
    }
}

/// A line of the registry: the rule, and how to make the detector with its default tunables.
pub struct Registration {
    /// The metadata.
    pub rule: &'static Rule,
    /// The records that it wants to see.
    pub watches: Kinds,
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
    /// What was found so far.
    pub(crate) ledger: &'a Ledger,
    /// Where sightings go.
    pub sightings: &'a mut Vec<Sighting>,
}

impl<'a> Scene<'a> {
    /// The call, if anybody on the way could read along.
    pub(crate) fn plain(&self) -> Option<&'a Call<'a>> {
        self.call.filter(|call| call.is_plain())
    }
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
    pub alternatives: Vec<Cow<'static, str>>,
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
