//! X.509 certificates, and their signatures with their own keys.
#![no_main]
use dissect::x509::Certificate;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = Certificate::parse(bytes).map(|certificate| certificate.verify_signature(&certificate));
});
