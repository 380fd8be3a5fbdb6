//! A HAR file, in pieces of one size and at once: both must say the same.
#![no_main]

use dissect::har::{Reader, records};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [size, rest @ ..] = bytes else { return };
    let (mut reader, mut told) = (Reader::default(), Vec::new());
    let pieces = rest.chunks(usize::from(*size).max(1));
    let result = pieces.map(|piece| reader.read(piece, &mut told)).find(Result::is_err);
    let (whole, ended) = records(rest);
    assert_eq!(told.len(), whole.len());
    assert_eq!(result.unwrap_or_else(|| reader.finish()), ended);
});
