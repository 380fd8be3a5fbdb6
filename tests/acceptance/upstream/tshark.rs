//! A live comparison with tshark, session by session, where it is installed.
//!
//! tshark prints one line per packet with a ClientHello or ServerHello; lines of one TCP stream, one
//! QUIC connection or one UDP stream (DTLS) are one session. Of a HelloRetryRequest and the two
//! ClientHellos around it, the first ClientHello counts. Where that release of tshark is not installed, what it
//! said when `tshark-sessions.tsv` was written serves: the number of sessions of each capture.

use std::collections::BTreeMap;
use std::process::Command;

use super::Builder;
use crate::normal;
use crate::runs::for_each;
use crate::shared::Shared;
use crate::tsv::Table;
use crate::vector::{Field, FlowKey, Place, Relation, Vector};

/// Which packets are printed.
const FILTER: &str = "tls.handshake.type == 1 || tls.handshake.type == 2 || \
                      dtls.handshake.type == 1 || dtls.handshake.type == 2";

/// What is printed of each, in this order.
const COLUMNS: [&str; 24] = [
    "tcp.stream",
    "quic.connection.number",
    "udp.stream",
    "ip.src",
    "ipv6.src",
    "tcp.srcport",
    "udp.srcport",
    "ip.dst",
    "ipv6.dst",
    "tcp.dstport",
    "udp.dstport",
    "tls.handshake.type",
    "tls.handshake.extensions_server_name",
    "tls.handshake.version",
    "tls.handshake.extensions.supported_version",
    "tls.handshake.ciphersuite",
    "tls.handshake.ja3",
    "tls.handshake.ja3s",
    "tls.handshake.random",
    "dtls.handshake.type",
    "dtls.handshake.extensions_server_name",
    "dtls.handshake.version",
    "dtls.handshake.ciphersuite",
    "dtls.handshake.random",
];

/// SHA-256 of "HelloRetryRequest", the random of that message (RFC 8446 section 4.1.3).
const RETRY_RANDOM: &str = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

/// One session as tshark sees it.
#[derive(Clone, Debug, Default)]
struct Session {
    key: Option<FlowKey>,
    sni: Option<String>,
    ja3: Option<String>,
    version: Option<String>,
    cipher: Option<String>,
    ja3s: Option<String>,
}

/// The release whose results are explained; others see other things.
const RELEASE: &str = "TShark (Wireshark) 4.0.";

/// Whether tshark can be run, and is of [`RELEASE`].
pub(crate) fn installed() -> bool {
    let version = Command::new("tshark").arg("--version").output();
    version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).starts_with(RELEASE))
}

/// Vectors of a live run over these captures.
pub(crate) fn live(shared: &Shared, captures: &[String]) -> Vec<Vector> {
    let per_capture = for_each(captures, |capture| {
        let sessions = sessions(&shared.path(capture));
        vectors(capture, &sessions)
    });
    per_capture.into_iter().flatten().collect()
}

/// Vectors of the recorded numbers of sessions.
pub(crate) fn recorded(shared: &Shared) -> Vec<Vector> {
    let table = Table::parse(include_str!("../tshark-sessions.tsv"));
    let mut vectors = Vec::new();
    for row in table.rows().filter(|row| shared.path(row["capture"]).is_file()) {
        let mut builder = Builder::new("tshark", row["capture"], Place::Capture);
        builder.one(Field::Sessions, row["sessions"], Relation::Same);
        vectors.extend(builder.done());
    }
    vectors
}

/// The table of recorded numbers of sessions, made anew from live vectors.
pub(crate) fn record(vectors: &[Vector]) -> String {
    let counts = vectors.iter().filter(|v| v.field == Field::Sessions && v.place == Place::Capture);
    let lines = counts.map(|v| format!("{}\t{}\n", v.capture, v.expected.join("")));
    lines.fold(String::from("capture\tsessions\n"), |table, line| table + &line)
}

fn vectors(capture: &str, sessions: &[Session]) -> Vec<Vector> {
    let mut whole = Builder::new("tshark", capture, Place::Capture);
    whole.one(Field::Sessions, sessions.len().to_string(), Relation::Same);
    let mut vectors = whole.done();
    let mut by_flow: BTreeMap<&FlowKey, Vec<&Session>> = BTreeMap::new();
    for session in sessions {
        if let Some(key) = &session.key {
            by_flow.entry(key).or_default().push(session);
        }
    }
    for (key, sessions) in by_flow {
        let mut builder = Builder::new("tshark", capture, Place::Flow(key.clone()));
        let mut add = |field: Field, value: fn(&Session) -> Option<&String>| {
            let values = sessions.iter().filter_map(|session| value(session).cloned()).collect();
            builder.all(field, values, Relation::Same);
        };
        add(Field::Sni, |session| session.sni.as_ref());
        add(Field::Version, |session| session.version.as_ref());
        add(Field::CipherNumber, |session| session.cipher.as_ref());
        if sessions.iter().all(|session| session.ja3.is_some() || session.ja3s.is_some()) {
            add(Field::Ja3, |session| session.ja3.as_ref());
            add(Field::Ja3s, |session| session.ja3s.as_ref());
        }
        vectors.extend(builder.done());
    }
    vectors
}

fn sessions(capture: &std::path::Path) -> Vec<Session> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", FILTER, "-T", "fields"]);
    command.args(["-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=,"]);
    for column in COLUMNS {
        command.args(["-e", column]);
    }
    let output = command.arg("-r").arg(capture).output().expect("tshark runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut order = Vec::new();
    let mut sessions: BTreeMap<String, Session> = BTreeMap::new();
    for line in text.lines() {
        let cells: BTreeMap<&str, &str> = COLUMNS.into_iter().zip(line.split('\t')).collect();
        let cell = |name: &str| cells.get(name).copied().unwrap_or_default();
        let id = id(&cell);
        if !sessions.contains_key(&id) {
            order.push(id.clone());
        }
        add(sessions.entry(id).or_default(), &cell);
    }
    order.iter().filter_map(|id| sessions.remove(id)).collect()
}

/// What joins lines to a session. With several headers in a packet (tunnels) the innermost counts.
fn id<'a>(cell: &impl Fn(&str) -> &'a str) -> String {
    let kinds = ["tcp.stream", "quic.connection.number", "udp.stream"];
    let kind = kinds.into_iter().find(|kind| !cell(kind).is_empty()).unwrap_or("udp.stream");
    format!("{kind} {}", last(cell(kind)))
}

fn last(cell: &str) -> &str {
    cell.rsplit(',').next().unwrap_or(cell)
}

fn first(cell: &str) -> &str {
    cell.split(',').next().unwrap_or(cell)
}

fn add<'a>(session: &mut Session, cell: &impl Fn(&str) -> &'a str) {
    let dtls = !cell("dtls.handshake.type").is_empty();
    let layer = if dtls { "dtls" } else { "tls" };
    let field = |name: &str| cell(&format!("{layer}.handshake.{name}"));
    if session.key.is_none() {
        let udp = cell("tcp.srcport").is_empty();
        let (from, to) =
            if udp { ("udp.srcport", "udp.dstport") } else { ("tcp.srcport", "tcp.dstport") };
        let ip = |side: &str| {
            // An inner IPv6 packet has outer IPv4 addresses too, and the other way round.
            let (v4, v6) = (cell(&format!("ip.{side}")), cell(&format!("ipv6.{side}")));
            if v4.is_empty() { last(v6) } else { last(v4) }
        };
        session.key =
            FlowKey::parse(udp, (ip("src"), last(cell(from))), (ip("dst"), last(cell(to))));
    }
    let set = |slot: &mut Option<String>, value: &str| {
        if slot.is_none() && !value.is_empty() {
            *slot = Some(value.to_owned());
        }
    };
    let types: Vec<&str> = field("type").split(',').collect();
    if types.contains(&"1") {
        if session.ja3.is_none() {
            set(&mut session.sni, &normal::host(first(field("extensions_server_name"))));
        }
        set(&mut session.ja3, first(cell("tls.handshake.ja3")));
    }
    let retry = field("random").split(',').any(|random| normal::hex(random) == RETRY_RANDOM);
    if types.contains(&"2") && !retry {
        let chosen =
            if dtls { "" } else { last(cell("tls.handshake.extensions.supported_version")) };
        let version = if chosen.is_empty() { last(field("version")) } else { chosen };
        set(&mut session.version, &normal::version(version));
        let cipher = normal::hex(last(field("ciphersuite")));
        let number = u16::from_str_radix(&cipher, 16).map(|n| n.to_string()).unwrap_or_default();
        set(&mut session.cipher, &number);
        set(&mut session.ja3s, last(cell("tls.handshake.ja3s")));
    }
}
