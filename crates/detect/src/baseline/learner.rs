//! Learns a baseline from records: what was seen, without judgement but one. A session whose
//! certificates lead to no trusted root teaches nothing, unless the user says that it may.

use std::collections::BTreeSet;
use std::sync::Arc;

use dissect::{Carrier, Exchange, Fact, Record, Session, Stage};

use super::runs::Runs;
use super::{Answer, App, Baseline, Client, Host, SCHEMA, answer, host_key, offer, pin};
use crate::trust::{PathStatus, Trust};

/// Most hosts of a baseline; who has more keeps one baseline for each app.
const MAX_HOSTS: usize = 10_000;
/// Most offers that are kept per host.
const MAX_CLIENTS: usize = 256;
/// Most answers that are kept per offer.
const MAX_ANSWERS: usize = 64;
/// Most hosts that are named as left out.
const MAX_LEFT_OUT: usize = 1_000;

/// What to do with chains that lead to no trusted root.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Acceptance {
    /// Learn nothing from such a session.
    #[default]
    TrustedOnly,
    /// Learn it all the same: a private authority that nobody named.
    Untrusted,
}

/// Makes a baseline from records.
#[derive(Debug)]
pub struct Learner {
    baseline: Baseline,
    trust: Trust,
    acceptance: Acceptance,
    app: Option<String>,
    runs: Runs,
    left_out: BTreeSet<(String, String)>,
    is_full: bool,
}

impl Learner {
    /// Continues `baseline`. `app` is the name of the app that made the traffic, if that is known.
    pub fn new(
        baseline: Baseline,
        trust: Trust,
        acceptance: Acceptance,
        app: Option<String>,
    ) -> Self {
        let baseline = Baseline { schema: String::from(SCHEMA), ..baseline };
        let left_out = BTreeSet::new();
        Self { baseline, trust, acceptance, app, runs: Runs::default(), left_out, is_full: false }
    }

    /// Takes in a record.
    pub fn observe(&mut self, record: &Record) {
        if let Fact::Exchange(exchange) = &record.fact {
            self.called(record, exchange);
        }
        let Fact::Session(Stage::Ended, session) = &record.fact else { return };
        let Some(name) = session.host().map(host_key).filter(|name| !name.is_empty()) else {
            return;
        };
        // Without an answer nothing is known of the host; over DTLS names mean nothing.
        if session.server_hello.is_none() || session.carrier == Carrier::Dtls {
            return;
        }
        let Some(issuer) = self.issuer(&name, session) else { return };
        if !self.baseline.hosts.contains_key(&name) && self.baseline.hosts.len() >= MAX_HOSTS {
            self.is_full = true;
            return;
        }
        let host = self.baseline.hosts.entry(name.clone()).or_default();
        learn(host, session, issuer, &mut self.is_full);
        if let Some(client) = offer(session) {
            let app = self.app.clone().unwrap_or_else(|| client.ja4.clone());
            let Some(app) = self.app(app) else { return };
            app.ja4s.insert(client.ja4);
            app.hosts.insert(name);
        }
    }

    /// An app calls its API. Only apps that somebody named are followed: one JA4 may be many.
    fn called(&mut self, record: &Record, exchange: &Exchange) {
        let Some(name) = self.app.clone() else { return };
        let Some(host) = exchange.host().map(host_key).filter(|host| !host.is_empty()) else {
            return;
        };
        // Behind a certificate that nobody trusts may be somebody else's proxy.
        if let Some(session) = &exchange.connection.session
            && self.issuer(&host, session).is_none()
        {
            return;
        }
        let mut runs = std::mem::take(&mut self.runs);
        if let Some(app) = self.app(name.clone()) {
            app.hosts.insert(host);
            if app.http2.len() < MAX_ANSWERS {
                app.http2.extend(exchange.http2_fingerprint());
            }
            runs.learn(&name, app, record);
        }
        self.runs = runs;
    }

    /// What is known of an app; `None` if there is no room for another.
    fn app(&mut self, name: String) -> Option<&mut App> {
        if !self.baseline.apps.contains_key(&name) && self.baseline.apps.len() >= MAX_HOSTS {
            self.is_full = true;
            return None;
        }
        Some(self.baseline.apps.entry(name).or_default())
    }

    /// What was learned.
    pub fn finish(self) -> Baseline {
        self.baseline
    }

    /// Hosts of which something was not learned, with the issuer that nobody trusts.
    pub const fn left_out(&self) -> &BTreeSet<(String, String)> {
        &self.left_out
    }

    /// Whether there was more than a baseline holds.
    pub const fn is_full(&self) -> bool {
        self.is_full
    }

    /// The leaf's issuer, if one was seen; `None` if the session teaches nothing.
    fn issuer(&mut self, host: &str, session: &Session) -> Option<Issuer> {
        let Some(seen) = session.certificates.seen() else { return Some(Issuer::NotSeen) };
        let leaf = seen.value.leaf()?;
        let issuer = leaf.issuer.to_string();
        let assessment = self.trust.assess(&seen.value, seen.packets.last.timestamp);
        match assessment.path {
            PathStatus::Trusted { .. } | PathStatus::Incomplete { .. } => {
                Some(Issuer::Trusted(issuer))
            }
            _ if self.acceptance == Acceptance::Untrusted => Some(Issuer::Private(issuer)),
            _ => {
                if self.left_out.len() < MAX_LEFT_OUT {
                    self.left_out.insert((host.to_owned(), issuer));
                }
                None
            }
        }
    }
}

/// Who issued the leaf.
enum Issuer {
    NotSeen,
    Private(String),
    Trusted(String),
}

fn learn(host: &mut Host, session: &Arc<Session>, issuer: Issuer, is_full: &mut bool) {
    match issuer {
        Issuer::NotSeen => {}
        Issuer::Private(issuer) => drop(host.private_issuers.insert(issuer)),
        Issuer::Trusted(issuer) => drop(host.issuers.insert(issuer)),
    }
    if let Some(seen) = session.certificates.seen() {
        for (position, certificate) in seen.value.certificates().enumerate() {
            let pins = if position == 0 { &mut host.leaf_pins } else { &mut host.issuer_pins };
            pins.insert(pin(certificate));
        }
    }
    host.quic |= matches!(session.carrier, Carrier::Quic { .. });
    host.encrypted_client_hello |=
        session.client_hello.as_ref().is_some_and(|hello| hello.value.offer.encrypted_client_hello);
    host.syn_ack_ttls.extend(session.tcp.syn_ack.map(|opening| opening.ttl));
    let Some(answer) = answer(session) else { return };
    host.versions.insert(answer.version.clone());
    host.ciphers.insert(answer.cipher.clone());
    host.protocols.extend(answer.protocol.clone());
    if let Some(client) = offer(session) {
        *is_full |= !add(&mut host.clients, client, answer);
    }
}

/// Adds an answer to an offer; `false` if there was no room.
fn add(clients: &mut Vec<Client>, offer: Client, answer: Answer) -> bool {
    let same = |known: &Client| {
        known.offers_as(&offer)
            && (known.stapling, known.compression) == (offer.stapling, offer.compression)
    };
    let Some(at) = clients.iter().position(same) else {
        let room = clients.len() < MAX_CLIENTS;
        if room {
            clients.push(Client { answers: vec![answer], ..offer });
        }
        return room;
    };
    let Some(known) = clients.get_mut(at) else { return false };
    if known.answers.iter().any(|known| known.is_like(&answer)) {
        return true;
    }
    let room = known.answers.len() < MAX_ANSWERS;
    if room {
        known.answers.push(answer);
    }
    room
}

#[cfg(test)]
mod tests {
    use dissect::tls::ServerHello;
    use dissect::{PacketRef, PacketSpan, Seen};

    use super::*;
    use crate::detectors::testing::{certificate, certified, chain, record};

    /// A session over TLS 1.2 that ended, with a certificate that no root leads to.
    fn ended(host: &str, suite: u16) -> Record {
        let sent = certified(host, chain(vec![certificate("CN=a", "CN=private")]));
        let Fact::Session(_, session) = sent.fact else { panic!("no session") };
        let mut session = Session::clone(&session);
        let hello =
            ServerHello { legacy_version: 0x0303, cipher_suite: suite, ..ServerHello::default() };
        let packets = PacketSpan::one(PacketRef::default());
        session.server_hello = Some(Seen { value: Arc::new(hello), packets });
        record(Stage::Ended, session)
    }

    fn learned(acceptance: Acceptance, records: &[Record]) -> Learner {
        let app = Some(String::from("shop"));
        let mut learner = Learner::new(Baseline::default(), Trust::default(), acceptance, app);
        for record in records {
            learner.observe(record);
        }
        learner
    }

    #[test]
    fn an_untrusted_session_teaches_nothing_unless_accepted() {
        let records = [ended("API.shop.test", 0xc02b)];
        let strict = learned(Acceptance::TrustedOnly, &records);
        let left_out = ("api.shop.test".to_owned(), "CN=private".to_owned());
        assert!(strict.left_out().contains(&left_out));
        assert!(strict.finish().is_empty());

        let baseline = learned(Acceptance::Untrusted, &records).finish();
        let host = baseline.host("api.shop.test").unwrap();
        assert!(host.private_issuers.contains("CN=private") && host.issuers.is_empty());
        assert!(host.leaf_pins.first().unwrap().starts_with("sha256/"));
        assert!(host.versions.contains("TLS 1.2"));
        assert!(baseline.apps["shop"].hosts.contains("api.shop.test"));
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        let (one, two) = (ended("a.test", 0xc02b), ended("b.test", 0xc02f));
        let text = |records: &[Record]| learned(Acceptance::Untrusted, records).finish().to_text();
        let records = [one.clone(), two.clone(), ended("a.test", 0xc02f)];
        let again = [ended("a.test", 0xc02f), two.clone(), one.clone(), one, two];
        assert_eq!(text(&records), text(&again));
    }

    #[test]
    fn what_has_no_host_or_no_answer_is_left_alone() {
        let sent = certified("a.test", chain(vec![certificate("CN=a", "CN=private")]));
        let Fact::Session(_, unanswered) = &sent.fact else { panic!("no session") };
        let unanswered = record(Stage::Ended, Session::clone(unanswered));
        let learner = learned(Acceptance::Untrusted, &[ended("", 0xc02b), unanswered]);
        assert!(learner.finish().is_empty());
    }
}
