//! Early data (RFC 8446 section 2.3) between the client's sending it and the server's word whether
//! it takes it. What the server refuses the client sends again.

use crate::limits::EARLY_DATA_BYTES;
use crate::origin::Origin;

/// Opened early data, and what became of it.
#[derive(Debug, Default)]
pub(super) struct EarlyData {
    /// Whether the server takes it, once that is known.
    accepted: Option<bool>,
    held: Vec<(Vec<u8>, Origin)>,
    bytes: usize,
    /// More came than is held.
    overflowed: bool,
}

/// What is to be done with early data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    Dropped,
    Held,
    Passed,
}

impl EarlyData {
    /// Takes in what was opened.
    pub(super) fn take(&mut self, content: &[u8], origin: Origin) -> Fate {
        match self.accepted {
            Some(true) => return Fate::Passed,
            Some(false) => return Fate::Dropped,
            None => {}
        }
        self.bytes = self.bytes.saturating_add(content.len());
        self.overflowed |= self.bytes > EARLY_DATA_BYTES;
        if !self.overflowed {
            self.held.push((content.to_vec(), origin));
        }
        Fate::Held
    }

    /// The server said, or nobody will ever know. Of two words the first counts. Gives back what is
    /// to be passed on, and whether something is missing behind it.
    pub(super) fn decide(&mut self, accepted: bool) -> (Vec<(Vec<u8>, Origin)>, bool) {
        let held = std::mem::take(&mut self.held);
        let accepted = *self.accepted.get_or_insert(accepted);
        let overflowed = std::mem::take(&mut self.overflowed);
        if accepted { (held, overflowed) } else { (Vec::new(), false) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_the_servers_word() {
        let origin = Origin::default();
        let mut early = EarlyData::default();
        assert_eq!(early.take(b"GET", origin), Fate::Held);
        assert_eq!(early.decide(true), (vec![(b"GET".to_vec(), origin)], false));
        assert_eq!(early.take(b"more", origin), Fate::Passed);
        assert_eq!(early.decide(false), (vec![], false));
        let mut early = EarlyData::default();
        early.take(b"GET", origin);
        assert_eq!(early.decide(false), (vec![], false));
        assert_eq!(early.take(b"more", origin), Fate::Dropped);
        let mut early = EarlyData::default();
        early.take(b"GET", origin);
        early.take(&vec![0; EARLY_DATA_BYTES], origin);
        assert_eq!(early.take(b"more", origin), Fate::Held);
        assert_eq!(early.decide(true), (vec![(b"GET".to_vec(), origin)], true));
    }
}
