//! Ways to damage a capture, all of them by a generator with a fixed seed.
#![allow(clippy::ptr_arg, reason = "one type for all of them: some change the number of frames")]

use crate::captures::Frame;

/// SplitMix64: the same numbers for the same seed, everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `limit`; 0 if there is none.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap() % limit.max(1)
    }
}

/// A way to damage a capture.
pub(crate) type Damage = fn(&mut Vec<Frame>, &mut Dice);

/// All of them, by name.
pub(crate) const DAMAGES: [(&str, Damage); 8] = [
    ("cut", cut),
    ("drop", drop_some),
    ("duplicate", duplicate),
    ("everything", everything),
    ("flip anywhere", flip_anywhere),
    ("flip headers", flip_headers),
    ("relink", relink),
    ("reorder", reorder),
];

/// Every fourth frame or so ends early, as with a short snap length; half of them claim to be
/// whole.
fn cut(frames: &mut Vec<Frame>, dice: &mut Dice) {
    for frame in frames {
        if dice.below(4) == 0 {
            let length = dice.below(frame.data.len() + 1);
            frame.data.truncate(length);
            if dice.below(2) == 0 {
                frame.original = u32::try_from(length).unwrap();
            }
        }
    }
}

/// Every eighth frame or so is missing.
fn drop_some(frames: &mut Vec<Frame>, dice: &mut Dice) {
    frames.retain(|_| dice.below(8) != 0);
}

/// Every fourth frame or so comes again, within the next three.
pub(crate) fn duplicate(frames: &mut Vec<Frame>, dice: &mut Dice) {
    let mut at = 0;
    while at < frames.len() {
        if dice.below(4) == 0 {
            let again = (at + 1 + dice.below(3)).min(frames.len());
            frames.insert(again, frames[at].clone());
            at += 1;
        }
        at += 1;
    }
}

/// Several kinds of damage at once.
fn everything(frames: &mut Vec<Frame>, dice: &mut Dice) {
    for damage in [reorder, flip_headers, duplicate, flip_anywhere, cut, drop_some] {
        damage(frames, dice);
    }
}

/// One byte of every third frame or so has another value.
fn flip_anywhere(frames: &mut Vec<Frame>, dice: &mut Dice) {
    flip(frames, dice, usize::MAX);
}

/// The same within the first 80 bytes, where the lengths are.
fn flip_headers(frames: &mut Vec<Frame>, dice: &mut Dice) {
    flip(frames, dice, 80);
}

fn flip(frames: &mut [Frame], dice: &mut Dice, within: usize) {
    for frame in frames {
        let at = dice.below(frame.data.len().min(within));
        if dice.below(3) == 0
            && let Some(byte) = frame.data.get_mut(at)
        {
            *byte ^= u8::try_from(1 + dice.below(255)).unwrap();
        }
    }
}

/// Frames are read as other link types than they are.
fn relink(frames: &mut Vec<Frame>, dice: &mut Dice) {
    const LINKS: [u16; 10] = [0, 9, 51, 101, 105, 113, 127, 192, 258, 276];
    for frame in frames {
        frame.link_type.0 = LINKS[dice.below(LINKS.len())];
    }
}

/// Every frame comes up to eight places late.
fn reorder(frames: &mut Vec<Frame>, dice: &mut Dice) {
    for at in 0..frames.len() {
        let other = (at + dice.below(8)).min(frames.len() - 1);
        frames.swap(at, other);
    }
}

/// As a network reorders: within one direction of one flow, segments with payload that do not open
/// or close the connection change places with their neighbours, three times over. Returns how many
/// did.
pub(crate) fn swap_neighbours(frames: &mut Vec<Frame>, dice: &mut Dice) -> usize {
    let mut swapped = 0;
    for at in (1..frames.len()).chain(1..frames.len()).chain(1..frames.len()) {
        let movable = direction(&frames[at - 1]).is_some_and(|d| Some(d) == direction(&frames[at]));
        if movable && dice.below(2) == 0 {
            frames.swap(at - 1, at);
            swapped += 1;
        }
    }
    swapped
}

/// Addresses and ports of an IPv4 TCP segment over Ethernet that has payload, and neither SYN, FIN
/// nor RST.
fn direction(frame: &Frame) -> Option<[u8; 12]> {
    let data = &frame.data;
    let plain = frame.link_type.0 == 1 && data.get(12..15)? == [8, 0, 0x45] && data[23] == 6;
    let length = usize::from(u16::from_be_bytes([data[16], data[17]]));
    let payload = length > 20 + usize::from(data.get(46)? >> 4) * 4;
    (plain && payload && data[47] & 7 == 0).then(|| data[26..38].try_into().unwrap())
}
