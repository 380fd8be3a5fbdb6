//! Community ID version 1: one hash for a five-tuple that Zeek, Suricata, Arkime and Wireshark
//! compute alike (<https://github.com/corelight/community-id-spec>).

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
    format!("1:{}", STANDARD.encode(hash.finalize()))
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
