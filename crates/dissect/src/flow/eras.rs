//! How old a flow is, in a capture whose clock was set back.
//!
//! A phone's clock is corrected, captures are put one behind the other: then packets come that are
//! minutes or years older than those before them. To flows the clock goes on: what was silent before
//! it was set back has been silent for as long as the capture went on since.

use crate::packet::PacketRef;

/// Steps that are remembered. Flows from before the first of them count as if they had spoken in
/// its time: they are held longer, not forgotten.
const MAX_STEPS: usize = 16;

/// Where the clock was set back, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Eras {
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    /// Number of the first packet by the clock as it was set.
    from: u64,
    /// Seconds by which the clock was set back until then, in all.
    by: i64,
}

impl Eras {
    /// From this packet on the clock says this many seconds less than it would.
    pub(crate) fn set_back(&mut self, from: u64, by: i64) {
        let before = self.steps.last().map_or(0, |step| step.by);
        if self.steps.len() >= MAX_STEPS {
            self.steps.remove(0);
        }
        self.steps.push(Step { from, by: before.saturating_add(by) });
    }

    /// The second of a packet, by a clock that was never set back.
    #[inline]
    pub(crate) fn second(&self, at: PacketRef) -> i64 {
        let second = at.timestamp.secs();
        if self.steps.is_empty() {
            return second;
        }
        let step = self.steps.iter().rev().find(|step| step.from <= at.number);
        // Before the first step nothing was set back, unless earlier ones are forgotten.
        let oldest = || self.steps.first().filter(|_| self.steps.len() >= MAX_STEPS);
        second.saturating_add(step.or_else(oldest).map_or(0, |step| step.by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Timestamp;

    #[test]
    fn seconds_go_on_where_the_clock_was_set_back() {
        let mut eras = Eras::default();
        let second = |eras: &Eras, number, secs| {
            eras.second(PacketRef { number, timestamp: Timestamp::from_secs(secs) })
        };
        assert_eq!(second(&eras, 1, 1000), 1000);
        eras.set_back(10, 600);
        eras.set_back(20, 50);
        for (number, secs, expected) in
            [(9, 1000, 1000), (10, 400, 1000), (19, 450, 1050), (20, 400, 1050)]
        {
            assert_eq!(second(&eras, number, secs), expected, "packet {number}");
        }
        for number in 0..100 {
            eras.set_back(100 + number, 1);
        }
        assert_eq!(eras.steps.len(), MAX_STEPS);
        // No flow becomes younger than it is.
        assert!(second(&eras, 15, 400) >= 1000);
    }
}
