//! Everything a key can ask for, by name and apart from any key.

use crate::motion::Motion;
use crate::screen::View;

/// A command of the UI.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Command {
    /// Take what is selected into the baseline; asks first.
    Accept,
    /// Close what is on top: the help, a question, a page, a filter. Never leaves the program.
    Back,
    /// Complete what is typed with the next candidate, or the one before.
    Complete(Side),
    /// Yes to the question on the screen; what is typed stands.
    Confirm,
    /// Copy what is selected.
    Copy,
    /// Show two marked requests side by side.
    Diff,
    /// Take the last letter away.
    EraseLetter,
    /// Take all before the cursor away.
    EraseLine,
    /// Take the last word away.
    EraseWord,
    /// Write the packets that prove a finding as pcapng; asks where to.
    Export,
    /// Replay faster.
    Faster,
    /// Type a filter for the list.
    Filter,
    /// Show or hide the help of this view.
    Help,
    /// Go to the start or the end of what is typed.
    Jump(Side),
    /// Move the selection, or scroll where there is none.
    Move(Motion),
    /// Show the next one of the list.
    Next,
    /// Go to the next place that Enter opens.
    NextLink,
    /// Select the next one that the filter lets pass.
    NextMatch,
    /// Scroll to the next section.
    NextSection,
    /// Show the next view.
    NextView,
    /// Show what is selected.
    Open,
    /// Show the request that the finding's evidence names.
    OpenRequest,
    /// Scroll from the request to its response, or back.
    OtherSide,
    /// Stop or go on with a replay.
    Pause,
    /// Show the one before this one in the list.
    Previous,
    /// Go to the place before that Enter opens.
    PreviousLink,
    /// Select the one before that the filter lets pass.
    PreviousMatch,
    /// Scroll to the section before.
    PreviousSection,
    /// Show the view before.
    PreviousView,
    /// Show problems only, or all.
    Problems,
    /// Type a command by name.
    Prompt,
    /// Leave the program; asks first while a live capture runs.
    Quit,
    /// Leave the program at once.
    QuitNow,
    /// Go back in what was typed before, or on again.
    Recall(Side),
    /// Draw everything anew, for when something else wrote to the terminal.
    Redraw,
    /// Write a report; asks where to.
    Report,
    /// Turn the order of the list around.
    Reverse,
    /// Show a view.
    Show(View),
    /// Move the end of the chosen span of time.
    Stretch(Side),
    /// Replay slower.
    Slower,
    /// Order the list by the next column.
    Sort,
    /// Go a letter to the left or right in what is typed; a step in time.
    Step(Side),
    /// Replay as fast as can be to the next finding, and stop there.
    StepToFinding,
    /// Leave such a finding out from now on; asks why.
    Suppress,
    /// Give the terminal back to the shell until `fg`.
    Suspend,
    /// Follow what comes in, or stay.
    ToggleFollow,
    /// Mark what is selected, or take the mark away.
    ToggleMark,
    /// Let the mouse point and scroll, or leave it to the terminal.
    ToggleMouse,
    /// Show contents as they were sent, or as they are easiest to read.
    ToggleRaw,
    /// Show secrets, or hide them. Nothing without [`Options::may_reveal`](crate::Options).
    ToggleSecrets,
}

/// One of two ways.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Side {
    /// To the left, back, to the start.
    Left,
    /// To the right, on, to the end.
    Right,
}
