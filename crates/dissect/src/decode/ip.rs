//! IPv4 (RFC 791) and IPv6 (RFC 8200) with extension headers, by `etherparse`'s lax slices: frames
//! cut by the snap length, and lengths of 0 as segmentation offload leaves them, are normal.

use etherparse::{Ipv6ExtensionSlice, LaxIpSlice};

use super::IpPayload;
use super::defrag::Fragment;

/// An IP packet.
pub(super) struct IpPacket<'a> {
    pub(super) payload: IpPayload<'a>,
    /// Set if the payload is one piece of several.
    pub(super) fragment: Option<Fragment>,
}

/// Reads the headers; `None` if they contradict themselves.
pub(super) fn parse(bytes: &[u8]) -> Option<IpPacket<'_>> {
    let (slice, stopped) = LaxIpSlice::from_slice(bytes).ok()?;
    if stopped.is_some() {
        return None;
    }
    let (source, destination) = (slice.source_addr(), slice.destination_addr());
    let body = slice.payload();
    let (announced, fragment, ttl) = match &slice {
        LaxIpSlice::Ipv4(v4) => {
            let header = v4.header();
            let fragment = v4.is_payload_fragmented().then(|| Fragment {
                id: u32::from(header.identification()),
                offset: usize::from(header.fragments_offset().value()).saturating_mul(8),
                more: header.more_fragments(),
            });
            (usize::from(header.total_len()), fragment, header.ttl())
        }
        LaxIpSlice::Ipv6(v6) => {
            let fragment = v6.extensions().clone().into_iter().find_map(|extension| {
                let Ipv6ExtensionSlice::Fragment(fragment) = extension else { return None };
                fragment.is_fragmenting_payload().then(|| Fragment {
                    id: fragment.identification(),
                    offset: usize::from(fragment.fragment_offset().value()).saturating_mul(8),
                    more: fragment.more_fragments(),
                })
            });
            let header = v6.header();
            let announced = usize::from(header.payload_length()).saturating_add(40);
            (announced, fragment, header.hop_limit())
        }
    };
    let missing = if body.incomplete { announced.saturating_sub(bytes.len()) } else { 0 };
    let payload = IpPayload {
        source,
        destination,
        protocol: body.ip_number,
        bytes: body.payload,
        missing,
        ttl,
    };
    Some(IpPacket { payload, fragment })
}
