//! `api/token-tampered-accepted`: the server took a token that its issuer did not make.
//!
//! ```text
//! mod.rs      what the rule says, and when a token counts as accepted
//! genuine.rs  what is known of tokens that were issued or accepted, and what contradicts it
//! ```

mod genuine;
#[cfg(test)]
mod tests;

use dissect::{PacketSpan, Record};

use self::genuine::Genuine;
use crate::call::Call;
use crate::call::quote::{quote, shortened};
use crate::call::tokens::{self, Token};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Key;
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "api/token-tampered-accepted",
    title: "The server accepted a forged or altered token",
    severity: Severity::Critical,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-287",
        "CWE-345",
        "CWE-347",
        "OWASP API2:2023",
        "MASVS-AUTH-1",
        "RFC 8725 section 2.1",
        "RFC 8725 section 3.1",
    ],
    explanation: "A request showed a JSON Web Token whose signature cannot be its issuer's, and the \
        server did what was asked. The token said `alg: none` or had no signature; it had a \
        signature of a size that its algorithm does not make; its header and claims were seen \
        before with another signature, or its signature under other claims; its issuer signs with \
        a private key and it was signed with HMAC, as those do who sign with the public key as \
        secret; or it does not fit the key in the policy. A server that takes such a token takes \
        any: whoever asks is whoever he says, with whatever rights he writes down.",
    evidence: "The request line, where the token stood, its algorithm, what shows that it is not \
        genuine, the genuine token's packets if there is one, and the status of the answer. The \
        token itself is not quoted; six digits of its digest tell it from others.",
    false_positives: "A route that anybody may ask for answers whatever token is shown: where it \
        was seen to answer without one, or answers without content, the confidence is lower. A \
        gateway may check the session by other means, and hand an unsigned token on inside the \
        network. A service that signs some tokens with HMAC and others with a private key under \
        one issuer. Emulators and test systems that check nothing. Tokens that the server was seen \
        to issue itself are not raised.",
    fix: "Let the server accept exactly the algorithm and keys it was configured with, refuse \
        `none`, and never take the algorithm or the key from the token; use a maintained library \
        and its verifying call, not the decoding one. Test with an unsigned and an altered token \
        that every route refuses them. Look through the logs for what was done with forged tokens.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(TokenTamperedAccepted::default()),
};

/// Routes that are remembered, and for how many seconds.
const MAX_ROUTES: usize = 20_000;
const LIFETIME: i64 = 86_400;

/// What was seen so far.
struct TokenTamperedAccepted {
    genuine: Genuine,
    /// Routes that answered without any credential.
    open: Table<u64, ()>,
}

impl Default for TokenTamperedAccepted {
    fn default() -> Self {
        Self { genuine: Genuine::default(), open: Table::new(MAX_ROUTES, LIFETIME) }
    }
}

/// Why a token is not its issuer's.
#[derive(Debug)]
struct Forgery {
    /// The finding's key.
    kind: &'static str,
    confidence: Confidence,
    /// Goes on from `… accepted a token`.
    title: &'static str,
    /// What shows it.
    value: String,
    /// Packets of the genuine token that it contradicts.
    genuine: Option<PacketSpan>,
}

impl Detector for TokenTamperedAccepted {
    fn observe(&mut self, _: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        let is_accepted = call.response().is_some_and(|said| (200..300).contains(&said.status))
            // GraphQL, JSON-RPC and the like say in the body that they would not.
            && !call.said().error;
        if is_accepted {
            self.accepted(call, scene.sightings);
        }
    }

    fn end_of_input(&mut self, _: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl TokenTamperedAccepted {
    fn accepted(&mut self, call: &Call<'_>, sightings: &mut Vec<Sighting>) {
        let now = call.answered_at();
        let route = || Key::short_of(call.route());
        if call.credentials().is_empty() && call.tokens().is_empty() {
            self.open.entry(route(), now, || ());
        }
        for token in tokens::issued(call) {
            self.genuine.issued(call, &token);
        }
        // A login is let in by its password.
        if call.login().is_some() {
            return;
        }
        for token in call.tokens().iter().filter(|token| token.is_credential) {
            if token.jwt.is_encrypted() {
                continue;
            }
            let forgery = self.genuine.contradicted(call, token);
            let Some(forgery) = forgery else {
                self.genuine.accepted(call, token);
                continue;
            };
            let is_open = self.open.find(&route(), now).is_some();
            sightings.push(sighting(call, token, forgery, is_open));
        }
    }
}

fn sighting(call: &Call<'_>, token: &Token, forgery: Forgery, is_open: bool) -> Sighting {
    let is_empty = call.response().is_none_or(|said| said.body.length == 0);
    let mut confidence = forgery.confidence;
    // Telemetry is often taken from anybody.
    if is_empty {
        confidence = lower(confidence);
    }
    if is_open {
        confidence = Confidence::Possible;
    }
    let mut evidence = vec![
        call.request_line(),
        call.asked("token", format!("{} in {}", token.digest().id(), shortened(&token.place))),
        call.asked("algorithm", shortened(token.jwt.algorithm())),
        call.asked("not-genuine", forgery.value),
    ];
    evidence.extend(
        forgery.genuine.map(|packets| quote(packets, "genuine", "the token that it contradicts")),
    );
    evidence.extend(call.status());
    if is_open {
        evidence.push(call.asked("open-route", "it was also answered without any credential"));
    }
    let draft = Draft {
        key: forgery.kind.to_owned(),
        confidence,
        title: format!("{} accepted a token {}", call.label(), forgery.title),
        evidence,
        alternatives: alternatives(&[
            "a route that anybody may ask for",
            "a gateway that checks the session by other means",
            "a test system or emulator that checks no tokens",
        ]),
    };
    draft.on(&RULE, call)
}

const fn lower(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::Certain => Confidence::Likely,
        _ => Confidence::Possible,
    }
}
