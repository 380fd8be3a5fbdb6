//! Which flows are due when: a queue of seconds.
//!
//! A flow is queued once, and looked at again when its time has come; if it has spoken since, it is
//! queued anew. That costs nothing per packet. Order within a second is the order of queueing, which
//! depends on packets only.

use std::collections::BTreeMap;

/// Index of a flow in its table.
pub(crate) type Slot = u32;

/// Flows by the second in which they are due.
#[derive(Debug, Default)]
pub(crate) struct Expiry {
    due: BTreeMap<i64, Vec<(Slot, u64)>>,
}

impl Expiry {
    /// Queues a flow; `generation` tells it from a later flow in the same slot.
    pub(crate) fn queue(&mut self, second: i64, slot: Slot, generation: u64) {
        self.due.entry(second).or_default().push((slot, generation));
    }

    /// Takes the flows out that are due by now.
    pub(crate) fn take_due(&mut self, now: i64) -> Vec<(Slot, u64)> {
        let mut taken = Vec::new();
        while let Some(first) = self.due.first_entry() {
            if *first.key() > now {
                break;
            }
            taken.append(&mut first.remove());
        }
        taken
    }

    /// Takes the flow out that is due first.
    pub(crate) fn take_first(&mut self) -> Option<(Slot, u64)> {
        loop {
            let mut first = self.due.first_entry()?;
            if first.get().is_empty() {
                first.remove();
            } else {
                return Some(first.get_mut().remove(0));
            }
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
}
