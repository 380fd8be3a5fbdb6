//! Link type numbers: files hold LINKTYPE_ values, libpcap's interfaces and compiler use the
//! system's DLT_ values. They differ for a few old types.
//!
//! Numbers from <https://www.tcpdump.org/linktypes.html>.

use dissect::LinkType;

/// LINKTYPE_ values and the DLT_ values they have on this system, where the two differ.
const DIFFERENT: [(u16, i32); 4] = [
    (100, 11),                                                // RFC 1483 ATM
    (101, if cfg!(target_os = "openbsd") { 14 } else { 12 }), // raw IP
    (102, if cfg!(target_os = "linux") { 15 } else { 13 }),   // SLIP as BSD/OS has it
    (103, if cfg!(target_os = "linux") { 16 } else { 14 }),   // PPP as BSD/OS has it
];

/// The most bytes a packet may have: what tcpdump and Wireshark take as their greatest snap length.
/// A larger number is a corrupt length, not a packet.
pub const MAX_PACKET: u32 = 262_144;

/// The most bytes of a D-Bus message or a USB transfer: these link types carry whole messages, and
/// 128 MiB is the greatest that D-Bus allows.
pub const MAX_MESSAGE: u32 = 128 << 20;

/// The LINKTYPE_ value of libpcap's `dlt`; `None` if it is no number that a capture can hold.
pub fn from_dlt(dlt: i32) -> Option<LinkType> {
    match DIFFERENT.iter().find(|(_, system)| *system == dlt) {
        Some((file, _)) => Some(LinkType(*file)),
        None => u16::try_from(dlt).ok().map(LinkType),
    }
}

/// The DLT_ value by which libpcap knows `link_type`.
pub fn to_dlt(link_type: LinkType) -> i32 {
    match DIFFERENT.iter().find(|(file, _)| *file == link_type.0) {
        Some((_, system)) => *system,
        None => i32::from(link_type.0),
    }
}

/// The most bytes that a packet of `link_type` may have.
pub(crate) fn max_packet(link_type: LinkType) -> u32 {
    match link_type.0 {
        // DBUS, USBPCAP
        231 | 249 => MAX_MESSAGE,
        _ => MAX_PACKET,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_ip_is_renumbered_and_ethernet_is_not() {
        assert_eq!(to_dlt(LinkType::ETHERNET), 1);
        assert_eq!(from_dlt(1), Some(LinkType::ETHERNET));
        assert_eq!(from_dlt(to_dlt(LinkType::RAW)), Some(LinkType::RAW));
        assert_ne!(to_dlt(LinkType::RAW), i32::from(LinkType::RAW.0));
        assert_eq!(from_dlt(-1), None);
        assert_eq!(from_dlt(65_536), None);
    }

    #[test]
    fn only_whole_messages_may_be_large() {
        for (link_type, limit) in [
            (LinkType::ETHERNET, MAX_PACKET),
            (LinkType::RAW, MAX_PACKET),
            (LinkType(231), MAX_MESSAGE),
            (LinkType(249), MAX_MESSAGE),
        ] {
            assert_eq!(max_packet(link_type), limit);
        }
    }
}
