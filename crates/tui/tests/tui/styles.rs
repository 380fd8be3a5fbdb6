//! Colours on whole screens: none where none are wanted, and never ones that a terminal of the
//! other kind swallows.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};
use tui::{Background, Command, Options, State, View};

use crate::support;

/// Every view, drawn with these options.
fn screens(options: &Options) -> Vec<Buffer> {
    let draw = |commands: &[Command], news: usize| {
        let mut state = State::new(options).unwrap();
        state.resize(Size::new(100, 60));
        support::updates().into_iter().take(news).for_each(|update| state.update(update));
        if news > 3 {
            support::requests().into_iter().for_each(|update| state.update(update));
        }
        for command in commands {
            state.command(*command);
        }
        let mut terminal = Terminal::new(TestBackend::new(100, 60)).unwrap();
        terminal.draw(|frame| tui::draw(frame, &state)).unwrap();
        terminal.backend().buffer().clone()
    };
    vec![
        draw(&[], 0),
        draw(&[], 2),
        draw(&[], 100),
        draw(&[Command::Open], 100),
        draw(&[Command::Show(View::Requests)], 0),
        draw(&[Command::Show(View::Requests)], 100),
        draw(&[Command::Show(View::Requests), Command::Open], 100),
        draw(&[Command::Show(View::Requests), Command::Open, Command::ToggleSecrets], 100),
        draw(&[Command::Show(View::Requests), Command::Filter], 100),
        draw(&[Command::Help], 100),
        draw(&[Command::Quit], 3),
    ]
}

#[test]
fn without_colour_no_cell_has_one() {
    for live in [false, true] {
        for buffer in screens(&Options { color: false, live, ..Options::default() }) {
            for cell in buffer.content() {
                assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{cell:?}");
            }
        }
    }
}

#[test]
fn without_colour_the_selection_is_reversed() {
    let reversed = |buffer: &Buffer| {
        buffer.content().iter().filter(|cell| cell.modifier.contains(Modifier::REVERSED)).count()
    };
    let plain = screens(&Options { color: false, ..Options::default() });
    assert!(reversed(&plain[2]) > 20);
    assert_eq!(reversed(&screens(&Options::default())[2]), 0);
}

#[test]
fn the_background_is_never_painted_and_no_colour_is_black_or_white() {
    for background in [Background::Dark, Background::Light] {
        let mut colours = Vec::new();
        for buffer in screens(&Options { background, ..Options::default() }) {
            for cell in buffer.content() {
                assert_eq!(cell.bg, Color::Reset);
                match cell.fg {
                    Color::Reset => {}
                    Color::Indexed(index) => {
                        assert!(!matches!(index, 0..=16 | 231), "{cell:?}");
                        colours.push(index);
                    }
                    other => panic!("{other:?} is what the user's scheme makes of it"),
                }
            }
        }
        colours.sort_unstable();
        colours.dedup();
        // The accent, the dimmed text, the severities and what went well.
        assert!((6..=8).contains(&colours.len()), "{background:?}: {colours:?}");
    }
}

#[test]
fn dark_and_light_differ() {
    let draw = |background| screens(&Options { background, ..Options::default() });
    let pairs = draw(Background::Dark).into_iter().zip(draw(Background::Light));
    for (dark, light) in pairs {
        assert_ne!(dark, light);
    }
}
