//! The outlines of single packets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for packet in interloper_fuzz::packets(bytes) {
        dissect::outline::outline(&packet);
    }
});
