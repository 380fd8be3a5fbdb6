use dissect::Record;

use super::Proofs;
use crate::call::Call;
use crate::detectors::testing_http::{Draft, Pair, asked};
use crate::finding::Confidence;
use crate::policy::Policy;

/// Key without its first word, and confidence.
fn found(policy: &str, records: &[Record]) -> Vec<(String, Confidence)> {
    let policy = Policy::parse(policy).unwrap();
    let mut proofs = Proofs::default();
    let calls = records.iter().filter_map(|record| Call::of(record, &policy));
    let sightings = calls.flat_map(|call| proofs.sightings(&call)).collect::<Vec<_>>();
    let key = |key: &str| key.split('\n').skip(1).take(2).collect::<Vec<_>>().join(" ");
    sightings.into_iter().map(|sighting| (key(&sighting.key), sighting.confidence)).collect()
}

fn one(key: &str, confidence: Confidence) -> Vec<(String, Confidence)> {
    vec![(key.into(), confidence)]
}

// RFC 9530, appendix B: `{"hello": "world"}` and a line feed; the second without it.
const HELLO: &str = "{\"hello\": \"world\"}\n";
const SHA_256: Pair = ("Content-Digest", "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
const SHA_512: Pair = (
    "Content-Digest",
    "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:",
);
const WORLD: Pair = ("Content-Digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");

fn post(headers: &[Pair], body: &str) -> Draft {
    asked("POST", "http://a.test/pay", headers, body).answer(200, &[], "ok")
}

#[test]
fn content_that_fits_its_digest_is_quiet() {
    for header in [
        SHA_256,
        SHA_512,
        ("Digest", "SHA-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="),
        ("Content-MD5", "UFIauregE76D7gDe0/n0JA=="),
    ] {
        assert_eq!(found("", &[post(&[header], HELLO).record()]), [], "{header:?}");
    }
    assert_eq!(found("", &[post(&[WORLD], "{\"hello\": \"world\"}").record()]), []);
}

#[test]
fn content_that_does_not_is_raised() {
    let changed = "{\"hello\": \"thief\"}\n";
    for (header, name) in [
        (SHA_256, "content-digest"),
        (SHA_512, "content-digest"),
        (("Digest", "SHA-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="), "digest"),
        (("Content-MD5", "UFIauregE76D7gDe0/n0JA=="), "content-md5"),
    ] {
        let expected = one(&format!("request {name}"), Confidence::Likely);
        assert_eq!(found("", &[post(&[header], changed).record()]), expected);
    }
    let answer = asked("GET", "http://a.test/", &[], "").answer(200, &[SHA_256], changed);
    assert_eq!(found("", &[answer.record()]), one("response content-digest", Confidence::Likely));
    // One that fits shows that the client does it right.
    let both = [post(&[SHA_256], HELLO).record(), post(&[SHA_256], changed).record()];
    assert_eq!(found("", &both), one("request content-digest", Confidence::Certain));
}

#[test]
fn amazon_hashes_its_payload() {
    let of_hello = dissect::hex(&<sha2::Sha256 as sha2::Digest>::digest(HELLO));
    let header = |value: &str| ("X-Amz-Content-Sha256", &*String::leak(value.to_owned()));
    assert_eq!(found("", &[post(&[header(&of_hello)], HELLO).record()]), []);
    let changed = post(&[header(&of_hello)], "other").record();
    assert_eq!(found("", &[changed]), one("request x-amz-content-sha256", Confidence::Likely));
    for value in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"] {
        assert_eq!(found("", &[post(&[header(value)], "other").record()]), []);
    }
}

#[test]
fn where_it_cannot_be_said_it_is_quiet() {
    let part = ("Content-Range", "bytes 0-4/19");
    let gzip = ("Content-Encoding", "gzip");
    let unknown = ("Content-Digest", "crc32c=:AAAAAA==:, unixsum=:AAAAAA==:");
    let broken = ("Content-Digest", "sha-256=RK/0qy18");
    let short = ("Digest", "sha-256=AAAA");
    for headers in
        [vec![SHA_256, part], vec![SHA_256, gzip], vec![unknown], vec![broken], vec![short]]
    {
        assert_eq!(found("", &[post(&headers, "other").record()]), [], "{headers:?}");
    }
    let head = asked("HEAD", "http://a.test/", &[], "").answer(200, &[SHA_256], "x").record();
    let range = asked("GET", "http://a.test/", &[], "").answer(206, &[SHA_256], "x").record();
    let none = asked("GET", "http://a.test/", &[], "").answer(200, &[SHA_256], "").record();
    assert_eq!(found("", &[head, range, none]), []);
    let cut = post(&[SHA_256], "other").cut(dissect::http::Incomplete::Cut).record();
    assert_eq!(found("", &[cut]), []);
}

const MAC: &str = r#"
[[api]]
hosts = ["a.test"]
[[api.key]]
algorithm = "hmac-sha256"
secret = "app-secret"
header = "X-Signature"
message = "{method}\n{path}\n{header:x-timestamp}\n{header:x-nonce}\n{body}"
"#;

/// A payment with the MAC of what it was before somebody changed it.
fn signed(nonce: &'static str, before: &str, body: &str) -> Record {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"app-secret");
    let tag =
        ring::hmac::sign(&key, format!("POST\n/pay\n1700000000\n{nonce}\n{before}").as_bytes());
    let tag: &str = String::leak(dissect::hex(tag.as_ref()));
    let headers = [("X-Timestamp", "1700000000"), ("X-Nonce", nonce), ("X-Signature", tag)];
    post(&headers, body).record()
}

#[test]
fn the_apps_own_mac_is_checked() {
    let fits = signed("1", "amount=10", "amount=10");
    let changed = || signed("2", "amount=10", "amount=9999");
    assert_eq!(found(MAC, &[changed()]), one("request x-signature", Confidence::Possible));
    assert_eq!(found(MAC, &[fits, changed()]), one("request x-signature", Confidence::Certain));
    assert_eq!(found(MAC, &[signed("3", "a=1", "a=1"), post(&[], "a=1").record()]), []);
    assert_eq!(found("", &[changed()]), [], "without a key");
}

/// RFC 7515, appendix A.1.
const RFC_7515: &str = concat!(
    "Bearer eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODA",
    "sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFO",
    "EjXk"
);
const RFC_7515_KEY: &str = r#"
[[api]]
hosts = ["a.test"]
[[api.key]]
algorithm = "HS256"
secret-base64 = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
"#;

#[test]
fn tokens_are_checked() {
    let shown = |token: &'static str| post(&[("Authorization", token)], "").record();
    // Another expiry.
    let changed: &str = String::leak(RFC_7515.replace("MDA4MTkzODA", "MDA4MTkzODk"));
    assert_eq!(found(RFC_7515_KEY, &[shown(RFC_7515)]), []);
    assert_eq!(found(RFC_7515_KEY, &[shown(changed)]), one("request token", Confidence::Possible));
    let both = [shown(RFC_7515), shown(changed)];
    assert_eq!(found(RFC_7515_KEY, &both), one("request token", Confidence::Certain));
    let other_kid = RFC_7515_KEY.replace("algorithm", "id = \"1\"\nalgorithm");
    assert_eq!(found(&other_kid, &[shown(RFC_7515)]), [], "the token names no key");
}

/// RFC 9421, appendix B.2: the test request, with the keys of appendix B.1.
fn rfc_9421(input: &'static str, signature: &'static str, method: &str) -> Record {
    let headers = [
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        (
            "Content-Digest",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        ),
        ("Content-Length", "18"),
        ("Signature-Input", input),
        ("Signature", signature),
    ];
    let url = "http://example.com/foo?param=Value&Pet=dog";
    let request = asked(method, url, &headers, "{\"hello\": \"world\"}").decrypted();
    request.answer(200, &[], "ok").record()
}

fn message_key(algorithm: &str, id: &str, material: &str) -> String {
    format!(
        "[[api]]\nhosts = [\"example.com\"]\n[[api.key]]\nid = \"{id}\"\n\
         algorithm = \"{algorithm}\"\n{material}\n"
    )
}

const SHARED: &str = "secret-base64 = \"uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==\"";
const ED25519: &str = "public-key = '''
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
'''";

#[test]
fn hmac_of_rfc_9421() {
    // B.2.5.
    let input = "sig-b25=(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"";
    let signature = "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:";
    let policy = message_key("hmac-sha256", "test-shared-secret", SHARED);
    assert_eq!(found(&policy, &[rfc_9421(input, signature, "POST")]), []);
    // It covers no method, but the date.
    let other: &str = String::leak(input.replace("\"date\" ", ""));
    let expected = one("request signature", Confidence::Possible);
    assert_eq!(found(&policy, &[rfc_9421(other, signature, "POST")]), expected);
    let another_key = message_key("hmac-sha256", "another", SHARED);
    assert_eq!(found(&another_key, &[rfc_9421(other, signature, "POST")]), []);
}

#[test]
fn ed25519_of_rfc_9421() {
    // B.2.6.
    let input = "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
    let signature = "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:";
    let policy = message_key("ed25519", "test-key-ed25519", ED25519);
    let genuine = || rfc_9421(input, signature, "POST");
    assert_eq!(found(&policy, &[genuine()]), []);
    let changed = rfc_9421(input, signature, "PUT");
    let expected = one("request signature", Confidence::Certain);
    assert_eq!(found(&policy, &[genuine(), changed]), expected);
}

#[test]
fn signature_version_4_of_the_test_suite_of_aws() {
    // get-vanilla.
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let policy = "[[api]]\nhosts = [\"*.amazonaws.com\"]\n[[api.key]]\nid = \"AKIDEXAMPLE\"\n\
                  algorithm = \"aws4-hmac-sha256\"\n\
                  secret = \"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\"\n";
    let get = |path: &str| {
        let headers = [("X-Amz-Date", "20150830T123600Z"), ("Authorization", authorization)];
        let url = format!("http://example.amazonaws.com{path}");
        asked("GET", &url, &headers, "").answer(200, &[], "ok").record()
    };
    assert_eq!(found(policy, &[get("/")]), []);
    let changed = || get("/?user=2");
    assert_eq!(found(policy, &[changed()]), one("request aws-signature", Confidence::Possible));
    let both = [get("/"), changed()];
    assert_eq!(found(policy, &both), one("request aws-signature", Confidence::Certain));
    let another = policy.replace("AKIDEXAMPLE\"", "AKIDOTHER\"");
    assert_eq!(found(&another, &[changed()]), []);
}
