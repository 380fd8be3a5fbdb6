//! Is the channel to a host end to end? What findings and sessions about it say together.
//!
//! Findings decide; where there are none, it counts whether a certificate could be looked at. The
//! worst that was seen stands: a host that was intercepted once was intercepted.

use dissect::{Carrier, Session};

use crate::finding::Finding;
use crate::rule::Severity;

/// Rules that say that somebody sits in the channel and is let in.
const INTERCEPTED: [&str; 7] = [
    "channel/bad-certificate-accepted",
    "channel/interception-accepted",
    "channel/not-end-to-end",
    "channel/pin-mismatch",
    "channel/request-modified",
    "channel/ssl-stripped",
    "channel/terminated-here",
];

/// Rules that say that somebody may sit in the channel, and not what came of it.
const IN_DOUBT: [&str; 12] = [
    "channel/answered-locally",
    "channel/captive-portal",
    "channel/dns-spoofed",
    "channel/expired-certificate",
    "channel/forged-on-the-fly",
    "channel/hostname-mismatch",
    "channel/issuer-changed",
    "channel/known-interceptor",
    "channel/self-signed-certificate",
    "channel/server-fingerprint-changed",
    "channel/untrusted-issuer",
    "channel/downgraded",
];

/// The rule that says that the client did not let him in.
const REFUSED: &str = "channel/certificate-refused";

/// What is known of a host's channel; worst first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// Somebody sits in it, and is let in.
    Intercepted,
    /// A client refused a certificate, and nobody accepted it.
    Refused,
    /// Something is wrong with a certificate or an answer, and it is not clear what came of it.
    InDoubt,
    /// No certificate could be looked at, and nothing else says anything.
    NotObservable,
    /// Certificates were looked at, and nothing is wrong with them.
    EndToEnd,
}

impl Verdict {
    /// All, worst first.
    pub const ALL: [Self; 5] =
        [Self::Intercepted, Self::Refused, Self::InDoubt, Self::NotObservable, Self::EndToEnd];

    /// The words used in outputs.
    pub const fn words(self) -> &'static str {
        match self {
            Self::EndToEnd => "end to end",
            Self::InDoubt => "in doubt",
            Self::Intercepted => "intercepted",
            Self::NotObservable => "not observable",
            Self::Refused => "refused",
        }
    }
}

/// What was seen of one host so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Signs {
    intercepted: bool,
    refused: bool,
    in_doubt: bool,
    certificate: bool,
}

impl Signs {
    /// Takes in a finding about the host.
    pub fn finding(&mut self, finding: &Finding) {
        let rule = finding.rule.id;
        if INTERCEPTED.contains(&rule) {
            self.intercepted = true;
        } else if rule == REFUSED {
            self.refused = true;
        } else if IN_DOUBT.contains(&rule) && finding.severity >= Severity::Medium {
            self.in_doubt = true;
        }
    }

    /// Takes in a session with the host.
    pub fn session(&mut self, session: &Session) {
        // Certificates of DTLS are self-signed and vouch for nothing.
        self.certificate |=
            session.carrier != Carrier::Dtls && session.certificates.seen().is_some();
    }

    /// What they say together.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self { intercepted: true, .. } => Verdict::Intercepted,
            Self { refused: true, .. } => Verdict::Refused,
            Self { in_doubt: true, .. } => Verdict::InDoubt,
            Self { certificate: true, .. } => Verdict::EndToEnd,
            Self { .. } => Verdict::NotObservable,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dissect::x509::{CertificateCache, Chain};
    use dissect::{Observed, PacketSpan, Seen};

    use super::*;
    use crate::detectors::DETECTORS;
    use crate::detectors::testing::sighting;
    use crate::ledger::Ledger;

    fn signs(rules: &[&'static str], certificate: bool) -> Signs {
        let mut signs = Signs::default();
        let mut ledger = Ledger::new(0);
        for rule in rules {
            ledger.add(sighting(rule, ("10.0.0.2", "203.0.113.5:443"), Some("a.test")));
        }
        ledger.findings().for_each(|finding| signs.finding(finding));
        let mut session = Session::new(Carrier::Tcp);
        if certificate {
            let chain = Chain::from_ders([&b"x"[..]], &mut CertificateCache::default());
            let packets = PacketSpan::default();
            session.certificates = Observed::Seen(Seen { value: Arc::new(chain), packets });
        }
        signs.session(&session);
        signs
    }

    #[test]
    fn the_worst_stands() {
        for (rules, certificate, verdict) in [
            (&[][..], false, Verdict::NotObservable),
            (&[], true, Verdict::EndToEnd),
            (&["channel/weak-protocol"], true, Verdict::EndToEnd),
            (&["channel/untrusted-issuer"], true, Verdict::InDoubt),
            (&["channel/untrusted-issuer", REFUSED], true, Verdict::Refused),
            (&[REFUSED, "channel/interception-accepted"], true, Verdict::Intercepted),
            (&["channel/not-end-to-end"], false, Verdict::Intercepted),
        ] {
            assert_eq!(signs(rules, certificate).verdict(), verdict, "{rules:?} {certificate}");
        }
    }

    #[test]
    fn the_rules_exist() {
        for id in INTERCEPTED.iter().chain(&IN_DOUBT).chain([&REFUSED]) {
            assert!(DETECTORS.iter().any(|detector| detector.rule.id == *id), "{id}");
        }
    }
}
