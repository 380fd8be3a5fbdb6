//! Text from the wire that wants to get at the terminal.

use std::sync::Arc;

use detect::Finding;
use dissect::http::{Connection, Http2Setup, PseudoFields};
use dissect::x509::{CertificateError, Chain, ChainEntry, GeneralName};
use dissect::{Exchange, Observed, Prelude, Seen, Session, Stage, WeirdKind};
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use report::escape::is_hidden;
use tui::{Answer, Command, Motion, Options, State, Update, View};

use crate::support::{
    self, CertificateSketch, ExchangeSketch, FindingSketch, INTERCEPTED, SessionSketch, chain,
    headers, intercepted, packets, told,
};
use crate::user::User;

const ESCAPES: &str = "\x1b[2J\x1b]0;owned\x07\u{9b}31m";
const TURNED: &str = "safe\u{202e}tset.live\u{2066}\u{200b}";

/// A finding whose every text is what an attacker would choose.
fn finding(text: &str) -> Finding {
    let mut session: Session = intercepted(text);
    let names = [text, "日本語.example", text];
    let sketch =
        CertificateSketch { subject: text, issuer: text, names: &names, days: -3, seed: 1 };
    let mut leaf = sketch.certificate();
    leaf.signature_algorithm = text.to_owned();
    leaf.subject_alt_names.iter_mut().flatten().for_each(|name| {
        if *name == GeneralName::Dns("日本語.example".into()) {
            *name = GeneralName::Uri(text.to_owned());
        }
    });
    let mut entries = vec![ChainEntry::Certificate(Arc::new(leaf))];
    entries.push(ChainEntry::Malformed {
        der: Arc::from([0_u8; 3].as_slice()),
        error: CertificateError::Asn1 { length: 3 },
    });
    let seen = Seen { value: Arc::new(Chain::new(entries)), packets: packets(1, 2) };
    session.certificates = Observed::Seen(seen);
    session.client_certificates =
        Some(Seen { value: chain(&[sketch; 40]), packets: packets(3, 3) });
    session.preludes.push(Prelude::Socks { version: 5, target: text.to_owned() });
    let mut finding = FindingSketch {
        id: text,
        rule: &INTERCEPTED,
        host: text,
        title: text,
        issuer: text,
        packet: 1,
        count: 1,
    }
    .finding(Some(session));
    finding.alternatives.push(text.to_owned().into());
    finding
}

fn state(text: &str, (columns, lines): (u16, u16)) -> State {
    let mut state = State::new(&Options::default()).unwrap();
    state.resize(Size::new(columns, lines));
    state.update(Update::Input { name: text.to_owned(), bytes_total: None });
    state.update(Update::Finding(Box::new(finding(text))));
    state.update(Update::Failed(text.to_owned()));
    state
}

fn draw(state: &State, (columns, lines): (u16, u16)) -> (Buffer, String) {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    terminal.draw(|frame| tui::draw(frame, state)).unwrap();
    (terminal.backend().buffer().clone(), terminal.backend().to_string())
}

#[test]
fn escape_sequences_in_the_list() {
    let size = (80, 24);
    assert_snapshot!(draw(&state(ESCAPES, size), size).1);
}

#[test]
fn escape_sequences_in_the_detail() {
    let size = (80, 60);
    let mut state = state(ESCAPES, size);
    state.command(Command::Open);
    assert_snapshot!(draw(&state, size).1);
}

#[test]
fn turned_and_invisible_text() {
    let size = (80, 24);
    let mut state = state(TURNED, size);
    state.command(Command::Open);
    assert_snapshot!(draw(&state, size).1);
}

#[test]
fn wide_letters_keep_the_columns() {
    let size = (80, 24);
    let text = "日本語のとても長いホスト名.example.インタセプタ.日本語のとても長いホスト名";
    assert_snapshot!(draw(&state(text, size), size).1);
}

#[test]
fn very_long_text_is_cut() {
    let size = (80, 24);
    assert_snapshot!(draw(&state(&"a-long-label.".repeat(5000), size), size).1);
}

/// A request whose every text is what an attacker would choose.
fn exchange(text: &str) -> Exchange {
    let json = format!(r#"{{"{text}":"{text}\\","a":[{text}]}}"#);
    let sketch = ExchangeSketch {
        start: (text, text),
        host: text,
        asked: &[(text, text), ("Content-Type", "application/json"), ("Cookie", text)],
        sent: json.as_bytes(),
        answer: (999, text),
        received: text.as_bytes(),
        packet: 7,
    };
    let mut exchange = sketch.exchange();
    exchange.request.trailers = headers(&[(text, text)]);
    exchange.request.pseudo = Some(PseudoFields {
        order: text.to_owned(),
        authority: Some(text.to_owned()),
        scheme: Some(text.to_owned()),
        protocol: Some(text.to_owned()),
    });
    exchange.connection = Arc::new(Connection {
        preludes: vec![Prelude::HttpConnect { target: text.to_owned() }],
        session: Some(Arc::new(intercepted(text))),
        http2: Some(Http2Setup::default()),
        ..Connection::default()
    });
    exchange
}

#[test]
fn no_screen_of_a_request_holds_a_hidden_character() {
    let long = "a-long-label.".repeat(400);
    let wide = "日本語のとても長い名前".repeat(100);
    let texts =
        [ESCAPES, TURNED, "\u{feff}\u{e0041}\r\n\t\0", "e\u{301}\u{301}\u{301}", &long, &wide];
    for (text, media) in texts.iter().flat_map(|text| {
        ["application/json", "application/x-www-form-urlencoded", "x"].map(|media| (*text, media))
    }) {
        let mut exchange = exchange(text);
        exchange.request.headers.0.retain(|field| field.name != "Content-Type");
        exchange.request.headers.0.extend(headers(&[("Content-Type", media)]).0);
        for size in [(1, 1), (7, 9), (60, 200)] {
            let options = Options { may_reveal: true, ..Options::default() };
            let mut state = State::new(&options).unwrap();
            state.resize(Size::new(size.0, size.1));
            state.update(told(exchange.clone()));
            for command in [
                Command::Show(View::Requests),
                Command::Open,
                Command::ToggleSecrets,
                Command::Move(Motion::PageDown),
                Command::ToggleRaw,
                Command::OtherSide,
            ] {
                state.command(command);
                let (buffer, _) = draw(&state, size);
                let hidden =
                    buffer.content().iter().find(|cell| cell.symbol().chars().any(is_hidden));
                assert!(hidden.is_none(), "{text:?} at {size:?}: {hidden:?}");
            }
        }
    }
}

#[test]
fn escape_sequences_in_a_request() {
    let size = (80, 60);
    let options = Options { may_reveal: true, ..Options::default() };
    let mut state = State::new(&options).unwrap();
    state.resize(Size::new(size.0, size.1));
    state.update(told(exchange(ESCAPES)));
    for command in [Command::Show(View::Requests), Command::Open, Command::ToggleSecrets] {
        state.command(command);
    }
    assert_snapshot!(draw(&state, size).1);
}

#[test]
fn wide_letters_in_the_list_of_requests() {
    let size = (120, 16);
    let mut state = State::new(&Options::default()).unwrap();
    state.resize(Size::new(size.0, size.1));
    for text in ["日本語のとても長いホスト名.example", ESCAPES, TURNED, "/עברית?q=שלום"]
    {
        state.update(told(exchange(text)));
    }
    state.command(Command::Show(View::Requests));
    assert_snapshot!(draw(&state, size).1);
}

#[test]
fn no_screen_holds_a_hidden_character() {
    let texts = [ESCAPES, TURNED, "\u{feff}\u{e0041}\r\n\t\0", "e\u{301}\u{301}\u{301}\u{301}"];
    for text in texts {
        for size in [(1, 1), (40, 10), (80, 24), (120, 40)] {
            let mut state = state(text, size);
            // The whole detail, page by page.
            for command in [Command::Back, Command::Open]
                .into_iter()
                .chain([Command::Move(Motion::PageDown); 60])
            {
                state.command(command);
                let (buffer, _) = draw(&state, size);
                let hidden =
                    buffer.content().iter().find(|cell| cell.symbol().chars().any(is_hidden));
                assert!(hidden.is_none(), "{text:?} at {size:?}: {hidden:?}");
            }
        }
    }
}

#[test]
fn the_input_is_named_once_where_reading_failed() {
    for (reason, shown) in [
        ("a.pcap: packet 52 is cut off", "Reading failed: packet 52 is cut off"),
        ("other.pcap: no such file", "Reading failed: other.pcap: no such file"),
    ] {
        let mut state = state("a.pcap", (80, 24));
        state.update(Update::Failed(reason.to_owned()));
        let (_, screen) = draw(&state, (80, 24));
        assert!(screen.contains(shown), "{screen}");
    }
}

/// News whose every text is what an attacker would choose.
fn news(text: &str) -> Vec<Update> {
    let names = [text, "a.example"];
    let certificate =
        CertificateSketch { subject: text, issuer: text, names: &names, days: 9, seed: 4 };
    let forged = CertificateSketch { seed: 5, ..certificate };
    let (one, other) = ([certificate], [forged, certificate]);
    let usual = SessionSketch { host: text, ..SessionSketch::default() };
    let session = |packet, chain| SessionSketch { packet, chain, ..usual }.told(Stage::Ended);
    let agent = format!("{text}/1.0 ({text}; {text}) {text}");
    let mut asking = exchange(text);
    asking.request.headers.0.extend(headers(&[("User-Agent", &agent)]).0);
    vec![
        Update::Input { name: text.to_owned(), bytes_total: None },
        support::device(text, support::PHONE),
        session(10, &one[..]),
        session(30, &other[..]),
        Update::Finding(Box::new(finding(text))),
        told(asking.clone()),
        told(asking),
        support::weird(WeirdKind::HttpMalformed, text, 31),
        Update::Answer(Answer::Failed(format!("{text}: no such file"))),
        Update::Answer(Answer::Done(text.to_owned())),
        support::bytes_of(12),
        Update::Answer(Answer::Packets {
            packets: Vec::new(),
            numbers: vec![15],
            missing: Some(text.to_owned()),
        }),
        Update::Failed(text.to_owned()),
    ]
}

/// Every view and page, and lines that are typed.
const EVERYWHERE: [&str; 16] = [
    "1 ctrl-d",
    "2",
    "3",
    "4",
    "5",
    "6 Enter",
    "7",
    "1 Enter G",
    "2 Enter G",
    "3 Enter G",
    "4 Space d G",
    "5 Enter G",
    "7 Enter G",
    "2 p",
    "1 e",
    ": 'packet_15 Enter",
];

#[test]
fn no_view_and_no_page_holds_a_hidden_character() {
    let long = "a-long-label.".repeat(400);
    let texts = [ESCAPES, TURNED, "\u{feff}\u{e0041}\r\n\t\0", "e\u{301}\u{301}\u{301}", &long];
    for (text, size) in texts.iter().flat_map(|text| [(37, 9), (120, 90)].map(|it| (*text, it))) {
        let mut user = User::before(size, &Options { may_reveal: true, ..Options::default() });
        user.hears(news(text));
        for keys in EVERYWHERE {
            user.types(keys);
            assert_clean(&user, text, keys);
            user.types("Esc Esc Esc Esc");
        }
        // Pasted, as a terminal hands it on: letter by letter.
        for prompt in ["/", ":", "1 x"] {
            user.types(prompt);
            for letter in text.chars().take(600) {
                user.state.press(tui::Key::char(letter));
                // What an escape begins may have closed the line.
            }
            assert_clean(&user, text, prompt);
            user.types("Enter Esc Esc Esc");
            assert_clean(&user, text, prompt);
        }
    }
}

fn assert_clean(user: &User, text: &str, keys: &str) {
    let buffer = user.buffer();
    let hidden = buffer.content().iter().find(|cell| cell.symbol().chars().any(is_hidden));
    assert!(hidden.is_none(), "{text:?} at {keys}: {hidden:?}\n{}", user.screen());
}
