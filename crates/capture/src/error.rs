//! What can go wrong, and whose fault it is.

use std::fmt;
use std::io;
use std::path::PathBuf;

use dissect::LinkType;

use crate::fault::{Fault, Position};

/// Errors of this crate. Each `Display` is one line that names the input, and where it applies the
/// byte offset (in the decompressed stream) and the number of the packet that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The capture is broken at this place; every packet before it was delivered.
    #[error("{name}: {position} {fault}")]
    Broken {
        /// The input.
        name: String,
        /// Where.
        position: Position,
        /// What is wrong there.
        fault: Fault,
    },
    /// A directory was given where a capture is wanted.
    #[error("{name}: is a directory, not a capture file")]
    Directory {
        /// The input.
        name: String,
    },
    /// The input has no bytes at all.
    #[error("{name}: is empty (0 bytes), not a capture file")]
    Empty {
        /// The input.
        name: String,
    },
    /// libpcap did not understand the filter expression.
    #[error("filter '{expression}' for link type {link_type}: {message}")]
    Filter {
        /// The expression as it was given.
        expression: String,
        /// Link type it was compiled for.
        link_type: LinkType,
        /// libpcap's words.
        message: String,
    },
    /// JSON, most likely a HAR file, where packets are wanted.
    #[error("{name}: is JSON, perhaps a HAR file: packets are wanted here (pcap, pcapng)")]
    Har {
        /// The input.
        name: String,
    },
    /// A filter for a HAR file.
    #[error("{name}: is JSON, perhaps a HAR file: a filter selects packets, and it has none")]
    HarFilter {
        /// The input.
        name: String,
    },
    /// The compressed data around a HAR file is broken.
    #[error("{name}: {fault}")]
    HarUnreadable {
        /// The input.
        name: String,
        /// What is wrong.
        fault: Fault,
    },
    /// The operating system refused: no such file, no permission, a read error.
    #[error("{name}: {source}")]
    Io {
        /// The input.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// libpcap could not open or read the interface.
    #[error("{interface}: {message}")]
    Live {
        /// The interface.
        interface: String,
        /// libpcap's words.
        message: String,
    },
    /// There is no interface of that name.
    #[error("{interface}: no such interface; there are: {}", known.join(", "))]
    NoSuchInterface {
        /// The name that was asked for.
        interface: String,
        /// The names of those that exist.
        known: Vec<String>,
    },
    /// The first bytes are of no format that is read here.
    #[error("{name}: is not a pcap or pcapng capture: it begins with {head}")]
    NotCapture {
        /// The input.
        name: String,
        /// Its first bytes.
        head: Head,
    },
    /// The process may not capture on the interface.
    #[error(
        "{interface}: no permission to capture; run: sudo setcap cap_net_raw+eip {}",
        shell_word(binary.as_deref())
    )]
    Permission {
        /// The interface.
        interface: String,
        /// The running binary, where the caller knows it.
        binary: Option<PathBuf>,
    },
    /// Packets are wanted again of what is no regular file.
    #[error("{name}: is no file: what has come out of it cannot be read again")]
    Stream {
        /// The input.
        name: String,
    },
    /// Compressed data within compressed data within compressed data.
    #[error("{name}: is compressed more than {limit} times over")]
    TooManyLayers {
        /// The input.
        name: String,
        /// How many layers are taken off.
        limit: usize,
    },
}

impl Error {
    /// Whether the capture simply ends too early: what `--allow-truncated` lets pass.
    pub fn is_truncation(&self) -> bool {
        match self {
            Self::Broken { fault, .. } | Self::HarUnreadable { fault, .. } => fault.is_truncation(),
            _ => false,
        }
    }

    /// Where the capture broke, if it is one that did.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Broken { position, .. } => Some(*position),
            _ => None,
        }
    }
}

/// The first bytes of an input, shown in hex.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head(pub Vec<u8>);

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{byte:02x}")?;
        }
        Ok(())
    }
}

/// A path as one word of a shell command, quoted only where that is needed.
fn shell_word(path: Option<&std::path::Path>) -> String {
    let Some(path) = path else { return String::from("\"$(command -v interloper)\"") };
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Part;

    #[test]
    fn a_cut_packet_is_one_line_with_everything() {
        let error = Error::Broken {
            name: "captures/x.pcap".into(),
            position: Position { part: Part::Packet, offset: 1234, packet: 17 },
            fault: Fault::Cut { present: 60, expected: 1514 },
        };
        let text = "captures/x.pcap: packet 17 at byte 1234 is cut off: 60 of 1514 bytes are there";
        assert_eq!(error.to_string(), text);
        assert!(error.is_truncation());
        assert_eq!(error.position().map(|p| p.packet), Some(17));
    }

    #[test]
    fn first_bytes_are_shown_in_hex() {
        let head = Head(vec![0x7f, b'E', 0]);
        let error = Error::NotCapture { name: "a".into(), head };
        assert!(error.to_string().ends_with("begins with 7f 45 00"));
        assert!(!error.is_truncation());
        assert_eq!(error.position(), None);
    }

    #[test]
    fn no_permission_gives_the_command_to_run() {
        for (binary, word) in [
            (Some("/usr/bin/interloper"), "/usr/bin/interloper"),
            (Some("/opt/my tools/it's"), r"'/opt/my tools/it'\''s'"),
            (None, "\"$(command -v interloper)\""),
        ] {
            let binary = binary.map(PathBuf::from);
            let text = Error::Permission { interface: "eth0".into(), binary }.to_string();
            let command = format!("sudo setcap cap_net_raw+eip {word}");
            assert!(text.ends_with(&command), "{text}");
        }
    }
}
