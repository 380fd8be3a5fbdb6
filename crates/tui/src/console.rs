//! What the event loop needs of a terminal: so that it runs in tests without one.

use std::time::Duration;

use ratatui::layout::Size;

use crate::app::State;
use crate::error::Error;
use crate::key::Key;

/// Something the user did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Input {
    /// A key was pressed.
    Key(Key),
    /// The mouse did something.
    Mouse(Mouse),
    /// The terminal has a new size.
    Resize(Size),
}

/// Something that the mouse did, and at which cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mouse {
    /// Column, from 0 on.
    pub column: u16,
    /// Line, from 0 on.
    pub line: u16,
    /// What.
    pub kind: MouseKind,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MouseKind {
    /// The left button went down.
    Click,
    /// The wheel turned towards the end.
    ScrollDown,
    /// The wheel turned towards the start.
    ScrollUp,
}

/// A screen and a keyboard.
pub(crate) trait Console {
    /// Columns and lines.
    fn size(&self) -> Result<Size, Error>;

    /// Draws the state.
    fn draw(&mut self, state: &State) -> Result<(), Error>;

    /// Forgets what was drawn.
    fn clear(&mut self) -> Result<(), Error>;

    /// What the user did, waiting for at most this long. `None` if that is nothing.
    fn input(&mut self, wait: Duration) -> Result<Option<Input>, Error>;

    /// Puts a text on the clipboard of the terminal.
    fn copy(&mut self, text: &str) -> Result<(), Error>;

    /// Hears of the mouse from now on, or no longer.
    fn mouse(&mut self, on: bool) -> Result<(), Error>;

    /// Lets the shell have the terminal until the user comes back.
    fn suspend(&mut self) -> Result<(), Error>;
}
