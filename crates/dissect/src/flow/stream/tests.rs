//! Streams from segments in every order, with holes, overlaps and wrap-around.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Default, PartialEq)]
struct Heard {
    bytes: Vec<u8>,
    gaps: Vec<u32>,
    weirds: Vec<WeirdKind>,
}

/// A stream, and what its retransmissions are compared with.
#[derive(Default)]
struct Side {
    stream: Stream,
    history: History,
}

fn segment(sequence: u32, flags: u8, payload: &[u8]) -> Segment<'_> {
    Segment {
        sequence,
        acknowledgment: None,
        flags,
        payload,
        missing: 0,
        window: 65_535,
        options: &[],
    }
}

fn hear(side: &mut Side, segments: &[Segment<'_>]) -> Heard {
    let mut heard = Heard::default();
    for one in segments {
        let at = PacketRef::default();
        side.stream.segment(one, at, &mut side.history, &mut |chunk| heard.take(chunk));
    }
    heard
}

impl Heard {
    fn take(&mut self, chunk: Chunk<'_>) {
        match chunk {
            Chunk::Data(bytes, _) => self.bytes.extend_from_slice(bytes),
            Chunk::Gap(length) => self.gaps.push(length),
            Chunk::Weird(kind) => self.weirds.push(kind),
        }
    }
}

#[test]
fn order_is_restored() {
    let mut side = Side::default();
    let heard = hear(
        &mut side,
        &[
            segment(99, Segment::SYN, b""),
            segment(103, 0, b"def"),
            segment(106, 0, b"ghi"),
            segment(100, 0, b"abc"),
        ],
    );
    assert_eq!(heard, Heard { bytes: b"abcdefghi".to_vec(), ..Heard::default() });
}

#[test]
fn sequence_numbers_wrap_around() {
    let mut side = Side::default();
    let heard = hear(
        &mut side,
        &[
            segment(u32::MAX - 2, Segment::SYN, b""),
            segment(1, 0, b"def"),
            segment(u32::MAX - 1, 0, b"abc"),
        ],
    );
    assert_eq!(heard.bytes, b"abcdef");
}

#[test]
fn a_retransmission_is_heard_once_and_differences_are_weird() {
    let mut side = Side::default();
    let heard = hear(
        &mut side,
        &[segment(10, 0, b"abcd"), segment(10, 0, b"abcd"), segment(12, 0, b"cdef")],
    );
    assert_eq!(heard, Heard { bytes: b"abcdef".to_vec(), ..Heard::default() });
    let heard = hear(&mut side, &[segment(12, 0, b"cXefg")]);
    assert_eq!(heard.bytes, b"g");
    assert_eq!(heard.weirds, [WeirdKind::StreamOverlapDiffers]);
    let keep_alive = hear(&mut side, &[segment(16, 0, b"\0")]);
    assert_eq!(keep_alive, Heard::default());
}

#[test]
fn a_long_segment_leaves_only_itself_to_compare_with() {
    let long: Vec<u8> = (0..11_000).map(|at| (at % 251) as u8).collect();
    let mut side = Side::default();
    let second = 100 + u32::try_from(long.len()).unwrap();
    let first = [segment(99, Segment::SYN, b""), segment(100, 0, &long)];
    let again = [segment(second, 0, &long), segment(second, 0, &long)];
    let heard = hear(&mut side, &[first, again].concat());
    assert_eq!((heard.bytes.len(), heard.weirds), (2 * long.len(), vec![]));
}

#[test]
fn differences_behind_a_hole_are_weird_too() {
    let mut side = Side::default();
    let heard = hear(
        &mut side,
        &[
            segment(0, Segment::SYN, b""),
            segment(4, 0, b"def"),
            segment(3, 0, b"cdEfg"),
            segment(1, 0, b"ab"),
        ],
    );
    assert_eq!(heard.bytes, b"abcdefg");
    assert_eq!(heard.weirds, [WeirdKind::StreamOverlapDiffers]);
}

#[test]
fn a_hole_that_was_acknowledged_is_given_up() {
    let mut side = Side::default();
    let mut heard = hear(&mut side, &[segment(0, 0, b"ab"), segment(5, 0, b"fg")]);
    assert_eq!(heard.bytes, b"ab");
    for _ in 0..STALLED_ACKNOWLEDGMENTS {
        side.stream.acknowledged(7, &mut side.history, &mut |chunk| heard.take(chunk));
    }
    assert_eq!(heard, Heard { bytes: b"abfg".to_vec(), gaps: vec![3], weirds: vec![] });
}

#[test]
fn the_end_gives_out_what_waits() {
    let mut side = Side::default();
    let mut heard =
        hear(&mut side, &[segment(0, 0, b"a"), segment(5, 0, b"f"), segment(9, 0, b"j")]);
    side.stream.flush(&mut side.history, &mut |chunk| heard.take(chunk));
    assert_eq!(heard, Heard { bytes: b"afj".to_vec(), gaps: vec![4, 3], weirds: vec![] });
}

#[test]
fn what_the_snap_length_cut_is_a_gap() {
    let mut side = Side::default();
    let cut = Segment { missing: 3, ..segment(0, 0, b"ab") };
    let heard = hear(&mut side, &[cut, segment(5, 0, b"fg")]);
    assert_eq!(heard, Heard { bytes: b"abfg".to_vec(), gaps: vec![3], weirds: vec![] });
}

#[test]
fn memory_is_bounded() {
    let mut side = Side::default();
    let filler = vec![0; 1_400];
    hear(&mut side, &[segment(0, Segment::SYN, b"")]);
    for at in 0..2_000_u32 {
        hear(&mut side, &[segment(at.wrapping_mul(2_000).wrapping_add(2), 0, &filler)]);
        assert!(side.stream.pending_bytes <= PENDING_BYTES + filler.len());
        assert!(side.stream.pending.len() <= PENDING_SEGMENTS + 1);
    }
}

#[test]
fn a_new_syn_is_told_from_a_repeated_one() {
    let mut side = Side::default();
    hear(&mut side, &[segment(1_000, Segment::SYN, b""), segment(1_001, 0, b"hello")]);
    assert!(!side.stream.is_other_connection(1_000));
    assert!(side.stream.is_other_connection(3_000_000_000));
    assert!(side.stream.is_other_connection(2_000));
}

proptest! {
    /// Whatever the order and the overlap of the pieces: all bytes come out once, in order.
    #[test]
    fn any_cutting_gives_the_same_stream(
        text in proptest::collection::vec(any::<u8>(), 1..400),
        start in any::<u32>(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 1_usize..60), 0..40),
    ) {
        let mut side = Side::default();
        let mut heard = Heard::default();
        let syn = segment(start.wrapping_sub(1), Segment::SYN, b"");
        side.stream.segment(&syn, PacketRef::default(), &mut side.history, &mut |chunk| heard.take(chunk));
        let random = cuts.into_iter().map(|(at, length)| (at.index(text.len()), length));
        for (at, length) in random.chain((0..text.len()).step_by(50).map(|at| (at, 50))) {
            let end = at.saturating_add(length).min(text.len());
            let piece = segment(start.wrapping_add(u32::try_from(at).unwrap()), 0, &text[at..end]);
            side.stream.segment(&piece, PacketRef::default(), &mut side.history, &mut |chunk| heard.take(chunk));
        }
        prop_assert_eq!(heard, Heard { bytes: text, ..Heard::default() });
    }
}
