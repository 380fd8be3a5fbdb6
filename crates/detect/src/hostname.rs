//! Does a certificate cover a host? The comparison of RFC 9525 section 6.
//!
//! Names count, text does not: dNSName for names, iPAddress for addresses. The common name counts
//! only in a certificate that has neither, as RFC 6125 section 6.4.4 allowed: clients of that time
//! did so, and that the names are missing is a finding of its own (`channel/weak-certificate`).

use std::net::IpAddr;

use dissect::x509::{Certificate, GeneralName};

/// How a certificate stands to a host.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Coverage {
    /// One of its names is the host's.
    Covered,
    /// The host is not written in ASCII, so that there is nothing in a certificate to compare it
    /// with: on the wire such names are A-labels (RFC 5890 section 2.3.2.1).
    Incomparable,
    /// None of its names is the host's.
    NotCovered,
}

/// Compares the certificate's names with the host asked for: a domain name, or an IP address as
/// text.
pub fn coverage(certificate: &Certificate, host: &str) -> Coverage {
    if !host.is_ascii() {
        return Coverage::Incomparable;
    }
    let covered = match host.parse::<IpAddr>() {
        Ok(address) => covers_address(certificate, address),
        Err(_) => covers_name(certificate, host),
    };
    if covered { Coverage::Covered } else { Coverage::NotCovered }
}

/// The names that [`coverage`] compares, in wire order: those of the subjectAltName extension,
/// else the common name.
pub fn presented_names(certificate: &Certificate) -> Vec<String> {
    let names: Vec<String> = alt_names(certificate)
        .filter_map(|name| match name {
            GeneralName::Dns(name) => Some(name.clone()),
            GeneralName::Ip(address) => Some(address.to_string()),
            _ => None,
        })
        .collect();
    if names.is_empty() {
        certificate.subject.common_name().map(str::to_owned).into_iter().collect()
    } else {
        names
    }
}

fn alt_names(certificate: &Certificate) -> impl Iterator<Item = &GeneralName> {
    certificate.subject_alt_names.iter().flatten()
}

/// The common name, if the certificate has no name or address elsewhere.
fn fallback(certificate: &Certificate) -> Option<&str> {
    let named =
        alt_names(certificate).any(|name| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_)));
    if named { None } else { certificate.subject.common_name() }
}

fn covers_address(certificate: &Certificate, host: IpAddr) -> bool {
    alt_names(certificate).any(|name| matches!(name, GeneralName::Ip(address) if *address == host))
        || fallback(certificate).is_some_and(|name| name.parse() == Ok(host))
}

fn covers_name(certificate: &Certificate, host: &str) -> bool {
    alt_names(certificate).any(|name| matches!(name, GeneralName::Dns(dns) if matches(dns, host)))
        || fallback(certificate).is_some_and(|name| matches(name, host))
}

/// One presented name against one host name. A wildcard is the whole left-most label and stands
/// for exactly one label (RFC 9525 section 6.3).
fn matches(presented: &str, host: &str) -> bool {
    let (presented, host) = (without_root(presented), without_root(host));
    if host.is_empty() {
        return false;
    }
    match presented.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(label, rest)| {
            !label.is_empty() && !parent.is_empty() && rest.eq_ignore_ascii_case(parent)
        }),
        None => presented.eq_ignore_ascii_case(host),
    }
}

/// Without the dot that stands for the root of the domain name tree.
fn without_root(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Last labels below which nobody outside a house or a company can be reached: RFC 6762 appendix G,
/// RFC 6761, RFC 8375 (`home.arpa`; the rest of `arpa` names no hosts), ICANN's `internal`, and what
/// routers are sold with.
const OWN_NETWORK: [&str; 14] = [
    "arpa",
    "box",
    "corp",
    "domain",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
];

/// Whether a host is one of the public network: a domain name of several labels, not below a name
/// that is reserved for networks of one's own, and no address.
pub fn is_public(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let last = host.rsplit_once('.').map(|(_, last)| last);
    host.parse::<IpAddr>().is_err()
        && last.is_some_and(|last| !OWN_NETWORK.iter().any(|own| last.eq_ignore_ascii_case(own)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_public_network() {
        for public in ["api.shop.test", "a.example.COM.", "x.y"] {
            assert!(is_public(public), "{public}");
        }
        for own in ["nas", "printer.local", "x.home.arpa", "a.LAN.", "192.0.2.1", "2001:db8::1", ""]
        {
            assert!(!is_public(own), "{own}");
        }
    }
    use crate::detectors::testing::certificate;

    #[test]
    fn names_compare_as_rfc_9525_says() {
        let cases = [
            ("api.shop.test", "api.shop.test", true),
            ("API.Shop.Test", "api.shop.TEST", true),
            ("api.shop.test", "api.shop.test.", true),
            ("api.shop.test.", "api.shop.test", true),
            ("*.shop.test", "api.shop.test", true),
            ("*.badssl.com", "wrong.host.badssl.com", false),
            ("*.shop.test", "shop.test", false),
            ("*.shop.test", ".shop.test", false),
            ("*.shop.test", "*.shop.test", true),
            ("a*.shop.test", "api.shop.test", false),
            ("api.*.test", "api.shop.test", false),
            ("*.*.test", "api.shop.test", false),
            ("*", "localhost", false),
            ("*.", "localhost.", false),
            ("xn--bcher-kva.test", "XN--bcher-kva.test", true),
            ("*.test", "xn--bcher-kva.test", true),
            ("shop.test", "api.shop.test", false),
            ("", "", false),
        ];
        for (presented, host, expected) in cases {
            assert_eq!(matches(presented, host), expected, "{presented} {host}");
        }
    }

    #[test]
    fn addresses_compare_with_addresses_only() {
        let mut leaf = certificate("CN=192.0.2.1", "CN=ca");
        leaf.subject_alt_names = Some(vec![
            GeneralName::Dns("192.0.2.2".into()),
            GeneralName::Ip("192.0.2.3".parse().unwrap()),
            GeneralName::Ip("2001:db8::1".parse().unwrap()),
        ]);
        assert_eq!(coverage(&leaf, "192.0.2.3"), Coverage::Covered);
        assert_eq!(coverage(&leaf, "2001:DB8:0::1"), Coverage::Covered);
        assert_eq!(coverage(&leaf, "192.0.2.2"), Coverage::NotCovered);
        assert_eq!(
            coverage(&leaf, "192.0.2.1"),
            Coverage::NotCovered,
            "common name does not count"
        );
    }

    #[test]
    fn common_name_counts_only_without_other_names() {
        let mut leaf = certificate("CN=*.shop.test", "CN=ca");
        leaf.subject_alt_names = None;
        assert_eq!(coverage(&leaf, "api.shop.test"), Coverage::Covered);
        leaf.subject_alt_names = Some(vec![GeneralName::Email("ops@shop.test".into())]);
        assert_eq!(coverage(&leaf, "api.shop.test"), Coverage::Covered);
        leaf.subject_alt_names = Some(vec![GeneralName::Dns("other.test".into())]);
        assert_eq!(coverage(&leaf, "api.shop.test"), Coverage::NotCovered);
        assert_eq!(presented_names(&leaf), ["other.test"]);
        let mut address = certificate("CN=192.0.2.1", "CN=ca");
        address.subject_alt_names = None;
        assert_eq!(coverage(&address, "192.0.2.1"), Coverage::Covered);
        assert_eq!(presented_names(&address), ["192.0.2.1"]);
    }

    #[test]
    fn a_host_that_is_not_ascii_is_not_compared() {
        let leaf = certificate("CN=xn--bcher-kva.test", "CN=ca");
        assert_eq!(coverage(&leaf, "bücher.test"), Coverage::Incomparable);
        assert_eq!(coverage(&leaf, "\u{fffd}"), Coverage::Incomparable);
        assert_eq!(coverage(&leaf, "xn--bcher-kva.test"), Coverage::Covered);
    }
}
