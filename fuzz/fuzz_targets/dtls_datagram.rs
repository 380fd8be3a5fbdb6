//! DTLS datagrams of one flow: the first byte of the input is where the second one begins.
#![no_main]
use dissect::tls::dtls::DtlsHandshake;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [at, rest @ ..] = bytes else { return };
    let (first, second) = rest.split_at(usize::from(*at).min(rest.len()));
    let mut dtls = DtlsHandshake::new();
    dtls.datagram(true, first);
    dtls.datagram(true, second);
});
