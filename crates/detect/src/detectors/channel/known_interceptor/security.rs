//! Products that intercept in order to protect: gateways of companies, software on one device.
//!
//! They read everything, too, and whoever has their CA's key can do the same. The names are those
//! that their users quote; products that no trustworthy quotation names are left out.

use super::mark::Mark;
use super::names::{Attribute, contains, ends, is, starts};
use super::product::{Alone, Kind, Product};

/// A product of which only the CA's name is known.
const fn by_name(
    name: &'static str,
    kind: Kind,
    ca_names: &'static [&'static [Attribute]],
) -> Product {
    Product { name, kind, ca_names, marks: &[], alone: Alone::Ambiguous, hints: &[] }
}

/// Alphabetical.
pub(super) const PRODUCTS: &[Product] = &[
    by_name("AdGuard", Kind::Protection, &[&[starts("CN", "Adguard Personal CA")]]),
    by_name(
        "Avast, AVG or Norton Web Shield",
        Kind::Protection,
        &[&[ends("CN", "Web/Mail Shield Root")]],
    ),
    by_name("Bitdefender", Kind::Protection, &[&[starts("CN", "Bitdefender Personal CA")]]),
    Product {
        name: "Cisco Umbrella",
        kind: Kind::Gateway,
        ca_names: &[&[starts("CN", "Cisco Umbrella"), is("O", "Cisco")]],
        marks: &[&[Mark::SerialIsIssueTime]],
        alone: Alone::Ambiguous,
        hints: &[],
    },
    by_name("ESET", Kind::Protection, &[&[is("CN", "ESET SSL Filter CA"), starts("O", "ESET")]]),
    by_name(
        "Fortinet FortiGate",
        Kind::Gateway,
        &[
            &[is("O", "Fortinet"), is("OU", "Certificate Authority")],
            &[is("O", "Fortinet"), starts("CN", "fortinet-subca")],
        ],
    ),
    by_name(
        "Kaspersky",
        Kind::Protection,
        &[&[contains("CN", "Kaspersky Anti-Virus"), contains("O", "Kaspersky Lab")]],
    ),
    Product {
        name: "Zscaler",
        kind: Kind::Gateway,
        ca_names: &[&[contains("CN", "Zscaler"), starts("O", "Zscaler")]],
        marks: &[&[Mark::SubjectSays { key: "O", value: "Zscaler Inc." }]],
        alone: Alone::Ambiguous,
        hints: &[],
    },
];
