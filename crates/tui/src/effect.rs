//! What reaches beyond the state. Handlers return effects; `apply` is the one place that acts.

use std::ops::ControlFlow;

use crate::console::Console;
use crate::error::Error;
use crate::outside::Ask;

/// Something a command wants from the world outside the state.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Have this done outside.
    Ask(Ask),
    /// Put this text on the clipboard.
    Copy(String),
    /// Hear of the mouse, or not.
    Mouse(bool),
    /// Leave the UI.
    Quit,
    /// Forget what is on the screen, so that the next drawing draws all of it.
    Redraw,
    /// Give the terminal to the shell until the user comes back.
    Suspend,
}

/// Acts. Breaks when the UI is to be left.
pub(crate) fn apply(
    effect: Effect,
    console: &mut impl Console,
    ask: &mut dyn FnMut(Ask),
) -> Result<ControlFlow<()>, Error> {
    match effect {
        Effect::Ask(wish) => ask(wish),
        Effect::Copy(text) => {
            // Through the terminal, which works over SSH as well, and to the desktop itself.
            console.copy(&text)?;
            ask(Ask::Copy(text));
        }
        Effect::Mouse(on) => console.mouse(on)?,
        Effect::Quit => return Ok(ControlFlow::Break(())),
        Effect::Redraw => console.clear()?,
        Effect::Suspend => console.suspend()?,
    }
    Ok(ControlFlow::Continue(()))
}
