//! X.509 certificates.
#![no_main]
use dissect::x509::Certificate;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = Certificate::parse(bytes);
});
