//! `channel/request-modified`: a request or a response is not what its sender sent.
//!
//! ```text
//! proof/        something in it binds the content, and does not fit: digests, signatures, MACs
//! legs/         it was seen before and after somebody in between
//! diff/         what tells the two apart, and how grave it is
//! inferred.rs   what one leg alone makes likely
//! ```

mod diff;
mod inferred;
mod legs;
mod proof;

use dissect::Record;

use self::inferred::Inferred;
use self::legs::Legs;
use self::proof::Proofs;
use crate::detector::{Detector, Kinds, Registration, Scene};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/request-modified",
    title: "A request or its response was changed on the way",
    severity: Severity::Critical,
    surface: Surface::Channel,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-345",
        "CWE-353",
        "CWE-924",
        "MASVS-NETWORK-1",
        "ATT&CK T1565.002",
        "ATT&CK T1557",
        "RFC 9530",
        "RFC 9421",
    ],
    explanation: "What arrived is not what was sent: the amount of a transfer, the path, a \
        header, the price in an answer. It shows in one of three ways. A digest, signature or MAC \
        in the message does not match its content. The same exchange was seen before and after \
        somebody in between, in two captures that are compared or on both legs of a proxy in one \
        capture, and the two differ. Or one leg alone makes it likely: a signature that stays the \
        same while what it covers changes is low to high by what it is, and marks that a proxy \
        left in a request of an app are low.",
    evidence: "The request line and each part that differs, as it was before and after: method, \
        path, parameters of the query, headers, fields of the body by their JSON path \
        (`$.amount: 10 → 9999`), status and response; other content by length and hash. Of \
        secrets only that they changed. Each piece names its packets and, where two captures are \
        compared, the capture that they count in. For a digest, signature or MAC: which one, and \
        what it should have been.",
    false_positives: "What belongs to the service and rewrites by design: a gateway or reverse \
        proxy that maps paths, puts another credential in place, or adds to the body. Middleboxes \
        of the operator that compress or add headers are told apart and not raised. A company's \
        proxy adds Via or X-Forwarded-For legitimately. Two captures of different exchanges that \
        look alike are not paired: what has no unique partner is left out.",
    fix: "Find the machine between the two points, or in front of the service, that changes \
        traffic: its address is in the evidence. Undo what the changed requests did. Pin the \
        hosts that matter and trust no user-installed authorities, so that nobody can open TLS in \
        between; let the app sign method, path and body of requests that move money or rights \
        (RFC 9421 with Content-Digest, or an HMAC), and let the server refuse what does not fit.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(RequestModified::default()),
};

/// Asks its parts.
#[derive(Default)]
struct RequestModified {
    inferred: Inferred,
    legs: Legs,
    proofs: Proofs,
}

impl Detector for RequestModified {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        scene.sightings.extend(self.proofs.sightings(call));
        self.legs.observe(call, scene);
        scene.sightings.extend(self.inferred.sightings(call));
    }

    fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        self.inferred = Inferred::default();
        self.proofs = Proofs::default();
        self.legs.end_of_input(scene);
    }
}
