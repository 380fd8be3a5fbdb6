//! Everything a key can ask for, by name and apart from any key.

use crate::motion::Motion;

/// A command of the UI.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Command {
    /// Close what is on top: the help, a question, a detail. Never leaves the program.
    Back,
    /// Yes to the question on the screen.
    Confirm,
    /// Show or hide the help of this view.
    Help,
    /// Move the selection, or scroll where there is none.
    Move(Motion),
    /// Show the next finding of the list.
    NextFinding,
    /// Scroll to the next section.
    NextSection,
    /// Show what is selected.
    Open,
    /// Show the finding before this one in the list.
    PreviousFinding,
    /// Scroll to the section before.
    PreviousSection,
    /// Leave the program; asks first while a live capture runs.
    Quit,
    /// Leave the program at once.
    QuitNow,
    /// Draw everything anew, for when something else wrote to the terminal.
    Redraw,
    /// Give the terminal back to the shell until `fg`.
    Suspend,
}
