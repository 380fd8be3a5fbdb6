//! Traffic and findings over time, in a bounded number of bins of equal width.
//!
//! Bins begin narrow; whenever the capture outgrows them, they become twice as wide. So a second and
//! a month take the same memory, and nothing has to be known beforehand.

use detect::Severity;
use dissect::Timestamp;

use crate::list::Span;

/// Most bins: more than any screen has columns, so that a drawing may join some.
const MAX_BINS: usize = 4096;

/// Width of a bin at first, in nanoseconds.
const NARROWEST: i64 = 1_000_000;

/// What happened within one bin.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Bin {
    /// Packets.
    pub(crate) packets: u64,
    /// Their bytes on the wire.
    pub(crate) bytes: u64,
    /// Findings that were raised first in it, by severity, worst first.
    pub(crate) findings: [u32; Severity::ALL.len()],
}

impl Bin {
    fn join(&mut self, other: &Self) {
        self.packets = self.packets.saturating_add(other.packets);
        self.bytes = self.bytes.saturating_add(other.bytes);
        for (count, more) in self.findings.iter_mut().zip(other.findings) {
            *count = count.saturating_add(more);
        }
    }

    /// The worst severity of its findings.
    pub(crate) fn worst(&self) -> Option<Severity> {
        let counts = Severity::ALL.into_iter().zip(self.findings);
        counts.filter(|(_, count)| *count > 0).map(|(severity, _)| severity).next()
    }
}

/// Traffic and findings over time.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// When the first bin begins, in nanoseconds; `None` until something happened.
    start: Option<i64>,
    /// Nanoseconds of a bin.
    width: i64,
    bins: Vec<Bin>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { start: None, width: NARROWEST, bins: Vec::new() }
    }
}

impl Timeline {
    /// Takes in packets of about this time.
    pub(crate) fn traffic(&mut self, at: Timestamp, packets: u64, bytes: u64) {
        if let Some(bin) = self.bin(at) {
            bin.join(&Bin { packets, bytes, ..Bin::default() });
        }
    }

    /// A finding was raised first at this time.
    pub(crate) fn finding(&mut self, at: Timestamp, severity: Severity) {
        let place = Severity::ALL.iter().position(|other| *other == severity);
        let Some(bin) = self.bin(at) else { return };
        if let Some(count) = place.and_then(|place| bin.findings.get_mut(place)) {
            *count = count.saturating_add(1);
        }
    }

    /// The bin of a time. What lies before the first one counts there: clocks are set back.
    fn bin(&mut self, at: Timestamp) -> Option<&mut Bin> {
        let at = at.nanos();
        if self.start.is_none() {
            self.start = Some(at.saturating_sub(at.rem_euclid(self.width)));
        }
        let start = self.start.unwrap_or_default();
        let since = at.saturating_sub(start).max(0);
        loop {
            let place = usize::try_from(since.div_euclid(self.width)).unwrap_or(usize::MAX);
            if place < MAX_BINS {
                if self.bins.len() <= place {
                    self.bins.resize(place.saturating_add(1), Bin::default());
                }
                return self.bins.get_mut(place);
            }
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.width = self.width.saturating_mul(2);
        let joined = self.bins.chunks(2).map(|pair| {
            let mut sum = Bin::default();
            pair.iter().for_each(|bin| sum.join(bin));
            sum
        });
        self.bins = joined.collect();
    }

    /// Nothing happened yet.
    pub(crate) const fn is_empty(&self) -> bool {
        self.bins.is_empty()
    }

    /// The whole time, cut into at most so many parts of equal length.
    pub(crate) fn parts(&self, most: usize) -> Vec<(Span, Bin)> {
        let Some(start) = self.start else { return Vec::new() };
        let step = self.bins.len().div_ceil(most.max(1)).max(1);
        let length = self.width.saturating_mul(i64::try_from(step).unwrap_or(i64::MAX));
        let parts = self.bins.chunks(step).zip(0_i64..).map(|(bins, nth)| {
            let mut sum = Bin::default();
            bins.iter().for_each(|bin| sum.join(bin));
            let from = start.saturating_add(length.saturating_mul(nth));
            let to = from.saturating_add(length);
            let span = Span { from: Timestamp::from_nanos(from), to: Timestamp::from_nanos(to) };
            (span, sum)
        });
        parts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    #[test]
    fn bins_widen_and_lose_nothing() {
        let mut timeline = Timeline::default();
        let second = 1_000_000_000;
        for nth in 0..1000 {
            timeline.traffic(at(second * (7 + nth)), 2, 100);
        }
        timeline.finding(at(second * 500), Severity::High);
        timeline.traffic(at(0), 1, 1);
        assert!(timeline.bins.len() <= MAX_BINS);
        for most in [1, 7, 80, 5000] {
            let parts = timeline.parts(most);
            assert!(parts.len() <= most);
            let packets: u64 = parts.iter().map(|(_, bin)| bin.packets).sum();
            let found: u32 = parts.iter().flat_map(|(_, bin)| bin.findings).sum();
            assert_eq!((packets, found), (2001, 1), "{most}");
            assert!(parts.windows(2).all(|pair| pair[0].0.to == pair[1].0.from));
        }
    }

    #[test]
    fn the_ends_of_time_do_not_hang() {
        let mut timeline = Timeline::default();
        timeline.traffic(at(i64::MIN), 1, 1);
        timeline.traffic(at(i64::MAX), 1, 1);
        assert_eq!(timeline.parts(10).iter().map(|(_, bin)| bin.packets).sum::<u64>(), 2);
        assert!(Timeline::default().parts(9).is_empty());
    }
}
