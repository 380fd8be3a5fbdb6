//! HMAC secrets that everybody knows, tried on the first tokens of each issuer.

use dissect::http::Jwt;
use ring::hmac;

use super::weaknesses::Weakness;
use crate::call::Call;
use crate::call::tokens::Token;
use crate::digest::Key;
use crate::finding::Confidence;
use crate::rule::Severity;
use crate::table::Table;

const DATA: &str = include_str!("../../../../data/jwt-secrets.txt");

/// Issuers that are remembered.
const MAX_ISSUERS: usize = 10_000;
/// Seconds for which they are.
const LIFETIME: i64 = 86_400;
/// Different tokens of an issuer that are tried: it signs all of them with one secret.
const MAX_TRIED: usize = 4;

/// What was tried, by host, issuer, key id and algorithm.
pub(super) struct Dictionary {
    issuers: Table<Key, Tried>,
}

/// The tokens that were tried.
#[derive(Default)]
struct Tried {
    tokens: Vec<u64>,
    /// Which entry of the list signs them.
    known: Option<usize>,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self { issuers: Table::new(MAX_ISSUERS, LIFETIME) }
    }
}

impl Dictionary {
    /// The weakness of a token that is signed with one of the secrets.
    pub(super) fn weakness(&mut self, call: &Call<'_>, token: &Token) -> Option<Weakness> {
        let algorithm = algorithm(&token.jwt)?;
        let issuer = token.jwt.text("iss").unwrap_or_default();
        let kid = token.jwt.header.get("kid").and_then(serde_json::Value::as_str);
        let kid = kid.unwrap_or_default();
        let host = call.host().unwrap_or_default();
        let key = Key::of(&(host, issuer, kid, token.jwt.algorithm()));
        let tried = self.issuers.entry(key, call.answered_at(), Tried::default);
        let entry = match tried.known {
            Some(known) => is_signed_with(&token.jwt, algorithm, known).then_some(known),
            None => tried.first(token, algorithm),
        }?;
        let value = match entry {
            0 => String::from("the secret is empty"),
            _ => format!("entry {entry} of the list of well-known secrets signs it"),
        };
        Some(Weakness {
            kind: "known-secret",
            severity: Severity::High,
            confidence: Confidence::Certain,
            title: "is signed with a secret that everybody knows",
            fact: "secret",
            value,
            alternatives: &["a test system"],
            is_forged: false,
        })
    }
}

impl Tried {
    fn first(&mut self, token: &Token, algorithm: hmac::Algorithm) -> Option<usize> {
        let key = Key::short_of(token.text.as_str());
        if self.tokens.len() >= MAX_TRIED || self.tokens.contains(&key) {
            return None;
        }
        self.tokens.push(key);
        let is_its = |secret: &Vec<u8>| is_made_with(&token.jwt, algorithm, secret);
        let all = std::iter::once(Vec::new()).chain(secrets().map(bytes));
        self.known = all.enumerate().find(|(_, secret)| is_its(secret)).map(|(at, _)| at);
        self.known
    }
}

/// Whether the entry of the list signs it; the one before the first is the empty secret.
fn is_signed_with(jwt: &Jwt, algorithm: hmac::Algorithm, entry: usize) -> bool {
    let secret = match entry.checked_sub(1) {
        None => Some(Vec::new()),
        Some(at) => secrets().nth(at).map(bytes),
    };
    secret.is_some_and(|secret| is_made_with(jwt, algorithm, &secret))
}

fn is_made_with(jwt: &Jwt, algorithm: hmac::Algorithm, secret: &[u8]) -> bool {
    let key = hmac::Key::new(algorithm, secret);
    hmac::verify(&key, jwt.signed.as_bytes(), &jwt.signature).is_ok()
}

fn secrets() -> impl Iterator<Item = &'static str> {
    DATA.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn bytes(line: &str) -> Vec<u8> {
    let Some(hex) = line.strip_prefix("hex:") else { return line.as_bytes().to_vec() };
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

fn algorithm(jwt: &Jwt) -> Option<hmac::Algorithm> {
    match jwt.algorithm() {
        "HS256" => Some(hmac::HMAC_SHA256),
        "HS384" => Some(hmac::HMAC_SHA384),
        "HS512" => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_there_once() {
        let mut all: Vec<&str> = secrets().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|secret| secret.trim() == *secret && secret.len() <= 200));
    }

    #[test]
    fn the_example_of_rfc_7515_is_known() {
        // Appendix A.1.1.
        let jwt = Jwt::parse(concat!(
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODA",
            "sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW",
            "1gFWFOEjXk"
        ));
        let jwt = jwt.unwrap();
        let fits = (0..=secrets().count()).find(|at| is_signed_with(&jwt, hmac::HMAC_SHA256, *at));
        assert!(fits.is_some_and(|entry| secrets().nth(entry - 1).unwrap().starts_with("hex:")));
    }
}
