//! Distinguished names (RFC 5280 section 4.1.2.4).

use std::fmt;

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

impl fmt::Display for Name {
    /// `C=US, O=Example, CN=example.test`: wire order, as Suricata's EVE and OpenSSL write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, attribute) in self.attributes.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}={}", attribute.key, attribute.value)?;
        }
        Ok(())
    }
}
