//! What reaches beyond the state. Handlers return effects; `apply` is the one place that acts.

use std::ops::ControlFlow;

use crate::console::Console;
use crate::error::Error;

/// Something a command wants from the world outside the state.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Effect {
    /// Leave the UI.
    Quit,
    /// Forget what is on the screen, so that the next drawing draws all of it.
    Redraw,
    /// Give the terminal to the shell until the user comes back.
    Suspend,
}

/// Acts. Breaks when the UI is to be left.
pub(crate) fn apply(effect: Effect, console: &mut impl Console) -> Result<ControlFlow<()>, Error> {
    match effect {
        Effect::Quit => return Ok(ControlFlow::Break(())),
        Effect::Redraw => console.clear()?,
        Effect::Suspend => console.suspend()?,
    }
    Ok(ControlFlow::Continue(()))
}
