//! Payloads of QUIC 1-RTT packets without their protection: frames, acknowledgments, streams.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    dissect::quic::read_payloads(bytes);
});
