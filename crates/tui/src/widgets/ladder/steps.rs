//! What was sent, one thing after the other.
//!
//! A session keeps its messages by kind and its encrypted records as a list; here they are one
//! sequence. Things in one packet stand in the order in which the protocol has them.

use dissect::tls::TlsVersion;
use dissect::x509::Chain;
use dissect::{Ciphertext, Observed, PacketRef, PacketSpan, Session};

use super::super::chain::short_name;
use super::super::handshake::{before, reason};
use super::super::hello::{protocol, suite_name};
use crate::format;

/// Most arrows. Records that are kept of a session make some dozens of them at most; alerts can be
/// any number.
const MAX_STEPS: usize = 64;

/// Most alerts that are looked at.
const MAX_ALERTS: usize = 16;

/// Protocols of an offer that are named.
const MAX_PROTOCOLS: usize = 8;

/// Content types (IANA TLS ContentType registry).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// The shortest encrypted Finished of TLS 1.3, see RFC 8446 sections 4.4.4 and 5.2.
const SHORTEST_FINISHED: u16 = 53;

/// Who sent it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    Client,
    Server,
    /// It is no message of one side.
    Both,
}

/// How much it stands out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Weight {
    Plain,
    /// Beside the handshake.
    Quiet,
    /// An alert, a reset.
    Strong,
}

/// One arrow.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// `None` where only its place in the sequence is known.
    pub(super) at: Option<PacketSpan>,
    pub(super) from: Side,
    /// What it is: our words.
    pub(super) head: String,
    /// How much it is.
    pub(super) size: String,
    /// What is in it: words off the wire.
    pub(super) details: Vec<String>,
    pub(super) weight: Weight,
}

impl Step {
    fn new(at: PacketSpan, from: Side, head: &str) -> Self {
        Self {
            at: Some(at).filter(|at| at.last.number > 0),
            from,
            head: head.to_owned(),
            size: String::new(),
            details: Vec::new(),
            weight: Weight::Plain,
        }
    }

    fn quiet(at: PacketRef, from: Side, head: &str) -> Self {
        Self { weight: Weight::Quiet, ..Self::new(PacketSpan::one(at), from, head) }
    }
}

/// All steps in their order, and how many there were more.
pub(super) fn steps(session: &Session) -> (Vec<Step>, usize) {
    let mut all = Sequence::default();
    opening(&mut all, session);
    hellos(&mut all, session);
    certificates(&mut all, session);
    records(&mut all, session);
    alerts(&mut all, session);
    closing(&mut all, session);
    let mut steps = all.sorted();
    let left = steps.len().saturating_sub(MAX_STEPS);
    steps.truncate(MAX_STEPS);
    (steps, left)
}

/// Steps with the packet they are sorted by; of equals, the earlier pushed comes first.
#[derive(Debug, Default)]
struct Sequence {
    steps: Vec<(u64, Step)>,
}

impl Sequence {
    fn push(&mut self, step: Step) {
        let number = step.at.map_or(0, |at| at.first.number);
        self.push_at(number, step);
    }

    fn push_at(&mut self, number: u64, step: Step) {
        self.steps.push((number, step));
    }

    fn sorted(mut self) -> Vec<Step> {
        self.steps.sort_by_key(|(number, _)| *number);
        self.steps.into_iter().map(|(_, step)| step).collect()
    }
}

/// TCP, and what came before the handshake.
fn opening(all: &mut Sequence, session: &Session) {
    let tcp = &session.tcp;
    if let Some(syn) = tcp.syn {
        let mut step = Step::quiet(syn.at, Side::Client, "SYN");
        step.size = format!("TTL {}", syn.ttl);
        all.push(step);
    }
    if let Some(answer) = tcp.syn_ack {
        let mut step = Step::quiet(answer.at, Side::Server, "SYN, ACK");
        step.size = format!("TTL {}", answer.ttl);
        let round_trip = tcp.syn.map(|syn| answer.at.timestamp.since(syn.at.timestamp));
        if let Some(nanos) = round_trip.filter(|nanos| *nanos >= 0) {
            step.size = format!("{}, {} behind the SYN", step.size, format::duration(nanos));
        }
        all.push(step);
    }
    // Their packets are not kept: they came before the first message.
    let hello = session.client_hello.as_ref().map(|seen| seen.packets);
    let hello = hello.or_else(|| session.server_hello.as_ref().map(|seen| seen.packets));
    for prelude in &session.preludes {
        let mut step = Step::new(PacketSpan::default(), Side::Both, "before it");
        step.details.push(before(prelude));
        all.push_at(hello.map_or(0, |hello| hello.first.number), step);
    }
}

fn hellos(all: &mut Sequence, session: &Session) {
    if let Some(seen) = &session.client_hello {
        let hello = &seen.value;
        let mut step = Step::new(seen.packets, Side::Client, "ClientHello");
        let bytes = session.client_hello_bytes.as_ref().map(|bytes| count(bytes.len(), "byte"));
        step.size = bytes.unwrap_or_default();
        let sni =
            hello.sni.as_deref().map_or_else(|| "no SNI".to_owned(), |sni| format!("SNI {sni}"));
        let version = TlsVersion(hello.offer.highest_version());
        step.details.push(format!("{sni}, up to {version}"));
        if !hello.offer.alpn.is_empty() {
            let names = hello.offer.alpn.iter().take(MAX_PROTOCOLS).map(|name| protocol(name));
            step.details.push(format!("ALPN {}", names.collect::<Vec<_>>().join(", ")));
        }
        all.push(step);
    }
    if let Some(seen) = &session.retry_request {
        all.push(Step::new(seen.packets, Side::Server, "HelloRetryRequest"));
    }
    if let Some(seen) = &session.server_hello {
        let hello = &seen.value;
        let mut step = Step::new(seen.packets, Side::Server, "ServerHello");
        step.size = hello.version().to_string();
        step.details.push(suite_name(hello.cipher_suite));
        if let Some(alpn) = &hello.alpn {
            step.details.push(format!("ALPN {}", protocol(alpn)));
        }
        all.push(step);
    }
    if let Some(seen) = &session.encrypted_extensions {
        let mut step = Step::new(seen.packets, Side::Server, "EncryptedExtensions");
        if let Some(alpn) = &seen.value.alpn {
            step.details.push(format!("ALPN {}", protocol(alpn)));
        }
        all.push(step);
    }
}

fn certificates(all: &mut Sequence, session: &Session) {
    let mut asked_behind = session.server_hello.as_ref().map(|seen| seen.packets);
    if let Observed::Seen(seen) = &session.certificates {
        all.push(chain(seen.packets, Side::Server, &seen.value));
        asked_behind = Some(seen.packets);
    }
    if session.certificate_requested {
        let step = Step::new(PacketSpan::default(), Side::Server, "CertificateRequest");
        all.push_at(asked_behind.map_or(0, |at| at.first.number), step);
    }
    if let Some(seen) = &session.client_certificates {
        all.push(chain(seen.packets, Side::Client, &seen.value));
    }
}

fn chain(at: PacketSpan, from: Side, chain: &Chain) -> Step {
    let mut step = Step::new(at, from, "Certificate");
    let bytes = chain.entries.iter().map(|entry| entry.der().len()).fold(0, usize::saturating_add);
    let number = count(chain.entries.len(), "certificate");
    step.size = format!("{number}, {}", count(bytes, "byte"));
    if let Some(leaf) = chain.leaf() {
        step.details.push(format!("leaf {}, issued by {}", short_name(leaf), leaf.issuer));
    }
    step
}

/// The encrypted records; neighbours that are alike are one arrow.
fn records(all: &mut Sequence, session: &Session) {
    let mut words = Words::of(session);
    let mut run: Option<Run> = None;
    for record in &session.ciphertexts {
        let told =
            session.alerts.iter().any(|alert| alert.packets.first.number == record.at.number);
        if told && record.inner_type.unwrap_or(record.content_type) == ALERT {
            // Readable: it is an arrow of its own.
            continue;
        }
        let word = words.next(record);
        match &mut run {
            Some(run) if run.word == word && run.from_client == record.from_client => {
                run.add(record)
            }
            other => {
                let ended = other.replace(Run::new(word, record));
                all.steps.extend(ended.map(|run| run.step(session)));
            }
        }
    }
    all.steps.extend(run.map(|run| run.step(session)));
    let (client, server) = (session.client_application_records, session.server_application_records);
    let last = session.ciphertexts.last().map(|record| record.at.number);
    if client > 0 || server > 0 {
        let mut step = Step::new(PacketSpan::default(), Side::Both, "in all, behind the handshake");
        step.weight = Weight::Quiet;
        let server = format::count(server.into());
        let client = format::counted(client.into(), "encrypted record");
        step.details.push(format!("{client} from the client, {server} from the server"));
        all.push_at(last.unwrap_or(u64::MAX), step);
    }
}

/// Records in a row.
#[derive(Debug)]
struct Run {
    word: &'static str,
    from_client: bool,
    at: PacketSpan,
    records: usize,
    bytes: usize,
}

impl Run {
    fn new(word: &'static str, record: &Ciphertext) -> Self {
        let at = PacketSpan::one(record.at);
        let bytes = record.length.into();
        Self { word, from_client: record.from_client, at, records: 1, bytes }
    }

    fn add(&mut self, record: &Ciphertext) {
        self.at.last = record.at;
        self.records = self.records.saturating_add(1);
        self.bytes = self.bytes.saturating_add(record.length.into());
    }

    fn step(self, session: &Session) -> (u64, Step) {
        let side = if self.from_client { Side::Client } else { Side::Server };
        let mut step = Step::new(self.at, side, self.word);
        step.size = count(self.bytes, "byte");
        if self.records > 1 {
            step.size = format!("{}, {}", count(self.records, "record"), step.size);
        }
        if let (Words::FLIGHT, Observed::NotObservable(why)) = (self.word, &session.certificates) {
            step.details.push(format!("certificates not observable: {}", reason(*why)));
        }
        if self.word == Words::SHORT {
            step.weight = Weight::Strong;
        }
        (self.at.first.number, step)
    }
}

/// What encrypted records are called, one after the other.
#[derive(Debug)]
struct Words {
    tls13: bool,
    established: bool,
    /// A client certificate may stand before the client's Finished.
    asked: bool,
    /// Number of the ServerHello's packet.
    hello: u64,
    /// The client, and the server, sent what may be its Finished.
    finished: [bool; 2],
}

impl Words {
    const FLIGHT: &'static str = "encrypted flight";
    const SHORT: &'static str = "encrypted, as short as an alert";

    fn of(session: &Session) -> Self {
        Self {
            tls13: session.version().is_some_and(TlsVersion::is_tls13),
            established: session.established,
            asked: session.certificate_requested,
            hello: session.server_hello.as_ref().map_or(0, |seen| seen.packets.first.number),
            finished: [false; 2],
        }
    }

    fn next(&mut self, record: &Ciphertext) -> &'static str {
        let [client, server] = &mut self.finished;
        let finished = if record.from_client { &mut *client } else { server };
        match (self.tls13, record.inner_type) {
            (false, _) => match record.content_type {
                ALERT => "alert, encrypted",
                HANDSHAKE if !std::mem::replace(finished, true) => "Finished, encrypted",
                HANDSHAKE => "handshake, encrypted",
                _ => "application data",
            },
            (true, Some(ALERT)) => "alert, decrypted",
            (true, Some(HANDSHAKE)) => {
                let first = !std::mem::replace(finished, true);
                match record.from_client && first && !self.asked {
                    true => "Finished, decrypted",
                    false => "handshake, decrypted",
                }
            }
            (true, Some(_)) => "application data, decrypted",
            (true, None) if record.from_client && record.at.number < self.hello => "early data",
            (true, None) if record.from_client => {
                if std::mem::replace(finished, *finished || record.length >= SHORTEST_FINISHED) {
                    return "application data, encrypted";
                }
                match *finished {
                    true if self.established => "Finished, encrypted",
                    true => "encrypted",
                    false => Self::SHORT,
                }
            }
            (true, None) if *client => "tickets or application data, encrypted",
            (true, None) => Self::FLIGHT,
        }
    }
}

fn alerts(all: &mut Sequence, session: &Session) {
    for alert in session.alerts.iter().take(MAX_ALERTS) {
        let side = if alert.value.from_client { Side::Client } else { Side::Server };
        let level = if alert.value.level == 2 { "fatal alert" } else { "alert" };
        let mut step = Step::new(alert.packets, side, &format!("{level} {}", alert.value));
        // A goodbye is no complaint.
        let farewell = matches!(alert.value.description, 0 | 90);
        step.weight = if farewell { Weight::Plain } else { Weight::Strong };
        all.push(step);
    }
}

fn closing(all: &mut Sequence, session: &Session) {
    let tcp = &session.tcp;
    for (fin, side) in [(tcp.client_fin, Side::Client), (tcp.server_fin, Side::Server)] {
        all.steps.extend(fin.map(|at| (at.number, Step::quiet(at, side, "FIN"))));
    }
    if let Some(reset) = tcp.reset {
        let side = if reset.by_client { Side::Client } else { Side::Server };
        let step = Step::new(PacketSpan::one(reset.at), side, "RST");
        all.push(Step { weight: Weight::Strong, ..step });
    }
}

fn count(number: usize, word: &str) -> String {
    format::counted(u64::try_from(number).unwrap_or(u64::MAX), word)
}
