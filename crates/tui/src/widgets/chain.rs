//! A certificate chain as a tree, as it was sent: each certificate hangs under the one it should
//! have issued.
//!
//! Names only are compared here, never signatures: those are judged by detectors. What does not
//! fit together, and an issuer that was not sent, is said in words.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dissect::Seen;
use dissect::x509::{Certificate, Chain, ChainEntry, GeneralName, Name, PublicKey};

use super::oid;
use super::page::Page;
use crate::format;

/// Most certificates that are drawn. Real chains have up to five; RFC 8446 sets no limit.
pub(super) const MAX_CERTIFICATES: usize = 16;

/// Deepest indentation, in certificates: beyond it a tree on 40 columns has no room for values.
const MAX_DEPTH: usize = 4;

/// Most names and extensions of a certificate that are listed; content networks put hundreds of
/// names into one.
const MAX_LISTED: usize = 30;

/// A section with the chain.
pub(crate) fn section(page: &mut Page, title: &str, chain: &Seen<std::sync::Arc<Chain>>) {
    let entries = &chain.value.entries;
    let number = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let count = format::counted(number, "certificate");
    page.section(title, &format!("{count} as sent, {}", format::span(chain.packets)));
    let mut above: Option<&Name> = None;
    for (position, entry) in entries.iter().take(MAX_CERTIFICATES).enumerate() {
        let more = position.saturating_add(1) < entries.len() || issuer_not_sent(&chain.value);
        head(page, position, entry, above);
        page.gutter(&gutter(position, more));
        body(page, entry);
        above = issuer(entry);
    }
    let left = entries.len().saturating_sub(MAX_CERTIFICATES);
    if left > 0 {
        page.gutter(&branch(MAX_CERTIFICATES));
        page.line(&[(&format!("{left} more"), page.theme().dim())]);
    } else if issuer_not_sent(&chain.value) {
        page.gutter(&branch(entries.len()));
        let name = above.map(Name::to_string).unwrap_or_default();
        let (strong, dim) = (page.theme().strong(), page.theme().dim());
        page.line(&[(&name, strong), ("  not sent", dim)]);
    }
    page.gutter("");
}

/// The line that names a certificate.
fn head(page: &mut Page, position: usize, entry: &ChainEntry, above: Option<&Name>) {
    page.gutter(&branch(position));
    let (strong, dim) = (page.theme().strong(), page.theme().dim());
    let number = format!("{} ", position.saturating_add(1));
    match entry {
        ChainEntry::Certificate(certificate) => {
            let mut notes = Vec::new();
            if position == 0 {
                notes.push(String::from("leaf"));
            }
            if certificate.basic_constraints_ca == Some(true) {
                notes.push(String::from("CA"));
            }
            if certificate.subject == certificate.issuer {
                notes.push(String::from("self-issued"));
            }
            if above.is_some_and(|above| *above != certificate.subject) {
                notes.push(format!("is not named as issuer of {position}"));
            }
            let notes = format!("  {}", notes.join(", "));
            page.line(&[(&number, dim), (short_name(certificate), strong), (&notes, dim)]);
        }
        ChainEntry::Malformed { .. } => {
            page.line(&[(&number, dim), ("not readable", strong)]);
        }
    }
}

fn body(page: &mut Page, entry: &ChainEntry) {
    match entry {
        ChainEntry::Certificate(certificate) => fields(page, certificate),
        ChainEntry::Malformed { der, error } => {
            page.field("why", &error.to_string());
            page.field("length", &format!("{} bytes", der.len()));
        }
    }
}

fn fields(page: &mut Page, certificate: &Certificate) {
    page.field("subject", &or_empty(&certificate.subject));
    page.field("issuer", &or_empty(&certificate.issuer));
    if certificate.subject_alt_names.is_some() {
        page.field("names", &names(certificate));
    }
    page.field("valid", &validity(certificate));
    page.field("key", &key(&certificate.public_key));
    page.field("signature", oid::name(&certificate.signature_algorithm));
    page.field("serial", &format::colon_hex(&certificate.serial));
    page.field("SHA-256", &dissect::hex(&certificate.sha256));
    page.field("pin", &format!("sha256/{}", STANDARD.encode(certificate.spki_sha256)));
    page.field("extensions", &extensions(certificate));
}

/// The alternative names, in wire order.
pub(super) fn names(certificate: &Certificate) -> String {
    let names = certificate.subject_alt_names.as_deref().unwrap_or_default();
    listed(names.iter().map(general_name))
}

/// The extensions by name, in wire order.
pub(super) fn extensions(certificate: &Certificate) -> String {
    listed(certificate.extensions.iter().map(|extension| {
        let critical = if extension.critical { " (critical)" } else { "" };
        format!("{}{critical}", oid::name(&extension.oid))
    }))
}

/// The common name, else the first alternative name, else the whole subject.
pub(super) fn short_name(certificate: &Certificate) -> &str {
    let dns = certificate.subject_alt_names.iter().flatten().find_map(|name| match name {
        GeneralName::Dns(name) => Some(name.as_str()),
        _ => None,
    });
    certificate
        .subject
        .common_name()
        .or(dns)
        .or_else(|| certificate.subject.organization())
        .unwrap_or("no name")
}

fn issuer(entry: &ChainEntry) -> Option<&Name> {
    match entry {
        ChainEntry::Certificate(certificate) => Some(&certificate.issuer),
        ChainEntry::Malformed { .. } => None,
    }
}

/// The last certificate names an issuer other than itself.
fn issuer_not_sent(chain: &Chain) -> bool {
    match chain.entries.last() {
        Some(ChainEntry::Certificate(last)) => last.issuer != last.subject,
        _ => false,
    }
}

/// Left of a certificate's own line.
fn branch(position: usize) -> String {
    match position.min(MAX_DEPTH).checked_sub(1) {
        Some(above) => format!("{}└ ", "  ".repeat(above)),
        None => String::new(),
    }
}

/// Left of its values: the line down to the next one, if there is one.
fn gutter(position: usize, more: bool) -> String {
    let line = if more { "│ " } else { "  " };
    format!("{}{line}", "  ".repeat(position.min(MAX_DEPTH.saturating_sub(1))))
}

fn validity(certificate: &Certificate) -> String {
    let (from, to) = (certificate.not_before, certificate.not_after);
    let days = format::days(from, to);
    format!("{} to {} UTC, {days} days", format::date_time(from), format::date_time(to))
}

/// The kind of a key and its size.
pub(super) fn key(key: &PublicKey) -> String {
    match key {
        PublicKey::Dsa { bits } => format!("DSA {bits} bits"),
        PublicKey::Ec { curve, .. } => format!("EC {curve}"),
        PublicKey::Ed25519 => String::from("Ed25519"),
        PublicKey::Ed448 => String::from("Ed448"),
        PublicKey::Other(oid) => oid.clone(),
        PublicKey::Rsa { bits } => format!("RSA {bits} bits"),
    }
}

fn general_name(name: &GeneralName) -> String {
    match name {
        GeneralName::Dns(name) => name.clone(),
        GeneralName::Email(address) => format!("email:{address}"),
        GeneralName::Ip(address) => format!("IP:{address}"),
        GeneralName::Other(tag) => format!("other form [{tag}]"),
        GeneralName::Uri(uri) => format!("URI:{uri}"),
    }
}

/// A name, or that it is empty.
pub(super) fn or_empty(name: &Name) -> String {
    if name.attributes.is_empty() { String::from("empty") } else { name.to_string() }
}

/// `a, b, c and 4 more`.
fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let left = items.len().saturating_sub(MAX_LISTED);
    let shown: Vec<String> = items.take(MAX_LISTED).collect();
    match (shown.is_empty(), left) {
        (true, _) => String::from("none"),
        (false, 0) => shown.join(", "),
        (false, left) => format!("{} and {left} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_end_where_the_chain_ends() {
        let cases = [
            (0, true, "", "│ "),
            (0, false, "", "  "),
            (1, true, "└ ", "  │ "),
            (2, false, "  └ ", "      "),
            (9, true, "      └ ", "      │ "),
        ];
        for (position, more, head, values) in cases {
            assert_eq!(branch(position), head, "{position}");
            assert_eq!(gutter(position, more), values, "{position}");
        }
    }

    #[test]
    fn lists_are_bounded() {
        let names = |number: usize| listed((0..number).map(|n| n.to_string()));
        assert_eq!(names(0), "none");
        assert_eq!(names(2), "0, 1");
        assert!(names(MAX_LISTED).ends_with(", 29"));
        assert!(names(MAX_LISTED + 5).ends_with(", 29 and 5 more"));
    }

    #[test]
    fn keys_in_words() {
        assert_eq!(key(&PublicKey::Rsa { bits: 2048 }), "RSA 2048 bits");
        assert_eq!(key(&PublicKey::Ec { curve: "P-256".into(), bits: 256 }), "EC P-256");
        assert_eq!(key(&PublicKey::Other("1.2.3".into())), "1.2.3");
    }
}
