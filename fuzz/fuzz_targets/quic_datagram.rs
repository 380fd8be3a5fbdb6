//! QUIC datagrams of one flow: the first byte of the input is where the second one begins.
#![no_main]
use dissect::quic::QuicHandshake;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [at, rest @ ..] = bytes else { return };
    let (client, server) = rest.split_at(usize::from(*at).min(rest.len()));
    let mut quic = QuicHandshake::new();
    quic.datagram(true, client);
    quic.datagram(false, server);
});
