//! Contents of the ClientHello extensions that somebody asks for (RFC 8446 section 4.2, RFC 6066,
//! RFC 7301, RFC 8422, RFC 5077).
//!
//! A content that does not parse is read as far as it goes; only its type is certain to be kept.

use super::offer::Offer;
use super::reader::{Reader, u16_list};

/// Protocols kept of an ALPN extension. Clients offer one to five; a hostile one could offer
/// thirty thousand, each an allocation.
pub const MAX_ALPN_PROTOCOLS: usize = 64;

/// Key shares, and PSK identities, counted in one extension. Clients send one to three.
pub const MAX_SHARES: usize = 256;

/// Types in the IANA registry "TLS ExtensionType Values".
pub(super) mod kind {
    pub(in crate::tls) const SERVER_NAME: u16 = 0x0000;
    pub(in crate::tls) const SUPPORTED_GROUPS: u16 = 0x000a;
    pub(in crate::tls) const EC_POINT_FORMATS: u16 = 0x000b;
    pub(in crate::tls) const SIGNATURE_ALGORITHMS: u16 = 0x000d;
    pub(in crate::tls) const ALPN: u16 = 0x0010;
    pub(in crate::tls) const ENCRYPT_THEN_MAC: u16 = 0x0016;
    pub(in crate::tls) const RECORD_SIZE_LIMIT: u16 = 0x001c;
    pub(in crate::tls) const SESSION_TICKET: u16 = 0x0023;
    /// Number of key_share until draft 22 of TLS 1.3.
    pub(in crate::tls) const KEY_SHARE_DRAFT: u16 = 0x0028;
    pub(in crate::tls) const PRE_SHARED_KEY: u16 = 0x0029;
    pub(in crate::tls) const EARLY_DATA: u16 = 0x002a;
    pub(in crate::tls) const SUPPORTED_VERSIONS: u16 = 0x002b;
    pub(in crate::tls) const KEY_SHARE: u16 = 0x0033;
    pub(in crate::tls) const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
}

/// Reads one extension into the fields of `offer`.
pub(super) fn read(offer: &mut Offer, kind: u16, content: &[u8]) {
    match kind {
        kind::SUPPORTED_GROUPS => offer.groups = u16_list(list16(content)),
        kind::EC_POINT_FORMATS => offer.point_formats = list8(content).to_vec(),
        kind::SIGNATURE_ALGORITHMS => offer.signature_algorithms = u16_list(list16(content)),
        kind::ALPN => offer.alpn = protocols(content).map(<[u8]>::to_vec).collect(),
        kind::EARLY_DATA => offer.early_data = true,
        kind::SUPPORTED_VERSIONS => offer.supported_versions = u16_list(list8(content)),
        kind::KEY_SHARE | kind::KEY_SHARE_DRAFT => {
            offer.key_share_groups = share_groups(content).collect()
        }
        kind::ENCRYPTED_CLIENT_HELLO => offer.encrypted_client_hello = true,
        _ => {}
    }
}

/// The protocols of an ALPN extension, no more than [`MAX_ALPN_PROTOCOLS`].
pub(super) fn protocols(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut reader = Reader::new(list16(content));
    std::iter::from_fn(move || reader.vector8()).take(MAX_ALPN_PROTOCOLS)
}

/// The first host_name (type 0) of a server_name extension.
pub(super) fn host_name(content: &[u8]) -> Option<String> {
    let mut names = Reader::new(list16(content));
    while let Some(name_type) = names.u8() {
        let name = names.vector16()?;
        if name_type == 0 {
            return Some(String::from_utf8_lossy(name).into_owned());
        }
    }
    None
}

/// Groups of KeyShareClientHello (RFC 8446 section 4.2.8).
pub(super) fn share_groups(content: &[u8]) -> impl Iterator<Item = u16> {
    let mut shares = Reader::new(list16(content));
    let share = move || {
        let group = shares.u16()?;
        shares.vector16().map(|_| group)
    };
    std::iter::from_fn(share).take(MAX_SHARES)
}

/// Number of PskIdentity values (RFC 8446 section 4.2.11).
pub(super) fn identities(content: &[u8]) -> usize {
    let mut identities = Reader::new(list16(content));
    let identity = || {
        identities.vector16()?;
        identities.u32()
    };
    std::iter::from_fn(identity).take(MAX_SHARES).count()
}

/// The list behind a two-byte length, or as much of it as is there.
fn list16(content: &[u8]) -> &[u8] {
    let whole = Reader::new(content).vector16();
    whole.unwrap_or_else(|| content.get(2..).unwrap_or_default())
}

/// The list behind a one-byte length, or as much of it as is there.
fn list8(content: &[u8]) -> &[u8] {
    let whole = Reader::new(content).vector8();
    whole.unwrap_or_else(|| content.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(kind: u16, content: &[u8]) -> Offer {
        let mut offer = Offer::default();
        read(&mut offer, kind, content);
        offer
    }

    #[test]
    fn host_names() {
        let cases: [(&[u8], Option<&str>); 7] = [
            (b"\x00\x09\x00\x00\x06a.test", Some("a.test")),
            (b"\x00\x0d\x05\x00\x01x\x00\x00\x06a.test", Some("a.test")),
            (b"\x00\x04\x00\x00\x01\xff", Some("\u{fffd}")),
            (b"\x00\x08\x00\x00\x06a.test", None),
            (b"\x00\x09\x01\x00\x06a.test", None),
            (b"\x00\x00", None),
            (b"", None),
        ];
        for (content, expected) in cases {
            assert_eq!(host_name(content).as_deref(), expected, "{content:?}");
        }
    }

    #[test]
    fn protocol_lists() {
        let alpn = |content: &[u8]| offer(kind::ALPN, content).alpn;
        assert_eq!(alpn(b"\x00\x0c\x02h2\x08http/1.1"), [&b"h2"[..], b"http/1.1"]);
        assert_eq!(alpn(b"\x00\x01\x00"), [b""]);
        assert_eq!(alpn(b"\x00\x04\x02h2\x09"), [b"h2"], "the second one is cut");
        assert_eq!(alpn(b"\x00"), [b""; 0]);
        let many = [b"\x01\x00".as_slice(), &b"\x01a".repeat(128)].concat();
        assert_eq!(alpn(&many).len(), MAX_ALPN_PROTOCOLS);
    }

    #[test]
    fn key_shares_and_identities() {
        let shares = b"\x00\x0b\x2a\x2a\x00\x01\x00\x00\x1d\x00\x02ab";
        assert_eq!(offer(kind::KEY_SHARE, shares).key_share_groups, [0x2a2a, 0x001d]);
        assert_eq!(offer(kind::KEY_SHARE_DRAFT, shares).key_share_groups, [0x2a2a, 0x001d]);
        assert!(offer(kind::KEY_SHARE, b"\x00\x00").key_share_groups.is_empty());
        assert!(offer(kind::KEY_SHARE, b"\x00\x05\x00\x1d\x00\x02a").key_share_groups.is_empty());
        let two = b"\x00\x0e\x00\x01a\x00\x00\x00\x00\x00\x01b\x00\x00\x00\x00\x00\x00";
        assert_eq!(identities(two), 2);
        assert_eq!(identities(b"\x00\x03\x00\x01a"), 0);
        assert_eq!(identities(b""), 0);
    }

    #[test]
    fn lists_are_read_as_far_as_they_go() {
        assert_eq!(
            offer(kind::SUPPORTED_VERSIONS, &[4, 3, 4, 3, 3]).supported_versions,
            [0x0304, 0x0303]
        );
        assert_eq!(offer(kind::SUPPORTED_VERSIONS, &[4, 3, 4, 3]).supported_versions, [0x0304]);
        assert_eq!(offer(kind::EC_POINT_FORMATS, &[1, 0]).point_formats, [0]);
        assert!(offer(kind::EC_POINT_FORMATS, &[]).point_formats.is_empty());
        assert_eq!(offer(kind::SUPPORTED_GROUPS, &[0, 2, 0, 29]).groups, [29]);
        assert!(offer(kind::SUPPORTED_GROUPS, &[0]).groups.is_empty());
        assert_eq!(offer(kind::SIGNATURE_ALGORITHMS, &[0, 2, 4, 3]).signature_algorithms, [0x0403]);
        assert_eq!(offer(0x1234, &[1, 2, 3]), Offer::default());
    }
}
