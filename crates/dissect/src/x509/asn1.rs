//! The little ASN.1 that certificates need: elements, object identifiers, bit lengths.
//!
//! Read as BER, not DER: what was on the wire is to be shown even if its encoder was sloppy
//! (X.690 section 8). Nothing here recurses into contents.

use x509_parser::asn1_rs::{Any, Class, FromBer};

/// Longest object identifier that is written out, in bytes; longer ones are no identifiers that
/// anybody assigned, and their decimal form would cost more than it says.
const MAX_OID_LENGTH: usize = 64;

/// Universal tags (X.680 section 8.4) that certificates use.
pub(super) mod tag {
    pub(crate) const BIT_STRING: u32 = 3;
    pub(crate) const INTEGER: u32 = 2;
    pub(crate) const OCTET_STRING: u32 = 4;
    pub(crate) const OID: u32 = 6;
    pub(crate) const SEQUENCE: u32 = 16;
    pub(crate) const BOOLEAN: u32 = 1;
}

/// One tag-length-value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    /// Universal, context-specific, …
    pub(super) class: Class,
    /// The tag number.
    pub(super) tag: u32,
    /// The value.
    pub(super) content: &'a [u8],
    /// Tag, length and value.
    pub(super) raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements of the value, up to the first that is broken.
    pub(super) fn children(&self) -> Elements<'a> {
        Elements { rest: self.content }
    }

    /// Whether it is the universal element with this tag.
    pub(super) fn is(&self, tag: u32) -> bool {
        self.class == Class::Universal && self.tag == tag
    }

    /// Whether it is the context-specific element with this tag.
    pub(super) fn is_context(&self, tag: u32) -> bool {
        self.class == Class::ContextSpecific && self.tag == tag
    }
}

/// Elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// The elements that these bytes consist of.
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next element, if it is the universal one with this tag; otherwise nothing is consumed.
    pub(super) fn expect(&mut self, tag: u32) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.next().filter(|element| element.is(tag))?;
        *self = ahead;
        Some(element)
    }

    /// The next element, if it is the context-specific one; otherwise nothing is consumed.
    pub(super) fn expect_context(&mut self, tag: u32) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.next().filter(|element| element.is_context(tag))?;
        *self = ahead;
        Some(element)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (rest, any) = Any::from_ber(self.rest).ok()?;
        let length = self.rest.len().checked_sub(rest.len())?;
        let raw = self.rest.get(..length)?;
        self.rest = rest;
        Some(Element { class: any.class(), tag: any.tag().0, content: any.data, raw })
    }
}

/// An OBJECT IDENTIFIER's content in dotted form (X.690 section 8.19); in hex if it is none.
pub(super) fn dotted(content: &[u8]) -> String {
    arcs(content).unwrap_or_else(|| hex(content))
}

fn arcs(content: &[u8]) -> Option<String> {
    if content.is_empty() || content.len() > MAX_OID_LENGTH {
        return None;
    }
    let mut text = String::with_capacity(content.len().saturating_mul(3));
    let mut value: u128 = 0;
    let mut open = false;
    for &byte in content {
        value = value.checked_mul(128)?.checked_add(u128::from(byte & 0x7f))?;
        open = byte & 0x80 != 0;
        if open {
            continue;
        }
        if text.is_empty() {
            let first = (value / 40).min(2);
            push(&mut text, first);
            value = value.checked_sub(first.checked_mul(40)?)?;
        }
        text.push('.');
        push(&mut text, value);
        value = 0;
    }
    (!open).then_some(text)
}

/// Writes an arc; most are one digit, which needs no formatter.
fn push(text: &mut String, arc: u128) {
    match u32::try_from(arc).ok().and_then(|arc| char::from_digit(arc, 10)) {
        Some(digit) => text.push(digit),
        None => text.push_str(&arc.to_string()),
    }
}

fn hex(content: &[u8]) -> String {
    crate::hex(content.get(..MAX_OID_LENGTH).unwrap_or(content))
}

/// Bits of an INTEGER's magnitude, read as unsigned: leading zeros do not count.
pub(super) fn bit_length(content: &[u8]) -> usize {
    let mut significant = content.iter().skip_while(|&&byte| byte == 0);
    let Some(first) = significant.next() else { return 0 };
    let top = usize::try_from(u8::BITS.saturating_sub(first.leading_zeros())).unwrap_or(0);
    significant.count().saturating_mul(8).saturating_add(top)
}

/// A BIT STRING's bytes, if it ends on a byte boundary.
pub(super) fn whole_bytes(content: &[u8]) -> Option<&[u8]> {
    match content.split_first() {
        Some((0, bytes)) => Some(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_identifiers_are_dotted() {
        let cases: [(&[u8], &str); 5] = [
            (&[0x55, 0x04, 0x03], "2.5.4.3"),
            (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b], "1.2.840.113549.1.1.11"),
            (&[0x88, 0x37, 0x03], "2.999.3"),
            (&[0x55, 0x84], "5584"),
            (&[], ""),
        ];
        for (content, expected) in cases {
            assert_eq!(dotted(content), expected, "{content:02x?}");
        }
    }

    #[test]
    fn an_absurd_identifier_is_cut() {
        assert_eq!(dotted(&[0xff; 4096]).len(), 2 * MAX_OID_LENGTH);
    }

    #[test]
    fn bit_lengths_ignore_leading_zeros() {
        let cases: [(&[u8], usize); 5] =
            [(&[], 0), (&[0, 0], 0), (&[1], 1), (&[0, 0x80], 8), (&[0, 0x01, 0xff], 9)];
        for (content, expected) in cases {
            assert_eq!(bit_length(content), expected, "{content:02x?}");
        }
    }

    #[test]
    fn expect_consumes_only_what_fits() {
        let bytes = [0x02, 0x01, 0x05, 0xa0, 0x00];
        let mut elements = Elements::of(&bytes);
        assert!(elements.expect(tag::SEQUENCE).is_none());
        assert_eq!(elements.expect(tag::INTEGER).unwrap().content, [5]);
        assert!(elements.expect_context(1).is_none());
        assert!(elements.expect_context(0).unwrap().content.is_empty());
        assert!(elements.next().is_none());
    }
}
