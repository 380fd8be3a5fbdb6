//! Streams that are whole, cut, wrong, or far larger than they look.

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;
use crate::limits::HTTP_BODY_BYTES;

const ROOM: usize = HTTP_BODY_BYTES;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// A frame of one block as it is (RFC 8878 section 3.1.1).
fn zstd_stored(plain: &[u8]) -> Vec<u8> {
    let block = u32::try_from(plain.len() << 3 | 1).unwrap().to_le_bytes();
    [&ZSTD_MAGIC[..], &[0x00, 0x38], &block[..3], plain].concat()
}

/// A frame of blocks that each repeat one byte 128 KiB times, with a window of 8 MiB.
fn zstd_repeated(blocks: usize) -> Vec<u8> {
    let mut frame = [&ZSTD_MAGIC[..], &[0x00, 0x68]].concat();
    for block in 1..=blocks {
        let header = (128_u32 << 10) << 3 | 1 << 1 | u32::from(block == blocks);
        frame.extend([&header.to_le_bytes()[..3], b"0"].concat());
    }
    frame
}

/// One uncompressed metablock (RFC 7932 section 9.2).
const BROTLI_HELLO: [u8; 9] = [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];

/// 16 MiB of zeros.
const BROTLI_BOMB: [u8; 14] =
    [0x9f, 0xff, 0xff, 0xff, 0xf8, 0x27, 0x00, 0xe2, 0xb1, 0x40, 0x20, 0xf7, 0xfe, 0x1f];

fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

fn unpacked(codings: &[&str], packed: &[u8]) -> Option<Vec<u8>> {
    let unpacked = unpack(codings, packed, ROOM)?;
    assert!(!unpacked.expands, "{codings:?}");
    Some(unpacked.bytes)
}

#[test]
fn every_coding_by_every_name() {
    let plain = b"{\"hello\": \"hello\"}".repeat(9);
    for (names, packed) in [
        (&["gzip"][..], gzip(&plain)),
        (&["X-GZip"], gzip(&plain)),
        (&["deflate"], zlib(&plain)),
        (&["Deflate"], deflate(&plain)),
        (&["zstd"], zstd_stored(&plain)),
        (&["deflate", "gzip"], gzip(&zlib(&plain))),
        (&["gzip", "gzip", "gzip", "gzip"], gzip(&gzip(&gzip(&gzip(&plain))))),
        (&["gzip"], [gzip(&plain[..50]), gzip(&plain[50..])].concat()),
        (&["gzip"], [gzip(&plain), b"rubbish".to_vec()].concat()),
        (
            &["zstd"],
            [&[0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7][..], &zstd_stored(&plain)].concat(),
        ),
        (&["zstd"], [zstd_stored(&plain[..50]), zstd_stored(&plain[50..])].concat()),
    ] {
        assert_eq!(unpacked(names, &packed).as_ref(), Some(&plain), "{names:?}");
    }
    assert_eq!(unpacked(&["br"], &BROTLI_HELLO).as_deref(), Some(&b"hello"[..]));
    assert_eq!(unpacked(&["gzip"], &gzip(b"")).as_deref(), Some(&b""[..]));
}

#[test]
fn what_is_not_that_coding() {
    let packed = gzip(b"hello");
    for (names, packed) in [
        (&["gzip"][..], &b"hello"[..]),
        (&["br"], &[0xff; 40]),
        (&["zstd"], &packed),
        (&["deflate"], b"\xff\xff\xff"),
        (&["compress"], &packed),
        (&["gzip; q=1"], &packed),
        (&["gzip", "gzip"], &packed),
        (&["gzip", "gzip", "gzip", "gzip", "gzip"], &packed),
        // A window of 2^41 bytes, a window of 16 MiB, a dictionary.
        (&["zstd"], &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0]),
        (&["zstd"], &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x70, 1, 0, 0]),
        (&["zstd"], &[0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x38, 9, 1, 0, 0]),
        // A large window of Brotli, which RFC 7932 does not know.
        (&["br"], &[0x11, 0x3e, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03]),
    ] {
        assert_eq!(unpack(names, packed, ROOM), None, "{names:?} {packed:x?}");
    }
}

#[test]
fn cut_streams_give_what_they_hold() {
    let plain = noise(30_000);
    let words = b"one two three four five six seven ".repeat(400);
    for (name, packed, plain) in [
        ("gzip", gzip(&plain), &plain),
        ("deflate", zlib(&plain), &plain),
        ("deflate", deflate(&plain), &plain),
        ("gzip", gzip(&words), &words),
    ] {
        let part = unpacked(&[name], &packed[..packed.len() * 3 / 4]).unwrap();
        assert!(plain.starts_with(&part) && part.len() > plain.len() / 2, "{name} {}", part.len());
    }
    let two = [&zstd_repeated(2)[..10], &zstd_repeated(9)[6..8]].concat();
    assert_eq!(unpacked(&["zstd"], &two).unwrap(), vec![b'0'; ROOM]);
    assert_eq!(unpacked(&["br"], &BROTLI_HELLO[..8]).unwrap(), b"hello");
    assert_eq!(unpacked(&["br"], &BROTLI_HELLO[..6]).unwrap(), b"hel");
}

#[test]
fn only_the_first_bytes_are_kept() {
    let plain = noise(ROOM + 9_000);
    for codings in [&["gzip"][..], &["gzip", "gzip"]] {
        let packed = codings.iter().fold(plain.clone(), |packed, _| gzip(&packed));
        assert!(unpacked(codings, &packed).unwrap() == plain[..ROOM], "{codings:?}");
    }
}

/// A kibibyte that unpacks to a gibibyte, or would.
#[test]
fn bombs_are_given_up() {
    // Deflate repeats at most 258 bytes at a time, so that a gibibyte takes two layers.
    let zeros = vec![0; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..1 << 10 {
        encoder.write_all(&zeros).unwrap();
    }
    let layer = encoder.finish().unwrap();
    let two_layers = gzip(&layer);
    assert!(two_layers.len() < 4 << 10, "{}", two_layers.len());
    for (codings, packed) in [
        (&["gzip"][..], layer),
        (&["gzip", "gzip"], two_layers),
        (&["zstd"], zstd_repeated(1 << 13)),
        (&["zstd"], zstd_repeated(200)),
        (&["br"], BROTLI_BOMB.to_vec()),
    ] {
        let found = unpack(codings, &packed, ROOM).unwrap();
        assert!(found.expands && found.bytes.len() <= ROOM, "{codings:?}");
    }
    // Many frames with nothing in them.
    let empty = zstd_stored(b"").repeat(9_000);
    assert_eq!(unpacked(&["zstd"], &empty).as_deref(), Some(&b""[..]));
}

proptest::proptest! {
    /// Nothing panics.
    #[test]
    fn any_bytes(
        coding in 0_usize..4,
        packed in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
    ) {
        const STARTS: [(&str, &[u8]); 4] =
            [("gzip", &[31, 139, 8]), ("deflate", &[0x78, 0x9c]), ("br", &[]), ("zstd", &ZSTD_MAGIC)];
        let (name, start) = STARTS[coding];
        let packed = [start, &packed].concat();
        if let Some(found) = unpack(&[name], &packed, 1_000) {
            proptest::prop_assert!(found.bytes.len() <= 1_000);
        }
    }
}

#[test]
fn content_unpacked_at_once_is_what_the_general_decoder_says() {
    let general = |packed: &[u8]| {
        let sink = drain(MultiGzDecoder::new(packed), Sink::new(ROOM, packed.len()));
        sink.map(|sink| sink.bytes)
    };
    for plain in [&b""[..], b"a", &b"{\"hello\": \"hello\"}".repeat(99), &noise(9_000)] {
        let whole = gzip(plain);
        assert_eq!(at_once::gzip(&whole, ROOM).as_deref(), Some(plain));
        assert_eq!(at_once::gzip(&whole, plain.len()), general(&whole));
        if let Some(less) = plain.len().checked_sub(1) {
            assert_eq!(at_once::gzip(&whole, less), None);
        }
        // Whatever byte is wrong or missing: it gives nothing that the general decoder does not.
        for at in 0..whole.len().min(200) {
            let mut wrong = whole.clone();
            wrong[at] ^= 0x11;
            for odd in [&wrong[..], &whole[..at], &[&whole[..], &whole[..at]].concat()] {
                let found = at_once::gzip(odd, ROOM);
                assert!(found.is_none() || found == general(odd), "{at}");
            }
        }
    }
    let named = [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3][..], b"name\0", &gzip(b"x")[10..]].concat();
    assert_eq!((at_once::gzip(&named, ROOM), general(&named)), (None, Some(b"x".to_vec())));
}
