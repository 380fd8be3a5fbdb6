//! A million sessions and a hundred thousand findings in the UI: what a session takes, and how long a
//! key press takes until it is drawn. Prints both, and fails above 2 KiB a session or, at the median
//! of a key, above 50 ms.
//!
//! ```text
//! cargo bench -p tui --bench million [-- SESSIONS]
//! ```
//!
//! A press is measured as the event loop does it: [`State::press`], then a whole drawing of 120 × 40
//! cells. What is left of a filter or an order goes on between keys; `until all` is the time from the
//! press to when every list is up to date.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program of its own, over numbers of its own"
)]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dissect::http::Connection;
use dissect::tls::{ClientHello, Offer, ServerHello, SharedOffer};
use dissect::x509::Chain;
use dissect::{
    Carrier, Endpoint, Exchange, Flow, FlowId, Observed, Seen, Session, SessionEnd, Stage,
    Transport, Weird, WeirdKind,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use tui::{Key, Options, State, Update};

use self::support::{CertificateSketch, FindingSketch, INTERCEPTED, KNOWN_INTERCEPTOR, REFUSED};

#[allow(dead_code, unreachable_pub, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/tui/support/mod.rs"]
mod support;

/// Longest that a press may take at the median.
const LIMIT: Duration = Duration::from_millis(50);
/// Most bytes that a session may take.
const SESSION_LIMIT: u64 = 2_048;
/// Sessions for each finding.
const PER_FINDING: u64 = 10;
/// Different hosts.
const HOSTS: u64 = 20_000;
/// Different phones.
const CLIENTS: u64 = 5_000;
/// Updates that come at once, as one block of packets gives them.
const BLOCK: u64 = 256;
/// How often each key is pressed.
const TIMES: usize = 9;
/// The terminal.
const SIZE: (u16, u16) = (120, 40);

/// What is measured: its name; what is pressed before, the key, what undoes it, as a configuration
/// spells keys, and `'text` for letters.
type Case = (&'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    ("j", "3", "j", ""),
    ("k", "3", "k", ""),
    ("G", "3 g", "G", ""),
    ("g", "3 G", "g", ""),
    ("PgDn", "3", "PgDn", ""),
    ("Tab", "3", "Tab", ""),
    ("Enter on a finding", "1 g", "Enter", "Esc"),
    ("Enter on a finding's packets", "1 g Enter Tab Tab", "Enter", "Esc Esc"),
    ("J on a finding", "1 g Enter", "J", "Esc"),
    ("j on a finding", "1 g Enter", "j", "Esc"),
    ("Enter on a host", "2 g", "Enter", "Esc"),
    ("Enter on a session", "3 g", "Enter", "Esc"),
    ("Enter on a request", "4 g", "Enter", "Esc"),
    ("j on a request", "4 g Enter", "j", "Esc"),
    ("Enter on an app", "5 g", "Enter", "Esc"),
    ("Enter on an anomaly", "7 g", "Enter", "Esc"),
    ("/", "3", "/", "Esc"),
    ("the first letter of a filter", "3 / ctrl-u", "h", "Esc"),
    ("the fifth letter", "3 / ctrl-u 'host", "1", "Esc"),
    ("a letter of host:", "3 / ctrl-u 'host:host", "1", "Esc"),
    ("Backspace", "3 / ctrl-u 'host1", "backspace", "Esc"),
    ("Enter", "3 / ctrl-u 'host1", "Enter", "Esc"),
    ("Esc takes a filter off", "3 / ctrl-u 'host1 Enter", "Esc", ""),
    ("n, to the next match", "3 / ctrl-u 'host19 Enter Esc", "n", ""),
    ("s, column after column", "3", "s", ""),
    ("S", "3", "S", ""),
    ("s on findings", "1", "s", ""),
    ("s on hosts", "2", "s", ""),
    ("!", "3", "!", "!"),
    ("p, and the question", "2", "p", "Esc"),
    ("l on the timeline", "6", "l", ""),
    ("Enter on the timeline", "6", "Enter", "Esc"),
    ("?", "3", "?", "Esc"),
];

fn main() {
    // `cargo bench` adds flags of its own.
    let number = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let sessions: u64 = number.unwrap_or(1_000_000);
    let mut state = State::new(&Options::default()).expect("the usual keys");
    state.resize(Size::new(SIZE.0, SIZE.1));
    load(&mut state, sessions);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a test's terminal");
    println!("| press | median ms | worst ms | until all ms |\n| --- | --- | --- | --- |");
    let mut slow = Vec::new();
    for case in CASES {
        let (press, worst, all) = measured(&mut state, &mut terminal, case);
        println!("| {} | {} | {} | {} |", case.0, millis(press), millis(worst), millis(all));
        if press > LIMIT {
            slow.push(case.0);
        }
    }
    assert!(slow.is_empty(), "above {LIMIT:?} at the median: {slow:?}");
}

/// Takes everything in, and says what it takes.
fn load(state: &mut State, sessions: u64) {
    let shared = Shared::new();
    let before = resident_bytes();
    let begun = Instant::now();
    let mut longest = Duration::ZERO;
    for from in (0..sessions).step_by(BLOCK as usize) {
        let block = (from..sessions.min(from + BLOCK)).map(|number| shared.session(number));
        let block = Update::Many(block.collect());
        let turn = Instant::now();
        state.update(block);
        longest = longest.max(turn.elapsed());
    }
    let taken = begun.elapsed();
    let bytes = resident_bytes().saturating_sub(before) / sessions.max(1);
    println!(
        "{sessions} sessions in {:.1} s, the longest turn {} ms",
        taken.as_secs_f64(),
        millis(longest)
    );
    println!("{bytes} bytes a session");
    let before = resident_bytes();
    let findings = sessions / PER_FINDING;
    let begun = Instant::now();
    for from in (0..findings).step_by(BLOCK as usize) {
        let block = (from..findings.min(from + BLOCK)).map(|number| shared.finding(number));
        state.update(Update::Many(block.collect()));
    }
    for number in 0..1_000 {
        state.update(shared.request(number));
        // On the first flow: what looks for its session looks through all.
        state.update(Update::Weird {
            weird: Weird { kind: WeirdKind::Gap, detail: String::from("1448 bytes are missing") },
            packet: support::packet(number),
            flow: Some(flow(0)),
        });
    }
    state.update(Update::Finished { packets: sessions * 20, flows: sessions, sessions });
    let taken = begun.elapsed();
    let each = resident_bytes().saturating_sub(before) / findings.max(1);
    println!("{findings} findings in {:.1} s, {each} bytes each\n", taken.as_secs_f64());
    assert!(sessions < 1_000_000 || bytes <= SESSION_LIMIT, "above {SESSION_LIMIT} bytes");
}

/// Median and worst of the press, and the median until all lists are up to date.
fn measured(
    state: &mut State,
    terminal: &mut Terminal<TestBackend>,
    (_, before, key, undo): &Case,
) -> (Duration, Duration, Duration) {
    let key: Key = key.parse().expect("a key");
    let (mut presses, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        types(state, before);
        let begun = Instant::now();
        black_box(state.press(key));
        terminal.draw(|frame| tui::draw(frame, state)).expect("a test's terminal");
        presses.push(begun.elapsed());
        settled(state);
        whole.push(begun.elapsed());
        types(state, undo);
    }
    presses.sort_unstable();
    whole.sort_unstable();
    (presses[TIMES / 2], presses[TIMES - 1], whole[TIMES / 2])
}

fn types(state: &mut State, keys: &str) {
    for word in keys.split_whitespace() {
        let keys: Vec<Key> = match word.strip_prefix('\'') {
            Some(text) => text.chars().map(Key::char).collect(),
            None => vec![word.parse().expect("a key")],
        };
        for key in keys {
            black_box(state.press(key));
            settled(state);
        }
    }
}

/// Brings all lists up to date.
fn settled(state: &mut State) {
    state.update(Update::Many(Vec::new()));
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// What many sessions share in a capture, and so here.
struct Shared {
    offers: Vec<SharedOffer>,
    server: Arc<ServerHello>,
    chains: Vec<Arc<Chain>>,
}

impl Shared {
    fn new() -> Self {
        let offer = |extra: u16| {
            let offer = Offer {
                legacy_version: 0x0303,
                cipher_suites: (0x1301..0x1311 + extra).collect(),
                extensions: (0..14).collect(),
                signature_algorithms: (0x0401..0x0409).collect(),
                alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
                ..Offer::default()
            };
            offer.into()
        };
        let server =
            ServerHello { legacy_version: 0x0303, cipher_suite: 0xc02f, ..ServerHello::default() };
        let chain = |number: u64| {
            let name = host(number);
            let names = [name.as_str()];
            support::chain(&[CertificateSketch {
                subject: &name,
                issuer: ["Example CA", "mitmproxy"][(number % 2) as usize],
                names: &names,
                days: 90,
                seed: (number % 251) as u8,
            }])
        };
        Self {
            offers: (0..9).map(offer).collect(),
            server: Arc::new(server),
            chains: (0..HOSTS).map(chain).collect(),
        }
    }

    /// One session, of TLS 1.2 with a chain or of TLS 1.3 without one that can be read.
    fn whole(&self, number: u64) -> Session {
        let packets = support::packets(number * 20 + 1, number * 20 + 9);
        let mut random = [0; 32];
        random[..8].copy_from_slice(&number.to_be_bytes());
        let hello = ClientHello {
            random,
            sni: Some(host(number)),
            offer: self.offers[(number % 9) as usize].clone(),
            ..ClientHello::default()
        };
        let mut session = Session::new(Carrier::Tcp);
        session.client_hello = Some(Seen { value: Arc::new(hello), packets });
        session.client_hello_bytes = Some(vec![0; 517].into());
        session.server_hello = Some(Seen { value: Arc::clone(&self.server), packets });
        if !number.is_multiple_of(3) {
            let value = Arc::clone(&self.chains[(number % HOSTS) as usize]);
            session.certificates = Observed::Seen(Seen { value, packets });
        }
        session.established = !number.is_multiple_of(50);
        session.client_application_records = u32::from(session.established) * 3;
        session.server_application_records = u32::from(session.established) * 9;
        session.end = SessionEnd::Closed;
        session
    }

    fn session(&self, number: u64) -> Update {
        Update::Session {
            stage: Stage::Ended,
            session: Arc::new(self.whole(number)),
            flow: Some(flow(number)),
            packet: support::packet(number * 20 + 19),
        }
    }

    /// A request inside the session of this number.
    fn request(&self, number: u64) -> Update {
        let connection =
            Connection { session: Some(Arc::new(self.whole(number))), ..Connection::default() };
        let exchange = Exchange { connection: Arc::new(connection), ..support::login() };
        Update::Exchange { exchange: Arc::new(exchange), flow: Some(flow(number)) }
    }

    fn finding(&self, number: u64) -> Update {
        let name = host(number * PER_FINDING);
        let id = format!("f-{number:016x}");
        let sketch = FindingSketch {
            id: &id,
            rule: [&INTERCEPTED, &KNOWN_INTERCEPTOR, &REFUSED][(number % 3) as usize],
            host: &name,
            title: "mitmproxy reads the traffic between the app and this host, and the app lets it",
            issuer: "CN=mitmproxy, O=mitmproxy",
            packet: number * PER_FINDING * 20 + 1,
            count: 1,
        };
        let mut finding = sketch.finding(Some(self.whole(number * PER_FINDING)));
        finding.subject.flow = Some(flow(number * PER_FINDING));
        finding.subject.client = Some(client(number * PER_FINDING));
        Update::Finding(Box::new(finding))
    }
}

fn host(number: u64) -> String {
    format!("host{}.region-{}.shop.test", number % HOSTS, number % HOSTS % 7)
}

fn client(number: u64) -> IpAddr {
    let number = u32::try_from(number % CLIENTS).unwrap_or_default();
    IpAddr::V4(Ipv4Addr::from(0x0a00_0001 + number))
}

fn flow(number: u64) -> Arc<Flow> {
    let port = 30_000 + (number % 30_000) as u16;
    Arc::new(Flow {
        id: FlowId(number),
        client: Endpoint { address: client(number), port },
        server: Endpoint { address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 5)), port: 443 },
        transport: Transport::Tcp,
        tunnel: None,
    })
}

/// Resident memory of this process (Linux), else 0.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1_024
}
