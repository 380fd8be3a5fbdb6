//! What the user asks of the world outside the UI, and what comes back.
//!
//! The UI knows no files and no threads. It sends an [`Ask`] over a channel; whoever runs the UI does
//! it elsewhere and sends an [`Answer`] back as an [`Update`](crate::Update).

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use detect::Finding;
use dissect::{Flow, LinkType, Session, Timestamp};

/// A session, with its flow if that is known.
pub type Told = (Arc<Session>, Option<Arc<Flow>>);

/// A wish.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Know these sessions as normal: write them into the baseline.
    Accept {
        /// The sessions.
        sessions: Vec<Told>,
        /// What they are, for the answer: a host's name.
        about: String,
    },
    /// Put this text on the clipboard of the desktop, if there is one.
    Copy(String),
    /// Write the packets of these findings, with comments, as pcapng.
    Export {
        /// What the packets are to prove.
        findings: Vec<Finding>,
        /// Where to; `None` for a name that fits.
        path: Option<PathBuf>,
    },
    /// Tell these packets, with their bytes.
    Packets {
        /// 1-based numbers.
        numbers: Vec<u64>,
    },
    /// How fast packets are to come.
    Pace(Pacing),
    /// Write a report of these findings; the form goes by the extension.
    Report {
        /// In the order in which they are listed.
        findings: Vec<Finding>,
        /// Where to.
        path: PathBuf,
    },
    /// Leave such findings out from now on: write it into the policy.
    Suppress {
        /// Which.
        finding: Box<Finding>,
        /// All of this rule at this host, not this one alone.
        whole_rule: bool,
        /// Why, for whoever reads the policy later.
        reason: String,
    },
}

/// A wish about the pace of a replay.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pacing {
    /// Stop where it is.
    Pause,
    /// Go on.
    Resume,
    /// Go on at this speed.
    Speed(Speed),
    /// Go on as fast as can be to the next finding, and stop there.
    Step,
}

/// How fast a capture is replayed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Speed {
    /// As fast as it can be read.
    Max,
    /// So many tenths of the pace at which it was captured: 10 is that pace.
    Tenths(u16),
}

impl std::fmt::Display for Speed {
    /// `1x`, `0.5x`, `max`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Tenths(tenths) if tenths % 10 == 0 => write!(f, "{}x", tenths / 10),
            Self::Tenths(tenths) => write!(f, "{}.{}x", tenths / 10, tenths % 10),
        }
    }
}

/// A text that is no speed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("wants 0.1x to 1000x, or max")]
pub struct UnknownSpeed;

/// The greatest speed but [`Speed::Max`], in tenths.
const MOST: u16 = 10_000;

impl FromStr for Speed {
    type Err = UnknownSpeed;

    /// As people write it: `1x`, `0.5x`, `10`, `max`. More digits than one after the point are more than
    /// is kept.
    fn from_str(text: &str) -> Result<Self, UnknownSpeed> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let number = text.strip_suffix('x').unwrap_or(text);
        let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if tenth.len() != 1 || !digits(whole) || !digits(tenth) {
            return Err(UnknownSpeed);
        }
        let (whole, tenth) = (whole.parse::<u16>(), tenth.parse::<u16>());
        let tenths = whole.ok().zip(tenth.ok()).and_then(|(whole, tenth)| {
            whole.checked_mul(10).and_then(|all| all.checked_add(tenth))
        });
        match tenths {
            Some(tenths @ 1..=MOST) => Ok(Self::Tenths(tenths)),
            _ => Err(UnknownSpeed),
        }
    }
}

/// What came of a wish.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is done: one sentence that names what was written.
    Done(String),
    /// It could not be done: one sentence that says why.
    Failed(String),
    /// These packets, as far as they could be read again; `numbers` that were asked for and are not
    /// here are not to be had, for the reason in `missing`.
    Packets {
        /// The packets.
        packets: Vec<PacketBytes>,
        /// What was asked for.
        numbers: Vec<u64>,
        /// Why some are missing; `None` if none are.
        missing: Option<String>,
    },
    /// The replay stands still, or goes on.
    Paused(bool),
    /// The policy leaves it out from now on: one sentence that names the file.
    Suppressed(String),
}

/// A packet with its bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PacketBytes {
    /// 1-based.
    pub number: u64,
    /// When it was captured.
    pub timestamp: Timestamp,
    /// What the bytes start with.
    pub link_type: LinkType,
    /// Bytes on the wire; more than `bytes` has if it was cut.
    pub original_length: u32,
    /// The captured bytes.
    pub bytes: Arc<[u8]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_as_people_write_them() {
        for (text, expected) in [
            ("max", Some(Speed::Max)),
            ("1x", Some(Speed::Tenths(10))),
            ("10", Some(Speed::Tenths(100))),
            ("100", Some(Speed::Tenths(1000))),
            ("0.5x", Some(Speed::Tenths(5))),
            ("2.0x", Some(Speed::Tenths(20))),
            ("0.1", Some(Speed::Tenths(1))),
            ("1000x", Some(Speed::Tenths(10_000))),
            ("1000.1x", None),
            ("0x", None),
            ("0.0x", None),
            ("0.05x", None),
            ("1.25x", None),
            (".5x", None),
            ("1.x", None),
            ("+1x", None),
            ("1.+x", None),
            ("-1x", None),
            ("99999x", None),
            ("6554x", None),
            ("", None),
            ("x", None),
            ("fast", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
            if let Some(speed @ Speed::Tenths(_)) = expected {
                assert_eq!(speed.to_string().parse(), Ok(speed), "as it is shown");
            }
        }
    }
}
