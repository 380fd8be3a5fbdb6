//! The hosts: what was seen of each, over all its sessions.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use detect::filter::{Field, Fields};
use detect::outcome::{self, Outcome};
use detect::{Finding, Severity, Signs, Verdict};
use dissect::tls::TlsVersion;
use dissect::x509::Chain;
use dissect::{Carrier, PacketRef, Seen, Session, Timestamp};

use super::changes::Changes;
use super::findings::Entry;
use crate::list::{Id, Sieve, Table, prefix, time_key};
use crate::store::clients::Clients;
use crate::widgets::columns::Column;
use crate::widgets::line::Side;

/// Most hosts that are told apart.
const MAX_HOSTS: usize = 200_000;

/// Most different chains of a host that are kept.
pub(crate) const MAX_CHAINS: usize = 8;

/// Most findings of a host that are named.
const MAX_FINDINGS: usize = 200;

/// Most versions of a host that are told.
const MAX_VERSIONS: usize = 8;

/// Most issuers of a host that are named.
const MAX_ISSUERS: usize = 8;

/// A chain that a host presented.
#[derive(Clone, Debug)]
pub(crate) struct HostChain {
    /// The chain, where it was seen first.
    pub(crate) seen: Seen<Arc<Chain>>,
    /// Sessions in which it was presented.
    pub(crate) sessions: u32,
    /// Sessions in which the client accepted it: it finished the handshake and sent data.
    pub(crate) accepted: u32,
    /// Sessions in which the client said no.
    pub(crate) refused: u32,
}

/// One host.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// Its name, in lower case, or the server's address and port.
    pub(crate) name: Arc<str>,
    /// What findings and certificates say together.
    pub(crate) signs: Signs,
    /// Its findings, in the order in which they came.
    pub(crate) findings: Vec<Entry>,
    /// The worst of them.
    pub(crate) worst: Option<Severity>,
    /// How many findings.
    pub(crate) finding_count: u32,
    /// Different chains, in the order in which they were seen.
    pub(crate) chains: Vec<HostChain>,
    /// More chains than are kept.
    pub(crate) more_chains: u32,
    /// Who issued the leaves, by name.
    pub(crate) issuers: BTreeSet<String>,
    /// Versions that were negotiated.
    pub(crate) versions: BTreeSet<TlsVersion>,
    /// It answered over QUIC.
    pub(crate) quic: bool,
    /// Sessions.
    pub(crate) sessions: u32,
    /// Sessions whose certificate could not be read.
    pub(crate) hidden: u32,
    /// Sessions that clients refused.
    pub(crate) refused: u32,
    /// Requests.
    pub(crate) exchanges: u32,
    /// When it was seen first.
    pub(crate) first: Timestamp,
    /// When it was seen last.
    pub(crate) last: Timestamp,
}

/// All hosts.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    rows: Vec<Host>,
    by_name: HashMap<Arc<str>, Id>,
    pub(crate) changes: Changes,
}

impl Hosts {
    /// The host of this name, which is there from now on; `None` if there are too many.
    pub(crate) fn id(&mut self, name: &str, at: Timestamp) -> Option<Id> {
        let lower;
        let name = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            lower = name.to_ascii_lowercase();
            lower.as_str()
        } else {
            name
        };
        if let Some(id) = self.by_name.get(name) {
            return Some(*id);
        }
        if self.rows.len() >= MAX_HOSTS {
            return None;
        }
        let id = Id::try_from(self.rows.len()).ok()?;
        let name: Arc<str> = name.into();
        self.by_name.insert(Arc::clone(&name), id);
        self.rows.push(Host {
            name,
            signs: Signs::default(),
            findings: Vec::new(),
            worst: None,
            finding_count: 0,
            chains: Vec::new(),
            more_chains: 0,
            issuers: BTreeSet::new(),
            versions: BTreeSet::new(),
            quic: false,
            sessions: 0,
            hidden: 0,
            refused: 0,
            exchanges: 0,
            first: at,
            last: at,
        });
        Some(id)
    }

    /// The host of this name, if it is there.
    pub(crate) fn find(&self, name: &str) -> Option<Id> {
        self.by_name.get(name.to_ascii_lowercase().as_str()).copied()
    }

    /// A session with it has ended.
    pub(crate) fn session(&mut self, id: Id, session: &Session, first: PacketRef, at: Timestamp) {
        let Some(host) = self.rows.get_mut(id as usize) else { return };
        host.meet(first.timestamp, at);
        host.signs.session(session);
        host.sessions = host.sessions.saturating_add(1);
        host.quic |= matches!(session.carrier, Carrier::Quic { .. });
        if let Some(version) = session.version()
            && host.versions.len() < MAX_VERSIONS
        {
            host.versions.insert(version);
        }
        let outcome = outcome::of(session);
        if matches!(outcome, Outcome::Refused(_)) {
            host.refused = host.refused.saturating_add(1);
        }
        match session.certificates.seen() {
            Some(seen) => host.chain(seen, &outcome),
            None => host.hidden = host.hidden.saturating_add(1),
        }
        self.changes.touch(id);
    }

    /// A request was sent to it.
    pub(crate) fn exchange(&mut self, id: Id, at: Timestamp) {
        let Some(host) = self.rows.get_mut(id as usize) else { return };
        host.meet(at, at);
        host.exchanges = host.exchanges.saturating_add(1);
        self.changes.touch(id);
    }

    /// A finding is about it.
    pub(crate) fn finding(&mut self, id: Id, finding: &Finding, entry: Entry, is_new: bool) {
        let Some(host) = self.rows.get_mut(id as usize) else { return };
        host.meet(finding.first_seen.timestamp, finding.last_seen.timestamp);
        host.signs.finding(finding);
        host.worst = host.worst.max(Some(finding.severity));
        if is_new {
            host.finding_count = host.finding_count.saturating_add(1);
            if host.findings.len() < MAX_FINDINGS {
                host.findings.push(entry);
            }
        }
        self.changes.touch(id);
    }
}

impl Host {
    fn meet(&mut self, first: Timestamp, last: Timestamp) {
        self.first = self.first.min(first);
        self.last = self.last.max(last);
    }

    fn chain(&mut self, seen: &Seen<Arc<Chain>>, outcome: &Outcome) {
        let digest = |chain: &Chain| chain.leaf().map(|leaf| leaf.sha256);
        let same = |other: &HostChain| {
            Arc::ptr_eq(&other.seen.value, &seen.value)
                || digest(&other.seen.value) == digest(&seen.value)
        };
        let at = match self.chains.iter().position(same) {
            Some(at) => at,
            None if self.chains.len() < MAX_CHAINS => {
                if let Some(leaf) = seen.value.leaf()
                    && self.issuers.len() < MAX_ISSUERS
                {
                    self.issuers.insert(issuer(leaf));
                }
                let (sessions, accepted, refused) = (0, 0, 0);
                self.chains.push(HostChain { seen: seen.clone(), sessions, accepted, refused });
                self.chains.len().saturating_sub(1)
            }
            None => {
                self.more_chains = self.more_chains.saturating_add(1);
                return;
            }
        };
        let Some(chain) = self.chains.get_mut(at) else { return };
        chain.sessions = chain.sessions.saturating_add(1);
        match outcome {
            Outcome::Accepted(_) => chain.accepted = chain.accepted.saturating_add(1),
            Outcome::Refused(_) => chain.refused = chain.refused.saturating_add(1),
            Outcome::NotTested(_) | Outcome::Unclear => {}
        }
    }

    /// What is known of its channel.
    pub(crate) const fn verdict(&self) -> Verdict {
        self.signs.verdict()
    }

    /// `TLS 1.2, TLS 1.3, QUIC`.
    pub(crate) fn versions_words(&self) -> String {
        let versions = self.versions.iter().map(ToString::to_string);
        versions.chain(self.quic.then(|| String::from("QUIC"))).collect::<Vec<_>>().join(", ")
    }

    /// Issuers by name; why there are none, otherwise.
    pub(crate) fn issuers_words(&self) -> String {
        self.issuers.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// The issuer's common name, else its organization, else all of it.
pub(super) fn issuer(leaf: &dissect::x509::Certificate) -> String {
    let name = leaf.issuer.common_name().or_else(|| leaf.issuer.organization());
    name.map_or_else(|| leaf.issuer.to_string(), str::to_owned)
}

/// Places of the columns.
pub(crate) mod column {
    pub(crate) const VERDICT: usize = 0;
    pub(crate) const HOST: usize = 1;
    pub(crate) const ISSUER: usize = 2;
    pub(crate) const CHAINS: usize = 3;
    pub(crate) const VERSIONS: usize = 4;
    pub(crate) const SESSIONS: usize = 5;
    pub(crate) const REQUESTS: usize = 6;
    pub(crate) const FINDINGS: usize = 7;
    pub(crate) const LAST: usize = 8;
}

impl Table for Hosts {
    type Item = Host;

    #[rustfmt::skip]
    const COLUMNS: &'static [Column] = &[
        Column { title: "channel", least: 16, enough: 16, most: 16, rank: 0, side: Side::Left },
        Column { title: "host", least: 16, enough: 24, most: 44, rank: 1, side: Side::LeftKeepEnd },
        Column { title: "issuer", least: 12, enough: 20, most: 40, rank: 2, side: Side::Left },
        Column { title: "chains", least: 6, enough: 6, most: 6, rank: 3, side: Side::Right },
        Column { title: "versions", least: 8, enough: 16, most: 24, rank: 6, side: Side::Left },
        Column { title: "sessions", least: 8, enough: 8, most: 8, rank: 4, side: Side::Right },
        Column { title: "requests", least: 8, enough: 8, most: 8, rank: 7, side: Side::Right },
        Column { title: "findings", least: 8, enough: 8, most: 8, rank: 5, side: Side::Right },
        Column { title: "last UTC", least: 8, enough: 8, most: 19, rank: 8, side: Side::Left },
    ];

    fn end(&self) -> Id {
        Id::try_from(self.rows.len()).unwrap_or(Id::MAX)
    }

    fn item(&self, id: Id) -> Option<&Host> {
        self.rows.get(id as usize)
    }

    fn key(&self, host: &Host, column: usize) -> u64 {
        match column {
            column::VERDICT => {
                let place = Verdict::ALL.iter().position(|verdict| *verdict == host.verdict());
                u64::try_from(place.unwrap_or_default()).unwrap_or_default()
            }
            column::ISSUER => prefix(host.issuers.first().map_or("", String::as_str)),
            column::CHAINS => u64::try_from(host.chains.len()).unwrap_or(u64::MAX),
            column::VERSIONS => host.versions.first().map_or(0, |version| version.0.into()),
            column::SESSIONS => host.sessions.into(),
            column::REQUESTS => host.exchanges.into(),
            column::FINDINGS => host.finding_count.into(),
            column::LAST => time_key(host.last.nanos()),
            _ => prefix(&host.name),
        }
    }

    fn has_ties(&self, _: usize) -> bool {
        true
    }

    fn tie(&self, one: &Host, other: &Host, column: usize) -> Ordering {
        match column {
            column::VERDICT => (std::cmp::Reverse(one.worst), &one.name)
                .cmp(&(std::cmp::Reverse(other.worst), &other.name)),
            _ => one.name.cmp(&other.name),
        }
    }

    fn passes(&self, host: &Host, sieve: &Sieve, _: &Clients) -> bool {
        let is_problem = !matches!(host.verdict(), Verdict::EndToEnd | Verdict::NotObservable)
            || host.worst >= Some(Severity::Medium);
        sieve.lets(host.first, host.last, is_problem) && sieve.filter.matches(host)
    }
}

impl Fields for Host {
    fn texts(&self, field: Field, see: &mut dyn FnMut(&str) -> bool) -> bool {
        match field {
            Field::Host => see(&self.name),
            Field::Version => see(&self.versions_words()),
            _ => false,
        }
    }

    fn severity(&self) -> Option<Severity> {
        self.worst
    }

    fn other_texts(&self, see: &mut dyn FnMut(&str) -> bool) -> bool {
        see(self.verdict().words()) || self.issuers.iter().any(|issuer| see(issuer))
    }
}

#[cfg(test)]
mod tests {
    use dissect::x509::CertificateCache;
    use dissect::{Observed, PacketSpan};

    use super::*;
    use crate::store::findings::tests::finding;

    fn session(der: &[u8]) -> Session {
        let chain = Chain::from_ders([der], &mut CertificateCache::default());
        let mut session = Session::new(Carrier::Tcp);
        let packets = PacketSpan::default();
        session.certificates = Observed::Seen(Seen { value: Arc::new(chain), packets });
        session
    }

    #[test]
    fn names_do_not_care_for_case_and_chains_are_bounded() {
        let mut hosts = Hosts::default();
        let at = Timestamp::default();
        let id = hosts.id("Api.Shop.test", at).unwrap();
        assert_eq!(
            (hosts.id("api.shop.test", at), hosts.find("API.shop.test")),
            (Some(id), Some(id))
        );
        for _ in 0..MAX_CHAINS * 2 {
            hosts.session(id, &session(b"x"), PacketRef::default(), at);
        }
        let host = hosts.item(id).unwrap();
        assert_eq!((host.chains.len(), host.chains[0].sessions), (1, 16));
        assert_eq!(host.verdict(), Verdict::EndToEnd);
    }

    #[test]
    fn findings_are_counted_once() {
        let mut hosts = Hosts::default();
        let id = hosts.id("a", Timestamp::default()).unwrap();
        let finding = finding("f", "a", Severity::High, 3);
        hosts.finding(id, &finding, 0, true);
        hosts.finding(id, &finding, 0, false);
        let host = hosts.item(id).unwrap();
        assert_eq!((host.finding_count, host.worst), (1, Some(Severity::High)));
        assert_eq!(hosts.changes.drain(), [id]);
    }
}
