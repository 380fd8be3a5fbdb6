//! What the two hellos offered and chose, by name, with the fingerprints that other tools know
//! them by (JA3, JA3S, JA4). Numbers without a name are written in hexadecimal.

use std::sync::Arc;

use dissect::tls::fingerprint::ja3s;
use dissect::tls::group::group_name;
use dissect::tls::registry::{cipher_suite_name, is_grease};
use dissect::tls::{ClientHello, ServerHello, TlsVersion};
use dissect::{Carrier, Seen};

use super::handshake::place;
use super::page::Page;
use crate::format;

/// Most entries of one offered list that are named: the first ones are what the client prefers,
/// and the fingerprints stand for the rest.
const MAX_OFFERED: usize = 8;

/// What the client offered.
pub(super) fn client(page: &mut Page, seen: &Seen<Arc<ClientHello>>, carrier: Carrier) {
    let hello = &seen.value;
    let offer = &hello.offer;
    let version = TlsVersion(offer.highest_version());
    page.field("ClientHello", &format!("up to {version}, {}", place(seen)));
    page.field("SNI", hello.sni.as_deref().unwrap_or("none"));
    if offer.encrypted_client_hello {
        page.field("ECH", "offered: the SNI may not be the host that is meant");
    }
    if !offer.alpn.is_empty() {
        page.field("ALPN", &format!("{} offered", list(&offer.alpn, |name| protocol(name))));
    }
    page.field("suites", &list(&without_grease(&offer.cipher_suites), |suite| suite_name(*suite)));
    if !offer.groups.is_empty() {
        page.field("groups", &list(&without_grease(&offer.groups), |group| named_group(*group)));
    }
    if let Some(ja4) = offer.ja4(carrier.ja4()) {
        page.field("JA4", ja4);
    }
    if let Some(ja3) = offer.ja3() {
        page.field("JA3", &ja3.hash);
    }
}

/// What the server chose.
pub(super) fn server(page: &mut Page, seen: &Seen<Arc<ServerHello>>) {
    let hello = &seen.value;
    page.field("ServerHello", &format!("{}, {}", hello.version(), place(seen)));
    let number = hello.cipher_suite;
    let code = format!("{number:#06x}");
    let suite =
        cipher_suite_name(number).map_or_else(|| code.clone(), |name| format!("{name} ({code})"));
    page.field("cipher suite", &suite);
    if let Some(group) = hello.key_share_group {
        page.field("group", &named_group(group));
    }
    if let Some(name) = &hello.alpn {
        page.field("ALPN", &format!("{} chosen", protocol(name)));
    }
    page.field("JA3S", &ja3s(hello).hash);
}

/// A cipher suite by name.
pub(super) fn suite_name(suite: u16) -> String {
    cipher_suite_name(suite).map_or_else(|| format!("{suite:#06x}"), str::to_owned)
}

fn named_group(group: u16) -> String {
    group_name(group).map_or_else(|| format!("{group:#06x}"), str::to_owned)
}

/// GREASE values (RFC 8701) are chosen at random and say nothing here.
fn without_grease(values: &[u16]) -> Vec<u16> {
    values.iter().copied().filter(|value| !is_grease(*value)).collect()
}

/// ALPN names are bytes; those in use are ASCII (RFC 7301 section 6).
pub(super) fn protocol(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// The first [`MAX_OFFERED`] entries by name, and how many more there are.
fn list<T>(entries: &[T], name: impl Fn(&T) -> String) -> String {
    if entries.is_empty() {
        return String::from("none");
    }
    let named: Vec<String> = entries.iter().take(MAX_OFFERED).map(name).collect();
    let text = named.join(", ");
    match entries.len().saturating_sub(MAX_OFFERED) {
        0 => text,
        more => {
            let more = u64::try_from(more).unwrap_or(u64::MAX);
            format!("{text} and {} more", format::count(more))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_named_and_bounded() {
        let suites = |suites: &[u16]| list(&without_grease(suites), |suite| suite_name(*suite));
        assert_eq!(suites(&[]), "none");
        assert_eq!(suites(&[0x0a0a]), "none");
        assert_eq!(suites(&[0x1a1a, 0x1301]), "TLS_AES_128_GCM_SHA256");
        assert_eq!(suites(&[0x1301, 0xff77]), "TLS_AES_128_GCM_SHA256, 0xff77");
        let many = suites(&[0xff77; 10]);
        assert!(many.ends_with("0xff77 and 2 more"), "{many}");
        assert_eq!(many.matches("0xff77").count(), MAX_OFFERED);
    }

    #[test]
    fn groups_have_names_or_numbers() {
        assert_eq!(named_group(0x001d), "x25519");
        assert_eq!(named_group(0xfff1), "0xfff1");
    }
}
