//! Which flows are due when: a queue of seconds.
//!
//! A flow is queued once, and looked at again when its time has come; if it has spoken since, it is
//! queued anew. That costs nothing per packet. Order within a second is the order of queueing, which
//! depends on packets only.
//!
//! Flows that ended some other way stay queued until their second comes, or until
//! [`Expiry::sweep`]: a five-tuple that is reopened with every packet must not fill the memory.

use std::collections::{BTreeMap, VecDeque};

use crate::limits::MAX_FLOWS;

/// Index of a flow in its table.
pub(crate) type Slot = u32;

/// Queued entries at which those of flows that are over are thrown out. A flow is queued twice at
/// most (when it opened, when it closed), so that a sweep throws out half of them or more, and costs
/// next to nothing per packet.
pub(crate) const SWEEP_AT: usize = MAX_FLOWS * 4;

/// Flows by the second in which they are due.
#[derive(Debug, Default)]
pub(crate) struct Expiry {
    due: BTreeMap<i64, VecDeque<(Slot, u64)>>,
    queued: usize,
}

impl Expiry {
    /// Queues a flow; `generation` tells it from a later flow in the same slot.
    pub(crate) fn queue(&mut self, second: i64, slot: Slot, generation: u64) {
        self.due.entry(second).or_default().push_back((slot, generation));
        self.queued = self.queued.saturating_add(1);
    }

    /// Queued entries, those of flows that are over included.
    #[cfg(test)]
    pub(crate) const fn len(&self) -> usize {
        self.queued
    }

    /// Whether it is time to [`Self::sweep`].
    pub(crate) const fn is_crowded(&self) -> bool {
        self.queued > SWEEP_AT
    }

    /// Keeps only flows that `alive` knows by slot and generation.
    pub(crate) fn sweep(&mut self, alive: impl Fn(Slot, u64) -> bool) {
        self.queued = 0;
        self.due.retain(|_, flows| {
            flows.retain(|(slot, generation)| alive(*slot, *generation));
            flows.shrink_to_fit();
            self.queued = self.queued.saturating_add(flows.len());
            !flows.is_empty()
        });
    }

    /// Takes the flows out that are due by now.
    pub(crate) fn take_due(&mut self, now: i64) -> Vec<(Slot, u64)> {
        let mut taken = Vec::new();
        while let Some(first) = self.due.first_entry() {
            if *first.key() > now {
                break;
            }
            taken.extend(first.remove());
        }
        self.queued = self.queued.saturating_sub(taken.len());
        taken
    }

    /// Takes the flow out that is due first.
    pub(crate) fn take_first(&mut self) -> Option<(Slot, u64)> {
        loop {
            let mut first = self.due.first_entry()?;
            match first.get_mut().pop_front() {
                Some(flow) => {
                    self.queued = self.queued.saturating_sub(1);
                    return Some(flow);
                }
                None => first.remove(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_come_out_in_the_order_of_their_time() {
        let mut expiry = Expiry::default();
        expiry.queue(30, 3, 0);
        expiry.queue(10, 1, 0);
        expiry.queue(10, 2, 7);
        assert_eq!(expiry.take_due(9), []);
        assert_eq!(expiry.take_due(10), [(1, 0), (2, 7)]);
        assert_eq!(expiry.take_first(), Some((3, 0)));
        assert_eq!(expiry.take_first(), None);
    }

    #[test]
    fn a_sweep_keeps_the_living_in_order() {
        let mut expiry = Expiry::default();
        for slot in 0..6 {
            expiry.queue(i64::from(slot % 2), slot, 9);
        }
        expiry.sweep(|slot, generation| slot != 2 && generation == 9);
        assert_eq!(expiry.queued, 5);
        assert_eq!(expiry.take_due(0), [(0, 9), (4, 9)]);
        expiry.sweep(|slot, _| slot == 5);
        assert_eq!(expiry.take_first(), Some((5, 9)));
        assert_eq!((expiry.queued, expiry.take_first()), (0, None));
    }

    #[test]
    fn only_a_long_queue_is_crowded() {
        let mut expiry = Expiry::default();
        for generation in 0..SWEEP_AT as u64 {
            expiry.queue(1, 0, generation);
        }
        assert!(!expiry.is_crowded());
        expiry.queue(1, 0, 0);
        assert!(expiry.is_crowded());
        expiry.sweep(|_, generation| generation == 0);
        assert!(!expiry.is_crowded());
        assert_eq!(expiry.queued, 2);
    }
}
