//! A CA certificate in the body of an answer: DER, PEM, or a configuration profile of iOS.

use std::sync::Arc;

use dissect::x509::{Certificate, Chain, ChainEntry, SignatureCheck};
use dissect::{Response, Timestamp};
use memchr::memmem;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::trust::{PathStatus, Trust};

/// PEM bodies hold a few certificates; a bundle of roots holds a hundred.
const MAX_CERTIFICATES: usize = 3;

/// What was handed out.
#[derive(Debug)]
pub(super) enum Handed {
    /// A CA's certificate, signed with its own key.
    Certificate(Arc<Certificate>),
    /// A profile with a root certificate in it.
    Profile,
}

/// The private CA that the answer hands out; `None` if there is none, or it is a public one.
pub(super) fn of(response: &Response, at: Timestamp, trust: &mut Trust) -> Option<Handed> {
    let body = &response.body;
    if response.status != 200 || body.bytes.is_empty() {
        return None;
    }
    // Payload types of Apple's configuration profiles; signed ones hold the text as well.
    let is_profile = has(&body.bytes, "PayloadType")
        && ["com.apple.security.root", "com.apple.security.pkcs1"]
            .iter()
            .any(|payload| has(&body.bytes, payload));
    if is_profile {
        return Some(Handed::Profile);
    }
    // What was cut off does not parse.
    let certificates = certificates(&body.bytes);
    if certificates.len() > MAX_CERTIFICATES {
        return None;
    }
    let authority = certificates.into_iter().find(|certificate| {
        certificate.basic_constraints_ca == Some(true)
            && certificate.is_self_signed() == SignatureCheck::Valid
            && !trust.is_root_name(&certificate.subject)
    })?;
    let chain = Arc::new(Chain::new(vec![ChainEntry::Certificate(Arc::clone(&authority))]));
    let trusted = matches!(trust.assess(&chain, at).path, PathStatus::Trusted { .. });
    (!trusted).then_some(Handed::Certificate(authority))
}

fn certificates(bytes: &[u8]) -> Vec<Arc<Certificate>> {
    // A SEQUENCE whose length takes two bytes (X.690 section 8.1.3).
    if bytes.starts_with(&[0x30, 0x82]) {
        return Certificate::parse(bytes).map(Arc::new).into_iter().collect();
    }
    if !has(bytes, "-----BEGIN CERTIFICATE-----") {
        return Vec::new();
    }
    let ders = CertificateDer::pem_slice_iter(bytes).flatten().take(MAX_CERTIFICATES + 1);
    ders.filter_map(|der| Certificate::parse(&der).ok()).map(Arc::new).collect()
}

fn has(bytes: &[u8], text: &str) -> bool {
    memmem::find(bytes, text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use dissect::{Fact, Record};

    use super::*;
    use crate::detectors::testing::NOW;
    use crate::detectors::testing_http::asked;

    /// CN=Test Interceptor CA, CA:TRUE, P-256; made by `openssl req -x509`.
    const CA: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBkDCCATegAwIBAgIUaTZffZPfH1FHlyKeBLH/Zk11nfMwCgYIKoZIzj0EAwIw\n\
HjEcMBoGA1UEAwwTVGVzdCBJbnRlcmNlcHRvciBDQTAeFw0yNjExMjQyMTUwNTNa\n\
Fw00NjExMTkyMTUwNTNaMB4xHDAaBgNVBAMME1Rlc3QgSW50ZXJjZXB0b3IgQ0Ew\n\
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASwzPjzghV+8NOFd3RDQyM+2wMNpgek\n\
IPvCHdVo4Mbzq1GCV2Z43Lna3Kg+fBf3Dazn3Ckx2xZxe2nJK5AK7WbUo1MwUTAd\n\
BgNVHQ4EFgQUWUPTCaII8iS/d4VPSP/fb9XLqOAwHwYDVR0jBBgwFoAUWUPTCaII\n\
8iS/d4VPSP/fb9XLqOAwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBE\n\
AiBT5bNT0b0UquZ1+Z8vyNkaK7ma49Y5MlBGgmTNgjiSewIgJYRNRfeVgCFT3Ntu\n\
s3SKkRiUuDiUgOQkW46U+hLqv0o=\n\
-----END CERTIFICATE-----\n\
";

    /// CN=device.test, CA:FALSE; made in the same way.
    const LEAF: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBfzCCASSgAwIBAgIUCrDc+qLQseUVCQwMVRHz8BMNrbowCgYIKoZIzj0EAwIw\n\
FjEUMBIGA1UEAwwLZGV2aWNlLnRlc3QwHhcNMjYxMTI0MjE1MDUzWhcNNDYxMTE5\n\
MjE1MDUzWjAWMRQwEgYDVQQDDAtkZXZpY2UudGVzdDBZMBMGByqGSM49AgEGCCqG\n\
SM49AwEHA0IABF+KlBP6E5IR9svTt2QSXMY3QzhNtHilwfoMmdhO7dU19UlLCWdh\n\
npt7/VMLbgHu1NUApBudniaFeqQjv0LpewqjUDBOMB0GA1UdDgQWBBTirvBnWXad\n\
uVpOCwYX7ChP8hopMjAfBgNVHSMEGDAWgBTirvBnWXaduVpOCwYX7ChP8hopMjAM\n\
BgNVHRMBAf8EAjAAMAoGCCqGSM49BAMCA0kAMEYCIQD2/G2zvK6d2vQX8bF3CfX8\n\
3Jx9R1sW+gNiIECLWh3ABAIhAKl3irAgjjA7eauIxHFxHjnwJ6rAknIDys0VxkL8\n\
nXYF\n\
-----END CERTIFICATE-----\n\
";

    fn handed(body: &[u8], trust: &mut Trust) -> Option<Handed> {
        let record: Record =
            asked("GET", "http://a.test/x", &[], "").answer(200, &[], body).record();
        let Fact::Exchange(exchange) = &record.fact else { panic!("no exchange") };
        of(exchange.response.as_ref().unwrap(), NOW, trust)
    }

    fn der(pem: &str) -> Vec<u8> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
    }

    #[test]
    fn private_authorities_are_found_in_pem_and_der() {
        for body in [CA.as_bytes(), &der(CA)] {
            let handed = handed(body, &mut Trust::default());
            let Some(Handed::Certificate(found)) = handed else { panic!("{handed:?}") };
            assert_eq!(found.subject.common_name(), Some("Test Interceptor CA"));
        }
    }

    #[test]
    fn other_certificates_are_not() {
        let mut trust = Trust::default();
        assert!(handed(LEAF.as_bytes(), &mut trust).is_none(), "it may sign nothing");
        assert!(handed(CA.repeat(4).as_bytes(), &mut trust).is_none(), "a bundle");
        assert!(handed(&der(CA)[..100], &mut trust).is_none(), "cut off");
        let mut trust = Trust::new(vec![der(CA)], Vec::new());
        assert!(handed(CA.as_bytes(), &mut trust).is_none(), "the user trusts it");
    }
}
