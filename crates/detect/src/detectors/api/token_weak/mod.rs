//! `api/token-weak`: a token that the API accepts protects less than it should.
//!
//! ```text
//! mod.rs          what the rule says, and what is remembered
//! weaknesses.rs   what a token shows by itself
//! dictionary.rs   secrets that everybody knows
//! ```

mod dictionary;
#[cfg(test)]
mod tests;
mod weaknesses;

use dissect::Record;

use self::dictionary::Dictionary;
use self::weaknesses::Weakness;
use crate::call::Call;
use crate::call::outcome::Outcome;
use crate::call::quote::shortened;
use crate::call::tokens::Token;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "api/token-weak",
    title: "A JSON Web Token protects less than it should",
    severity: Severity::Medium,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-347",
        "CWE-613",
        "CWE-1391",
        "OWASP API2:2023",
        "MASVS-AUTH-1",
        "RFC 8725",
        "RFC 7519 section 4.1",
    ],
    explanation: "The API was asked with a JSON Web Token that is weak by itself. It has no \
        signature at all (`alg: none`), or one whose secret stands in every tutorial, so that \
        anybody makes tokens for any user (high). It never expires or lives for months, so that \
        one that is stolen opens the account for as long. It names the key or the address of the \
        key that it is to be checked with, or a key id that is a path or a piece of SQL, as those \
        do who forge tokens. Or it carries personal data, which its Base64 does not hide from \
        logs, proxies and whoever holds the phone (low).",
    evidence: "The request line, where the token stood, its algorithm, and what is weak: the \
        lifetime in seconds, the names of the claims, the header, the place of the secret in the \
        list of known ones. Neither the token nor any value of its claims is quoted.",
    false_positives: "Tokens that name nobody and are the app's own key, which are meant to be \
        public, and refresh or offline tokens, which live long by design: neither is judged by its \
        lifetime. Proofs of possession (DPoP) carry their key rightly and are left out. An issuer \
        that names the address of its own keys (`jku` at its own domain) is not raised. Identity \
        tokens hold an e-mail address by design; that they are sent as a credential is what is \
        reported. Tokens that the server refused do not count, save those that are plainly forged.",
    fix: "Sign with RS256, ES256 or EdDSA, or with an HMAC secret of at least 32 random bytes, and \
        let the server accept only the algorithm and the keys that it was configured with. Change \
        a secret that was guessed at once: whoever knows it is every user. Let access tokens live \
        minutes to hours and renew them; say in the policy (`token-lifetime`) what is meant to be. \
        Put an opaque user id in the token and nothing else about the person.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(TokenWeak::default()),
};

/// What was tried of the dictionary.
#[derive(Default)]
struct TokenWeak {
    dictionary: Dictionary,
}

impl Detector for TokenWeak {
    fn observe(&mut self, _: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        for token in call.tokens() {
            let found = weaknesses::of(call, token).into_iter();
            let found = found.chain(self.dictionary.weakness(call, token));
            scene.sightings.extend(found.filter_map(|weakness| sighting(call, token, weakness)));
        }
    }

    fn end_of_input(&mut self, _: &mut Scene<'_>) {
        self.dictionary = Dictionary::default();
    }
}

/// The finding is the API's, not the client's: one for all who show such tokens. Who forges one is
/// named.
fn sighting(call: &Call<'_>, token: &Token, weakness: Weakness) -> Option<Sighting> {
    let refused = matches!(call.outcome(), Outcome::Refused | Outcome::Failed);
    if refused && !weakness.is_forged {
        return None;
    }
    let mut evidence = vec![
        call.request_line(),
        call.asked("token", format!("in {}", shortened(&token.place))),
        call.asked("algorithm", shortened(token.jwt.algorithm())),
        call.asked(weakness.fact, weakness.value),
    ];
    evidence.extend(call.status());
    let how = if refused { "refused" } else { "is asked with" };
    let draft = Draft {
        key: weakness.kind.to_owned(),
        confidence: weakness.confidence,
        title: format!("A token that {} {how} {}", call.label(), weakness.title),
        evidence,
        alternatives: alternatives(weakness.alternatives),
    };
    let mut sighting = draft.on(&RULE, call);
    sighting.severity = weakness.severity;
    if !weakness.is_forged {
        sighting.subject.client = None;
        sighting.subject.flow = None;
    }
    Some(sighting)
}
