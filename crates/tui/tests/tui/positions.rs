//! Whatever is pressed, whatever comes in, at whatever size: positions stay in range.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use detect::{Finding, NotObservable};
use dissect::{Exchange, Reason, Timestamp, WeirdKind};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use tui::outside::Speed;
use tui::{Answer, Key, Mouse, MouseKind, Options, State, Update};

use crate::support::{self, SessionSketch};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    Press(KeyEvent),
    Resize(u16, u16),
    Finding(usize, u64),
    Exchange(usize, u64),
    Session(usize, u64),
    Weird(u64),
    Traffic(u64, u64),
    Device(u64),
    Answer(usize, u64),
    Progress(u64),
    NotObservable,
    Mouse(Mouse),
    Finish,
    Fail,
}

fn event() -> impl Strategy<Value = Event> {
    let letters = proptest::sample::select(
        "jkgGlhJK{}?qyn #1234567frpR/~m!oNsSdexwvc:HLP>+-[]".chars().collect::<Vec<_>>(),
    );
    let named = proptest::sample::select(vec![
        KeyCode::Backspace,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::PageDown,
        KeyCode::PageUp,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
    ]);
    let with = |code, modifiers| Event::Press(KeyEvent::new(code, modifiers));
    prop_oneof![
        6 => letters.prop_map(move |c| with(KeyCode::Char(c), KeyModifiers::NONE)),
        4 => named.prop_map(move |code| with(code, KeyModifiers::NONE)),
        2 => proptest::sample::select(vec!['d', 'u', 'f', 'b', 'w'])
            .prop_map(move |c| with(KeyCode::Char(c), KeyModifiers::CONTROL)),
        1 => (0_u16..130, 0_u16..50).prop_map(|(columns, lines)| Event::Resize(columns, lines)),
        3 => (0_usize..4, 0_u64..60).prop_map(|(kind, packet)| Event::Finding(kind, packet)),
        4 => (0_usize..6, 0_u64..60).prop_map(|(kind, packet)| Event::Exchange(kind, packet)),
        4 => (0_usize..10, 0_u64..60).prop_map(|(kind, packet)| Event::Session(kind, packet)),
        1 => (0_u64..60).prop_map(Event::Weird),
        1 => (0_u64..u64::MAX, 0_u64..u64::MAX).prop_map(|(at, much)| Event::Traffic(at, much)),
        1 => (0_u64..60).prop_map(Event::Device),
        2 => (0_usize..5, 0_u64..60).prop_map(|(kind, packet)| Event::Answer(kind, packet)),
        1 => (0_u64..60).prop_map(Event::Progress),
        1 => Just(Event::NotObservable),
        4 => (0_u16..140, 0_u16..60, 0_usize..3).prop_map(|(column, line, kind)| {
            let kinds = [MouseKind::Click, MouseKind::ScrollDown, MouseKind::ScrollUp];
            Event::Mouse(Mouse { column, line, kind: kinds[kind] })
        }),
        1 => Just(Event::Finish),
        1 => Just(Event::Fail),
    ]
}

/// A finding of the samples, as another one if the packet is another.
fn finding(kind: usize, packet: u64) -> Box<Finding> {
    let mut finding = support::all().swap_remove(kind);
    finding.id = format!("{}-{packet}", finding.id);
    finding.first_seen = support::packet(packet);
    // Findings of one rule at one host would be one row.
    finding.subject.host = Some(format!("{packet}.{}", finding.subject.label()));
    Box::new(finding)
}

/// A request of the samples, in another packet.
fn exchange(kind: usize, packet: u64) -> Update {
    match support::requests().swap_remove(kind) {
        Update::Exchange { exchange, flow } => {
            let mut exchange = Exchange::clone(&exchange);
            exchange.request.packets = support::packets(packet, packet);
            Update::Exchange { exchange: Arc::new(exchange), flow }
        }
        other => other,
    }
}

/// A session of the samples, on another flow.
fn session(kind: usize, packet: u64) -> Update {
    let (sketch, stage) = support::sessions().swap_remove(kind);
    SessionSketch { packet, ..sketch }.told(stage)
}

/// What may come back from outside, also for what was never asked.
fn answer(kind: usize, number: u64) -> Update {
    let text = String::from("why");
    Update::Answer(match kind {
        0 => return support::bytes_of(number),
        1 => Answer::Packets { packets: Vec::new(), numbers: vec![number], missing: None },
        2 => Answer::Done(text),
        3 => Answer::Failed(text),
        _ => Answer::Paused(number.is_multiple_of(2)),
    })
}

/// Whether a key leaves the list where it is, with all its rows.
fn stays(code: KeyCode) -> bool {
    !matches!(code, KeyCode::Enter | KeyCode::Right | KeyCode::Tab | KeyCode::BackTab)
        && !matches!(
            code,
            KeyCode::Char('l' | '?' | 'q' | '1'..='7' | '/' | ':' | '[' | ']' | '!' | 'd')
        )
}

fn happen(state: &mut State, event: &Event) {
    match event {
        Event::Press(event) => {
            if let Some(key) = Key::pressed(*event) {
                state.press(key);
            }
        }
        Event::Resize(columns, lines) => state.resize(Size::new(*columns, *lines)),
        Event::Finding(kind, packet) => {
            state.update(Update::Finding(finding(*kind, *packet)));
        }
        Event::Exchange(kind, packet) => state.update(exchange(*kind, *packet)),
        Event::Session(kind, packet) => state.update(session(*kind, *packet)),
        Event::Weird(packet) => state.update(support::weird(WeirdKind::Gap, "", *packet)),
        Event::Traffic(at, much) => state.update(Update::Traffic {
            at: Timestamp::from_nanos(at.cast_signed()),
            packets: *much,
            bytes: *much,
        }),
        Event::Device(packet) => {
            let last = u8::try_from(*packet).unwrap();
            state.update(support::device("phone", [10, 0, 0, last]));
        }
        Event::Answer(kind, number) => state.update(answer(*kind, *number)),
        Event::Progress(dropped) => state.update(support::progress(*dropped)),
        Event::NotObservable => state.update(Update::NotObservable(vec![NotObservable {
            what: "certificates",
            why: Reason::Gap,
            sessions: 1,
            remedy: None,
        }])),
        Event::Mouse(mouse) => drop(state.mouse(*mouse)),
        Event::Finish => {
            state.update(Update::Finished { packets: 1, flows: 1, sessions: 1 });
        }
        Event::Fail => state.update(Update::Failed(String::from("why"))),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn nothing_brings_it_out_of_step(
        live: bool,
        size in (0_u16..130, 0_u16..50),
        events in proptest::collection::vec(event(), 0..60),
    ) {
        let pace = (!live).then_some(Speed::Tenths(10));
        let options = Options { live, pace, mouse: true, ..Options::default() };
        let mut state = State::new(&options).unwrap();
        state.resize(Size::new(size.0, size.1));
        let mut size = size;
        for event in &events {
            happen(&mut state, event);
            if let Event::Resize(columns, lines) = event {
                size = (*columns, *lines);
            }
            match state.selected_row() {
                Some(row) => prop_assert!(row < state.rows()),
                None => prop_assert_eq!(state.rows(), 0),
            }
            let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
            terminal.draw(|frame| tui::draw(frame, &state)).unwrap();
        }
    }

    #[test]
    fn the_selected_request_can_be_seen(
        live: bool,
        lines in 5_u16..40,
        requests in 1_u64..60,
        events in proptest::collection::vec(event(), 0..40),
    ) {
        let mut state = State::new(&Options { live, ..Options::default() }).unwrap();
        state.resize(Size::new(80, lines));
        (0..requests).for_each(|packet| state.update(exchange(1, packet)));
        state.press(Key::char('4'));
        let moves = events.iter().filter(|event| match event {
            Event::Press(key) => stays(key.code),
            Event::Exchange(..) => true,
            _ => false,
        });
        for event in moves {
            happen(&mut state, event);
            let mut terminal = Terminal::new(TestBackend::new(80, lines)).unwrap();
            terminal.draw(|frame| tui::draw(frame, &state)).unwrap();
            prop_assert!(terminal.backend().to_string().contains('▌'), "{event:?}");
        }
    }

    #[test]
    fn the_selected_row_can_be_seen(
        lines in 3_u16..40,
        findings in 1_u64..60,
        events in proptest::collection::vec(event(), 0..40),
    ) {
        let mut state = State::new(&Options::default()).unwrap();
        state.resize(Size::new(80, lines));
        (0..findings).for_each(|packet| state.update(Update::Finding(finding(0, packet))));
        // What happens to the list itself: no other size, and nothing opened.
        let moves = events.iter().filter(|event| match event {
            Event::Press(key) => stays(key.code),
            Event::Finding(..) => true,
            _ => false,
        });
        for event in moves {
            happen(&mut state, event);
            let mut terminal = Terminal::new(TestBackend::new(80, lines)).unwrap();
            terminal.draw(|frame| tui::draw(frame, &state)).unwrap();
            prop_assert!(terminal.backend().to_string().contains('▌'), "{event:?}");
        }
    }
}

#[test]
fn the_selection_stays_on_its_finding_when_a_worse_one_comes() {
    let mut state = State::new(&Options::default()).unwrap();
    state.update(Update::Finding(finding(3, 5)));
    state.update(Update::Finding(finding(3, 9)));
    assert_eq!(state.selected_row(), Some(0), "the worst, until the user moves");
    state.update(Update::Finding(finding(1, 20)));
    assert_eq!(state.selected_row(), Some(0));
    state.press(Key::char('j'));
    state.update(Update::Finding(finding(1, 3)));
    assert_eq!(state.selected_row(), Some(2), "one further down, like its finding");
}
