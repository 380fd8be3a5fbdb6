//! What ClientHello and ServerHello have in common: the error, and the walk over extensions
//! (RFC 8446 section 4.2).
//!
//! Extensions are walked here, one type-length-value after the other, and not by a parser
//! library: an extension whose content is odd keeps its place in the list (fingerprints hash the
//! list), and the ones behind it are still read.

use thiserror::Error;

use super::reader::Reader;

/// Extensions read from one hello; later ones are dropped and the hello is marked `truncated`.
/// Browsers send about 18, the IANA registry has fewer than 70 types.
pub const MAX_EXTENSIONS: usize = 512;

/// Why bytes are not a hello.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum HelloError {
    /// The bytes end before the extensions begin: nothing useful was read.
    #[error("hello ends inside its {field}, of which {available} bytes are there")]
    CutShort {
        /// Name of the field in the RFC.
        field: &'static str,
        /// Bytes left where the field begins.
        available: usize,
    },
    /// An SSL 2.0 record that holds another message.
    #[error("SSL 2.0 message type {message_type} is not a ClientHello (type 1)")]
    NotAClientHello {
        /// Type as on the wire.
        message_type: u8,
    },
    /// Bytes that do not begin with a two-byte SSL 2.0 record header.
    #[error("byte {first_byte:#04x} does not begin an SSL 2.0 record without padding")]
    NotSsl2 {
        /// The first byte.
        first_byte: u8,
    },
}

/// Names the field at which `reader` stands in an error.
pub(super) const fn cut_short(field: &'static str, reader: &Reader<'_>) -> HelloError {
    HelloError::CutShort { field, available: reader.rest().len() }
}

/// Whether all of the extension list was there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Extent {
    /// All of it, or there was none.
    Complete,
    /// Its length reaches beyond the message, or it holds more than [`MAX_EXTENSIONS`].
    Cut,
}

/// Calls `read(type, content)` for every extension in `reader`, which stands at the two-byte
/// length of the list. The last one of a list that is cut gets the content that is there.
/// Bytes behind the list are no part of any version and are passed over.
pub(super) fn walk_extensions<'a>(
    reader: Reader<'a>,
    mut read: impl FnMut(u16, &'a [u8]),
) -> Extent {
    let mut reader = reader;
    if reader.is_empty() {
        return Extent::Complete;
    }
    let Some(length) = reader.u16() else { return Extent::Cut };
    let (list, mut extent) = match reader.bytes(usize::from(length)) {
        Some(list) => (list, Extent::Complete),
        None => (reader.rest(), Extent::Cut),
    };
    let mut list = Reader::new(list);
    for _ in 0..MAX_EXTENSIONS {
        if list.is_empty() {
            return extent;
        }
        let Some(kind) = list.u16() else { return Extent::Cut };
        if let Some(content) = list.vector16() {
            read(kind, content);
        } else {
            // Not even the content's length may be there; then the content is empty.
            read(kind, list.rest().get(2..).unwrap_or_default());
            return Extent::Cut;
        }
    }
    if !list.is_empty() {
        extent = Extent::Cut;
    }
    extent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8]) -> (Vec<(u16, Vec<u8>)>, Extent) {
        let mut seen = Vec::new();
        let extent = walk_extensions(Reader::new(bytes), |kind, content| {
            seen.push((kind, content.to_vec()));
        });
        (seen, extent)
    }

    #[test]
    fn whole_lists_are_complete() {
        assert_eq!(walk(&[]), (vec![], Extent::Complete));
        assert_eq!(walk(&[0, 0]), (vec![], Extent::Complete));
        let two = walk(&[0, 9, 0, 1, 0, 1, 7, 0, 2, 0, 0]);
        assert_eq!(two, (vec![(1, vec![7]), (2, vec![])], Extent::Complete));
        let with_more_behind = walk(&[0, 4, 0, 2, 0, 0, 99, 99]);
        assert_eq!(with_more_behind, (vec![(2, vec![])], Extent::Complete));
    }

    #[test]
    fn cut_lists_keep_what_was_there() {
        assert_eq!(walk(&[0]), (vec![], Extent::Cut));
        assert_eq!(walk(&[0, 9, 0, 1, 0, 2, 7]), (vec![(1, vec![7])], Extent::Cut));
        assert_eq!(walk(&[0, 9, 0, 1, 0]), (vec![(1, vec![])], Extent::Cut));
        assert_eq!(walk(&[0, 9, 0]), (vec![], Extent::Cut));
    }

    #[test]
    fn more_extensions_than_are_kept() {
        let count = MAX_EXTENSIONS + 1;
        let mut bytes = u16::try_from(count * 4).unwrap().to_be_bytes().to_vec();
        bytes.extend([0; 4].repeat(count));
        let (seen, extent) = walk(&bytes);
        assert_eq!((seen.len(), extent), (MAX_EXTENSIONS, Extent::Cut));
    }
}
