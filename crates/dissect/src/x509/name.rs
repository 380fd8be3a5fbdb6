//! Distinguished names (RFC 5280 section 4.1.2.4).

use std::fmt;

use super::asn1::{Element, Elements, dotted, tag};
use super::text::directory_string;

/// Most attributes of one name that are read; real ones have fewer than twenty.
const MAX_ATTRIBUTES: usize = 128;

/// Attribute types with a short name: RFC 4519, RFC 2985, RFC 5280 appendix A, CA/Browser Forum.
/// Spelt as OpenSSL spells them.
const KEYS: [(&str, &str); 29] = [
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.3", "mail"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("1.2.840.113549.1.9.2", "unstructuredName"),
    ("1.2.840.113549.1.9.8", "unstructuredAddress"),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"),
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.13", "description"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.18", "postOfficeBox"),
    ("2.5.4.20", "telephoneNumber"),
    ("2.5.4.41", "name"),
    ("2.5.4.42", "GN"),
    ("2.5.4.46", "dnQualifier"),
    ("2.5.4.65", "pseudonym"),
    ("2.5.4.97", "organizationIdentifier"),
];

/// One attribute of a relative distinguished name.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Attribute {
    /// Dotted object identifier.
    pub oid: String,
    /// Short name as RFC 4514 and OpenSSL write it (`CN`, `O`, `OU`, `C`, `ST`, `L`,
    /// `emailAddress`, …); the dotted OID where there is none.
    pub key: String,
    /// The value as text; bytes that are no text are replaced.
    pub value: String,
}

/// A distinguished name: attributes in the order of the encoding, and its DER bytes.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Name {
    /// All attributes in wire order; multi-valued RDNs are flattened.
    pub attributes: Vec<Attribute>,
    /// The DER of the RDNSequence, for exact comparison.
    pub der: Vec<u8>,
}

impl Name {
    /// Reads the DER of an RDNSequence; `None` if it is no SEQUENCE.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        Elements::of(der).expect(tag::SEQUENCE).map(Self::parse)
    }

    /// Reads an RDNSequence.
    pub(super) fn parse(sequence: Element<'_>) -> Self {
        let attributes = sequence.children().flat_map(|set| set.children());
        let attributes = attributes.filter_map(attribute).take(MAX_ATTRIBUTES).collect();
        Self { attributes, der: sequence.raw.to_vec() }
    }

    /// `C=US, O=Example, CN=example.test`: wire order, as Suricata's EVE and OpenSSL write it. Put
    /// together without formatting, which costs many times as much: evidence is full of names.
    pub fn text(&self) -> String {
        let lengths = self.attributes.iter().map(|a| a.key.len().saturating_add(a.value.len()));
        let between = self.attributes.len().saturating_mul(3);
        let length = lengths.fold(between, usize::saturating_add);
        let mut text = String::with_capacity(length);
        for attribute in &self.attributes {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(&attribute.key);
            text.push('=');
            text.push_str(&attribute.value);
        }
        text
    }

    /// First value of the attribute with this short name.
    pub fn first(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.key == key).map(|a| a.value.as_str())
    }

    /// The common name.
    pub fn common_name(&self) -> Option<&str> {
        self.first("CN")
    }

    /// The organisation.
    pub fn organization(&self) -> Option<&str> {
        self.first("O")
    }
}

/// AttributeTypeAndValue.
fn attribute(pair: Element<'_>) -> Option<Attribute> {
    let mut parts = pair.children();
    let oid = dotted(parts.next()?.content);
    let value = directory_string(parts.next()?);
    let known = KEYS.iter().find(|(known, _)| *known == oid);
    let key = known.map_or(oid.as_str(), |&(_, key)| key);
    Some(Attribute { key: String::from(key), oid, value })
}

impl fmt::Display for Name {
    /// As [`Name::text`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An RDNSequence of one RDN per attribute.
    fn name(attributes: &[(&[u8], u8, &[u8])]) -> Name {
        let tlv = |tag: u8, content: &[u8]| {
            let length = u8::try_from(content.len()).unwrap();
            [&[tag, length], content].concat()
        };
        let rdns = attributes.iter().map(|&(oid, kind, value)| {
            tlv(0x31, &tlv(0x30, &[tlv(0x06, oid), tlv(kind, value)].concat()))
        });
        let der = tlv(0x30, &rdns.collect::<Vec<_>>().concat());
        Name::parse(Elements::of(&der).next().unwrap())
    }

    #[test]
    fn attributes_keep_their_order_and_get_their_short_names() {
        let name = name(&[
            (&[0x55, 4, 6], 0x13, b"FR"),
            (&[0x55, 4, 10], 0x0c, "Soci\u{e9}t\u{e9}, Inc.".as_bytes()),
            (&[0x55, 4, 3], 0x16, b"a.test"),
            (&[0x2a, 0x03], 0x0c, b"odd"),
        ]);
        assert_eq!(name.to_string(), "C=FR, O=Soci\u{e9}t\u{e9}, Inc., CN=a.test, 1.2.3=odd");
        assert_eq!(name.text(), name.to_string());
        assert_eq!(name.common_name(), Some("a.test"));
        assert_eq!(name.first("OU"), None);
    }

    #[test]
    fn a_broken_name_shows_what_can_be_read() {
        let der = [0x30, 0x06, 0x31, 0x04, 0x30, 0x7f, 0x06, 0x01];
        let name = Name::parse(Elements::of(&der).next().unwrap());
        assert_eq!(name.attributes, []);
        assert_eq!(name.der, der);
        assert_eq!(Name::default().to_string(), "");
    }
}
