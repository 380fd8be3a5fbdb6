//! What the two hellos offered and chose, as numbers: `client_handshake` and `server_handshake`.

use dissect::tls::registry::is_grease;
use dissect::tls::{EncryptedExtensions, Offer, ServerHello, TlsVersion};
use serde::Serialize;

/// EVE's lists leave out GREASE (RFC 8701); that there was some is a mark of the client's library,
/// so it is said beside them.
#[derive(Serialize)]
pub(super) struct ClientJson {
    version: String,
    ciphers: Vec<u16>,
    exts: Vec<u16>,
    sig_algs: Vec<u16>,
    groups: Vec<u16>,
    grease: bool,
    early_data: bool,
    ech: bool,
}

impl From<&Offer> for ClientJson {
    fn from(offer: &Offer) -> Self {
        let lists = [&offer.cipher_suites, &offer.extensions, &offer.groups];
        Self {
            version: TlsVersion(offer.highest_version()).to_string(),
            ciphers: without_grease(&offer.cipher_suites),
            exts: without_grease(&offer.extensions),
            sig_algs: without_grease(&offer.signature_algorithms),
            groups: without_grease(&offer.groups),
            grease: lists.into_iter().flatten().any(|value| is_grease(*value)),
            early_data: offer.early_data,
            ech: offer.encrypted_client_hello,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ServerJson {
    version: String,
    cipher: u16,
    exts: Vec<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted_exts: Option<Vec<u16>>,
}

impl ServerJson {
    /// EncryptedExtensions are there if there is a key for them.
    pub(super) fn new(hello: &ServerHello, encrypted: Option<&EncryptedExtensions>) -> Self {
        Self {
            version: hello.version().to_string(),
            cipher: hello.cipher_suite,
            exts: without_grease(&hello.extensions),
            encrypted_exts: encrypted.map(|encrypted| without_grease(&encrypted.extensions)),
        }
    }
}

fn without_grease(values: &[u16]) -> Vec<u16> {
    values.iter().copied().filter(|value| !is_grease(*value)).collect()
}
