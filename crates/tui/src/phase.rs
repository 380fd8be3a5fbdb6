//! How far the reading of the input has come.

use crate::update::End;

/// Where the reading stands. Failing is final: a capture that broke is never called read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Phase {
    /// Reading failed.
    Failed(String),
    /// The input was read to its end.
    Finished,
    /// Packets come in.
    Reading,
    /// Nothing came yet.
    #[default]
    Waiting,
}

impl Phase {
    /// More may come.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self, Self::Reading | Self::Waiting)
    }

    /// The same in the words of the outcome.
    pub(crate) fn end(&self) -> End {
        match self {
            Self::Failed(reason) => End::Failed(reason.clone()),
            Self::Finished => End::Finished,
            Self::Reading | Self::Waiting => End::Unfinished,
        }
    }
}

/// Numbers of the reading, as last heard.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    /// Packets read.
    pub(crate) packets: u64,
    /// Flows; known at the end only.
    pub(crate) flows: Option<u64>,
    /// TLS and QUIC sessions that ended.
    pub(crate) sessions: u64,
    /// Packets that were lost.
    pub(crate) dropped: u64,
    /// Bytes of the input read.
    pub(crate) bytes_read: u64,
    /// Size of the input in bytes.
    pub(crate) bytes_total: Option<u64>,
}

impl Counts {
    /// How much of the input is read, 0 to 100, rounded down. `None` without a known size.
    pub(crate) fn percent(&self) -> Option<u8> {
        let total = self.bytes_total.filter(|total| *total > 0)?;
        let percent = u128::from(self.bytes_read).saturating_mul(100).checked_div(total.into())?;
        Some(u8::try_from(percent.min(100)).unwrap_or(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_rounded_down_and_bounded() {
        let cases = [
            (0, Some(10), Some(0)),
            (999, Some(1000), Some(99)),
            (u64::MAX, Some(u64::MAX), Some(100)),
            (20, Some(10), Some(100)), // a file that grew while it was read
            (5, Some(0), None),
            (5, None, None),
        ];
        for (bytes_read, bytes_total, expected) in cases {
            let counts = Counts { bytes_read, bytes_total, ..Counts::default() };
            assert_eq!(counts.percent(), expected, "{bytes_read} of {bytes_total:?}");
        }
    }
}
