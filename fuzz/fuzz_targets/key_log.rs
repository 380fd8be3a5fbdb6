//! Key logs and what they open: lines of a log, the EncryptedExtensions and compressed Certificate
//! messages that an encrypted handshake may hold.
#![no_main]
use dissect::tls::certificate_message::decompress;
use dissect::tls::{EncryptedExtensions, KeyLog};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut log = KeyLog::parse(bytes);
    log.read(bytes);
    let _ = EncryptedExtensions::parse(bytes);
    let _ = decompress(bytes);
});
