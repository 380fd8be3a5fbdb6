//! Other inputs than a whole capture: hostile text in it, a HAR file, half a file, a replay at a pace.

use std::fs;

use crate::packets::pcap;
use crate::terminal::{Terminal, has};
use crate::{DEMO, demo, support};

/// Sets the window's title; clears the screen; goes red by one byte that is CSI in 8-bit terminals;
/// writes from right to left.
const HOSTILE: &str = "\x1b]0;pwned\x07\x1b[2J\u{9b}31m\u{202e}";

/// One TCP connection from its beginning on: what the client says, then what the server says.
fn connection(port: u16, said: &[u8], answered: &[u8]) -> Vec<Vec<u8>> {
    let (mut from_client, mut from_server) = (1000_u32, 9000_u32);
    let mut packets = Vec::new();
    for (is_client, flags, data) in [
        (true, 0x02, &b""[..]),
        (false, 0x12, b""),
        (true, 0x10, b""),
        (true, 0x18, said),
        (false, 0x18, answered),
        (true, 0x11, b""),
        (false, 0x11, b""),
    ] {
        let numbers =
            if is_client { (from_client, from_server) } else { (from_server, from_client) };
        packets.push(segment(port, is_client, flags, numbers, data));
        let length =
            u32::try_from(data.len()).expect("a short text") + u32::from(flags & 0x03 != 0);
        if is_client {
            from_client += length;
        } else {
            from_server += length;
        }
    }
    packets
}

/// One segment in an Ethernet frame.
fn segment(port: u16, is_client: bool, flags: u8, numbers: (u32, u32), data: &[u8]) -> Vec<u8> {
    let (client, server) = ([192, 0, 2, 1], [198, 51, 100, 7]);
    let (from, to) = if is_client { (client, server) } else { (server, client) };
    let ports = if is_client { (40_000 + port, port) } else { (port, 40_000 + port) };
    let length = u16::try_from(40 + data.len()).expect("a short text").to_be_bytes();
    let mut packet = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, length[0], length[1]];
    packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
    packet.extend(from);
    packet.extend(to);
    packet.extend(ports.0.to_be_bytes());
    packet.extend(ports.1.to_be_bytes());
    packet.extend(numbers.0.to_be_bytes());
    packet.extend(if flags == 0x02 { 0 } else { numbers.1 }.to_be_bytes());
    packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(data);
    packet
}

/// `bytes` behind their length in `size` bytes.
fn counted(size: usize, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a short text").to_be_bytes();
    [&length[4 - size..], bytes].concat()
}

/// A ClientHello for TLS 1.2 that asks for this host.
fn hello(host: &[u8]) -> Vec<u8> {
    let name = counted(2, &[&[0], counted(2, host).as_slice()].concat());
    let sni = [&[0, 0], counted(2, &name).as_slice()].concat();
    let groups = [0, 10, 0, 4, 0, 2, 0, 29];
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.push(0);
    body.extend(counted(2, &[0xc0, 0x2f]));
    body.extend([1, 0]);
    body.extend(counted(2, &[&sni[..], &groups].concat()));
    let handshake = [&[1], counted(3, &body).as_slice()].concat();
    [&[22, 3, 1], counted(2, &handshake).as_slice()].concat()
}

#[test]
fn text_off_the_wire_reaches_no_terminal_as_it_is() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    let request = format!(
        "GET /a HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: Evil{HOSTILE}/1\r\n\
         Authorization: Basic YTpi\r\nX-Note: {HOSTILE}\r\n\r\n"
    );
    let json = r#"{"note":"\u001b]0;pwned\u0007 \u009b31m \u202e"}"#;
    let response = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Server: {HOSTILE}\r\n\r\n{json}",
        json.len()
    );
    let mut packets = connection(80, request.as_bytes(), response.as_bytes());
    let alert = [21, 3, 3, 0, 2, 2, 40];
    packets.extend(connection(443, &hello(format!("a{HOSTILE}.test").as_bytes()), &alert));
    fs::write(terminal.file("hostile.pcap"), pcap(1, &packets)).expect("a file can be written");

    let title = terminal.about("pane_title");
    terminal.record();
    terminal.command("interloper tui hostile.pcap");
    terminal.wait_for(" done ");
    // In every view, and on the page of its first row.
    for (key, words) in [
        ("1", "severity↑"),
        ("2", "channel↑"),
        ("3", "host (SNI)"),
        ("4", "method"),
        ("5", "interceptor"),
        ("7", "packet"),
    ] {
        let list = terminal.press(&[key], words);
        terminal.keys(&["Enter"]);
        let page = terminal.wait_until("a page", |screen| screen != list);
        terminal.press(&["G"], if page.contains(" % ") { " end" } else { "quit" });
        terminal.back("Tab views");
    }
    terminal.press(&["3"], r"a\x1b]0;pwned\x07\x1b[2j\x9b31m\u{202e}.test");
    terminal.press(&["4"], "method");
    terminal.press(&["Enter"], r#""note": "\u001b]0;pwned\u0007"#);
    terminal.keys(&["q"]);
    terminal.wait_for_shell();

    assert_eq!(terminal.about("pane_title"), title, "the title was set from the wire");
    let bytes = terminal.recorded();
    let parts: [&[u8]; 5] =
        [b"pwned", b"\x1b]0;", b"\x1b[2J\xc2\x9b", b"\xc2\x9b", "\u{202e}".as_bytes()];
    let found = parts.map(|part| has(&bytes, part));
    assert_eq!(found, [true, false, false, false, false], "shown, and never as it is");
}

#[test]
fn a_har_file_has_requests_and_no_packets() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.command("interloper tui tests/data/shop.har");
    // What is missing, and why.
    terminal.wait_for_all(&[" done ", "2 exchanges", "a HAR file does not hold them"]);
    terminal.press(&["4"], "method");
    terminal.keys(&["Enter"]);
    terminal.wait_for_all(&["› request", "from a HAR file", "authorization: Bearer [redacted]"]);
    terminal.keys(&["q"]);
    terminal.wait_for_shell();
}

#[test]
fn half_a_file_shows_what_was_read_and_where_it_broke() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    let whole = fs::read(support::root().join(DEMO)).expect("the demo can be read");
    fs::write(terminal.file("cut.pcapng"), &whole[..20_000]).expect("a file can be written");
    terminal.command("interloper tui cut.pcapng; echo left with $?");
    // What was read is there.
    terminal.wait_for_all(&[" failed ", "Reading failed: packet ", "is cut off", "api.shop.test"]);
    terminal.press(&["3"], "host (SNI)");
    terminal.keys(&["q"]);
    // It is said to the shell too.
    terminal.wait_for_all(&["left with ", "interloper: cut.pcapng: packet ", "is cut off: "]);
    terminal.wait_for_shell();
}

#[test]
fn a_file_that_is_not_there_is_said_without_a_screen() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.record();
    terminal.command("interloper tui missing.pcapng; echo left with $?");
    terminal.wait_for_all(&["left with 2", "interloper: missing.pcapng: "]);
    let bytes = terminal.recorded();
    assert!(!has(&bytes, b"\x1b[?1049h"), "no other screen was entered");
}

#[test]
fn a_replay_pauses_and_steps_from_finding_to_finding() {
    let Some(terminal) = Terminal::open(120, 30) else { return };
    // Half a minute passes before the interceptor is done: the test steps.
    terminal.command(&demo("").replacen("interloper", "interloper tui --pace 1x", 1));
    terminal.wait_for("▶ 1x");
    terminal.press(&["P"], "paused");
    let mut seen = 0;
    for finding in ["is intercepted by mitmproxy", "refused the certifica"] {
        while !terminal.screen().contains(finding) {
            let before = terminal.wait_for("paused");
            terminal.keys(&[">"]);
            terminal.wait_until("the next finding", |screen| {
                screen.contains("paused") && screen != before
            });
            seen += 1;
            assert!(seen < 12, "{finding} was never stepped to:\n{}", terminal.screen());
        }
    }
    assert!(!terminal.screen().contains(" done "), "it is not at its end");
    terminal.press(&["P"], "▶ 1x");
    terminal.press(&["+"], "▶ 2x");
    terminal.keys(&["q"]);
    terminal.wait_for_shell();
}
