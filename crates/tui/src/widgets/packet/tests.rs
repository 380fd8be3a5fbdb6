use dissect::{LinkType, Timestamp};
use insta::assert_snapshot;

use super::*;
use crate::options::{Background, Contrast};
use crate::text::width;

/// Ethernet, IPv4 and TCP around a payload: 10.0.0.2 to 203.0.113.5.
fn frame(port: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len().saturating_add(40)).unwrap().to_be_bytes();
    let ethernet = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
    let ip = [0x45, 0, length[0], length[1], 0xd8, 0x0b, 0x40, 0, 64, 6, 0x12, 0x34];
    let addresses = [10, 0, 0, 2, 203, 0, 113, 5];
    let port = port.to_be_bytes();
    let tcp = [0xc0, 0x12, port[0], port[1], 0, 0, 3, 0xe8, 0, 0, 7, 0xd0, 0x50, 0x18, 1, 0xf6];
    [&ethernet[..], &ip, &addresses, &tcp, &[0; 4], payload].concat()
}

fn packet(data: &[u8], original_length: u32) -> Packet<'_> {
    Packet {
        number: 12,
        timestamp: Timestamp::from_nanos(1_787_480_102_000_000_789),
        link_type: LinkType::ETHERNET,
        data,
        original_length,
        interface: 0,
    }
}

fn page(columns: usize, color: bool, data: &[u8], original: u32, secrets: Secrets) -> Page {
    let mut page = Page::new(columns, Theme::new(color, Background::Dark, Contrast::Usual));
    let note = "The server's certificate is signed by CN=mitmproxy.";
    section(&mut page, &packet(data, original), Some(note), secrets);
    page
}

fn lines(page: &Page) -> Vec<String> {
    let line = |line: &ratatui::text::Line<'_>| -> String {
        line.spans.iter().map(|span| span.content.as_ref()).collect()
    };
    page.lines().iter().map(|l| line(l).trim_end().to_owned()).collect()
}

fn text(columns: usize, data: &[u8], original: u32, secrets: Secrets) -> String {
    lines(&page(columns, false, data, original, secrets)).join("\n")
}

fn refused() -> Vec<u8> {
    frame(443, &[21, 3, 3, 0, 2, 2, 48, 23, 3, 3, 1, 0, 0xa1, 0x5c, 0x5c])
}

const REQUEST: &[u8] = b"GET /orders?token=s3cret&page=2 HTTP/1.1\r\ncookie: id=4711\r\n\r\n";

#[test]
fn an_alert_of_80_columns() {
    assert_snapshot!(text(80, &refused(), 69, Secrets::Redacted));
}

#[test]
fn an_alert_of_120_columns() {
    assert_snapshot!(text(120, &refused(), 69, Secrets::Redacted));
}

#[test]
fn an_alert_of_40_columns() {
    assert_snapshot!(text(40, &refused(), 69, Secrets::Redacted));
}

#[test]
fn a_request_whose_secrets_are_hidden() {
    let text = text(80, &frame(80, REQUEST), 1514, Secrets::Redacted);
    assert!(!text.contains("s3cret") && !text.contains("73 33 63") && !text.contains("4711"));
    assert_snapshot!(text);
}

#[test]
fn a_request_whose_secrets_are_shown() {
    assert_snapshot!(text(80, &frame(80, REQUEST), 1514, Secrets::Shown));
}

#[test]
fn long_packets_are_cut() {
    let data = frame(443, &vec![b'\\'; 60_000]);
    let found = page(80, false, &data, 0, Secrets::Shown);
    let text = lines(&found);
    assert!(text.len() < 200, "{} lines", text.len());
    assert_eq!(text.last().unwrap(), " 58,554 bytes more are not shown.");
    assert!(text.iter().any(|line| line.ends_with("  \\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\")));
}

#[test]
fn packets_without_bytes_say_so() {
    let text = text(80, &[], 60, Secrets::Redacted);
    assert!(
        text.ends_with("of which 0 were captured\n None of its bytes were captured."),
        "{text}"
    );
}

#[test]
fn lines_fit_their_page() {
    for columns in 30..130 {
        for data in [refused(), frame(80, REQUEST)] {
            for line in lines(&page(columns, false, &data, 0, Secrets::Redacted)) {
                assert!(width(&line) <= columns, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn what_the_wire_says_is_escaped() {
    let request = "GET /\x1b[31m\u{202e}\\ HTTP/1.1\r\n".as_bytes();
    let text = text(80, &frame(80, request), 0, Secrets::Shown);
    assert!(text.contains(r"target     /\x1b[31m\u{202e}\\"), "{text}");
    assert!(!text.contains(['\x1b', '\u{202e}', '\r']));
}

/// With colours, the bytes of a layer and its name are of one colour; neighbours differ.
#[test]
fn bytes_have_the_colour_of_their_layer() {
    let found = page(80, true, &refused(), 0, Secrets::Redacted);
    let colour = |wanted: &str| {
        let mut spans = found.lines().iter().flat_map(|line| &line.spans);
        spans.find(|span| span.content == wanted).unwrap().style.fg
    };
    assert_eq!(colour("Ethernet"), colour("02"));
    assert_eq!(colour("IPv4"), colour("45"));
    assert_eq!(colour("TCP"), colour("c0"));
    assert_ne!(colour("Ethernet"), colour("IPv4"));
    assert_ne!(colour("IPv4"), colour("TCP"));
}
