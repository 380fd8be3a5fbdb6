//! One DNS message.
#![no_main]
use dissect::{DnsMessage, DnsProtocol, PacketRef};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    DnsMessage::read(bytes, DnsProtocol::Dns, PacketRef::default(), false);
});
