//! Packets once more: from the capture file, or, of what cannot be read again, from those that were
//! kept.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use capture::{Again, CaptureFile, OwnedPacket, Recent};
use tui::Answer;
use tui::outside::PacketBytes;

/// The last packets, which the reader puts in and the clerk takes out.
pub(crate) type Recents = Arc<Mutex<Recent>>;

/// Where the bytes of packets are.
pub(crate) enum Packets {
    /// In a file.
    File(PathBuf),
    /// A HAR file has none.
    None,
    /// The last ones were kept.
    Recent(Recents),
}

impl Packets {
    /// Of an input: a file that can be read again, else what will be kept of it.
    pub(crate) fn of(file: Option<&Path>) -> Self {
        match file.filter(|file| file.is_file()) {
            Some(file) => Self::File(file.to_owned()),
            None => Self::Recent(Recents::default()),
        }
    }

    /// What the reader must fill; `None` where packets are read again.
    pub(crate) fn recents(&self) -> Option<Recents> {
        match self {
            Self::Recent(recents) => Some(Arc::clone(recents)),
            Self::File(_) | Self::None => None,
        }
    }

    /// Does something with where packets are; the reader of a stream waits meanwhile.
    pub(super) fn with<T>(
        &self,
        job: impl FnOnce(&dyn Again) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        match self {
            Self::File(path) => job(&CaptureFile::new(path)),
            Self::Recent(recents) => job(&*recents.lock().unwrap_or_else(PoisonError::into_inner)),
            Self::None => anyhow::bail!("a HAR file has no packets"),
        }
    }

    /// The packets of these numbers, and why some are missing.
    pub(super) fn answer(&self, numbers: &[u64]) -> Answer {
        let fetch =
            |place: &dyn Again| Ok(capture::again::packets(place, numbers.iter().copied())?);
        let (packets, failure) = match self.with(fetch) {
            Ok(packets) => (packets, None),
            Err(error) => (Vec::new(), Some(format!("{error:#}"))),
        };
        let all = numbers.iter().all(|number| packets.iter().any(|has| has.number == *number));
        let missing = (!all).then(|| failure.unwrap_or_else(|| self.why_missing()));
        let packets = packets.into_iter().map(bytes).collect();
        Answer::Packets { packets, numbers: numbers.to_vec(), missing }
    }

    fn why_missing(&self) -> String {
        match self {
            Self::File(path) => format!("{}: has no such packet", path.display()),
            Self::None => String::from("a HAR file has no packets"),
            Self::Recent(_) => {
                let most = capture::recent::MAX_RECENT >> 20;
                format!("of live packets, the last {most} MiB are kept")
            }
        }
    }
}

fn bytes(packet: OwnedPacket) -> PacketBytes {
    PacketBytes {
        number: packet.number,
        timestamp: packet.timestamp,
        link_type: packet.link_type,
        original_length: packet.original_length,
        bytes: packet.data,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{block, capture};
    use super::*;

    /// Numbers that came, and whether a reason was given.
    fn told(answer: Answer) -> (Vec<u64>, Vec<u64>, Option<String>) {
        let Answer::Packets { packets, numbers, missing } = answer else {
            unreachable!("{answer:?}")
        };
        for packet in &packets {
            assert_eq!(packet.bytes[..4], [0x45, 0, 0, 40], "packet {}", packet.number);
            assert_eq!(packet.timestamp.secs(), i64::try_from(packet.number).unwrap());
        }
        (packets.iter().map(|packet| packet.number).collect(), numbers, missing)
    }

    #[test]
    fn of_a_file_and_of_a_stream() {
        let folder = tempfile::tempdir().unwrap();
        let path = capture(folder.path());
        let file = Packets::of(Some(&path));
        assert!(file.recents().is_none());
        let stream = Packets::of(Some(Path::new("-")));
        stream.recents().unwrap().lock().unwrap().push(&block());
        for (packets, reason) in [(file, "has no such packet"), (stream, "the last 64 MiB")] {
            assert_eq!(told(packets.answer(&[4, 2])), (vec![2, 4], vec![4, 2], None));
            let (given, asked, missing) = told(packets.answer(&[9, 3]));
            assert_eq!((given, asked), (vec![3], vec![9, 3]));
            assert!(missing.unwrap().contains(reason));
        }
    }

    #[test]
    fn what_has_none_says_why() {
        let (given, _, missing) = told(Packets::None.answer(&[1]));
        assert_eq!((given.len(), missing.as_deref()), (0, Some("a HAR file has no packets")));
        let gone = Packets::File(PathBuf::from("no/such/file"));
        let (given, _, missing) = told(gone.answer(&[1]));
        assert!(given.is_empty() && missing.unwrap().starts_with("no/such/file: "));
        assert!(Packets::of(None).recents().is_some());
    }
}
