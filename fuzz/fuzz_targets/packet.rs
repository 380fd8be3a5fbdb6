//! The whole line, from frames to findings.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    interloper_fuzz::run(&interloper_fuzz::packets(bytes));
});
