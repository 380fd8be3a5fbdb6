//! What is no capture, and how that is told: one line, with the name.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use capture::{Error, FileOptions, FileSource, open};

use crate::made::{ORDERS, Order, drain, pcap, pcap_header, read_with, section};

fn refusal(bytes: &[u8]) -> String {
    let error = read_with(bytes, &FileOptions::default()).err().unwrap().to_string();
    assert!(!error.contains('\n'), "{error}");
    error
}

#[test]
fn what_is_no_capture_says_what_it_is() {
    for (bytes, text) in [
        (&b""[..], "is empty (0 bytes), not a capture file"),
        (
            b"GET / HTTP/1.1\r\n",
            "is not a pcap or pcapng capture: it begins with 47 45 54 20 2f 20 48 54",
        ),
        (
            b"snoop\0\0\0\0\0\0\x02",
            "is not a pcap or pcapng capture: it begins with 73 6e 6f 6f 70 00 00 00",
        ),
        (
            b"\x0a\x0d\x0d\x0a\x1c\0\0\0order",
            "is not a pcap or pcapng capture: it begins with 0a 0d 0d 0a 1c 00 00 00",
        ),
        (b"{\"log\":{}}", "is JSON, perhaps a HAR file: packets are wanted here (pcap, pcapng)"),
        (
            b"\xef\xbb\xbf \n{\"log\":{}}",
            "is JSON, perhaps a HAR file: packets are wanted here (pcap, pcapng)",
        ),
        (b"ab", "the file header at byte 0 is cut off: 2 of 24 bytes are there"),
    ] {
        assert_eq!(refusal(bytes), format!("x: {text}"));
    }
}

#[test]
fn versions_and_link_types_that_are_not_known() {
    for order in ORDERS {
        for (version, link, text) in [
            ((1, 4), 1, "has pcap version 1.4, which is not supported"),
            ((3, 0), 1, "has pcap version 3.0, which is not supported"),
            ((2, 4), 0x0030_0000, "has the link type 0x00300000, whose reserved bits are set"),
        ] {
            let bytes = pcap_header(order, 0xa1b2_c3d4, version, link);
            assert_eq!(refusal(&bytes), format!("x: the file header at byte 0 {text}"));
        }
        let mut pcapng = section(order);
        pcapng[12..14].copy_from_slice(&order.u16(7));
        let reading = read_with(&pcapng, &FileOptions::default()).unwrap();
        let text = "x: the file header at byte 0 has pcapng version 7.0, which is not supported";
        assert_eq!(reading.error(), text);
    }
}

#[test]
fn paths_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.pcap");
    let error = |path: &Path| open(path, &FileOptions::default()).err().unwrap();
    assert!(matches!(error(folder.path()), Error::Directory { .. }));
    assert!(error(folder.path()).to_string().ends_with(": is a directory, not a capture file"));
    let text = error(&missing).to_string();
    assert!(text.starts_with(&missing.display().to_string()), "{text}");
    assert!(text.contains("No such file"), "{text}");
    fs::write(&missing, pcap(Order::Big, &[])).unwrap();
    assert!(open(&missing, &FileOptions::default()).is_ok());
}

/// Gives some bytes, then fails as a disk does.
struct Failing(io::Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::from_raw_os_error(5)),
            read => Ok(read),
        }
    }
}

#[test]
fn a_read_error_comes_after_the_packets_before_it() {
    let bytes = pcap(Order::Little, &[b"one", b"two"]);
    for (length, packets) in [(bytes.len(), 2), (bytes.len() - 1, 1), (24, 0)] {
        let reader = Failing(io::Cursor::new(bytes[..length].to_vec()));
        let reading = drain(FileSource::from_reader("x", reader, &FileOptions::default()).unwrap());
        assert_eq!(reading.packets.len(), packets);
        let offset = 24 + 19 * packets;
        let start = format!("x: packet {} at byte {offset} cannot be read: ", packets + 1);
        assert!(reading.error().starts_with(&start), "{}", reading.error());
        assert!(!reading.error.unwrap().is_truncation());
    }
    let reader = Failing(io::Cursor::new(bytes[..10].to_vec()));
    let error = FileSource::from_reader("x", reader, &FileOptions::default()).err().unwrap();
    assert!(matches!(error, Error::Io { .. }), "{error}");
}
