//! Community ID version 1: one hash for a five-tuple that Zeek, Suricata, Arkime and Wireshark
//! compute alike (<https://github.com/corelight/community-id-spec>).

use std::net::IpAddr;

use sha1::{Digest, Sha1};

use super::tuple::{Endpoint, Transport};

/// Seed 0, Base64 form.
pub(super) fn community_id(a: Endpoint, b: Endpoint, transport: Transport) -> String {
    let (low, high) = if a <= b { (a, b) } else { (b, a) };
    let mut hash = Sha1::new();
    hash.update([0, 0]);
    for address in [low.address, high.address] {
        match address {
            IpAddr::V4(v4) => hash.update(v4.octets()),
            IpAddr::V6(v6) => hash.update(v6.octets()),
        }
    }
    hash.update([transport.protocol_number(), 0]);
    hash.update(low.port.to_be_bytes());
    hash.update(high.port.to_be_bytes());
    let mut text = String::from("1:");
    base64_into(&hash.finalize(), &mut text);
    text
}

/// Standard Base64 with padding. Twenty bytes do not deserve a dependency here.
fn base64_into(bytes: &[u8], out: &mut String) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let symbol = |six: u32| ALPHABET.get((six & 0x3f) as usize).map_or('A', |b| char::from(*b));
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let triple = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.push(symbol(triple >> 18));
        out.push(symbol(triple >> 12));
        out.push(if chunk.len() > 1 { symbol(triple >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { symbol(triple) } else { '=' });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(address: &str, port: u16) -> Endpoint {
        Endpoint { address: address.parse().unwrap(), port }
    }

    /// Values of the specification's own baseline.
    #[test]
    fn matches_the_specification() {
        let tcp = community_id(
            endpoint("128.232.110.120", 34855),
            endpoint("66.35.250.204", 80),
            Transport::Tcp,
        );
        assert_eq!(tcp, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
        let udp =
            community_id(endpoint("192.168.1.52", 54585), endpoint("8.8.8.8", 53), Transport::Udp);
        assert_eq!(udp, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
    }

    #[test]
    fn direction_does_not_matter() {
        let (a, b) = (endpoint("2001:db8::1", 1), endpoint("2001:db8::2", 2));
        assert_eq!(community_id(a, b, Transport::Tcp), community_id(b, a, Transport::Tcp));
    }
}
