//! Hellos that another implementation wrote. They lie in the reference material, which is not part
//! of this repository: in `$INTERLOPER_SHARED`, else in `../shared` beside the repository. Without
//! it there is nothing to compare with.

use std::path::Path;

use dissect::tls::{ClientHello, Offers, ServerHello, TlsVersion};

/// The body of one message; `None` without the reference material.
fn body(name: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("INTERLOPER_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), Into::into);
    let path = shared.join("captures/refdata/aioquic-tls-messages").join(name);
    let message = std::fs::read(path).ok()?;
    message.get(4..).map(<[u8]>::to_vec)
}

#[test]
fn client_hellos() {
    let cases = [
        ("tls_client_hello.bin", None, None, 0),
        ("tls_client_hello_with_alpn.bin", Some("cloudflare-quic.com"), Some(&b"h3-19"[..]), 0),
        ("tls_client_hello_with_psk.bin", Some("test.privateoctopus.com"), None, 1),
        ("tls_client_hello_with_sni.bin", Some("cloudflare-quic.com"), None, 0),
    ];
    for (name, sni, alpn, identities) in cases {
        let Some(body) = body(name) else { return };
        let hello = ClientHello::parse(&body, &mut Offers::default()).unwrap();
        assert_eq!(hello.sni.as_deref(), sni, "{name}");
        assert_eq!(hello.offer.alpn.first().map(Vec::as_slice), alpn, "{name}");
        assert_eq!(hello.psk_identities, identities, "{name}");
        assert!(!hello.truncated && hello.offer.highest_version() != 0x0303, "{name}");
    }
}

#[test]
fn server_hellos() {
    let cases = [
        ("tls_server_hello.bin", 2, false),
        ("tls_server_hello_with_psk.bin", 3, true),
        ("tls_server_hello_with_unknown_extension.bin", 3, false),
    ];
    for (name, extensions, psk) in cases {
        let Some(body) = body(name) else { return };
        let hello = ServerHello::parse(&body).unwrap();
        assert_eq!((hello.extensions.len(), hello.psk_selected), (extensions, psk), "{name}");
        assert_eq!(hello.version(), TlsVersion::TLS13, "{name}");
        assert!(!hello.truncated && hello.key_share_group.is_some(), "{name}");
    }
}
