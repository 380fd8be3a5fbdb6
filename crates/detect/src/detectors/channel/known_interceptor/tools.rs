//! Programs that people start in order to intercept: workbenches of developers, tools of attack.
//!
//! Where a product has marks, they were read in its source and measured in captures of it; where
//! it has none, only the name of its CA is known.

use super::extension::Extension::{
    AuthorityKeyId, BasicConstraints, CertificatePolicies, CrlDistributionPoints, ExtendedKeyUsage,
    KeyUsage, Scts, SubjectAltName, SubjectKeyId,
};
use super::mark::Mark;
use super::names::{Attribute, absent, contains, is, starts};
use super::product::{Alone, Kind, Product};

/// mitmproxy gives leaves its CA's key and three extensions; since version 12 it keeps the place
/// of a genuine CRL, with a file name of its own.
const MITMPROXY_MARKS: &[&[Mark]] = &[
    &[
        Mark::SharesCaKey,
        Mark::ExtensionOrder {
            fixed: &[ExtendedKeyUsage, SubjectAltName, AuthorityKeyId],
            optional: &[CrlDistributionPoints],
        },
    ],
    &[Mark::CrlToken],
];

/// In transparent mode mitmproxy adds the server's address to the names; it dates back two days.
const MITMPROXY_HINTS: &[Mark] =
    &[Mark::CrlToken, Mark::ServerAddressNamed, Mark::BackdatedBy { days: 2 }];

/// mockttp's serial numbers are UUIDs; releases differ in whether there is a policy.
const MOCKTTP_MARKS: &[&[Mark]] = &[
    &[
        Mark::SerialIsUuid4,
        Mark::ExtensionOrder {
            fixed: &[
                BasicConstraints,
                KeyUsage,
                ExtendedKeyUsage,
                SubjectAltName,
                CertificatePolicies,
                AuthorityKeyId,
            ],
            optional: &[Scts],
        },
    ],
    &[
        Mark::SerialIsUuid4,
        Mark::ExtensionOrder {
            fixed: &[BasicConstraints, KeyUsage, ExtendedKeyUsage, SubjectAltName, AuthorityKeyId],
            optional: &[],
        },
    ],
];

const MOCKTTP_HINTS: &[Mark] =
    &[Mark::ValidFor { days: 45 }, Mark::SubjectSays { key: "C", value: "XX" }];

/// A product of which only the CA's name is known.
const fn by_name(
    name: &'static str,
    kind: Kind,
    ca_names: &'static [&'static [Attribute]],
) -> Product {
    Product { name, kind, ca_names, marks: &[], alone: Alone::Ambiguous, hints: &[] }
}

/// Alphabetical, but for programs built on another: these stand before it.
pub(super) const PRODUCTS: &[Product] = &[
    Product {
        name: "AnyProxy",
        kind: Kind::Workbench,
        ca_names: &[
            &[contains("CN", "AnyProxy"), is("O", "AnyProxy")],
            &[is("O", "EasyCert"), is("OU", "EasyCert SSL")],
        ],
        marks: &[&[Mark::SerialIsMd5OfName]],
        alone: Alone::Unique,
        hints: &[Mark::SubjectSays { key: "O", value: "EasyCert" }],
    },
    Product {
        name: "bettercap",
        kind: Kind::Attack,
        // GoDaddy's genuine authority has ST=Arizona and http in its OU.
        ca_names: &[&[
            is("CN", "Go Daddy Secure Certificate Authority - G2"),
            is("OU", "https://certs.godaddy.com/repository/"),
            absent("ST"),
        ]],
        marks: &[&[Mark::RsaBits(1024)]],
        alone: Alone::Ambiguous,
        hints: &[],
    },
    by_name(
        "Burp Suite",
        Kind::Workbench,
        &[&[is("CN", "PortSwigger CA"), is("O", "PortSwigger"), is("OU", "PortSwigger CA")]],
    ),
    by_name("Charles", Kind::Workbench, &[&[starts("CN", "Charles Proxy"), is("O", "XK72 Ltd")]]),
    Product {
        name: "Fiddler Classic",
        kind: Kind::Workbench,
        ca_names: &[&[
            is("CN", "DO_NOT_TRUST_FiddlerRoot"),
            starts("O", "DO_NOT_TRUST"),
            contains("OU", "fiddler2.com"),
        ]],
        marks: &[&[Mark::Midnights]],
        alone: Alone::Ambiguous,
        hints: &[],
    },
    by_name(
        "Fiddler Everywhere",
        Kind::Workbench,
        &[&[is("CN", "Fiddler Root Certificate Authority"), contains("O", "Telerik")]],
    ),
    Product {
        name: "goproxy",
        kind: Kind::Workbench,
        ca_names: &[&[is("CN", "goproxy.github.io"), is("O", "GoProxy")]],
        // It reads the clock once for 30 days back and once for 365 days on.
        marks: &[&[Mark::SubjectCopiedFromIssuer, Mark::ValidFor { days: 395 }]],
        alone: Alone::Unique,
        hints: &[Mark::BackdatedBy { days: 30 }],
    },
    Product {
        name: "HTTP Toolkit",
        kind: Kind::Workbench,
        ca_names: &[
            &[is("CN", "HTTP Toolkit CA"), is("O", "HTTP Toolkit CA")],
            &[is("CN", "HTTP Toolkit CA"), is("O", "Mockttp")],
        ],
        marks: MOCKTTP_MARKS,
        alone: Alone::Ambiguous,
        hints: MOCKTTP_HINTS,
    },
    by_name(
        "http-mitm-proxy",
        Kind::Workbench,
        &[&[is("CN", "NodeMITMProxyCA"), is("O", "Node MITM Proxy CA")]],
    ),
    Product {
        name: "PCAPdroid",
        kind: Kind::Workbench,
        ca_names: &[&[is("CN", "PCAPdroid CA"), is("O", "PCAPdroid")]],
        marks: MITMPROXY_MARKS,
        alone: Alone::Ambiguous,
        hints: MITMPROXY_HINTS,
    },
    Product {
        name: "mitmproxy",
        kind: Kind::Workbench,
        ca_names: &[&[is("CN", "mitmproxy"), is("O", "mitmproxy")]],
        marks: MITMPROXY_MARKS,
        alone: Alone::Unique,
        hints: MITMPROXY_HINTS,
    },
    Product {
        name: "mockttp",
        kind: Kind::Workbench,
        ca_names: &[&[starts("CN", "Mockttp Testing CA"), is("O", "Mockttp")]],
        marks: MOCKTTP_MARKS,
        alone: Alone::Unique,
        hints: MOCKTTP_HINTS,
    },
    by_name("ProxyPin", Kind::Workbench, &[&[starts("CN", "ProxyPin CA")]]),
    by_name(
        "Proxyman",
        Kind::Workbench,
        &[
            &[starts("CN", "Proxyman"), starts("O", "Proxyman")],
            &[starts("O", "Proxyman"), contains("OU", "proxyman.io")],
        ],
    ),
    by_name("Reqable", Kind::Workbench, &[&[starts("CN", "Reqable CA")]]),
    Product {
        name: "sslsplit",
        kind: Kind::Attack,
        ca_names: &[&[contains("CN", "sslsplit"), contains("O", "sslsplit")]],
        marks: &[&[
            Mark::ExtensionOrder {
                fixed: &[
                    SubjectKeyId,
                    AuthorityKeyId,
                    BasicConstraints,
                    KeyUsage,
                    ExtendedKeyUsage,
                    SubjectAltName,
                ],
                optional: &[CrlDistributionPoints],
            },
            Mark::ValidFor { days: 365 },
            Mark::BackdatedBy { days: 1 },
        ]],
        alone: Alone::Unique,
        hints: &[],
    },
    Product {
        name: "squid",
        kind: Kind::Gateway,
        // The CA is the operator's own.
        ca_names: &[],
        marks: &[&[
            Mark::SharesCaKey,
            Mark::ExtensionOrder {
                fixed: &[
                    SubjectAltName,
                    KeyUsage,
                    ExtendedKeyUsage,
                    BasicConstraints,
                    AuthorityKeyId,
                ],
                optional: &[],
            },
        ]],
        alone: Alone::Unique,
        hints: &[Mark::CaSentTwice],
    },
    Product {
        name: "whistle",
        kind: Kind::Workbench,
        ca_names: &[&[starts("CN", "whistle."), is("OU", "wproxy.org")]],
        marks: &[&[
            Mark::SharesCaKey,
            Mark::ExtensionOrder { fixed: &[SubjectAltName], optional: &[] },
            Mark::SubjectIsCommonName,
        ]],
        alone: Alone::Unique,
        hints: &[Mark::BackdatedBy { days: 20 }],
    },
    Product {
        name: "ZAP",
        kind: Kind::Workbench,
        ca_names: &[
            &[contains("CN", "Zed Attack Proxy Root CA"), contains("O", "Root CA")],
            &[contains("CN", "Zed Attack Proxy Root CA"), contains("OU", "Root CA")],
        ],
        marks: &[&[Mark::KeyIdIsWholeKey]],
        alone: Alone::Unique,
        hints: &[
            Mark::ValidFor { days: 368 },
            Mark::SubjectSays { key: "OU", value: "Zed Attack Proxy Project" },
        ],
    },
];
