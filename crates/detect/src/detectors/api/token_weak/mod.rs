//! `api/token-weak`: tokens that others can make, that never end, or that tell too much.
//!
//! ```text
//! mod.rs         the rule, and what is remembered of tokens
//! weakness.rs    what of a token is weak
//! dictionary.rs  secrets that everybody knows
//! ```

mod dictionary;
mod weakness;

#[cfg(test)]
mod tests;

use dissect::Record;

use self::weakness::{Weakness, of};
use crate::call::Call;
use crate::call::quote::shortened;
use crate::call::tokens::Token;
use crate::detector::{Detector, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Digest;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "api/token-weak",
    title: "A token that can be forged, never ends, or tells too much",
    severity: Severity::Medium,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &[
        "OWASP API2:2023",
        "CWE-347",
        "CWE-613",
        "CWE-521",
        "RFC 8725",
        "RFC 7519 section 4.1.4",
        "MASVS-AUTH-1",
    ],
    explanation: "A request shows a JSON Web Token that does not protect what it should. With the \
        algorithm none, or a secret that is in every list of secrets, anybody can make one for any \
        user. Without an end, or with one that is far away, a stolen token opens the account for \
        good. With an embedded key or the address of one, a careless server takes the attacker's key. \
        And what stands in a token can be read by whoever sees it: it is encoded, not encrypted.",
    evidence: "Where the token stood, a digest of it, its algorithm, and what is weak: the missing or \
        far end, the kind of secret, the names of claims with personal data. Neither the token nor \
        the secret is quoted.",
    false_positives: "Tokens of test systems. Long-lived tokens of devices and services that the owner can \
        revoke: say in the policy how long they may live (token-lifetime). A server may refuse such a \
        token: then it is an attempt, and api/token-tampered-accepted says where it is not refused.",
    fix: "Let the server take one algorithm only, for each key; sign with RS256, ES256 or EdDSA, or with a \
        random secret of at least 32 bytes (RFC 8725); let access tokens live minutes and renew them; \
        ignore jku, x5u and jwk; keep personal data out, or encrypt the token. Change the secret, and \
        with it all tokens.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, build: || Box::new(TokenWeak::default()) };

/// Most tokens that are remembered as looked at.
const MAX_TOKENS: usize = 1 << 17;
/// Seconds for which they are.
const LIFETIME: i64 = 86_400;
/// Signatures that are tried with the dictionary, in all: each costs some hundred hashes.
const MAX_TRIED: u32 = 10_000;

struct TokenWeak {
    /// What is weak of a token: it comes with every request, and is looked at once.
    known: Table<Digest, Vec<Weakness>>,
    tried: u32,
}

impl Default for TokenWeak {
    fn default() -> Self {
        Self { known: Table::new(MAX_TOKENS, LIFETIME), tried: 0 }
    }
}

impl Detector for TokenWeak {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        let shown = call.tokens().iter().filter(|token| token.credential.is_some());
        for token in shown {
            let tried = &mut self.tried;
            let weak = self.known.entry(token.digest(), call.answered_at(), || {
                let may_try = *tried < MAX_TRIED;
                *tried = tried.saturating_add(1);
                of(token, call, may_try)
            });
            let found = weak.iter().map(|weakness| raise(call, token, weakness));
            scene.sightings.extend(found);
        }
    }
}

fn raise(call: &Call<'_>, token: &Token, weakness: &Weakness) -> Sighting {
    let mut evidence = vec![
        call.request_line(),
        call.asked("token", format!("{} in {}", token.digest().id(), shortened(&token.place))),
        call.asked("alg", shortened(token.jwt.algorithm())),
        call.asked("weakness", weakness.detail.clone()),
    ];
    evidence.extend(call.status());
    let draft = Draft {
        key: weakness.key.into(),
        confidence: weakness.confidence,
        title: format!("A token of {} {}", call.label(), weakness.words),
        evidence,
        alternatives: alternatives(&["a test system", "a token that the server refuses"]),
    };
    let mut sighting = draft.on(&RULE, call);
    sighting.severity = weakness.severity;
    sighting
}
