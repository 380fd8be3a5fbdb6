//! A judgement: rule, subject, evidence, confidence, and what else it could be.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use dissect::{Endpoint, Flow, PacketRef, Session};

use crate::rule::{Rule, Severity};
use crate::settings::VantagePoint;

/// One judgement. Findings about the same thing are one finding with a `count`.
#[derive(Clone, Debug)]
pub struct Finding {
    /// `f-` and 16 hex digits: a hash of rule, subject and key evidence, stable across runs.
    pub id: String,
    /// The rule that was broken.
    pub rule: &'static Rule,
    /// The rule's severity, unless a policy changed it.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// One sentence that names the host and whoever is to blame.
    pub title: String,
    /// Whom it is about.
    pub subject: Subject,
    /// What proves it.
    pub evidence: Vec<Evidence>,
    /// Where each piece of evidence was captured, by its place in `evidence`. Empty unless vantage
    /// points are compared.
    pub captures: Vec<Option<VantagePoint>>,
    /// What else would look like this.
    pub alternatives: Vec<Cow<'static, str>>,
    /// The packet on which it was raised first.
    pub first_seen: PacketRef,
    /// The packet on which it was raised last.
    pub last_seen: PacketRef,
    /// How often it was seen.
    pub count: u64,
    /// Index of the input of the first sighting, whose packets the evidence counts; 0 if there is
    /// only one.
    pub input: usize,
    /// The session of the first sighting, for faces that show the handshake. `None` if it is about
    /// none, or if earlier findings hold as much as
    /// [may be held](crate::Settings::held_sessions).
    pub session: Option<Arc<Session>>,
}

impl Finding {
    /// The evidence, each piece with where it was captured: of two compared captures, whose
    /// packets its numbers count.
    pub fn placed_evidence(&self) -> impl Iterator<Item = (&Evidence, Option<VantagePoint>)> {
        let place = |at| self.captures.get(at).copied().flatten();
        self.evidence.iter().enumerate().map(move |(at, evidence)| (evidence, place(at)))
    }

    /// What lists are ordered by: worst first, then in the order of the input; at one packet, what
    /// is surer goes first.
    pub fn rank(&self) -> impl Ord + '_ {
        (
            Reverse(self.severity),
            self.input,
            self.first_seen,
            Reverse(self.confidence),
            self.rule.id,
            self.id.as_str(),
        )
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Confidence {
    /// It fits, and so do other things.
    Possible,
    /// Other explanations are far-fetched.
    Likely,
    /// It follows from the bytes.
    Certain,
}

impl Confidence {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Whom a finding is about.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The client's address; its port changes with every connection and is left out.
    pub client: Option<std::net::IpAddr>,
    /// The server.
    pub server: Option<Endpoint>,
    /// Name of the host: SNI, Host header, CONNECT target or DNS answer.
    pub host: Option<String>,
    /// The flow of the first sighting.
    pub flow: Option<Arc<Flow>>,
}

impl Subject {
    /// The host, or else the server's endpoint: what a title calls it.
    pub fn label(&self) -> String {
        match (&self.host, self.server) {
            (Some(host), _) => host.clone(),
            (None, Some(server)) => server.to_string(),
            (None, None) => String::from("unknown host"),
        }
    }
}

/// A quoted fact, and the packets it stands in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// 1-based packet numbers, ascending.
    pub packets: Vec<u64>,
    /// What kind of fact: `issuer`, `not-after`, `cipher-suite`, …
    pub fact: &'static str,
    /// The fact as it was on the wire, as text; not yet escaped.
    pub value: String,
}
