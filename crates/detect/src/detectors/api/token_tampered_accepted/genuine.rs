//! What is known of tokens that were issued or accepted, and what contradicts it.

use dissect::PacketSpan;
use dissect::http::Jwt;
use serde_json::Value;

use super::Forgery;
use crate::call::Call;
use crate::call::tokens::Token;
use crate::digest::Key;
use crate::finding::Confidence;
use crate::policy::keys::verify_jwt;
use crate::table::Table;

/// Tokens and issuers that are remembered.
const MAX_TOKENS: usize = 50_000;
const MAX_ISSUERS: usize = 10_000;
/// Seconds for which they are: an altered token is used soon after it was captured.
const LIFETIME: i64 = 86_400;
/// Most names of claims of an issuer's tokens that are kept.
const MAX_CLAIMS: usize = 64;
/// Bytes of the smallest RSA key that is in use.
const MIN_RSA: usize = 128;

/// What is known.
pub(super) struct Genuine {
    /// By what was signed: the signature.
    signed: Table<Key, Seen>,
    /// By signature: what was signed.
    signatures: Table<Key, Seen>,
    issuers: Table<Key, Issuer>,
}

/// One side of a token, and where it was seen.
struct Seen {
    other: u64,
    packets: PacketSpan,
    /// The server gave it out.
    is_issued: bool,
}

/// How an issuer signs.
#[derive(Default)]
struct Issuer {
    /// With a private key: in these packets, with these claims.
    private: Option<(PacketSpan, Vec<String>)>,
    /// With HMAC, before anything else was seen.
    shared: bool,
    /// One of its tokens fits the key in the policy.
    verified: bool,
}

impl Default for Genuine {
    fn default() -> Self {
        Self {
            signed: Table::new(MAX_TOKENS, LIFETIME),
            signatures: Table::new(MAX_TOKENS, LIFETIME),
            issuers: Table::new(MAX_ISSUERS, LIFETIME),
        }
    }
}

impl Genuine {
    /// The server gave this token out.
    pub(super) fn issued(&mut self, call: &Call<'_>, jwt: &Jwt) {
        let packets = call.response().map_or(call.request().packets, |said| said.packets);
        self.remember(call, jwt, packets, true);
    }

    /// The server took this token, and nothing contradicts it.
    pub(super) fn accepted(&mut self, call: &Call<'_>, token: &Token) {
        self.remember(call, &token.jwt, call.request().packets, false);
    }

    fn remember(&mut self, call: &Call<'_>, jwt: &Jwt, packets: PacketSpan, is_issued: bool) {
        let now = call.answered_at();
        let (signed, signature) = sides(call, jwt);
        let seen = |other: Key| Seen { other: other.short(), packets, is_issued };
        self.signed.entry(signed, now, || seen(signature)).is_issued |= is_issued;
        if !jwt.signature.is_empty() {
            self.signatures.entry(signature, now, || seen(signed));
        }
        if wrong_size(jwt).is_some() {
            return;
        }
        let issuer = self.issuers.entry(issuer(call, jwt), now, Issuer::default);
        match family(jwt.algorithm()) {
            Family::Private if issuer.private.is_none() => {
                issuer.private = Some((packets, names(jwt)));
            }
            Family::Shared => issuer.shared = true,
            _ => {}
        }
    }

    /// Why the token cannot be its issuer's, if it cannot.
    pub(super) fn contradicted(&mut self, call: &Call<'_>, token: &Token) -> Option<Forgery> {
        let now = call.answered_at();
        let jwt = &token.jwt;
        let by_key = verify_jwt(&call.api.keys, jwt);
        if by_key == Some(true) {
            self.issuers.entry(issuer(call, jwt), now, Issuer::default).verified = true;
            return None;
        }
        let (signed, signature) = sides(call, jwt);
        let known = self.signed.find(&signed, now);
        // The server gave out exactly this one.
        let known = match known {
            Some(seen) if seen.other == signature.short() && seen.is_issued => return None,
            known => known.map(|seen| (seen.other, seen.packets)),
        };
        if jwt.is_unsigned() {
            let issuer = self.issuers.find(&issuer(call, jwt), now);
            let genuine = issuer.and_then(|issuer| issuer.private.as_ref()).map(|seen| seen.0);
            return Some(unsigned(jwt, genuine.or(known.map(|(_, packets)| packets))));
        }
        // Alone it may be a stub that a test system takes.
        if let Some(value) = wrong_size(jwt)
            && self.issuers.find(&issuer(call, jwt), now).is_some()
        {
            return Some(Forgery {
                kind: "signature",
                confidence: Confidence::Certain,
                title: "whose signature cannot be one",
                value,
                genuine: known.map(|(_, packets)| packets),
            });
        }
        if let Some((other, packets)) = known
            && other != signature.short()
            && is_deterministic(jwt.algorithm())
        {
            return Some(Forgery {
                kind: "signature",
                confidence: Confidence::Certain,
                title: "with a changed signature",
                value: "the same header and claims were seen with another signature".into(),
                genuine: Some(packets),
            });
        }
        if let Some(seen) = self.signatures.find(&signature, now)
            && seen.other != signed.short()
        {
            return Some(Forgery {
                kind: "claims",
                confidence: Confidence::Certain,
                title: "with changed claims",
                value: "the same signature was seen under other claims or another header".into(),
                genuine: Some(seen.packets),
            });
        }
        if by_key == Some(false) {
            let issuer = self.issuers.find(&issuer(call, jwt), now);
            let is_tried = issuer.is_some_and(|issuer| issuer.verified);
            return Some(Forgery {
                kind: "key",
                // Until it fits another one the key may be wrong.
                confidence: if is_tried { Confidence::Certain } else { Confidence::Possible },
                title: "that the key in the policy did not sign",
                value: "its signature is not of the key in the policy".into(),
                genuine: None,
            });
        }
        self.other_algorithm(call, jwt)
    }

    /// HMAC where the issuer signs with a private key: perhaps with the public key as secret.
    fn other_algorithm(&mut self, call: &Call<'_>, jwt: &Jwt) -> Option<Forgery> {
        if family(jwt.algorithm()) != Family::Shared {
            return None;
        }
        let issuer = self.issuers.find(&issuer(call, jwt), call.answered_at())?;
        let (packets, claims) = issuer.private.as_ref()?;
        let names = names(jwt);
        // Another kind of token of the same issuer has other claims.
        let is_same_kind = claims.iter().all(|name| names.contains(name));
        (is_same_kind && !issuer.shared).then(|| Forgery {
            kind: "algorithm",
            confidence: Confidence::Likely,
            title: "that is signed with another algorithm than its issuer's",
            value: "the issuer's other tokens are signed with a private key, this one with HMAC"
                .into(),
            genuine: Some(*packets),
        })
    }
}

fn unsigned(jwt: &Jwt, genuine: Option<PacketSpan>) -> Forgery {
    let says_so = jwt.algorithm().eq_ignore_ascii_case("none");
    let value = match (says_so, jwt.signature.is_empty()) {
        (true, true) => "it says that it is not signed, and is not",
        (true, false) => "it says that it is not signed",
        (false, _) => "its signature is missing",
    };
    Forgery {
        kind: "unsigned",
        // Some services mean to issue such tokens, but none whose others are signed, and none that
        // name an algorithm.
        confidence: match genuine.is_some() || !says_so {
            true => Confidence::Certain,
            false => Confidence::Likely,
        },
        title: "without a signature",
        value: value.into(),
        genuine,
    }
}

/// Header and claims, and signature, of what one issuer signs.
fn sides(call: &Call<'_>, jwt: &Jwt) -> (Key, Key) {
    let scope = scope(call, jwt);
    (Key::of(&(scope, jwt.signed.as_str())), Key::of(&(scope, jwt.signature.as_slice())))
}

fn issuer(call: &Call<'_>, jwt: &Jwt) -> Key {
    Key::of(&("issuer", scope(call, jwt)))
}

/// Who signed it: the issuer that it names, or else whoever runs the host.
fn scope<'a>(call: &'a Call<'_>, jwt: &'a Jwt) -> &'a str {
    jwt.text("iss").filter(|issuer| !issuer.is_empty()).unwrap_or_else(|| {
        let host = call.host().unwrap_or_default();
        psl::domain_str(host).unwrap_or(host)
    })
}

fn names(jwt: &Jwt) -> Vec<String> {
    let claims: Option<&serde_json::Map<String, Value>> = jwt.claims.as_ref();
    claims.map(|claims| claims.keys().take(MAX_CLAIMS).cloned().collect()).unwrap_or_default()
}

/// What a signature is made with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Family {
    /// A private key: who checks it cannot make it.
    Private,
    /// A secret that both sides have.
    Shared,
    Unknown,
}

fn family(algorithm: &str) -> Family {
    match algorithm {
        "HS256" | "HS384" | "HS512" => Family::Shared,
        "EdDSA" | "Ed25519" | "ES256" | "ES256K" | "ES384" | "ES512" | "PS256" | "PS384"
        | "PS512" | "RS256" | "RS384" | "RS512" => Family::Private,
        _ => Family::Unknown,
    }
}

/// Whether the same key always makes the same signature of the same text.
fn is_deterministic(algorithm: &str) -> bool {
    matches!(
        algorithm,
        "HS256" | "HS384" | "HS512" | "RS256" | "RS384" | "RS512" | "EdDSA" | "Ed25519"
    )
}

/// A signature of a size that its algorithm does not make (RFC 7518 section 3, RFC 8037).
fn wrong_size(jwt: &Jwt) -> Option<String> {
    let is = jwt.signature.len();
    let (fits, expected) = match jwt.algorithm() {
        "HS256" => (is == 32, "32"),
        "HS384" => (is == 48, "48"),
        "HS512" => (is == 64, "64"),
        // Some write DER, which is longer.
        "ES256" | "ES256K" => (is >= 64, "64"),
        "ES384" => (is >= 96, "96"),
        "EdDSA" => (is == 64 || is == 114, "64 or 114"),
        "Ed25519" => (is == 64, "64"),
        "PS256" | "PS384" | "PS512" | "RS256" | "RS384" | "RS512" => {
            (is >= MIN_RSA, "at least 128")
        }
        _ => return None,
    };
    (!fits).then(|| format!("its signature has {is} bytes, not {expected}"))
}
