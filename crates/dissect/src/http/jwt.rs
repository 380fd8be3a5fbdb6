//! JSON Web Tokens (RFC 7519) in compact form (RFC 7515 section 7.1): taken apart, not judged.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::NO_PAD};
use serde_json::{Map, Value};

use crate::limits::HTTP_JWT_BYTES;

/// A token, taken apart. Nothing of it was verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Jwt {
    /// The JOSE header (RFC 7515 section 4).
    pub header: Map<String, Value>,
    /// The claims; `None` if the payload is encrypted (RFC 7516) or no JSON object.
    pub claims: Option<Map<String, Value>>,
    /// What the signature is over: header and payload as sent, with a dot between them.
    pub signed: String,
    /// The signature; empty if there is none. What is no Base64url stands here as it was sent: it
    /// is a signature that cannot be one.
    pub signature: Vec<u8>,
}

impl Jwt {
    /// Takes a token apart: three parts with dots between them (five if it is encrypted), the first
    /// of which is a JSON object with `alg`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > HTTP_JWT_BYTES {
            return None;
        }
        let parts: Vec<&str> = text.splitn(6, '.').collect();
        let header = object(parts.first()?)?;
        header.get("alg")?.as_str()?;
        match parts.as_slice() {
            [head, payload, signature] => Some(Self {
                header,
                claims: object(payload),
                signed: format!("{head}.{payload}"),
                signature: bytes_or_text(signature)?,
            }),
            [head, _, _, _, _] => Some(Self {
                header,
                claims: None,
                signed: (*head).to_owned(),
                signature: Vec::new(),
            }),
            _ => None,
        }
    }

    /// The algorithm that the header names, as written.
    pub fn algorithm(&self) -> &str {
        self.header.get("alg").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it has no signature: it says so itself (`none`, however it is written), or there is
    /// none where one should be.
    pub fn is_unsigned(&self) -> bool {
        let says_so = self.algorithm().eq_ignore_ascii_case("none");
        !self.is_encrypted() && (says_so || self.signature.is_empty())
    }

    /// Whether it is encrypted (RFC 7516).
    pub fn is_encrypted(&self) -> bool {
        self.header.contains_key("enc")
    }

    /// The media type that the header names (`typ`), in lower case, without `application/`.
    pub fn media_type(&self) -> String {
        let kind = self.header.get("typ").and_then(Value::as_str).unwrap_or_default();
        let kind = kind.to_ascii_lowercase();
        kind.strip_prefix("application/").map(str::to_owned).unwrap_or(kind)
    }

    /// A claim that is text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.as_ref()?.get(claim)?.as_str()
    }

    /// A claim that is a point in time: whole seconds since 1970 (RFC 7519 section 2).
    pub fn time(&self, claim: &str) -> Option<i64> {
        let value = self.claims.as_ref()?.get(claim)?;
        #[expect(clippy::cast_possible_truncation, reason = "out of range it saturates")]
        let whole = || value.as_f64().map(|seconds| seconds.floor() as i64);
        value.as_i64().or_else(whole)
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&decode(part)?).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn bytes_or_text(part: &str) -> Option<Vec<u8>> {
    let is_of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte);
    let text = || part.bytes().all(is_of_base64).then(|| part.as_bytes().to_vec());
    decode(part).or_else(text)
}

/// As most libraries read it: bits behind the last byte do not count.
const LENIENT: GeneralPurposeConfig = NO_PAD.with_decode_allow_trailing_bits(true);
const BASE64URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// Base64url; padding, which does not belong there, does no harm.
fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64URL.decode(part.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn token(header: &str, payload: &str, signature: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{signature}", encode(header), encode(payload))
    }

    #[test]
    fn tokens_are_taken_apart() {
        let text = token(r#"{"alg":"none","typ":"application/at+JWT"}"#, r#"{"exp":1.5e3}"#, "");
        let jwt = Jwt::parse(&text).unwrap();
        assert_eq!((jwt.algorithm(), jwt.media_type().as_str()), ("none", "at+jwt"));
        assert!(jwt.is_unsigned() && !jwt.is_encrypted());
        assert_eq!((jwt.time("exp"), jwt.time("iat"), jwt.text("sub")), (Some(1_500), None, None));
        assert_eq!((jwt.signed.as_str(), jwt.signature.len()), (text.trim_end_matches('.'), 0));
        let signed = token(r#"{"alg":"HS256"}"#, r#"{"sub":"me"}"#, "AAEC");
        let jwt = Jwt::parse(&signed).unwrap();
        assert!(!jwt.is_unsigned());
        assert_eq!((jwt.text("sub"), jwt.signature.as_slice()), (Some("me"), &[0, 1, 2][..]));
    }

    #[test]
    fn what_is_encrypted_has_no_claims() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
        let jwt = Jwt::parse(&format!("{header}.a.b.c.d")).unwrap();
        assert_eq!(jwt.claims, None);
        assert!(jwt.is_encrypted() && !jwt.is_unsigned());
    }

    #[test]
    fn other_text_is_none() {
        let unnamed = token("{}", "{}", "");
        let long = "e".repeat(HTTP_JWT_BYTES + 1);
        for text in ["", "a.b.c", "eyJh.eyJh", "1.2.3", "api.shop.test", &unnamed, &long] {
            assert_eq!(Jwt::parse(text), None, "{text}");
        }
    }
}
