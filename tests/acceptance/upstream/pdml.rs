//! tshark's PDML: the dissection tree as XML, the one format of tshark in which several messages of
//! one packet stay apart and bytes are not shortened.
//!
//! Only what tshark writes is read: elements with quoted attributes, no text between them.

/// An element begins, or a packet or protocol ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Event<'a> {
    /// `<packet>`.
    Packet,
    /// `<proto name="…">`.
    Protocol(&'a str),
    /// `<field …>`.
    Field(Field<'a>),
}

/// A field, its attributes as written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Field<'a> {
    /// The filter name, such as `tcp.stream`.
    pub(crate) name: &'a str,
    show: &'a str,
    value: &'a str,
}

impl Field<'_> {
    /// The value as shown.
    pub(crate) fn text(&self) -> String {
        let plain = self.show.replace("&lt;", "<").replace("&gt;", ">");
        plain.replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
    }

    /// The value as a number.
    pub(crate) fn number(&self) -> Option<u64> {
        match self.show.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => self.show.parse().ok(),
        }
    }

    /// The bytes that it was made of.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
        self.value
            .as_bytes()
            .chunks_exact(2)
            .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
            .collect()
    }
}

/// The events of a document, in order.
pub(crate) fn events(mut text: &str) -> impl Iterator<Item = Event<'_>> {
    std::iter::from_fn(move || {
        loop {
            text = &text[text.find('<')? + 1..];
            let end = text.find([' ', '>', '/']).unwrap_or(text.len());
            let (element, rest) = text.split_at(end);
            text = rest;
            match element {
                "packet" => return Some(Event::Packet),
                "proto" => return Some(Event::Protocol(attributes(&mut text).name)),
                "field" => return Some(Event::Field(attributes(&mut text))),
                _ => {}
            }
        }
    })
}

/// Reads attributes to the element's end. Quotes within values are escaped, so they can be skipped
/// over whole, with what looks like markup in them.
fn attributes<'a>(text: &mut &'a str) -> Field<'a> {
    let mut field = Field::default();
    while let Some(at) = text.find(['=', '>']) {
        if text.as_bytes()[at] == b'>' {
            break;
        }
        let name = text[..at].trim();
        let Some(value) = text[at + 1..].strip_prefix('"') else { break };
        let Some(end) = value.find('"') else { break };
        match name {
            "name" => field.name = &value[..end],
            "show" => field.show = &value[..end],
            "value" => field.value = &value[..end],
            _ => {}
        }
        *text = &value[end + 1..];
    }
    field
}
