//! Interface Description Blocks (draft-ietf-opsawg-pcapng, section 4.2): link type, snap length and
//! clock of the packets that name them.

use dissect::{LinkType, Timestamp};

use crate::bytes::Order;
use crate::link::max_packet;

/// Bytes kept of an interface's name: Linux allows 15, Windows names devices by a GUID path.
const MAX_NAME: usize = 256;

/// Option codes: end of options, name, timestamp resolution, timestamp offset.
const OPT_END: u16 = 0;
const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

/// One interface of a pcapng section.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Interface {
    /// What its packets start with.
    pub link_type: LinkType,
    /// The most bytes that were captured of a packet; 0 for no limit.
    pub snap_length: u32,
    /// Its name, where the file says it.
    pub name: Option<String>,
    pub(crate) clock: Clock,
    pub(crate) limit: u32,
}

impl Interface {
    /// From the block's body; `None` if it has not even the fixed 8 bytes.
    pub(crate) fn parse(order: Order, body: &[u8]) -> Option<Self> {
        let link_type = LinkType(order.u16_at(body, 0)?);
        let snap_length = order.u32_at(body, 4)?;
        let limit = max_packet(link_type);
        let clock = Clock::default();
        let mut interface = Self { link_type, snap_length, name: None, clock, limit };
        let mut options = body.get(8..).unwrap_or_default();
        // A malformed list of options ends it: what is known by then is enough to read packets.
        while let Some((code, value, rest)) = option(order, options) {
            interface.set(order, code, value);
            options = rest;
        }
        Some(interface)
    }

    fn set(&mut self, order: Order, code: u16, value: &[u8]) {
        match (code, value) {
            (IF_NAME, _) => {
                let name = value.get(..MAX_NAME).unwrap_or(value);
                let name = String::from_utf8_lossy(name);
                self.name = Some(name.trim_end_matches('\0').to_owned());
            }
            (IF_TSRESOL, [resolution]) => self.clock.resolution = Resolution::new(*resolution),
            (IF_TSOFFSET, _) => {
                if let Some(seconds) = value.first_chunk() {
                    self.clock.offset = order.i64(*seconds).saturating_mul(1_000_000_000);
                }
            }
            _ => {}
        }
    }
}

/// The next option of a list: code, value, and what follows its padding.
fn option(order: Order, list: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let code = order.u16_at(list, 0).filter(|code| *code != OPT_END)?;
    let length = usize::from(order.u16_at(list, 2)?);
    let value = list.get(4..length.saturating_add(4))?;
    let rest = list.get(length.next_multiple_of(4).saturating_add(4)..).unwrap_or_default();
    Some((code, value, rest))
}

/// How an interface counts time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Clock {
    resolution: Resolution,
    /// Nanoseconds to be added.
    offset: i64,
}

impl Clock {
    /// The time of a 64-bit count of this clock. Saturates at the ends of [`Timestamp`]'s range.
    #[inline]
    pub(crate) fn timestamp(self, ticks: u64) -> Timestamp {
        let nanos = match self.resolution {
            Resolution::Multiply(factor) => ticks.saturating_mul(factor),
            Resolution::Divide(divisor) => ticks.checked_div(divisor).unwrap_or(0),
            Resolution::Binary(exponent) => {
                let nanos = u128::from(ticks).saturating_mul(1_000_000_000);
                u64::try_from(nanos >> exponent).unwrap_or(u64::MAX)
            }
        };
        let nanos = i64::try_from(nanos).unwrap_or(i64::MAX);
        Timestamp::from_nanos(nanos.saturating_add(self.offset))
    }
}

/// How long a tick is, ready to make nanoseconds of ticks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Resolution {
    /// A tick is 2 to the minus this many seconds; at most 127.
    Binary(u8),
    /// So many ticks are one nanosecond.
    Divide(u64),
    /// A tick is so many nanoseconds.
    Multiply(u64),
}

impl Default for Resolution {
    /// Microseconds.
    fn default() -> Self {
        Self::Multiply(1_000)
    }
}

impl Resolution {
    /// From `if_tsresol`: the high bit says whether the rest is a power of 2 or of 10.
    fn new(value: u8) -> Self {
        let exponent = value & 0x7f;
        if value & 0x80 != 0 {
            return Self::Binary(exponent);
        }
        match 9_u8.checked_sub(exponent) {
            Some(power) => Self::Multiply(10_u64.saturating_pow(u32::from(power))),
            None => {
                let power = u32::from(exponent.saturating_sub(9));
                // Finer than this, 64 bits of ticks are less than a nanosecond: always zero.
                10_u64.checked_pow(power).map_or(Self::Binary(127), Self::Divide)
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the tests themselves")]
mod tests {
    use super::*;

    const LINUX_SLL: [u8; 8] = [113, 0, 0, 0, 0, 1, 0, 0];

    fn parse(options: &[u8]) -> Interface {
        Interface::parse(Order::Little, &[&LINUX_SLL, options].concat()).unwrap()
    }

    #[test]
    fn ticks_become_nanoseconds() {
        for (resolution, ticks, nanos) in [
            (0, 3, 3_000_000_000),
            (3, 1_500, 1_500_000_000),
            (6, 1_700_000_000_000_001, 1_700_000_000_000_001_000),
            (9, 1_700_000_000_000_000_001, 1_700_000_000_000_000_001),
            (12, 5_999, 5),
            (28, u64::MAX, 1),
            (29, u64::MAX, 0),
            (127, u64::MAX, 0),
            (0x80, 2, 2_000_000_000),
            (0x80 + 10, 1536, 1_500_000_000),
            (0x80 + 32, 1 << 31, 500_000_000),
            (0xff, u64::MAX, 0),
            (0, u64::MAX, i64::MAX),
            (0x80, u64::MAX, i64::MAX),
        ] {
            let clock = parse(&[9, 0, 1, 0, resolution, 0, 0, 0]).clock;
            assert_eq!(clock.timestamp(ticks).nanos(), nanos, "resolution {resolution:#x}");
        }
    }

    #[test]
    fn the_offset_is_added_in_seconds() {
        for (seconds, nanos) in [(5_i64, 5_000_001_000), (-5, -4_999_999_000), (i64::MAX, i64::MAX)]
        {
            let options = [&[14, 0, 8, 0][..], &seconds.to_le_bytes()].concat();
            assert_eq!(parse(&options).clock.timestamp(1).nanos(), nanos, "{seconds} s");
        }
    }

    #[test]
    fn name_snap_length_and_link_type() {
        let interface = parse(b"\x02\x00\x05\x00wlan0\x00\x00\x00\x00\x00\x00\x00");
        assert_eq!(interface.name.as_deref(), Some("wlan0"));
        assert_eq!(interface.link_type, LinkType::LINUX_SLL);
        assert_eq!(interface.snap_length, 256);
        assert_eq!(parse(b"").name, None);
    }

    #[test]
    fn options_after_the_end_or_cut_off_do_not_count() {
        for options in [
            &b"\x00\x00\x00\x00\x02\x00\x01\x00x\x00\x00\x00"[..],
            b"\x02\x00\x09\x00wlan0",
            b"\x02\x00",
            b"\x09\x00\x02\x00\x09\x09\x00\x00",
        ] {
            let interface = parse(options);
            assert_eq!((interface.name, interface.clock), (None, Clock::default()));
        }
        assert_eq!(Interface::parse(Order::Little, &LINUX_SLL[..7]), None);
    }
}
