//! RFC 7541 appendix C, the vectors of another implementation, and what hostile peers send.

use super::*;

/// Fields of a block; `?` for unknown ones.
fn fields(decoder: &mut Decoder, block: &[u8]) -> Result<Vec<String>, Fault> {
    let mut fields = Vec::new();
    decoder.read(block, |field| {
        fields.push(match field {
            Some((name, value)) => {
                let text = String::from_utf8_lossy;
                format!("{}: {}", text(name), text(value))
            }
            None => "?".to_owned(),
        });
    })?;
    Ok(fields)
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

const FIRST: &str = ":method: GET|:scheme: http|:path: /|:authority: www.example.com";
const SECOND: &str =
    ":method: GET|:scheme: http|:path: /|:authority: www.example.com|cache-control: no-cache";
const THIRD: &str = ":method: GET|:scheme: https|:path: /index.html|\
    :authority: www.example.com|custom-key: custom-value";
const ANSWERS: [&str; 3] = [
    ":status: 302|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|\
     location: https://www.example.com",
    ":status: 307|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|\
     location: https://www.example.com",
    ":status: 200|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT|\
     location: https://www.example.com|content-encoding: gzip|\
     set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
];

/// Size of the table if it is not 4,096, and blocks with their fields.
type Series<'a> = (Option<usize>, &'a [(&'a str, &'a str)]);

#[test]
fn rfc_7541_appendix_c() {
    let series: [Series<'_>; 8] = [
        // C.2.1 to C.2.4
        (
            None,
            &[(
                "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
                "custom-key: custom-header",
            )],
        ),
        (None, &[("040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path")]),
        (None, &[("1008 7061 7373 776f 7264 0673 6563 7265 74", "password: secret")]),
        (None, &[("82", ":method: GET")]),
        // C.3
        (
            None,
            &[
                ("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", FIRST),
                ("8286 84be 5808 6e6f 2d63 6163 6865", SECOND),
                ("8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", THIRD),
            ],
        ),
        // C.4
        (
            None,
            &[
                ("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", FIRST),
                ("8286 84be 5886 a8eb 1064 9cbf", SECOND),
                ("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", THIRD),
            ],
        ),
        // C.5
        (
            Some(256),
            &[
                (
                    "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 \
                     3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 \
                     7861 6d70 6c65 2e63 6f6d",
                    ANSWERS[0],
                ),
                ("4803 3330 37c1 c0bf", ANSWERS[1]),
                (
                    "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 \
                     474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 \
                     454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 \
                     6572 7369 6f6e 3d31",
                    ANSWERS[2],
                ),
            ],
        ),
        // C.6
        (
            Some(256),
            &[
                (
                    "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 \
                     82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
                    ANSWERS[0],
                ),
                ("4883 640e ffc1 c0bf", ANSWERS[1]),
                (
                    "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b \
                     d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 \
                     0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
                    ANSWERS[2],
                ),
            ],
        ),
    ];
    for (limit, blocks) in series {
        let mut decoder = Decoder::default();
        if let Some(limit) = limit {
            decoder.table.resize(limit);
        }
        for (block, expected) in blocks {
            let read = fields(&mut decoder, &unhex(block)).unwrap();
            assert_eq!(read, expected.split('|').collect::<Vec<_>>(), "{block}");
        }
    }
}

#[test]
fn behind_a_hole() {
    let mut decoder = Decoder::default();
    // x: 1 and y: 2 are added; then a block is lost.
    fields(&mut decoder, b"\x40\x01x\x011\x40\x01y\x012").unwrap();
    assert_eq!(
        fields(&mut decoder, &[0x82, 0xbe, 0xbf]).unwrap(),
        [":method: GET", "y: 2", "x: 1"]
    );
    assert_eq!(fields(&mut decoder, &[0xc0]), Err(Fault::Index));
    decoder.lose();
    assert_eq!(fields(&mut decoder, &[0x82, 0xbe, 0xbf]).unwrap(), [":method: GET", "?", "?"]);
    // What is added since is where it should be, whatever lies behind it.
    let read = fields(&mut decoder, b"\x40\x01z\x013\xbe\xbf\x7e\x014\xbe\xbf\xc0").unwrap();
    assert_eq!(read, ["z: 3", "z: 3", "?", "z: 4", "z: 4", "z: 3", "?"]);
    // A literal with an unknown name takes its place, and stays unknown.
    let read = fields(&mut decoder, b"\x7f\x05\x015\xbe\xbf\x0f\x2f\x016").unwrap();
    assert_eq!(read, ["?", "?", "z: 4", "?"]);
    // Flushed: nothing is unknown any more.
    let read = fields(&mut decoder, b"\x20\x3f\xe1\x1f\x40\x01a\x01b\xbe").unwrap();
    assert_eq!(read, ["a: b", "a: b"]);
    assert_eq!(fields(&mut decoder, &[0xbf]), Err(Fault::Index));
}

#[test]
fn what_no_peer_understands() {
    for (block, fault) in [
        (&[0x80][..], Fault::Index),
        (&[0xbe], Fault::Index),
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Fault::Literal),
        (&[0xff, 0x80], Fault::Literal),
        (&[0x40, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f, b'x'], Fault::Literal),
        (&[0x00, 0x01, b'x'], Fault::Literal),
        (&[0x00, 0x01, b'x', 0x84, 0xff, 0xff, 0xff, 0xff], Fault::Literal),
        (&[0x7f, 0x80, 0x01, 0x01, b'x'], Fault::Index),
        // Sizes: beyond what is allowed, and not at the start.
        (&[0x3f, 0xe2, 0x1f], Fault::Size),
        (&[0x82, 0x20], Fault::Size),
    ] {
        assert_eq!(fields(&mut Decoder::default(), block), Err(fault), "{block:02x?}");
    }
    let mut decoder = Decoder::default();
    decoder.allow(u32::MAX);
    let size = |size: usize| {
        let mut rest = size - 31;
        let mut bytes = vec![0x3f];
        while rest >= 128 {
            bytes.push(0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    };
    assert_eq!(fields(&mut decoder, &size(HPACK_TABLE_BYTES)), Ok(vec![]));
    assert_eq!(fields(&mut decoder, &size(HPACK_TABLE_BYTES + 1)), Err(Fault::Size));
}

#[test]
fn bombs_stay_within_bounds() {
    let mut decoder = Decoder::default();
    decoder.allow(u32::MAX);
    // A long name, then many entries that share it: their count is bounded by the table.
    let mut block = vec![0x3f, 0xe1, 0xff, 0x0f];
    block.extend([0x40, 0x7f, 0xe1, 0x7b]);
    block.extend(vec![b'n'; 0x7f + 0x61 + (0x7b << 7)]);
    block.push(0);
    block.extend([0x7e, 0].repeat(100_000));
    let mut count = 0;
    decoder.read(&block, |_| count += 1).unwrap();
    assert_eq!(count, 100_001);
    assert!(decoder.table.size() <= HPACK_TABLE_BYTES && decoder.table.len() < 20);
    // Many small entries.
    let block = b"\x40\x00\x00".repeat(100_000);
    decoder.read(&block, |_| count += 1).unwrap();
    assert_eq!(decoder.table.len(), HPACK_TABLE_BYTES / 32);
    // Sizes flood.
    decoder.read(&[0x20].repeat(100_000), |_| count += 1).unwrap();
    assert_eq!((count, decoder.table.len()), (200_001, 0));
}

#[test]
fn any_bytes() {
    for seed in 0..20_000_u32 {
        let mut state = seed;
        let bytes: Vec<u8> = (0..64)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let mut decoder = Decoder::default();
        if seed % 2 == 0 {
            decoder.lose();
        }
        let mut count = 0;
        let _ = decoder.read(&bytes, |_| count += 1);
        assert!(count <= bytes.len());
    }
}

/// Header blocks that nghttp2 wrote, with changes of the table's size. They lie in the reference
/// material, which is not part of this repository: in `$INTERLOPER_SHARED`, else in `../shared`
/// beside the repository. Without it there is nothing to compare with.
#[test]
fn blocks_of_another_implementation() {
    let shared = std::env::var_os("INTERLOPER_SHARED").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        Into::into,
    );
    for folder in ["nghttp2", "nghttp2-change-table-size"] {
        let folder = shared.join("captures/refdata/hpack-test-case").join(folder);
        let Ok(stories) = std::fs::read_dir(folder) else { return };
        for story in stories.map(|story| story.unwrap().path()) {
            let text = std::fs::read_to_string(&story).unwrap();
            let mut decoder = Decoder::default();
            // One key a line; a case begins with its number.
            for case in text.split("\"seqno\"").skip(1) {
                let (mut wire, mut expected) = (Vec::new(), Vec::new());
                let lines = case.lines().map(|line| line.trim().trim_end_matches(','));
                for (name, value) in lines.skip(1).filter_map(|line| line.split_once("\": ")) {
                    let value = value.trim_matches('"').replace("\\\"", "\"").replace(r"\\", r"\");
                    match name.trim_start_matches('"') {
                        "header_table_size" => decoder.allow(value.parse().unwrap()),
                        "wire" => wire = unhex(&value),
                        "description" | "headers" => {}
                        name => expected.push(format!("{name}: {value}")),
                    }
                }
                let read = fields(&mut decoder, &wire);
                assert_eq!(read, Ok(expected), "{}", story.display());
            }
        }
    }
}
