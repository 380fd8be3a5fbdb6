//! ClientHellos in their three forms, and the fingerprints of what was read.
#![no_main]
use dissect::tls::{ClientHello, fingerprint};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for parse in [ClientHello::parse, ClientHello::parse_dtls, ClientHello::parse_ssl2] {
        let _ = parse(bytes).map(|hello| fingerprint::ja4(&hello, fingerprint::Ja4Carrier::Tcp));
    }
});
