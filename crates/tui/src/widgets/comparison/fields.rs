//! What two certificates say, field by field, and whether it is the same.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dissect::x509::{Certificate, Name};

use super::super::chain;
use crate::format;

/// One field of two certificates.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Field {
    /// As it is labelled.
    pub(super) label: &'static str,
    /// As it is called in a sentence.
    pub(super) word: &'static str,
    /// What each says.
    pub(super) values: [String; 2],
    /// Both say the same, in the same bytes.
    pub(super) same: bool,
}

/// All fields, in the order of the certificate.
pub(super) fn compared(one: &Certificate, other: &Certificate) -> Vec<Field> {
    let both = [one, other];
    let value = |label, word, of: fn(&Certificate) -> String| {
        let [one, other] = both.map(of);
        let same = one == other;
        Field { label, word, values: [one, other], same }
    };
    vec![
        name("subject", &one.subject, &other.subject),
        name("issuer", &one.issuer, &other.issuer),
        Field {
            same: one.subject_alt_names == other.subject_alt_names,
            ..value("names", "names", chain::names)
        },
        value("valid from", "validity", |it| format!("{} UTC", format::date_time(it.not_before))),
        value("valid to", "validity", |it| format!("{} UTC", format::date_time(it.not_after))),
        Field {
            same: one.public_key == other.public_key,
            ..value("key", "kind of key", |it| chain::key(&it.public_key))
        },
        value("signature", "signature algorithm", |it| {
            super::super::oid::name(&it.signature_algorithm).to_owned()
        }),
        value("serial", "serial number", |it| format::colon_hex(&it.serial)),
        value("pin", "key", pin),
        Field {
            same: extensions(one) == extensions(other),
            ..value("extensions", "extensions", chain::extensions)
        },
        value("CA", "CA flag", |it| {
            let words = it.basic_constraints_ca.map(|ca| if ca { "yes" } else { "no" });
            words.unwrap_or("not said").to_owned()
        }),
        Field { same: one.scts == other.scts, ..value("SCTs", "SCTs", timestamps) },
    ]
}

/// `sha256/` and Base64 of the hash of the key, as in a baseline.
pub(super) fn pin(certificate: &Certificate) -> String {
    format!("sha256/{}", STANDARD.encode(certificate.spki_sha256))
}

/// Names that read the same may be other bytes: another type of string, which tells the maker.
fn name(label: &'static str, one: &Name, other: &Name) -> Field {
    let same = one.der == other.der;
    let mut values = [one, other].map(chain::or_empty);
    let [first, second] = &mut values;
    if !same && first == second {
        second.push_str(" (encoded differently)");
    }
    Field { label, word: label, values, same }
}

/// Which, and whether critical; their lengths vary with what is in them.
fn extensions(certificate: &Certificate) -> Vec<(&str, bool)> {
    let entries = certificate.extensions.iter();
    entries.map(|extension| (extension.oid.as_str(), extension.critical)).collect()
}

/// Promises of transparency logs that are embedded, with the times of the first ones.
fn timestamps(certificate: &Certificate) -> String {
    let Some(first) = certificate.scts.first() else { return String::from("none embedded") };
    let number = u64::try_from(certificate.scts.len()).unwrap_or(u64::MAX);
    format!(
        "{} embedded, the first of {} UTC",
        format::count(number),
        format::date_time(first.timestamp)
    )
}
