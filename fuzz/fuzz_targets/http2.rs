//! Both directions of one HTTP/2 connection: the first byte chooses where the bytes are cut and
//! turn, or fall into a hole.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [size, rest @ ..] = bytes else { return };
    let preface = [(true, &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..])];
    let pieces = rest.chunks(usize::from(*size).max(1)).enumerate();
    let pieces = pieces.map(|(at, piece)| match at % 16 {
        15 => (at % 32 == 15, &piece[..0]),
        _ => (at % 2 == 0, piece),
    });
    dissect::http::h2::exchanges(preface.into_iter().chain(pieces));
});
