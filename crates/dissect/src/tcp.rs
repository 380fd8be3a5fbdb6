//! What TCP itself showed of a connection: how it was opened, and who closed it how.
//!
//! Facts for judging who answers (time to live, round trip) and who ended it after what (RFC 9293).

use crate::packet::PacketRef;

/// Option kinds kept of one segment. A header has room for 40 bytes of options; stacks send five
/// or six kinds.
pub const MAX_OPTIONS: usize = 12;

/// What was seen of one TCP connection beside its bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TcpFacts {
    /// The client's first SYN.
    pub syn: Option<Opening>,
    /// The server's first SYN with ACK.
    pub syn_ack: Option<Opening>,
    /// The client's first FIN.
    pub client_fin: Option<PacketRef>,
    /// The server's first FIN.
    pub server_fin: Option<PacketRef>,
    /// The first reset that its receiver heeds.
    pub reset: Option<Reset>,
}

/// A segment with SYN.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Opening {
    /// Where it was seen.
    pub at: PacketRef,
    /// Time to live (hop limit) of the IP header as it was captured.
    pub ttl: u8,
    /// Window as in the header, not scaled.
    pub window: u16,
    /// Value of the maximum segment size option.
    pub mss: Option<u16>,
    /// Value of the window scale option.
    pub window_scale: Option<u8>,
    /// Option kinds in wire order, padding (1) included; zeros (end of options) behind them.
    pub options: [u8; MAX_OPTIONS],
}

/// A reset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reset {
    /// Where it was seen.
    pub at: PacketRef,
    /// The client sent it.
    pub by_client: bool,
}

impl TcpFacts {
    /// The client turned out to be the other side.
    pub(crate) const fn reverse(&mut self) {
        std::mem::swap(&mut self.client_fin, &mut self.server_fin);
        if let Some(reset) = &mut self.reset {
            reset.by_client = !reset.by_client;
        }
    }
}

impl Opening {
    /// `64:65535:1460:7:2-4-8-1-3`: initial time to live, window, maximum segment size, window
    /// scale, option kinds in wire order; `-` for what was not sent. It tells the stack of an
    /// operating system, often its version too. The initial time to live is the next of those that
    /// systems use; a path and a tunnel may lower the segment size.
    pub fn fingerprint(&self) -> String {
        let initial = [32, 64, 128, 255].into_iter().find(|initial| self.ttl <= *initial);
        let kinds = self.options.iter().take_while(|kind| **kind != 0);
        let kinds: Vec<String> = kinds.map(ToString::to_string).collect();
        let number = |value: Option<u16>| value.map_or_else(|| "-".into(), |v| v.to_string());
        format!(
            "{}:{}:{}:{}:{}",
            initial.unwrap_or(u8::MAX),
            self.window,
            number(self.mss),
            number(self.window_scale.map(u16::from)),
            if kinds.is_empty() { String::from("-") } else { kinds.join("-") },
        )
    }

    /// Reads the options of a TCP header (RFC 9293 section 3.2); what is malformed ends the list.
    pub(crate) fn read(at: PacketRef, ttl: u8, window: u16, options: &[u8]) -> Self {
        let mut opening =
            Self { at, ttl, window, mss: None, window_scale: None, options: [0; MAX_OPTIONS] };
        let mut rest = options;
        for slot in 0..MAX_OPTIONS {
            let Some(&kind) = rest.first() else { break };
            if kind == 0 {
                break;
            }
            if let Some(slot) = opening.options.get_mut(slot) {
                *slot = kind;
            }
            if kind == 1 {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let length = rest.get(1).copied().map_or(0, usize::from);
            let Some(value) = rest.get(2..length) else { break };
            match (kind, value) {
                (2, &[high, low]) => opening.mss = Some(u16::from_be_bytes([high, low])),
                (3, &[shift]) => opening.window_scale = Some(shift),
                _ => {}
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        opening
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[u8]) -> Opening {
        Opening::read(PacketRef::default(), 64, 65_535, options)
    }

    #[test]
    fn options_of_a_linux_syn() {
        let options = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7];
        let opening = read(&options);
        assert_eq!((opening.mss, opening.window_scale), (Some(1460), Some(7)));
        assert_eq!(opening.options[..6], [2, 4, 8, 1, 3, 0]);
        assert_eq!(opening.fingerprint(), "64:65535:1460:7:2-4-8-1-3");
        assert_eq!(Opening { ttl: 51, ..read(&[]) }.fingerprint(), "64:65535:-:-:-");
    }

    #[test]
    fn malformed_options_end_the_list() {
        for options in [&[2][..], &[2, 0], &[2, 1, 5], &[2, 40, 5, 0xb4]] {
            let opening = read(options);
            assert_eq!((opening.mss, opening.options[1]), (None, 0), "{options:?}");
        }
        assert_eq!(read(&[]).options, [0; MAX_OPTIONS]);
        assert_eq!(read(&[1; 40]).options, [1; MAX_OPTIONS]);
    }
}
