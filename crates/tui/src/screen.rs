//! What fills the screen: one of the views, and the pages that were opened from it, one on another.

use std::sync::Arc;

use crate::list::Id;
use crate::store::findings::Entry;

/// The views, in the order of their numbers.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum View {
    /// What is wrong, by host and rule.
    #[default]
    Findings,
    /// Hosts, and what is known of the channel to each.
    Hosts,
    /// TLS and QUIC sessions.
    Sessions,
    /// HTTP exchanges.
    Requests,
    /// Apps and devices.
    Clients,
    /// Traffic and findings over time.
    Timeline,
    /// Anomalies, what could not be seen, what was done.
    Log,
}

impl View {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Findings,
        Self::Hosts,
        Self::Sessions,
        Self::Requests,
        Self::Clients,
        Self::Timeline,
        Self::Log,
    ];

    /// What it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Clients => "Apps",
            Self::Findings => "Findings",
            Self::Hosts => "Hosts",
            Self::Log => "Log",
            Self::Requests => "Requests",
            Self::Sessions => "Sessions",
            Self::Timeline => "Timeline",
        }
    }

    /// Its place among all.
    pub(crate) fn place(self) -> usize {
        Self::ALL.iter().position(|view| *view == self).unwrap_or_default()
    }

    /// The one so many places on, around the end.
    pub(crate) fn turned(self, forward: bool) -> Self {
        let number = Self::ALL.len();
        let step = if forward { 1 } else { number.saturating_sub(1) };
        let place = self.place().saturating_add(step).checked_rem(number).unwrap_or_default();
        Self::ALL.get(place).copied().unwrap_or_default()
    }
}

/// What a page is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Target {
    /// Two chains of a host, side by side: by their places among those of the host.
    Chains {
        host: Id,
        one: usize,
        other: usize,
    },
    Client(Id),
    /// Two requests, side by side.
    Diff(Id, Id),
    Finding(Entry),
    Host(Id),
    /// No page: a view with a filter.
    Listed {
        view: View,
        filter: String,
    },
    Note(Id),
    /// One packet of several.
    Packet {
        numbers: Arc<[u64]>,
        nth: usize,
    },
    Request(Id),
    Session(Id),
    /// The session that a finding keeps.
    SessionOf(Entry),
}

/// An open page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Open {
    /// What it is about.
    pub(crate) target: Target,
    /// First line that is visible.
    pub(crate) scroll: usize,
    /// Which of its links Enter follows.
    pub(crate) link: usize,
}

impl Open {
    /// The beginning of a page.
    pub(crate) const fn new(target: Target) -> Self {
        Self { target, scroll: 0, link: 0 }
    }
}
