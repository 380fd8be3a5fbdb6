//! Small parts of the state: what lies on top, what was said last, where things are.

use dissect::Timestamp;

use crate::outside::{PacketBytes, Speed, Told};
use crate::prompt::Prompt;

/// What lies on top and takes the keys.
#[derive(Clone, Debug)]
pub(crate) enum Overlay {
    /// A question, and what is done at yes.
    Confirm(Question),
    /// The keys of the screen below.
    Help {
        /// First line that is visible.
        scroll: usize,
    },
    /// A line in which something is typed.
    Prompt(Prompt),
}

/// A question that waits for yes or no.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// To take the sessions of a host into the baseline.
    Accept {
        /// Whose.
        about: String,
        /// The sessions that are kept of it.
        sessions: Vec<Told>,
    },
    /// To stop a running capture and leave.
    Quit,
}

/// Something that was done, or could not be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) failed: bool,
}

/// Bytes of a packet that were asked for.
#[derive(Clone, Debug)]
pub(crate) enum Bytes {
    Asked,
    Here(PacketBytes),
    Missing(String),
}

/// Where the cursor of the timeline is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct TimeCursor {
    /// The first chosen moment; `None` for the beginning.
    pub(crate) at: Option<Timestamp>,
    /// How many parts are chosen, less one.
    pub(crate) more: usize,
}

/// A capture that is replayed at a pace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Replay {
    pub(crate) speed: Speed,
    pub(crate) paused: bool,
}

/// Files that are written when the user wants something kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paths {
    /// The baseline that is written.
    pub(crate) baseline: String,
    /// The policy that is written.
    pub(crate) policy: String,
}
