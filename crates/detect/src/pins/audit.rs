//! What each app did at each host with the certificates that it was shown.
//!
//! Captures do not name apps: an app is a client's address and the fingerprint (JA4) of its hello.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use dissect::x509::Chain;
use dissect::{Carrier, Fact, Record, Session, Stage};

use super::{Bearer, HostPins, Pin, Scope, normal};
use crate::hostname::{Coverage, coverage};
use crate::outcome::{self, Outcome, Refusal};
use crate::trust::{PathStatus, Trust};

/// Most rows; sessions beyond only count in [`Audit::dropped`].
pub const MAX_ROWS: usize = 65_536;

/// Most issuers that are named in a row.
const MAX_ISSUERS: usize = 8;

/// Most genuine keys that are remembered of a host.
const MAX_KEYS: usize = 32;

/// What apps did.
#[derive(Debug, Default)]
pub struct Audit {
    trust: Trust,
    tallies: BTreeMap<App, Tally>,
    served: BTreeSet<(IpAddr, String)>,
    genuine: BTreeMap<String, Vec<Pin>>,
    dropped: u64,
}

/// One app at one host, and what it did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The client's address.
    pub client: IpAddr,
    /// JA4 of its hello.
    pub ja4: Option<String>,
    /// The host, or the server's address where no name is known.
    pub host: String,
    /// The answer to the question whether it lets an interceptor in.
    pub answer: Answer,
    /// Sessions that the client refused.
    pub refused: u64,
    /// Sessions with a certificate that should not be trusted, and which the client accepted.
    pub accepted: u64,
    /// Sessions with the genuine certificate, or none.
    pub not_tested: u64,
    /// Sessions that were accepted, and whose certificate cannot be read.
    pub not_observable: u64,
    /// Sessions that do not tell.
    pub unclear: u64,
    /// In which ways it refused, and how often.
    pub ways: BTreeMap<String, u64>,
    /// Issuers of the leaves that should not be trusted.
    pub issuers: Vec<String>,
}

/// Whether an app lets an interceptor in, as far as a capture tells; worst first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Answer {
    /// It accepted a certificate that should not be trusted.
    Accepted,
    /// It refused.
    Refused,
    /// It accepted what cannot be read.
    NotObservable,
    /// It was shown nothing that it should have refused.
    NotTested,
}

impl Answer {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::NotObservable => "not-observable",
            Self::NotTested => "not-tested",
            Self::Refused => "refused",
        }
    }
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct App {
    client: IpAddr,
    ja4: Option<String>,
    host: String,
}

/// Counters of one row.
#[derive(Clone, Debug, Default)]
struct Tally {
    accepted: u64,
    issuers: BTreeSet<String>,
    not_observable: u64,
    not_tested: u64,
    silent: BTreeMap<String, u64>,
    spoken: BTreeMap<String, u64>,
    unclear: u64,
}

/// What a session's chain is.
enum Shown {
    Bad(String),
    Genuine,
    Unreadable,
}

impl Audit {
    /// Nothing seen yet; `extra_roots` as for detection.
    pub fn new(extra_roots: Vec<Vec<u8>>) -> Self {
        Self { trust: Trust::new(extra_roots, Vec::new()), ..Self::default() }
    }

    /// Takes in a record; all but sessions that ended are passed over.
    pub fn observe(&mut self, record: &Record) {
        let Fact::Session(Stage::Ended, session) = &record.fact else { return };
        let Some(flow) = &record.flow else { return };
        if session.carrier == Carrier::Dtls {
            return;
        }
        let named = session.host().map(normal).filter(|host| !host.is_empty());
        let host = named.clone().unwrap_or_else(|| flow.server.to_string());
        let shown = self.shown(session, named.as_deref());
        let app = App {
            client: flow.client.address,
            ja4: session.ja4().map(|ja4| ja4.to_string()),
            host,
        };
        let full = self.tallies.len() >= MAX_ROWS && !self.tallies.contains_key(&app);
        if full {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let outcome = outcome::of(session);
        if outcome::is_served(session) {
            self.served.insert((app.client, app.host.clone()));
        }
        let tally = self.tallies.entry(app).or_default();
        tally.add(&outcome, &shown);
    }

    /// What the chain is; a genuine one's keys are remembered.
    fn shown(&mut self, session: &Session, host: Option<&str>) -> Shown {
        let Some(seen) = session.certificates.seen() else { return Shown::Unreadable };
        let Some(leaf) = seen.value.leaf() else { return Shown::Unreadable };
        let assessment = self.trust.assess(&seen.value, seen.packets.last.timestamp);
        let covered = host.is_none_or(|host| coverage(leaf, host) != Coverage::NotCovered);
        match &assessment.path {
            PathStatus::Trusted { valid_at_capture: true, .. } if covered => {
                if let Some(host) = host.filter(|host| is_name(host)) {
                    remember(self.genuine.entry(host.to_owned()).or_default(), &seen.value);
                }
                Shown::Genuine
            }
            PathStatus::Incomplete { .. } | PathStatus::Undecided(_) => Shown::Genuine,
            PathStatus::Trusted { .. } | PathStatus::Untrusted { .. } => {
                Shown::Bad(leaf.issuer.to_string())
            }
        }
    }

    /// The rows, by client, fingerprint and host.
    pub fn rows(&self) -> Vec<Row> {
        self.tallies.iter().map(|(app, tally)| self.row(app, tally)).collect()
    }

    fn row(&self, app: &App, tally: &Tally) -> Row {
        // Whoever was served by the same host has refused nothing by going away.
        let served = self.served.contains(&(app.client, app.host.clone()));
        let sum =
            |ways: &BTreeMap<String, u64>| ways.values().fold(0, |a: u64, b| a.saturating_add(*b));
        let (mut ways, mut unclear) = (tally.spoken.clone(), tally.unclear);
        if served {
            unclear = unclear.saturating_add(sum(&tally.silent));
        } else {
            ways.extend(tally.silent.clone());
        }
        let refused = sum(&ways);
        let answer = match (tally.accepted, refused, tally.not_observable) {
            (1.., _, _) => Answer::Accepted,
            (0, 1.., _) => Answer::Refused,
            (0, 0, 1..) => Answer::NotObservable,
            (0, 0, 0) => Answer::NotTested,
        };
        Row {
            client: app.client,
            ja4: app.ja4.clone(),
            host: app.host.clone(),
            answer,
            refused,
            accepted: tally.accepted,
            not_tested: tally.not_tested,
            not_observable: tally.not_observable,
            unclear,
            ways,
            issuers: tally.issuers.iter().cloned().collect(),
        }
    }

    /// The keys of trusted chains that were seen: leaves first, then the authorities that were
    /// sent with them; hosts in alphabetical order.
    pub fn genuine(&self) -> Vec<HostPins> {
        let hosts = self.genuine.iter().map(|(host, pins)| {
            let mut pins = pins.clone();
            pins.sort_by_key(|pin| pin.bearer != Bearer::Leaf);
            HostPins { host: host.clone(), scope: Scope::Host, expires: None, pins }
        });
        hosts.collect()
    }

    /// Sessions for which there was no room.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

impl Tally {
    fn add(&mut self, outcome: &Outcome, shown: &Shown) {
        let once = |count: &mut u64| *count = count.saturating_add(1);
        let bad = match shown {
            Shown::Bad(issuer) => {
                if self.issuers.len() < MAX_ISSUERS {
                    self.issuers.insert(issuer.clone());
                }
                true
            }
            Shown::Genuine | Shown::Unreadable => false,
        };
        match outcome {
            Outcome::Accepted(_) if bad => once(&mut self.accepted),
            Outcome::Accepted(_) if matches!(shown, Shown::Unreadable) => {
                once(&mut self.not_observable);
            }
            Outcome::Accepted(_) | Outcome::NotTested(_) => once(&mut self.not_tested),
            Outcome::Refused(Refusal { how, .. }) if how.is_spoken() => {
                once(self.spoken.entry(how.word()).or_default());
            }
            Outcome::Refused(_) if matches!(shown, Shown::Genuine) => once(&mut self.unclear),
            Outcome::Refused(Refusal { how, .. }) => {
                once(self.silent.entry(how.word()).or_default())
            }
            Outcome::Unclear => once(&mut self.unclear),
        }
    }
}

fn remember(pins: &mut Vec<Pin>, chain: &Arc<Chain>) {
    for (position, certificate) in chain.certificates().enumerate() {
        // A root that was sent along is its own issuer: everybody knows it, and it says little.
        if position > 0 && certificate.subject.der == certificate.issuer.der {
            continue;
        }
        let bearer = if position == 0 { Bearer::Leaf } else { Bearer::Authority };
        let pin = Pin { bearer, sha256: certificate.spki_sha256 };
        if !pins.iter().any(|known| known.sha256 == pin.sha256) && pins.len() < MAX_KEYS {
            pins.push(pin);
        }
    }
}

/// Whether a host is a name that files of pins can hold without any quoting.
fn is_name(host: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    host.contains('.') && host.chars().all(fits) && host.parse::<IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{accepted, certificate, chain, ended, later};
    use dissect::tls::Alert;
    use dissect::{PacketSpan, Seen};

    fn forged() -> Chain {
        chain(vec![certificate("CN=api.shop.test", "CN=Interceptor")])
    }

    fn refused() -> Record {
        ended("api.shop.test", forged(), |session| {
            let alert = Alert { from_client: true, level: 2, description: 48 };
            session.alerts = vec![Seen { value: alert, packets: PacketSpan::one(later(16)) }];
        })
    }

    fn rows(records: &[Record]) -> Vec<Row> {
        let mut audit = Audit::default();
        records.iter().for_each(|record| audit.observe(record));
        assert!(audit.genuine().is_empty());
        audit.rows()
    }

    #[test]
    fn a_refusal_is_counted_with_its_way_and_issuer() {
        let rows = rows(&[refused(), refused()]);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].answer, rows[0].refused), (Answer::Refused, 2));
        assert_eq!(rows[0].ways.get("alert-48"), Some(&2));
        assert_eq!(rows[0].issuers, ["CN=Interceptor"]);
    }

    #[test]
    fn one_acceptance_outweighs_all_refusals() {
        let rows = rows(&[refused(), accepted("api.shop.test", forged()), refused()]);
        assert_eq!((rows[0].answer, rows[0].accepted), (Answer::Accepted, 1));
    }

    #[test]
    fn what_was_not_shown_is_not_tested() {
        let resumed = ended("api.shop.test", Chain::default(), |session| {
            session.resumed = Some(true);
        });
        assert_eq!(rows(&[resumed])[0].answer, Answer::NotTested);
    }

    #[test]
    fn names_that_need_no_quoting() {
        assert!(is_name("api.shop.test") && is_name("a_b.xn--p1ai"));
        for host in ["", "host", "192.0.2.1", "a.b\"c", "a.b<c", "a b.test"] {
            assert!(!is_name(host), "{host}");
        }
    }
}
