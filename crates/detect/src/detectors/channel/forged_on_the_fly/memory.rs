//! What one chain alone cannot show: which keys and issuers stood under which hosts, and what the
//! genuine certificates of hosts looked like.

use std::sync::Arc;

use dissect::hex;
use dissect::x509::{Certificate, ValidityTime};
use hashbrown::HashMap;

use super::super::case::Case;
use super::marks::{dns_names, is_public_name};
use crate::digest::{Key, Lower};

/// Most keys, and most issuers, that are remembered; a full table starts afresh.
const MAX_ENTRIES: usize = 4_096;
/// Most leaves that are remembered of one key or issuer: two tell already.
const MAX_COMPANY: usize = 8;
/// Most hosts whose genuine certificate is remembered.
const MAX_GENUINE: usize = 8_192;
/// Most names of a leaf that are looked at.
const MAX_NAMES: usize = 8;
/// Length from which a common beginning of two domains' names makes them related.
const COMMON: usize = 4;

/// The genuine certificate of a host.
#[derive(Clone, Debug)]
pub(super) struct Genuine {
    sha256: [u8; 32],
    pub(super) serial: Vec<u8>,
    pub(super) validity: (ValidityTime, ValidityTime),
    pub(super) issuer: Vec<u8>,
    pub(super) issued_by: String,
}

/// Registrable public domains.
type Domains = Arc<[String]>;

/// A leaf without a path, and where it stood.
#[derive(Debug)]
struct Member {
    sha256: [u8; 32],
    domains: Domains,
    packet: u64,
}

/// The leaves that share a leaf's key, and those that share its issuer; with itself.
#[derive(Debug, Default)]
pub(super) struct Company<'a> {
    own: &'a [String],
    key: &'a [Member],
    issuer: &'a [Member],
}

/// The memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    keys: HashMap<Key, Vec<Member>>,
    issuers: HashMap<Key, Vec<Member>>,
    genuine: HashMap<Key, Genuine>,
    /// What leaves are for, worked out once for each leaf and host.
    domains: HashMap<Key, Domains>,
}

impl Memory {
    /// Takes in a leaf without a path; returns what it is for.
    pub(super) fn remember(&mut self, case: &Case<'_>) -> Domains {
        let domains = self.domains_of(case);
        if !domains.is_empty() {
            let leaf = &**case.leaf;
            let member = || Member {
                sha256: leaf.sha256,
                domains: Arc::clone(&domains),
                packet: case.record.packet.number,
            };
            join(&mut self.keys, key_of(leaf), member);
            join(&mut self.issuers, issuer_of(leaf), member);
        }
        domains
    }

    /// The company of a leaf that is for these domains.
    pub(super) fn company<'a>(&'a self, leaf: &Certificate, own: &'a [String]) -> Company<'a> {
        if own.is_empty() {
            return Company::default();
        }
        let of = |table: &'a HashMap<Key, Vec<Member>>, key: &Key| {
            table.get(key).map(Vec::as_slice).unwrap_or_default()
        };
        let (key, issuer) = (key_of(leaf), issuer_of(leaf));
        Company { own, key: of(&self.keys, &key), issuer: of(&self.issuers, &issuer) }
    }

    /// Takes in a leaf with a path.
    pub(super) fn remember_genuine(&mut self, case: &Case<'_>) {
        let Some(host) = case.host().map(|host| Key::of(&Lower(host))) else { return };
        let leaf = &**case.leaf;
        match self.genuine.get(&host) {
            Some(known) if known.sha256 == leaf.sha256 => return,
            None if self.genuine.len() >= MAX_GENUINE => return,
            _ => {}
        }
        let genuine = Genuine {
            sha256: leaf.sha256,
            serial: leaf.serial.clone(),
            validity: (leaf.not_before, leaf.not_after),
            issuer: leaf.issuer.der.clone(),
            issued_by: leaf.issuer.to_string(),
        };
        self.genuine.insert(host, genuine);
    }

    fn domains_of(&mut self, case: &Case<'_>) -> Domains {
        let key = Key::of(&(case.leaf.sha256, case.host()));
        if let Some(known) = self.domains.get(&key) {
            return Arc::clone(known);
        }
        if self.domains.len() >= MAX_ENTRIES {
            self.domains.clear();
        }
        let domains: Domains = domains(case).into();
        self.domains.insert(key, Arc::clone(&domains));
        domains
    }

    /// The genuine certificate of a host, if it was seen.
    pub(super) fn genuine(&self, host: &str) -> Option<&Genuine> {
        self.genuine.get(&Key::of(&Lower(host)))
    }

    /// An input is over: its packet numbers mean nothing any more.
    pub(super) fn forget_packets(&mut self) {
        self.keys.clear();
        self.issuers.clear();
    }
}

impl Company<'_> {
    /// Unrelated domains under the same key, in certificates of their own.
    pub(super) fn of_key(&self, case: &Case<'_>) -> Option<String> {
        let (domain, packet) = self.unrelated(self.key, case)?;
        let key = hex(&case.leaf.spki_sha256);
        Some(format!("{key} is also the key of {domain}, in packet {packet}"))
    }

    /// Unrelated domains under the same issuer.
    pub(super) fn of_issuer(&self, case: &Case<'_>) -> Option<String> {
        let (domain, packet) = self.unrelated(self.issuer, case)?;
        Some(format!("{} also issued for {domain}, in packet {packet}", case.leaf.issuer))
    }

    /// A domain that another certificate of the company is for, and this one is not.
    fn unrelated(&self, company: &[Member], case: &Case<'_>) -> Option<(String, u64)> {
        let others = company.iter().filter(|member| member.sha256 != case.leaf.sha256);
        others
            .filter(|other| {
                let theirs = other.domains.iter();
                theirs.into_iter().all(|theirs| self.own.iter().all(|ours| !related(ours, theirs)))
            })
            .find_map(|other| Some((other.domains.first()?.clone(), other.packet)))
    }
}

/// Whether two registrable domains, in lower case, may well be one owner's: `shop.com` and
/// `shop.de`, `example.com` and `example-cdn.net`.
fn related(one: &str, other: &str) -> bool {
    let label = |domain| str::split(domain, '.').next().unwrap_or_default();
    let (one, other): (&str, &str) = (label(one), label(other));
    let common = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    one == other
        || common >= COMMON
        || (one.len() >= COMMON && other.contains(one))
        || (other.len() >= COMMON && one.contains(other))
}

/// The registrable public domains that a leaf is for; that of the host, if it names none.
fn domains(case: &Case<'_>) -> Vec<String> {
    let names = dns_names(case.leaf).chain(case.leaf.subject.common_name()).take(MAX_NAMES);
    let mut domains: Vec<String> = Vec::new();
    for name in names.chain(case.host()) {
        let name = name.trim_start_matches("*.");
        if let Some(domain) = registrable(name).filter(|_| is_public_name(name))
            && !domains.contains(&domain)
        {
            domains.push(domain);
        }
    }
    domains
}

/// The part of a name that somebody registered, by the public suffix list; `None` for addresses
/// and names of one part.
pub(super) fn registrable(name: &str) -> Option<String> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if name.parse::<std::net::IpAddr>().is_ok() || name.contains([' ', '/', ':', '@']) {
        return None;
    }
    psl::domain_str(&name).map(str::to_owned)
}

/// What stands for a leaf's key.
fn key_of(leaf: &Certificate) -> Key {
    Key::of(&leaf.spki_sha256)
}

/// What stands for an issuer: its name and, as far as the leaf tells, its key.
fn issuer_of(leaf: &Certificate) -> Key {
    Key::of(&(&leaf.issuer.der, leaf.authority_key_id.as_deref().unwrap_or_default()))
}

fn join(table: &mut HashMap<Key, Vec<Member>>, key: Key, member: impl FnOnce() -> Member) {
    if table.len() >= MAX_ENTRIES && !table.contains_key(&key) {
        table.clear();
    }
    let company = table.entry(key).or_default();
    if company.len() < MAX_COMPANY {
        let member = member();
        if company.iter().all(|earlier| earlier.sha256 != member.sha256) {
            company.push(member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_of_one_owner_are_related() {
        for (one, other, expected) in [
            ("shop.test", "shop.com", true),
            ("example.com", "example-cdn.net", true),
            ("acmebank.com", "acme.com", true),
            ("shop.test", "bank.test", false),
            ("media.test", "bank.test", false),
        ] {
            assert_eq!(related(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn only_registered_names_have_a_domain() {
        for (name, expected) in [
            ("api.shop.test", Some("shop.test")),
            ("a.b.co.uk", Some("b.co.uk")),
            ("Example.COM.", Some("example.com")),
            ("router", None),
            ("192.0.2.1", None),
            ("2001:db8::1", None),
            ("My Company CA", None),
            ("co.uk", None),
        ] {
            assert_eq!(registrable(name).as_deref(), expected, "{name}");
        }
        assert!(is_public_name("api.shop.test"));
        for private in ["nas.local", "fritz.box.lan", "vault.corp", "router.home.arpa", "host"] {
            assert!(!is_public_name(private), "{private}");
        }
    }
}
