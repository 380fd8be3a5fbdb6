//! Encrypted records that wait for their key: a key log that grows with a live capture is a little
//! late, and a secrets block may stand behind the packets that it opens.

use std::collections::VecDeque;

use crate::limits::WAITING_RECORD_BYTES;
use crate::packet::PacketSpan;

/// Something that happened on the wire.
#[derive(Debug)]
pub(super) enum Held {
    /// So many bytes are missing.
    Gap(u32),
    /// A record: its header, its body, its packets.
    Record([u8; 5], Vec<u8>, PacketSpan),
}

/// The records of both directions, in their order.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    queue: VecDeque<(bool, Held)>,
    bytes: usize,
    over: bool,
}

impl Waiting {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether no record waits for a key any more.
    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    /// No key is waited for any more.
    pub(super) const fn give_up(&mut self) {
        self.over = true;
    }

    /// Adds what happened last. What is beyond the limit is held for a moment only.
    pub(super) fn push(&mut self, from_client: bool, held: Held) {
        self.bytes = self.bytes.saturating_add(size(&held));
        self.queue.push_back((from_client, held));
        self.over |= self.bytes > WAITING_RECORD_BYTES;
    }

    /// Who sent what happened first.
    pub(super) fn first(&self) -> Option<bool> {
        self.queue.front().map(|(from_client, _)| *from_client)
    }

    /// Who sent what happened first, its header and its body, if it is a record.
    pub(super) fn first_record(&self) -> Option<(bool, &[u8], &[u8])> {
        match self.queue.front()? {
            (from_client, Held::Record(head, body, _)) => Some((*from_client, head, body)),
            (_, Held::Gap(_)) => None,
        }
    }

    /// What happened first.
    pub(super) fn pop(&mut self) -> Option<Held> {
        let (_, held) = self.queue.pop_front()?;
        self.bytes = self.bytes.saturating_sub(size(&held));
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
        Some(held)
    }
}

/// What it takes to hold this.
fn size(held: &Held) -> usize {
    let body = match held {
        Held::Gap(_) => 0,
        Held::Record(_, body, _) => body.len(),
    };
    body.saturating_add(std::mem::size_of::<(bool, Held)>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_so_much_and_no_more() {
        let mut waiting = Waiting::default();
        let record = || Held::Record([23, 3, 3, 0, 9], vec![0; 1000], PacketSpan::default());
        let mut count = 0;
        while !waiting.is_over() {
            waiting.push(true, record());
            waiting.push(false, Held::Gap(7));
            count += 1;
        }
        assert!((100..=WAITING_RECORD_BYTES / 1000).contains(&count), "{count}");
        while waiting.pop().is_some() {}
        assert_eq!((waiting.bytes, waiting.first()), (0, None));
    }
}
