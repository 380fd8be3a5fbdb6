//! `api/token-tampered-accepted`: a token that nobody could have issued like that, and the server takes
//! it.
//!
//! Without the key nothing can be verified. But tokens can be compared: what one issuer signs, it signs
//! in one way; one content has one signature where the algorithm is not random; and one signature has
//! one content.

#[cfg(test)]
mod tests;

use dissect::{PacketSpan, Record};

use crate::call::Call;
use crate::call::outcome::Outcome;
use crate::call::quote::{quote, shortened};
use crate::call::tokens::Token;
use crate::detector::{Detector, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Digest;
use crate::finding::Confidence;
use crate::policy::keys::verify_jwt;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "api/token-tampered-accepted",
    title: "A token that was tampered with is accepted",
    severity: Severity::Critical,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &[
        "OWASP API2:2023",
        "CWE-345",
        "CWE-347",
        "RFC 8725 section 3.1",
        "ATT&CK T1550.001",
    ],
    explanation: "A request showed a JSON Web Token that its issuer did not make: it is not signed at all, \
        or its signature is that of another content, or not that which this content had before, or its \
        algorithm is not the issuer's. And the server answered as if it were sound. So it does not \
        verify tokens, at least not here, and anybody can be any user: who he is, which role he has and \
        how long is written by himself.",
    evidence: "The request with its status, where the token stood, a digest of it, its algorithm, and the \
        token that it was compared with. Tokens are not quoted.",
    false_positives: "A route that asks for no token and answers everybody: then the token plays no part; \
        where the same route was seen to serve requests without one, it is only possible. An issuer that \
        changes its algorithm.",
    fix: "Verify every token at every route: fix the algorithm for each key, never take it from the token; \
        refuse none; use a library that does this by default, and test with altered tokens. Until then \
        treat all that these routes did as done by anybody.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, build: || Box::new(TokenTamperedAccepted::default()) };

/// Most tokens, issuers and routes that are remembered.
const MAX_TOKENS: usize = 1 << 17;
const MAX_ROUTES: usize = 1 << 14;
/// Seconds for which they are.
const LIFETIME: i64 = 86_400;

struct TokenTamperedAccepted {
    /// The signature of each content, by header and claims.
    signatures: Table<Digest, Known>,
    /// The content of each signature.
    contents: Table<Digest, Known>,
    /// The algorithm of each issuer.
    algorithms: Table<Digest, Known>,
    /// Routes that answered without a token.
    open_routes: Table<Digest, ()>,
    /// Issuers of which a token fits the key in the policy.
    verified: Table<Digest, ()>,
}

/// What was seen first, and where.
#[derive(Clone, Copy)]
struct Known {
    value: Digest,
    packets: PacketSpan,
}

impl Default for TokenTamperedAccepted {
    fn default() -> Self {
        Self {
            signatures: Table::new(MAX_TOKENS, LIFETIME),
            contents: Table::new(MAX_TOKENS, LIFETIME),
            algorithms: Table::new(MAX_ROUTES, LIFETIME),
            open_routes: Table::new(MAX_ROUTES, LIFETIME),
            verified: Table::new(MAX_ROUTES, LIFETIME),
        }
    }
}

impl Detector for TokenTamperedAccepted {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        if matches!(call.request().method.as_str(), "CONNECT" | "OPTIONS") {
            return;
        }
        let accepted = call.outcome() == Outcome::Accepted;
        let route = Digest::text(call.route());
        if call.credentials().is_empty() && accepted {
            self.open_routes.entry(route, call.answered_at(), || ());
        }
        let shown = call.tokens().iter().filter(|token| token.credential.is_some());
        for token in shown.filter(|token| token.jwt.media_type() != "dpop+jwt") {
            // One that was refused may be the forged one: it is no measure of others.
            if !accepted {
                continue;
            }
            let Some(fault) = self.by_key(call, token) else { continue };
            let is_open = self.open_routes.find(&route, call.answered_at()).is_some();
            scene.sightings.push(raise(call, token, &fault, is_open));
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

/// What is wrong with a token.
struct Fault {
    key: &'static str,
    words: &'static str,
    confidence: Confidence,
    /// The token that it was compared with.
    before: Option<PacketSpan>,
}

impl TokenTamperedAccepted {
    fn fault(&mut self, call: &Call<'_>, token: &Token) -> Option<Fault> {
        let jwt = &token.jwt;
        jwt.claims.as_ref()?;
        let packets = call.request().packets;
        let now = call.answered_at();
        let algorithm = jwt.algorithm();
        if algorithm.eq_ignore_ascii_case("none") || jwt.signature.is_empty() {
            let confidence = Confidence::Certain;
            return Some(Fault {
                key: "unsigned",
                words: "is not signed",
                confidence,
                before: None,
            });
        }
        let (signed, signature) = (Digest::text(&jwt.signed), Digest::of([&jwt.signature[..]]));
        let seen = |value| move || Known { value, packets };
        // What is not random gives one content one signature.
        let same_each_time =
            algorithm.starts_with("HS") || algorithm.starts_with("RS") || algorithm == "EdDSA";
        let known = *self.signatures.entry(signed, now, seen(signature));
        if same_each_time && known.value != signature {
            let words = "has another signature than the same content had before";
            let before = Some(known.packets);
            return Some(Fault {
                key: "signature",
                words,
                confidence: Confidence::Certain,
                before,
            });
        }
        let known = *self.contents.entry(signature, now, seen(signed));
        if known.value != signed {
            let words = "has the signature of another content";
            let before = Some(known.packets);
            return Some(Fault { key: "content", words, confidence: Confidence::Certain, before });
        }
        let issuer = jwt.text("iss")?;
        let host = call.host()?;
        let key = Digest::of([host.as_bytes(), issuer.as_bytes()]);
        let family = |algorithm: &str| algorithm.get(..2).unwrap_or_default().to_owned();
        let known = *self.algorithms.entry(key, now, seen(Digest::text(&family(algorithm))));
        // From a key pair to a secret: the public key is no secret (RFC 8725 section 2.1).
        let is_confused = algorithm.starts_with("HS") && known.value != Digest::text("HS");
        is_confused.then_some(Fault {
            key: "algorithm",
            words: "is signed in another way than its issuer's others",
            confidence: Confidence::Likely,
            before: Some(known.packets),
        })
    }
}

impl TokenTamperedAccepted {
    /// What the key in the policy says, or else what other tokens do. Until the key fits one of the
    /// issuer's tokens it may be wrong.
    fn by_key(&mut self, call: &Call<'_>, token: &Token) -> Option<Fault> {
        let Some(fits) = verify_jwt(&call.api.keys, &token.jwt) else {
            return self.fault(call, token);
        };
        let issuer = token.jwt.text("iss").unwrap_or_default();
        let host = call.host().unwrap_or_default();
        let issuer = Digest::of([host.as_bytes(), issuer.as_bytes()]);
        if fits {
            self.verified.entry(issuer, call.answered_at(), || ());
            return None;
        }
        let fault = |confidence| Fault {
            key: "key",
            words: "the key in the policy did not sign",
            confidence,
            before: None,
        };
        match self.verified.find(&issuer, call.answered_at()) {
            Some(()) => Some(fault(Confidence::Certain)),
            None => self.fault(call, token).or_else(|| Some(fault(Confidence::Possible))),
        }
    }
}

fn raise(call: &Call<'_>, token: &Token, fault: &Fault, is_open: bool) -> Sighting {
    let mut evidence = vec![call.request_line()];
    evidence.extend(call.status());
    evidence.push(
        call.asked("token", format!("{} in {}", token.digest().id(), shortened(&token.place))),
    );
    evidence.push(call.asked("alg", shortened(token.jwt.algorithm())));
    evidence.extend(fault.before.map(|packets| quote(packets, "token-before", "as it was")));
    if is_open {
        evidence.push(call.asked("route", "also answers without a token"));
    }
    let draft = Draft {
        key: format!("{}\n{}", fault.key, call.route()),
        confidence: if is_open { Confidence::Possible } else { fault.confidence },
        title: format!("{} accepts a token that {}", call.label(), fault.words),
        evidence,
        alternatives: alternatives(&[
            "a route that asks for no token, whatever comes with the request",
            "an issuer that changed its algorithm or key",
        ]),
    };
    draft.on(&RULE, call)
}
