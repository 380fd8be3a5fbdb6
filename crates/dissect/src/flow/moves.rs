//! Which flow a QUIC connection began on, by its connection ids: a client may go on under another
//! address (RFC 9000 section 9), and a NAT may give it another port at any time.
//!
//! Only connections whose packets can be opened are known here, and a datagram of a new flow counts
//! as one of theirs only if it opens. So a guessed id moves nothing.

use hashbrown::HashMap;

use super::expiry::Slot;
use crate::limits::QUIC_MIGRATION_IDS;

/// Shortest id that is kept: shorter ones are the beginning of many a datagram.
const SHORTEST: usize = 4;

/// Longest id (RFC 9000 section 17.2).
const LONGEST: usize = 20;

/// The flow where a connection began.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Home {
    /// Its slot in the table.
    pub(crate) slot: Slot,
    /// The flow that has to be there still.
    pub(crate) generation: u64,
}

/// Connection ids of all connections of a dissector.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    /// With each, whether it names the server. Its order is never looked at.
    homes: HashMap<Box<[u8]>, (Home, bool), foldhash::fast::RandomState>,
    /// Which lengths there are: bit *n* for *n* bytes.
    lengths: u32,
    /// Ids that were added since all were looked through.
    added: usize,
}

impl Moves {
    /// Adds an id. `is_alive` says which homes are flows still: ids of others make room.
    pub(crate) fn add(
        &mut self,
        id: &[u8],
        home: Home,
        names_server: bool,
        is_alive: impl Fn(Home) -> bool,
    ) {
        if !(SHORTEST..=LONGEST).contains(&id.len()) {
            return;
        }
        if self.homes.len() >= QUIC_MIGRATION_IDS {
            // Not with every id: where all are alive that would cost more than it finds.
            if self.added < QUIC_MIGRATION_IDS >> 3 {
                self.added = self.added.saturating_add(1);
                return;
            }
            self.added = 0;
            self.homes.retain(|_, (home, _)| is_alive(*home));
            if self.homes.len() >= QUIC_MIGRATION_IDS {
                return;
            }
        }
        self.added = self.added.saturating_add(1);
        self.lengths |= 1_u32 << id.len().min(LONGEST);
        self.homes.insert(id.into(), (home, names_server));
    }

    /// The connection that a datagram with a short header may belong to, and whether it is sent to
    /// its server.
    pub(crate) fn find(&self, datagram: &[u8]) -> Option<(Home, bool)> {
        let (first, behind) = datagram.split_first()?;
        if self.lengths == 0 || first & 0x80 != 0 {
            return None;
        }
        (SHORTEST..=LONGEST)
            .rev()
            .filter(|length| self.lengths >> length & 1 == 1)
            .find_map(|length| self.homes.get(behind.get(..length)?).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn home(slot: Slot) -> Home {
        Home { slot, generation: 7 }
    }

    #[test]
    fn ids_of_any_length() {
        let mut moves = Moves::default();
        assert_eq!(moves.find(b"\x40server"), None);
        moves.add(b"server", home(1), true, |_| true);
        moves.add(b"serv", home(2), false, |_| true);
        moves.add(b"s", home(3), false, |_| true);
        assert_eq!(moves.find(b"\x40server and more"), Some((home(1), true)));
        assert_eq!(moves.find(b"\x41service"), Some((home(2), false)));
        assert_eq!(moves.find(b"\xc0server"), None, "a long header");
        assert_eq!((moves.find(b"\x40ser"), moves.find(b"")), (None, None));
    }

    #[test]
    fn full_tables_make_room_for_the_living() {
        let mut moves = Moves::default();
        for id in 0..QUIC_MIGRATION_IDS as u32 + 10 {
            moves.add(&id.to_be_bytes(), home(id), true, |_| true);
        }
        assert_eq!(moves.homes.len(), QUIC_MIGRATION_IDS);
        for id in 0..QUIC_MIGRATION_IDS as u32 {
            moves.add(&(1 << 31 | id).to_be_bytes(), home(id), true, |home| home.slot >= 100);
        }
        assert_eq!(moves.homes.len(), QUIC_MIGRATION_IDS);
        assert!(moves.find(&[0x40, 0, 0, 0, 99]).is_none());
        assert!(moves.find(&[0x40, 0, 0, 0, 100]).is_some());
    }
}
