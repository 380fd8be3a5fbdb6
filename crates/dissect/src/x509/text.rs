//! ASN.1 strings as text (X.680 section 41, RFC 5280 section 4.1.2.4).
//!
//! Certificates lie about their string types: Latin-1 and UTF-8 are met in PrintableString and in
//! TeletexString. What is UTF-8 is taken as such; other one-byte strings as Latin-1.

use super::asn1::Element;

/// BMPString: UCS-2, big-endian.
const BMP: u32 = 30;
/// UniversalString: UCS-4, big-endian.
const UNIVERSAL: u32 = 28;
/// UTF8String.
const UTF8: u32 = 12;

/// The text of any string type; other types in hex.
pub(super) fn directory_string(element: Element<'_>) -> String {
    match element.tag {
        BMP => utf16(element.content),
        UNIVERSAL => utf32(element.content),
        UTF8 => String::from_utf8_lossy(element.content).into_owned(),
        18..=22 | 25..=27 => one_byte(element.content),
        _ => crate::hex(element.content),
    }
}

fn one_byte(content: &[u8]) -> String {
    match std::str::from_utf8(content) {
        Ok(text) => String::from(text),
        Err(_) => content.iter().map(|&byte| char::from(byte)).collect(),
    }
}

fn utf16(content: &[u8]) -> String {
    let (units, rest) = content.as_chunks::<2>();
    let units = units.iter().map(|&unit| u16::from_be_bytes(unit));
    let mut text: String =
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    mark_rest(&mut text, rest);
    text
}

fn utf32(content: &[u8]) -> String {
    let (units, rest) = content.as_chunks::<4>();
    let units = units.iter().map(|&unit| char::from_u32(u32::from_be_bytes(unit)));
    let mut text: String = units.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    mark_rest(&mut text, rest);
    text
}

fn mark_rest(text: &mut String, rest: &[u8]) {
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
}

#[cfg(test)]
mod tests {
    use super::super::asn1::Elements;
    use super::*;

    #[test]
    fn strings_of_every_type_become_text() {
        let cases: [(&[u8], &str); 9] = [
            (b"\x13\x02ab", "ab"),
            (b"\x0c\x02\xc3\xa9", "\u{e9}"),
            (b"\x0c\x01\xe9", "\u{fffd}"),
            (b"\x14\x02a\xe9", "a\u{e9}"),
            (b"\x14\x02\xc3\xa9", "\u{e9}"),
            (b"\x1e\x04\x00a\x20\xac", "a\u{20ac}"),
            (b"\x1e\x03\x00a\x20", "a\u{fffd}"),
            (b"\x1c\x08\x00\x00\x00a\x00\x01\xf6\x00", "a\u{1f600}"),
            (b"\x02\x02\x01\xff", "01ff"),
        ];
        for (der, expected) in cases {
            let element = Elements::of(der).next().unwrap();
            assert_eq!(directory_string(element), expected, "{der:02x?}");
        }
    }
}
