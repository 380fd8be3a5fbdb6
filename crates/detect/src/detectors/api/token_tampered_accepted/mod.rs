<<<<<<< HEAD
//! `api/token-tampered-accepted`: the server took a token that its issuer did not make.
//!
//! ```text
//! mod.rs      what the rule says, and when a token counts as accepted
//! genuine.rs  what is known of tokens that were issued or accepted, and what contradicts it
//! ```

mod genuine;
=======
//! `api/token-tampered-accepted`: a token that nobody could have issued like that, and the server takes
//! it.
//!
//! Without the key nothing can be verified. But tokens can be compared: what one issuer signs, it signs
//! in one way; one content has one signature where the algorithm is not random; and one signature has
//! one content.

>>>>>>> main
#[cfg(test)]
mod tests;

use dissect::{PacketSpan, Record};

<<<<<<< HEAD
use self::genuine::Genuine;
use crate::call::Call;
use crate::call::quote::{quote, shortened};
use crate::call::tokens::{self, Token};
=======
use crate::call::Call;
use crate::call::outcome::Outcome;
use crate::call::quote::{quote, shortened};
use crate::call::tokens::Token;
>>>>>>> main
use crate::detector::{Detector, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Digest;
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "api/token-tampered-accepted",
<<<<<<< HEAD
    title: "The server accepted a forged or altered token",
=======
    title: "A token that was tampered with is accepted",
>>>>>>> main
    severity: Severity::Critical,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &[
<<<<<<< HEAD
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
=======
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
>>>>>>> main
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, build: || Box::new(TokenTamperedAccepted::default()) };

<<<<<<< HEAD
/// Routes that are remembered, and for how many seconds.
const MAX_ROUTES: usize = 20_000;
const LIFETIME: i64 = 86_400;

/// What was seen so far.
struct TokenTamperedAccepted {
    genuine: Genuine,
    /// Routes that answered without any credential.
    open: Table<u64, ()>,
=======
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
}

/// What was seen first, and where.
#[derive(Clone, Copy)]
struct Known {
    value: Digest,
    packets: PacketSpan,
>>>>>>> main
}

impl Default for TokenTamperedAccepted {
    fn default() -> Self {
<<<<<<< HEAD
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
            && !reports_an_error(call);
        if is_accepted {
            self.accepted(call, scene.sightings);
        }
    }

    fn end_of_input(&mut self, _: &mut Scene<'_>) {
=======
        Self {
            signatures: Table::new(MAX_TOKENS, LIFETIME),
            contents: Table::new(MAX_TOKENS, LIFETIME),
            algorithms: Table::new(MAX_ROUTES, LIFETIME),
            open_routes: Table::new(MAX_ROUTES, LIFETIME),
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
            let Some(fault) = self.fault(call, token) else { continue };
            if accepted {
                let is_open = self.open_routes.find(&route, call.answered_at()).is_some();
                scene.sightings.push(raise(call, token, &fault, is_open));
            }
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
>>>>>>> main
        *self = Self::default();
    }
}

<<<<<<< HEAD
impl TokenTamperedAccepted {
    fn accepted(&mut self, call: &Call<'_>, sightings: &mut Vec<Sighting>) {
        let now = call.answered_at();
        let route = Digest::text(call.route()).short();
        if call.credentials().is_empty() && call.tokens().is_empty() {
            self.open.entry(route, now, || ());
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
            let is_open = self.open.find(&route, now).is_some();
            sightings.push(sighting(call, token, forgery, is_open));
        }
    }
}

/// A 2xx that says in its body that it would not: GraphQL, JSON-RPC, and APIs of that kind.
fn reports_an_error(call: &Call<'_>) -> bool {
    let is_error = |path: &str| {
        let rest = path.strip_prefix("$.").unwrap_or(path).to_ascii_lowercase();
        let first = rest.split(['.', '[']).next().unwrap_or_default();
        matches!(first, "error" | "errors")
    };
    call.answer_fields().iter().any(|field| {
        let says_nothing = matches!(field.value.as_str(), "" | "null" | "false" | "0");
        !says_nothing && is_error(&field.path)
    })
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
=======
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
>>>>>>> main
        ]),
    };
    draft.on(&RULE, call)
}
<<<<<<< HEAD

const fn lower(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::Certain => Confidence::Likely,
        _ => Confidence::Possible,
    }
}
=======
>>>>>>> main
