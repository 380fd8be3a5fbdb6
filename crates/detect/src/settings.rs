//! What detection is told from outside.

use crate::baseline::Baseline;
use crate::pins::Pins;
use crate::policy::Policy;

/// What detection is told from outside.
#[derive(Debug, Default)]
pub struct Settings {
    /// Trust roots in DER beside the built-in ones (`--trust-root`).
    pub extra_roots: Vec<Vec<u8>>,
    /// CT logs in Google's log_list.json form, version 3 (`--ct-log-list`): log ids beside the
    /// built-in ones.
    pub extra_ct_log_ids: Vec<[u8; 32]>,
    /// Bytes of sessions that findings may hold on to, for a face that shows the handshake: at most
    /// [`MAX_HELD_SESSIONS`](crate::MAX_HELD_SESSIONS). 0: none are held.
    pub held_sessions: usize,
    /// What the user said is known.
    pub known: Known,
}

/// What the user said is known; detectors read it and never change it.
#[derive(Debug, Default)]
pub struct Known {
    /// What is normal (`--baseline`).
    pub baseline: Baseline,
    /// Keys that hosts must present (`--pins`).
    pub pins: Pins,
    /// What is allowed, and how grave things are (`--policy`).
    pub policy: Policy,
    /// Where each input was captured, by its index; empty unless vantage points are compared.
    pub vantage_points: Vec<VantagePoint>,
}

/// Where a capture was taken.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum VantagePoint {
    /// On the phone, or on the path close to it.
    Phone,
    /// At the server, or on the path close to it.
    Edge,
}

impl VantagePoint {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Edge => "edge",
        }
    }
}
