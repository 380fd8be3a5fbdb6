//! A chain beside what a baseline knows of its host: issuers and keys.

use std::sync::Arc;

use detect::baseline::Host;
use dissect::Seen;
use dissect::x509::{Chain, ChainEntry};

use super::super::chain::{MAX_CERTIFICATES, or_empty};
use super::super::page::{Cell, Page};
use super::fields::pin;
use super::{LABEL, SIGN, with_article};

/// Most known values that are listed for one that was sent.
const MAX_KNOWN: usize = 16;

/// One value that was sent, and those that are known.
struct Check<'a> {
    label: &'static str,
    /// What it is, in a sentence.
    what: String,
    value: String,
    known: Vec<&'a str>,
}

impl Check<'_> {
    fn is_known(&self) -> bool {
        self.known.contains(&self.value.as_str())
    }
}

/// A section that says of the leaf's issuer, its key and the keys of its issuers whether the
/// baseline knows them, and which it knows.
pub(crate) fn against_baseline(page: &mut Page, chain: &Seen<Arc<Chain>>, host: &Host) {
    page.section("Beside the baseline", "≠ is not known, = is known");
    let checks = checks(&chain.value, host);
    if checks.is_empty() {
        let dim = page.theme().dim();
        page.paragraph("No certificate of the chain can be read.", dim);
        return;
    }
    let strong = page.theme().strong();
    page.paragraph(&summary(&checks), strong);
    page.blank();
    for check in &checks {
        draw(page, check);
    }
}

fn checks<'a>(chain: &Chain, host: &'a Host) -> Vec<Check<'a>> {
    let mut checks = Vec::new();
    let entries = chain.entries.iter().take(MAX_CERTIFICATES).enumerate();
    for (position, entry) in entries {
        let ChainEntry::Certificate(certificate) = entry else { continue };
        if position == 0 {
            let known = host.issuers.union(&host.private_issuers).map(String::as_str).collect();
            let value = or_empty(&certificate.issuer);
            checks.push(Check { label: "issuer", what: String::from("issuer"), value, known });
        }
        let pins = if position == 0 { &host.leaf_pins } else { &host.issuer_pins };
        checks.push(Check {
            label: "pin",
            what: format!("key of {}", with_article(position)),
            value: pin(certificate),
            known: pins.iter().map(String::as_str).collect(),
        });
    }
    checks
}

/// `Not known: issuer, key of the leaf. Known: key of issuer 1.`
fn summary(checks: &[Check<'_>]) -> String {
    let words = |known: bool| {
        let of_them = checks.iter().filter(|check| check.is_known() == known);
        of_them.map(|check| check.what.as_str()).collect::<Vec<_>>().join(", ")
    };
    match (words(true), words(false)) {
        (known, other) if other.is_empty() => format!("All are known: {known}."),
        (known, other) if known.is_empty() => format!("None is known: {other}."),
        (known, other) => format!("Not known: {other}. Known: {known}."),
    }
}

fn draw(page: &mut Page, check: &Check<'_>) {
    let theme = *page.theme();
    let room = page.room().saturating_sub(SIGN).saturating_sub(LABEL);
    let (sign, style) = match check.is_known() {
        true => ("=", theme.dim()),
        false => ("≠", theme.accent()),
    };
    page.row(&[
        Cell::words(SIGN, sign, style),
        Cell::words(LABEL, check.label, theme.dim()),
        Cell::words(room, &check.value, style),
    ]);
    if check.is_known() {
        return;
    }
    let left = check.known.len().saturating_sub(MAX_KNOWN);
    let more = format!("{left} more");
    let mut known: Vec<&str> = check.known.iter().take(MAX_KNOWN).copied().collect();
    if left > 0 {
        known.push(&more);
    }
    if known.is_empty() {
        known.push("none of this kind");
    }
    for (nth, value) in known.into_iter().enumerate() {
        page.row(&[
            Cell::gap(SIGN),
            Cell::words(LABEL, if nth == 0 { "known" } else { "" }, theme.dim()),
            Cell::words(room, value, theme.text()),
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::certificates::{CertificateSketch, chain};
    use super::super::super::samples::{packets, page, shown};
    use super::*;

    fn sent() -> Seen<Arc<Chain>> {
        let names = ["api.shop.test"];
        let (subject, issuer) = ("api.shop.test", "mitmproxy");
        let leaf = CertificateSketch { subject, issuer, names: &names, days: 90, seed: 7 };
        let issuer = CertificateSketch { subject: issuer, issuer, names: &[], days: 90, seed: 9 };
        Seen { value: chain(&[leaf, issuer]), packets: packets(12, 15) }
    }

    fn set(values: &[&str]) -> std::collections::BTreeSet<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn known_and_not_known() {
        let nothing = Host::default();
        let pins = checks(&sent().value, &nothing);
        let host = Host {
            issuers: set(&["CN=R11, O=Let's Encrypt, C=US", "CN=E6, O=Let's Encrypt, C=US"]),
            private_issuers: set(&["CN=dev"]),
            issuer_pins: set(&[&pins[2].value]),
            ..Host::default()
        };
        for columns in [80, 120] {
            let mut page = page(columns);
            against_baseline(&mut page, &sent(), &host);
            insta::assert_snapshot!(format!("against_baseline_{columns}"), shown(&page));
        }
    }

    #[test]
    fn summaries_and_bounds() {
        let many = (0..40).map(|nth| format!("CN={nth:02}")).collect();
        let mut host = Host { issuers: many, ..Host::default() };
        let mut page = page(80);
        against_baseline(&mut page, &sent(), &host);
        assert!(shown(&page).contains("None is known: issuer, key of the leaf, key of issuer 1."));
        assert!(shown(&page).contains("24 more"));
        let nothing = Host::default();
        for check in checks(&sent().value, &nothing) {
            let known = match check.label {
                "issuer" => &mut host.private_issuers,
                _ if check.what.contains("leaf") => &mut host.leaf_pins,
                _ => &mut host.issuer_pins,
            };
            known.insert(check.value);
        }
        let all = summary(&checks(&sent().value, &host));
        assert_eq!(all, "All are known: issuer, key of the leaf, key of issuer 1.");
    }
}
