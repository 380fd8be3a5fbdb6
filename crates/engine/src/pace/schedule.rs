//! When a packet is due: arithmetic on two clocks, that of the capture and that of whoever watches.
//!
//! Nobody watches an empty screen for an hour: no wait is longer than [`LONGEST_WAIT`], at any
//! speed. A packet that is older than the one before is due at once; only when the capture's clock
//! stays behind, it is taken to have been set back.

use std::num::{NonZeroU16, NonZeroU128};
use std::time::Duration;

use dissect::Timestamp;

/// The longest time, of whoever watches, between two packets: longer gaps are shortened to it.
pub const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// As many late packets in a row show that the clock was set back. Captures that were merged are
/// out of order too, but there late packets come between others.
const LATE_PACKETS: u32 = 64;

/// Who is behind by more than this was held up, and goes on from there; less is made up for, so that a
/// replay keeps its speed although each wait is a little too long.
const HELD_UP: Duration = Duration::from_secs(1);

/// A moment in which both clocks are known.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    now: Duration,
    packet: Timestamp,
}

/// Knows how the two clocks belong together.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    anchor: Option<Anchor>,
    late: u32,
}

impl Schedule {
    /// The next packet is due at once, and those after it as they come after it.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }

    /// When the packet of this time is due, where it is `now`; `tenths` is the speed. Asking again
    /// before the packet is handed on gives the same.
    pub(super) fn due(&mut self, now: Duration, packet: Timestamp, tenths: u16) -> Duration {
        let Some(anchor) = self.anchor else {
            self.anchor = Some(Anchor { now, packet });
            return now;
        };
        let Ok(gap) = u64::try_from(packet.since(anchor.packet)) else { return now };
        let tenths = NonZeroU16::new(tenths).unwrap_or(NonZeroU16::MIN);
        let gap = u128::from(gap).saturating_mul(10) / NonZeroU128::from(tenths);
        let gap = Duration::from_nanos(u64::try_from(gap).unwrap_or(u64::MAX));
        let due = anchor.now.saturating_add(gap);
        let latest = now.saturating_add(LONGEST_WAIT);
        if due <= latest {
            return due;
        }
        // What is left of the gap is left out.
        self.anchor = Some(Anchor { now: latest, packet });
        latest
    }

    /// The packet of this time, which was `due`, is handed on `now`.
    pub(super) fn given(&mut self, now: Duration, due: Duration, packet: Timestamp) {
        let Some(anchor) = &mut self.anchor else { return };
        let held_up = now.saturating_sub(due) > HELD_UP;
        let here = Anchor { now: if held_up { now } else { due }, packet };
        if packet >= anchor.packet {
            self.late = 0;
            *anchor = here;
            return;
        }
        self.late = self.late.saturating_add(1);
        if self.late >= LATE_PACKETS {
            self.late = 0;
            *anchor = here;
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the tests themselves")]
mod tests {
    use super::*;

    /// When packets of these times, in milliseconds, are handed on, if nothing takes time but waiting.
    fn replay(packets: &[i64], tenths: u16) -> Vec<u64> {
        let mut schedule = Schedule::default();
        let mut now = Duration::from_millis(7);
        let mut seen = Vec::new();
        for packet in packets {
            let packet = Timestamp::from_nanos(packet * 1_000_000);
            let due = schedule.due(now, packet, tenths);
            assert_eq!(schedule.due(now, packet, tenths), due, "the same again");
            now = now.max(due);
            schedule.given(now, due, packet);
            seen.push(u64::try_from(now.as_millis()).unwrap() - 7);
        }
        seen
    }

    #[test]
    fn packets_come_as_they_came() {
        let times = [1_000, 1_200, 1_200, 2_000];
        assert_eq!(replay(&times, 10), [0, 200, 200, 1_000]);
        assert_eq!(replay(&times, 100), [0, 20, 20, 100]);
        assert_eq!(replay(&times, 5), [0, 400, 400, 2_000]);
        assert_eq!(replay(&times, 0), replay(&times, 1));
    }

    #[test]
    fn long_gaps_are_shortened() {
        let times = [0, 3_600_000, 3_600_100, 3_605_100, 3_610_200];
        assert_eq!(replay(&times, 10), [0, 5_000, 5_100, 10_100, 15_100]);
        assert_eq!(replay(&[0, i64::MAX / 1_000_000, i64::MIN / 1_000_000], 1), [0, 5_000, 5_000]);
    }

    #[test]
    fn time_that_goes_back_is_not_waited_for() {
        assert_eq!(replay(&[1_000, 900, 1_000, 1_100], 10), [0, 0, 0, 100]);
        // A clock that was set back is believed after a while.
        let mut times = vec![9_000_000];
        times.extend((0..i64::from(LATE_PACKETS) + 3).map(|number| number * 10));
        let seen = replay(&times, 10);
        assert_eq!(seen[..=LATE_PACKETS as usize], [0; LATE_PACKETS as usize + 1]);
        assert_eq!(seen[LATE_PACKETS as usize + 1..], [10, 20, 30]);
        // Two clocks, by turns: the later one counts.
        let two: Vec<i64> = (0..500).flat_map(|n| [1_000_000 + n, n]).collect();
        assert_eq!(replay(&two, 10).last(), Some(&499));
    }

    #[test]
    fn small_delays_are_made_up_for_and_long_ones_are_not() {
        let at = Duration::from_millis;
        let packet = Timestamp::from_secs;
        for (given, next) in [(300, 1_000), (1_000, 1_000), (50_000, 51_000)] {
            let mut schedule = Schedule::default();
            let due = schedule.due(Duration::ZERO, packet(100), 10);
            schedule.given(at(given), due, packet(100));
            assert_eq!(schedule.due(at(given), packet(101), 10), at(next), "after {given} ms");
            schedule.restart();
            assert_eq!(schedule.due(at(9), packet(105), 10), at(9));
        }
    }
}
