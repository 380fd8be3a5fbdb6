//! Addresses and networks.

use std::net::IpAddr;

/// All addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// `10.0.0.2`, `10.0.0.0/8`, `2001:db8::/32`, `[::1]`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let address: IpAddr = bare.unwrap_or(address).parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
            None => most,
        };
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether the address is in it. IPv4 within IPv6 is IPv4.
    pub(super) fn holds(self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differ = u128::from(network.to_bits() ^ address.to_bits());
                // A network written as IPv6 counts its bits from there.
                let bits =
                    if self.address.is_ipv4() { self.bits } else { self.bits.saturating_sub(96) };
                differ.checked_shr(32_u32.saturating_sub(bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differ = network.to_bits() ^ address.to_bits();
                differ.checked_shr(128_u32.saturating_sub(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_in_networks() {
        for (network, address, holds) in [
            ("10.0.0.2", "10.0.0.2", true),
            ("10.0.0.2", "10.0.0.3", false),
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "11.0.0.1", true),
            ("::/0", "2001:db8::1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:7::1", true),
            ("[2001:db8::1]", "2001:db8::1", true),
            ("10.0.0.2", "::ffff:10.0.0.2", true),
        ] {
            let network = Network::parse(network).unwrap();
            assert_eq!(network.holds(address.parse().unwrap()), holds, "{network:?} {address}");
        }
        for text in ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "::/129", "shop"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
