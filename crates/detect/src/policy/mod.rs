//! The user's own rules: which private CAs are allowed, how grave things are, which hosts matter,
//! and what is known and need not be said again.
//!
//! A policy is applied to every sighting in one place (`Detection`), so that no detector has to
//! remember it, and it is judged at the packet's time: the same capture gives the same result
//! whenever it is read. Later parts win: severities by rule, then hosts, then allowed CAs, then
//! suppressions.

mod allow;
#[allow(dead_code, reason = "detectors of requests read it")]
mod api;
mod file;
pub(crate) mod keys;
mod proposal;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use dissect::Timestamp;
use dissect::x509::{Chain, Name};

use crate::detector::Sighting;
use crate::finding::Evidence;
use crate::rule::Severity;

pub use allow::AllowedCa;
pub(crate) use api::{Api, UNKNOWN};
pub use file::PolicyError;
pub use proposal::Proposer;

use crate::pattern::Pattern;

/// Rules that only say, each in its way, that the holder of the chain's CA sits in the channel.
/// Where he is allowed to, they are good to know and no more. What is wrong beside that (an
/// expired certificate, a weak protocol) stays as grave as it is.
const FOLLOW_FROM_THE_CA: [&str; 11] = [
    "channel/answered-locally",
    "channel/forged-on-the-fly",
    "channel/interception-accepted",
    "channel/issuer-changed",
    "channel/known-interceptor",
    "channel/not-end-to-end",
    "channel/pin-mismatch",
    "channel/self-signed-certificate",
    "channel/server-fingerprint-changed",
    "channel/terminated-here",
    "channel/untrusted-issuer",
];

/// What is allowed. Empty unless one was given.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    allowed: Vec<AllowedCa>,
    severities: BTreeMap<&'static str, Severity>,
    suppressions: Vec<Suppression>,
    hosts: Vec<Host>,
    apis: Vec<Api>,
}

/// A finding that is known.
#[derive(Clone, Debug)]
struct Suppression {
    rule: &'static str,
    host: Option<Pattern>,
    client: Option<Pattern>,
    issuer: Option<Pattern>,
    finding: Option<String>,
    reason: String,
    expires: Expiry,
}

/// Hosts that matter.
#[derive(Clone, Debug)]
struct Host {
    name: Pattern,
    /// By how many levels findings about it are graver.
    raise: u8,
}

/// The last day on which something counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Expiry {
    /// The first second after it.
    end: i64,
    year: i32,
    month: u8,
    day: u8,
}

/// What a policy says to a sighting.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Decision {
    /// It counts, perhaps with another severity.
    Keep,
    /// It is known.
    Suppress,
}

impl Policy {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.allowed.is_empty()
            && self.severities.is_empty()
            && self.suppressions.is_empty()
            && self.hosts.is_empty()
            && self.apis.is_empty()
    }

    /// The allowed CA that this chain leads to, if there is one for this host at this time.
    pub fn allows(&self, chain: &Chain, host: Option<&str>, at: Timestamp) -> Option<&AllowedCa> {
        let allowed = self.allowed.iter().filter(|allowed| allowed.counts_at(at));
        allowed.filter(|allowed| allowed.is_for(host)).find(|allowed| allowed.issued(chain))
    }

    /// What is said of the API of this host; the first entry that fits counts.
    pub(crate) fn api(&self, host: &str) -> &Api {
        self.apis.iter().find(|api| api.is_of(host)).unwrap_or(&UNKNOWN)
    }

    /// Applies the policy to a sighting. `id` is the finding's; what would have counted and has
    /// expired is added to `notes`.
    pub(crate) fn apply(
        &self,
        sighting: &mut Sighting,
        id: &str,
        notes: &mut impl FnMut(String),
    ) -> Decision {
        if let Some(severity) = self.severities.get(sighting.rule.id) {
            sighting.severity = *severity;
        }
        self.apply_hosts(sighting);
        self.apply_allowed(sighting, notes);
        let at = sighting.packet.timestamp;
        let mut decision = Decision::Keep;
        for suppression in self.suppressions.iter().filter(|known| known.fits(sighting, id)) {
            if suppression.expires.counts_at(at) {
                decision = Decision::Suppress;
            } else {
                notes(suppression.expired());
            }
        }
        decision
    }

    fn apply_hosts(&self, sighting: &mut Sighting) {
        let label = sighting.subject.label();
        let about = self.hosts.iter().filter(|host| host.name.fits(&label));
        // What is merely good to know does not become a problem because the host matters.
        if sighting.severity > Severity::Info
            && let Some(raise) = about.map(|host| host.raise).max()
        {
            sighting.severity = raised(sighting.severity, raise);
        }
    }

    fn apply_allowed(&self, sighting: &mut Sighting, notes: &mut impl FnMut(String)) {
        if self.allowed.is_empty() || !FOLLOW_FROM_THE_CA.contains(&sighting.rule.id) {
            return;
        }
        let Some(chain) = sighting.session.as_ref().and_then(|s| s.certificates.seen()) else {
            return;
        };
        let at = sighting.packet.timestamp;
        let host = sighting.subject.host.clone();
        match self.allows(&chain.value, host.as_deref(), at) {
            Some(allowed) => {
                let value = format!("{}: {}", allowed.name, allowed.reason);
                let packets = chain.packets.numbers();
                sighting.severity = Severity::Info;
                sighting.evidence.push(Evidence { packets, fact: "allowed-by-policy", value });
            }
            None => {
                let expired = self.allowed.iter().filter(|allowed| !allowed.counts_at(at));
                let expired = expired.filter(|allowed| {
                    allowed.is_for(host.as_deref()) && allowed.issued(&chain.value)
                });
                for allowed in expired {
                    notes(allowed.expired());
                }
            }
        }
    }
}

impl Suppression {
    fn fits(&self, sighting: &Sighting, id: &str) -> bool {
        let subject = &sighting.subject;
        let client = || subject.client.map(|client| client.to_string());
        let issuer = || issuer(sighting).map(ToString::to_string);
        self.rule == sighting.rule.id
            && self.host.as_ref().is_none_or(|host| host.fits(&subject.label()))
            && fits(self.client.as_ref(), client)
            && fits(self.issuer.as_ref(), issuer)
            && self.finding.as_ref().is_none_or(|finding| finding == id)
    }

    fn expired(&self) -> String {
        format!(
            "policy: the suppression of {} ({}) expired on {}",
            self.rule, self.reason, self.expires
        )
    }
}

fn fits(pattern: Option<&Pattern>, text: impl Fn() -> Option<String>) -> bool {
    pattern.is_none_or(|pattern| text().is_some_and(|text| pattern.fits(&text)))
}

/// Who issued the leaf of the session that a sighting is about.
fn issuer(sighting: &Sighting) -> Option<&Name> {
    let chain = sighting.session.as_ref()?.certificates.seen()?;
    chain.value.leaf().map(|leaf| &leaf.issuer)
}

/// The severity this many levels up.
fn raised(severity: Severity, levels: u8) -> Severity {
    let above = Severity::ALL.iter().rev().skip_while(|level| **level != severity);
    above.take(usize::from(levels).saturating_add(1)).last().copied().unwrap_or(severity)
}

impl Expiry {
    /// The day itself counts to its end, in UTC.
    const fn counts_at(self, at: Timestamp) -> bool {
        at.secs() < self.end
    }
}

impl std::fmt::Display for Expiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
