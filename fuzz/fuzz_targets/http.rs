//! Both sides of one HTTP/1 connection: the first byte chooses where the bytes are cut and turn.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [size, rest @ ..] = bytes else { return };
    let pieces = rest.chunks(usize::from(*size).max(1)).enumerate();
    dissect::http::h1::exchanges(pieces.map(|(at, piece)| (at % 2 == 0, piece)));
});
