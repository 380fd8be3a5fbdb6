//! ServerHellos, and the fingerprint of what was read.
#![no_main]
use dissect::tls::{ServerHello, fingerprint};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = ServerHello::parse(bytes).map(|hello| fingerprint::ja3s(&hello));
});
