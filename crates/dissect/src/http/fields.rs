//! Fields of one header block of HTTP/2 or one field section of HTTP/3, as far as they are kept.

use super::{Header, Headers, PseudoFields};
use crate::bytes;
use crate::limits::{HTTP_FIELDS, HTTP_FIELDS_BYTES};

/// Pseudo fields of one block whose first letters are kept; there are six kinds of them.
const PSEUDO_FIELDS: usize = 16;

/// Name and value of a field. `None`: it refers to what was not captured.
pub(super) type Field<'a> = Option<(&'a [u8], &'a [u8])>;

/// What a header block said. The first of several pseudo fields of one name counts.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) pseudo: PseudoFields,
    pub(super) headers: Headers,
    /// Bytes that are kept.
    pub(super) bytes: usize,
    /// Fields that are not told because they refer to what was not captured.
    pub(super) unknown: bool,
    /// Fields that are not kept because there are too many, or because they are too long.
    pub(super) dropped: bool,
}

impl Fields {
    /// The next field.
    pub(super) fn take(&mut self, field: Field<'_>) {
        let Some((name, value)) = field else {
            self.unknown = true;
            return;
        };
        let bytes = self.bytes.saturating_add(name.len()).saturating_add(value.len());
        if bytes > HTTP_FIELDS_BYTES || self.headers.0.len() >= HTTP_FIELDS {
            self.dropped = true;
            return;
        }
        self.bytes = bytes;
        match name {
            [b':', name @ ..] => self.pseudo(name, text(value)),
            _ => self.headers.0.push(Header { name: text(name), value: text(value) }),
        }
    }

    fn pseudo(&mut self, name: &[u8], value: String) {
        if self.pseudo.order.len() < PSEUDO_FIELDS {
            let letter = name.first().copied().filter(u8::is_ascii_lowercase);
            self.pseudo.order.push(letter.map_or('?', char::from));
        }
        let slot = match name {
            b"authority" => &mut self.pseudo.authority,
            b"method" => &mut self.method,
            b"path" => &mut self.path,
            b"protocol" => &mut self.pseudo.protocol,
            b"scheme" => &mut self.pseudo.scheme,
            b"status" => {
                let digits = value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_digit());
                let status = digits.then(|| value.parse().ok()).flatten();
                self.status = self.status.or(status);
                return;
            }
            _ => return,
        };
        slot.get_or_insert(value);
    }

    /// Whether any pseudo field is there: no trailers have them.
    pub(super) const fn has_pseudo(&self) -> bool {
        !self.pseudo.order.is_empty()
    }
}

fn text(bytes: &[u8]) -> String {
    bytes::text(bytes.trim_ascii())
}
