//! What is selected in a list.

use super::Id;

/// What is selected.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Cursor {
    /// The first row, whatever comes to stand there: until the user moves.
    #[default]
    First,
    /// This thing, wherever news push it; or the nearest one that is left.
    On(Id),
    /// The last row, whatever comes to stand there.
    Tail,
}
