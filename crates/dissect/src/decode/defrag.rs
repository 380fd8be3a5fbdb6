//! Reassembly of IP fragments (RFC 791 section 3.2, RFC 8200 section 4.5).
//!
//! The first copy of a byte wins, as Linux and most phones do it. Datagrams that never complete are
//! dropped after [`TIMEOUT_NANOS`] of capture time, or when more than [`MAX_DATAGRAMS`] wait.

use std::net::IpAddr;

use etherparse::IpNumber;

use super::IpPayload;
use crate::packet::Timestamp;
use crate::weird::WeirdKind;

/// Datagrams that wait for fragments at the same time.
const MAX_DATAGRAMS: usize = 256;
/// The longest IP payload (RFC 791: a 16-bit length).
const MAX_LENGTH: usize = 65_535;
/// Pieces of one datagram: 65,535 bytes in pieces of 8 would be 8,192, real ones are 576 and up.
const MAX_PIECES: usize = 256;
/// 30 seconds, as Linux waits (`ipfrag_time`).
const TIMEOUT_NANOS: i64 = 30_000_000_000;

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment {
    /// Identification field.
    pub(super) id: u32,
    /// Offset in bytes.
    pub(super) offset: usize,
    /// More fragments follow.
    pub(super) more: bool,
}

/// What became of an offered fragment.
pub(super) enum Offer {
    /// The datagram is whole.
    Complete { protocol: IpNumber, bytes: Vec<u8> },
    /// It is not whole yet.
    Waiting,
    /// It cannot be: dropped.
    Weird(WeirdKind),
}

/// Fragments that wait for their siblings.
#[derive(Debug, Default)]
pub(super) struct Defragmenter {
    /// In order of their first fragment.
    datagrams: Vec<Datagram>,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    protocol: IpNumber,
}

#[derive(Debug)]
struct Datagram {
    key: Key,
    started: Timestamp,
    /// Sorted by offset, without overlap.
    pieces: Vec<(usize, Vec<u8>)>,
    total: Option<usize>,
}

impl Defragmenter {
    /// Takes a fragment in; gives the whole payload back once all of it is there.
    pub(super) fn offer(
        &mut self,
        now: Timestamp,
        payload: &IpPayload<'_>,
        fragment: Fragment,
    ) -> Offer {
        let end = fragment.offset.saturating_add(payload.bytes.len());
        if end > MAX_LENGTH || payload.missing > 0 {
            return Offer::Weird(WeirdKind::PacketMalformed);
        }
        self.datagrams.retain(|datagram| now.since(datagram.started) < TIMEOUT_NANOS);
        let key = Key {
            source: payload.source,
            destination: payload.destination,
            id: fragment.id,
            protocol: payload.protocol,
        };
        let index = match self.datagrams.iter().position(|datagram| datagram.key == key) {
            Some(index) => index,
            None => {
                if self.datagrams.len() >= MAX_DATAGRAMS {
                    self.datagrams.remove(0);
                }
                self.datagrams.push(Datagram {
                    key,
                    started: now,
                    pieces: Vec::new(),
                    total: None,
                });
                self.datagrams.len().saturating_sub(1)
            }
        };
        let Some(datagram) = self.datagrams.get_mut(index) else { return Offer::Waiting };
        if !fragment.more {
            datagram.total = Some(end);
        }
        if datagram.pieces.len() >= MAX_PIECES {
            self.datagrams.remove(index);
            return Offer::Weird(WeirdKind::FragmentsDropped);
        }
        if !datagram.insert(fragment.offset, payload.bytes) {
            return Offer::Weird(WeirdKind::FragmentOverlap);
        }
        match datagram.whole() {
            Some(bytes) => {
                self.datagrams.remove(index);
                Offer::Complete { protocol: key.protocol, bytes }
            }
            None => Offer::Waiting,
        }
    }
}

impl Datagram {
    /// Adds what is new of a piece; `false` if it overlaps others with different bytes.
    fn insert(&mut self, mut offset: usize, mut bytes: &[u8]) -> bool {
        let mut agrees = true;
        let mut fresh: Vec<(usize, Vec<u8>)> = Vec::new();
        for (start, held) in &self.pieces {
            let held_end = start.saturating_add(held.len());
            let end = offset.saturating_add(bytes.len());
            if held_end <= offset || end <= *start {
                continue;
            }
            let from = offset.max(*start);
            let to = end.min(held_end);
            let old = held.get(from.saturating_sub(*start)..to.saturating_sub(*start));
            let new = bytes.get(from.saturating_sub(offset)..to.saturating_sub(offset));
            agrees &= old == new;
            if offset < *start {
                let head = bytes.get(..start.saturating_sub(offset)).unwrap_or_default();
                fresh.push((offset, head.to_vec()));
            }
            bytes = bytes.get(to.saturating_sub(offset)..).unwrap_or_default();
            offset = to;
        }
        if !bytes.is_empty() {
            fresh.push((offset, bytes.to_vec()));
        }
        self.pieces.append(&mut fresh);
        self.pieces.sort_by_key(|(start, _)| *start);
        agrees
    }

    /// All bytes, if none is missing.
    fn whole(&self) -> Option<Vec<u8>> {
        let total = self.total?;
        let mut expected = 0_usize;
        for (start, piece) in &self.pieces {
            if *start != expected {
                return None;
            }
            expected = expected.saturating_add(piece.len());
        }
        (expected >= total).then(|| {
            let mut bytes: Vec<u8> = Vec::with_capacity(expected);
            for (_, piece) in &self.pieces {
                bytes.extend_from_slice(piece);
            }
            bytes.truncate(total);
            bytes
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(
        defragmenter: &mut Defragmenter,
        at: i64,
        offset: usize,
        more: bool,
        bytes: &[u8],
    ) -> Offer {
        let payload = IpPayload {
            source: IpAddr::from([192, 0, 2, 1]),
            destination: IpAddr::from([192, 0, 2, 2]),
            protocol: IpNumber::UDP,
            bytes,
            missing: 0,
            ttl: 64,
        };
        defragmenter.offer(Timestamp::from_secs(at), &payload, Fragment { id: 7, offset, more })
    }

    fn complete(offer: Offer) -> Option<Vec<u8>> {
        match offer {
            Offer::Complete { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    #[test]
    fn any_order_gives_the_datagram() {
        let mut d = Defragmenter::default();
        assert!(complete(offer(&mut d, 0, 16, false, b"tail")).is_none());
        assert!(complete(offer(&mut d, 0, 0, true, b"01234567")).is_none());
        let whole = complete(offer(&mut d, 0, 8, true, b"89abcdef"));
        assert_eq!(whole.as_deref(), Some(&b"0123456789abcdeftail"[..]));
        assert!(d.datagrams.is_empty());
    }

    #[test]
    fn the_first_copy_of_a_byte_wins_and_difference_is_weird() {
        let mut d = Defragmenter::default();
        assert!(complete(offer(&mut d, 0, 8, true, b"89abcdef")).is_none());
        let other = offer(&mut d, 0, 0, true, b"01234567XX");
        assert!(matches!(other, Offer::Weird(WeirdKind::FragmentOverlap)));
        let whole = complete(offer(&mut d, 0, 16, false, b"."));
        assert_eq!(whole.as_deref(), Some(&b"0123456789abcdef."[..]));
    }

    #[test]
    fn waits_no_longer_than_the_timeout() {
        let mut d = Defragmenter::default();
        assert!(complete(offer(&mut d, 0, 0, true, b"01234567")).is_none());
        assert!(complete(offer(&mut d, 31, 8, false, b"tail")).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let mut d = Defragmenter::default();
        for id in 0..10_000_u32 {
            let payload = IpPayload {
                source: IpAddr::from([192, 0, 2, 1]),
                destination: IpAddr::from([192, 0, 2, 2]),
                protocol: IpNumber::UDP,
                bytes: &[0; 8],
                missing: 0,
                ttl: 64,
            };
            d.offer(Timestamp::default(), &payload, Fragment { id, offset: 0, more: true });
        }
        assert_eq!(d.datagrams.len(), MAX_DATAGRAMS);
        let too_long = offer(&mut d, 0, 65_528, false, &[0; 9]);
        assert!(matches!(too_long, Offer::Weird(WeirdKind::PacketMalformed)));
    }
}
