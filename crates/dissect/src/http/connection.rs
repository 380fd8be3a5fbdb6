//! What all exchanges of one connection share: who speaks to whom, and through what.

use std::sync::Arc;

use crate::session::{Prelude, Session};
use crate::tcp::TcpFacts;

use super::Scheme;

/// A connection that carries HTTP.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// What came before HTTP on the same flow (CONNECT, SOCKS, PROXY protocol), outermost first,
    /// also what came before TLS.
    pub preludes: Vec<Prelude>,
    /// The TLS or QUIC session around it, as it was when its first bytes could be read: hellos,
    /// and with them the client's and the server's fingerprints. `None` in the clear.
    pub session: Option<Arc<Session>>,
    /// How TCP opened the connection, as far as it was seen by then. Empty over QUIC and in HAR.
    pub tcp: TcpFacts,
    /// How the client set HTTP/2 up, if it is that.
    pub http2: Option<Http2Setup>,
    /// How the client set HTTP/3 up, if it is that.
    pub http3: Option<Http3Setup>,
    /// Fingerprints of the client as somebody else told them (a HAR file that was made of packets).
    pub told_client: Option<ClientIdentity>,
    /// The exchange was told by somebody else (a HAR file): nothing of its packets is known, and
    /// its scheme is what he says.
    pub told: Option<Scheme>,
}

/// The client's first frames of HTTP/2: what its library sends, whoever uses it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Http2Setup {
    /// Identifier and value of each setting of the client's first SETTINGS frame, in wire order
    /// (RFC 9113 section 6.5).
    pub settings: Vec<(u16, u32)>,
    /// Increment of the WINDOW_UPDATE for the whole connection that follows, 0 if none does.
    pub window_update: u32,
    /// PRIORITY frames before the first request: stream, exclusive, the stream it depends on,
    /// weight as on the wire.
    pub priorities: Vec<(u32, bool, u32, u8)>,
}

/// What the client's HTTP/3 library says first, whoever uses it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Http3Setup {
    /// Identifier and value of each setting, in wire order (RFC 9114 section 7.2.4). Those whose
    /// identifier is 0x21 more than a multiple of 0x1f are noise on purpose.
    pub settings: Vec<(u64, u64)>,
}

impl Http2Setup {
    /// The first three parts of Akamai's fingerprint of a client ("Passive Fingerprinting of HTTP/2
    /// Clients", 2017): settings, window update (`00` for none), priorities (`0` for none) with
    /// weights from 1 to 256. The fourth is the order of a request's pseudo fields, see
    /// [`Exchange::http2_fingerprint`](super::Exchange::http2_fingerprint).
    pub fn fingerprint(&self) -> String {
        let settings: Vec<String> =
            self.settings.iter().map(|(id, value)| format!("{id}:{value}")).collect();
        let window = match self.window_update {
            0 => "00".to_owned(),
            increment => increment.to_string(),
        };
        let priority = |(stream, exclusive, on, weight): &(u32, bool, u32, u8)| {
            let weight = u16::from(*weight).saturating_add(1);
            format!("{stream}:{}:{on}:{weight}", u8::from(*exclusive))
        };
        let mut priorities: Vec<String> = self.priorities.iter().map(priority).collect();
        if priorities.is_empty() {
            priorities.push("0".to_owned());
        }
        format!("{}|{window}|{}", settings.join(";"), priorities.join(","))
    }
}

/// Fingerprints of what a client's libraries do, whoever uses them. `None` where not seen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClientIdentity {
    /// JA4 of its ClientHello.
    pub ja4: Option<String>,
    /// Of the first frames of HTTP/2.
    pub http2: Option<String>,
    /// [`Opening::fingerprint`](crate::tcp::Opening::fingerprint) of its SYN.
    pub tcp: Option<String>,
}

impl Connection {
    /// What is known of the client's libraries.
    pub(crate) fn client(&self) -> ClientIdentity {
        if let Some(told) = &self.told_client {
            return told.clone();
        }
        let ja4 = self.session.as_deref().and_then(Session::ja4).map(|ja4| ja4.to_string());
        ClientIdentity { ja4, http2: None, tcp: self.tcp.syn.map(|syn| syn.fingerprint()) }
    }

    /// How its bytes travelled.
    pub fn scheme(&self) -> Scheme {
        match (self.told, &self.session) {
            (Some(scheme), _) => scheme,
            (None, Some(_)) => Scheme::Https,
            (None, None) => Scheme::Http,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_of_browsers() {
        for (settings, window_update, priorities, expected) in [
            // Chrome 124.
            (
                &[(1, 65_536), (2, 0), (4, 6_291_456), (6, 262_144)][..],
                15_663_105,
                &[][..],
                "1:65536;2:0;4:6291456;6:262144|15663105|0",
            ),
            // Safari 17.
            (
                &[(2, 0), (3, 100), (4, 4_194_304)],
                10_485_760,
                &[],
                "2:0;3:100;4:4194304|10485760|0",
            ),
            // Firefox 110.
            (
                &[(1, 65_536), (4, 131_072), (5, 16_384)],
                12_517_377,
                &[
                    (3, false, 0, 200),
                    (5, false, 0, 100),
                    (7, false, 0, 0),
                    (9, false, 7, 0),
                    (11, false, 3, 0),
                    (13, false, 0, 240),
                ],
                "1:65536;4:131072;5:16384|12517377|\
                 3:0:0:201,5:0:0:101,7:0:0:1,9:0:7:1,11:0:3:1,13:0:0:241",
            ),
            (&[], 0, &[(1, true, 0, 255)], "|00|1:1:0:256"),
        ] {
            let priorities = priorities.to_vec();
            let setup = Http2Setup { settings: settings.to_vec(), window_update, priorities };
            assert_eq!(setup.fingerprint(), expected);
        }
    }
}
