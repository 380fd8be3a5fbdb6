//! Prints the fingerprints of a ClientHello that is given in hexadecimal: the body of the
//! handshake message, with or without its four-byte header.
//!
//! ```sh
//! cargo run -p dissect --example ja4 -- 0303…
//! ```

use std::error::Error;
use std::io::Write as _;

use dissect::tls::fingerprint::{Ja4Carrier, ja3, ja4, ja4_raw};
use dissect::tls::{ClientHello, Offers};

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1).ok_or("usage: ja4 HEX")?;
    let body = bytes(&argument)?;
    let body = match body.as_slice() {
        // Handshake type 1 and a 24-bit length: no legacy_version begins with these.
        [1, 0, _, _, body @ ..] => body,
        body => body,
    };
    let hello = ClientHello::parse(body, &mut Offers::default())?;
    let mut out = std::io::stdout().lock();
    if let Some(ja3) = ja3(&hello.offer) {
        writeln!(out, "ja3_full {}\nja3      {}", ja3.string, ja3.hash)?;
    }
    if let Some(raw) = ja4_raw(&hello.offer, Ja4Carrier::Tcp) {
        writeln!(out, "ja4_raw  {raw}")?;
    }
    if let Some(ja4) = ja4(&hello.offer, Ja4Carrier::Tcp) {
        writeln!(out, "ja4      {ja4}")?;
    }
    Ok(())
}

/// Reads pairs of hexadecimal digits; colons and spaces between them do not matter.
fn bytes(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b':' | b' ')).collect();
    let pair = |pair: &[u8]| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    digits.chunks(2).map(pair).collect()
}
