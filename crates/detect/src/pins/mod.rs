//! Keys that hosts must present: what apps pin, read from the files in which they say so, and an
//! audit of what they did with what they were shown.
//!
//! A pin is the SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 7469 section 2.4), as Android,
//! iOS and OkHttp have it.

pub mod audit;

mod android;
mod error;
mod ios;
mod okhttp;
mod read;
mod toml_file;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dissect::Timestamp;
use dissect::x509::{Certificate, ValidityTime};

pub use audit::{Audit, Row};
pub use error::PinsError;
pub use read::read;

/// Pinned keys. Empty unless some were given.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    hosts: Vec<HostPins>,
}

/// The pins of one host pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostPins {
    /// The host, in lower case, without `*.`.
    pub host: String,
    /// Which hosts below it are meant, too.
    pub scope: Scope,
    /// Until when they count; `None` is for ever.
    pub expires: Option<ValidityTime>,
    /// One of these must be presented.
    pub pins: Vec<Pin>,
}

/// Which hosts a pattern means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// The host alone.
    Host,
    /// Hosts with exactly one label more, and not the host itself: OkHttp's `*.host`.
    OneLabel,
    /// The host and all below it: `includeSubdomains`, OkHttp's `**.host`.
    Subdomains,
}

/// A pinned key.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Pin {
    /// Which certificates may bear it.
    pub bearer: Bearer,
    /// SHA-256 of the SubjectPublicKeyInfo.
    pub sha256: [u8; 32],
}

/// Who may bear a pinned key.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Bearer {
    /// Any certificate of the chain.
    Any,
    /// An authority: `NSPinnedCAIdentities`.
    Authority,
    /// The leaf: `NSPinnedLeafIdentities`.
    Leaf,
}

impl Pins {
    /// These.
    pub const fn from_hosts(hosts: Vec<HostPins>) -> Self {
        Self { hosts }
    }

    /// Adds what another file says.
    pub fn extend(&mut self, hosts: Vec<HostPins>) {
        self.hosts.extend(hosts);
    }

    /// Whether there are none at all.
    pub const fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// All pins that one of must be presented by this host at this time, without doubles. Empty if
    /// it has none, or if a pattern for it has expired: apps then accept any key.
    pub fn for_host(&self, host: &str, at: Timestamp) -> Vec<Pin> {
        let host = normal(host);
        let mut pins = Vec::new();
        for pattern in self.hosts.iter().filter(|pattern| pattern.covers(&host)) {
            if pattern.expires.is_some_and(|expires| expires.cmp_timestamp(at).is_lt()) {
                return Vec::new();
            }
            pins.extend_from_slice(&pattern.pins);
        }
        pins.sort_unstable();
        pins.dedup();
        pins
    }
}

impl HostPins {
    /// Whether the pattern means this host, given as [`normal`] gives it.
    fn covers(&self, host: &str) -> bool {
        let below = host.strip_suffix(self.host.as_str()).and_then(|rest| rest.strip_suffix('.'));
        match self.scope {
            Scope::Host => host == self.host,
            Scope::OneLabel => below.is_some_and(|label| !label.is_empty() && !label.contains('.')),
            Scope::Subdomains => host == self.host || below.is_some_and(|rest| !rest.is_empty()),
        }
    }
}

impl Pin {
    /// The pin of a certificate, whoever bears it.
    pub const fn of(certificate: &Certificate) -> Self {
        Self { bearer: Bearer::Any, sha256: certificate.spki_sha256 }
    }

    /// The hash in Base64, as all formats have it.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.sha256)
    }

    /// From Base64, with or without `sha256/` before it.
    pub(crate) fn parse(text: &str, bearer: Bearer) -> Option<Self> {
        let text = text.trim();
        let hash = text.strip_prefix("sha256/").unwrap_or(text);
        let sha256 = <[u8; 32]>::try_from(STANDARD.decode(hash).ok()?).ok()?;
        Some(Self { bearer, sha256 })
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256/{}", self.base64())
    }
}

/// Whether keys that were presented, leaf or authority, satisfy a host's pins. Where both leaves and
/// authorities are pinned, both must fit, as iOS has it.
pub fn satisfied(pins: &[Pin], presented: &[(Bearer, [u8; 32])]) -> bool {
    let of = |bearer| pins.iter().filter(move |pin| pin.bearer == bearer);
    let fits = |pin: &Pin| {
        let mut keys = presented.iter();
        keys.any(|(bearer, key)| {
            *key == pin.sha256 && (pin.bearer == Bearer::Any || pin.bearer == *bearer)
        })
    };
    if of(Bearer::Any).any(fits) {
        return true;
    }
    let named = [Bearer::Leaf, Bearer::Authority];
    let mut asked = named.into_iter().filter(|&bearer| of(bearer).next().is_some()).peekable();
    asked.peek().is_some() && asked.all(|bearer| of(bearer).any(fits))
}

/// A host as patterns are compared with: lower case, without the root's dot.
fn normal(host: &str) -> String {
    host.trim().trim_end_matches('.').to_ascii_lowercase()
}

/// Midnight (UTC) of a day written `2027-01-31`.
fn day(text: &str) -> Option<ValidityTime> {
    let mut parts = text.trim().split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || [year.len(), month.len(), day.len()] != [4, 2, 2] {
        return None;
    }
    let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = time::Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    Some(ValidityTime::from_secs(date.midnight().assume_utc().unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(host: &str, scope: Scope) -> HostPins {
        HostPins { host: host.into(), scope, expires: None, pins: Vec::new() }
    }

    #[test]
    fn which_hosts_a_pattern_means() {
        for (scope, host, expected) in [
            (Scope::Host, "shop.test", true),
            (Scope::Host, "api.shop.test", false),
            (Scope::OneLabel, "shop.test", false),
            (Scope::OneLabel, "api.shop.test", true),
            (Scope::OneLabel, "eu.api.shop.test", false),
            (Scope::Subdomains, "shop.test", true),
            (Scope::Subdomains, "eu.api.shop.test", true),
            (Scope::Subdomains, "webshop.test", false),
            (Scope::Subdomains, ".shop.test", false),
        ] {
            assert_eq!(pattern("shop.test", scope).covers(host), expected, "{scope:?} {host}");
        }
        assert_eq!(normal(" API.Shop.test."), "api.shop.test");
    }

    #[test]
    fn a_pattern_that_has_expired_frees_its_hosts() {
        let pin = Pin { bearer: Bearer::Any, sha256: [1; 32] };
        let host = |expires| HostPins {
            expires,
            pins: vec![pin, pin],
            ..pattern("shop.test", Scope::Host)
        };
        let at = Timestamp::from_secs(1_000_000);
        let pins = |expires| Pins::from_hosts(vec![host(expires)]).for_host("Shop.test", at);
        assert_eq!(pins(None), [pin]);
        assert_eq!(pins(Some(ValidityTime::from_secs(1_000_001))), [pin]);
        assert!(pins(Some(ValidityTime::from_secs(999_999))).is_empty());
    }

    #[test]
    fn pins_are_read_with_and_without_their_algorithm() {
        let pin = Pin { bearer: Bearer::Leaf, sha256: [7; 32] };
        assert_eq!(Pin::parse(&pin.to_string(), Bearer::Leaf), Some(pin));
        assert_eq!(Pin::parse(&pin.base64(), Bearer::Leaf), Some(pin));
        assert_eq!(Pin::parse("sha1/AAAA", Bearer::Leaf), None);
        assert_eq!(Pin::parse("", Bearer::Leaf), None);
    }

    #[test]
    fn leaf_and_authority_must_both_fit_where_both_are_pinned() {
        let pin = |bearer, byte| Pin { bearer, sha256: [byte; 32] };
        let both = [pin(Bearer::Leaf, 1), pin(Bearer::Leaf, 2), pin(Bearer::Authority, 3)];
        let (leaf, authority) = ((Bearer::Leaf, [2; 32]), (Bearer::Authority, [3; 32]));
        assert!(satisfied(&both, &[leaf, authority]));
        assert!(!satisfied(&both, &[leaf]));
        assert!(!satisfied(&both, &[(Bearer::Authority, [2; 32]), authority]));
        assert!(satisfied(&both[..2], &[leaf]));
        assert!(satisfied(&[pin(Bearer::Any, 3), pin(Bearer::Any, 9)], &[leaf, authority]));
        assert!(!satisfied(&[pin(Bearer::Any, 9)], &[leaf, authority]));
    }

    #[test]
    fn days() {
        assert_eq!(day("1970-01-02"), Some(ValidityTime::from_secs(86_400)));
        for wrong in ["", "1970-13-01", "tomorrow", "1970-01-02T00:00"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }
}
