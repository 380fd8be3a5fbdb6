//! The clock of a capture, which is that of its packets.

use dissect::{Packet, Timestamp};

/// A packet that is this much older than the latest is late: captures that were merged, or written
/// by several interfaces, are out of order by less.
const LATE_SECS: i64 = 60;

/// As many late packets without one in time between them show that the clock was set back.
const LATE_PACKETS: u32 = 4_096;

/// When seconds begin, and when the clock was set back.
#[derive(Debug)]
pub(crate) struct Clock {
    next_second: Timestamp,
    /// What is older is late.
    late: Timestamp,
    late_packets: u32,
}

/// What a packet says about the time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tick {
    /// Nothing new.
    Same,
    /// Another second began.
    Second,
    /// The clock was set back by this many seconds; another second began by what it says now.
    SetBack(i64),
}

impl Default for Clock {
    fn default() -> Self {
        let never = Timestamp::from_nanos(i64::MIN);
        Self { next_second: never, late: never, late_packets: 0 }
    }
}

impl Clock {
    /// Looks at a packet's time.
    #[inline]
    pub(crate) fn tick(&mut self, packet: &Packet<'_>) -> Tick {
        if packet.timestamp >= self.next_second {
            self.set(packet.timestamp);
            return Tick::Second;
        }
        if packet.timestamp >= self.late {
            self.late_packets = 0;
            return Tick::Same;
        }
        self.late_packets = self.late_packets.saturating_add(1);
        if self.late_packets < LATE_PACKETS {
            return Tick::Same;
        }
        let before = self.next_second.secs();
        self.set(packet.timestamp);
        Tick::SetBack(before.saturating_sub(self.next_second.secs()))
    }

    fn set(&mut self, now: Timestamp) {
        let second = now.secs();
        self.next_second = Timestamp::from_secs(second.saturating_add(1));
        self.late = Timestamp::from_secs(second.saturating_sub(LATE_SECS));
        self.late_packets = 0;
    }
}

#[cfg(test)]
mod tests {
    use dissect::LinkType;

    use super::*;

    /// What the packets of these seconds say, and of how many each.
    fn ticks(seconds: &[(i64, u32)]) -> Vec<Tick> {
        let mut clock = Clock::default();
        let mut ticks = Vec::new();
        for &(second, packets) in seconds {
            for number in 0..packets {
                let packet = Packet {
                    number: u64::from(number),
                    timestamp: Timestamp::from_secs(second),
                    link_type: LinkType::RAW,
                    data: &[],
                    original_length: 0,
                    interface: 0,
                };
                ticks.push(clock.tick(&packet));
            }
        }
        ticks.retain(|tick| *tick != Tick::Same);
        ticks
    }

    #[test]
    fn a_clock_that_stays_behind_was_set_back() {
        let (second, back) = (Tick::Second, Tick::SetBack);
        assert_eq!(ticks(&[(1000, 5), (1001, 5)]), [second, second]);
        // Out of order, for however long.
        assert_eq!(ticks(&[(1000, 1), (999, 9_000), (950, 9_000)]), [second]);
        assert_eq!(ticks(&[(1000, 1), (400, LATE_PACKETS - 1)]), [second]);
        assert_eq!(ticks(&[(1000, 1), (400, LATE_PACKETS), (401, 1)]), [second, back(600), second]);
        // Two clocks.
        let both: Vec<_> = (0..9_000).flat_map(|_| [(1000, 1), (400, 1)]).collect();
        assert_eq!(ticks(&both), [second]);
    }
}
