//! Secrets that everybody knows (`data/weak-secrets.txt`), tried on tokens that are signed with one.

use dissect::http::Jwt;
use ring::hmac;

/// The secrets.
const DATA: &str = include_str!("../../../../data/weak-secrets.txt");

fn secrets() -> impl Iterator<Item = &'static str> {
    DATA.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The secret that the token is signed with, if it is one of them or empty.
pub(super) fn secret(jwt: &Jwt) -> Option<String> {
    let algorithm = match jwt.algorithm() {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => return None,
    };
    let fits = |secret: &str| {
        let key = hmac::Key::new(algorithm, secret.as_bytes());
        hmac::verify(&key, jwt.signed.as_bytes(), &jwt.signature).is_ok()
    };
    if fits("") {
        return Some(String::new());
    }
    secrets().flat_map(variations).find(|secret| fits(secret))
}

/// A secret as it is written, and in other cases.
fn variations(secret: &'static str) -> Vec<String> {
    let mut capital = secret.to_owned();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut all =
        vec![secret.to_owned(), secret.to_ascii_lowercase(), secret.to_ascii_uppercase(), capital];
    all.dedup();
    all
}
