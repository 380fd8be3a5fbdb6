//! Captures with wrong bytes in them: read to an end without a panic, and the same whether they
//! come at once or in pieces.

use std::io::Cursor;

use capture::{FileOptions, FileSource, Source};

use crate::made::{Order, Pieces, block, drain, enhanced, interface, pcap, section};

/// Numbers without a pattern, the same in every run (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

fn captures() -> [Vec<u8>; 3] {
    let order = Order::Big;
    let secrets = [&order.words(&[1, 6])[..], b"secret\0\0"].concat();
    let simple = [&order.u32(2)[..], b"hi"].concat();
    let pcapng = [
        section(order),
        interface(order, 1, 0, &[0, 9, 0, 1, 9, 0, 0, 0]),
        block(order, 10, &secrets),
        enhanced(order, 0, 1, b"first"),
        block(order, 0x0bad, b"1234custom"),
        block(order, 5, &[0; 24]),
        block(order, 3, &simple),
        section(Order::Little),
        interface(Order::Little, 101, 64, &[]),
        enhanced(Order::Little, 0, 1, b"third"),
    ]
    .concat();
    let packets: [&[u8]; 4] = [b"one", b"two", b"", b"four"];
    [pcapng, pcap(Order::Little, &packets), pcap(Order::Big, &packets)]
}

/// Values that lengths and types are most often wrong by.
const WRONG: [u8; 8] = [0x00, 0x01, 0x03, 0x0a, 0x10, 0x7f, 0x80, 0xff];

#[test]
fn wrong_bytes_end_in_packets_or_an_error_alike() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut good, mut broken) = (0, 0);
    for original in captures() {
        for _ in 0..4_000 {
            let mut bytes = original.clone();
            for _ in 0..=numbers.below(3) {
                let at = numbers.below(bytes.len());
                bytes[at] = WRONG[numbers.below(WRONG.len())];
            }
            let length = bytes.len() - numbers.below(2) * numbers.below(bytes.len());
            bytes.truncate(length);
            let open = |size| {
                let pieces = Pieces(Cursor::new(bytes.clone()), size);
                FileSource::from_reader("x", pieces, &FileOptions::default())
            };
            match (open(usize::MAX), open(1 + numbers.below(9))) {
                (Ok(whole), Ok(pieces)) => {
                    let (whole, pieces) = (drain(whole), drain(pieces));
                    assert_eq!(whole.packets, pieces.packets, "{bytes:02x?}");
                    assert_eq!(whole.error(), pieces.error(), "{bytes:02x?}");
                    assert_eq!(whole.source.secrets(), pieces.source.secrets());
                    assert_eq!(whole.source.custom_blocks(), pieces.source.custom_blocks());
                    match &whole.error {
                        None => good += 1,
                        Some(error) => {
                            broken += 1;
                            let position = error.position().unwrap();
                            assert!(position.offset <= length as u64, "{error}");
                            assert_eq!(position.packet, whole.packets.len() as u64 + 1);
                        }
                    }
                }
                (Err(whole), Err(pieces)) => assert_eq!(whole.to_string(), pieces.to_string()),
                _ => panic!("opened in one way only: {bytes:02x?}"),
            }
        }
    }
    assert!(good > 1_000 && broken > 1_000, "{good} good, {broken} broken");
}
