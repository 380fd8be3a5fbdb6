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
    let key = |key: &str| key.trim_start_matches("proof\n").replace('\n', " ");
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
