//! The repository's captures as lists of frames. Only what those files hold is read: pcapng in
//! little endian, Interface Description and Enhanced Packet Blocks. (`capture` would bring libpcap
//! into a crate that builds without any C library.)

use std::fs;
use std::path::Path;

use dissect::{LinkType, Packet, Timestamp};

/// One frame, owned, so that it can be damaged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Frame {
    pub(crate) link_type: LinkType,
    pub(crate) data: Vec<u8>,
    /// Bytes on the wire.
    pub(crate) original: u32,
}

/// A capture and the name of its folder.
pub(crate) struct Case {
    pub(crate) name: String,
    /// Its labels speak of TLS or QUIC sessions.
    pub(crate) has_sessions: bool,
    pub(crate) frames: Vec<Frame>,
}

/// All of `captures/`, by name.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../captures");
    let mut cases: Vec<Case> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let file = fs::read(path.join("capture.pcapng")).ok()?;
            let labels = fs::read_to_string(path.join("expected.json")).ok()?;
            let has_sessions = !labels.contains("\"sessions\": []");
            let name = path.file_name()?.to_string_lossy().into_owned();
            Some(Case { name, has_sessions, frames: frames(&file) })
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(cases.len() > 15, "only {} captures", cases.len());
    cases
}

/// The frames as packets, numbered from 1, a millisecond apart.
pub(crate) fn packets(frames: &[Frame]) -> impl Iterator<Item = Packet<'_>> {
    (1..).zip(frames).map(|(number, frame)| Packet {
        number,
        timestamp: Timestamp::from_nanos(
            1_700_000_000_000_000_000 + i64::try_from(number).unwrap() * 1_000_000,
        ),
        link_type: frame.link_type,
        data: &frame.data,
        original_length: frame.original,
        interface: 0,
    })
}

fn frames(file: &[u8]) -> Vec<Frame> {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let (mut links, mut frames, mut at) = (Vec::new(), Vec::new(), 0);
    while at < file.len() {
        match word(at) {
            1 => links.push(LinkType(u16::from_le_bytes([file[at + 8], file[at + 9]]))),
            6 => frames.push(Frame {
                link_type: links[word(at + 8) as usize],
                data: file[at + 28..at + 28 + word(at + 20) as usize].to_vec(),
                original: word(at + 24),
            }),
            _ => {}
        }
        at += word(at + 4) as usize;
    }
    frames
}
