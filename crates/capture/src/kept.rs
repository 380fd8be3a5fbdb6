//! What a pcapng file carries beside packets and is kept for later: decryption secrets and custom
//! blocks.
//!
//! Contract: in file order, each with the number of packets before it, and never more than
//! [`MAX_KEPT`] bytes of either kind.

/// The most bytes of secrets, and of custom blocks, that are kept of one capture: a key log line
/// has about 180 bytes, so this is enough for 90,000 connections of TLS 1.3.
pub const MAX_KEPT: usize = 64 << 20;

/// The most custom blocks, and the most Decryption Secrets Blocks, that are kept of one capture:
/// empty ones would cost memory without counting against [`MAX_KEPT`].
pub const MAX_KEPT_BLOCKS: usize = 65_536;

/// One Decryption Secrets Block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Secrets {
    /// What `data` is: [`Secrets::TLS_KEY_LOG`] and others of the pcapng draft, section 4.7.
    pub kind: u32,
    /// The secrets, as they are in the block.
    pub data: Vec<u8>,
    /// How many packets came before it.
    pub after_packet: u64,
}

impl Secrets {
    /// Lines in the format of `SSLKEYLOGFILE`.
    pub const TLS_KEY_LOG: u32 = 0x544c_534b;
}

/// One Custom Block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CustomBlock {
    /// IANA Private Enterprise Number of who defined it.
    pub enterprise: u32,
    /// Data and options; only the definer knows where one ends and the other begins.
    pub data: Vec<u8>,
    /// How many packets came before it.
    pub after_packet: u64,
}

/// Items kept so far, under a budget.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    items: Vec<T>,
    bytes: usize,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { items: Vec::new(), bytes: 0 }
    }
}

impl<T> Kept<T> {
    /// Whether `bytes` more may be kept.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes) <= MAX_KEPT && self.items.len() < MAX_KEPT_BLOCKS
    }

    /// Keeps `item`, whose data has `bytes` bytes, if there is room.
    pub(crate) fn keep(&mut self, bytes: usize, item: impl FnOnce() -> T) {
        if self.has_room(bytes) {
            self.bytes = self.bytes.saturating_add(bytes);
            self.items.push(item());
        }
    }

    /// All that is kept, in order.
    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_until_the_budget_is_spent() {
        let mut kept = Kept::default();
        for (bytes, item, expected) in
            [(MAX_KEPT - 1, 1, 1), (2, 2, 1), (1, 3, 2), (1, 4, 2), (0, 5, 3)]
        {
            kept.keep(bytes, || item);
            assert_eq!(kept.items().len(), expected, "item {item}");
        }
        assert_eq!(kept.items(), [1, 3, 5]);
    }

    #[test]
    fn empty_items_are_counted_too() {
        let mut kept = Kept::default();
        for item in 0..=MAX_KEPT_BLOCKS {
            kept.keep(0, || item);
        }
        assert_eq!(kept.items().len(), MAX_KEPT_BLOCKS);
        assert!(!kept.has_room(0));
    }
}
