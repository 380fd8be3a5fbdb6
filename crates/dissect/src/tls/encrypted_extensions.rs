//! The EncryptedExtensions message of TLS 1.3 (RFC 8446 section 4.3.1): what the server chose beside
//! keys and suite, readable with a key log only.

use super::client_extension::{kind, protocols};
use super::hello::{Extent, walk_extensions};
use super::reader::Reader;

/// What the server chose.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EncryptedExtensions {
    /// Extension types in wire order.
    pub extensions: Vec<u16>,
    /// Protocol of the ALPN extension.
    pub alpn: Option<Vec<u8>>,
    /// The server takes the client's early data.
    pub early_data: bool,
    /// The bytes end inside the extensions; what came before the cut was read.
    pub truncated: bool,
}

impl EncryptedExtensions {
    /// Reads the body of a handshake message of type 8, as far as it goes.
    pub fn parse(body: &[u8]) -> Self {
        let mut read = Self::default();
        let extent = walk_extensions(Reader::new(body), |kind, content| {
            let repeated = read.extensions.contains(&kind);
            read.extensions.push(kind);
            match kind {
                kind::ALPN if !repeated => {
                    read.alpn = protocols(content).next().map(<[u8]>::to_vec);
                }
                kind::EARLY_DATA => read.early_data = true,
                _ => {}
            }
        });
        read.truncated = extent == Extent::Cut;
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpn_and_early_data() {
        let body =
            b"\x00\x13\x00\x10\x00\x05\x00\x03\x02h2\x00\x2a\x00\x00\x0a\x0a\x00\x02\x00\x00";
        let read = EncryptedExtensions::parse(body);
        assert_eq!((read.alpn.as_deref(), read.early_data), (Some(&b"h2"[..]), true));
        assert_eq!(read.extensions, [0x10, 0x2a, 0x0a0a]);
        assert!(!read.truncated);
        assert_eq!(EncryptedExtensions::parse(&[0, 0]), EncryptedExtensions::default());
        assert!(EncryptedExtensions::parse(&body[..9]).truncated);
    }
}
