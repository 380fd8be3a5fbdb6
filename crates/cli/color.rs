//! Whether to write in colour, and how wide: the only place that asks the terminal.

use std::io::IsTerminal;

use report::text::{DEFAULT_WIDTH, Options, Style};

use crate::args::When;

/// How text is laid out on standard output, or in a file (`to_file`): the same bytes for any
/// machine where it is no terminal.
pub(crate) fn text_options(when: When, to_file: bool) -> Options {
    let terminal = !to_file && std::io::stdout().is_terminal();
    let style = style(when, terminal, no_color());
    let width = if terminal { terminal_width().unwrap_or(DEFAULT_WIDTH) } else { DEFAULT_WIDTH };
    // Longer lines than the default are hard to read, however wide the terminal is.
    Options { style, width: width.min(DEFAULT_WIDTH) }
}

/// `NO_COLOR` is set to anything but nothing (<https://no-color.org>).
pub(crate) fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Whether there is colour.
pub(crate) const fn style(when: When, terminal: bool, no_color: bool) -> Style {
    match (when, terminal && !no_color) {
        (When::Always, _) | (When::Auto, true) => Style::Colour,
        (When::Auto, false) | (When::Never, _) => Style::Plain,
    }
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_environment_and_that_over_the_terminal() {
        for (when, terminal, no_color, expected) in [
            (When::Auto, true, false, Style::Colour),
            (When::Auto, true, true, Style::Plain),
            (When::Auto, false, false, Style::Plain),
            (When::Always, false, true, Style::Colour),
            (When::Never, true, false, Style::Plain),
        ] {
            assert_eq!(style(when, terminal, no_color), expected, "{when:?} {terminal} {no_color}");
        }
    }
}
