//! What came of a session, as one reads it in a list.

use detect::outcome::{self, How, Outcome, Untested};
use dissect::Session;

/// What came of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ended {
    /// It was used.
    Completed,
    /// The client went away before it was shown anything.
    LeftBefore,
    /// Nobody answered.
    NoAnswer,
    /// It does not tell.
    NotCompleted,
    /// It goes on.
    Open,
    /// The client said no to the certificate.
    Refused(How),
    /// An earlier one was taken up.
    Resumed,
    /// The handshake was completed, and nothing said.
    Unused,
}

/// What came of a session that is over.
pub(super) fn ended(session: &Session) -> Ended {
    match outcome::of(session) {
        Outcome::Accepted(_) => Ended::Completed,
        Outcome::NotTested(Untested::LeftBefore) => Ended::LeftBefore,
        Outcome::NotTested(Untested::NoFlight) => Ended::NoAnswer,
        Outcome::NotTested(Untested::Resumed) => Ended::Resumed,
        Outcome::Refused(refusal) => Ended::Refused(refusal.how),
        Outcome::Unclear if outcome::is_served(session) => Ended::Completed,
        Outcome::Unclear if session.established => Ended::Unused,
        Outcome::Unclear => Ended::NotCompleted,
    }
}

impl Ended {
    /// In a few words.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Completed => String::from("completed"),
            Self::LeftBefore => String::from("client left"),
            Self::NoAnswer => String::from("no answer"),
            Self::NotCompleted => String::from("not completed"),
            Self::Open => String::from("open"),
            Self::Refused(How::Alert(alert)) => format!("refused, {alert}"),
            Self::Refused(How::EncryptedAlert { .. }) => String::from("refused, encrypted alert"),
            Self::Refused(_) => String::from("refused, closed"),
            Self::Resumed => String::from("resumed"),
            Self::Unused => String::from("unused"),
        }
    }

    /// The worse, the lower.
    pub(super) const fn rank(self) -> u64 {
        match self {
            Self::Refused(_) => 0,
            Self::NoAnswer => 1,
            Self::LeftBefore => 2,
            Self::NotCompleted => 3,
            Self::Unused => 4,
            Self::Open => 5,
            Self::Resumed => 6,
            Self::Completed => 7,
        }
    }
}
