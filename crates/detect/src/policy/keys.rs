//! Keys that the policy gives: what signatures and MACs of an API are checked with.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dissect::http::Jwt;
use ring::hmac;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

/// What is wrong, and where in the file.
type Failure = (Range<usize>, String);

/// Most keys of a JWKS.
const MAX_JWKS: usize = 64;

/// A key, and what it is for.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// What messages call it: `kid`, `keyid`, AWS's access key id.
    pub(crate) id: Option<String>,
    /// What it signs.
    pub(crate) purpose: Purpose,
    /// With which algorithm; of a JWKS that does not say, any that fits the key.
    algorithm: Option<Algorithm>,
    material: Material,
}

/// What a key signs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// AWS Signature Version 4.
    Amazon,
    /// A header of the app's own making.
    Header(HeaderMac),
    /// JSON Web Tokens.
    Jwt,
    /// HTTP message signatures (RFC 9421).
    Message,
}

/// How an app signs its requests.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HeaderMac {
    /// Where the MAC stands.
    pub(crate) header: String,
    /// How it is written.
    pub(crate) encoding: Encoding,
    /// What it is over: text with `{method}`, `{body}` and the like.
    pub(crate) message: String,
}

/// How bytes are written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    Base64,
    Base64Url,
    Hex,
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    EcdsaP256,
    EcdsaP384,
    Ed25519,
    HmacSha1,
    HmacSha256,
    HmacSha384,
    HmacSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-2 of so many bits.
    RsaPkcs1(u16),
    /// RSASSA-PSS with SHA-2 of so many bits, and as much salt.
    RsaPss(u16),
}

#[derive(Clone)]
enum Material {
    Ed25519(Vec<u8>),
    /// The uncompressed point.
    P256(Vec<u8>),
    P384(Vec<u8>),
    /// The DER of RSAPublicKey (RFC 8017 appendix A.1.1).
    Rsa(Vec<u8>),
    RsaParts {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    Secret(Vec<u8>),
}

/// Secrets are not for logs.
impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "secret",
            _ => "public key",
        })
    }
}

/// `[[api.key]]` as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct KeyEntry {
    id: Option<String>,
    algorithm: Option<Spanned<String>>,
    secret: Option<Spanned<String>>,
    secret_base64: Option<Spanned<String>>,
    secret_hex: Option<Spanned<String>>,
    public_key: Option<Spanned<String>>,
    jwks: Option<Spanned<String>>,
    header: Option<Spanned<String>>,
    encoding: Option<Encoding>,
    message: Option<Spanned<String>>,
}

impl Algorithm {
    /// The algorithm of a JSON Web Signature (RFC 7518 section 3.1).
    pub(crate) fn of_jws(name: &str) -> Option<Self> {
        Some(match name {
            "EdDSA" | "Ed25519" => Self::Ed25519,
            "ES256" => Self::EcdsaP256,
            "ES384" => Self::EcdsaP384,
            "HS256" => Self::HmacSha256,
            "HS384" => Self::HmacSha384,
            "HS512" => Self::HmacSha512,
            "PS256" => Self::RsaPss(256),
            "PS384" => Self::RsaPss(384),
            "PS512" => Self::RsaPss(512),
            "RS256" => Self::RsaPkcs1(256),
            "RS384" => Self::RsaPkcs1(384),
            "RS512" => Self::RsaPkcs1(512),
            _ => return None,
        })
    }

    /// The algorithm of an HTTP message signature (RFC 9421 section 6.2.2).
    pub(crate) fn of_message(name: &str) -> Option<Self> {
        Some(match name {
            "ecdsa-p256-sha256" => Self::EcdsaP256,
            "ecdsa-p384-sha384" => Self::EcdsaP384,
            "ed25519" => Self::Ed25519,
            "hmac-sha256" => Self::HmacSha256,
            "rsa-pss-sha512" => Self::RsaPss(512),
            "rsa-v1_5-sha256" => Self::RsaPkcs1(256),
            _ => return None,
        })
    }

    fn of_header(name: &str) -> Option<Self> {
        Some(match name {
            "hmac-sha1" => Self::HmacSha1,
            "hmac-sha256" => Self::HmacSha256,
            "hmac-sha384" => Self::HmacSha384,
            "hmac-sha512" => Self::HmacSha512,
            _ => return None,
        })
    }

    fn hmac(self) -> Option<hmac::Algorithm> {
        Some(match self {
            Self::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::HmacSha256 => hmac::HMAC_SHA256,
            Self::HmacSha384 => hmac::HMAC_SHA384,
            Self::HmacSha512 => hmac::HMAC_SHA512,
            _ => return None,
        })
    }

    fn rsa(self) -> Option<&'static RsaParameters> {
        Some(match self {
            Self::RsaPkcs1(256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::RsaPkcs1(384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            Self::RsaPkcs1(512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            Self::RsaPss(256) => &signature::RSA_PSS_2048_8192_SHA256,
            Self::RsaPss(384) => &signature::RSA_PSS_2048_8192_SHA384,
            Self::RsaPss(512) => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        })
    }
}

impl Encoding {
    /// The bytes.
    pub(crate) fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Base64Url => URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok(),
            Self::Hex => unhex(text),
        }
    }
}

impl Key {
    /// Whether the signature is this key's; `None` if the key is not for this algorithm.
    pub(crate) fn verifies(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signed: &[u8],
    ) -> Option<bool> {
        if self.algorithm.is_some_and(|own| own != algorithm) {
            return None;
        }
        let public = |how: &'static dyn signature::VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(how, key).verify(message, signed).is_ok()
        };
        Some(match (&self.material, algorithm) {
            (Material::Secret(secret), _) => {
                let key = hmac::Key::new(algorithm.hmac()?, secret);
                hmac::verify(&key, message, signed).is_ok()
            }
            (Material::Ed25519(key), Algorithm::Ed25519) => public(&signature::ED25519, key),
            (Material::P256(key), Algorithm::EcdsaP256) => {
                public(&signature::ECDSA_P256_SHA256_FIXED, key)
            }
            (Material::P384(key), Algorithm::EcdsaP384) => {
                public(&signature::ECDSA_P384_SHA384_FIXED, key)
            }
            (Material::Rsa(key), _) => public(algorithm.rsa()?, key),
            (Material::RsaParts { n, e }, _) => {
                let parts = RsaPublicKeyComponents { n, e };
                parts.verify(algorithm.rsa()?, message, signed).is_ok()
            }
            _ => return None,
        })
    }

    /// The algorithm that it was given with.
    pub(crate) const fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// The secret, if it is one.
    pub(crate) fn secret(&self) -> Option<&[u8]> {
        match &self.material {
            Material::Secret(secret) => Some(secret),
            _ => None,
        }
    }
}

/// Whether one of the keys made the token's signature; `None` if none of them is meant for it: its
/// algorithm is another, or it names another key.
pub(crate) fn verify_jwt(keys: &[Key], jwt: &Jwt) -> Option<bool> {
    let algorithm = Algorithm::of_jws(jwt.algorithm())?;
    let kid = jwt.header.get("kid").and_then(Value::as_str);
    let is_meant = |key: &&Key| {
        let names_another = key.id.as_deref().zip(kid).is_some_and(|(own, named)| own != named);
        key.purpose == Purpose::Jwt && !names_another
    };
    let verify = |key: &Key| key.verifies(algorithm, jwt.signed.as_bytes(), &jwt.signature);
    keys.iter().filter(is_meant).filter_map(verify).reduce(|one, other| one || other)
}

impl KeyEntry {
    /// The keys of an entry: one, or those of its JWKS.
    pub(super) fn keys(self) -> Result<Vec<Key>, Failure> {
        if let Some(jwks) = &self.jwks {
            return of_jwks(jwks);
        }
        let Some(name) = &self.algorithm else {
            return Err((self.place(), "a key wants its algorithm, such as RS256".into()));
        };
        let unknown = || (name.span(), format!("no algorithm is called {}", name.get_ref()));
        let (purpose, algorithm) = match (&self.header, &self.message) {
            (Some(header), Some(message)) => {
                check_message(message)?;
                let mac = HeaderMac {
                    header: header.get_ref().clone(),
                    encoding: self.encoding.unwrap_or(Encoding::Hex),
                    message: message.get_ref().clone(),
                };
                let algorithm = Algorithm::of_header(name.get_ref()).ok_or_else(unknown)?;
                (Purpose::Header(mac), algorithm)
            }
            (Some(one), None) | (None, Some(one)) => {
                return Err((one.span(), "header and message go together".into()));
            }
            (None, None) if name.get_ref() == "aws4-hmac-sha256" => {
                (Purpose::Amazon, Algorithm::HmacSha256)
            }
            (None, None) => match Algorithm::of_jws(name.get_ref()) {
                // `ed25519` is RFC 9421's, `Ed25519` the other's.
                Some(algorithm) => (Purpose::Jwt, algorithm),
                None => {
                    let algorithm = Algorithm::of_message(name.get_ref()).ok_or_else(unknown)?;
                    (Purpose::Message, algorithm)
                }
            },
        };
        let (material, at) = self.material(name.span())?;
        let key = Key { id: self.id.clone(), purpose, algorithm: Some(algorithm), material };
        // An algorithm that the key is not for would never say anything.
        if key.verifies(algorithm, b"", b"").is_none() {
            return Err((at, format!("the key is not one for {}", name.get_ref())));
        }
        Ok(vec![key])
    }

    fn material(&self, entry: Range<usize>) -> Result<(Material, Range<usize>), Failure> {
        let given = [&self.secret, &self.secret_base64, &self.secret_hex, &self.public_key];
        let mut given = given.into_iter().flatten();
        let (Some(text), None) = (given.next(), given.next()) else {
            let wanted = "one of secret, secret-base64, secret-hex and public-key is the key";
            return Err((entry, wanted.into()));
        };
        let (value, at) = (text.get_ref().as_str(), text.span());
        let wrong = |what: &str| (at.clone(), what.to_owned());
        let material = if self.secret.is_some() {
            Material::Secret(value.as_bytes().to_vec())
        } else if self.secret_base64.is_some() {
            let bytes =
                Encoding::Base64.decode(value).or_else(|| Encoding::Base64Url.decode(value));
            Material::Secret(bytes.ok_or_else(|| wrong("this is no Base64"))?)
        } else if self.secret_hex.is_some() {
            Material::Secret(unhex(value).ok_or_else(|| wrong("these are no hex digits"))?)
        } else {
            of_pem(value).ok_or_else(|| wrong("a public key is PEM, `BEGIN PUBLIC KEY`"))?
        };
        Ok((material, at))
    }

    /// Somewhere in the entry.
    fn place(&self) -> Range<usize> {
        let all = [&self.secret, &self.secret_base64, &self.secret_hex, &self.public_key];
        all.into_iter().flatten().next().map(Spanned::span).unwrap_or_default()
    }
}

/// The names in a template.
fn check_message(message: &Spanned<String>) -> Result<(), Failure> {
    const NAMES: [&str; 7] = ["body", "body-sha256", "host", "method", "path", "query", "target"];
    for part in message.get_ref().split('{').skip(1) {
        // Braces that are not closed stand for themselves.
        let Some((name, _)) = part.split_once('}') else { continue };
        if !NAMES.contains(&name) && !name.starts_with("header:") {
            let wanted = format!("{{{name}}} is none of {} and header:NAME", NAMES.join(", "));
            return Err((message.span(), wanted));
        }
    }
    Ok(())
}

/// RFC 7517.
fn of_jwks(text: &Spanned<String>) -> Result<Vec<Key>, Failure> {
    let wrong = |what: &str| (text.span(), what.to_owned());
    let set: Value = serde_json::from_str(text.get_ref()).map_err(|_| wrong("a JWKS is JSON"))?;
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or_else(|| wrong("a JWKS has a list of keys"))?;
    let keys: Vec<Key> = keys.iter().take(MAX_JWKS).filter_map(of_jwk).collect();
    if keys.is_empty() {
        return Err(wrong("the JWKS has no key that is known here"));
    }
    Ok(keys)
}

fn of_jwk(jwk: &Value) -> Option<Key> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let bytes = |name: &str| Encoding::Base64Url.decode(text(name)?);
    if text("use").is_some_and(|what| what != "sig") {
        return None;
    }
    let point = || Some([vec![4], bytes("x")?, bytes("y")?].concat());
    let material = match (text("kty")?, text("crv")) {
        ("RSA", _) => Material::RsaParts { n: bytes("n")?, e: bytes("e")? },
        ("EC", Some("P-256")) => Material::P256(point()?),
        ("EC", Some("P-384")) => Material::P384(point()?),
        ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x")?),
        ("oct", _) => Material::Secret(bytes("k")?),
        _ => return None,
    };
    let algorithm = match text("alg") {
        Some(name) => Some(Algorithm::of_jws(name)?),
        None => None,
    };
    Some(Key { id: text("kid").map(str::to_owned), purpose: Purpose::Jwt, algorithm, material })
}

/// SubjectPublicKeyInfo (RFC 5280 section 4.1): the algorithm's OIDs say which key the bits are.
fn of_pem(pem: &str) -> Option<Material> {
    const RSA: [&[u8]; 2] = [
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a],
    ];
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).ok()?;
    let (0x30, whole, _) = element(der.as_ref())? else { return None };
    let (0x30, kind, rest) = element(whole)? else { return None };
    let (0x03, bits, _) = element(rest)? else { return None };
    let (unused, key) = bits.split_first()?;
    let (0x06, oid, parameters) = element(kind)? else { return None };
    let key = (*unused == 0).then(|| key.to_vec())?;
    if RSA.contains(&oid) {
        return Some(Material::Rsa(key));
    }
    if oid == ED25519 {
        return Some(Material::Ed25519(key));
    }
    match element(parameters)? {
        (0x06, P256, _) => Some(Material::P256(key)),
        (0x06, P384, _) => Some(Material::P384(key)),
        _ => None,
    }
}

/// Tag, content and what follows, of DER.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x0f))?;
            (length.iter().fold(0, |sum: usize, byte| (sum << 8) | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    is_hex
        .then(|| pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect::<Option<_>>())
        .flatten()
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
