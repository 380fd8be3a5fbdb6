//! The content of a message in pieces: the first byte chooses its coding and their size.
#![no_main]

use dissect::{Header, Headers};

const CODINGS: [&str; 6] = ["br", "deflate", "gzip", "zstd", "gzip, gzip", "deflate, zstd"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [choice, rest @ ..] = bytes else { return };
    let value = CODINGS[usize::from(*choice) % CODINGS.len()].to_owned();
    let headers = Headers(vec![Header { name: "content-encoding".into(), value }]);
    dissect::http::decoded(&headers, rest.chunks(usize::from(*choice).max(1)));
});
