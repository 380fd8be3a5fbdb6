//! ClientHellos in their three forms, and the fingerprints of what was read.
#![no_main]
use dissect::tls::{ClientHello, Offers, fingerprint};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut offers = Offers::default();
    let forms = [
        ClientHello::parse(bytes, &mut offers),
        ClientHello::parse_dtls(bytes, &mut offers),
        ClientHello::parse_ssl2(bytes),
    ];
    for hello in forms.into_iter().flatten() {
        let _ = fingerprint::ja4(&hello.offer, fingerprint::Ja4Carrier::Tcp);
    }
});
