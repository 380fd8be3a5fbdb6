//! Everything a key can ask for, by name and apart from any key.

use crate::motion::Motion;

/// A command of the UI.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Command {
    /// Close what is on top: the help, a question, a detail. Never leaves the program.
    Back,
    /// Yes to the question on the screen; what is typed stands.
    Confirm,
    /// Take the last letter away.
    EraseLetter,
    /// Take all that is typed away.
    EraseLine,
    /// Take the last word away.
    EraseWord,
    /// Type a filter for the list.
    Filter,
    /// Show or hide the help of this view.
    Help,
    /// Move the selection, or scroll where there is none.
    Move(Motion),
    /// Show the next one of the list.
    Next,
    /// Select the next request that the filter lets pass.
    NextMatch,
    /// Scroll to the next section.
    NextSection,
    /// Show what is selected.
    Open,
    /// Show the request that the finding's evidence names.
    OpenRequest,
    /// Scroll from the request to its response, or back.
    OtherSide,
    /// Show the other list.
    OtherTab,
    /// Show the one before this one in the list.
    Previous,
    /// Select the request before that the filter lets pass.
    PreviousMatch,
    /// Scroll to the section before.
    PreviousSection,
    /// Leave the program; asks first while a live capture runs.
    Quit,
    /// Leave the program at once.
    QuitNow,
    /// Draw everything anew, for when something else wrote to the terminal.
    Redraw,
    /// Show the list of findings.
    ShowFindings,
    /// Show the list of requests.
    ShowRequests,
    /// Give the terminal back to the shell until `fg`.
    Suspend,
    /// Follow what comes in, or stay.
    ToggleFollow,
    /// Show contents as they were sent, or as they are easiest to read.
    ToggleRaw,
    /// Show secrets, or hide them. Nothing without [`Options::may_reveal`](crate::Options).
    ToggleSecrets,
}
