//! What differs between the clones of a conversation.

use crate::random::mix;
use crate::template::{Speaks, Turn};

/// Bytes of a hello's random before what a server may put into the last eight (RFC 8446, 4.1.3).
const RANDOM: usize = 24;
/// Where a hello's random begins: behind the headers of record and message, and the version.
const RANDOM_AT: usize = 11;
/// The random of a HelloRetryRequest begins so; it is no random.
const RETRY: [u8; 4] = [0xcf, 0x21, 0xad, 0x74];

/// Bytes that each clone has of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    pub(crate) at: usize,
    pub(crate) length: usize,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Any bytes, one way's not the other's.
    Bytes,
    /// What was equal or different before is so afterwards, in both directions.
    Masked,
    /// Decimal digits of the clone's number.
    Digits,
    /// Small letters that stand for the clone's number.
    Letters,
}

impl Edit {
    /// Writes into a copy of the turn's bytes what clone `number` has there.
    pub(crate) fn apply(self, bytes: &mut [u8], number: u64, from_client: bool) {
        let place = &mut bytes[self.at..self.at + self.length];
        match self.kind {
            Kind::Bytes => fill(place, mix(number ^ (u64::from(from_client) << 63))),
            Kind::Masked => {
                let mask = mix(number).to_be_bytes();
                place.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
            }
            Kind::Digits => count(place, number, b'0', 10),
            Kind::Letters => count(place, number, b'a', 26),
        }
    }
}

fn fill(place: &mut [u8], mut seed: u64) {
    for part in place.chunks_mut(8) {
        part.copy_from_slice(&seed.to_be_bytes()[..part.len()]);
        seed = mix(seed);
    }
}

fn count(place: &mut [u8], mut number: u64, zero: u8, base: u64) {
    for byte in place.iter_mut().rev() {
        *byte = zero + (number % base) as u8;
        number /= base;
    }
}

/// Marks what must differ.
pub(crate) fn mark(speaks: Speaks, turns: &mut [Turn]) {
    match speaks {
        Speaks::Dns => {
            for turn in turns {
                turn.edits.push(Edit { at: 0, length: 2, kind: Kind::Masked });
            }
        }
        Speaks::Http => {
            for turn in turns {
                mark_word(turn, b"\"ada@", 1, 3, Kind::Letters);
                mark_word(turn, b"\"u-1001\"", 3, 4, Kind::Digits);
                mark_word(turn, b"Authorization: Bearer ", 22, 8, Kind::Digits);
            }
        }
        // The keys of a QUIC Initial follow from the connection id: a clone is one to the byte.
        Speaks::Quic => {}
        Speaks::Tls => {
            for turn in turns {
                let hello = turn.bytes.starts_with(&[0x16, 3])
                    && matches!(turn.bytes.get(5), Some(1 | 2))
                    && turn.bytes.get(RANDOM_AT..).is_some_and(|rest| !rest.starts_with(&RETRY));
                if hello {
                    turn.edits.push(Edit { at: RANDOM_AT, length: RANDOM, kind: Kind::Bytes });
                }
            }
        }
    }
}

/// Marks `length` bytes of the turn, `skip` behind where `word` begins, wherever that is.
pub(crate) fn mark_word(turn: &mut Turn, word: &[u8], skip: usize, length: usize, kind: Kind) {
    let places = turn.bytes.windows(word.len()).enumerate().filter(|(_, seen)| *seen == word);
    let edits: Vec<Edit> = places.map(|(at, _)| Edit { at: at + skip, length, kind }).collect();
    turn.edits.extend(edits);
}
