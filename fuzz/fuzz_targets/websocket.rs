//! Both sides of a WebSocket connection: the first byte chooses where the bytes are cut and turn.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [size, rest @ ..] = bytes else { return };
    let extensions = if size % 2 == 0 { "permessage-deflate" } else { "" };
    let pieces = rest.chunks(usize::from(*size).max(1)).enumerate();
    dissect::http::websocket::messages(extensions, pieces.map(|(at, part)| (at % 2 == 0, part)));
});
