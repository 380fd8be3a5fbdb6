//! `--format text`: what a person reads in a terminal.
//!
//! The verdict comes first, then the findings by severity with their evidence, then what could not
//! be observed and what would help. Everything that came off the wire is escaped. Severity is a
//! word first and a colour second. The caller says how wide and whether in colour: nothing is
//! asked of the terminal here.

mod block;
mod comparison;
mod finding;
mod missing;
mod paint;
mod report;
mod verdict;
mod wrap;

pub use finding::write_finding;
pub use report::{write_closing, write_report};
pub use verdict::verdict;

pub(crate) use paint::Paint;
pub(crate) use wrap::wrap;

/// Width where none is given: what fits most terminals, mail and review pages.
pub const DEFAULT_WIDTH: usize = 100;

/// Narrowest width that is honoured; below it labels would leave no room for values.
pub const MIN_WIDTH: usize = 40;

/// With or without colour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Style {
    /// ECMA-48 (ANSI) colours.
    Colour,
    /// Text alone.
    #[default]
    Plain,
}

/// How the text is laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Options {
    /// With or without colour.
    pub style: Style,
    /// Columns; less than [`MIN_WIDTH`] counts as [`MIN_WIDTH`].
    pub width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { style: Style::Plain, width: DEFAULT_WIDTH }
    }
}
