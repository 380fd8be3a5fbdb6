//! Wire values as EVE writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dissect::hex;

/// `cc:aa:48`: a fingerprint.
pub(super) fn colons(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}

/// `00:97:E6`: a serial number.
pub(super) fn serial(bytes: &[u8]) -> String {
    colons(bytes).to_uppercase()
}

/// Standard Base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// An ALPN protocol: as text if it is printable ASCII, as all registered ones but GREASE are,
/// else its bytes in hex (`0x0a0a`).
pub(super) fn alpn(protocol: &[u8]) -> String {
    let printable = !protocol.is_empty() && protocol.iter().all(|b| (0x20..0x7f).contains(b));
    match std::str::from_utf8(protocol) {
        Ok(text) if printable => text.to_owned(),
        _ => format!("0x{}", hex(protocol)),
    }
}

/// Name of a cipher suite, or its number (`0x1301`).
pub(super) fn cipher(suite: u16) -> String {
    let name = dissect::tls::registry::cipher_suite_name(suite);
    name.map_or_else(|| format!("{suite:#06x}"), str::to_owned)
}

/// Name of a key-exchange group, or its number.
pub(super) fn group(group: u16) -> String {
    let name = dissect::tls::group::group_name(group);
    name.map_or_else(|| format!("{group:#06x}"), str::to_owned)
}

/// A QUIC version: `1`, `2` (RFC 9369), `draft-29`, `Q046` for Google's, else hex.
pub(super) fn quic_version(version: u32) -> String {
    match version {
        1 => return String::from("1"),
        0x6b33_43cf => return String::from("2"),
        draft if draft >> 8 == 0x00ff_0000 => return format!("draft-{}", draft & 0xff),
        _ => {}
    }
    let bytes = version.to_be_bytes();
    match bytes.first() {
        Some(b'Q' | b'T') if bytes.iter().all(u8::is_ascii_alphanumeric) => {
            bytes.iter().map(|byte| char::from(*byte)).collect()
        }
        _ => format!("{version:#010x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes() {
        assert_eq!(hex(&[0, 0xab]), "00ab");
        assert_eq!(colons(&[0xcc, 0xaa, 0x48]), "cc:aa:48");
        assert_eq!(serial(&[0, 0x97, 0xe6]), "00:97:E6");
        assert_eq!((hex(&[]), serial(&[])), (String::new(), String::new()));
        assert_eq!(base64(b"any"), "YW55");
    }

    #[test]
    fn protocols_that_are_no_text_are_hex() {
        for (bytes, text) in [
            (&b"h2"[..], "h2"),
            (b"http/1.1", "http/1.1"),
            (b"\x0a\x0a", "0x0a0a"),
            (b"", "0x"),
            (b"h\x1b", "0x681b"),
        ] {
            assert_eq!(alpn(bytes), text);
        }
    }

    #[test]
    fn numbers_without_a_name_are_hex() {
        assert_eq!(cipher(0x1301), "TLS_AES_128_GCM_SHA256");
        assert_eq!(cipher(0xdada), "0xdada");
        assert_eq!((group(0x11ec), group(0x2a2a)), ("X25519MLKEM768".into(), "0x2a2a".into()));
    }

    #[test]
    fn quic_versions() {
        for (version, text) in [
            (1, "1"),
            (0x6b33_43cf, "2"),
            (0xff00_001d, "draft-29"),
            (0x5130_3436, "Q046"),
            (0xbaba_baba, "0xbabababa"),
            (0x5130_341b, "0x5130341b"),
        ] {
            assert_eq!(quic_version(version), text);
        }
    }
}
