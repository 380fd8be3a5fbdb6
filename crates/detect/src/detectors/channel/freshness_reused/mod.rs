//! `channel/freshness-reused`: what makes a request fresh is used a second time, or out of its time.
//!
//! ```text
//! mod.rs     the rule, and what all its parts share
//! twice.rs   nonces, proofs and idempotency keys under a second request
//! proof.rs   proofs of possession that do not fit the request (DPoP)
//! window.rs  time stamps, signatures and tokens whose time has passed, and that are taken all the same
//! ```

mod proof;
mod twice;
mod window;

#[cfg(test)]
mod tests;

use dissect::Record;

use self::twice::Twice;
use self::window::Clocks;
use crate::call::Call;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/freshness-reused",
    title: "A value that is used once was used again, or out of its time",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-294",
        "CWE-613",
        "OWASP API2:2023",
        "RFC 9449 section 4.3",
        "RFC 9421 section 7.2.2",
        "RFC 7519 section 4.1.4",
    ],
    explanation: "Nonces, proofs and signatures with a time make every request one of its kind, so that \
        a recording is worth nothing. Here a nonce, the identifier of a DPoP proof or an idempotency \
        key stood under a second request with other content; or a proof named another method, URL or \
        token than the request that it came with; or a time stamp, signature or token was accepted \
        after its time. Either somebody built a request from parts of a recorded one, or what should \
        make replays worthless does not.",
    evidence: "The name of the value and a digest of it, both requests with their packets, and what the \
        server answered. Of proofs what they name and what was asked. Of times by how much they were \
        missed.",
    false_positives: "An app that keeps what it calls a nonce for a session, or one idempotency key for \
        several steps. A phone with a wrong clock: times are compared with the server's Date header \
        where it sends one. A gateway that rewrites URLs after the proof was made.",
    fix: "Make the server remember nonces and proof identifiers for as long as it accepts their time, and \
        refuse the second use; check htm, htu and ath of every DPoP proof; refuse what has expired; \
        answer an idempotency key with another content by 422. Let the app make them anew for every \
        request.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(FreshnessReused::default()),
};

#[derive(Default)]
struct FreshnessReused {
    twice: Twice,
    clocks: Clocks,
}

impl Detector for FreshnessReused {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        if call.request().method == "CONNECT" {
            return;
        }
        scene.sightings.extend(self.twice.sightings(call));
        scene.sightings.extend(proof::sightings(call));
        scene.sightings.extend(self.clocks.sightings(call));
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

/// What a part has to say: what the finding is told from others by, how sure it is, and the end of
/// the title.
struct Reuse {
    key: String,
    confidence: Confidence,
    what: String,
    evidence: Vec<Evidence>,
}

impl Reuse {
    fn raise(self, call: &Call<'_>) -> Sighting {
        let mut evidence = self.evidence;
        evidence.push(call.request_line());
        evidence.extend(call.status());
        let draft = Draft {
            key: self.key,
            confidence: self.confidence,
            title: format!("{}, in a request to {}", self.what, call.label()),
            evidence,
            alternatives: alternatives(&[
                "an app that keeps what should be made anew for every request",
                "a gateway that rewrites requests after they were signed",
            ]),
        };
        draft.on(&RULE, call)
    }
}
