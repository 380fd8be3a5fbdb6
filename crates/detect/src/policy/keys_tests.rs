use dissect::http::Jwt;

use super::*;
use crate::policy::Policy;

fn keys(entry: &str) -> Result<Vec<Key>, (usize, String)> {
    let text = format!("[[api]]\nhosts = [\"*\"]\n[[api.key]]\n{entry}");
    let policy = Policy::parse(&text).map_err(|error| (error.line, error.message))?;
    Ok(policy.api("a.test").keys.clone())
}

/// RFC 7515, appendix A.1 to A.4, with the claims of its examples.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const SECRET: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const HS256: (&str, &str) =
    ("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
const ES256: (&str, &str) = (
    "eyJhbGciOiJFUzI1NiJ9",
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
);
const JWKS: &str = r#"jwks = '''{"keys": [{"kty": "EC", "crv": "P-256",
  "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}'''"#;

fn verifies(key: &Key, (header, signature): (&str, &str)) -> Option<bool> {
    let jwt = Jwt::parse(&format!("{header}.{CLAIMS}.{signature}")).unwrap();
    let algorithm = Algorithm::of_jws(jwt.algorithm()).unwrap();
    key.verifies(algorithm, jwt.signed.as_bytes(), &jwt.signature)
}

#[test]
fn examples_of_rfc_7515_verify() {
    let secret = keys(&format!("algorithm = \"HS256\"\nsecret-base64 = \"{SECRET}\"")).unwrap();
    assert_eq!(verifies(&secret[0], HS256), Some(true));
    assert_eq!(verifies(&secret[0], ES256), None, "the key is for another algorithm");
    let jwks = keys(JWKS).unwrap();
    assert_eq!(verifies(&jwks[0], ES256), Some(true));
    let other = keys("algorithm = \"HS256\"\nsecret = \"other\"").unwrap();
    assert_eq!(verifies(&other[0], HS256), Some(false));
}

#[test]
fn the_example_of_rfc_8037_verifies() {
    // Appendix A.4.
    let jwks = r#"jwks = '''{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1",
      "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'''"#;
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let key = &keys(jwks).unwrap()[0];
    let signature = Encoding::Base64Url.decode(signature).unwrap();
    assert_eq!(key.id.as_deref(), Some("1"));
    assert_eq!(key.verifies(Algorithm::Ed25519, signed.as_bytes(), &signature), Some(true));
    assert_eq!(key.verifies(Algorithm::Ed25519, b"other", &signature), Some(false));
}

#[test]
fn errors_say_where() {
    for (entry, line, message) in [
        ("secret = \"x\"", 4, "wants its algorithm"),
        ("algorithm = \"HS257\"\nsecret = \"x\"", 4, "no algorithm"),
        ("algorithm = \"HS256\"", 4, "one of secret"),
        ("algorithm = \"HS256\"\nsecret = \"x\"\nsecret-hex = \"00\"", 4, "one of secret"),
        ("algorithm = \"HS256\"\nsecret-hex = \"0\"", 5, "no hex digits"),
        ("algorithm = \"RS256\"\nsecret = \"x\"", 5, "not one for RS256"),
        ("algorithm = \"RS256\"\npublic-key = \"x\"", 5, "PEM"),
        ("jwks = \"{}\"", 4, "list of keys"),
        ("algorithm = \"hmac-sha256\"\nsecret = \"x\"\nheader = \"x-sig\"", 6, "go together"),
        (
            "algorithm = \"hmac-sha256\"\nsecret = \"x\"\nheader = \"x\"\nmessage = \"{bdy}\"",
            7,
            "{bdy} is none of",
        ),
        ("keyz = \"x\"", 4, "unknown field"),
    ] {
        let error = keys(entry).unwrap_err();
        assert_eq!(error.0, line, "{entry}: {error:?}");
        assert!(error.1.contains(message), "{entry}: {error:?}");
    }
}

/// Keys that were made for this test, and their signatures of `amount=10`.
const RSA: &str = "public-key = '''
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtwTSvm0tqptsmgj+CxeL
wGmGMAdC8/kl7AuKJAlI9pVPo7MzdIxrHBiqdyI12J7v2jG2C/reFfUtmdKQcsaC
EBNuY/jsogDIDYPOKOThZGA00CbKfby+wcWCMPXkdEsdbE0vAMQV3qC7MlTrSY1s
VboIQy2rE6brLSi9QE2wjsM0OVRzezmxBfcaXFxXK+lphfI4l+VVLEQayDR30VTJ
lBNqODwkPMy1qBlScqjbkvczwgVLQMJLF+w0ivh1Uw8Z58Exc+KsV3faNloOmpgi
5hP5oxamZSm8RiVhdV4JHejpb0MLfuR04//2lFUKsUfAdadP9Vk142488rHf1hR1
OwIDAQAB
-----END PUBLIC KEY-----
'''";
const EC: &str = "public-key = '''
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAErTOJqHzZI+grOF2/4eaQMRLuP5nS
kUBhBYMlzHYllrX1sU05A/KaqidxLK5bMI0IswqW7jhAAdlBFsHf56EZkA==
-----END PUBLIC KEY-----
'''";
const RS256: &str = "FK8FeLPAlsKgrbspU+rtc/SeSVD17c4n4TIQO5YH9rn6jW1U8JjuaW7gjoce/rB0VnGCutFMsXelPDV2nxtKRitORcpz3puOTWCkAfBPSkPI39cENvI8GUg9EUXDfAZj5PkjrfRbnpXKPaHxUfimsh2/nKorg7A/2+C7gF1ZTRZmmnBPbWOfwJ4aCIu8bXV7MS5uYJ74RHbhH8A7aMNC029wm7I+fDJHVy40OkrZzOLOi/p3jEDXTkmoX+jLdTD+5iP/g6qXFWT7hpwOUxBkGPPDAf8h9PjPoMkF9PMvlXztj0YnRbdU79o5+lZ+veO8CvVdsXHPWg1UCKDXt6+W6g==";
const PS512: &str = "UgVHzfkKtrw9s9IUceQ9kqfDDvJvmvkeLGB1+EtzJM+zcuS63wknhsFAP2urHGELknqi6a52F5ObHBzrw2n/8IMAbGJvL4z1pqvDbaJRfoShZ0vPzYo9LJYimIKjLX8Z6oZ7406teZfac/gflZ7wHWhjnDiNGnisxbtb+O6bkpB8Hw0/AeAH66RZaydqrYkIXNSXCvXdKNfdoVYbT5Qx3zvbi/vG+tr9hDq2fX4qOsBxiaz1wpwX3RPjMF6lJq2AbsdG0YC3hIzOL367FeqEsUnBT328OTubAhNY76if0bRUtJkSuFhxFf9D0+bgRAlFEcXaJNt3kuot7ttvxCyS8A==";
const ECDSA: &str =
    "skFsVpiX7DHG1Jc+AR4NkzcrLYduJzFHOVuON6gjSzpvENKbFLmgUGz2SuvW7Pt568l9dQJdEqr8H+dT5/kNyA==";

#[test]
fn public_keys_are_read() {
    for (name, key, algorithm, signature) in [
        ("RS256", RSA, Algorithm::RsaPkcs1(256), RS256),
        ("rsa-v1_5-sha256", RSA, Algorithm::RsaPkcs1(256), RS256),
        ("rsa-pss-sha512", RSA, Algorithm::RsaPss(512), PS512),
        ("ES256", EC, Algorithm::EcdsaP256, ECDSA),
        ("ecdsa-p256-sha256", EC, Algorithm::EcdsaP256, ECDSA),
    ] {
        let key = &keys(&format!("algorithm = \"{name}\"\n{key}")).unwrap()[0];
        let signature = Encoding::Base64.decode(signature).unwrap();
        assert_eq!(key.verifies(algorithm, b"amount=10", &signature), Some(true), "{name}");
        assert_eq!(key.verifies(algorithm, b"amount=99", &signature), Some(false), "{name}");
        assert_eq!(key.verifies(Algorithm::HmacSha256, b"amount=10", &signature), None);
    }
}
